//! The queue as maps: each verb is done to the store and to the maps, and what a reader sees must be the same.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests, and not every test needs all of it"
)]

use std::collections::BTreeMap;

use store::*;

use super::letters::{attempt, letter, offered, row};
use super::{Dice, body, octets};

const PLACES: [&str; 5] = [
    "a.example",
    "b.example",
    "b.example.net",
    "c.example",
    "[192.0.2.1]",
];

#[derive(Clone, Debug)]
struct Waiting {
    destination: String,
    due: u64,
    held: bool,
    attempts: u16,
    warned: bool,
    words: Option<String>,
    /// Claimed in this run of the store, and not settled.
    tried: bool,
}

#[derive(Clone, Debug)]
struct Known {
    priority: i8,
    size: usize,
    seed: u64,
    rows: BTreeMap<u32, Waiting>,
}

#[derive(Clone, Default)]
pub struct QueueModel {
    letters: BTreeMap<LetterId, Known>,
    last: u64,
    now: u64,
}

/// Lane, time, letter, number of a row: the order of turns. A high priority is a low lane.
type Place = (bool, i8, u64, LetterId, u32);

impl QueueModel {
    /// Letters to be delivered with a message.
    pub fn some_letters(&self, dice: &mut Dice) -> Vec<NewLetter> {
        let count = dice.below(4).saturating_sub(1);
        let one = |dice: &mut Dice| {
            let rows: Vec<NewRow> = (0..=dice.below(6))
                .map(|n| {
                    let due = self.now + *dice.pick(&[0, 0, 0, 5, 300]);
                    NewRow {
                        destination: (*dice.pick(&PLACES)).into(),
                        ..row(&format!("p{n}@somewhere.example"), due)
                    }
                })
                .collect();
            NewLetter {
                priority: *dice.pick(&[0, 0, -9, 4, 9]),
                ..letter(rows)
            }
        };
        (0..count).map(|_| one(dice)).collect()
    }

    /// What came of them.
    pub fn learn(&mut self, new: &[NewLetter], ids: &[LetterId], size: usize, seed: u64) {
        assert_eq!(new.len(), ids.len());
        for (new, id) in new.iter().zip(ids) {
            assert!(id.0 > self.last, "a letter's number was used twice");
            self.last = id.0;
            let rows = new.rows.iter().map(|row| Waiting {
                destination: row.destination.clone(),
                due: row.due.0,
                held: false,
                attempts: 0,
                warned: false,
                words: None,
                tried: false,
            });
            let known = Known {
                priority: new.priority,
                size,
                seed,
                rows: (1..).zip(rows).collect(),
            };
            self.letters.insert(*id, known);
        }
    }

    pub fn reopened(&mut self) {
        let rows = self
            .letters
            .values_mut()
            .flat_map(|known| known.rows.values_mut());
        rows.for_each(|row| row.tried = false);
    }

    /// Turns of rows that are not held, with their destinations.
    fn turns(&self) -> Vec<(Place, &str)> {
        let mut all = Vec::new();
        for (id, known) in &self.letters {
            for (number, row) in known.rows.iter().filter(|(_, row)| !row.held) {
                let place = (row.attempts > 0, -known.priority, row.due, *id, *number);
                all.push((place, row.destination.as_str()));
            }
        }
        all.sort();
        all
    }

    /// What is offered now, in order.
    fn offers(&self) -> Vec<(String, Lane, u64)> {
        let mut first: BTreeMap<(bool, i8, &str), u64> = BTreeMap::new();
        for ((retry, lane, due, _, _), destination) in self.turns() {
            first.entry((retry, lane, destination)).or_insert(due);
        }
        let mut order: Vec<_> = first
            .into_iter()
            .filter(|(_, due)| *due <= self.now)
            .map(|((retry, lane, destination), due)| (retry, lane, due, destination))
            .collect();
        order.sort();
        order
            .into_iter()
            .map(|(retry, lane, due, destination)| {
                let lane = Lane {
                    retry,
                    priority: -lane,
                };
                (destination.to_owned(), lane, due)
            })
            .collect()
    }

    /// One verb.
    pub fn one(&mut self, dice: &mut Dice, store: &Store) {
        self.now += dice.below(30);
        match dice.below(10) {
            0..=3 => self.claim(dice, store),
            4..=6 => self.settle(dice, store),
            7 => self.hold(dice, store),
            8 => self.retry(dice, store),
            _ => self.drop_one(dice, store),
        }
    }

    fn any(&self, dice: &mut Dice) -> LetterId {
        let ids: Vec<LetterId> = self.letters.keys().copied().collect();
        if ids.is_empty() || dice.below(20) == 0 {
            return LetterId(self.last + 5);
        }
        *dice.pick(&ids)
    }

    fn claim(&mut self, dice: &mut Dice, store: &Store) {
        let now = self.now;
        let destination = match self.offers().first() {
            Some((first, _, _)) if dice.below(2) == 0 => first.clone(),
            _ => (*dice.pick(&PLACES)).to_owned(),
        };
        let (most, later) = (dice.below(4) as usize + 1, dice.below(200) + 1);
        let sent = destination.clone();
        let claim = store
            .write(move |tx| tx.claim(&sent, QueueTime(now), most, &|_, _| QueueTime(now + later)))
            .wait()
            .unwrap();
        let due: Vec<Place> = self
            .turns()
            .into_iter()
            .filter(|((_, _, due, _, _), there)| *there == destination && *due <= now)
            .map(|(place, _)| place)
            .collect();
        let Some(first) = due.first().map(|place| place.3) else {
            assert_eq!(claim, None);
            return;
        };
        let claim = claim.unwrap();
        let mut numbers: Vec<u32> = due
            .into_iter()
            .filter(|place| place.3 == first)
            .map(|place| place.4)
            .take(most)
            .collect();
        numbers.sort_unstable();
        let found: Vec<u32> = claim.rows.iter().map(|row| row.number).collect();
        assert_eq!((claim.letter.id, found), (first, numbers.clone()));
        let known = self.letters.get_mut(&first).unwrap();
        for number in numbers {
            let row = known.rows.get_mut(&number).unwrap();
            (row.due, row.attempts, row.tried) = (now + later, row.attempts + 1, true);
        }
    }

    fn settle(&mut self, dice: &mut Dice, store: &Store) {
        let (id, due) = (self.any(dice), self.now + dice.below(100));
        let number = dice.below(6) as u32 + 1;
        let last = attempt(&format!("451 {}", dice.below(100)));
        let settlement = match dice.below(3) {
            0 => Settlement::Gone,
            1 => Settlement::Wait {
                due: QueueTime(due),
                last: last.clone(),
                warned: dice.below(2) == 0,
            },
            _ => Settlement::Untried {
                due: QueueTime(due),
                last: (dice.below(2) == 0).then_some(last),
            },
        };
        let sent = settlement.clone();
        store
            .write(move |tx| tx.settle(id, number, sent))
            .wait()
            .unwrap();
        let Some(known) = self.letters.get_mut(&id) else {
            return;
        };
        let Some(row) = known.rows.get_mut(&number) else {
            return;
        };
        row.tried = false;
        match settlement {
            Settlement::Gone => drop(known.rows.remove(&number)),
            Settlement::Wait { last, warned, .. } => {
                (row.due, row.words, row.warned) = (due, Some(last.words), warned);
            }
            Settlement::Untried { last, .. } => {
                (row.due, row.attempts) = (due, row.attempts.saturating_sub(1));
                row.words = last.map(|last| last.words).or(row.words.take());
            }
        }
        if known.rows.is_empty() {
            self.letters.remove(&id);
        }
    }

    fn hold(&mut self, dice: &mut Dice, store: &Store) {
        let (id, hold) = (self.any(dice), dice.below(3) == 0);
        let done = store.write(move |tx| tx.hold_letter(id, hold)).wait();
        match self.letters.get_mut(&id) {
            Some(known) => {
                done.unwrap();
                known.rows.values_mut().for_each(|row| row.held = hold);
            }
            None => assert!(matches!(done, Err(Error::NoSuchLetter))),
        }
    }

    fn retry(&mut self, dice: &mut Dice, store: &Store) {
        let (id, now, all) = (self.any(dice), self.now, dice.below(4) == 0);
        let mut count = 0;
        let wanted = |row: &&mut Waiting| !row.held && !row.tried && row.due > now;
        for (own, known) in &mut self.letters {
            if all || *own == id {
                for row in known.rows.values_mut().filter(wanted) {
                    row.due = now;
                    count += 1;
                }
            }
        }
        if all {
            let done = store.write(move |tx| tx.retry_all(QueueTime(now), None));
            let done = done.wait().unwrap();
            assert_eq!((done.rows, done.next), (count, None));
            return;
        }
        let done = store
            .write(move |tx| tx.retry_letter(id, QueueTime(now)))
            .wait();
        if self.letters.contains_key(&id) {
            assert_eq!(done.unwrap(), count);
        } else {
            assert!(matches!(done, Err(Error::NoSuchLetter)));
        }
    }

    fn drop_one(&mut self, dice: &mut Dice, store: &Store) {
        let id = self.any(dice);
        let done = store.write(move |tx| tx.drop_letter(id)).wait();
        match self.letters.remove(&id) {
            Some(_) => done.unwrap(),
            None => assert!(matches!(done, Err(Error::NoSuchLetter))),
        }
    }

    /// Everything a reader can see is what the maps say.
    pub fn compare(&self, store: &Store) {
        let tx = store.read().unwrap();
        let rows = || self.letters.values().flat_map(|known| known.rows.values());
        let expected = QueueCounts {
            letters: self.letters.len() as u64,
            rows: rows().count() as u64,
            held: rows().filter(|row| row.held).count() as u64,
        };
        assert_eq!(tx.queue_counts().unwrap(), expected);
        let found = tx.queue_letters(None, usize::MAX).unwrap();
        assert!(
            found
                .iter()
                .map(|letter| letter.id)
                .eq(self.letters.keys().copied())
        );
        for (letter, known) in found.iter().zip(self.letters.values()) {
            assert_eq!(
                (letter.priority, letter.size as usize),
                (known.priority, known.size)
            );
            assert_eq!(letter.rows_left as usize, known.rows.len());
            assert_eq!(
                body(&tx, letter.gid).unwrap(),
                octets(known.size, known.seed)
            );
            let rows = tx.rows(letter.id).unwrap();
            assert!(
                rows.iter()
                    .map(|row| row.number)
                    .eq(known.rows.keys().copied())
            );
            for (row, waiting) in rows.iter().zip(known.rows.values()) {
                let words = row.last.as_ref().map(|last| last.words.clone());
                assert_eq!(
                    (
                        &row.destination,
                        row.due.0,
                        row.held,
                        row.attempts,
                        row.warned,
                        words
                    ),
                    (
                        &waiting.destination,
                        waiting.due,
                        waiting.held,
                        waiting.attempts,
                        waiting.warned,
                        waiting.words.clone()
                    )
                );
            }
        }
        drop(tx);
        assert_eq!(offered(store, self.now), self.offers());
        let tx = store.read().unwrap();
        let now = QueueTime(self.now);
        let earliest = self.turns().iter().map(|((_, _, due, _, _), _)| *due).min();
        let wake = tx.queue_wake(now).unwrap().map(|at| at.0);
        assert_eq!(wake, earliest.map(|earliest| earliest.max(self.now)));
    }
}
