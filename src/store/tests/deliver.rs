//! A message comes in, is read, and survives a restart.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::*;
use store::*;

#[test]
fn messages_of_every_size_come_in_and_are_read() {
    let mut store = Checked::new();
    let ann = person(&store, "Ann@Example.org");
    let (inbox, sent) = (mailbox(&store, ann, "inbox"), mailbox(&store, ann, "Sent"));
    for size in [
        0, 1, 4079, 4080, 4081, 8160, 65_536, 65_537, 700_000, 1_500_000,
    ] {
        let octets = octets(size, 0);
        let uids = deliver(
            &store,
            &octets,
            &[(inbox, Flags::default()), (sent, Flags::SEEN)],
        )
        .unwrap();
        assert_eq!(uids[0], uids[1]);
        let check = |store: &Store| {
            let tx = store.read().unwrap();
            let entry = tx.entry(inbox, uids[0]).unwrap().unwrap();
            assert_eq!(entry.size, size as u32);
            assert_eq!(
                tx.record(entry.gid).unwrap(),
                (head(size), &[7_u8; 300][..])
            );
            assert_eq!(body(&tx, entry.gid).unwrap(), octets);
            assert_eq!(tx.entry(sent, uids[1]).unwrap().unwrap().flags, Flags::SEEN);
        };
        check(&store);
        store.reopen();
        check(&store);
    }
    let tx = store.read().unwrap();
    assert_eq!(
        tx.account_by_address(&address("ann@example.org")).unwrap(),
        Some(ann)
    );
    assert_eq!(tx.usage(ann).unwrap().messages, 20);
    let counters = tx.counters(sent).unwrap();
    assert_eq!(
        (counters.messages, counters.unseen, counters.uid_next),
        (10, 0, 11)
    );
}

#[test]
fn a_deed_is_whole_or_absent() {
    let store = Checked::new();
    let (ann, bob) = (
        person(&store, "ann@example.org"),
        person(&store, "bob@example.org"),
    );
    let (inbox, other) = (mailbox(&store, ann, "INBOX"), mailbox(&store, bob, "INBOX"));
    let nowhere = MailboxId {
        account: bob,
        number: 99,
    };
    let into = [(inbox, Flags::default()), (nowhere, Flags::default())];
    assert!(matches!(
        deliver(&store, b"x", &into),
        Err(Error::NoSuchMailbox)
    ));

    // A deed that fails, one that panics and one that goes on after a refused write: each undone alone.
    let good = store.write(move |tx| tx.create_mailbox(ann, "good", None));
    let bad = store.write(move |tx| {
        tx.create_mailbox(ann, "bad", None)?;
        Err::<(), _>(Error::NoSuchMessage)
    });
    let panics = store.write(move |tx| -> Result<()> {
        tx.create_mailbox(ann, "worse", None)?;
        panic!("a fault in a deed");
    });
    let also_good = store.write(move |tx| tx.create_mailbox(ann, "also good", None));
    assert!(good.wait().is_ok() && also_good.wait().is_ok());
    assert!(matches!(bad.wait(), Err(Error::NoSuchMessage)));
    assert!(matches!(panics.wait(), Err(Error::Damaged(_))));

    store
        .write(move |tx| tx.set_quota(bob, Some(100), None))
        .wait()
        .unwrap();
    let both = [(inbox, Flags::default()), (other, Flags::default())];
    assert!(matches!(
        deliver(&store, &[b'x'; 101], &both),
        Err(Error::OverQuota { quota: 100 })
    ));
    deliver(&store, &[b'x'; 100], &both).unwrap();
    assert!(deliver(&store, &[b'x'; 1], &both).is_err());

    let tx = store.read().unwrap();
    let names: Vec<String> = tx
        .mailboxes(ann)
        .unwrap()
        .into_iter()
        .map(|mailbox| mailbox.name)
        .collect();
    assert!(names.contains(&"good".into()) && names.contains(&"also good".into()));
    assert!(!names.contains(&"bad".into()) && !names.contains(&"worse".into()));
    assert_eq!(uids(&tx, inbox), [1]);
}

#[test]
fn a_body_whose_size_is_not_the_heads_is_refused() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    let body = stage(&store, b"four");
    let into = vec![(inbox, Flags::default())];
    let wrong = store.write(move |tx| {
        tx.deliver(&Delivery {
            body,
            head: head(5),
            record: Vec::new(),
            into,
            letters: Vec::new(),
        })
    });
    assert!(matches!(wrong.wait(), Err(Error::NotAllowed(_))));
}

#[test]
fn a_large_body_is_delivered_once_and_swept_when_it_is_not() {
    let mut store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    let large = octets(3_000_000, 1);
    let before = store.facts().unwrap().used;
    drop(stage(&store, &large));
    settle(&store);
    assert!(
        store.facts().unwrap().used < before + 1_000_000,
        "the dropped body was not swept"
    );

    let body = stage(&store, &large);
    let twice = store.write(move |tx| {
        let delivery = Delivery {
            body,
            head: head(3_000_000),
            record: Vec::new(),
            into: vec![(inbox, Flags::default())],
            letters: Vec::new(),
        };
        tx.deliver(&delivery)?;
        tx.deliver(&delivery)
    });
    assert!(matches!(twice.wait(), Err(Error::NotAllowed(_))));
    settle(&store);
    assert!(
        store.facts().unwrap().used < before + 1_000_000,
        "the refused body was not swept"
    );

    deliver(&store, &large, &[(inbox, Flags::default())]).unwrap();
    store.reopen();
    let tx = store.read().unwrap();
    assert_eq!(body_of(&tx, inbox, 1), large);
}

fn body_of(tx: &ReadTx<'_>, mailbox: MailboxId, uid: Uid) -> Vec<u8> {
    body(tx, tx.entry(mailbox, uid).unwrap().unwrap().gid).unwrap()
}

#[test]
fn a_transaction_that_changes_more_pages_than_its_lists_hold_is_whole() {
    // LMDB is built with lists for 2^13 changed pages (see Cargo.toml); it writes some of them early when there are more.
    let store = Checked::with(Options {
        inline_body: 64 << 20,
        ..Options::default()
    });
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    for seed in [1, 2] {
        let octets = octets(48 << 20, seed);
        let uids = deliver(&store, &octets, &[(inbox, Flags::default())]).unwrap();
        let tx = store.read().unwrap();
        let gid = tx.entry(inbox, uids[0]).unwrap().unwrap().gid;
        assert!(body(&tx, gid).unwrap() == octets);
    }
}

#[test]
fn the_time_is_the_one_that_the_store_was_given() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    let clock = Arc::new(AtomicI64::new(1_800_000_000));
    let tells = clock.clone();
    let store = Checked::with(Options {
        time: TimeOfDay(Arc::new(move || tells.load(Ordering::Relaxed))),
        ..Options::default()
    });
    assert_eq!(store.unix(), 1_800_000_000);
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    // SAVEDATE (RFC 8514), and a clock that cannot be: before 1970, after 2106.
    for (unix, saved) in [(1_800_000_777, 1_800_000_777), (-5, 0), (1 << 40, u32::MAX)] {
        clock.store(unix, Ordering::Relaxed);
        let uids = deliver(&store, b"a", &[(inbox, Flags::default())]).unwrap();
        let tx = store.read().unwrap();
        assert_eq!(tx.entry(inbox, uids[0]).unwrap().unwrap().saved, saved);
    }
    // UIDVALIDITY begins at the clock (RFC 3501 §2.3.1.1) and never goes back with it.
    let tx = store.read().unwrap();
    let valid = tx.counters(inbox).unwrap().uid_validity;
    assert!((1_800_000_000..1_800_000_100).contains(&valid), "{valid}");
}
