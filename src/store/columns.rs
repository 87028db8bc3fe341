//! The columns: the few octets of each message that SORT and THREAD go by, packed so that 100,000 of them are a few MB read one behind the other.
//!
//! ```text
//! F5 gid/64 [5]    64 ends u16 of rows, counted behind the ends | rows: sent [5], received [5], notes
//! ```
//!
//! A slot whose row is empty was not filled. Promises: a row that is there says what the message's index record says, since neither ever changes;
//! a row that is not there is no damage: whoever asks reads the index record instead. Rows are written behind arrival, whole blocks at a time, each
//! block in one deed, and go with the last message of their block: until then those of freed messages stay, and nobody asks for them.
//! Cannot: the notes are opaque; they and their meaning are the caller's.

use crate::error::{Error, Result};
use crate::ids::Gid;
use crate::look::{Look, odd_key};
use crate::schema::{CHUNK_MAX, key};
use crate::write::WriteTx;

/// Messages of a block.
const BLOCK: u64 = 64;
/// Octets of the table of ends.
const ENDS: usize = BLOCK as usize * 2;
/// Octets of a row before its notes.
const DATES: usize = 10;
/// Octets of one message's notes at most: 64 rows lie inside 64 KiB.
pub const NOTES_MAX: usize = 1_000;

/// One message's row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column<'a> {
    /// The Date field, or when it was received; unix seconds, within 17,000 years.
    pub sent: i64,
    /// INTERNALDATE, likewise.
    pub received: i64,
    /// What the caller noted.
    pub notes: &'a [u8],
}

/// A row to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewColumn {
    /// Whose.
    pub gid: Gid,
    /// See [`Column::sent`].
    pub sent: i64,
    /// See [`Column::received`].
    pub received: i64,
    /// At most [`NOTES_MAX`] octets; longer ones are not written.
    pub notes: Vec<u8>,
}

/// Reads rows, best in ascending order: then each block is looked up once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns<'a> {
    block: Option<(u64, Option<&'a [u8]>)>,
}

impl<'a> Columns<'a> {
    /// The message's row, if it was filled.
    pub(crate) fn get(&mut self, look: Look<'a>, gid: Gid) -> Result<Option<Column<'a>>> {
        let number = gid.0 / BLOCK;
        let block = match self.block {
            Some((other, block)) if other == number => block,
            _ => {
                let block = look.get(&key::columns(number))?;
                self.block = Some((number, block));
                block
            }
        };
        Ok(block
            .and_then(|block| row(block, slot(gid)))
            .and_then(column))
    }
}

fn slot(gid: Gid) -> usize {
    usize::try_from(gid.0 % BLOCK).unwrap_or(0)
}

/// The octets of a slot's row; `None`: not filled, or damaged.
fn row(block: &[u8], slot: usize) -> Option<&[u8]> {
    let (ends, rows) = block.split_at_checked(ENDS)?;
    let ends = ends.as_chunks::<2>().0;
    let end = |slot: usize| {
        ends.get(slot)
            .map(|end| usize::from(u16::from_be_bytes(*end)))
    };
    let start = slot.checked_sub(1).map_or(Some(0), end)?;
    rows.get(start..end(slot)?).filter(|row| !row.is_empty())
}

fn column(row: &[u8]) -> Option<Column<'_>> {
    let (dates, notes) = row.split_first_chunk::<DATES>()?;
    let [a, b, c, d, e, f, g, h, i, j] = *dates;
    Some(Column {
        sent: date([a, b, c, d, e]),
        received: date([f, g, h, i, j]),
        notes,
    })
}

/// 40 bits, signed.
fn date([a, b, c, d, e]: [u8; 5]) -> i64 {
    i64::from_be_bytes([a, b, c, d, e, 0, 0, 0]) >> 24
}

fn packed(date: i64) -> [u8; 5] {
    const LAST: i64 = (1 << 39) - 1;
    let [_, _, _, a, b, c, d, e] = date.clamp(-LAST, LAST).to_be_bytes();
    [a, b, c, d, e]
}

impl WriteTx<'_> {
    /// Writes rows, in any order; those of messages that are no more are left out. Writing one again does no harm.
    pub fn put_columns(&mut self, rows: &[NewColumn]) -> Result<()> {
        let mut order: Vec<&NewColumn> = rows
            .iter()
            .filter(|row| row.notes.len() <= NOTES_MAX)
            .collect();
        order.sort_by_key(|row| row.gid);
        for group in order.chunk_by(|one, other| one.gid.0 / BLOCK == other.gid.0 / BLOCK) {
            let Some(number) = group.first().map(|row| row.gid.0 / BLOCK) else {
                continue;
            };
            let old = self
                .get(&key::columns(number))?
                .unwrap_or_default()
                .to_vec();
            let mut ends = Vec::with_capacity(ENDS);
            let mut rows = Vec::with_capacity(old.len().saturating_add(group.len() * 32));
            for at in 0..BLOCK {
                let gid = Gid(number.saturating_mul(BLOCK).saturating_add(at));
                let new = group.iter().rev().find(|row| row.gid == gid);
                match new {
                    Some(new) if self.get(&key::index(gid))?.is_some() => {
                        rows.extend_from_slice(&packed(new.sent));
                        rows.extend_from_slice(&packed(new.received));
                        rows.extend_from_slice(&new.notes);
                    }
                    _ => rows.extend_from_slice(row(&old, slot(gid)).unwrap_or_default()),
                }
                let end = u16::try_from(rows.len()).map_err(|_| {
                    Error::Damaged("a block of columns is longer than any can be".into())
                })?;
                ends.extend_from_slice(&end.to_be_bytes());
            }
            if rows.is_empty() {
                continue;
            }
            ends.extend_from_slice(&rows);
            self.put(&key::columns(number), &ends)?;
        }
        Ok(())
    }

    /// The message's last octets went: its block goes, too, if that was the last one of it.
    pub(crate) fn forget_column(&mut self, gid: Gid) -> Result<()> {
        let number = gid.0 / BLOCK;
        let at = key::columns(number);
        if self.get(&at)?.is_some() && !is_populated(self.look(), number)? {
            self.delete(&at)?;
        }
        Ok(())
    }
}

/// Whether the block has a message.
fn is_populated(look: Look<'_>, number: u64) -> Result<bool> {
    let first = number.saturating_mul(BLOCK);
    let last = Gid(first.saturating_add(BLOCK - 1));
    let mut rows = look.between(&key::index(Gid(first)), &key::chunk(last, CHUNK_MAX))?;
    rows.next().transpose().map(|row| row.is_some())
}

/// Walks the table: shapes, dates, and that each block has a message.
pub(crate) fn check(look: Look<'_>, add: &mut dyn FnMut(String)) -> Result<()> {
    for entry in look.prefixed(&[key::COLUMNS])? {
        let (at, block) = entry?;
        let number = key::columns_of(at).ok_or_else(odd_key)?;
        if !is_sound(block) {
            add(format!("block {number} of the columns is damaged"));
            continue;
        }
        if !is_populated(look, number)? {
            add(format!("block {number} of the columns has no messages"));
        }
        for at in 0..BLOCK {
            let gid = Gid(number.saturating_mul(BLOCK).saturating_add(at));
            let Some(column) = row(block, slot(gid)).and_then(column) else {
                continue;
            };
            let Ok((index, _)) = look.index(gid) else {
                continue;
            };
            let dates = [index.head.sent, index.head.received].map(|date_of| date(packed(date_of)));
            if dates != [column.sent, column.received] {
                add(format!(
                    "the columns have other dates for message {} than its record",
                    gid.0
                ));
            }
        }
    }
    Ok(())
}

/// Whether the ends ascend to the block's own, and each row has its dates.
fn is_sound(block: &[u8]) -> bool {
    let Some((ends, rows)) = block.split_at_checked(ENDS) else {
        return false;
    };
    let mut before = 0;
    for end in ends.as_chunks::<2>().0 {
        let end = usize::from(u16::from_be_bytes(*end));
        if end != before && end < before.saturating_add(DATES) {
            return false;
        }
        before = end;
    }
    before == rows.len() && before > 0
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
