//! Every combination of usage, selector and matching type against chains that fit and chains that do not.

use ring::digest::{SHA256, SHA512, digest};
use rustls_pki_types::CertificateDer;

use super::test_pki::*;
use super::tests::{HOST, VERSIONS, shake};
use super::*;

fn tlsa(usage: u8, selector: u8, matching: u8, certificate: &[u8], public_key: &[u8]) -> Tlsa {
    let selected = if selector == 0 {
        certificate
    } else {
        public_key
    };
    let data = match matching {
        1 => digest(&SHA256, selected).as_ref().to_vec(),
        2 => digest(&SHA512, selected).as_ref().to_vec(),
        _ => selected.to_vec(),
    };
    Tlsa {
        usage,
        selector,
        matching,
        data,
    }
}

#[test]
fn every_combination_of_dane() {
    let root = Authority::new("root");
    let middle = root.below("middle");
    let elsewhere = Authority::new("elsewhere");
    let outgoing = Outgoing::new(None);
    let good = middle.leaf(&[HOST], (2026, 2027));
    let expired = middle.leaf(&["old.example"], (2020, 2021));
    let misnamed = middle.leaf(&["mx.example.net"], (2026, 2027));
    let domain = middle.leaf(&["example.org"], (2026, 2027));
    let stranger = Leaf::self_signed(&["x.example"], (2026, 2027));
    let chain = |leaf: &Leaf| {
        vec![
            leaf.certificate.clone(),
            middle.certificate(),
            root.certificate(),
        ]
    };
    let names = vec![HOST.to_owned(), "example.org".to_owned()];
    let run = |records: Vec<Tlsa>, leaf: &Leaf, chain: Vec<CertificateDer<'static>>, wall| {
        let trust = Trust::Dane {
            records,
            names: names.clone(),
        };
        shake(&outgoing, &chain, &leaf.key, VERSIONS[1], &trust, wall)
    };
    let now = Some(TODAY);
    for selector in 0..=2 {
        for matching in 0..=3 {
            let ee = |usage, leaf: &Leaf| {
                tlsa(
                    usage,
                    selector,
                    matching,
                    &leaf.certificate,
                    &leaf.public_key,
                )
            };
            let ta = |usage, authority: &Authority| {
                tlsa(
                    usage,
                    selector,
                    matching,
                    &authority.certificate(),
                    &authority.public_key(),
                )
            };
            let usable = selector < 2 && matching < 3;
            let at = format!("selector {selector} matching {matching}");
            for usage in 0..=4 {
                let record = ee(usage, &good);
                assert_eq!(
                    record.is_usable(),
                    usable && (2..=3).contains(&usage),
                    "{at} usage {usage}"
                );
                if !record.is_usable() {
                    // TLS without a demand on the certificate, whatever it is (RFC 7672 §2.2).
                    assert_eq!(
                        run(
                            vec![record],
                            &stranger,
                            vec![stranger.certificate.clone()],
                            now
                        ),
                        Ok(Proof::None),
                        "{at} usage {usage}"
                    );
                }
            }
            if !usable {
                continue;
            }
            let refused = |result: Result<Proof, (TlsTrouble, String)>, what: &str| {
                let (trouble, words) = result.expect_err(what);
                assert_eq!(trouble, TlsTrouble::Certificate, "{at} {what}: {words}");
            };
            // DANE-EE: neither name nor date nor issuer matters.
            for leaf in [&good, &expired, &misnamed] {
                assert_eq!(
                    run(vec![ee(3, leaf)], leaf, chain(leaf), now),
                    Ok(Proof::Dane),
                    "{at}"
                );
            }
            assert_eq!(
                run(
                    vec![ee(3, &stranger)],
                    &stranger,
                    vec![stranger.certificate.clone()],
                    now
                ),
                Ok(Proof::Dane),
                "{at}"
            );
            refused(
                run(vec![ee(3, &stranger)], &good, chain(&good), now),
                "another's key",
            );
            // An authority's record is not for the server's own certificate, and the other way round.
            refused(
                run(vec![ee(2, &good)], &good, chain(&good), now),
                "leaf as authority",
            );
            refused(
                run(vec![ta(3, &root)], &good, chain(&good), now),
                "authority as leaf",
            );
            // DANE-TA: any authority of the chain; names and dates count.
            for authority in [&root, &middle] {
                assert_eq!(
                    run(vec![ta(2, authority)], &good, chain(&good), now),
                    Ok(Proof::Dane),
                    "{at}"
                );
                assert_eq!(
                    run(vec![ta(2, authority)], &domain, chain(&domain), now),
                    Ok(Proof::Dane),
                    "{at}"
                );
                refused(
                    run(vec![ta(2, authority)], &misnamed, chain(&misnamed), now),
                    "wrong name",
                );
                refused(
                    run(vec![ta(2, authority)], &expired, chain(&expired), now),
                    "wrong name and expired",
                );
            }
            refused(
                run(vec![ta(2, &elsewhere)], &good, chain(&good), now),
                "not of the chain",
            );
            let mut padded = chain(&good);
            padded.push(elsewhere.certificate());
            refused(
                run(vec![ta(2, &elsewhere)], &good, padded, now),
                "shown, but did not sign",
            );
            // The authority is not shown: only a record that holds it whole can help.
            let short = vec![good.certificate.clone(), middle.certificate()];
            let alone = run(vec![ta(2, &root)], &good, short, now);
            if (selector, matching) == (0, 0) {
                assert_eq!(alone, Ok(Proof::Dane), "{at}");
            } else {
                refused(alone, "authority not shown");
            }
            // One that fits is enough, and one that is not usable spoils nothing.
            let several = vec![ee(1, &good), ta(2, &elsewhere), ee(3, &good)];
            assert_eq!(
                run(several, &good, chain(&good), now),
                Ok(Proof::Dane),
                "{at}"
            );
        }
    }
    // Expiry alone: only a clock can tell.
    let late = middle.leaf(&[HOST], (2020, 2021));
    let record = tlsa(2, 0, 1, &root.certificate(), &[]);
    let (trouble, words) = run(vec![record.clone()], &late, chain(&late), now).unwrap_err();
    assert_eq!(trouble, TlsTrouble::Certificate);
    assert!(words.contains("expired"), "{words}");
    assert_eq!(
        run(vec![record], &late, chain(&late), None),
        Ok(Proof::Dane)
    );
}

#[test]
fn a_digest_of_the_wrong_length_is_not_usable() {
    for (matching, length) in [(0, 0), (1, 31), (1, 33), (1, 64), (2, 32), (2, 0)] {
        let record = Tlsa {
            usage: 3,
            selector: 1,
            matching,
            data: vec![7; length],
        };
        assert!(!record.is_usable(), "{matching} {length}");
    }
}
