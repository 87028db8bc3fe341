//! What people say of their mail costs no sync of its own, and a process that dies at any step has each mark noted or counted, never both and never neither.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use common::checked::Folder;
use common::*;
use store::*;

/// Names the folder for the child; without it the child's test does nothing.
const FOLDER: &str = "PILLARBOX_TAUGHT_FOLDER";
/// After how many steps the child dies.
const STEPS: &str = "PILLARBOX_TAUGHT_STEPS";

const ANN: AccountId = AccountId(1);
const INBOX: MailboxId = MailboxId {
    account: ANN,
    number: 1,
};
const JUNK: MailboxId = MailboxId {
    account: ANN,
    number: 5,
};
const ARCHIVE: MailboxId = MailboxId {
    account: ANN,
    number: 6,
};

fn prepared(folder: &Folder, options: Options) -> Store {
    let store = Store::open(folder.path(), options).unwrap();
    assert_eq!(person(&store, "ann@example.org"), ANN);
    assert_eq!(mailbox(&store, ANN, "Junk"), JUNK);
    assert_eq!(mailbox(&store, ANN, "Archive"), ARCHIVE);
    store
}

/// Commits that `deed` costs, the reaper's included.
fn commits(store: &Store, deed: impl FnOnce()) -> u64 {
    settle(store);
    let before = store.facts().unwrap().last_commit;
    deed();
    settle(store);
    store.facts().unwrap().last_commit - before
}

fn go(store: &Store, from: MailboxId, uid: Uid, to: MailboxId) -> Uid {
    let deed = store.write(move |tx| tx.move_messages(ANN, from, &[uid], to, 1));
    deed.wait().unwrap()[0].1
}

/// The learner's deed, with what it counts in the head of the table: wanted, unwanted.
fn learn(tx: &mut WriteTx<'_>, gid: Gid) -> Result<()> {
    let Some(due) = tx.due(ANN, gid)? else {
        return Ok(());
    };
    assert!(tx.take_due(ANN, gid, &due)?);
    tx.make_taught_seed(ANN)?;
    let mut counts = [0; 2];
    counts.copy_from_slice(tx.junk_head(ANN)?.unwrap_or(&[0; 2]));
    if let Some(before) = tx.learned(ANN, gid)? {
        counts[usize::from(before.said == Said::Unwanted)] -= 1;
    }
    counts[usize::from(due.said == Said::Unwanted)] += 1;
    tx.put_junk_head(ANN, &counts)?;
    tx.put_junk_note(ANN, (gid.0 % 64) as u32, &[7; 2000])?;
    tx.put_junk_chunk(ANN, (gid.0 % 1024) as u32, &[7; 4080])?;
    let mut name = [0; REPUTATION_KEY];
    name[0] = (gid.0 % 5) as u8;
    tx.put_reputation(ANN, &name, &[1; 8], |_| 0)?;
    let learned = Learned {
        said: due.said,
        meant: due.meant,
        day: due.day,
        version: 1,
        keys: vec![name],
    };
    tx.put_learned(ANN, gid, Some(&learned))
}

#[test]
fn what_is_said_costs_no_sync_of_its_own() {
    let folder = Folder::new();
    let store = prepared(&folder, Options::default());
    let into = [(INBOX, Flags::default())];
    let deliver_one = || deliver(&store, &octets(5000, 1), &into).unwrap()[0];
    assert_eq!(
        commits(&store, || {
            deliver_one();
        }),
        1,
        "a delivery"
    );
    let uids: Vec<Uid> = (0..3).map(|_| deliver_one()).collect();
    let keyword = store.write(|tx| tx.intern_keyword(ANN, "$Junk"));
    let keyword = keyword.wait().unwrap();
    let plain = commits(&store, || {
        go(&store, INBOX, uids[0], ARCHIVE);
    });
    let says = commits(&store, || {
        go(&store, INBOX, uids[1], JUNK);
    });
    assert_eq!(plain, says, "a move");
    let mark = |flags: Flags| {
        let uid = [uids[2]];
        let deed = store.write(move |tx| tx.mark(ANN, INBOX, &uid, FlagChange::Add(flags), None));
        deed.wait().unwrap();
    };
    assert_eq!(commits(&store, || mark(Flags::SEEN)), 1);
    assert_eq!(commits(&store, || mark(keyword)), 1, "a keyword");
    assert_eq!(
        store
            .read()
            .unwrap()
            .due_from(ANN, Gid(0), 9)
            .unwrap()
            .len(),
        2
    );
    // Nor does a delivery for a person who has taught much.
    let deed = store.write(|tx| {
        for (gid, _) in tx.due_from(ANN, Gid(0), 9)? {
            learn(tx, gid)?;
        }
        Ok(())
    });
    deed.wait().unwrap();
    assert_eq!(
        commits(&store, || {
            deliver_one();
        }),
        1,
        "a delivery"
    );
}

/// The child: delivers, moves into Junk and back, and learns, and says each time what it was told, until it dies.
#[test]
fn child() {
    let Some(store) = mortal_store(FOLDER, STEPS) else {
        return;
    };
    let mut out = std::io::stdout();
    writeln!(out).unwrap();
    for round in 0..60_u64 {
        let uid = deliver(&store, &octets(5000, round), &[(INBOX, Flags::default())]).unwrap()[0];
        let gid = store
            .read()
            .unwrap()
            .entry(INBOX, uid)
            .unwrap()
            .unwrap()
            .gid;
        let uid = go(&store, INBOX, uid, JUNK);
        writeln!(out, "unwanted {}", gid.0).unwrap();
        if round % 2 == 0 {
            store.write(move |tx| learn(tx, gid)).wait().unwrap();
            writeln!(out, "learned {}", gid.0).unwrap();
        }
        if round % 3 == 0 {
            go(&store, JUNK, uid, INBOX);
            writeln!(out, "wanted {}", gid.0).unwrap();
            store.write(move |tx| learn(tx, gid)).wait().unwrap();
            writeln!(out, "learned {}", gid.0).unwrap();
        }
    }
}

#[test]
fn a_mark_is_noted_or_counted_whenever_the_process_dies() {
    for steps in (0..330).step_by(17) {
        let folder = Folder::new();
        drop(prepared(&folder, Options::default()));
        let said = die(&folder, steps);
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let sound = || assert_eq!(store.check().unwrap(), Vec::<String>::new(), "{steps}");
        sound();
        let mut told = std::collections::BTreeMap::new();
        for line in &said {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["unwanted", gid] => {
                    told.insert(Gid(gid.parse().unwrap()), Said::Unwanted);
                }
                ["wanted", gid] => {
                    told.insert(Gid(gid.parse().unwrap()), Said::Wanted);
                }
                _ => {}
            }
        }
        let newest = told.last_key_value().map(|(gid, _)| *gid);
        {
            let tx = store.read().unwrap();
            let mut counts = [0_u8; 2];
            for (_, row) in tx.learned_from(ANN, Gid(0), 1000).unwrap() {
                counts[usize::from(row.said == Said::Unwanted)] += 1;
            }
            let kept = tx.junk_head(ANN).unwrap().unwrap_or(&[0; 2]);
            assert_eq!(kept, counts, "counted once each, {steps}");
            for (gid, said) in told {
                let due = tx.due(ANN, gid).unwrap().map(|due| due.said);
                let learned = tx.learned(ANN, gid).unwrap().map(|row| row.said);
                let known = due.or(learned);
                // The newest may have come one deed further than was told.
                assert!(
                    known == Some(said) || (Some(gid) == newest && known.is_some()),
                    "{gid:?} {said:?}: {due:?} {learned:?} after {steps}"
                );
                assert!(due.is_none() || due != learned, "noted and counted");
            }
        }
        // What was noted is learned by the next process.
        let deed = store.write(|tx| {
            for (gid, _) in tx.due_from(ANN, Gid(0), 1000)? {
                learn(tx, gid)?;
            }
            Ok(())
        });
        deed.wait().unwrap();
        assert_eq!(store.read().unwrap().due_from(ANN, Gid(0), 9).unwrap(), []);
        sound();
    }
}

/// What the child said before it died at this step.
fn die(folder: &Folder, steps: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
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
    assert!(!child.wait().unwrap().success(), "outlived {steps} steps");
    said
}
