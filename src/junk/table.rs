//! The person's table: in how many of their marked messages of each kind a token was found that falls into a cell.
//!
//! Its shape is made for an LMDB file on a card. [`CELLS`] cells of two 16-bit counters lie in [`CHUNKS`] chunks of [`CHUNK_OCTETS`] octets, each an
//! overflow page without its header; a chunk of zeros is not there, so that a person who marks nothing has nothing. A mark of a message reaches
//! into most chunks, and a card does not like 2 MB of writes for a move into Junk: so a mark is a *note* of 1 to 3 KB (its cells, packed), and
//! every [`NOTES_MAX`]th mark folds all notes into the chunks. That folding writes up to 4 MB; on average a mark writes 62 KB (746 marks of the
//! corpus), all of it in the transaction that moves the message: no sync of its own. A delivery only reads.
//!
//! It promises: a counter never passes the number of marks, so it cannot overflow; learning and then unlearning a message leaves every counter as it was,
//! unless the table aged between the two. What it cannot do: tell two tokens apart that fall into one cell. After 400 marked messages of the corpus
//! nearly all chunks are there (4.2 MB). A token that was never seen then falls on a used cell now and then, on either kind's about alike: it blurs a score and does
//! not lean it. How much it costs against a table without collisions was not measured.
//!
//! Which chunks a token may fall into is its section's: [`crate::section`].

mod fold;
mod memory;
mod note;
mod part;

use crate::tokenize::Tokens;
pub use fold::{learn, unlearn};
pub use memory::Memory;
pub use part::{NOTES_MANY, fold_some};

/// Cells of a chunk: two counters of 16 bits each.
pub const CHUNK_CELLS: u32 = 1020;
/// Octets of a chunk: an LMDB overflow page without its header.
pub const CHUNK_OCTETS: usize = 4 * CHUNK_CELLS as usize;
/// Chunks of a table: 4 MB when all are there.
pub const CHUNKS: u32 = 1024;
/// Cells of a table.
pub const CELLS: u32 = CHUNKS * CHUNK_CELLS;
/// Notes before they are folded into the chunks. Each is read with every message that is judged: 64 of 1,000 cells are 64,000 steps.
pub const NOTES_MAX: u32 = 64;
/// Octets of a note: cells are ascending, so most steps take two octets.
pub const NOTE_OCTETS_MAX: usize =
    1 + 3 * (crate::limits::HEADER_TOKENS_MAX + crate::limits::TEXT_TOKENS_MAX);
/// Marks of a kind at which its counters and their number are halved: what was unwanted years ago counts less and less.
pub const AGE_AT: u16 = 4096;

/// What a person said of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// It belongs in the INBOX.
    Wanted,
    /// It is junk.
    Unwanted,
}

/// How often something was found in marked messages of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In wanted ones.
    pub wanted: u16,
    /// In unwanted ones.
    pub unwanted: u16,
}

impl Counts {
    /// The count of one kind.
    pub fn of(&mut self, kind: Kind) -> &mut u16 {
        match kind {
            Kind::Wanted => &mut self.wanted,
            Kind::Unwanted => &mut self.unwanted,
        }
    }
}

/// What the table's keeper stores beside the chunks: 16 octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Marks that the counters hold, notes included.
    pub marks: Counts,
    /// Notes that are not folded yet.
    pub notes: u32,
    /// The tokenizer's version; a table of another one is to be cleared and learned anew.
    pub version: u32,
}

/// Octets of a stored [`Head`].
pub const HEAD_OCTETS: usize = 16;

impl Head {
    /// As it is stored: four big-endian numbers.
    pub fn encode(&self) -> [u8; HEAD_OCTETS] {
        let numbers = [
            u32::from(self.marks.wanted),
            u32::from(self.marks.unwanted),
            self.notes,
            self.version,
        ];
        let mut out = [0; HEAD_OCTETS];
        for (room, number) in out.as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
            *room = number.to_be_bytes();
        }
        out
    }

    /// Reads what [`Head::encode`] wrote; `None` for anything else.
    pub fn decode(octets: &[u8]) -> Option<Head> {
        let octets: &[u8; HEAD_OCTETS] = octets.try_into().ok()?;
        let mut numbers = octets
            .as_chunks::<4>()
            .0
            .iter()
            .map(|n| u32::from_be_bytes(*n));
        Some(Head {
            marks: Counts {
                wanted: u16::try_from(numbers.next()?).ok()?,
                unwanted: u16::try_from(numbers.next()?).ok()?,
            },
            notes: numbers.next()?,
            version: numbers.next()?,
        })
    }
}

/// Where a table is kept, to be read. All of one judgement in one read transaction.
pub trait Table {
    /// What can go wrong with the keeper.
    type Error;

    /// The head; a fresh one (`Head::default()`) if there is no table.
    ///
    /// # Errors
    /// The keeper's.
    fn head(&self) -> Result<Head, Self::Error>;

    /// Lends chunk `number` (below [`CHUNKS`]) to `look`; an empty slice if it is not there.
    ///
    /// # Errors
    /// The keeper's.
    fn chunk(&self, number: u32, look: &mut dyn FnMut(&[u8])) -> Result<(), Self::Error>;

    /// Lends every note, in any order.
    ///
    /// # Errors
    /// The keeper's.
    fn notes(&self, look: &mut dyn FnMut(&[u8])) -> Result<(), Self::Error>;
}

/// Where a table is kept, to be changed. All of one mark in one write transaction.
pub trait TableMut: Table {
    /// Replaces the head.
    ///
    /// # Errors
    /// The keeper's.
    fn put_head(&mut self, head: Head) -> Result<(), Self::Error>;

    /// Replaces a chunk; an empty slice deletes it.
    ///
    /// # Errors
    /// The keeper's.
    fn put_chunk(&mut self, number: u32, octets: &[u8]) -> Result<(), Self::Error>;

    /// Keeps one more note under `number`, at most [`NOTE_OCTETS_MAX`] octets.
    ///
    /// # Errors
    /// The keeper's.
    fn put_note(&mut self, number: u32, octets: &[u8]) -> Result<(), Self::Error>;

    /// Deletes all notes.
    ///
    /// # Errors
    /// The keeper's.
    fn clear_notes(&mut self) -> Result<(), Self::Error>;
}

/// How often each of the message's cells was marked, in the order of [`Tokens::cells`].
///
/// # Errors
/// The keeper's.
pub fn counts<T: Table + ?Sized>(table: &T, tokens: &Tokens) -> Result<Vec<Counts>, T::Error> {
    let cells = tokens.cells();
    let mut found = Vec::with_capacity(cells.len());
    for group in cells.chunk_by(|one, next| one / CHUNK_CELLS == next / CHUNK_CELLS) {
        let number = group.first().map_or(0, |cell| cell / CHUNK_CELLS);
        let before = found.len();
        table.chunk(number, &mut |chunk| {
            found.extend(
                group
                    .iter()
                    .map(|cell| fold::cell(chunk, cell % CHUNK_CELLS)),
            );
        })?;
        // A keeper that calls nobody has no such chunk.
        found.resize(before + group.len(), Counts::default());
    }
    if table.head()?.notes > 0 {
        table.notes(&mut |note| note::add(note, cells, &mut found))?;
    }
    Ok(found)
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
