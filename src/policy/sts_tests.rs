//! RFC 8461's examples, and files that somebody made to trip us.

use super::*;

#[test]
fn txt_records() {
    let long = format!("v=STSv1; id={};", "a".repeat(32));
    let too_long = format!("v=STSv1; id={};", "a".repeat(33));
    let id = |records: &[&str]| record_id(records.iter().map(|text| text.as_bytes()));
    for (records, expected) in [
        (
            &["v=STSv1; id=20160831085700Z;"][..],
            Some("20160831085700Z"),
        ), // §3.1
        (&["v=STSv1;id=1"], Some("1")),
        (&["v=STSv1\t;\tid=1 ; "], Some("1")),
        (&["v=STSv1; x-new.one=a:b/c; id=2;"], Some("2")),
        (&["v=STSv1; id=2; id=3;"], Some("2")), // all but the first are ignored
        (&["spf record", "v=STSv1; id=7;"], Some("7")),
        (&["v=STSv1; id=7;", "v=STSv1; id=7;"], None), // not exactly one
        (&["v=STSv1; id=7;", "v=STSv10; id=8;"], Some("7")),
        (&[&long], Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
        (&[&too_long], None),
        (&["v=STSv1;"], None),
        (&["v=STSv1"], None),
        (&["v=STSv1 id=1"], None),
        (&["v=stsv1; id=1"], None),
        (&[" v=STSv1; id=1"], None),
        (&["id=1; v=STSv1"], None),
        (&["v=STSv1; id="], None),
        (&["v=STSv1; id=a-b"], None),
        (&["v=STSv1;; id=1"], None),
        (&["v=STSv1; id=1;;"], None),
        (&["v=STSv1; id=1; junk"], None),
        (&["v=STSv1; id=1; a=b=c"], None),
        (&["v=STSv1; id=1; a=\u{e9}"], None),
        (&[], None),
    ] {
        assert_eq!(id(records).as_deref(), expected, "{records:?}");
    }
    assert_eq!(record_id([&b"v=STSv1; id=\xff;"[..]].into_iter()), None);
}

/// §3.2's example.
const EXAMPLE: &str = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n";

#[test]
fn policy_files() {
    let example = Policy {
        mode: StsMode::Enforce,
        mx: ["mail.example.com", "*.example.net", "backupmx.example.com"]
            .map(str::to_owned)
            .to_vec(),
        max_age: 604_800,
    };
    assert_eq!(read_policy(EXAMPLE.as_bytes()), Ok(example.clone()));
    for same in [
        EXAMPLE.replace("\r\n", "\n"),
        EXAMPLE.trim_end().to_owned(),
        EXAMPLE.replace(": ", ":"),
        EXAMPLE.replace(": ", ": \t "),
        EXAMPLE.replace("\r\n", " \t\r\n"),
        EXAMPLE.replace("mail.example.com", "MAIL.Example.com."),
        EXAMPLE.replace("mode", "x-note: gr\u{fc}\u{df} dich\r\nmode"),
        format!("{EXAMPLE}mode: none\r\nversion: 2\r\nmax_age: 1\r\n"),
    ] {
        assert_eq!(
            read_policy(same.as_bytes()),
            Ok(example.clone()),
            "{same:?}"
        );
    }
    let none = read_policy(b"version: STSv1\nmode: none\nmax_age: 9999999999\n").unwrap();
    assert_eq!(
        none,
        Policy {
            mode: StsMode::None,
            mx: vec![],
            max_age: MAX_AGE
        }
    );

    let mx = |value: &str| EXAMPLE.replace("*.example.net", value);
    for bad in [
        String::new(),
        "\r\n".to_owned(),
        EXAMPLE.replace("version: STSv1\r\n", ""),
        EXAMPLE.replace("STSv1", "STSv2"),
        EXAMPLE.replace("STSv1", "stsv1"),
        EXAMPLE.replace("enforce", "Enforce"),
        EXAMPLE.replace("enforce", "strict"),
        EXAMPLE.replace("mode: enforce\r\n", ""),
        EXAMPLE.replace("max_age: 604800\r\n", ""),
        EXAMPLE.replace("604800", "-1"),
        EXAMPLE.replace("604800", "604800s"),
        EXAMPLE.replace("604800", "12345678901"),
        EXAMPLE.replace("604800", ""),
        EXAMPLE.replace("mx: ", "x: "),
        EXAMPLE.replace("mode: enforce\r\n", "mode: enforce\r\n\r\n"),
        EXAMPLE.replace("mode", " mode"),
        EXAMPLE.replace("mode:", "mode :"),
        EXAMPLE.replace("mode: enforce", "mode enforce"),
        EXAMPLE.replace("enforce", "enforce\0"),
        EXAMPLE.replace("\r\n", "\r"),
        mx("*"),
        mx("*."),
        mx("mail*.example.net"),
        mx("*.*.example.net"),
        mx("a..example.net"),
        mx("[192.0.2.1]"),
        mx("b\u{fc}cher.example"),
        mx("a b"),
        mx(&"a".repeat(64)),
        mx(&["a"; 128].join(".")),
        "<html>404</html>".to_owned(),
        format!("{EXAMPLE}{}", "mx: a.example\r\n".repeat(98)),
        format!("{EXAMPLE}{}: x\r\n", "n".repeat(33)),
    ] {
        assert!(read_policy(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(read_policy(b"version: STSv1\nmode: none\nmax_age: 1\nx: \xff\n").is_err());
}

#[test]
fn any_cut_of_a_file_is_refused_or_less_strict_in_nothing_but_time() {
    let whole = read_policy(EXAMPLE.as_bytes()).unwrap();
    for cut in 0..EXAMPLE.len() {
        if let Ok(policy) = read_policy(&EXAMPLE.as_bytes()[..cut]) {
            assert_eq!((policy.mode, &policy.mx), (whole.mode, &whole.mx), "{cut}");
        }
    }
}

#[test]
fn patterns_stand_for_one_label() {
    let patterns = ["mail.example.com", "*.example.net"].map(str::to_owned);
    for (host, listed) in [
        ("mail.example.com", true),
        ("MAIL.example.COM.", true),
        ("a.example.net", true),
        ("xn--bcher-kva.example.net", true),
        ("example.net", false),
        ("foo.bar.example.net", false), // §4.1
        (".example.net", false),
        ("aexample.net", false),
        ("mail.example.com.evil.example", false),
        ("example.com", false),
        ("", false),
    ] {
        assert_eq!(lists(&patterns, host), listed, "{host}");
    }
}
