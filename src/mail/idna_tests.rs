use super::*;

#[test]
fn names_have_one_form() {
    let rows = [
        ("exämple.org", "xn--exmple-cua.org"),
        ("EXÄMPLE.Org", "xn--exmple-cua.org"),
        ("exa\u{308}mple.org", "xn--exmple-cua.org"),
        ("XN--EXMPLE-CUA.org.", "xn--exmple-cua.org"),
        (
            "bücher.straße.example",
            "xn--bcher-kva.xn--strae-oqa.example",
        ),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("i❤.ws", "xn--i-7iq.ws"),
        ("a--b.example", "a--b.example"),
        ("_dmarc.example", "_dmarc.example"),
        ("\u{212A}.example", "k.example"),
        ("क्\u{200D}ष.example", "xn--11b4d3a701l.example"),
    ];
    for (name, expected) in rows {
        let ascii = to_ascii(name);
        if name.contains('\u{200D}') {
            // Any A-label: what counts is that the joiner is allowed behind a virama.
            assert!(ascii.is_some(), "{name}");
            continue;
        }
        assert_eq!(ascii.as_deref(), Some(expected), "{name}");
    }
}

#[test]
fn what_is_no_name_is_refused() {
    let label64 = "a".repeat(64);
    let long = vec!["a".repeat(63); 4].join(".");
    let many = "ü".repeat(63);
    for bad in [
        "",
        ".",
        "a..b",
        "ü..b",
        "-ü",
        "ü-",
        "üb--c",
        "xn--ü",
        "\u{308}a.org",
        "ü b",
        "ü\u{200B}",
        "a\u{200D}ü",
        "ｅｘ.org",
        "ﬁ.org",
        "ü\u{202E}",
        "a\u{3002}b",
        "ü\n",
        &label64,
        &long,
        &many,
    ] {
        assert_eq!(to_ascii(bad), None, "{bad:?}");
    }
}

#[test]
fn only_true_a_labels_are_shown_as_u_labels() {
    let rows = [
        ("xn--exmple-cua.org", "exämple.org"),
        ("XN--EXMPLE-CUA.org", "exämple.org"),
        (
            "xn--bcher-kva.xn--strae-oqa.example",
            "bücher.straße.example",
        ),
        // No Punycode; ASCII in disguise; upper case inside; an invisible character.
        ("xn--99999999.org", "xn--99999999.org"),
        ("xn--abc-.org", "xn--abc-.org"),
        ("xn--.org", "xn--.org"),
        ("plain.org", "plain.org"),
    ];
    for (name, expected) in rows {
        assert_eq!(to_unicode(name), expected);
    }
    let disguised = format!("xn--{}.org", punycode::encode("exÄmple").unwrap());
    assert_eq!(to_unicode(&disguised), disguised);
    let disguised = format!("xn--{}.org", punycode::encode("ü\u{202E}").unwrap());
    assert_eq!(to_unicode(&disguised), disguised);
}
