//! Wanted or not: tokens of a message, a person's table of what they marked, and the facts that decide.
//!
//! Everything here is a pure function over octets and a keeper of tables that the caller lends ([`Table`]). The crate promises that no message makes it
//! panic, recurse, or keep more than [`limits`] allow, and that judging takes linear time. It knows no socket, no store and no clock.

mod danger;
mod decide;
mod hash;
pub mod limits;
mod pen;
pub mod reputation;
mod score;
mod section;
mod table;
mod tokenize;
mod words;

pub use danger::{DANGERS_MAX, Danger, DangerKind, NAME_MAX, SCAN_MAX, SCANS_MAX, dangers};
pub use decide::{Decision, Evidence, FACTS_MAX, Fact, HEADER_MAX, JUNK, LISTS_MAX, Place, decide};
pub use score::{ALIKE, ALIKE_MARKS, CLUES_MAX, Clue, MARKS_MIN, Score, UNWANTED, score};
pub use table::{
    AGE_AT, CELLS, CHUNK_CELLS, CHUNK_OCTETS, CHUNKS, Counts, HEAD_OCTETS, Head, Kind, Memory,
    NOTE_OCTETS_MAX, NOTES_MANY, NOTES_MAX, Table, TableMut, counts, fold_some, learn, unlearn,
};
pub use tokenize::{Tokens, VERSION, spell, tokenize};
