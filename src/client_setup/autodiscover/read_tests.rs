use super::*;

/// As Outlook asks (MS-OXDSCLI §4.1).
const OUTLOOK: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
    <Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\r\n\
    <Request><EMailAddress>ann@house.test</EMailAddress>\r\n\
    <AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>\
    </Request></Autodiscover>";

fn address(text: &str) -> Result<String, Unread> {
    read(text.as_bytes()).map(|wish| wish.address)
}

#[test]
fn what_programs_ask_is_read() {
    let wish = read(OUTLOOK.as_bytes()).unwrap();
    assert_eq!(wish.address, "ann@house.test");
    assert!(wish.schema.unwrap().ends_with("/responseschema/2006a"));
    for (text, expected) in [
        ("<EMailAddress>a@b.test</EMailAddress>", "a@b.test"),
        (
            "\u{feff}<a:EMailAddress x='>'> a@b.test\n</a:EMailAddress>",
            "a@b.test",
        ),
        (
            "<emailaddress>a&amp;b&#x40;c&#46;test</emailaddress>",
            "a&b@c.test",
        ),
        (
            "<EMailAddress><![CDATA[a&b@c.test]]></EMailAddress>",
            "a&b@c.test",
        ),
        (
            "<EMailAddress>a<!-- <b> -->@b.test</EMailAddress>",
            "a@b.test",
        ),
        (
            "<EMailAddress>a@b.test</EMailAddress><EMailAddress>x@y.test</EMailAddress>",
            "a@b.test",
        ),
        (
            "<LegacyDN>no</LegacyDN><EMailAddress\n>γ@σπίτι.test",
            "γ@σπίτι.test",
        ),
        (
            "& loose text &nonsense; <EMailAddress>a@b.test</EMailAddress>",
            "a@b.test",
        ),
    ] {
        assert_eq!(address(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_bites_is_refused() {
    let bomb = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]><EMailAddress>&lol2;</EMailAddress>";
    let file = "<!DOCTYPE foo [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]><EMailAddress>&xxe;</EMailAddress>";
    let long_text = format!("<EMailAddress>{}", "a".repeat(TEXT_MAX + 1));
    let long_body = " ".repeat(BODY_MAX + 1);
    for (text, expected) in [
        (bomb, Unread::Forbidden),
        (file, Unread::Forbidden),
        ("<EMailAddress>&lol;</EMailAddress>", Unread::Forbidden),
        ("<EMailAddress>&#0;</EMailAddress>", Unread::Forbidden),
        ("<EMailAddress>&#xD800;</EMailAddress>", Unread::Forbidden),
        ("<EMailAddress>a&b@c.test</EMailAddress>", Unread::Malformed),
        ("<EMailAddress>a@b.test<", Unread::Malformed),
        ("<EMailAddress", Unread::Malformed),
        ("<EMailAddress a='>", Unread::Malformed),
        (
            "<!-- <EMailAddress>a@b.test</EMailAddress>",
            Unread::Malformed,
        ),
        ("<EMailAddress/>a@b.test", Unread::NoAddress),
        ("<EMailAddress> </EMailAddress>", Unread::NoAddress),
        ("<EMail>a@b.test</EMail>", Unread::NoAddress),
        ("", Unread::NoAddress),
        (&long_text, Unread::TooLong),
        (&long_body, Unread::TooLong),
    ] {
        assert_eq!(address(text), Err(expected), "{:.80}", text);
    }
    assert_eq!(read(b"<EMailAddress>\xff"), Err(Unread::Malformed));
}

#[test]
fn no_cut_and_no_octet_makes_it_fall() {
    for end in 0..OUTLOOK.len() {
        let _ = read(&OUTLOOK.as_bytes()[..end]);
        for octet in [0, b'<', b'>', b'&', b'"', b'/', b'!', 0xc3, 0xff] {
            let mut broken = OUTLOOK.as_bytes().to_vec();
            broken[end] = octet;
            if let Ok(wish) = read(&broken) {
                assert!(wish.address.len() <= TEXT_MAX);
            }
        }
    }
}
