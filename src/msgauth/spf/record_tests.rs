use super::*;

#[test]
fn terms_are_read() {
    let target = |domain, v4, v6| Target { domain, v4, v6 };
    for (text, term) in [
        ("all", Term::Directive(SpfResult::Pass, Mechanism::All)),
        ("-ALL", Term::Directive(SpfResult::Fail, Mechanism::All)),
        (
            "~a",
            Term::Directive(SpfResult::SoftFail, Mechanism::A(target(None, 32, 128))),
        ),
        (
            "?a/24",
            Term::Directive(SpfResult::Neutral, Mechanism::A(target(None, 24, 128))),
        ),
        (
            "a//64",
            Term::Directive(SpfResult::Pass, Mechanism::A(target(None, 32, 64))),
        ),
        (
            "a:b.c/0//0",
            Term::Directive(SpfResult::Pass, Mechanism::A(target(Some("b.c"), 0, 0))),
        ),
        (
            "mx:%{d/}/24",
            Term::Directive(
                SpfResult::Pass,
                Mechanism::Mx(target(Some("%{d/}"), 24, 128)),
            ),
        ),
        (
            "ptr",
            Term::Directive(SpfResult::Pass, Mechanism::Ptr(None)),
        ),
        (
            "ip4:192.0.2.0/24",
            Term::Directive(SpfResult::Pass, Mechanism::Ip4([192, 0, 2, 0].into(), 24)),
        ),
        (
            "ip6:2001:db8::/32",
            Term::Directive(
                SpfResult::Pass,
                Mechanism::Ip6("2001:db8::".parse().unwrap(), 32),
            ),
        ),
        ("redirect=a.b", Term::Redirect("a.b")),
        ("EXP=a.b", Term::Exp("a.b")),
        ("x-y.z_1=%{d}:/=", Term::Unknown),
    ] {
        assert_eq!(Term::parse(text), Some(term), "{text}");
    }
    for bad in [
        "",
        "-",
        "alll",
        "all:x",
        "all/8",
        "include",
        "include:",
        "include:a.b/24",
        "exists",
        "ptr:",
        "ptr/0",
        "ip4",
        "ip4:",
        "ip4:1.2.3",
        "ip4:1.2.3.4/33",
        "ip4:1.2.3.4/024",
        "ip4:1.2.3.4/",
        "ip4:::1",
        "ip6:1.2.3.4",
        "ip6:::1/129",
        "a/33",
        "a//129",
        "a/",
        "a//",
        "a:b.c/x",
        "a=",
        "=a",
        "1x=y",
        "-redirect=a.b",
        "redirect:a.b",
        "redirect=",
        "exp=%{x}",
        "a:a.b\u{e4}",
        "+-a",
        "moo",
    ] {
        let parsed = Term::parse(bad);
        assert!(parsed.is_none() || bad == "a=", "{bad}: {parsed:?}");
    }
}

#[test]
fn records_are_judged_whole() {
    assert!(
        is_spf(b"v=spf1")
            && is_spf(b"V=SPF1 all")
            && !is_spf(b"v=spf10 all")
            && !is_spf(b"v=spf1\tall")
            && !is_spf(b"v=spf")
    );
    assert_eq!(judge("v=spf1   mx  -all  "), Ok(()));
    assert_eq!(judge("v=spf1 -all moo"), Err("moo"));
    assert_eq!(
        judge("v=spf1 redirect=a.b redirect=c.d"),
        Err("redirect=c.d")
    );
    assert_eq!(judge("v=spf1 exp=a.b -all exp=a.b"), Err("exp=a.b"));
    assert_eq!(judge("v=spf1 a=1 a=1"), Ok(()));
}
