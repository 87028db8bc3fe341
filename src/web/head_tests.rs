use super::*;
use hyper::Request;

fn parts(method: &str, target: &str, fields: &[(&str, &str)]) -> Parts {
    let mut builder = Request::builder().method(method).uri(target);
    for (name, value) in fields {
        builder = builder.header(*name, *value);
    }
    builder.body(()).unwrap().into_parts().0
}

fn read(method: &str, target: &str, fields: &[(&str, &str)]) -> Result<String, u16> {
    let head = Head::read(&parts(method, target, fields))?;
    Ok(format!(
        "{:?} {} {}",
        head.verb,
        head.authority.text(),
        head.path
    ))
}

#[test]
fn heads_are_read_in_one_way_or_refused() {
    let host = ("host", "box.local");
    for (method, target, fields, expected) in [
        ("GET", "/", &[host][..], Ok("Get box.local /")),
        ("HEAD", "/%CE%B1?a=1", &[host], Ok("Get box.local /α")),
        ("PUT", "/x", &[host], Ok("Other box.local /x")),
        ("GET", "/", &[], Err(400)),
        ("GET", "/", &[host, host], Err(400)),
        ("GET", "/", &[("host", "a b")], Err(400)),
        ("GET", "/", &[("host", "\u{e4}")], Err(400)),
        (
            "GET",
            "https://real.local:8443/p",
            &[host],
            Ok("Get real.local:8443 /p"),
        ),
        ("GET", "https://user@real.local/p", &[host], Err(400)),
        ("GET", "ftp://real.local/p", &[host], Err(400)),
        ("CONNECT", "real.local:443", &[host], Err(400)),
        ("OPTIONS", "*", &[host], Err(400)),
        ("GET", "//evil.example/x", &[host], Err(400)),
        ("GET", "/%2Fevil.example/x", &[host], Err(400)),
        ("GET", "/a%00b", &[host], Err(400)),
        ("GET", "/a%0d%0aSet-Cookie:x", &[host], Err(400)),
        ("GET", "/a%5c..", &[host], Err(400)),
        ("GET", "/%ff", &[host], Err(400)),
        ("GET", "/%zz", &[host], Err(400)),
        ("GET", "/?a=%ff", &[host], Err(400)),
        (
            "POST",
            "/",
            &[host, ("transfer-encoding", "chunked")],
            Err(411),
        ),
        (
            "POST",
            "/",
            &[host, ("content-length", "3"), ("transfer-encoding", "x")],
            Err(411),
        ),
    ] {
        assert_eq!(
            read(method, target, fields),
            expected.map(str::to_owned),
            "{method} {target} {fields:?}"
        );
    }
    let long = format!("/{}", "a".repeat(MOST_PATH));
    assert_eq!(read("GET", &long, &[host]), Err(414));
    let many = format!("/?{}", "a&".repeat(100));
    assert_eq!(read("GET", &many, &[host]), Err(414));
}

#[test]
fn only_our_own_pages_may_post() {
    for (host, fields, ours) in [
        ("box.local", &[][..], true),
        ("box.local", &[("origin", "https://box.local")], true),
        ("box.local:443", &[("origin", "https://BOX.local")], true),
        (
            "box.local:8443",
            &[("origin", "https://box.local:8443")],
            true,
        ),
        ("box.local:8443", &[("origin", "https://box.local")], false),
        ("box.local", &[("origin", "http://box.local")], false),
        ("box.local", &[("origin", "https://evil.example")], false),
        (
            "box.local",
            &[("origin", "https://box.local.evil.example")],
            false,
        ),
        ("box.local", &[("origin", "null")], false),
        ("box.local", &[("origin", "")], false),
        (
            "box.local",
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
            true,
        ),
        ("box.local", &[("sec-fetch-site", "same-origin")], true),
        ("box.local", &[("sec-fetch-site", "same-site")], false),
        ("box.local", &[("sec-fetch-site", "cross-site")], false),
        ("box.local", &[("sec-fetch-site", "none")], false),
        (
            "box.local",
            &[
                ("origin", "https://box.local"),
                ("sec-fetch-site", "cross-site"),
            ],
            false,
        ),
        (
            "box.local",
            &[
                ("origin", "https://evil.example"),
                ("sec-fetch-site", "same-origin"),
            ],
            false,
        ),
        (
            "box.local",
            &[
                ("origin", "https://box.local"),
                ("origin", "https://box.local"),
            ],
            false,
        ),
    ] {
        let parts = parts("POST", "/", fields);
        let authority = Authority::parse(host).unwrap();
        assert_eq!(
            is_same_origin(&parts.headers, &authority, true),
            ours,
            "{host} {fields:?}"
        );
    }
}

#[test]
fn a_form_in_clear_is_from_a_page_in_clear() {
    let authority = Authority::parse("192.168.1.2").unwrap();
    for (origin, ours) in [
        ("http://192.168.1.2", true),
        ("http://192.168.1.2:80", true),
        ("https://192.168.1.2", false),
        ("http://192.168.1.2:8080", false),
        ("http://evil.example", false),
        ("null", false),
    ] {
        let parts = parts("POST", "/", &[("origin", origin)]);
        let same = is_same_origin(&parts.headers, &authority, false);
        assert_eq!(same, ours, "{origin}");
    }
}

#[test]
fn pictures_in_other_pages_are_known_from_links() {
    let embedded = |fields| is_embedded_elsewhere(&parts("GET", "/", fields).headers);
    assert!(embedded(&[
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors")
    ]));
    assert!(!embedded(&[
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate")
    ]));
    assert!(!embedded(&[
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "no-cors")
    ]));
    assert!(!embedded(&[]));
}
