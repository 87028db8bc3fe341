//! Facts come and go, and who waits is woken when something is different.

use board::Sign;
use futures_lite::FutureExt as _;

use super::*;

fn sign(health: &Health) -> Sign {
    match health.shown() {
        Shown::Sign(sign) => sign,
        Shown::Rhythm(_) => panic!("a rhythm"),
    }
}

/// One of each.
fn all() -> Vec<Fact> {
    let text = || "a text".to_owned();
    vec![
        Fact::CannotKeep { reason: text() },
        Fact::Store {
            percent: 92,
            full: false,
        },
        Fact::Store {
            percent: 99,
            full: true,
        },
        Fact::Disk { percent: 80 },
        Fact::Disk { percent: 90 },
        Fact::Sending { reason: text() },
        Fact::RelayPassword { relay: text() },
        Fact::RelayUnreachable {
            relay: text(),
            hours: 1,
            reason: text(),
        },
        Fact::QueueStuck {
            letters: 1,
            hours: 2,
            reason: text(),
        },
        Fact::Dns {
            servers: String::new(),
        },
        Fact::Dns { servers: text() },
        Fact::CertificateExpires {
            name: text(),
            days: 14,
        },
        Fact::CertificateExpires {
            name: text(),
            days: -1,
        },
        Fact::CertificateFile { reason: text() },
        Fact::ClockNotSet,
        Fact::SettingsRefused { text: text() },
        Fact::TakeOverRefused { text: text() },
        Fact::NameTaken {
            wanted: text(),
            used: text(),
        },
        Fact::ButtonStuck,
        Fact::NoNetwork,
        Fact::NoCable,
        Fact::OwnAddress { address: text() },
        Fact::Restarted {
            times: 3,
            words: text(),
        },
        Fact::CardWounded,
        Fact::NoData { reason: "empty" },
        Fact::UpdateGivenUp {
            version: text(),
            step: firmware::talk::Step::SelfTest,
        },
    ]
}

#[test]
fn the_gravest_fact_shows_and_goes() {
    let health = Health::default();
    assert_eq!(sign(&health), Sign::Starting);
    health.running();
    assert_eq!(sign(&health), Sign::Well);
    health.report(Fact::ClockNotSet);
    health.cannot_keep_mail(&"the disk is full");
    assert_eq!(sign(&health), Sign::CannotKeepMail);
    assert_eq!(health.facts()[0].part(), Part::Keeping);
    health.keeps_mail();
    assert_eq!(sign(&health), Sign::Attention);
    assert_eq!(health.facts(), [Fact::ClockNotSet]);
    health.well(Part::Clock);
    assert_eq!(sign(&health), Sign::Well);
    health.ended();
    assert_eq!(sign(&health), Sign::SafeToUnplug);
}

#[test]
fn every_fact_has_a_key_and_a_sentence_of_its_own_with_its_values_in_it() {
    let facts = all();
    for (at, fact) in facts.iter().enumerate() {
        let sentence = fact.sentence();
        assert!(!sentence.ends_with('.'), "{sentence}");
        assert!(sentence.contains(": "), "what to do is missing: {sentence}");
        for (name, value) in fact.values() {
            // What is over is no longer counted, and a full store's percents say nothing.
            let silent = ["certificate-expired", "store-full"].contains(&fact.key());
            assert!(
                silent || value.is_empty() || sentence.contains(&value),
                "{name}: {sentence}"
            );
        }
        for other in &facts[at + 1..] {
            assert_ne!(fact.key(), other.key());
            assert_ne!(sentence, other.sentence());
        }
    }
}

#[test]
fn one_fact_a_part_of_bounded_size() {
    let health = Health::default();
    for round in 0..10 {
        for fact in all() {
            health.report(fact);
        }
        health.cannot_keep_mail(&format!("{round} {}", "é".repeat(5000)));
    }
    let facts = health.facts();
    let parts: std::collections::BTreeSet<Part> = facts.iter().map(Fact::part).collect();
    assert_eq!(parts.len(), facts.len());
    assert!(facts.iter().all(|fact| fact.sentence().len() < 2000));
}

#[test]
fn who_waits_is_woken_when_something_is_different_and_only_then() {
    let health = Health::default();
    health.running();
    let changed = |change: &dyn Fn()| {
        let news = health.changed();
        change();
        let woken = async {
            news.await;
            true
        };
        futures_lite::future::block_on(woken.or(async { false }))
    };
    assert!(!changed(&|| health.running()));
    assert!(!changed(&|| health.well(Part::Disk)));
    assert!(changed(&|| health.report(Fact::Disk { percent: 85 })));
    assert!(!changed(&|| health.report(Fact::Disk { percent: 85 })));
    assert!(changed(&|| health.report(Fact::Disk { percent: 86 })));
    // The light shows the disk already.
    assert!(!changed(&|| health.unread(true)));
    assert!(changed(&|| health.well(Part::Disk)));
    assert_eq!(sign(&health), Sign::NewMail);
    assert!(changed(&|| health.unread(false)));
    assert!(changed(&|| health.working(Stage::Pressed)));
    assert!(!changed(&|| health.setup_open(true)));
    assert!(changed(&|| health.working(Stage::Up)));
    assert_eq!(sign(&health), Sign::SetupOpen);
    assert!(changed(&|| health.rhythm(Some(Rhythm::of(b"print")))));
    assert!(changed(&|| health.rhythm(None)));
    assert!(changed(&|| health.setup_open(false)));
}

#[test]
fn a_new_life_forgets_what_the_mail_services_found_and_nothing_else() {
    let health = Health::default();
    health.running();
    for fact in all() {
        health.report(fact);
    }
    health.starting();
    let parts: Vec<Part> = health.facts().iter().map(Fact::part).collect();
    assert_eq!(
        parts,
        [
            Part::Keeping,
            Part::Store,
            // With what is grave.
            Part::Card,
            Part::Disk,
            Part::Clock,
            Part::Settings,
            Part::TakeOver,
            Part::Name,
            Part::Button,
            Part::Network,
            Part::Restarts,
            Part::Update,
        ]
    );
}
