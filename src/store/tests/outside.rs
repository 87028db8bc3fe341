//! What is remembered of the world outside, and what people may send there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::*;
use store::*;
use zeroize::Zeroizing;

const DAY: u64 = 86_400;

fn count(
    store: &Store,
    account: AccountId,
    now: u64,
    limits: SendingLimits,
    to: &[&str],
) -> Result<()> {
    let to: Vec<mail::Address> = to.iter().map(|one| address(one)).collect();
    store
        .write(move |tx| tx.count_sending(account, QueueTime(now), limits, &to))
        .wait()
}

#[test]
fn a_person_sends_so_many_messages_a_day_of_queue_time() {
    let mut store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let bob = person(&store, "bob@example.org");
    let limits = SendingLimits {
        messages: 2,
        new_recipients: 100,
    };
    let send = |store: &Store, who, now| count(store, who, now, limits, &["x@x.example"]);
    send(&store, ann, DAY - 2).unwrap();
    send(&store, ann, DAY - 1).unwrap();
    let over = |done| matches!(done, Err(Error::SendingLimit { messages: true }));
    assert!(over(send(&store, ann, DAY - 1)));
    send(&store, bob, DAY - 1).unwrap();
    store.reopen();
    assert!(over(send(&store, ann, DAY - 1)));
    send(&store, ann, DAY).unwrap();
    send(&store, ann, DAY).unwrap();
    assert!(over(send(&store, ann, DAY + 5)));
    assert!(matches!(
        send(&store, AccountId(9), 0),
        Err(Error::NoSuchAccount)
    ));
}

#[test]
fn a_person_writes_to_so_many_new_people_a_day() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let limits = SendingLimits {
        messages: 100,
        new_recipients: 2,
    };
    let send = |now, to: &[&str]| count(&store, ann, now, limits, to);
    let over = |done| matches!(done, Err(Error::SendingLimit { messages: false }));
    let last = |to: &str| {
        store
            .read()
            .unwrap()
            .correspondent(ann, &address(to))
            .unwrap()
    };
    // One person in two spellings is one; a refused message counts nothing.
    send(0, &["x@x.example", "x@X.example"]).unwrap();
    assert!(over(send(0, &["y@x.example", "z@x.example"])));
    assert_eq!((last("x@x.example"), last("y@x.example")), (Some(0), None));
    send(0, &["y@x.example", "x@x.example"]).unwrap();
    assert!(over(send(0, &["z@x.example"])));
    // Those one knows can be written to, today and over midnight; then others too.
    send(0, &["y@x.example"]).unwrap();
    let lowered = SendingLimits {
        new_recipients: 1,
        ..limits
    };
    count(&store, ann, 0, lowered, &["y@x.example"]).unwrap();
    send(3 * DAY, &["x@x.example", "z@x.example", "w@x.example"]).unwrap();
    assert!(over(send(3 * DAY, &["v@x.example"])));
    assert_eq!(
        (last("x@x.example"), last("y@x.example")),
        (Some(3), Some(0))
    );
    store
        .write(move |tx| tx.remove_account(ann))
        .wait()
        .unwrap();
    assert_eq!(last("x@x.example"), None);
}

#[test]
fn limits_and_the_letter_are_one_deed() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let limits = SendingLimits {
        messages: 1,
        new_recipients: 9,
    };
    let send = || {
        let (body, head) = (stage(&store, b"x"), head(1));
        let done = store.write(move |tx| {
            let letters = vec![letters::to(&["a@x.example"])];
            let to = [address("a@x.example")];
            let done = tx.deliver(&Delivery {
                body,
                head,
                record: Vec::new(),
                into: Vec::new(),
                letters,
            })?;
            tx.count_sending(ann, QueueTime(5), limits, &to)?;
            Ok(done)
        });
        done.wait()
    };
    send().unwrap();
    assert!(matches!(
        send(),
        Err(Error::SendingLimit { messages: true })
    ));
    assert_eq!(letters::counts(&store), (1, 1, 0));
}

#[test]
fn destinations_are_remembered_and_swept() {
    let mut store = Checked::new();
    let notes = |fetched: Option<i64>, verified_tls, avoid_direct| DestinationNotes {
        sts: fetched.map(|fetched| StsRecord {
            id: "20260101".into(),
            mode: StsMode::Enforce,
            mx: vec!["*.example.net".into()],
            max_age: 100,
            fetched,
        }),
        verified_tls,
        avoid_direct,
    };
    let all = [
        ("a.example", notes(Some(1000), None, None)),
        ("b.example", notes(None, Some(900), None)),
        ("c.example", notes(None, None, Some(2000))),
        ("d.example", notes(Some(2000), Some(10), Some(10))),
    ];
    for (domain, notes) in all.clone() {
        store
            .write(move |tx| tx.set_destination_notes(domain, &notes))
            .wait()
            .unwrap();
    }
    store.reopen();
    for (domain, notes) in &all {
        assert_eq!(
            store
                .read()
                .unwrap()
                .destination_notes(domain)
                .unwrap()
                .as_ref(),
            Some(notes)
        );
    }
    let with = |after, max| -> Vec<String> {
        let some = store
            .read()
            .unwrap()
            .destinations_with_sts(after, max)
            .unwrap()
            .0;
        some.into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(with(None, 9), ["a.example", "d.example"]);
    assert_eq!(with(None, 1), ["a.example"]);
    assert_eq!(with(Some("a.example"), 1), ["d.example"]);
    let sweep = |before| {
        store
            .write(move |tx| tx.sweep_destination_notes(None, before))
            .wait()
            .unwrap()
    };
    assert_eq!(sweep(1100), None);
    let left = |store: &Store| {
        let tx = store.read().unwrap();
        all.each_ref()
            .map(|(domain, _)| tx.destination_notes(domain).unwrap().is_some())
    };
    assert_eq!(left(&store), [true, false, true, true]);
    sweep(1101);
    assert_eq!(left(&store), [false, false, true, true]);
    store
        .write(|tx| tx.set_destination_notes("c.example", &DestinationNotes::default()))
        .wait()
        .unwrap();
    assert_eq!(left(&store), [false, false, false, true]);
    let mut huge = all[0].1.clone();
    huge.sts.as_mut().unwrap().mx = vec!["x".repeat(1000); 70];
    let refused = store.write(move |tx| tx.set_destination_notes("a.example", &huge));
    assert!(matches!(refused.wait(), Err(Error::NotAllowed(_))));
}

#[test]
fn many_destinations_are_swept_in_several_deeds() {
    let store = Checked::new();
    let notes = DestinationNotes {
        verified_tls: Some(5),
        ..DestinationNotes::default()
    };
    store
        .write(move |tx| {
            (0..1200).try_for_each(|n| tx.set_destination_notes(&format!("d{n}.example"), &notes))
        })
        .wait()
        .unwrap();
    let (mut after, mut deeds) = (None::<String>, 0);
    loop {
        let from = after.clone();
        after = store
            .write(move |tx| tx.sweep_destination_notes(from.as_deref(), 6))
            .wait()
            .unwrap();
        deeds += 1;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(deeds, 3);
    assert_eq!(
        store
            .read()
            .unwrap()
            .destination_notes("d7.example")
            .unwrap(),
        None
    );
}

#[test]
fn relays_are_kept_by_scope_and_hide_their_password() {
    let mut store = Checked::new();
    let relay = |scope, tls, password: Option<&str>| Relay {
        scope,
        host: "smtp.example.net".into(),
        port: 465,
        tls,
        user: password.map(|_| "ann".into()),
        password: password.map(|password| Zeroizing::new(password.into())),
    };
    let domain = RelayScope::Domain("example.com".into());
    let set = |store: &Store, relay: Relay| store.write(move |tx| tx.set_relay(&relay)).wait();
    let fallback = relay(RelayScope::Fallback, RelayTls::None, None);
    let everything = relay(RelayScope::Everything, RelayTls::Implicit, Some("hunter2"));
    let one = relay(domain.clone(), RelayTls::StartTls, Some("hunter2"));
    for relay in [&fallback, &one, &everything] {
        set(&store, relay.clone()).unwrap();
    }
    store.reopen();
    let tx = store.read().unwrap();
    assert_eq!(tx.relays().unwrap(), [everything.clone(), one, fallback]);
    assert_eq!(
        tx.relay(&RelayScope::Everything).unwrap(),
        Some(everything.clone())
    );
    assert_eq!(
        tx.relay(&RelayScope::Domain("x.example".into())).unwrap(),
        None
    );
    assert!(!format!("{everything:?}").contains("hunter2"));
    drop(tx);
    let clear = relay(RelayScope::Everything, RelayTls::None, Some("hunter2"));
    let nowhere = Relay {
        host: String::new(),
        ..everything.clone()
    };
    let odd = relay(
        RelayScope::Domain("not a domain".into()),
        RelayTls::Implicit,
        None,
    );
    for bad in [clear, nowhere, odd] {
        assert!(matches!(set(&store, bad), Err(Error::NotAllowed(_))));
    }
    for gone in [true, false] {
        let scope = domain.clone();
        let done = store.write(move |tx| tx.remove_relay(&scope)).wait();
        assert_eq!(done.is_ok(), gone);
        assert!(gone || matches!(done, Err(Error::NoSuchRelay)));
    }
    assert_eq!(store.read().unwrap().relays().unwrap().len(), 2);
}

#[test]
fn keys_and_secrets_are_kept() {
    let mut store = Checked::new();
    let keys = DkimKeys {
        domain: "Example.org".into(),
        selector_ed25519: "e1".into(),
        selector_rsa: "r1".into(),
        ed25519: Zeroizing::new(vec![250; 4]),
        rsa: Zeroizing::new(vec![251; 2000]),
        made: 9,
    };
    let sent = keys.clone();
    store
        .write(move |tx| tx.set_dkim_keys(&sent))
        .wait()
        .unwrap();
    let secret = |store: &Store, name: &'static str| {
        *store.write(move |tx| tx.box_secret(name)).wait().unwrap()
    };
    let (srs, other) = (secret(&store, "srs"), secret(&store, "other"));
    assert_ne!(srs, other);
    assert_ne!(srs, [0; 32]);
    store.reopen();
    assert_eq!(
        store.read().unwrap().dkim_keys("example.ORG").unwrap(),
        Some(keys.clone())
    );
    assert_eq!(
        store.read().unwrap().dkim_keys("example.com").unwrap(),
        None
    );
    assert_eq!(secret(&store, "srs"), srs);
    let shown = format!("{keys:?}");
    assert!(
        shown.contains("e1") && !shown.contains("250, ") && !shown.contains("251, "),
        "{shown}"
    );
}
