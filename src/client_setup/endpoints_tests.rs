use super::super::house::tests::house;
use super::*;

const WELL_KNOWN: &str = "/.well-known/autoconfig/mail/config-v1.1.xml";

/// `https://HOST/PATH?NAME=VALUE`
fn ask(url: &str, body: Option<&str>) -> Option<Document> {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query = Form::parse(query.as_bytes()).unwrap();
    answer(
        &house(),
        &Asked {
            post: body.is_some(),
            host,
            path: &format!("/{path}"),
            query: &query,
            body: body.unwrap_or_default().as_bytes(),
            secure: scheme == "https",
        },
    )
}

fn text(document: &Document) -> &str {
    std::str::from_utf8(&document.body).unwrap()
}

fn status(url: &str, body: Option<&str>) -> Option<u16> {
    ask(url, body).map(|document| document.status)
}

#[test]
fn everybody_at_a_domain_gets_the_same_document_and_strangers_none() {
    let one = ask(
        &format!("http://autoconfig.house.test{WELL_KNOWN}?emailaddress=ann@house.test"),
        None,
    )
    .unwrap();
    assert_eq!(one.status, 200);
    assert!(text(&one).contains("<domain>house.test</domain>"));
    for url in [
        format!("https://mail.house.test{WELL_KNOWN}?emailaddress=nobody@house.test"),
        format!("https://mail.house.test{WELL_KNOWN}?EmailAddress=\"a@b\"@HOUSE.TEST"),
        "http://autoconfig.house.test/mail/config-v1.1.xml".to_owned(),
        format!("http://house.test.{WELL_KNOWN}"),
        format!("http://mail.house.test{WELL_KNOWN}?emailaddress=ann"),
    ] {
        assert!(ask(&url, None).unwrap() == one, "{url}");
    }
    for url in [
        format!("https://mail.house.test{WELL_KNOWN}?emailaddress=ann@other.test"),
        format!("https://192.0.2.1{WELL_KNOWN}"),
        format!("https://autoconfig.other.test{WELL_KNOWN}"),
        format!("https://house.test{WELL_KNOWN}?emailaddress=ann@"),
    ] {
        assert_eq!(status(&url, None), Some(404), "{url}");
    }
    assert_eq!(
        status(&format!("https://house.test{WELL_KNOWN}"), Some("")),
        Some(404)
    );
}

#[test]
fn outlook_asks_by_post_over_tls_and_in_any_case() {
    let question = |address: &str, schema: &str| {
        format!(
            "<Autodiscover><Request><EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>http://x/{schema}</AcceptableResponseSchema></Request></Autodiscover>"
        )
    };
    let ann = question("ann@house.test", "outlook/responseschema/2006a");
    for path in [
        "autodiscover/autodiscover.xml",
        "Autodiscover/Autodiscover.xml",
        "AutoDiscover/AutoDiscover.XML",
    ] {
        let document = ask(
            &format!("https://autodiscover.house.test/{path}"),
            Some(&ann),
        )
        .unwrap();
        assert_eq!(document.status, 200);
        assert!(
            text(&document).contains("<LoginName>ann@house.test</LoginName>"),
            "{path}"
        );
    }
    let url = "https://mail.house.test/autodiscover/autodiscover.xml";
    for (body, expected) in [
        (
            question("nobody@house.test", ""),
            "<Action>settings</Action>",
        ),
        (
            question("ann@house.test", "mobilesync/responseschema/2006"),
            "<ErrorCode>601<",
        ),
        (
            "<!DOCTYPE a><EMailAddress>ann@house.test</EMailAddress>".to_owned(),
            "<ErrorCode>600<",
        ),
        (String::new(), "<ErrorCode>600<"),
    ] {
        let document = ask(url, Some(&body)).unwrap();
        assert!(text(&document).contains(expected), "{body}");
    }
    assert!(text(&ask(url, None).unwrap()).contains("<ErrorCode>600<"));
    assert_eq!(
        status(url, Some(&question("ann@other.test", ""))),
        Some(404)
    );
    assert_eq!(status(url, Some(&question("ann", ""))), Some(404));
    assert_eq!(
        status(
            "http://mail.house.test/autodiscover/autodiscover.xml",
            Some(&ann)
        ),
        Some(404)
    );

    let json = "https://mail.house.test/autodiscover/autodiscover.json";
    assert_eq!(
        status(
            &format!("{json}?Email=a@house.test&Protocol=AutodiscoverV1"),
            None
        ),
        Some(200)
    );
    assert_eq!(
        status(
            &format!("{json}/v1.0/a@house.test?Protocol=ActiveSync"),
            None
        ),
        Some(400)
    );
}

#[test]
fn the_policy_stands_at_its_own_host_only() {
    let document = ask("https://mta-sts.house.test/.well-known/mta-sts.txt", None).unwrap();
    assert_eq!(
        (document.status, document.media_type),
        (200, "text/plain; charset=utf-8")
    );
    assert_eq!(text(&document), "version: STSv1\r\n");
    for url in [
        "https://mail.house.test/.well-known/mta-sts.txt",
        "https://house.test/.well-known/mta-sts.txt",
        "https://mta-sts.other.test/.well-known/mta-sts.txt",
        "http://mta-sts.house.test/.well-known/mta-sts.txt",
    ] {
        assert_eq!(status(url, None), Some(404), "{url}");
    }
}

#[test]
fn the_public_profile_holds_no_password() {
    let document = ask(
        "https://mail.house.test/mail.mobileconfig?emailaddress=ann@house.test",
        None,
    )
    .unwrap();
    assert_eq!(
        (document.status, document.media_type),
        (200, "application/x-apple-aspen-config")
    );
    assert!(text(&document).contains("<string>ann@house.test</string>"));
    assert!(!text(&document).contains("<key>IncomingPassword"));
    let unnamed = ask("https://mail.house.test/mail.mobileconfig", None).unwrap();
    assert!(!text(&unnamed).contains("<key>EmailAddress"));
    for url in [
        "https://mail.house.test/mail.mobileconfig?emailaddress=ann@other.test",
        "https://mail.house.test/mail.mobileconfig?emailaddress=ann",
        "http://mail.house.test/mail.mobileconfig",
    ] {
        assert_eq!(status(url, None), Some(404), "{url}");
    }
}

#[test]
fn other_paths_are_not_ours() {
    let long = format!("https://house.test/{}", "é".repeat(PATH_MAX));
    for url in [
        "https://house.test/",
        "https://house.test/people",
        "https://house.test/setup/mail.mobileconfig",
        "https://house.test/.well-known/acme-challenge/x",
        &long,
    ] {
        assert_eq!(status(url, None), None, "{url}");
    }
}
