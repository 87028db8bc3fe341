use crate::dmarc::{DmarcResult, DmarcVerdict, Policy};
use crate::spf::Client;
use crate::testing::{Zone, judged, rsa_keys, signed};

const LETTER: &str = "From: Ann <ann@house.test>\r\nSubject: x\r\n\r\nHello.\r\n";

fn client(from: &str) -> Client {
    Client {
        address: "192.0.2.1".parse().unwrap(),
        helo: "mail.house.test".into(),
        mail_from: from.into(),
    }
}

fn zone(policy: &str) -> Zone {
    let mut zone = Zone::of(
        "house.test TXT v=spf1 ip4:192.0.2.1 -all
         sub.house.test TXT v=spf1 ip4:192.0.2.1 -all
         evil.test TXT v=spf1 ip4:192.0.2.1 -all
         late.house.test TIMEOUT",
    );
    for name in ["house.test", "sub.house.test", "evil.test"] {
        zone.add(&format!("key._domainkey.{name}"), "TXT", &rsa_keys().1);
    }
    if !policy.is_empty() {
        zone.add("_dmarc.house.test", "TXT", policy);
    }
    zone
}

fn verdict(policy: &str, message: &str, from: &str) -> DmarcVerdict {
    let verdicts = judged(
        &mut zone(policy),
        message.as_bytes(),
        Some(&client(from)),
        99,
        None,
    );
    verdicts.dmarc.unwrap()
}

fn by(domain: &str, letter: &str) -> String {
    let tags = format!("v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=key; h=From:Subject");
    signed(letter, &tags, None)
}

#[test]
fn what_belongs_to_the_author_proves_it() {
    let relaxed = "v=DMARC1; p=reject";
    let strict = "v=DMARC1; p=reject; adkim=s; aspf=s";
    // Policy, return path, who signs, result.
    for (policy, from, signer, expected) in [
        (relaxed, "a@house.test", "", DmarcResult::Pass),
        (relaxed, "a@sub.house.test", "", DmarcResult::Pass),
        (strict, "a@sub.house.test", "", DmarcResult::Fail),
        (strict, "a@house.test", "", DmarcResult::Pass),
        (relaxed, "a@evil.test", "", DmarcResult::Fail),
        (relaxed, "a@evil.test", "house.test", DmarcResult::Pass),
        (relaxed, "a@evil.test", "sub.house.test", DmarcResult::Pass),
        (strict, "a@evil.test", "sub.house.test", DmarcResult::Fail),
        (relaxed, "a@evil.test", "evil.test", DmarcResult::Fail),
        // A bounce: the HELO name stands for the return path, and has no record.
        (relaxed, "", "", DmarcResult::Fail),
        (relaxed, "", "house.test", DmarcResult::Pass),
        (relaxed, "a@late.house.test", "", DmarcResult::TempError),
        ("", "a@evil.test", "", DmarcResult::None),
        ("", "a@house.test", "house.test", DmarcResult::None),
    ] {
        let message = match signer {
            "" => LETTER.to_owned(),
            signer => by(signer, LETTER),
        };
        let got = verdict(policy, &message, from);
        assert_eq!(
            got.result, expected,
            "{policy} {from} {signer}: {}",
            got.reason
        );
        let refused = expected == DmarcResult::Fail;
        assert_eq!(got.disposition == Policy::Reject, refused);
    }
}

#[test]
fn a_second_from_never_passes() {
    let good = by("house.test", LETTER);
    let policy = "v=DMARC1; p=reject";
    assert_eq!(
        verdict(policy, &good, "a@evil.test").result,
        DmarcResult::Pass
    );
    for smuggled in [
        good.replace("From: Ann", "From: Boss <boss@bank.test>\r\nFrom: Ann"),
        good.replace("Subject: x", "From : Boss <boss@bank.test>\r\nSubject: x"),
        format!("From: Boss <boss@bank.test>\r\n{good}"),
        good.replace(
            "From: Ann <ann@house.test>",
            "From: <boss@bank.test>, Ann <ann@house.test>",
        ),
        good.replace("From: Ann <ann@house.test>\r\n", ""),
    ] {
        // Even with a return path of the house.
        let got = verdict(policy, &smuggled, "a@house.test");
        assert_eq!(got.result, DmarcResult::PermError, "{smuggled}");
    }
}

#[test]
fn below_the_policys_domain_sp_counts() {
    let letter = LETTER.replace("ann@house.test", "ann@a.b.house.test");
    for (policy, expected) in [
        ("v=DMARC1; p=reject", Policy::Reject),
        ("v=DMARC1; p=reject; sp=none", Policy::None),
        ("v=DMARC1; p=none; sp=quarantine", Policy::Quarantine),
    ] {
        let got = verdict(policy, &letter, "a@evil.test");
        assert_eq!(got.result, DmarcResult::Fail);
        assert_eq!((got.policy, got.disposition), (Some(expected), expected));
        assert_eq!(got.policy_domain, "house.test");
        assert_eq!(got.domain, "a.b.house.test");
    }
    // Names of a public suffix are of nobody in common.
    let letter = LETTER.replace("ann@house.test", "ann@one.github.io");
    let got = verdict("", &by("two.github.io", &letter), "a@two.github.io");
    assert_eq!(got.result, DmarcResult::None);
    let mut zone = zone("");
    zone.add("_dmarc.one.github.io", "TXT", "v=DMARC1; p=reject");
    zone.add("two.github.io", "TXT", "v=spf1 +all");
    let got = judged(
        &mut zone,
        letter.as_bytes(),
        Some(&client("a@two.github.io")),
        99,
        None,
    );
    assert_eq!(got.dmarc.unwrap().result, DmarcResult::Fail);
}

#[test]
fn a_sample_gets_the_policy_and_the_rest_a_milder_one() {
    // The sample of these tests is 50.
    for (percent, expected) in [
        (100, Policy::Reject),
        (51, Policy::Reject),
        (50, Policy::Quarantine),
        (0, Policy::Quarantine),
    ] {
        let got = verdict(
            &format!("v=DMARC1; p=reject; pct={percent}"),
            LETTER,
            "a@evil.test",
        );
        assert_eq!(got.disposition, expected, "{percent}");
        assert_eq!(got.policy, Some(Policy::Reject));
    }
    let got = verdict("v=DMARC1; p=quarantine; pct=0", LETTER, "a@evil.test");
    assert_eq!(got.disposition, Policy::None);
}

#[test]
fn records_that_are_none_several_or_silent() {
    let got = |records: &[&str]| {
        let mut zone = zone("");
        for record in records {
            match *record {
                "TIMEOUT" => zone.add("_dmarc.house.test", "TIMEOUT", ""),
                record => zone.add("_dmarc.house.test", "TXT", record),
            }
        }
        judged(
            &mut zone,
            LETTER.as_bytes(),
            Some(&client("a@evil.test")),
            99,
            None,
        )
        .dmarc
        .unwrap()
    };
    let reject = "v=DMARC1; p=reject";
    assert_eq!(got(&["hello", reject]).result, DmarcResult::Fail);
    assert_eq!(got(&["hello", "v=spf1"]).result, DmarcResult::None);
    assert_eq!(got(&[reject, reject]).result, DmarcResult::PermError);
    assert_eq!(got(&["v=DMARC1; p=moo"]).result, DmarcResult::PermError);
    assert_eq!(got(&["TIMEOUT"]).result, DmarcResult::TempError);
    for records in [&[reject, reject][..], &["TIMEOUT"]] {
        assert_eq!(got(records).disposition, Policy::None);
    }
}
