//! Every page in both languages: whole, small, escaped, with a token in each form.

use std::sync::Arc;
use std::time::{Duration, Instant};

use maud::Markup;
use store::{Doors, UsedAt};

use super::aliases::{self, Typed};
use super::checks::Found;
use super::devices::{self, Device, Given};
use super::light;
use super::lists::Part;
use super::overview::{self, Overview};
use super::people::{self, App, Newcomer, Person, Shown};
use super::records::{self, Records};
use super::settings::{self, InForce};
use crate::client_setup::{House, Protocol, Security, Server};
use crate::health::Fact;
use crate::publish::{Facts, Finding, Leaves, LineReport, Said, State};
use crate::setup::forms::Problems;
use crate::setup::layout::Frame;
use crate::setup::texts::Language;
use crate::setup::used::Used;

/// What somebody may call themselves.
const EVIL: &str = "<script>alert('x')</script>\"&";

fn frame(language: Language) -> Frame {
    Frame {
        language,
        chosen: false,
        csrf: "token-of-the-visit".into(),
        path: "/household".into(),
        query: String::new(),
        left: Some(Duration::from_secs(600)),
        signed_in: true,
    }
}

fn house() -> House {
    let server = |protocol, port, security| Server {
        protocol,
        port,
        security,
    };
    House {
        hostname: "mail.house.test".into(),
        domains: vec!["house.test".into()],
        servers: vec![
            server(Protocol::Imap, 993, Security::Tls),
            server(Protocol::Pop3, 995, Security::Tls),
            server(Protocol::Smtp, 465, Security::Tls),
        ],
        https_port: Some(443),
        self_made: Some(vec![0x30, 0]),
        sts_policy: String::new(),
    }
}

fn used() -> Used {
    Used {
        when: "2026-11-22 21:04".to_owned(),
        at: UsedAt::Smtp,
        from: "2001:db8:1234::/48".to_owned(),
    }
}

fn person(number: usize) -> Person {
    Person {
        address: format!("person{number}@house.test"),
        name: EVIL.into(),
        owner: number == 0,
        messages: 12,
        octets: 3 << 29,
        quota: "5 GiB".into(),
        own_uses: vec![used()],
        app_passwords: (1..=50)
            .map(|id| App {
                id,
                label: format!("{EVIL} {id}"),
                doors: Doors::ALL,
                used: Some(used()),
            })
            .collect(),
    }
}

/// One fact of every kind.
fn facts() -> Vec<Fact> {
    let reason = || EVIL.to_owned();
    vec![
        Fact::CannotKeep { reason: reason() },
        Fact::Store {
            percent: 91,
            full: false,
        },
        Fact::Store {
            percent: 99,
            full: true,
        },
        Fact::Disk { percent: 85 },
        Fact::Disk { percent: 95 },
        Fact::Sending { reason: reason() },
        Fact::RelayPassword { relay: reason() },
        Fact::RelayUnreachable {
            relay: reason(),
            hours: 3,
            reason: reason(),
        },
        Fact::QueueStuck {
            letters: 3,
            hours: 4,
            reason: reason(),
        },
        Fact::Dns {
            servers: String::new(),
        },
        Fact::Dns {
            servers: "192.0.2.1".into(),
        },
        Fact::CertificateExpires {
            name: reason(),
            days: -1,
        },
        Fact::CertificateExpires {
            name: reason(),
            days: 3,
        },
        Fact::CertificateFile { reason: reason() },
        Fact::ClockNotSet,
        Fact::SettingsRefused { text: reason() },
        Fact::TakeOverRefused { text: reason() },
        Fact::NameTaken {
            wanted: reason(),
            used: reason(),
        },
        Fact::ButtonStuck,
        Fact::NoNetwork,
        Fact::NoCable,
        Fact::OwnAddress { address: reason() },
        Fact::Restarted {
            times: 3,
            words: reason(),
        },
        Fact::CardWounded,
        Fact::NoData { reason: "empty" },
        Fact::UpdateGivenUp {
            version: reason(),
            step: firmware::talk::Step::SelfTest,
        },
    ]
}

fn overview() -> Overview {
    let said = Said::new(|texts| texts.findings.line_shut, []);
    let finding = |state| Finding {
        about: "MX house.test".into(),
        state,
        said: Said::new(
            |texts| texts.findings.mx_right,
            [("domain", EVIL), ("host", "mail.house.test")],
        ),
        record: None,
    };
    Overview {
        facts: facts(),
        shown: board::Sign::SetupOpen.into(),
        house_only: false,
        found: Some(Arc::new(Found {
            domain: "house.test".into(),
            findings: Ok([
                State::Wrong,
                State::Missing,
                State::Unknown,
                State::Note,
                State::Right,
            ]
            .map(finding)
            .to_vec()),
            line: Some(LineReport {
                leaves: Leaves::No,
                said,
                tried: Vec::new(),
            }),
            at: Instant::now(),
        })),
        looking: true,
        self_made: true,
        clock: true,
        smtp_port: Some(2525),
    }
}

/// Every page, named.
fn pages(language: Language) -> Vec<(&'static str, Markup)> {
    let frame = frame(language);
    let none = Problems::default();
    let facts = Facts {
        serves_web: true,
        ..Facts::new("mail.house.test", &[], None)
    };
    let records = Records {
        domain: "house.test".into(),
        domains: vec!["house.test".into(), "other.test".into()],
        records: crate::publish::records("house.test", &facts),
        advice: crate::publish::advice("house.test", &facts),
    };
    let everybody: Vec<Person> = (0..60).map(person).collect();
    let names: Vec<(String, Vec<String>)> = (0..60)
        .map(|n| (format!("name{n}@house.test"), vec![EVIL.to_owned()]))
        .collect();
    let wrong = Problems::one("typed", "wrong");
    let secret = Shown {
        address: "ann@house.test",
        password: "abcd-efgh",
    };
    let list = [
        ("ann@house.test".to_owned(), EVIL.to_owned()),
        ("bob@house.test".to_owned(), "bob".to_owned()),
    ];
    let in_force = InForce {
        zone: Some("Europe/Athens".into()),
        wink: true,
        relay: Some(EVIL.into()),
        hostname: "mail.house.test".into(),
        domain: "house.test".into(),
    };
    let typed = Newcomer {
        name: EVIL.into(),
        local: EVIL.into(),
        domain: "house.test".into(),
    };
    let domains = ["house.test".to_owned(), "other.test".to_owned()];
    let given =
        |device, what: &Given<'_>| devices::given(&frame, &house(), "ann@house.test", device, what);
    vec![
        ("overview", overview::page(&frame, &overview())),
        ("records", records::page(&frame, &records)),
        (
            "people",
            people::list(&frame, &Part::of(everybody, "2"), Some("done")),
        ),
        (
            "add",
            people::add(&frame, &typed, &domains, &Problems::one("local", EVIL)),
        ),
        (
            "person",
            people::one(
                &frame,
                &person(1),
                Some("done"),
                &Problems::one("name", EVIL),
            ),
        ),
        ("owner", people::one(&frame, &person(0), None, &none)),
        ("remove", people::remove(&frame, &person(1), &wrong)),
        ("made", people::password_made(&frame, &secret)),
        (
            "aliases",
            aliases::page(&frame, &Part::of(names, ""), &Typed::default(), None, &none),
        ),
        (
            "devices",
            devices::choose(&frame, &house(), &list, "ann@house.test"),
        ),
        (
            "apple",
            given(
                Device::Apple,
                &Given::Link("https://pillarbox.local/once/0123456789abcdef0123456789abcdef"),
            ),
        ),
        (
            "android",
            given(
                Device::Android,
                &Given::Password("abcd-efgh", Some("[1,[1,1],[]]")),
            ),
        ),
        (
            "other",
            given(Device::Other, &Given::Password("abcd-efgh", None)),
        ),
        (
            "handover",
            devices::handover(&frame, "/once/0/mail.mobileconfig", "ann@house.test", true),
        ),
        ("spent", devices::spent(&frame)),
        ("seen", devices::seen(&frame)),
        (
            "light",
            light::page(&frame, board::Sign::SetupOpen.into(), 15),
        ),
        ("settings", settings::page(&frame, &in_force)),
    ]
}

#[test]
fn every_page_is_small_escaped_and_guarded() {
    for language in Language::ALL {
        let code = language.code();
        for (name, page) in pages(language) {
            let page = page.into_string();
            assert!(
                page.len() < 50 * 1024,
                "{name} in {code}: {} octets",
                page.len()
            );
            assert!(!page.contains("alert('x')</script>"), "{name} in {code}");
            assert!(page.contains(&format!("<html lang=\"{code}\"")), "{name}");
            let (forms, posts) = (
                page.matches("<form").count(),
                page.matches("<form method=\"post\"").count(),
            );
            let tokens = page
                .matches("name=\"csrf\" value=\"token-of-the-visit\"")
                .count();
            assert_eq!((forms, posts), (tokens, tokens), "{name} in {code}");
            let places = page.match_indices('{').filter(|(at, _)| {
                let rest = &page.as_bytes()[at + 1..];
                let end = rest
                    .iter()
                    .position(|octet| !octet.is_ascii_lowercase() && *octet != b'_');
                end.is_some_and(|end| end > 0 && rest[end] == b'}')
            });
            assert_eq!(
                places.count(),
                0,
                "{name} in {code} has a place that nothing fills"
            );
            assert_eq!(page.matches("<h1").count(), 1, "{name}");
        }
    }
}

#[test]
fn every_fact_has_its_sentence_in_both_languages() {
    let mut keys: Vec<&str> = facts().iter().map(Fact::key).collect();
    keys.dedup();
    assert_eq!(keys.len(), 26);
    for language in Language::ALL {
        let code = language.code();
        let texts = language.texts();
        for fact in facts() {
            let sentence = overview::sentence(texts, &fact);
            assert!(
                sentence.ends_with('.') && !sentence.contains('{'),
                "{} in {code}: {sentence}",
                fact.key()
            );
        }
    }
}

#[test]
fn what_needs_somebody_stands_before_what_is_right() {
    let page = overview::page(&frame(Language::English), &overview()).into_string();
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}"));
    assert!(at("does not let mail out") < at("<summary>What is right ("));
    assert!(at("port 25 to port 2525") < at("<summary>What is right ("));
    assert!(
        page.contains("http-equiv=\"refresh\""),
        "without script it looks again by itself"
    );
    let quiet = Overview {
        facts: Vec::new(),
        looking: false,
        found: None,
        house_only: true,
        ..overview()
    };
    let page = overview::page(&frame(Language::English), &quiet).into_string();
    assert!(page.contains("All is well.") && page.contains("this house only"));
    assert!(!page.contains("http-equiv=\"refresh\"") && !page.contains("port 25"));
}

#[test]
fn a_secret_is_on_the_page_that_shows_it_and_on_no_other() {
    for (name, page) in pages(Language::Greek) {
        let has = page.into_string().contains("abcd-efgh");
        assert_eq!(has, ["made", "android", "other"].contains(&name), "{name}");
    }
}

/// Leaves the codes where another program can read them: `PILLARBOX_CODES=folder cargo test`.
#[test]
fn codes_are_drawn_for_other_readers() {
    let Some(folder) = std::env::var_os("PILLARBOX_CODES") else {
        return;
    };
    for (name, page) in pages(Language::English) {
        std::fs::write(
            std::path::Path::new(&folder).join(format!("{name}.html")),
            page.into_string(),
        )
        .unwrap();
    }
}
