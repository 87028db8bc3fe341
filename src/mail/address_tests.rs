//! Addresses of RFC 5321 §4.1.2 and RFC 6531 §3.3, and the strange ones that have hurt other servers.
#![allow(clippy::string_slice, reason = "a test slices at char boundaries")]

use super::*;

#[test]
fn well_formed_addresses_print_as_they_travel() {
    let rows = [
        // (given, local, domain, printed)
        ("a@b", "a", "b", "a@b"),
        ("Jones@Xyz.COM", "Jones", "Xyz.COM", "Jones@Xyz.COM"),
        (
            "user+tag@example.org",
            "user+tag",
            "example.org",
            "user+tag@example.org",
        ),
        (
            "a.b.c@example.org",
            "a.b.c",
            "example.org",
            "a.b.c@example.org",
        ),
        ("\"Joe.Smith\"@x.y", "Joe.Smith", "x.y", "Joe.Smith@x.y"),
        ("\"a b\"@x.y", "a b", "x.y", "\"a b\"@x.y"),
        ("\"a@b\"@x.y", "a@b", "x.y", "\"a@b\"@x.y"),
        ("\"a\\\"b\\\\\"@x.y", "a\"b\\", "x.y", "\"a\\\"b\\\\\"@x.y"),
        ("\"\\a\"@x.y", "a", "x.y", "a@x.y"),
        ("\"\"@d", "", "d", "\"\"@d"),
        ("\"a..b\"@d", "a..b", "d", "\"a..b\"@d"),
        ("u@[192.0.2.1]", "u", "[192.0.2.1]", "u@[192.0.2.1]"),
        (
            "u@[IPv6:2001:db8::1]",
            "u",
            "[IPv6:2001:db8::1]",
            "u@[IPv6:2001:db8::1]",
        ),
        (
            "jörg@bücher.example",
            "jörg",
            "bücher.example",
            "jörg@bücher.example",
        ),
        ("\"用 户\"@例え.jp", "用 户", "例え.jp", "\"用 户\"@例え.jp"),
    ];
    for (given, local, domain, printed) in rows {
        let address = Address::parse(given).unwrap();
        assert_eq!(
            (address.local(), address.domain()),
            (local, domain),
            "{given}"
        );
        assert_eq!(address.to_string(), printed, "{given}");
        assert_eq!(Address::parse(printed).unwrap(), address, "{given}");
    }
}

#[test]
fn malformed_addresses_are_refused_with_their_reason() {
    use AddressError::*;
    let rows = [
        ("", NoDomain),
        ("postmaster", NoDomain),
        ("@", LocalPart),
        ("@x", LocalPart),
        ("a@", Domain),
        ("a@b@c", Domain),
        (".a@b", LocalPart),
        ("a.@b", LocalPart),
        ("a..b@c", LocalPart),
        ("a b@c", LocalPart),
        ("a(c)@b", LocalPart),
        ("<a@b>", LocalPart),
        ("a@b>", Domain),
        ("a\rX-Pwned: 1@b", LocalPart),
        ("a@b\r\nRCPT TO:<c@d>", Domain),
        ("\"a\r\n\"@b", LocalPart),
        ("\"a\0\"@b", LocalPart),
        ("\"a\\\u{1}\"@b", LocalPart),
        ("\"a@b", LocalPart),
        ("\"a\\", LocalPart),
        ("\"a\"b@c", NoDomain),
        ("a\u{85}@b", LocalPart),
        ("a@-b", Domain),
        ("a@[1.2.3]", Domain),
        ("a@b\u{FF0E}c", Domain),
    ];
    for (given, why) in rows {
        assert_eq!(Address::parse(given), Err(why), "{given:?}");
    }
}

#[test]
fn parts_are_judged_like_the_whole() {
    assert_eq!(Address::new("a\rb", "x.y"), Err(AddressError::LocalPart));
    assert_eq!(Address::new("a", "x.y>"), Err(AddressError::Domain));
    assert_eq!(
        Address::new("a b", "x.y").unwrap().to_string(),
        "\"a b\"@x.y"
    );
}

#[test]
fn limits_stand_exactly_where_the_rfc_puts_them() {
    let local = "l".repeat(LOCAL_MAX);
    assert!(Address::parse(&format!("{local}@d")).is_ok());
    assert_eq!(
        Address::parse(&format!("{local}l@d")),
        Err(AddressError::LocalTooLong)
    );
    let label = "d".repeat(63);
    let domain = format!("{label}.{label}.{label}");
    assert_eq!(domain.len(), 191);
    let whole = format!("{}@{domain}", "l".repeat(62));
    assert_eq!(whole.len(), ADDRESS_MAX);
    assert!(Address::parse(&whole).is_ok());
    assert_eq!(
        Address::parse(&format!("l{whole}")),
        Err(AddressError::TooLong)
    );
    // Quotes and backslashes count: the printed form is what travels.
    assert_eq!(
        Address::new(&"\"".repeat(40), &domain),
        Err(AddressError::TooLong)
    );
    assert_eq!(
        Address::parse(&"\"".repeat(1_000_000)),
        Err(AddressError::TooLong)
    );
}

#[test]
fn folding_is_for_looking_up() {
    let address = Address::parse("Jörg.Ä@EXAMPLE.org").unwrap();
    assert_eq!(address.fold().to_string(), "jörg.Ä@example.org");
    let fold = |text: &str| Address::parse(text).unwrap().fold().to_string();
    assert_eq!(fold("A@EXÄMPLE.org"), "a@xn--exmple-cua.org");
    assert_eq!(fold("A@XN--EXMPLE-CUA.org"), "a@xn--exmple-cua.org");
    assert!(!address.is_ascii());
    assert!(Address::parse("a@b").unwrap().is_ascii());
}

#[test]
fn every_prefix_of_a_hostile_text_is_judged_without_panic() {
    let text = "\"\\\"é\u{1F600}\\@<>,;:()[]\"@[IPv6:é::1].bü..\u{3002}-x";
    for (end, _) in text.char_indices() {
        if let Ok(address) = Address::parse(&text[..end]) {
            assert_eq!(Address::parse(&address.to_string()).unwrap(), address);
        }
    }
}
