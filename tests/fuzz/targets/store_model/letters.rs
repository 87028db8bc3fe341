//! The queue as maps: what each of its verbs must come to, and what a reader must see.

use std::collections::BTreeMap;

use store::{
    Attempt, BodyKind, Choice, Error, Lane, LetterId, NewLetter, NewRow, Notify, Origin,
    QueueCounts, QueueTime, Read, Result, Settlement, WriteTx,
};

use super::{Deed, Script, ok, text};

const PLACES: [&str; 5] = ["a.test", "b.test", "b.test.test", "c.test", "[192.0.2.1]"];

#[derive(Clone)]
struct Waiting {
    destination: &'static str,
    due: u64,
    held: bool,
    attempts: u16,
    warned: bool,
    words: Option<String>,
    /// Claimed in this run of the store, and not settled.
    tried: bool,
}

#[derive(Clone)]
struct Known {
    priority: i8,
    size: usize,
    seed: u8,
    rows: BTreeMap<u32, Waiting>,
}

#[derive(Clone, Default)]
pub struct Letters {
    all: BTreeMap<LetterId, Known>,
    last: u64,
    now: u64,
}

/// Lane, time, letter and number of a row: the order of turns. A high priority is a low lane.
type Place = (bool, i8, u64, LetterId, u32);

impl Letters {
    /// Letters to go with a message.
    pub fn some(&self, count: u8, script: &mut Script<'_>) -> Vec<NewLetter> {
        (0..count).map(|_| self.one(script)).collect()
    }

    fn one(&self, script: &mut Script<'_>) -> NewLetter {
        let rows = 0..=script.next().unwrap_or(0) % 6;
        let row = |n, script: &mut Script<'_>| NewRow {
            recipient: mail::Address::parse(&format!("p{n}@somewhere.test")).unwrap(),
            destination: script.pick(&PLACES).into(),
            orcpt: None,
            notify: Notify::default(),
            due: QueueTime(self.now + script.pick(&[0, 0, 0, 5, 300])),
        };
        NewLetter {
            sender: None,
            reverse_path: None,
            body: BodyKind::EightBit,
            smtputf8: false,
            require_tls: false,
            tls_optional: false,
            envid: None,
            ret: None,
            priority: script.pick(&[0, 0, -9, 4, 9]),
            accepted: 0,
            enqueued: QueueTime(self.now),
            expires: QueueTime(self.now + 1000),
            deliver_by: None,
            origin: Origin::Return,
            rows: rows.map(|n| row(n, script)).collect(),
        }
    }

    /// They were delivered; the numbers they must have.
    pub fn learn(&mut self, new: &[NewLetter], size: usize, seed: u8) -> Vec<LetterId> {
        let mut ids = Vec::new();
        for new in new {
            self.last += 1;
            let row = |row: &NewRow| {
                let destination = PLACES
                    .into_iter()
                    .find(|place| *place == row.destination)
                    .unwrap();
                Waiting {
                    destination,
                    due: row.due.0,
                    held: false,
                    attempts: 0,
                    warned: false,
                    words: None,
                    tried: false,
                }
            };
            let known = Known {
                priority: new.priority,
                size,
                seed,
                rows: (1..).zip(new.rows.iter().map(row)).collect(),
            };
            self.all.insert(LetterId(self.last), known);
            ids.push(LetterId(self.last));
        }
        ids
    }

    pub fn reopened(&mut self) {
        self.all
            .values_mut()
            .flat_map(|known| known.rows.values_mut())
            .for_each(|row| row.tried = false);
    }

    /// A verb of the queue, and what it must come to.
    pub fn verb(&mut self, script: &mut Script<'_>) -> (Deed, Result<String>) {
        let verb = script.next().unwrap_or(0);
        self.now += u64::from(verb >> 4) * 4;
        match verb % 8 {
            0..=2 => self.claim(script),
            3 | 4 => self.settle(script),
            5 => self.hold(script),
            6 => self.retry(script),
            _ => {
                let id = self.any(script);
                let expected = self
                    .all
                    .remove(&id)
                    .map_or(Err(Error::NoSuchLetter), |_| ok(()));
                (deed(move |w| ok(w.drop_letter(id)?)), expected)
            }
        }
    }

    fn any(&self, script: &mut Script<'_>) -> LetterId {
        let ids: Vec<LetterId> = self
            .all
            .keys()
            .copied()
            .chain([LetterId(self.last + 7)])
            .collect();
        script.pick(&ids)
    }

    /// Turns of the rows that are not held, with their destinations.
    fn turns(&self) -> Vec<(Place, &'static str)> {
        let mut turns = Vec::new();
        for (id, known) in &self.all {
            for (number, row) in known.rows.iter().filter(|(_, row)| !row.held) {
                turns.push((
                    (row.attempts > 0, -known.priority, row.due, *id, *number),
                    row.destination,
                ));
            }
        }
        turns.sort_unstable();
        turns
    }

    fn offers(&self) -> Vec<(String, Lane, QueueTime)> {
        let mut first: BTreeMap<(bool, i8, &str), u64> = BTreeMap::new();
        for ((retry, lane, due, _, _), destination) in self.turns() {
            first.entry((retry, lane, destination)).or_insert(due);
        }
        let mut order: Vec<_> = first
            .into_iter()
            .map(|((retry, lane, to), due)| (retry, lane, due, to))
            .collect();
        order.retain(|(_, _, due, _)| *due <= self.now);
        order.sort_unstable();
        order
            .into_iter()
            .map(|(retry, lane, due, to)| {
                (
                    to.to_owned(),
                    Lane {
                        retry,
                        priority: -lane,
                    },
                    QueueTime(due),
                )
            })
            .collect()
    }

    fn claim(&mut self, script: &mut Script<'_>) -> (Deed, Result<String>) {
        let (now, destination) = (self.now, script.pick(&PLACES));
        let (most, later) = (
            usize::from(script.next().unwrap_or(0) % 4) + 1,
            u64::from(script.next().unwrap_or(0)) + 1,
        );
        let mut due: Vec<Place> = self
            .turns()
            .into_iter()
            .filter(|(_, to)| *to == destination)
            .map(|(place, _)| place)
            .collect();
        due.retain(|place| place.2 <= now);
        let first = due.first().map(|place| place.3);
        let mut numbers: Vec<u32> = due
            .iter()
            .filter(|place| Some(place.3) == first)
            .map(|place| place.4)
            .take(most)
            .collect();
        numbers.sort_unstable();
        for number in &numbers {
            let known = first.and_then(|id| self.all.get_mut(&id)).unwrap();
            let row = known.rows.get_mut(number).unwrap();
            (row.due, row.attempts, row.tried) = (now + later, row.attempts + 1, true);
        }
        let deed = deed(move |w| {
            let claim = w.claim(destination, QueueTime(now), most, &|_, _| {
                QueueTime(now + later)
            })?;
            let numbers: Vec<u32> = claim
                .iter()
                .flat_map(|claim| claim.rows.iter().map(|row| row.number))
                .collect();
            ok((claim.map(|claim| claim.letter.id), numbers))
        });
        (deed, ok((first, numbers)))
    }

    fn settle(&mut self, script: &mut Script<'_>) -> (Deed, Result<String>) {
        let (id, number) = (self.any(script), u32::from(script.next().unwrap_or(0) % 7));
        let byte = script.next().unwrap_or(0);
        let due = self.now + u64::from(byte);
        let last = Attempt {
            at: 1,
            host: String::new(),
            words: format!("451 {byte}"),
        };
        let settlement = match byte % 3 {
            0 => Settlement::Gone,
            1 => Settlement::Wait {
                due: QueueTime(due),
                last,
                warned: byte & 64 != 0,
            },
            _ => Settlement::Untried {
                due: QueueTime(due),
                last: (byte & 64 != 0).then_some(last),
            },
        };
        let sent = settlement.clone();
        let deed = deed(move |w| ok(w.settle(id, number, sent)?));
        let Some(known) = self.all.get_mut(&id) else {
            return (deed, ok(()));
        };
        let Some(row) = known.rows.get_mut(&number) else {
            return (deed, ok(()));
        };
        row.tried = false;
        match settlement {
            Settlement::Gone => drop(known.rows.remove(&number)),
            Settlement::Wait { last, warned, .. } => {
                (row.due, row.words, row.warned) = (due, Some(last.words), warned)
            }
            Settlement::Untried { last, .. } => {
                (row.due, row.attempts) = (due, row.attempts.saturating_sub(1));
                row.words = last.map(|last| last.words).or(row.words.take());
            }
        }
        if known.rows.is_empty() {
            self.all.remove(&id);
        }
        (deed, ok(()))
    }

    fn hold(&mut self, script: &mut Script<'_>) -> (Deed, Result<String>) {
        let (id, hold) = (self.any(script), script.next().unwrap_or(0) % 3 == 0);
        let expected = match self.all.get_mut(&id) {
            Some(known) => {
                known.rows.values_mut().for_each(|row| row.held = hold);
                ok(())
            }
            None => Err(Error::NoSuchLetter),
        };
        (deed(move |w| ok(w.hold_letter(id, hold)?)), expected)
    }

    fn retry(&mut self, script: &mut Script<'_>) -> (Deed, Result<String>) {
        let (id, now) = (self.any(script), self.now);
        let Some(known) = self.all.get_mut(&id) else {
            return (
                deed(move |w| ok(w.retry_letter(id, QueueTime(now))?)),
                Err(Error::NoSuchLetter),
            );
        };
        let mut count = 0_u64;
        for row in known
            .rows
            .values_mut()
            .filter(|row| !row.held && !row.tried && row.due > now)
        {
            row.due = now;
            count += 1;
        }
        (
            deed(move |w| ok(w.retry_letter(id, QueueTime(now))?)),
            ok(count),
        )
    }

    /// Everything a reader can see is what the maps say.
    pub fn compare(&self, tx: &impl Read) {
        let rows = || self.all.values().flat_map(|known| known.rows.values());
        let held = rows().filter(|row| row.held).count() as u64;
        let expected = QueueCounts {
            letters: self.all.len() as u64,
            rows: rows().count() as u64,
            held,
        };
        assert_eq!(tx.queue_counts().unwrap(), expected);
        let letters = tx.queue_letters(None, usize::MAX).unwrap();
        assert!(
            letters
                .iter()
                .map(|letter| letter.id)
                .eq(self.all.keys().copied())
        );
        for (letter, known) in letters.iter().zip(self.all.values()) {
            let mut body = Vec::new();
            while let piece @ [_, ..] = tx.body(letter.gid, body.len() as u64).unwrap() {
                body.extend_from_slice(piece);
            }
            assert!(body == text(known.size, known.seed));
            assert_eq!(
                (letter.priority, letter.rows_left as usize),
                (known.priority, known.rows.len())
            );
            let rows = tx.rows(letter.id).unwrap();
            assert!(
                rows.iter()
                    .map(|row| row.number)
                    .eq(known.rows.keys().copied())
            );
            for (row, waiting) in rows.iter().zip(known.rows.values()) {
                let words = row.last.as_ref().map(|last| &last.words);
                assert_eq!(
                    (row.destination.as_str(), row.due.0, words),
                    (waiting.destination, waiting.due, waiting.words.as_ref())
                );
                assert_eq!(
                    (row.held, row.attempts, row.warned),
                    (waiting.held, waiting.attempts, waiting.warned)
                );
            }
        }
        let mut offered = Vec::new();
        let choose = &mut |offer: &store::DueDestination<'_>| {
            offered.push((offer.destination.to_owned(), offer.lane, offer.due));
            Choice::Skip
        };
        assert_eq!(tx.queue_next(QueueTime(self.now), choose).unwrap(), None);
        assert_eq!(offered, self.offers());
        let earliest = self
            .turns()
            .iter()
            .map(|(place, _)| place.2.max(self.now))
            .min();
        assert_eq!(
            tx.queue_wake(QueueTime(self.now)).unwrap(),
            earliest.map(QueueTime)
        );
    }
}

fn deed(deed: impl FnOnce(&mut WriteTx<'_>) -> Result<String> + Send + 'static) -> Deed {
    Box::new(deed)
}
