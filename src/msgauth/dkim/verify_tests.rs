use super::super::{DkimResult, FUTURE_MAX, RSA_BITS};
use super::*;
use crate::testing::{Zone, judged, rsa_keys, signed};

/// RFC 8463 §A.3, both signatures; the RFC's text shows two spaces between the sentences where the signed message has one.
const DINNER: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n \
    d=football.example.com; i=@football.example.com;\r\n \
    q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n \
    subject : date : message-id : from : subject : date;\r\n \
    bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n \
    b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n \
    Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n\
    DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n \
    d=football.example.com; i=@football.example.com;\r\n \
    q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n \
    date : message-id : from : subject : date;\r\n \
    bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n \
    b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n \
    DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n \
    dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n\
    From: Joe SixPack <joe@football.example.com>\r\n\
    To: Suzie Q <suzie@shopping.example.net>\r\n\
    Subject: Is dinner ready?\r\n\
    Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
    Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\
    \r\n\
    Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
const KEYS: &str = "brisbane._domainkey.football.example.com TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    test._domainkey.football.example.com TXT v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR\
    iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC\
    DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3\
    Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
const LETTER: &str = "From: Ann <ann@house.test>\r\nTo: b@c.test\r\nSubject: Hello  you\r\n\r\nOne line\r\nand two \r\n\r\n";
const TAGS: &str = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=house.test; s=key; h=From:To:Subject";

fn verdicts(zone: &mut Zone, message: &str, now: Option<i64>) -> Vec<DkimVerdict> {
    judged(zone, message.as_bytes(), None, 4096, now).dkim
}

fn zone() -> Zone {
    let mut zone = Zone::default();
    zone.add("key._domainkey.house.test", "TXT", &rsa_keys().1);
    zone
}

fn result(message: &str) -> DkimVerdict {
    let mut all = verdicts(&mut zone(), message, Some(1_000_000));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// RFC 8463 §A, whole and octet by octet; its RSA key has the 1024 bits that still count.
#[test]
fn the_example_of_rfc_8463() {
    for step in [1, 3, 100_000] {
        let all = judged(&mut Zone::of(KEYS), DINNER.as_bytes(), None, step, None).dkim;
        assert_eq!(all.len(), 2);
        for (verdict, algorithm) in all.iter().zip(["ed25519-sha256", "rsa-sha256"]) {
            assert_eq!(verdict.result, DkimResult::Pass, "{}", verdict.reason);
            assert_eq!(verdict.algorithm, algorithm);
            assert_eq!(verdict.domain, "football.example.com");
        }
        assert_eq!(all[0].start, "/gCrinpc");
    }
    let forgeries = [
        DINNER.replace("lost the game", "won the game"),
        DINNER.replace("Is dinner", "Was dinner"),
        DINNER.replace("From: Joe", "From: Eve"),
        // Signed twice: a second Subject or From cannot be added.
        DINNER.replace("Subject: Is", "Subject: Urgent\r\nSubject: Is"),
        DINNER.replace("From: Joe", "From: Eve <e@e.test>\r\nFrom: Joe"),
        DINNER.replace("From: Joe SixPack <joe@football.example.com>\r\n", ""),
        DINNER.replace("t=1528637909", "t=1528637908"),
        DINNER.to_owned() + "more\r\n",
    ];
    for forged in forgeries {
        for verdict in verdicts(&mut Zone::of(KEYS), &forged, None) {
            assert_ne!(verdict.result, DkimResult::Pass, "{forged}");
        }
    }
}

/// RFC 6376 §A: the body's hash in the simple form (the printed signature has lost its white space).
#[test]
fn the_body_hash_of_rfc_6376() {
    let message = DINNER
        .replace("c=relaxed/relaxed", "c=simple/simple")
        .replace("game.  Are", "game. Are");
    for verdict in verdicts(&mut Zone::of(KEYS), &message, None) {
        assert_eq!(verdict.result, DkimResult::Fail);
        assert!(
            verdict.reason.starts_with("the header"),
            "{}",
            verdict.reason
        );
    }
}

#[test]
fn all_four_forms_hold_and_what_each_forgives() {
    for form in [
        "simple/simple",
        "simple/relaxed",
        "relaxed/simple",
        "relaxed/relaxed",
    ] {
        let message = signed(LETTER, &TAGS.replace("relaxed/relaxed", form), None);
        let verdict = result(&message);
        assert_eq!(
            verdict.result,
            DkimResult::Pass,
            "{form} {}",
            verdict.reason
        );
        let (header, body) = form.split_once('/').unwrap();
        for (changed, forgiven) in [
            (
                message.replace("Hello  you", "Hello you "),
                header == "relaxed",
            ),
            (
                message.replace("Subject: H", "SUBJECT : H"),
                header == "relaxed",
            ),
            (message.replace("and two ", "and   two"), false),
            (message.replace("One line", "One\t line"), body == "relaxed"),
            (message.clone() + "\r\n\r\n", true),
            (
                message.replace("One line", "One  line  "),
                body == "relaxed",
            ),
        ] {
            let body_kept = changed.contains("and two");
            let passes = result(&changed).result == DkimResult::Pass;
            assert_eq!(
                passes,
                forgiven || (!body_kept && body == "relaxed" && changed.contains("and   two")),
                "{form}: {changed}"
            );
        }
    }
}

#[test]
fn what_a_signature_must_say() {
    let cases = [
        ("v=1; ", "", DkimResult::PermError),
        ("v=1", "v=2", DkimResult::PermError),
        ("a=rsa-sha256", "a=rsa-sha1", DkimResult::PermError),
        ("a=rsa-sha256", "a=rsa-sha512", DkimResult::PermError),
        ("a=rsa-sha256", "a=ed25519-sha256", DkimResult::PermError),
        ("d=house.test", "d=other.test", DkimResult::PermError),
        ("d=house.test", "d=house..test", DkimResult::PermError),
        ("s=key", "s=k\u{20}ey", DkimResult::PermError),
        ("h=From:To", "h=To", DkimResult::PermError),
        ("s=key", "s=key; q=dns/cert", DkimResult::PermError),
        ("s=key", "s=key; q=x:dns/txt", DkimResult::Pass),
        ("s=key", "s=key; i=ann@house.test", DkimResult::Pass),
        ("s=key", "s=key; i=ann@sub.house.test", DkimResult::Pass),
        (
            "s=key",
            "s=key; i=ann@lighthouse.test",
            DkimResult::PermError,
        ),
        ("s=key", "s=key; i=ann@test", DkimResult::PermError),
        ("s=key", "s=key; l=x", DkimResult::PermError),
        ("s=key", "s=key; t=20; x=10", DkimResult::PermError),
        ("s=key", "s=key; s=key2", DkimResult::PermError),
        ("s=key", "s=key; z=whatever", DkimResult::Pass),
    ];
    for (old, new, expected) in cases {
        // What cannot be signed so is changed afterwards; it is not believed before it is computed.
        let tags = TAGS.replace(old, new);
        let message = match Tags::parse(&tags) {
            Some(list) if list.get("h").is_some() => signed(LETTER, &tags, None),
            _ => signed(LETTER, TAGS, None).replace(old, new),
        };
        let verdict = result(&message);
        assert_eq!(verdict.result, expected, "{new}: {}", verdict.reason);
    }
}

use super::super::Tags;

#[test]
fn a_part_of_the_body_is_never_the_whole() {
    let whole = "One line\r\nand two\r\n".len();
    let with_length = |length: usize| format!("{TAGS}; l={length}");
    let message = signed(LETTER, &with_length(whole), Some(whole));
    assert_eq!(result(&message).result, DkimResult::Pass);
    let longer = message + "Buy this instead\r\n";
    assert_eq!(result(&longer).result, DkimResult::Policy);
    for part in [0, 1, whole - 1] {
        let verdict = result(&signed(LETTER, &with_length(part), Some(part)));
        assert_eq!(verdict.result, DkimResult::Policy, "{}", verdict.reason);
    }
    let verdict = result(&signed(LETTER, &with_length(whole + 1), Some(whole + 1)));
    assert_eq!(
        verdict.result,
        DkimResult::Pass,
        "what was hashed is all there is"
    );
    let shorter = signed(
        &(LETTER.to_owned() + "x"),
        &with_length(whole + 3),
        Some(whole + 3),
    );
    let verdict = result(shorter.strip_suffix('x').unwrap());
    assert_eq!(verdict.result, DkimResult::Fail);
    assert!(verdict.reason.contains("shorter"));
}

#[test]
fn times_count_only_by_a_trusted_clock() {
    let message = signed(LETTER, &format!("{TAGS}; t=1000; x=2000"), None);
    for (now, expected) in [
        (None, DkimResult::Pass),
        (Some(1000), DkimResult::Pass),
        (Some(2000), DkimResult::Pass),
        (Some(2001), DkimResult::Fail),
        (Some(1000 - FUTURE_MAX), DkimResult::Pass),
        (Some(999 - FUTURE_MAX), DkimResult::Fail),
    ] {
        assert_eq!(
            verdicts(&mut zone(), &message, now)[0].result,
            expected,
            "{now:?}"
        );
    }
}

#[test]
fn key_records_in_all_their_shapes() {
    let good = rsa_keys().1;
    let public = good.split_once("p=").unwrap().1;
    let short = KEYS.split_once("k=rsa; p=").unwrap().1;
    let name = "key._domainkey.house.test";
    let message = signed(LETTER, &format!("{TAGS}; i=ann@sub.house.test"), None);
    let plain = signed(LETTER, TAGS, None);
    let cases: Vec<(String, &str, DkimResult)> = vec![
        (format!("p={public}"), &plain, DkimResult::Pass),
        (
            format!("v=DKIM1; h=sha1:sha256; s=email; p={public}"),
            &plain,
            DkimResult::Pass,
        ),
        (format!("h=sha1; p={public}"), &plain, DkimResult::PermError),
        (
            format!("s=tlsrpt; p={public}"),
            &plain,
            DkimResult::PermError,
        ),
        (format!("s=*; p={public}"), &plain, DkimResult::Pass),
        (
            format!("k=ed25519; p={public}"),
            &plain,
            DkimResult::PermError,
        ),
        (
            format!("k=elgamal; p={public}"),
            &plain,
            DkimResult::PermError,
        ),
        (
            format!("v=DKIM2; p={public}"),
            &plain,
            DkimResult::PermError,
        ),
        (format!("t=s; p={public}"), &plain, DkimResult::Pass),
        (format!("t=s; p={public}"), &message, DkimResult::PermError),
        (format!("t=y; p={public}"), &plain, DkimResult::Pass),
        (format!("t=y; p={short}"), &plain, DkimResult::Neutral),
        (format!("p={short}"), &plain, DkimResult::Fail),
        ("v=DKIM1; p=".into(), &plain, DkimResult::PermError),
        ("v=DKIM1; p=!".into(), &plain, DkimResult::PermError),
        ("v=DKIM1; p=AAAA".into(), &plain, DkimResult::PermError),
        ("hello".into(), &plain, DkimResult::PermError),
    ];
    for (record, message, expected) in cases {
        let mut zone = Zone::default();
        zone.add(name, "TXT", &record);
        let verdict = &verdicts(&mut zone, message, None)[0];
        assert_eq!(verdict.result, expected, "{record}: {}", verdict.reason);
    }
    // Not there, not answered, beside something else.
    let verdict = &verdicts(&mut Zone::default(), &plain, None)[0];
    assert_eq!(verdict.result, DkimResult::PermError);
    let mut silent = Zone::default();
    silent.add(name, "TIMEOUT", "");
    assert_eq!(
        verdicts(&mut silent, &plain, None)[0].result,
        DkimResult::TempError
    );
    let mut beside = Zone::default();
    beside.add(name, "TXT", "v=spf1 -all");
    beside.add(name, "TXT", &good);
    assert_eq!(
        verdicts(&mut beside, &plain, None)[0].result,
        DkimResult::Pass
    );
}

#[test]
fn a_key_of_fewer_than_1024_bits_proves_nothing() {
    // SEQUENCE { INTEGER of 512 bits, INTEGER 65537 }
    let mut modulus = vec![0x02, 0x41, 0x00];
    modulus.extend([0xff; 64]);
    let mut der = vec![0x30, u8::try_from(modulus.len() + 5).unwrap()];
    der.extend(modulus);
    der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut zone = Zone::default();
    zone.add("key._domainkey.house.test", "TXT", &format!("p={text}"));
    let verdict = &verdicts(&mut zone, &signed(LETTER, TAGS, None), None)[0];
    assert_eq!(verdict.result, DkimResult::PermError);
    assert!(verdict.reason.contains("512 bits"), "{}", verdict.reason);
    assert!(!RSA_BITS.contains(&1023));
}

#[test]
fn a_thousand_signatures_cost_ten() {
    let one = signed(LETTER, TAGS, None);
    let field = one.strip_suffix(LETTER).unwrap();
    let mut message = String::new();
    for number in 0..1000 {
        message.push_str(&field.replace("s=key", &format!("s=k{number}; l={number}")));
    }
    message.truncate(crate::HEAD_MAX - LETTER.len() - 1000);
    let end = message.rfind("DKIM-Signature").unwrap();
    message.truncate(end);
    message.push_str(LETTER);
    let mut zone = zone();
    let all = verdicts(&mut zone, &message, None);
    assert_eq!(all.len(), SIGNATURES_MAX);
    assert_eq!(
        zone.asked
            .iter()
            .filter(|q| q.name.contains("_domainkey"))
            .count(),
        SIGNATURES_MAX
    );
}

#[test]
fn a_header_beyond_the_bound_proves_nothing() {
    let message = signed(LETTER, TAGS, None);
    let long = message.replace(
        "To: b",
        &format!("X: {}\r\nTo: b", "x".repeat(crate::HEAD_MAX)),
    );
    assert_eq!(result(&long).result, DkimResult::PermError);
    let many = message.replace("To: b", &("X:\r\n".repeat(crate::FIELDS_MAX) + "To: b"));
    assert_eq!(result(&many).result, DkimResult::PermError);
    let names = format!("{TAGS}:{}", "x:".repeat(super::super::NAMES_MAX) + "y");
    assert_eq!(
        result(&signed(LETTER, &names, None)).result,
        DkimResult::PermError
    );
}

#[test]
fn few_parts_of_a_body_are_hashed_and_the_whole_always() {
    let mut fields = String::new();
    for length in 1..=4 {
        let one = signed(LETTER, &format!("{TAGS}; l={length}"), Some(length));
        fields.push_str(one.strip_suffix(LETTER).unwrap());
    }
    let message = format!("{fields}{}", signed(LETTER, TAGS, None));
    let results: Vec<DkimResult> = verdicts(&mut zone(), &message, None)
        .iter()
        .map(|one| one.result)
        .collect();
    use DkimResult::{Pass, PermError, Policy};
    assert_eq!(results, [Policy, Policy, PermError, PermError, Pass]);
}
