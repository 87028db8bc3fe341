//! What the queue's verbs share: its counters, records, and rows that come, change and go together with their places in `F3` and `F4`.

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::Gid;
use crate::reap::{self, Budget};
use crate::records::{LetterId, QueueTime};
use crate::schema::key::{self, Turn};
use crate::schema::{LetterRecord, QueueHead, RowRecord};

/// Octets that a changed row counts as in the writer's batch: its leaf and those of its places are in memory until the commit.
const ROW_COST: u64 = 2048;

impl WriteTx<'_> {
    pub(crate) fn save_queue(&mut self, head: &QueueHead) -> Result<()> {
        self.put(&key::QUEUE, &head.write())
    }

    pub(crate) fn put_letter(&mut self, id: LetterId, letter: &LetterRecord) -> Result<()> {
        self.put(&key::letter(id), &postcard::to_stdvec(letter)?)
    }

    /// Puts a row, in place of `old` if it was there before.
    pub(crate) fn put_row(
        &mut self,
        id: LetterId,
        number: u32,
        priority: i8,
        old: Option<&RowRecord>,
        new: &RowRecord,
    ) -> Result<()> {
        self.put(&key::row(id, number), &postcard::to_stdvec(new)?)?;
        let out = old.and_then(|old| place(id, number, priority, old));
        let into = place(id, number, priority, new);
        self.change_turns(&new.destination, out.as_slice(), into.as_slice())
    }

    /// Takes rows of one destination out of `F3` and puts others in; `F4` follows.
    pub(crate) fn change_turns(
        &mut self,
        destination: &str,
        out: &[Turn],
        into: &[Turn],
    ) -> Result<()> {
        self.run.queued = true;
        let rows = out.len().max(into.len()) as u64;
        self.run.octets = self
            .run
            .octets
            .saturating_add(rows.saturating_mul(ROW_COST));
        if out == into {
            return Ok(());
        }
        let mut lanes: Vec<u8> = out.iter().chain(into).map(|turn| turn.lane).collect();
        lanes.sort_unstable();
        lanes.dedup();
        let mut before = Vec::with_capacity(lanes.len());
        for lane in &lanes {
            before.push(self.look().first_turn(destination, *lane)?);
        }
        for turn in out {
            self.delete(&key::turn(destination, turn))?;
        }
        for turn in into {
            self.put(&key::turn(destination, turn), &[])?;
        }
        for (lane, before) in lanes.into_iter().zip(before) {
            self.change_first(destination, lane, before)?;
        }
        Ok(())
    }

    /// Has `F4` name the destination's first row of a lane again; it named that of `before`.
    fn change_first(
        &mut self,
        destination: &str,
        lane: u8,
        before: Option<QueueTime>,
    ) -> Result<()> {
        let after = self.look().first_turn(destination, lane)?;
        if before == after {
            return Ok(());
        }
        if let Some(before) = before {
            self.delete(&key::destination(lane, before, destination))?;
        }
        match after {
            Some(after) => self.put(&key::destination(lane, after, destination), &[]),
            None => Ok(()),
        }
    }

    /// Rows go; with the last one the letter, and its reference to the body.
    pub(crate) fn remove_rows(
        &mut self,
        id: LetterId,
        mut letter: LetterRecord,
        rows: &[(u32, RowRecord)],
    ) -> Result<()> {
        let mut head = self.look().queue_head()?;
        for (number, row) in rows {
            self.delete(&key::row(id, *number))?;
            let out = place(id, *number, letter.priority, row);
            self.change_turns(&row.destination, out.as_slice(), &[])?;
            head.counts.rows = head.counts.rows.saturating_sub(1);
            head.counts.held = head.counts.held.saturating_sub(u64::from(row.held));
            letter.rows_left = letter.rows_left.saturating_sub(1);
        }
        if letter.rows_left > 0 {
            self.put_letter(id, &letter)?;
        } else {
            self.delete(&key::letter(id))?;
            head.counts.letters = head.counts.letters.saturating_sub(1);
            reap::release(self, Gid(letter.gid), &mut Budget::default())?;
        }
        self.save_queue(&head)
    }
}

/// Where a row stands in `F3`; a held one nowhere.
pub(crate) fn place(id: LetterId, number: u32, priority: i8, row: &RowRecord) -> Option<Turn> {
    (!row.held).then(|| Turn {
        lane: row.lane(priority),
        due: row.due,
        letter: id,
        number,
    })
}

/// A row or a letter that must be there is not.
pub(crate) fn lost(id: LetterId) -> Error {
    Error::Damaged(format!(
        "letter {id} of the queue and its rows do not belong together"
    ))
}
