//! What says something, and what does not.

use super::*;
use crate::checked::Checked;
use crate::{Credentials, Delivery, Head, Incoming, Learned, MailboxId, Store, Taught as _, Uid};

const ANN: AccountId = AccountId(1);

fn named(store: &Store, account: AccountId, name: &str) -> MailboxId {
    let tx = store.read().unwrap();
    tx.mailbox_by_name(account, name).unwrap().unwrap().id
}

fn person(store: &Store, address: &str) -> AccountId {
    let address = mail::Address::parse(address).unwrap();
    store
        .write(move |tx| tx.create_account(&address, &Credentials::default(), 0))
        .wait()
        .unwrap()
}

fn store() -> Checked {
    let store = Checked::new();
    assert_eq!(person(&store, "ann@example.org"), ANN);
    store
        .write(|tx| tx.create_mailbox(ANN, REJECTS, None))
        .wait()
        .unwrap();
    store
}

const HEAD: Head = Head {
    received: 0,
    zone: 0,
    sent: 0,
    size: 5,
};

/// A message into a mailbox, delivered by the box or put there by `viewer`.
fn put(store: &Store, viewer: Option<AccountId>, into: MailboxId, flags: Flags) -> (Uid, Gid) {
    let mut spool = store.spool();
    spool.write(b"a\r\nb\n").unwrap();
    let body = store.stage(spool).wait().unwrap();
    let delivery = Delivery {
        body,
        head: HEAD,
        record: vec![1; 10],
        into: vec![(into, flags)],
        letters: Vec::new(),
    };
    let uid = store
        .write(move |tx| match viewer {
            Some(viewer) => tx.deliver_for(viewer, &delivery),
            None => tx.deliver(&delivery),
        })
        .wait()
        .unwrap()
        .uids[0];
    let gid = store.read().unwrap().entry(into, uid).unwrap().unwrap().gid;
    (uid, gid)
}

fn said(store: &Store, account: AccountId, gid: Gid) -> Option<Said> {
    let due = store.read().unwrap().due(account, gid).unwrap();
    due.map(|due| due.said)
}

fn keyword(store: &Store, name: &'static str) -> Flags {
    store
        .write(move |tx| tx.intern_keyword(ANN, name))
        .wait()
        .unwrap()
}

fn mark(store: &Store, mailbox: MailboxId, uid: Uid, change: FlagChange) {
    store
        .write(move |tx| tx.mark(ANN, mailbox, &[uid], change, None))
        .wait()
        .unwrap();
}

/// As the learner would.
fn learn(store: &Store, gid: Gid, what: Said) {
    store
        .write(move |tx| {
            let due = tx.due(ANN, gid)?.unwrap();
            assert!(tx.take_due(ANN, gid, &due)?);
            tx.make_taught_seed(ANN)?;
            let learned = Learned {
                said: what,
                meant: due.meant,
                day: due.day,
                version: 1,
                keys: Vec::new(),
            };
            tx.put_learned(ANN, gid, Some(&learned))
        })
        .wait()
        .unwrap();
}

#[test]
fn moves_and_copies_say_what_they_mean() {
    let store = store();
    let bob = person(&store, "bob@example.org");
    for (from, to, copies_too, says) in [
        ("INBOX", "Junk", true, Some(Said::Unwanted)),
        ("Archive", "Junk", true, Some(Said::Unwanted)),
        (REJECTS, "Junk", true, Some(Said::Unwanted)),
        ("Junk", "INBOX", true, Some(Said::Wanted)),
        ("Junk", "Archive", true, Some(Said::Wanted)),
        (REJECTS, "INBOX", true, Some(Said::Wanted)),
        ("Junk", "Trash", true, None),
        ("Junk", REJECTS, true, None),
        (REJECTS, "Trash", true, None),
        ("INBOX", REJECTS, true, None),
        ("INBOX", "Trash", true, None),
        ("INBOX", "Archive", true, None),
        ("Trash", "INBOX", true, None),
        ("Junk", "Junk", true, None),
    ] {
        let (source, target) = (named(&store, ANN, from), named(&store, ANN, to));
        for moves in [true, false] {
            if !moves && !copies_too {
                continue;
            }
            let (uid, gid) = put(&store, None, source, Flags::default());
            assert_eq!(said(&store, ANN, gid), None, "delivered into {from}");
            let deed = store.write(move |tx| match moves {
                true => tx.move_messages(ANN, source, &[uid], target, 1),
                false => tx.copy(ANN, source, &[uid], target, 1),
            });
            deed.wait().unwrap();
            assert_eq!(said(&store, ANN, gid), says, "{from} to {to}");
        }
    }
    // Somebody else who moves, and a mailbox of somebody else, say nothing of either's mail.
    let (inbox, junk) = (named(&store, ANN, "INBOX"), named(&store, ANN, "Junk"));
    let foreign = named(&store, bob, "Junk");
    for (viewer, to) in [(bob, junk), (ANN, foreign)] {
        let (uid, gid) = put(&store, None, inbox, Flags::default());
        let deed = store.write(move |tx| tx.move_messages(viewer, inbox, &[uid], to, 1));
        deed.wait().unwrap();
        assert_eq!(said(&store, ANN, gid), None);
        assert_eq!(said(&store, bob, gid), None);
    }
}

#[test]
fn keywords_and_answers_say_what_they_mean() {
    let store = store();
    let (inbox, junk) = (named(&store, ANN, "INBOX"), named(&store, ANN, "Junk"));
    let [bad, good, old] = ["$Junk", "$NotJunk", "NonJunk"].map(|name| keyword(&store, name));
    let other = keyword(&store, "$Forwarded");
    use FlagChange::{Add, Remove, Replace};
    for (place, changes, says) in [
        (inbox, &[Add(bad)][..], Some(Said::Unwanted)),
        (inbox, &[Add(good)], Some(Said::Wanted)),
        (
            inbox,
            &[Replace(bad.union(Flags::SEEN))],
            Some(Said::Unwanted),
        ),
        (inbox, &[Add(bad), Remove(bad)], None),
        (
            inbox,
            &[Add(bad), Add(good), Remove(bad)],
            Some(Said::Wanted),
        ),
        (inbox, &[Add(bad), Replace(Flags::SEEN)], None),
        (junk, &[Add(bad), Remove(bad)], Some(Said::Unwanted)),
        (junk, &[Add(good)], Some(Said::Wanted)),
        // Mail programs write it on whatever they looked at.
        (inbox, &[Add(old)], None),
        (inbox, &[Add(bad), Add(old)], Some(Said::Wanted)),
        (junk, &[Add(old)], Some(Said::Wanted)),
        (inbox, &[Add(Flags::ANSWERED)], Some(Said::Wanted)),
        (
            inbox,
            &[Add(bad), Add(Flags::ANSWERED)],
            Some(Said::Unwanted),
        ),
        (junk, &[Add(Flags::ANSWERED)], None),
        (
            inbox,
            &[
                Add(Flags::SEEN),
                Add(Flags::FLAGGED),
                Add(Flags::DELETED),
                Add(other),
            ],
            None,
        ),
    ] {
        let (uid, gid) = put(&store, None, place, Flags::default());
        for change in changes {
            mark(&store, place, uid, *change);
        }
        assert_eq!(said(&store, ANN, gid), says, "{changes:?}");
    }
}

#[test]
fn what_a_mail_program_brings_says_something_only_by_its_keyword() {
    let store = store();
    let (inbox, junk) = (named(&store, ANN, "INBOX"), named(&store, ANN, "Junk"));
    let bad = keyword(&store, "$Junk");
    assert_eq!(
        said(
            &store,
            ANN,
            put(&store, Some(ANN), junk, Flags::default()).1
        ),
        None
    );
    assert_eq!(
        said(&store, ANN, put(&store, Some(ANN), inbox, bad).1),
        Some(Said::Unwanted)
    );
    assert_eq!(
        said(&store, ANN, put(&store, None, inbox, bad).1),
        None,
        "the box itself"
    );
    let mut spool = store.spool();
    spool.write(b"a\r\nb\n").unwrap();
    let body = store.stage(spool).wait().unwrap();
    let batch = store.batch();
    let uids = store
        .write(move |tx| {
            let message = Incoming {
                body,
                head: HEAD,
                record: vec![1],
                flags: bad,
            };
            tx.append_batch(ANN, &batch, &[message], inbox, &mut |flags| flags)
        })
        .wait()
        .unwrap()
        .unwrap();
    let tx = store.read().unwrap();
    let gid = tx.entry(inbox, *uids.start()).unwrap().unwrap().gid;
    assert_eq!(
        tx.due(ANN, gid).unwrap().map(|due| due.said),
        Some(Said::Unwanted)
    );
}

#[test]
fn the_last_word_counts_and_what_is_counted_already_is_not_noted_again() {
    let store = store();
    let (inbox, junk) = (named(&store, ANN, "INBOX"), named(&store, ANN, "Junk"));
    let (mut uid, gid) = put(&store, None, inbox, Flags::default());
    let go = |from, to, uid: Uid| {
        let deed = store.write(move |tx| tx.move_messages(ANN, from, &[uid], to, 1));
        deed.wait().unwrap()[0].1
    };
    uid = go(inbox, junk, uid);
    learn(&store, gid, Said::Unwanted);
    uid = go(junk, inbox, uid);
    assert_eq!(said(&store, ANN, gid), Some(Said::Wanted));
    uid = go(inbox, junk, uid);
    assert_eq!(said(&store, ANN, gid), None, "it is counted as that");
    uid = go(junk, inbox, uid);
    learn(&store, gid, Said::Wanted);
    // An answer says nothing new; taking a keyword away takes back.
    mark(&store, inbox, uid, FlagChange::Add(Flags::ANSWERED));
    assert_eq!(said(&store, ANN, gid), None);
    let good = keyword(&store, "$NotJunk");
    mark(&store, inbox, uid, FlagChange::Add(good));
    assert_eq!(said(&store, ANN, gid), None);
    mark(&store, inbox, uid, FlagChange::Remove(good));
    assert_eq!(said(&store, ANN, gid), Some(Said::Nothing));

    // A deed that fails notes nothing.
    let (other, other_gid) = put(&store, None, inbox, Flags::default());
    let failed = store.write(move |tx| {
        tx.move_messages(ANN, inbox, &[other], junk, 1)?;
        Err::<(), _>(crate::Error::NoSuchMessage)
    });
    assert!(failed.wait().is_err());
    assert_eq!(said(&store, ANN, other_gid), None);
}

#[test]
fn who_goes_leaves_nothing_that_they_taught() {
    let store = store();
    let (inbox, junk) = (named(&store, ANN, "INBOX"), named(&store, ANN, "Junk"));
    let bob = person(&store, "bob@example.org");
    let theirs = named(&store, bob, "INBOX");
    let (uid, gid) = put(&store, None, inbox, Flags::default());
    let (other, _) = put(&store, None, inbox, Flags::default());
    let deed = store.write(move |tx| tx.move_messages(ANN, inbox, &[uid, other], junk, 1));
    deed.wait().unwrap();
    learn(&store, gid, Said::Unwanted);
    store
        .write(move |tx| {
            for (account, octet) in [(ANN, 1), (bob, 2)] {
                tx.make_taught_seed(account)?;
                tx.put_junk_head(account, &[octet; 16])?;
                tx.put_junk_chunk(account, 1023, &[octet; 4080])?;
                tx.put_junk_note(account, 0, &[octet; 100])?;
                tx.put_reputation(account, &[octet; 9], &[1; 8], |_| 0)?;
            }
            Ok(())
        })
        .wait()
        .unwrap();
    let _ = theirs;
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    assert!(
        store
            .write(|tx| tx.put_junk_chunk(ANN, 1024, &[0; 4080]))
            .wait()
            .is_err()
    );
    assert!(
        store
            .write(|tx| tx.put_junk_chunk(ANN, 0, &[0; 4081]))
            .wait()
            .is_err()
    );
    store.write(|tx| tx.remove_account(ANN)).wait().unwrap();
    let tx = store.read().unwrap();
    assert_eq!(tx.next_teacher(AccountId(0)).unwrap(), Some(bob));
    assert_eq!(tx.junk_head(bob).unwrap(), Some(&[2; 16][..]));
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn reputations_beyond_the_bound_go_by_age() {
    let store = store();
    let age = |octets: &[u8]| u32::from_be_bytes(*octets.first_chunk().unwrap());
    for piece in 0..21 {
        store
            .write(move |tx| {
                for n in piece * 1000..(piece + 1) * 1000_u32 {
                    let mut name = [0; 9];
                    name[..4].copy_from_slice(&n.wrapping_mul(0x9E37_79B9).to_be_bytes());
                    tx.put_reputation(ANN, &name, &n.to_be_bytes(), age)?;
                }
                tx.make_taught_seed(ANN).map(|_| ())
            })
            .wait()
            .unwrap();
    }
    let tx = store.read().unwrap();
    assert_eq!(tx.taught_counts(ANN).unwrap().reputations, 15_999);
    let name = |n: u32| {
        let mut name = [0; 9];
        name[..4].copy_from_slice(&n.wrapping_mul(0x9E37_79B9).to_be_bytes());
        name
    };
    assert_eq!(tx.reputation(ANN, &name(5000)).unwrap(), None);
    assert!(tx.reputation(ANN, &name(20_999)).unwrap().is_some());
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}
