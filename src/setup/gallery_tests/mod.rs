//! Every page in every language with sample data, also with hostile: small, escaped, with tokens, labels and headings in order. With
//! `PILLARBOX_GALLERY=folder` the pages are written there, to be looked at.

mod judge;

use std::time::Duration;

use board::Rhythm;
use maud::Markup;
use queue::Cause;
use store::UsedAt;

use super::forms::Problems;
use super::lamp::Sight;
use super::layout::{Frame, Step};
use super::presets::PRESETS;
use super::questions::provider::{Failure, Trial, Typed};
use super::questions::sending::Now;
use super::questions::{address, arriving, direct, done, hello, place, provider, sending, you};
use super::sign_in;
use super::texts::Language;
use super::two_steps::pages as steps;
use super::used::Used;
use crate::clock::zones;
use crate::publish::{Leaves, LineReport, Said};

fn frame(language: Language, path: &str) -> Frame {
    Frame {
        language,
        chosen: false,
        csrf: "TOKEN".to_owned(),
        path: path.to_owned(),
        query: String::new(),
        left: Some(Duration::from_secs(12 * 60 + 30)),
        signed_in: !path.starts_with("/welcome") && !path.starts_with("/sign-in"),
    }
}

fn step(number: u8) -> Step {
    Step { number, open: 4 }
}

/// All pages, with a name each; `name` is what people typed where they could.
fn gallery(language: Language, typed: &str) -> Vec<(String, Markup)> {
    let texts = language.texts();
    let at = |path: &str| frame(language, path);
    let sight = Sight {
        words: vec!["anchor", "window", "lemon", "river", "table", "owl"],
        rhythm: Rhythm::of(b"\x5a\x13certificate"),
    };
    let none = Problems::default();
    let mut wrong = Problems::default();
    wrong.add("name", texts.problems.name_missing);
    wrong.add(
        "password",
        super::texts::fill(texts.problems.password_short, &[("least", "10")]),
    );
    wrong.add("again", texts.problems.password_differs);
    let claim = you::Claim {
        name: typed.to_owned(),
        local: typed.to_owned(),
        forgotten: None,
    };
    let forgotten = you::Claim {
        forgotten: Some((format!("{typed}@example.org"), typed.to_owned())),
        ..claim.clone()
    };
    let answer = address::Answer {
        kind: "own".to_owned(),
        domain: typed.to_owned(),
        local: typed.to_owned(),
        old: Some(typed.to_owned()),
    };
    let bad_domain = Problems::one(
        "domain",
        super::texts::fill(texts.problems.domain_wrong, &[("domain", typed)]),
    );
    let now = Now {
        house_only: false,
        relay: Some((typed.to_owned(), Some(typed.to_owned()))),
        unsaid: false,
    };
    let report = |leaves| {
        direct::Line::Found(LineReport {
            leaves,
            said: Said::new(|texts| texts.findings.line_open, [("host", typed)]),
            tried: vec![format!("gmail-smtp-in.l.google.com: {typed}")],
        })
    };
    let failure = |cause| {
        Trial::Bad(Failure {
            cause: Some(cause),
            words: format!("535 5.7.8 {typed}"),
        })
    };
    let here = arriving::Arriving {
        house_only: false,
        hostname: typed.to_owned(),
        line: arriving::LineAddress::Found(Some([203, 0, 113, 7].into())),
        v6: Some("2001:db8:1234:5678::9".parse().unwrap()),
        inside: Some([192, 168, 1, 23].into()),
        heard: vec![("smtp", 2525), ("imaps", 993)],
    };
    let europe: Vec<&str> = zones().filter(|zone| zone.starts_with("Europe/")).collect();
    let america: Vec<&str> = zones()
        .filter(|zone| zone.starts_with("America/"))
        .collect();
    let in_place = |region: &str, zones: &[&'static str]| place::Answer {
        zone: "Europe/Athens".to_owned(),
        chosen: false,
        region: region.to_owned(),
        zones: zones.to_vec(),
        language,
        wink: true,
    };
    let summary = done::Summary {
        name: typed.to_owned(),
        address: format!("{typed}@example.org"),
        sending: now.clone(),
        hostname: "mail.example.org".to_owned(),
        zone: Some("Europe/Athens".to_owned()),
        open: 6,
        closable: true,
    };
    let typed_in = Typed {
        user: typed.to_owned(),
        host: typed.to_owned(),
        port: "465".to_owned(),
        password_kept: true,
    };
    let use_at = |at| Used {
        when: "2026-11-22 21:04".to_owned(),
        at,
        from: "192.168.1.23".to_owned(),
    };
    let uses = [use_at(UsedAt::Imap), use_at(UsedAt::Smtp)];
    let signed_out = |path: &str| Frame {
        signed_in: false,
        ..at(path)
    };
    let mut pages = vec![
        (
            "hello",
            hello::hello(&at("/welcome"), Some(&sight), "/setup/you"),
        ),
        (
            "not-mine",
            hello::not_mine(&at("/welcome/not-mine"), Some(&sight)),
        ),
        (
            "you",
            you::claim(&signed_out("/setup/you"), step(1), &claim, &none),
        ),
        (
            "you-wrong",
            you::claim(&signed_out("/setup/you"), step(1), &claim, &wrong),
        ),
        (
            "you-forgotten",
            you::claim(&signed_out("/setup/you"), step(1), &forgotten, &none),
        ),
        (
            "you-owned",
            you::owned(&at("/setup/you"), step(1), typed, typed, &none),
        ),
        (
            "address",
            address::page(&at("/setup/address"), step(2), &answer, &none),
        ),
        (
            "address-wrong",
            address::page(&at("/setup/address"), step(2), &answer, &bad_domain),
        ),
        (
            "sending",
            sending::page(&at("/setup/sending"), step(3), &now),
        ),
        (
            "sending-house",
            sending::page(
                &at("/setup/sending"),
                step(3),
                &Now {
                    house_only: true,
                    ..now.clone()
                },
            ),
        ),
        (
            "other",
            provider::page(
                &at("/setup/sending/provider"),
                step(3),
                None,
                &typed_in,
                &none,
            ),
        ),
        (
            "trial-running",
            provider::trial(
                &at("/setup/sending/trial"),
                step(3),
                typed,
                465,
                &Trial::Running,
                "/x",
            ),
        ),
        (
            "trial-good",
            provider::trial(
                &at("/setup/sending/trial"),
                step(3),
                typed,
                465,
                &Trial::Good,
                "/x",
            ),
        ),
        (
            "trial-login",
            provider::trial(
                &at("/setup/sending/trial"),
                step(3),
                typed,
                465,
                &failure(Cause::RelayLogin),
                "/x",
            ),
        ),
        (
            "trial-silent",
            provider::trial(
                &at("/setup/sending/trial"),
                step(3),
                typed,
                465,
                &failure(Cause::TimedOut),
                "/x",
            ),
        ),
        (
            "direct",
            direct::page(
                &at("/setup/sending/direct"),
                step(3),
                &direct::Line::Unasked,
            ),
        ),
        (
            "direct-running",
            direct::page(
                &at("/setup/sending/direct"),
                step(3),
                &direct::Line::Running,
            ),
        ),
        (
            "direct-yes",
            direct::page(&at("/setup/sending/direct"), step(3), &report(Leaves::Yes)),
        ),
        (
            "direct-no",
            direct::page(&at("/setup/sending/direct"), step(3), &report(Leaves::No)),
        ),
        (
            "direct-unknown",
            direct::page(
                &at("/setup/sending/direct"),
                step(3),
                &report(Leaves::Unknown),
            ),
        ),
        (
            "arriving",
            arriving::page(&at("/setup/arriving"), step(4), &here, &none),
        ),
        (
            "arriving-running",
            arriving::page(
                &at("/setup/arriving"),
                step(4),
                &arriving::Arriving {
                    line: arriving::LineAddress::Running,
                    ..here.clone()
                },
                &none,
            ),
        ),
        (
            "arriving-house",
            arriving::page(
                &at("/setup/arriving"),
                step(4),
                &arriving::Arriving {
                    house_only: true,
                    ..here.clone()
                },
                &none,
            ),
        ),
        (
            "place",
            place::page(
                &at("/setup/place"),
                step(5),
                &in_place("Europe", &europe),
                &none,
            ),
        ),
        (
            "place-america",
            place::page(
                &at("/setup/place"),
                step(5),
                &in_place("America", &america),
                &none,
            ),
        ),
        ("done", done::page(&at("/setup/done"), &summary)),
        (
            "done-open",
            done::page(
                &at("/setup/done"),
                &done::Summary {
                    open: 3,
                    zone: None,
                    ..summary.clone()
                },
            ),
        ),
        (
            "sign-in",
            sign_in::page(&signed_out("/sign-in"), typed, &none),
        ),
        (
            "sign-in-wrong",
            sign_in::page(
                &signed_out("/sign-in"),
                typed,
                &Problems::one("password", texts.common.sign_in_wrong),
            ),
        ),
        (
            "second",
            steps::second(&signed_out("/sign-in/code"), "00ff", true, &none),
        ),
        (
            "second-wrong",
            steps::second(
                &signed_out("/sign-in/code"),
                "00ff",
                true,
                &Problems::one("code", texts.steps.second_wrong),
            ),
        ),
        (
            "second-no-time",
            steps::second(&signed_out("/sign-in/code"), "00ff", false, &none),
        ),
        ("steps-off", steps::off(&at("/two-steps"), &uses, true, true)),
        (
            "steps-off-no-time",
            steps::off(&at("/two-steps"), &[], false, false),
        ),
        (
            "steps-enrol",
            steps::enrol(
                &at("/two-steps/enrol"),
                "otpauth://totp/pillarbox:maria%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=pillarbox",
                "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
                &Problems::one("code", texts.refusals.code_wrong),
            ),
        ),
        (
            "steps-codes",
            steps::codes(&at("/two-steps/enrol"), &["abcd-efgh-jkmn"; 10]),
        ),
        (
            "steps-on",
            steps::on(&at("/two-steps"), "2026-11-22", 2, &none),
        ),
        ("forgotten", sign_in::forgotten(&signed_out("/forgotten"))),
        (
            "password",
            sign_in::password(&at("/password"), false, &none),
        ),
        (
            "password-once",
            sign_in::password(&at("/password"), true, &none),
        ),
        (
            "password-changed",
            sign_in::password_changed(&at("/password")),
        ),
        ("closed", sign_in::closed(&signed_out("/close"))),
        ("not-found", sign_in::not_found(&at("/x"))),
        (
            "failed",
            sign_in::failed(&at("/x"), &std::io::Error::other(typed).into()),
        ),
    ]
    .into_iter()
    .map(|(name, page)| (name.to_owned(), page))
    .collect::<Vec<_>>();
    for preset in PRESETS {
        let typed = Typed {
            host: preset.host.to_owned(),
            port: preset.port.to_string(),
            ..Typed::default()
        };
        let page = provider::page(
            &at("/setup/sending/provider"),
            step(3),
            Some(preset),
            &typed,
            &none,
        );
        pages.push((format!("provider-{}", preset.key), page));
    }
    pages
}
