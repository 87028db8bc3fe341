//! A process that dies at each step of the writer: what it was told is there, whole and once, and the store is sound.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::io::Write;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::checked::Folder;
use common::*;
use store::*;

/// Names the folder for the child; without it the child's test does nothing.
const FOLDER: &str = "PILLARBOX_CRASH_FOLDER";
/// After how many steps the child dies.
const STEPS: &str = "PILLARBOX_CRASH_STEPS";

const ANN: AccountId = AccountId(1);
const INBOX: MailboxId = MailboxId {
    account: ANN,
    number: 1,
};
const TRASH: MailboxId = MailboxId {
    account: ANN,
    number: 4,
};

/// The child: delivers, marks, moves and expunges, and says each time what it was told, until it dies.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let left = AtomicUsize::new(std::env::var(STEPS).unwrap().parse().unwrap());
    let observer = Observer(Arc::new(move |_| {
        if left.fetch_sub(1, Ordering::SeqCst) == 0 {
            std::process::abort();
        }
    }));
    let store = Store::open(
        folder.as_ref(),
        Options {
            steps: Some(observer),
            ..Options::default()
        },
    )
    .unwrap();
    let mut out = std::io::stdout();
    for round in 0..40_u64 {
        let size = if round % 5 == 4 { 1_200_000 } else { 5000 };
        let uid = deliver(&store, &octets(size, round), &[(INBOX, Flags::default())]).unwrap()[0];
        writeln!(out, "delivered {uid} {size} {round}").unwrap();
        if round % 3 == 2 {
            store
                .write(move |tx| tx.move_messages(INBOX, &[uid - 1], TRASH, 1))
                .wait()
                .unwrap();
            writeln!(out, "moved {}", uid - 1).unwrap();
        }
        if round % 4 == 3 {
            let gone = store
                .write(move |tx| tx.expunge(INBOX, &[uid]))
                .wait()
                .unwrap();
            writeln!(out, "expunged {}", gone[0]).unwrap();
        }
    }
}

#[test]
fn a_process_that_dies_at_any_step_keeps_its_word() {
    for steps in (0..200).step_by(11) {
        let folder = Folder::new();
        drop(prepared(&folder));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(STEPS, steps.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said: Vec<String> = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(|line| line.ok())
            .collect();
        assert!(
            !child.wait().unwrap().success(),
            "the child outlived {steps} steps"
        );

        let store = Store::open(folder.path(), Options::default()).unwrap();
        assert_eq!(
            store.check().unwrap(),
            Vec::<String>::new(),
            "after {steps} steps"
        );
        settle(&store);
        assert_eq!(
            store.check().unwrap(),
            Vec::<String>::new(),
            "after {steps} steps and the reaper"
        );
        let (mut last, mut told) = (0, Vec::new());
        for line in &said {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["delivered", uid, size, seed] => {
                    last = uid.parse().unwrap();
                    told.push((
                        last,
                        size.parse::<usize>().unwrap(),
                        seed.parse::<u64>().unwrap(),
                        INBOX,
                    ));
                }
                ["moved", uid] => {
                    let uid: Uid = uid.parse().unwrap();
                    told.iter_mut()
                        .filter(|one| one.0 == uid)
                        .for_each(|one| one.3 = TRASH);
                }
                ["expunged", uid] => {
                    let uid: Uid = uid.parse().unwrap();
                    told.retain(|one| one.0 != uid);
                }
                _ => {}
            }
        }
        verify(&store, &told, last);
    }
}

fn prepared(folder: &Folder) -> Store {
    let store = Store::open(folder.path(), Options::default()).unwrap();
    assert_eq!(person(&store, "ann@example.org"), ANN);
    assert_eq!(mailbox(&store, ANN, "Trash"), TRASH);
    store
}

/// Each message the child was told of is in one of the two mailboxes, once; what it was not told of may be one deed ahead.
fn verify(store: &Store, told: &[(Uid, usize, u64, MailboxId)], last: Uid) {
    let tx = store.read().unwrap();
    let found: Vec<Vec<u8>> = [INBOX, TRASH]
        .iter()
        .flat_map(|mailbox| entries(&tx, *mailbox))
        .map(|(_, entry)| body(&tx, entry.gid).unwrap())
        .collect();
    let missing: Vec<_> = told
        .iter()
        .filter(|(_, size, seed, _)| {
            found
                .iter()
                .filter(|body| **body == octets(*size, *seed))
                .count()
                != 1
        })
        .collect();
    // The one deed that was done and not answered may have been the expunge of the newest.
    assert!(
        missing.is_empty() || missing.iter().all(|one| one.0 == last),
        "{missing:?} of {told:?}"
    );
    assert!(
        found.len() <= told.len() + 1,
        "{} messages, {} told",
        found.len(),
        told.len()
    );
    assert!(tx.counters(INBOX).unwrap().uid_next > last);
}
