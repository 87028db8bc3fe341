//! An attempt is over: the row goes, or waits for the next one. Or it takes longer.

use super::WriteTx;
use super::queue_rows::lost;
use crate::error::Result;
use crate::records::{Attempt, DESTINATION_MAX, LetterId, QueueTime, Settlement, WORDS_MAX};
use crate::schema::RowRecord;

impl WriteTx<'_> {
    /// Writes what became of one row. The last row takes the letter and its reference to the body along. A row that is no longer there (its
    /// owner dropped it meanwhile) settles as nothing. A row held meanwhile stays held.
    pub fn settle(&mut self, id: LetterId, number: u32, settlement: Settlement) -> Result<()> {
        let Some(old) = self.look().row_record(id, number)? else {
            return Ok(());
        };
        let letter = self.look().letter_record(id)?.ok_or_else(|| lost(id))?;
        let mut new = old.clone();
        new.claimed = 0;
        match settlement {
            Settlement::Gone => return self.remove_rows(id, letter, &[(number, old)]),
            Settlement::Wait { due, last, warned } => {
                (new.due, new.last, new.warned) = (due, Some(bounded(last)), warned);
            }
            Settlement::Untried { due, last } => {
                new.due = due;
                new.attempts = new.attempts.saturating_sub(1);
                new.last = last.map(bounded).or(new.last);
            }
        }
        self.put_row(id, number, letter.priority, Some(&old), &new)
    }

    /// An attempt takes longer than its claim allowed for: has the next one of these rows wait until `due`. They are still being tried: a retry
    /// that somebody asks for does not touch them. Rows that are gone, settled, or claimed in another run of the store are passed over.
    pub fn extend_claim(&mut self, id: LetterId, numbers: &[u32], due: QueueTime) -> Result<()> {
        let Some(letter) = self.look().letter_record(id)? else {
            return Ok(());
        };
        for number in numbers {
            let old = self.look().row_record(id, *number)?;
            if let Some(old) = old.filter(|old| old.claimed == self.run.number) {
                let new = RowRecord { due, ..old.clone() };
                self.put_row(id, *number, letter.priority, Some(&old), &new)?;
            }
        }
        Ok(())
    }
}

/// What a remote says is kept as one line of bounded printable text, whoever hands it in.
fn bounded(attempt: Attempt) -> Attempt {
    Attempt {
        at: attempt.at,
        host: printable(&attempt.host, DESTINATION_MAX),
        words: printable(&attempt.words, WORDS_MAX),
    }
}

fn printable(text: &str, most: usize) -> String {
    let mut kept = String::with_capacity(text.len().min(most));
    for c in text.chars() {
        let c = if c.is_control() { ' ' } else { c };
        if kept.len() + c.len_utf8() > most {
            break;
        }
        kept.push(c);
    }
    kept
}
