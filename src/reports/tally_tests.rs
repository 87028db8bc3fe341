use msgauth::dmarc::{DmarcRecord, DmarcResult, DmarcVerdict};
use msgauth::report::FailureKind;
use store::{Options, Store};

use super::*;
use crate::reports::DAY;

const NOON: i64 = 20_000 * DAY + DAY / 2;

pub(in crate::reports) fn verdicts(domain: &str, passes: bool) -> Verdicts {
    let record = format!("v=DMARC1; p=reject; rua=mailto:reports@{domain}");
    Verdicts {
        dmarc: Some(DmarcVerdict {
            result: if passes {
                DmarcResult::Pass
            } else {
                DmarcResult::Fail
            },
            domain: domain.to_owned(),
            policy_domain: domain.to_owned(),
            policy: Some(Policy::Reject),
            disposition: Policy::None,
            spf: passes,
            dkim: false,
            record: DmarcRecord::parse(record.as_bytes()),
            reason: String::new(),
        }),
        ..Verdicts::default()
    }
}

fn note(tally: &Tally, wall: Option<i64>, source: u32, domain: &str) {
    let source = IpAddr::from(source.to_be_bytes());
    let verdicts = verdicts(domain, true);
    tally.note(wall, source, domain, &verdicts, Policy::None, Vec::new());
}

pub(in crate::reports) fn session<'a>(
    domain: &'a str,
    failure: Option<FailureKind>,
) -> Session<'a> {
    Session {
        domain,
        kind: PolicyKind::Sts,
        lines: vec!["version: STSv1".into()],
        hosts: vec!["*.example".into()],
        failure: failure.map(|kind| FailureDetail {
            result: kind.word().into(),
            host: "mx.example".into(),
            ..FailureDetail::default()
        }),
    }
}

#[test]
fn alike_is_counted_together_and_only_for_those_who_ask() {
    let tally = Tally::default();
    note(&tally, Some(NOON), 1, "a.test");
    assert!(tally.days().seen.is_empty(), "it was not told to count");
    tally.set(true, true);
    note(&tally, None, 1, "a.test");
    assert!(tally.days().seen.is_empty(), "the time is not known");
    let mut silent = verdicts("b.test", true);
    if let Some(record) = silent.dmarc.as_mut().and_then(|one| one.record.as_mut()) {
        record.reports.clear();
    }
    let source = IpAddr::from([1, 1, 1, 1]);
    tally.note(Some(NOON), source, "", &silent, Policy::None, Vec::new());
    assert!(tally.days().seen.is_empty(), "nobody asks");
    for _ in 0..3 {
        note(&tally, Some(NOON), 1, "a.test");
    }
    note(&tally, Some(NOON), 2, "a.test");
    note(&tally, Some(NOON + DAY), 1, "a.test");
    let days = tally.days();
    let seen = &days.seen[&(20_000, "a.test".to_owned())];
    let counts: Vec<u64> = seen.records.iter().map(|record| record.count).collect();
    assert_eq!(counts, [3, 1]);
    assert_eq!(seen.wanted, ["mailto:reports@a.test"]);
    assert_eq!(days.seen.len(), 2);
}

#[test]
fn what_a_stranger_can_fill_is_bounded() {
    let tally = Tally::default();
    tally.set(true, true);
    for number in 0..10_000 {
        note(&tally, Some(NOON), number, "a.test");
    }
    assert_eq!(
        tally.days().seen[&(20_000, "a.test".into())].left_out,
        9_950
    );
    for number in 0..3_000 {
        note(
            &tally,
            Some(NOON),
            number,
            &format!("a{}.test", number % 1_000),
        );
        tally.session(Some(NOON), session(&format!("a{number}.test"), None));
    }
    let days = tally.days();
    assert_eq!(days.seen.len(), DOMAINS_MAX);
    assert_eq!(days.tls.len(), DOMAINS_MAX);
    let rows: usize = days.seen.values().map(|seen| seen.records.len()).sum();
    assert!(rows <= TOTAL_MAX, "{rows}");
}

#[test]
fn sessions_are_counted_by_policy_and_failure() {
    let tally = Tally::default();
    tally.set(true, true);
    let kind = Some(FailureKind::CertificateExpired);
    for failure in [None, None, kind, kind, Some(FailureKind::StsWebpkiInvalid)] {
        tally.session(Some(NOON), session("a.test", failure));
    }
    let days = tally.days();
    let [policy] = days.tls[&(20_000, "a.test".to_owned())].policies.as_slice() else {
        panic!("one policy");
    };
    assert_eq!((policy.successes, policy.failures), (2, 3));
    assert_eq!(policy.details[0].count, 2);
    assert_eq!(policy.details.len(), 2);
}

#[test]
fn a_restart_goes_on_counting() {
    let folder = std::env::temp_dir().join(format!("pillarbox-tally-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = Store::open(&folder, Options::default()).unwrap();
    let tally = Tally::default();
    tally.set(true, true);
    // The fullest row there can be still fits the store.
    for number in 0..100 {
        note(&tally, Some(NOON), number, "a.test");
    }
    tally.session(
        Some(NOON),
        session("a.test", Some(FailureKind::TlsaInvalid)),
    );
    futures_lite::future::block_on(tally.keep(&store)).unwrap();
    let next = Tally::default();
    next.resume(&store).unwrap();
    next.set(true, true);
    let fresh = |seen: &Seen| Seen {
        fresh: false,
        ..seen.clone()
    };
    let at = (20_000, "a.test".to_owned());
    assert_eq!(
        fresh(&next.days().seen[&at]),
        fresh(&tally.days().seen[&at])
    );
    assert_eq!(
        next.days().tls[&at].policies,
        tally.days().tls[&at].policies
    );
    note(&next, Some(NOON), 1, "a.test");
    assert_eq!(next.days().seen[&at].records[1].count, 2);
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
}
