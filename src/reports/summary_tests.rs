use msgauth::report::{DkimPart, FailureDetail, PolicyPart, Reason, TlsReport};
use store::{Options, Store};

use super::super::arriving::tests::aggregate;
use super::super::words::{summary_json, summary_text};
use super::*;
use crate::setup::texts::Language;

fn told(heard: Vec<(&str, Heard)>) -> Summary {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = format!("pillarbox-summary-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let store = Store::open(&folder, Options::default()).unwrap();
    for (from, heard) in heard {
        let (kind, name) = (heard.kind(), heard.name(from));
        let octets = heard.write(from);
        let deed = store.write(move |tx| tx.put_report(kind, 20_000, &name, &octets));
        deed.wait().unwrap();
    }
    let summary = summary(&store.read().unwrap()).unwrap();
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
    summary
}

fn from_google(change: impl FnOnce(&mut msgauth::report::Aggregate)) -> Heard {
    // 0.0.0.1 failed once, 0.0.0.2 passed twice, 0.0.0.3 failed three times.
    let mut report = aggregate(3);
    change(&mut report);
    Heard::Mail(report)
}

#[test]
fn forgers_are_told_one_by_one() {
    let summary = told(vec![
        ("google.test", from_google(|_| ())),
        (
            "yahoo.test",
            from_google(|report| report.records[0].disposition = Policy::None),
        ),
    ]);
    assert_eq!((summary.passed, summary.failed), (4, 8));
    let text = summary_text(&summary);
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        "Somebody at 0.0.0.3 sends as house.test; letters: 6; refused by google.test, yahoo.test."
    );
    assert!(
        text.contains("Somebody at 0.0.0.1 sends as house.test; letters: 2, of them refused 1, put into Junk 0; seen by google.test, yahoo.test."),
        "{text}"
    );
    assert!(text.contains("proved to be from this house: 4."), "{text}");
    assert!(text.contains("Otherwise it is a forger"), "{text}");
    let json = summary_json(&summary);
    assert_eq!(json["sources"][0]["address"], "0.0.0.3");
    assert_eq!(json["reporters"]["google.test"], 1);
    for told in super::super::sentences(&summary) {
        let greek = told.said.with(Language::Greek.texts());
        assert!(!greek.contains('{'), "{greek}");
    }
}

#[test]
fn a_letter_that_was_passed_on_is_no_forgery() {
    let summary = told(vec![(
        "google.test",
        from_google(|report| {
            report.records.truncate(1);
            report.records[0].disposition = Policy::None;
            report.records[0].signatures.push(DkimPart {
                domain: "house.test".into(),
                selector: "pb".into(),
                result: "fail".into(),
            });
            report.records[0].reasons.push(Reason {
                kind: "mailing_list".into(),
                comment: String::new(),
            });
        }),
    )]);
    let text = summary_text(&summary);
    assert!(
        text.contains("passed on or changed by somebody in between"),
        "{text}"
    );
    assert!(!text.contains("Otherwise it is a forger"), "{text}");
}

#[test]
fn a_relay_is_named_with_what_to_do() {
    let mut summary = told(vec![("google.test", from_google(|_| ()))]);
    summary.sources[0].name = Some("out7.relay.example".into());
    summary.sources[0].relay = Some("smtp.relay.example".into());
    let text = summary_text(&summary);
    assert!(
        text.contains("Somebody at 0.0.0.3 (out7.relay.example) sends"),
        "{text}"
    );
    assert!(
        text.contains("belongs to smtp.relay.example, which sends your mail"),
        "{text}"
    );
}

#[test]
fn failures_of_tls_are_told() {
    let detail = |result: &str, count| FailureDetail {
        result: result.into(),
        host: "mail.house.test".into(),
        count,
        ..FailureDetail::default()
    };
    let report = TlsReport {
        organization: "google.test".into(),
        policies: vec![PolicyPart {
            domain: "house.test".into(),
            successes: 40,
            failures: 12,
            details: vec![detail("certificate-expired", 9), detail("odd-one", 2)],
            ..PolicyPart::default()
        }],
        ..TlsReport::default()
    };
    let summary = told(vec![("google.test", Heard::Tls(report))]);
    let text = summary_text(&summary);
    assert!(
        text.starts_with("google.test found the certificate of this box (mail.house.test) expired; connections: 9."),
        "{text}"
    );
    assert!(text.contains(
        "google.test could not encrypt as it should with mail.house.test: odd-one; connections: 2."
    ));
    assert!(text.contains("with ?: ?; connections: 1."), "{text}");
    assert!(text.contains("encrypted as they should be: 40."), "{text}");
}

#[test]
fn nothing_is_told_as_nothing() {
    let text = summary_text(&Summary::default());
    assert!(text.starts_with("Nobody has reported anything"), "{text}");
}

#[test]
fn numbers_without_end_are_summed_up_all_the_same() {
    let detail = |result: &str| FailureDetail {
        result: result.into(),
        count: u64::MAX,
        ..FailureDetail::default()
    };
    let tls = TlsReport {
        organization: "liar.test".into(),
        policies: vec![PolicyPart {
            domain: "house.test".into(),
            successes: u64::MAX,
            failures: u64::MAX,
            details: vec![detail("a"), detail("b")],
            ..PolicyPart::default()
        }],
        ..TlsReport::default()
    };
    let lies = |from| {
        let mail = from_google(|report| {
            for record in &mut report.records {
                record.count = u64::MAX;
            }
            report.left_out = u64::MAX;
        });
        [(from, mail), (from, Heard::Tls(tls.clone()))]
    };
    let mut heard = lies("liar.test").to_vec();
    heard.extend(lies("other.test"));
    let summary = told(heard);
    assert_eq!(summary.left_out, u64::MAX);
    // What one row may claim is bounded when it is read.
    assert_eq!(summary.passed, 2 * msgauth::report::COUNT_MAX);
    assert!(!summary_text(&summary).is_empty());
}
