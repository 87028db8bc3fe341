use super::*;

#[test]
fn xtext_goes_both_ways() {
    // The last is the example of RFC 3461 §10.2.
    let rows = [
        ("", ""),
        ("QQ314159", "QQ314159"),
        ("a+b=c d", "a+2Bb+3Dc+20d"),
        ("é", "+C3+A9"),
        ("Bob@Big-Bucks.example.com", "Bob@Big-Bucks.example.com"),
    ];
    for (text, xtext) in rows {
        assert_eq!(encode(text), xtext);
        assert_eq!(decode(xtext).as_deref(), Some(text));
    }
    assert_eq!(decode("+2b").as_deref(), Some("+"));
    let long = "x".repeat(XTEXT_MAX + 1);
    for bad in [
        "a b", "a=b", "+", "+2", "+2G", "+0D+0A", "+00", "é", "+FF", "a\r", &long,
    ] {
        assert_eq!(decode(bad), None, "{bad}");
    }
}

#[test]
fn utf8_addresses_have_three_forms() {
    let rows = [
        (
            "jörg@exämple.org",
            "j\\x{F6}rg@ex\\x{E4}mple.org",
            "jörg@exämple.org",
        ),
        (
            "a+b=c\\ d@x",
            "a\\x{2B}b\\x{3D}c\\x{5C}\\x{20}d@x",
            "a\\x{2B}b\\x{3D}c\\x{5C}\\x{20}d@x",
        ),
        ("𝄞@x", "\\x{1D11E}@x", "𝄞@x"),
    ];
    for (address, xtext, unitext) in rows {
        assert_eq!(utf8_addr_xtext(address), xtext);
        assert_eq!(utf8_addr_unitext(address), unitext);
        for form in [xtext, unitext] {
            assert_eq!(decode_utf8_addr(form).as_deref(), Some(address));
        }
    }
    for bad in [
        "",
        "\\",
        "\\x",
        "\\x{}",
        "\\x{D800}",
        "\\x{110000}",
        "\\x{0A}",
        "\\x{4",
        "\\x{+F6}",
        "a\nb",
        "\\y{20}",
    ] {
        assert_eq!(decode_utf8_addr(bad), None, "{bad}");
    }
}

#[test]
fn original_recipients_go_both_ways() {
    let rows = [
        ("rfc822;a+b@x", "rfc822;a+2Bb@x", "rfc822;a+2Bb@x"),
        ("utf-8;jörg@x", "utf-8;j\\x{F6}rg@x", "utf-8;jörg@x"),
    ];
    for (decoded, ascii, utf8) in rows {
        assert_eq!(encode_orcpt(decoded, false).as_deref(), Some(ascii));
        assert_eq!(encode_orcpt(decoded, true).as_deref(), Some(utf8));
        assert_eq!(decode_orcpt(ascii).as_deref(), Some(decoded));
        assert_eq!(decode_orcpt(utf8).as_deref(), Some(decoded));
    }
    for bad in [
        "",
        "rfc822",
        "rfc822;",
        ";x",
        "rf c;x",
        "rfc822;a=b",
        "utf-8;a b",
        "rfc822;é",
    ] {
        assert_eq!(decode_orcpt(bad), None, "{bad}");
    }
    for bad in ["rfc822;jörg@x", "x", "rfc822;a\r\nb"] {
        assert_eq!(encode_orcpt(bad, true), None, "{bad}");
    }
}
