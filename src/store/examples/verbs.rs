//! What the verbs on a large mailbox cost: marking, what has changed, copying, moving, expunging, for its owner and for who it is shared with.
//!
//! `cargo run --release -p store --example verbs [FOLDER] [MESSAGES]`. Each time is that of the verb with its commit on the device, if it has one;
//! beside the first stands the best of several.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement ends at the first thing that goes wrong"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use store::{
    AccountId, Credentials, Delivery, FlagChange, Flags, Head, MailboxId, Options, Read, Rights,
    Store, Uid, Who, WriteTx,
};

/// Octets of a message.
const MAIL: usize = 2048;
/// Octets of a rendered record.
const RECORD: usize = 600;
/// Messages that are copied, moved and expunged.
const MANY: u32 = 10_000;

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().unwrap_or("/tmp/pillarbox-verbs".into()));
    let messages: u32 = args.next().map_or(100_000, |text| text.parse().unwrap());
    let _ = std::fs::remove_dir_all(&folder);
    let store = Store::open(&folder, Options::default()).unwrap();
    let (ann, bob) = (
        person(&store, "ann@x.example"),
        person(&store, "bob@x.example"),
    );
    let inbox = MailboxId {
        account: ann,
        number: 1,
    };
    let trash = MailboxId {
        account: ann,
        number: 4,
    };
    let begun = Instant::now();
    fill(&store, inbox, messages);
    println!("{messages} messages in {:?}", begun.elapsed());

    let all: Vec<Uid> = (1..=messages).collect();
    let few: Vec<Uid> = (1..=10).map(|n| n * (messages / 11)).collect();
    let many: Vec<Uid> = (1..=MANY).collect();
    look("nothing", || ());
    marking(&store, ann, inbox, &all);
    let since = change_few(&store, ann, inbox, &few);
    look("changed_since, 10 changes", || {
        changed(&store, ann, inbox, since)
    });
    look("all entries", || {
        let tx = store.read().unwrap();
        let mut count = 0;
        tx.entries(inbox, 1..=Uid::MAX, &mut |_, _| {
            count += 1;
            true
        })
        .unwrap();
        assert_eq!(count, messages);
    });

    deed(&store, "set_acl", move |tx| {
        tx.set_acl(inbox, Who::Account(bob), false, Rights::ALL)
    });
    marking(&store, bob, inbox, &all);
    let since = change_few(&store, bob, inbox, &few);
    look("a viewer's changed_since, 10 changes", || {
        changed(&store, bob, inbox, since)
    });
    marking(&store, ann, inbox, &all);
    deed(&store, "the viewer goes", move |tx| tx.remove_account(bob));
    settle(&store);

    for _ in 0..3 {
        let uids = many.clone();
        deed(&store, "copy of 10,000", move |tx| {
            tx.copy(ann, inbox, &uids, trash, 1).map(|_| ())
        });
    }
    settle(&store);
    for _ in 0..2 {
        let uids = uids_of(&store, trash, MANY);
        deed(&store, "move of 10,000", move |tx| {
            tx.move_messages(ann, trash, &uids, inbox, 1).map(|_| ())
        });
        settle(&store);
    }
    let watch = store.watch(trash, u64::MAX);
    let uids = uids_of(&store, trash, MANY);
    deed(&store, "move of 10,000, watched", move |tx| {
        tx.move_messages(ann, trash, &uids, inbox, 1).map(|_| ())
    });
    drop(watch);
    settle(&store);
    let uids = uids_of(&store, inbox, MANY);
    let watch = store.watch(inbox, 0);
    let sent = uids.clone();
    deed(&store, "expunge of 10,000, watched", move |tx| {
        tx.expunge(inbox, &sent).map(|_| ())
    });
    look("expunged_entry, 10,000 times", || {
        let tx = store.read().unwrap();
        for uid in &uids {
            assert!(tx.expunged_entry(inbox, *uid).unwrap().is_some());
        }
    });
    let begun = Instant::now();
    drop(watch);
    settle(&store);
    println!(
        "{:44} {:?}",
        "and freed, looked at every 10 ms",
        begun.elapsed()
    );
    let uids = uids_of(&store, inbox, MANY);
    deed(&store, "expunge of 10,000", move |tx| {
        tx.expunge(inbox, &uids).map(|_| ())
    });
    settle(&store);
    println!("check: {:?}", store.check().unwrap());
    drop(store);
    let _ = std::fs::remove_dir_all(&folder);
}

fn person(store: &Store, address: &str) -> AccountId {
    let address = mail::Address::parse(address).unwrap();
    let made = store.write(move |tx| tx.create_account(&address, &Credentials::default(), 0));
    made.wait().unwrap()
}

fn fill(store: &Store, into: MailboxId, messages: u32) {
    let octets = vec![b'm'; MAIL];
    for piece in (0..messages).collect::<Vec<_>>().chunks(200) {
        let many: Vec<Delivery> = piece
            .iter()
            .map(|_| {
                let mut spool = store.spool();
                spool.write(&octets).unwrap();
                Delivery {
                    body: store.stage(spool).wait().unwrap(),
                    head: Head {
                        received: 1,
                        zone: 0,
                        sent: 1,
                        size: MAIL as u32,
                    },
                    record: vec![b'r'; RECORD],
                    into: vec![(into, Flags::default())],
                    letters: Vec::new(),
                }
            })
            .collect();
        let done =
            store.write(move |tx| many.iter().try_for_each(|one| tx.deliver(one).map(|_| ())));
        done.wait().unwrap();
    }
}

/// Marks all, back and forth.
fn marking(store: &Store, viewer: AccountId, mailbox: MailboxId, uids: &[Uid]) {
    for change in [
        FlagChange::Add(Flags::FLAGGED),
        FlagChange::Remove(Flags::FLAGGED),
    ] {
        let sent = uids.to_vec();
        let whose = if viewer == mailbox.account {
            "the owner"
        } else {
            "a viewer"
        };
        let words = format!("{whose} marks {}", uids.len());
        let time = deed(store, &words, move |tx| {
            tx.mark(viewer, mailbox, &sent, change, None).map(|_| ())
        });
        println!(
            "{:44} {:.0} a second",
            "",
            uids.len() as f64 / time.as_secs_f64()
        );
    }
}

/// Ten changes; the modseq before them.
fn change_few(store: &Store, viewer: AccountId, mailbox: MailboxId, uids: &[Uid]) -> u64 {
    let since = store
        .read()
        .unwrap()
        .counters(mailbox)
        .unwrap()
        .highest_modseq;
    for uid in uids.iter().copied() {
        let change = FlagChange::Add(Flags::SEEN);
        let done = store.write(move |tx| tx.mark(viewer, mailbox, &[uid], change, None));
        done.wait().unwrap();
    }
    since
}

fn changed(store: &Store, viewer: AccountId, mailbox: MailboxId, since: u64) {
    let tx = store.read().unwrap();
    let mut count = 0;
    tx.changed_since(viewer, mailbox, since, 1..=Uid::MAX, &mut |_, _| {
        count += 1;
        true
    })
    .unwrap();
    assert_eq!(count, 10);
}

fn uids_of(store: &Store, mailbox: MailboxId, most: u32) -> Vec<Uid> {
    let mut uids = Vec::new();
    let tx = store.read().unwrap();
    tx.entries(mailbox, 1..=Uid::MAX, &mut |uid, _| {
        uids.push(uid);
        uids.len() < most as usize
    })
    .unwrap();
    uids
}

fn deed(
    store: &Store,
    what: &str,
    deed: impl FnOnce(&mut WriteTx<'_>) -> store::Result<()> + Send + 'static,
) -> Duration {
    let (sender, inside) = std::sync::mpsc::channel();
    let begun = Instant::now();
    let done = store.write(move |tx| {
        let begun = Instant::now();
        let done = deed(tx);
        let _ = sender.send(begun.elapsed());
        done
    });
    done.wait().unwrap();
    let time = begun.elapsed();
    println!(
        "{what:44} {time:?}, of it before the commit {:?}",
        inside.recv().unwrap()
    );
    time
}

fn look(what: &str, look: impl Fn()) {
    let once = || {
        let begun = Instant::now();
        look();
        begun.elapsed()
    };
    let first = once();
    let best = (0..20).map(|_| once()).min().unwrap_or_default();
    println!("{what:44} {first:?}, best {best:?}");
}

/// Until the writer has nothing left to free.
fn settle(store: &Store) {
    let mut last = 0;
    loop {
        std::thread::sleep(Duration::from_millis(10));
        let commit = store.facts().unwrap().last_commit;
        if commit == last {
            return;
        }
        last = commit;
    }
}
