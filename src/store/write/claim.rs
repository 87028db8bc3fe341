//! An attempt begins: the next one is written before anybody dials.

use super::WriteTx;
use super::queue_rows::{lost, place};
use crate::error::Result;
use crate::look::{Look, odd_key};
use crate::records::{Claim, DESTINATION_MAX, Letter, LetterId, QueueTime, Row};
use crate::schema::key::{self, Turn};

/// Due rows of a destination that a claim looks at beyond those of its letter that come first.
const LOOK_MAX: usize = 256;

impl WriteTx<'_> {
    /// Takes the destination's first due letter, with all its rows for this destination that are due (`max_rows` of them at most; when very much
    /// else is due, perhaps fewer: the next claim has the rest). Counts the attempt, and has the rows wait until `next`, in the retry lane.
    /// `None`: nothing is due there.
    ///
    /// `next` sees the row as the claim returns it, except that `due` is still the old one: `attempts` is 1 at the first attempt. Its answer is
    /// raised above `now`. **It must lie beyond the longest time an attempt may take**, or the row is claimed a second time while the
    /// first attempt still runs; the settling writes the time that is really meant.
    pub fn claim(
        &mut self,
        destination: &str,
        now: QueueTime,
        max_rows: usize,
        next: &dyn Fn(&Letter, &Row) -> QueueTime,
    ) -> Result<Option<Claim>> {
        self.claim_unless(destination, now, max_rows, next, &|_, _| false)
    }

    /// [`WriteTx::claim`] for a queue whose time may leap (the wall clock becomes trusted, and the time that the box was off counts at once): what was claimed
    /// in this run of the store, is not settled, and is `under_way` as its claimer says, is not claimed again though it is due, but waits until `next`
    /// once more, which is what takes it out of [`crate::Read::queue_next`]. What a claimer lost is not under way, and free.
    pub fn claim_unless(
        &mut self,
        destination: &str,
        now: QueueTime,
        max_rows: usize,
        next: &dyn Fn(&Letter, &Row) -> QueueTime,
        under_way: &dyn Fn(LetterId, u32) -> bool,
    ) -> Result<Option<Claim>> {
        if destination.len() > DESTINATION_MAX {
            return Ok(None);
        }
        let soonest = QueueTime(now.0.saturating_add(1));
        // Ends: each round puts off what it looked at.
        loop {
            let mut out = self.look().due_turns(destination, now, max_rows.max(1))?;
            let Some(id) = out.first().map(|turn| turn.letter) else {
                return Ok(None);
            };
            out.sort_unstable_by_key(|turn| turn.number);
            let letter = self
                .look()
                .letter_record(id)?
                .ok_or_else(|| lost(id))?
                .letter(id)?;
            let (mut into, mut rows) =
                (Vec::with_capacity(out.len()), Vec::with_capacity(out.len()));
            for turn in &out {
                let number = turn.number;
                let mut record = self
                    .look()
                    .row_record(id, number)?
                    .ok_or_else(|| lost(id))?;
                let is_free = record.claimed != self.run.number || !under_way(id, number);
                if is_free {
                    record.attempts = record.attempts.saturating_add(1);
                    record.claimed = self.run.number;
                }
                let mut row = record.clone().row(number)?;
                record.due = next(&letter, &row).max(soonest);
                row.due = record.due;
                self.put(&key::row(id, number), &postcard::to_stdvec(&record)?)?;
                into.extend(place(id, number, letter.priority, &record));
                if is_free {
                    rows.push(row);
                }
            }
            self.change_turns(destination, &out, &into)?;
            if !rows.is_empty() {
                return Ok(Some(Claim { letter, rows }));
            }
        }
    }
}

impl Look<'_> {
    /// The destination's first due row and those of the same letter that are due as well.
    fn due_turns(self, destination: &str, now: QueueTime, max_rows: usize) -> Result<Vec<Turn>> {
        let prefix = key::turns_of(destination);
        let (mut from, last) = (prefix.clone(), [&prefix[..], &[0xFF]].concat());
        let (mut taken, mut others): (Vec<Turn>, usize) = (Vec::new(), 0);
        loop {
            let mut next_lane = None;
            for row in self.between(&from, &last)? {
                let turn = Turn::of(row?.0).ok_or_else(odd_key)?;
                if turn.due > now {
                    next_lane = turn.lane.checked_add(1);
                    break;
                }
                if taken
                    .first()
                    .is_none_or(|first| first.letter == turn.letter)
                {
                    taken.push(turn);
                } else {
                    others += 1;
                }
                if taken.len() >= max_rows || others >= LOOK_MAX {
                    return Ok(taken);
                }
            }
            match next_lane {
                Some(lane) => from = [&prefix[..], &[lane]].concat(),
                None => return Ok(taken),
            }
        }
    }
}
