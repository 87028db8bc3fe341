//! URLs of RFC 5092, 4467 and 4469, and what is none.

use super::*;
use crate::command::SectionText;

fn url(text: &str) -> Option<Url> {
    parse(text.as_bytes())
}

#[test]
fn the_examples_of_the_rfcs() {
    let found = url(
        "imap://minbari.example.org/gray-council;UIDVALIDITY=385759045/;UID=20/;PARTIAL=0.1024",
    )
    .unwrap();
    let server = found.server.unwrap();
    assert_eq!(
        (server.user.as_str(), server.host.as_str()),
        ("", "minbari.example.org")
    );
    assert_eq!(found.mailbox.as_deref(), Some("gray-council"));
    assert_eq!((found.uid_validity, found.uid), (Some(385_759_045), 20));
    assert_eq!(
        (found.section, found.partial),
        (None, Some((0, Some(1024))))
    );

    let found =
        url("imap://;AUTH=GSSAPI@minbari.example.org/gray-council/;uid=20/;section=1.2").unwrap();
    assert_eq!(found.server.unwrap().user, "");
    let section = found.section.unwrap();
    assert_eq!(
        (section.part, section.text),
        (vec![1, 2], SectionText::Whole)
    );

    let found = url("/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.MIME").unwrap();
    assert_eq!(found.server, None);
    assert_eq!(found.section.unwrap().text, SectionText::Mime);
    assert_eq!(
        url("/Drafts/;UID=3002").unwrap().mailbox.as_deref(),
        Some("Drafts")
    );
    let found = url(";UID=20").unwrap();
    assert_eq!((found.mailbox, found.uid), (None, 20));

    let full = "imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:91354a473744909de610943775f92038";
    let found = url(full).unwrap();
    assert_eq!(found.server.unwrap().user, "joe");
    let auth = found.auth.unwrap();
    assert_eq!(auth.access, Access::Submit("fred".into()));
    assert_eq!(
        auth.verifier,
        Some(("INTERNAL".into(), "91354a473744909de610943775f92038".into()))
    );
    let rump = full.get(..auth.rump).unwrap();
    assert_eq!(
        rump,
        "imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred"
    );
    let rump = url(rump).unwrap().auth.unwrap();
    assert_eq!((rump.verifier, rump.rump), (None, auth.rump));
}

#[test]
fn parts_in_any_combination() {
    let found = url("imap://ann%40house.test@mail.house.test:993/Entw%C3%BCrfe/2026/;UID=7/;SECTION=HEADER.FIELDS%20(TO%20CC)/;PARTIAL=5;EXPIRE=2026-11-22T10:00:00Z;URLAUTH=user+bob%40house.test").unwrap();
    let server = found.server.unwrap();
    assert_eq!(server.user, "ann@house.test");
    assert_eq!(
        (server.host.as_str(), server.port),
        ("mail.house.test", Some(993))
    );
    assert_eq!(found.mailbox.as_deref(), Some("Entwürfe/2026"));
    assert_eq!(
        found.section.unwrap().text,
        SectionText::HeaderFields {
            not: false,
            names: vec!["TO".into(), "CC".into()]
        }
    );
    assert_eq!(found.partial, Some((5, None)));
    assert_eq!(found.expire, Some(1_795_341_600));
    assert_eq!(
        found.auth.unwrap().access,
        Access::User("bob@house.test".into())
    );
    assert_eq!(
        url("/inbox/;UID=1/;SECTION=1/;PARTIAL=3.4")
            .unwrap()
            .partial,
        Some((3, Some(4)))
    );
    assert_eq!(
        url("/inbox/;UID=1").unwrap().mailbox.as_deref(),
        Some("INBOX")
    );
    assert!(
        url("//ann@house.test/INBOX/;UID=1")
            .unwrap()
            .server
            .is_some()
    );
    assert_eq!(
        url("imap://[2001:db8::1]:143/a/;uid=1")
            .unwrap()
            .server
            .unwrap()
            .host,
        "[2001:db8::1]"
    );
}

#[test]
fn what_is_no_url_of_a_message() {
    let wrong = [
        "",
        "/",
        "INBOX/;UID=1",
        "imap://house.test",
        "imap://house.test/",
        "imap://house.test/INBOX",
        "imap://house.test/INBOX?SUBJECT%20x",
        "imap:///INBOX/;UID=1",
        "imap:/INBOX/;UID=1",
        "pop://ann@house.test/INBOX/;UID=1",
        "imap://ann;FOO=x@house.test/INBOX/;UID=1",
        "imap://house.test:port/INBOX/;UID=1",
        "imap://house.test/;UID=1",
        "/INBOX/;UID=0",
        "/INBOX/;UID=",
        "/INBOX/;UID=4294967296",
        "/INBOX/;UID=1;section=1",
        "/INBOX/;UID=1/;section=",
        "/INBOX/;UID=1/;section=FOO",
        "/INBOX/;UID=1/;section=MIME",
        "/INBOX/;UID=1/;section=1/",
        "/INBOX/;UID=1/;partial=1.0",
        "/INBOX/;UID=1/;partial=.1",
        "/INBOX/;UID=1/;partial=99999999999999999999",
        "/INBOX;UIDVALIDITY=/;UID=1",
        "/INBOX;UIDVALIDITY=1x/;UID=1",
        "/INBOX;FOO=1/;UID=1",
        "/IN%BOX/;UID=1",
        "/IN%00BOX/;UID=1",
        "/a//b/;UID=1",
        "/INBOX/;UID=1;EXPIRE=2026-11-22T10:00:00Z",
        "/INBOX/;UID=1;EXPIRE=tomorrow;URLAUTH=anonymous",
        "/INBOX/;UID=1;URLAUTH=",
        "/INBOX/;UID=1;URLAUTH=everyone",
        "/INBOX/;UID=1;URLAUTH=user+",
        "/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL",
        "/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL:1234",
        "/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL:9135zz473744909de610943775f92038",
        "/INBOX/;UID=1;URLAUTH=anonymous::91354a473744909de610943775f92038",
        "/IN BOX/;UID=1",
        "/IN\"BOX/;UID=1",
        "/IN\u{e9}BOX/;UID=1",
    ];
    for text in wrong {
        assert_eq!(url(text), None, "{text}");
    }
    assert_eq!(parse(&[b'/'; URL_MAX + 1]), None);
    assert_eq!(parse(b"\xff\xfe"), None);
}
