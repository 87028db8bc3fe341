//! The decision, row by row.

use super::*;

const HOST: &str = "mx.example.org";

fn policy(mode: StsMode, mx: &str) -> StsRecord {
    StsRecord {
        id: "1".to_owned(),
        mode,
        mx: vec![mx.to_owned()],
        max_age: 1,
        fetched: 0,
    }
}

fn records(usage: u8) -> Dane {
    Dane::Records(
        vec![Tlsa {
            usage,
            selector: 1,
            matching: 1,
            data: vec![0; 32],
        }],
        vec![HOST.to_owned()],
    )
}

/// `dane ta|any|web must`, or why not: the ruling in a word.
fn word(ruling: &Ruling) -> String {
    match ruling {
        Ruling::Go(demand) => {
            let trust = match &demand.trust {
                Trust::Any => "any",
                Trust::WebPki { names } => {
                    assert_eq!(names, &[HOST]);
                    "web"
                }
                Trust::Dane { .. } => "dane",
            };
            let must = if demand.must { " must" } else { "" };
            let let_go = if demand.let_go { " let go" } else { "" };
            let require = if demand.require_tls { " require" } else { "" };
            assert!(!demand.why.is_empty());
            format!("{trust}{must}{require}{let_go}")
        }
        Ruling::NotThisHost {
            permanent: true, ..
        } => "never".to_owned(),
        Ruling::NotThisHost { .. } => "not now".to_owned(),
    }
}

#[test]
fn every_ruling() {
    let none = Wishes::default();
    let require = Wishes {
        require_tls: true,
        ..none
    };
    let optional = Wishes {
        tls_optional: true,
        ..none
    };
    let both = Wishes {
        tls_optional: true,
        require_tls: true,
        ..none
    };
    let patient = Wishes {
        waited: RATCHET_PATIENCE,
        ..none
    };
    let almost = Wishes {
        waited: RATCHET_PATIENCE - Duration::from_secs(1),
        ..none
    };
    let enforce = policy(StsMode::Enforce, HOST);
    let wild = policy(StsMode::Enforce, "*.example.org");
    let other = policy(StsMode::Enforce, "mx.example.net");
    let testing = policy(StsMode::Testing, HOST);
    let testing_other = policy(StsMode::Testing, "mx.example.net");
    let off = policy(StsMode::None, HOST);
    let absent = || Dane::Absent;
    let failed = || Dane::Failed("SERVFAIL".to_owned());
    let s = Some;
    // wishes, policy, DANE, host signed, ratchet, ruling
    let table = [
        (none, None, absent(), false, false, "any"),
        (none, None, absent(), true, false, "any"),
        (none, s(&enforce), absent(), false, false, "web must"),
        (none, s(&wild), absent(), false, false, "web must"),
        (none, s(&other), absent(), true, false, "not now"),
        (none, s(&testing), absent(), false, false, "any"),
        (none, s(&testing_other), absent(), false, false, "any"),
        (none, s(&off), absent(), false, false, "any"),
        // DANE before MTA-STS.
        (none, None, records(3), true, false, "dane must"),
        (none, None, records(2), true, false, "dane must"),
        (none, None, records(1), true, false, "any must"),
        (none, None, failed(), true, false, "not now"),
        (none, s(&enforce), failed(), true, false, "not now"),
        (none, s(&enforce), records(3), true, false, "dane must"),
        (none, s(&other), records(3), true, false, "dane must"),
        (none, s(&other), records(0), true, false, "not now"),
        (none, s(&enforce), records(0), true, false, "web must"),
        // The ratchet.
        (none, None, absent(), false, true, "web must"),
        (almost, None, absent(), false, true, "web must"),
        (patient, None, absent(), false, true, "any let go"),
        (none, s(&testing), absent(), false, true, "web must"),
        (none, None, records(3), true, true, "dane must"),
        (none, None, records(1), true, true, "web must"),
        (patient, None, records(1), true, true, "any must let go"),
        (patient, s(&enforce), absent(), false, true, "web must"),
        // REQUIRETLS.
        (require, None, absent(), false, false, "never"),
        (require, None, absent(), true, false, "web must require"),
        (
            require,
            s(&enforce),
            absent(),
            false,
            false,
            "web must require",
        ),
        (
            require,
            s(&testing),
            absent(),
            false,
            false,
            "web must require",
        ),
        (require, s(&testing_other), absent(), false, false, "never"),
        (require, s(&off), absent(), false, false, "never"),
        (require, s(&other), absent(), false, false, "not now"),
        (require, None, records(3), true, false, "dane must require"),
        (require, None, records(1), true, false, "web must require"),
        (require, None, failed(), true, false, "not now"),
        // TLS-Required: No.
        (optional, None, absent(), false, true, "any"),
        (optional, s(&other), failed(), true, true, "any"),
        (optional, s(&enforce), records(3), true, false, "any"),
        // REQUIRETLS at MAIL FROM is the stronger word (RFC 8689 §4.1).
        (both, None, absent(), true, false, "web must require"),
    ];
    for (wishes, sts, dane, host_signed, ratchet, expected) in table {
        let row = format!("{wishes:?} {sts:?} {dane:?} {host_signed} {ratchet}");
        let ruling = decide(Findings {
            domain: "example.org",
            host: HOST,
            host_signed,
            sts,
            dane,
            ratchet,
            wishes,
        });
        assert_eq!(word(&ruling), expected, "{row}");
    }
}

#[test]
fn a_relay_is_always_verified() {
    assert_eq!(word(&Ruling::Go(relay_demand(HOST))), "web must");
}
