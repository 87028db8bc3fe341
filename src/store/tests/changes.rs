//! Modseqs, the expunge log, watches, and what is freed when.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::*;
use store::*;

struct House {
    store: Checked,
    ann: AccountId,
    inbox: MailboxId,
    trash: MailboxId,
}

fn house(messages: usize) -> House {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let (inbox, trash) = (mailbox(&store, ann, "INBOX"), mailbox(&store, ann, "Trash"));
    for number in 0..messages {
        deliver(
            &store,
            &octets(5000, number as u64),
            &[(inbox, Flags::default())],
        )
        .unwrap();
    }
    House {
        store,
        ann,
        inbox,
        trash,
    }
}

#[test]
fn one_modseq_marks_what_changed_and_unchangedsince_spares_the_rest() {
    let House { store, inbox, .. } = house(40);
    let before = store.read().unwrap().counters(inbox).unwrap();
    let all: Vec<Uid> = (1..=40).collect();
    let refused = store
        .write(move |tx| {
            tx.mark(
                inbox.account,
                inbox,
                &all,
                FlagChange::Add(Flags::SEEN),
                Some(21),
            )
        })
        .wait()
        .unwrap();
    assert_eq!(
        refused,
        (21..=40).collect::<Vec<Uid>>(),
        "UID n came with modseq n + 1"
    );
    let tx = store.read().unwrap();
    let after = tx.counters(inbox).unwrap();
    assert_eq!(after.highest_modseq, before.highest_modseq + 1);
    assert_eq!(after.unseen, 20);
    for (uid, entry) in entries(&tx, inbox) {
        assert_eq!(entry.flags.contains(Flags::SEEN), uid <= 20);
        assert_eq!(
            entry.modseq,
            if uid <= 20 {
                after.highest_modseq
            } else {
                u64::from(uid) + 1
            }
        );
    }
    drop(tx);
    store
        .write(move |tx| {
            tx.mark(
                inbox.account,
                inbox,
                &[1, 2, 99],
                FlagChange::Add(Flags::SEEN),
                None,
            )
        })
        .wait()
        .unwrap();
    assert_eq!(
        store.read().unwrap().counters(inbox).unwrap(),
        after,
        "nothing changed, so nothing has a new modseq"
    );
}

#[test]
fn what_another_session_expunged_stays_readable_until_told() {
    let House {
        store,
        inbox,
        trash,
        ..
    } = house(20);
    let seen = store
        .read()
        .unwrap()
        .counters(inbox)
        .unwrap()
        .highest_modseq;
    let mut watch = store.watch(inbox, seen);
    store
        .write(move |tx| tx.expunge(inbox, &[2, 17]))
        .wait()
        .unwrap();
    store
        .write(move |tx| tx.move_messages(inbox.account, inbox, &[5], trash, 1))
        .wait()
        .unwrap();
    store
        .write(move |tx| tx.expunge(trash, &[1]))
        .wait()
        .unwrap();
    settle(&store);
    let now = {
        let tx = store.read().unwrap();
        assert_eq!(tx.entry(inbox, 17).unwrap(), None);
        for (uid, seed) in [(2, 1), (17, 16), (5, 4)] {
            let entry = tx.expunged_entry(inbox, uid).unwrap().unwrap();
            assert_eq!(body(&tx, entry.gid).unwrap(), octets(5000, seed));
        }
        assert_eq!(tx.expunged_entry(inbox, 3).unwrap(), None);
        assert_eq!(
            tx.expunged_since(inbox, seen).unwrap(),
            Some(vec![2, 17, 5])
        );
        tx.counters(inbox).unwrap().highest_modseq
    };
    let before = store.facts().unwrap().used;
    watch.seen(now);
    settle(&store);
    assert!(
        store.facts().unwrap().used <= before - 3 * 4096,
        "nothing was freed after everyone was told"
    );
    assert_eq!(
        store.read().unwrap().expunged_entry(inbox, 2).unwrap(),
        None
    );
    assert_eq!(
        store.read().unwrap().expunged_since(inbox, seen).unwrap(),
        Some(vec![2, 17, 5]),
        "the log stays"
    );

    store
        .write(move |tx| tx.expunge(inbox, &[3]))
        .wait()
        .unwrap();
    settle(&store);
    assert!(
        store
            .read()
            .unwrap()
            .expunged_entry(inbox, 3)
            .unwrap()
            .is_some(),
        "told up to `now`, not beyond"
    );
    drop(watch);
    settle(&store);
    assert_eq!(
        store.read().unwrap().expunged_entry(inbox, 3).unwrap(),
        None
    );
}

#[test]
fn a_watch_that_ends_with_the_process_holds_nothing_after() {
    let House {
        mut store, inbox, ..
    } = house(3);
    let watch = store.watch(inbox, 0);
    store
        .write(move |tx| tx.expunge(inbox, &[1]))
        .wait()
        .unwrap();
    let gid = store
        .read()
        .unwrap()
        .expunged_entry(inbox, 1)
        .unwrap()
        .unwrap()
        .gid;
    store.reopen();
    drop(watch);
    settle(&store);
    assert!(matches!(
        store.read().unwrap().body(gid, 0),
        Err(Error::NoSuchMessage)
    ));
}

#[test]
fn a_body_goes_with_its_last_reference() {
    let House {
        store,
        ann,
        inbox,
        trash,
    } = house(1);
    let gid = store.read().unwrap().entry(inbox, 1).unwrap().unwrap().gid;
    let gone = |store: &Store| {
        settle(store);
        matches!(store.read().unwrap().head(gid), Err(Error::NoSuchMessage))
    };
    let pairs = store
        .write(move |tx| tx.copy(inbox.account, inbox, &[1], trash, 1))
        .wait()
        .unwrap();
    assert_eq!(pairs, [(1, 1)]);
    store
        .write(move |tx| tx.expunge(inbox, &[1]))
        .wait()
        .unwrap();
    assert!(!gone(&store));
    store
        .write(move |tx| tx.move_messages(trash.account, trash, &[1], inbox, 1))
        .wait()
        .unwrap();
    assert!(!gone(&store));
    store
        .write(move |tx| {
            tx.create_mailbox(ann, "x", None)
                .and_then(|x| tx.move_messages(inbox.account, inbox, &[2], x, 1))
        })
        .wait()
        .unwrap();
    assert!(!gone(&store));
    store
        .write(move |tx| tx.delete_mailbox(ann, "x"))
        .wait()
        .unwrap();
    assert!(gone(&store));
}

#[test]
fn gids_and_uids_are_never_used_twice() {
    let House {
        mut store, inbox, ..
    } = house(2);
    let mut last = store.read().unwrap().entry(inbox, 2).unwrap().unwrap().gid;
    // The newest body goes each time, and an older one stays; then that goes as well.
    for gone in [&[2][..], &[3], &[4], &[1, 5], &[6]] {
        let uid = gone[gone.len() - 1];
        store
            .write(move |tx| tx.expunge(inbox, gone))
            .wait()
            .unwrap();
        settle(&store);
        store.reopen();
        let size = if uid == 3 { 400_000 } else { 10 };
        let given = deliver(&store, &octets(size, 1), &[(inbox, Flags::default())]).unwrap();
        assert_eq!(given, [uid + 1]);
        let gid = store
            .read()
            .unwrap()
            .entry(inbox, uid + 1)
            .unwrap()
            .unwrap()
            .gid;
        assert!(gid > last, "{gid:?} after {last:?}");
        last = gid;
    }
}

#[test]
fn the_log_is_bounded_and_says_so() {
    let House {
        store,
        inbox,
        trash,
        ..
    } = house(1);
    // The same message copied and expunged over and over: entries cost nothing but themselves.
    store
        .write(move |tx| tx.move_messages(inbox.account, inbox, &[1], trash, 1))
        .wait()
        .unwrap();
    for _ in 0..6 {
        store
            .write(move |tx| {
                for _ in 0..2000 {
                    let uid = tx.copy(trash.account, trash, &[1], inbox, 1)?[0].1;
                    tx.expunge(inbox, &[uid])?;
                }
                Ok(())
            })
            .wait()
            .unwrap();
    }
    settle(&store);
    let tx = store.read().unwrap();
    assert_eq!(tx.expunged_since(inbox, 0).unwrap(), None);
    let highest = tx.counters(inbox).unwrap().highest_modseq;
    let since = tx.expunged_since(inbox, highest - 10).unwrap().unwrap();
    assert!((5..=10).contains(&since.len()), "{since:?}");
}

#[test]
fn renaming_inbox_leaves_it_empty_and_itself() {
    let House {
        store, ann, inbox, ..
    } = house(40);
    let before = store.read().unwrap().counters(inbox).unwrap();
    store
        .write(move |tx| tx.rename_mailbox(ann, "inbox", "old/mail"))
        .wait()
        .unwrap();
    let tx = store.read().unwrap();
    let after = tx.counters(inbox).unwrap();
    assert_eq!(
        (after.messages, after.uid_next, after.uid_validity),
        (0, before.uid_next, before.uid_validity)
    );
    assert_eq!(tx.mailbox_by_name(ann, "INBOX").unwrap().unwrap().id, inbox);
    let moved = tx.mailbox_by_name(ann, "old/mail").unwrap().unwrap().id;
    assert_eq!(uids(&tx, moved), (1..=40).collect::<Vec<Uid>>());
}

#[test]
fn recent_is_claimed_once_and_a_maildrop_held_once() {
    let House {
        mut store,
        ann,
        inbox,
        ..
    } = house(2);
    assert_eq!(store.recent_from(inbox, false), 1);
    assert_eq!(store.recent_from(inbox, true), 1);
    assert_eq!(store.recent_from(inbox, true), 3);
    store.reopen();
    deliver(&store, b"x", &[(inbox, Flags::default())]).unwrap();
    assert_eq!(
        store.recent_from(inbox, true),
        3,
        "mail from before the restart is not recent"
    );

    let held = store.lock_maildrop(ann).unwrap();
    assert!(store.lock_maildrop(ann).is_none());
    drop(held);
    assert!(store.lock_maildrop(ann).is_some());
}

/// Nothing is remembered of a mailbox that is no more, so that memory does not grow with every one that ever was.
#[test]
fn a_deleted_mailbox_is_forgotten() {
    let House { store, ann, .. } = house(0);
    let mailbox = store
        .write(move |tx| tx.create_mailbox(ann, "x", None))
        .wait()
        .unwrap();
    deliver(&store, b"x", &[(mailbox, Flags::default())]).unwrap();
    assert_eq!(store.recent_from(mailbox, true), 1);
    assert_eq!(store.recent_from(mailbox, false), 2);
    store
        .write(move |tx| tx.delete_mailbox(ann, "x"))
        .wait()
        .unwrap();
    // The reaper comes between deeds.
    let forgotten = (0..1_000).any(|_| {
        store.write(|_| Ok(())).wait().unwrap();
        store.recent_from(mailbox, false) == 1
    });
    assert!(forgotten);
}
