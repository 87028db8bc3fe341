use super::*;

fn values(address: &str) -> Values<'_> {
    Values {
        address: address.parse().unwrap(),
        local: "strong-bad",
        sender_domain: "email.example.com",
        domain: "email.example.com",
        helo: "mail.example.com",
        name: "mx.example.org",
        receiver: "receiver.test",
        now: 7,
    }
}

/// RFC 7208 §7.4.
#[test]
fn the_examples_of_the_rfc() {
    for (text, expanded) in [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{p}", "mx.example.org"),
        (
            "%{ir}.%{v}._spf.%{d2}",
            "3.2.0.192.in-addr._spf.example.com",
        ),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        (
            "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
            "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",
        ),
        (
            "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
            "3.2.0.192.in-addr.strong.lp._spf.example.com",
        ),
        (
            "%{d2}.trusted-domains.example.net",
            "example.com.trusted-domains.example.net",
        ),
    ] {
        assert!(is_domain_spec(text), "{text}");
        assert_eq!(name(text, &values("192.0.2.3")).unwrap(), expanded);
    }
    let six = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com";
    let got = name("%{ir}.%{v}._spf.%{d2}", &values("2001:db8::cb01")).unwrap();
    // The RFC prints four nibbles fewer than an address has.
    assert_eq!(got, six.replace(".8.b.d.0", ".0.0.0.0.8.b.d.0"));
}

#[test]
fn what_is_no_domain_spec() {
    for bad in [
        "",
        "com",
        "a.b-",
        "a.-b",
        "a.1",
        "%",
        "%{",
        "%{x}.com",
        "%{d0}",
        "%{d",
        "%a.com",
        "%(d).com",
        "%{c}",
        "a.%{t}",
        "%{d!}",
        "a b.com",
        "a..",
        "\u{e4}.com",
        "%\u{e4}",
    ] {
        assert!(!is_domain_spec(bad), "{bad}");
    }
    for good in [
        "a.b",
        "a.b.",
        "%{d}",
        "x%{d}",
        "a.b2",
        "a.%%",
        "a.x-y",
        "%{D99r.-+,/_=}",
        "%{d340282366920938463463374607431768211456}",
    ] {
        assert!(is_domain_spec(good), "{good}");
    }
    assert!(is_macro_string("") && is_macro_string("a:/=%_") && !is_macro_string("a%"));
    assert!(wants_name("a.%{P}.b") && !wants_name("p.%{d}") && !wants_name("%%{p}"));
}

#[test]
fn long_names_lose_labels_on_the_left_and_endless_ones_are_none() {
    let long = format!("{}.example.com", "abcdefgh.".repeat(40) + "x");
    let name = name(&long, &values("::1")).unwrap();
    assert!(name.len() <= 253 && name.len() > 240 && name.starts_with("abcdefgh."));
    assert!(name.ends_with(".x.example.com"));
    assert_eq!(super::name(&"%{s}".repeat(4000), &values("::1")), None);
    assert_eq!(
        super::name(&format!("{}.com", "x".repeat(300)), &values("::1")).as_deref(),
        Some("com")
    );
    assert_eq!(explanation(&"%{S}".repeat(4000), &values("::1")), None);
    assert_eq!(
        explanation("%{c} %{r} %{t}%_%-", &values("::1")).as_deref(),
        Some("::1 receiver.test 7 %20")
    );
}
