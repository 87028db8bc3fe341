use super::*;
use crate::dkim::SigningKeys;
use crate::testing::{Zone, judged, rsa_keys};

const LETTER: &str =
    "From: Ann <ann@house.test>\r\nTo: list@list.test\r\nSubject: Hello\r\n\r\nHello.\r\n";

fn zone() -> Zone {
    let mut zone = Zone::default();
    let record = rsa_keys().1;
    zone.add("s._domainkey.one.test", "TXT", &record);
    zone.add("s._domainkey.two.test", "TXT", &record);
    zone.add("s._domainkey.three.test", "TXT", &record);
    zone
}

fn sealed(message: &str, domain: &str, arrived: ArcResult) -> Result<String, SealError> {
    let (keys, _): (SigningKeys, String) = rsa_keys();
    let results = format!("mx.{domain};\r\n\tspf=pass smtp.mailfrom=house.test");
    let mut sealer = Sealer::new(&keys, domain, "s", arrived, &results);
    for piece in message.as_bytes().chunks(7) {
        sealer.feed(piece);
    }
    Ok(sealer.finish(Some(1000))? + message)
}

fn verdict(message: &str) -> ArcVerdict {
    judged(&mut zone(), message.as_bytes(), None, 1000, Some(2000))
        .arc
        .unwrap()
}

/// Three who pass it on; the second one changes it, as lists do.
fn chain() -> String {
    let one = sealed(LETTER, "one.test", ArcResult::None).unwrap();
    let two = one.replace("Subject: Hello", "Subject: [list] Hello");
    let two = sealed(&two, "two.test", ArcResult::Pass).unwrap();
    sealed(&two, "three.test", ArcResult::Pass).unwrap()
}

#[test]
fn a_chain_is_made_and_holds() {
    assert_eq!(verdict(LETTER).result, ArcResult::None);
    let verdict = verdict(&chain());
    assert_eq!(verdict.result, ArcResult::Pass, "{}", verdict.reason);
    let domains: Vec<&str> = verdict.sets.iter().map(|set| set.domain.as_str()).collect();
    assert_eq!(domains, ["one.test", "two.test", "three.test"]);
    assert_eq!(
        verdict.sets[0].results,
        "mx.one.test; spf=pass smtp.mailfrom=house.test"
    );
}

#[test]
fn whatever_is_changed_breaks_it() {
    let good = chain();
    let cases = [
        ("body", good.replace("Hello.\r\n", "Hullo.\r\n")),
        ("header", good.replace("Subject: [list]", "Subject: [lost]")),
        (
            "a result",
            good.replacen(
                "spf=pass smtp.mailfrom=house.test",
                "spf=pass smtp.mailfrom=evil.test",
                1,
            ),
        ),
        ("the oldest result", {
            let (before, after) = good.rsplit_once("spf=pass").unwrap();
            format!("{before}spf=fail{after}")
        }),
        ("a state", good.replacen("cv=pass", "cv=none", 1)),
        ("the first state", good.replace("cv=none", "cv=pass")),
        ("a broken state", good.replacen("cv=pass", "cv=fail", 1)),
        ("a hole", good.replace("i=2;", "i=4;")),
        ("twice the same", good.replace("i=2;", "i=1;")),
        ("number 0", good.replace("i=1;", "i=0;")),
        ("number 51", good.replace("i=3;", "i=51;")),
        ("no number", good.replace("i=3;", "")),
        (
            "h= in a seal",
            good.replacen("cv=pass", "h=from; cv=pass", 1),
        ),
        ("another signer", good.replace("d=two.test", "d=four.test")),
        ("SHA-1", good.replacen("a=rsa-sha256", "a=rsa-sha1", 1)),
        (
            "a second From",
            good.replace("From: Ann", "From: Eve <e@e.test>\r\nFrom: Ann"),
        ),
        (
            "a set without results",
            good.replacen("ARC-Authentication-Results: i=2", "X: i=2", 1),
        ),
        (
            "a set without a seal",
            good.replacen("ARC-Seal: i=1", "X: i=1", 1),
        ),
    ];
    for (what, forged) in cases {
        assert_ne!(forged, good, "{what}");
        let verdict = verdict(&forged);
        assert_eq!(verdict.result, ArcResult::Fail, "{what}");
        assert!(verdict.sets.is_empty(), "{what}");
    }
    // What nobody signed may change.
    assert_eq!(
        verdict(&format!("Received: x\r\n{good}")).result,
        ArcResult::Pass
    );
}

#[test]
fn the_dns_that_does_not_answer_breaks_it() {
    let mut zone = zone();
    zone.records.remove("s._domainkey.one.test");
    zone.add("s._domainkey.one.test", "TIMEOUT", "");
    let verdict = judged(&mut zone, chain().as_bytes(), None, 1000, None);
    assert_eq!(verdict.arc.unwrap().result, ArcResult::Fail);
}

#[test]
fn fifty_sets_hold_and_no_more_are_made() {
    let mut message = sealed(LETTER, "one.test", ArcResult::None).unwrap();
    for _ in 1..SETS_MAX {
        message = sealed(&message, "two.test", ArcResult::Pass).unwrap();
    }
    let verdict = verdict(&message);
    assert_eq!(verdict.result, ArcResult::Pass, "{}", verdict.reason);
    assert_eq!(verdict.sets.len(), 50);
    assert_eq!(
        sealed(&message, "one.test", ArcResult::Pass),
        Err(SealError::TooLong)
    );

    // All of them forged: the first question is the last.
    let mut zone = zone();
    let forged = message
        .replace("Hello.", "Hullo.")
        .replacen("b=", "b=AAAA", 1);
    let forged = forged.replacen("d=two.test", "d=nobody.test", 2);
    let verdict = judged(&mut zone, forged.as_bytes(), None, 1000, None);
    assert_eq!(verdict.arc.unwrap().result, ArcResult::Fail);
    let asked = zone.asked.iter().filter(|q| q.name.contains("_domainkey"));
    assert_eq!(asked.count(), 1);
}

#[test]
fn a_broken_chain_is_sealed_as_such_once() {
    let broken = chain().replace("Hello.", "Hullo.");
    let marked = sealed(&broken, "one.test", ArcResult::Fail).unwrap();
    assert!(
        marked.starts_with("ARC-Seal: i=4; a=rsa-sha256; cv=fail;"),
        "{marked}"
    );
    assert_eq!(verdict(&marked).result, ArcResult::Fail);
    assert_eq!(
        sealed(&marked, "two.test", ArcResult::Fail),
        Err(SealError::Broken)
    );
    assert_eq!(
        sealed("Subject: x\r\n\r\n", "two.test", ArcResult::None),
        Err(SealError::Header)
    );
    assert_eq!(
        sealed(LETTER, "two..test", ArcResult::None),
        Err(SealError::BadName)
    );
    assert_eq!(
        sealed(&broken, "two.test", ArcResult::None),
        Err(SealError::Header)
    );
}
