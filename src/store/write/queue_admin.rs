//! What people do to the queue: hold, release, retry, drop. And its clock.

use super::WriteTx;
use super::queue_rows::lost;
use crate::error::{Error, Result};
use crate::records::{LetterId, QueueTime, Retried, SavedClock};
use crate::schema::{LetterRecord, RowRecord, key};

/// Rows after which [`WriteTx::retry_all`] ends one deed.
const RETRY_ROWS: u64 = 500;

impl WriteTx<'_> {
    /// Holds all rows of the letter, or releases them. An attempt that is under way goes on. Error: `NoSuchLetter`.
    pub fn hold_letter(&mut self, id: LetterId, hold: bool) -> Result<()> {
        let (letter, rows) = self.whole_letter(id)?;
        let mut head = self.look().queue_head()?;
        for (number, old) in rows {
            if old.held == hold {
                continue;
            }
            let new = RowRecord {
                held: hold,
                ..old.clone()
            };
            self.put_row(id, number, letter.priority, Some(&old), &new)?;
            head.counts.held = if hold {
                head.counts.held.saturating_add(1)
            } else {
                head.counts.held.saturating_sub(1)
            };
        }
        self.save_queue(&head)
    }

    /// Has the letter's rows be due now; how many were not before. Held ones stay held, and one that is being tried is left to its settling.
    /// Error: `NoSuchLetter`.
    pub fn retry_letter(&mut self, id: LetterId, now: QueueTime) -> Result<u64> {
        let (letter, rows) = self.whole_letter(id)?;
        let mut count = 0;
        for (number, old) in rows {
            if old.held || old.due <= now || old.claimed == self.run.number {
                continue;
            }
            let new = RowRecord {
                due: now,
                ..old.clone()
            };
            self.put_row(id, number, letter.priority, Some(&old), &new)?;
            count += 1;
        }
        Ok(count)
    }

    /// [`WriteTx::retry_letter`] for the letters behind `after`, some hundred rows in one deed: call it again with what it returns.
    pub fn retry_all(&mut self, now: QueueTime, after: Option<LetterId>) -> Result<Retried> {
        let (mut rows, mut looked, mut at) = (0_u64, 0_u64, after);
        while let Some(letter) = self.look().queue_letters(at, 1)?.pop() {
            if looked >= RETRY_ROWS {
                return Ok(Retried { rows, next: at });
            }
            rows = rows.saturating_add(self.retry_letter(letter.id, now)?);
            looked = looked.saturating_add(u64::from(letter.rows_left));
            at = Some(letter.id);
        }
        Ok(Retried { rows, next: None })
    }

    /// Takes the letter out of the queue without a word to anybody. Error: `NoSuchLetter`.
    pub fn drop_letter(&mut self, id: LetterId) -> Result<()> {
        let (letter, rows) = self.whole_letter(id)?;
        if letter.rows_left as usize != rows.len() {
            return Err(lost(id));
        }
        self.remove_rows(id, letter, &rows)
    }

    /// Saves the queue's clock.
    pub fn save_queue_clock(&mut self, clock: SavedClock) -> Result<()> {
        self.put(&key::CLOCK, &postcard::to_stdvec(&clock)?)
    }

    fn whole_letter(&self, id: LetterId) -> Result<(LetterRecord, Vec<(u32, RowRecord)>)> {
        let letter = self.look().letter_record(id)?.ok_or(Error::NoSuchLetter)?;
        Ok((letter, self.look().row_records(id)?))
    }
}
