//! A process that dies at each step of the writer: what it was told is there, whole and once, and the store is sound.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::io::Write;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use common::checked::Folder;
use common::letters::*;
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
    let Some(store) = mortal_store(FOLDER, STEPS) else {
        return;
    };
    let mut out = std::io::stdout();
    for round in 0..40_u64 {
        let size = if round % 5 == 4 { 1_200_000 } else { 5000 };
        let uid = deliver(&store, &octets(size, round), &[(INBOX, Flags::default())]).unwrap()[0];
        writeln!(out, "delivered {uid} {size} {round}").unwrap();
        if round % 3 == 2 {
            store
                .write(move |tx| tx.move_messages(INBOX.account, INBOX, &[uid - 1], TRASH, 1))
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
        let said = die("child", &folder, steps);
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

/// What a child said before it died at this step.
fn die(child: &str, folder: &Folder, steps: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", child, "--nocapture"])
        .env(FOLDER, folder.path())
        .env(STEPS, steps.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(|line| line.ok())
        .collect();
    assert!(
        !child.wait().unwrap().success(),
        "the child outlived {steps} steps"
    );
    said
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

/// The child of the queue's test: enqueues, claims and settles, and says each time what it was told, until it dies.
#[test]
fn queue_child() {
    let Some(store) = mortal_store(FOLDER, STEPS) else {
        return;
    };
    let mut out = std::io::stdout();
    writeln!(out).unwrap();
    for round in 0..40_u64 {
        let size = if round % 5 == 4 { 1_200_000 } else { 5000 };
        let into = [(INBOX, Flags::default())];
        let into = if round % 2 == 0 { &into[..] } else { &[] };
        let letters = vec![to(&["a@x.example", "b@x.example", "c@y.example"])];
        let done = deliver_with(&store, &octets(size, round), into, letters).unwrap();
        let id = done.letters[0].0;
        writeln!(out, "queued {id} {size} {round}").unwrap();
        let now = round * 10;
        writeln!(out, "claiming {id}").unwrap();
        claim(&store, "x.example", now, 1_000_000).unwrap();
        writeln!(out, "claimed {id}").unwrap();
        for number in [1, 3] {
            writeln!(out, "settling {id} {number}").unwrap();
            settle_row(&store, LetterId(id), number, Settlement::Gone);
            writeln!(out, "settled {id} {number}").unwrap();
        }
        if round % 3 == 1 {
            writeln!(out, "dropping {id}").unwrap();
            let dropped = store.write(move |tx| tx.drop_letter(LetterId(id)));
            dropped.wait().unwrap();
            writeln!(out, "dropped {id}").unwrap();
        }
    }
}

#[test]
fn a_queue_whose_process_dies_at_any_step_keeps_its_word() {
    for steps in (0..260).step_by(13) {
        let folder = Folder::new();
        drop(prepared(&folder));
        let said = die("queue_child", &folder, steps);
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let sound = |when: &str| {
            let found = store.check().unwrap();
            assert_eq!(found, Vec::<String>::new(), "{when} {steps} steps");
        };
        sound("after");
        settle(&store);
        sound("when the reaper is done, after");
        let words: Vec<Vec<&str>> = said.iter().map(|line| line.split(' ').collect()).collect();
        let has = |wanted: &[&str]| words.iter().any(|line| line == wanted);
        let tx = store.read().unwrap();
        for line in words.iter().filter(|line| line[0] == "queued") {
            let [id, size, seed] = [1, 2, 3].map(|at| line[at].parse::<u64>().unwrap());
            let name = id.to_string();
            let letter = tx.letter(LetterId(id)).unwrap();
            let rows = tx.rows(LetterId(id)).unwrap();
            if has(&["dropped", &name]) {
                assert_eq!(letter, None);
                continue;
            }
            let Some(letter) = letter else {
                assert!(
                    has(&["dropping", &name]),
                    "letter {id} is lost after {steps} steps"
                );
                continue;
            };
            assert_eq!(body(&tx, letter.gid).unwrap(), octets(size as usize, seed));
            for number in [1, 2, 3_u32] {
                let row = rows.iter().find(|row| row.number == number);
                let which = number.to_string();
                if has(&["settled", &name, &which]) {
                    assert_eq!(row, None);
                } else if !has(&["settling", &name, &which]) {
                    assert!(
                        row.is_some(),
                        "row {number} of {id} is lost after {steps} steps"
                    );
                }
                let Some(row) = row.filter(|row| row.destination == "x.example") else {
                    continue;
                };
                // What was claimed waits until the time that was written, whoever died; what was not is due.
                let waits = row.attempts == 1 && row.due.0 >= 1_000_000;
                assert!(
                    waits || (row.attempts, row.due) == (0, QueueTime(0)),
                    "{row:?}"
                );
                assert!(waits || !has(&["claimed", &name]), "{row:?}");
                assert!(!waits || has(&["claiming", &name]), "{row:?}");
            }
        }
        let more = tx.queue_counts().unwrap().letters as usize;
        let told = words.iter().filter(|line| line[0] == "queued").count();
        let dropped = words.iter().filter(|line| line[0] == "dropped").count();
        assert!(more <= told - dropped + 1, "{more} letters, {told} told");
    }
}
