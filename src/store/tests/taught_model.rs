//! What people say of their mail against a model of maps. In a process of its own: a child that another test starts holds, for a moment, the lock of a store that is to
//! be opened again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;

use common::*;
use store::*;

const ANN: AccountId = AccountId(1);

/// What a move or copy says, in as many words as the rule has.
fn says(from: &str, to: &str) -> Option<Said> {
    match (from, to) {
        ("Junk", "Junk") => None,
        (_, "Junk") => Some(Said::Unwanted),
        (_, "Trash" | REJECTS) => None,
        ("Junk" | REJECTS, _) => Some(Said::Wanted),
        _ => None,
    }
}

/// Random moves, copies, keywords and learning, against two maps; the store is closed and opened in between.
#[test]
fn what_is_due_and_learned_is_what_maps_would_say() {
    const PLACES: [&str; 5] = ["INBOX", "Junk", "Trash", "Archive", REJECTS];
    let mut dice = Dice(7);
    let mut store = Checked::new();
    assert_eq!(person(&store, "ann@example.org"), ANN);
    let made = store.write(|tx| tx.create_mailbox(ANN, REJECTS, None));
    made.wait().unwrap();
    let keyword = store.write(|tx| tx.intern_keyword(ANN, "$Junk"));
    let keyword = keyword.wait().unwrap();
    let (mut due, mut learned) = (BTreeMap::<Gid, Said>::new(), BTreeMap::<Gid, Said>::new());
    for deed in 0..600 {
        let (from, to) = (*dice.pick(&PLACES), *dice.pick(&PLACES));
        let [source, target] = [from, to].map(|name| mailbox(&store, ANN, name));
        let there = entries(&store.read().unwrap(), source);
        let some: Vec<(Uid, Entry)> = there.into_iter().filter(|_| dice.below(3) == 0).collect();
        let uids: Vec<Uid> = some.iter().map(|(uid, _)| *uid).collect();
        let mut say = |gid: Gid, said: Said| {
            let known = learned.get(&gid).copied().unwrap_or(Said::Nothing);
            match known == said {
                true => due.remove(&gid),
                false => due.insert(gid, said),
            };
        };
        match dice.below(8) {
            0 | 1 => {
                deliver(&store, &octets(100, deed), &[(source, Flags::default())]).unwrap();
            }
            verb @ 2..=4 => {
                let moves = verb < 4;
                let deed = store.write(move |tx| match moves {
                    true => tx.move_messages(ANN, source, &uids, target, 1),
                    false => tx.copy(ANN, source, &uids, target, 1),
                });
                deed.wait().unwrap();
                // A copy into the same mailbox says nothing, whatever it is.
                for (_, entry) in some {
                    if let Some(said) = says(from, to).filter(|_| from != to) {
                        say(entry.gid, said);
                    }
                }
            }
            5 => {
                let add = dice.below(2) == 0;
                let change = match add {
                    true => FlagChange::Add(keyword),
                    false => FlagChange::Remove(keyword),
                };
                let deed = store.write(move |tx| tx.mark(ANN, source, &uids, change, None));
                deed.wait().unwrap();
                for (_, entry) in some {
                    match (entry.flags.contains(keyword), add) {
                        (false, true) => say(entry.gid, Said::Unwanted),
                        (true, false) if from != "Junk" => say(entry.gid, Said::Nothing),
                        _ => {}
                    }
                }
            }
            6 => {
                let max = dice.below(20) as usize;
                let deed = store.write(move |tx| {
                    let taken = tx.due_from(ANN, Gid(0), max)?;
                    tx.make_taught_seed(ANN)?;
                    for (gid, due) in &taken {
                        assert!(tx.take_due(ANN, *gid, due)?);
                        let row = Learned {
                            said: due.said,
                            meant: due.meant,
                            day: due.day,
                            version: 1,
                            keys: Vec::new(),
                        };
                        let row = Some(&row).filter(|row| row.said != Said::Nothing);
                        tx.put_learned(ANN, *gid, row)?;
                    }
                    Ok(taken)
                });
                for (gid, row) in deed.wait().unwrap() {
                    assert_eq!(due.remove(&gid), Some(row.said));
                    match row.said {
                        Said::Nothing => learned.remove(&gid),
                        said => learned.insert(gid, said),
                    };
                }
            }
            _ => store.reopen(),
        }
        let tx = store.read().unwrap();
        let found: BTreeMap<Gid, Said> = tx
            .due_from(ANN, Gid(0), 10_000)
            .unwrap()
            .into_iter()
            .map(|(gid, due)| (gid, due.said))
            .collect();
        assert_eq!(found, due, "deed {deed}");
        let found: BTreeMap<Gid, Said> = tx
            .learned_from(ANN, Gid(0), 10_000)
            .unwrap()
            .into_iter()
            .map(|(gid, row)| (gid, row.said))
            .collect();
        assert_eq!(found, learned, "deed {deed}");
        drop(tx);
        if deed % 100 == 99 {
            assert_eq!(store.check().unwrap(), Vec::<String>::new());
        }
    }
    assert!(due.len() + learned.len() > 20, "{due:?} {learned:?}");
}
