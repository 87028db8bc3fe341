//! Messages that come in together: all of them or none, staged in pieces that a crash or a change of mind sweeps away.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use common::checked::Folder;
use common::*;
use store::*;

const FOLDER: &str = "PILLARBOX_BATCH_FOLDER";
const STEPS: &str = "PILLARBOX_BATCH_STEPS";
/// Messages in the child's batch: more than one row of each piece.
const PIECE: u64 = 200;
const PIECES: u64 = 3;

fn incoming(store: &Store, size: usize, seed: u64, flags: Flags) -> Incoming {
    Incoming {
        body: stage(store, &octets(size, seed)),
        head: head(size),
        record: vec![7; 100],
        flags,
    }
}

fn pieces(store: &Store, batch: &Batch, size: usize) -> Result<()> {
    for piece in 0..PIECES {
        let messages: Vec<Incoming> = (0..PIECE)
            .map(|n| incoming(store, size, piece * PIECE + n, Flags::SEEN))
            .collect();
        let batch = batch.clone();
        store
            .write(move |tx| tx.stage_batch(&batch, &messages))
            .wait()?;
    }
    Ok(())
}

fn append(store: &Store, batch: Batch, rest: Vec<Incoming>, into: MailboxId) -> Result<Vec<Uid>> {
    store
        .write(move |tx| {
            tx.append_batch(into.account, &batch, &rest, into, &mut |flags| {
                flags.union(Flags::FLAGGED)
            })
        })
        .wait()
        .map(|uids| uids.into_iter().flatten().collect())
}

#[test]
fn a_batch_is_nobodys_until_it_is_appended_whole_and_in_order() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    deliver(&store, &octets(10, 9), &[(inbox, Flags::default())]).unwrap();
    let batch = store.batch();
    pieces(&store, &batch, 500).unwrap();
    let large = vec![incoming(&store, 1_000_000, 77, Flags::DRAFT)];
    let staged = batch.clone();
    store
        .write(move |tx| tx.stage_batch(&staged, &large))
        .wait()
        .unwrap();
    {
        let tx = store.read().unwrap();
        assert_eq!(uids(&tx, inbox), [1]);
        assert_eq!(tx.usage(ann).unwrap().octets, 10);
    }
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let rest = vec![
        incoming(&store, 300_000, 78, Flags::default()),
        incoming(&store, 30, 79, Flags::default()),
    ];
    let given = append(&store, batch, rest, inbox).unwrap();
    let last = (PIECE * PIECES) as Uid + 4;
    assert_eq!(given, (2..=last).collect::<Vec<_>>());
    let tx = store.read().unwrap();
    let found = entries(&tx, inbox);
    assert_eq!(found.len() as Uid, last);
    assert_eq!(found[1].1.flags, Flags::SEEN.union(Flags::FLAGGED));
    for (uid, entry) in found.iter().skip(1) {
        let n = u64::from(*uid) - 2;
        let (size, seed) = match n {
            600 => (1_000_000, 77),
            601 => (300_000, 78),
            602 => (30, 79),
            n => (500, n),
        };
        assert_eq!(body(&tx, entry.gid).unwrap(), octets(size, seed), "{uid}");
    }
    assert_eq!(tx.usage(ann).unwrap().messages, u64::from(last));
    drop(tx);
    settle(&store);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    assert_eq!(uids(&store.read().unwrap(), inbox).len() as Uid, last);
}

#[test]
fn a_batch_that_is_given_up_or_refused_leaves_nothing() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    let used = |store: &Store| {
        settle(store);
        store.facts().unwrap().used
    };
    let before = used(&store);
    let most = before + 200_000;
    for round in 0..3 {
        let batch = store.batch();
        pieces(&store, &batch, 3000).unwrap();
        let large = vec![incoming(&store, 1_000_000, 77, Flags::DRAFT)];
        let staged = batch.clone();
        store
            .write(move |tx| tx.stage_batch(&staged, &large))
            .wait()
            .unwrap();
        assert!(store.facts().unwrap().used > before + 1_000_000);
        match round {
            0 => drop(batch),
            1 => {
                let gone = MailboxId {
                    account: ann,
                    number: 99,
                };
                assert!(matches!(
                    append(&store, batch, Vec::new(), gone),
                    Err(Error::NoSuchMailbox)
                ));
            }
            _ => {
                store
                    .write(move |tx| tx.set_quota(ann, Some(2_000_000), None))
                    .wait()
                    .unwrap();
                assert!(matches!(
                    append(&store, batch, Vec::new(), inbox),
                    Err(Error::OverQuota { .. })
                ));
            }
        }
        assert!(used(&store) < most, "round {round}");
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        assert_eq!(uids(&store.read().unwrap(), inbox), Vec::<Uid>::new());
    }
}

#[test]
fn an_empty_batch_is_nothing() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    let batch = store.batch();
    assert_eq!(
        append(&store, batch, Vec::new(), inbox).unwrap(),
        Vec::<Uid>::new()
    );
    assert_eq!(store.read().unwrap().counters(inbox).unwrap().uid_next, 1);
}

/// The child: one batch, staged in pieces, then appended; dies at a step.
#[test]
fn child() {
    let Some(store) = mortal_store(FOLDER, STEPS) else {
        return;
    };
    let inbox = MailboxId {
        account: AccountId(1),
        number: 1,
    };
    let batch = store.batch();
    pieces(&store, &batch, 3000).unwrap();
    let rest = vec![incoming(&store, 200_000, 600, Flags::default())];
    let given = append(&store, batch, rest, inbox).unwrap();
    println!("appended {}", given.len());
    std::io::stdout().flush().unwrap();
    // Whoever outlives the steps is told apart from who died at one.
    deliver(&store, &octets(10, 1), &[(inbox, Flags::default())]).unwrap();
    std::process::exit(0);
}

#[test]
fn a_batch_whose_process_dies_at_any_step_is_whole_or_gone() {
    let (mut whole, mut none) = (0, 0);
    for steps in 0.. {
        let folder = Folder::new();
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let ann = person(&store, "ann@example.org");
        let inbox = mailbox(&store, ann, "INBOX");
        let before = store.facts().unwrap().used;
        drop(store);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(STEPS, steps.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(|line| line.ok())
            .any(|line| line.contains("appended 601"));
        let lived = child.wait().unwrap().success();
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let sound = |when: &str| {
            let found = store.check().unwrap();
            assert_eq!(found, Vec::<String>::new(), "{when} {steps} steps");
        };
        sound("after");
        settle(&store);
        sound("when the reaper is done, after");
        let found = entries(&store.read().unwrap(), inbox).len();
        match found {
            0 => {
                none += 1;
                assert!(!told, "{steps} steps: told, but not there");
                assert!(
                    store.facts().unwrap().used < before + 200_000,
                    "{steps} steps: something of the batch is left"
                );
            }
            601 | 602 => whole += 1,
            other => panic!("{other} of 601 messages after {steps} steps"),
        }
        if lived {
            break;
        }
    }
    assert!(none > 10 && whole > 1, "{none} without, {whole} with");
}
