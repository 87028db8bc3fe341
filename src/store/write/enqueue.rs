//! A letter comes into the queue, in the deed that brings its body.

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::Gid;
use crate::records::{DESTINATION_MAX, LETTER_ROWS_MAX, LetterId, NewLetter, NewRow, TEXT_MAX};
use crate::schema::{LetterRecord, RowRecord};

impl WriteTx<'_> {
    /// Whether these letters are sound and the queue has room for them.
    pub(crate) fn judge_letters(&self, letters: &[NewLetter]) -> Result<()> {
        if letters.is_empty() {
            return Ok(());
        }
        letters.iter().try_for_each(judge)?;
        let more: u64 = letters.iter().map(|letter| letter.rows.len() as u64).sum();
        let rows = self.run.queue_rows;
        if self.look().queue_head()?.counts.rows.saturating_add(more) > rows {
            return Err(Error::QueueFull { rows });
        }
        Ok(())
    }

    /// Puts letters that were judged into the queue; the body counts their references already.
    pub(crate) fn enqueue(
        &mut self,
        gid: Gid,
        size: u32,
        letters: &[NewLetter],
    ) -> Result<Vec<LetterId>> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        let mut head = self.look().queue_head()?;
        let mut ids = Vec::with_capacity(letters.len());
        for letter in letters {
            let id = LetterId(head.next_letter);
            head.next_letter = head.next_letter.checked_add(1).ok_or(Error::Full)?;
            head.counts.letters = head.counts.letters.saturating_add(1);
            head.counts.rows = head.counts.rows.saturating_add(letter.rows.len() as u64);
            self.put_letter(id, &LetterRecord::new(letter, gid, size))?;
            for (number, row) in (1..).zip(&letter.rows) {
                self.put_row(id, number, letter.priority, None, &RowRecord::new(row))?;
            }
            ids.push(id);
        }
        self.save_queue(&head)?;
        Ok(ids)
    }
}

fn judge(letter: &NewLetter) -> Result<()> {
    let not = |why| Err(Error::NotAllowed(why));
    if letter.rows.is_empty() || letter.rows.len() > LETTER_ROWS_MAX {
        return not("a letter goes to 1 to 2000 recipients");
    }
    if !(-9..=9).contains(&letter.priority) {
        return not("a letter's priority is -9 to 9");
    }
    if letter.envid.as_ref().is_some_and(|id| id.len() > TEXT_MAX) {
        return not("a letter's ENVID is too long");
    }
    letter.rows.iter().try_for_each(judge_row)
}

fn judge_row(row: &NewRow) -> Result<()> {
    let odd = |c: char| c.is_ascii_uppercase() || c.is_control() || c == ' ';
    let destination = &row.destination;
    if destination.is_empty() || destination.len() > DESTINATION_MAX || destination.contains(odd) {
        return Err(Error::NotAllowed(
            "a destination is a domain in lower case or an address literal",
        ));
    }
    if row.orcpt.as_ref().is_some_and(|text| text.len() > TEXT_MAX) {
        return Err(Error::NotAllowed("a recipient's ORCPT is too long"));
    }
    Ok(())
}
