//! The search index: which message holds which term, in immutable segments, one for each stretch of gids.
//!
//! Promises: it is built behind the arrival of mail and never waited for; what stands below [`Index::watermark`] is in it whole, whatever
//! crash came between; a read costs the rows that it looks at, and what it gives back are sets of gids, a bit each. A damaged row is an error, never
//! a panic. Memory while building is `BATCH`, while merging some rows.
//!
//! It does not know what a term is: whoever builds it chooses classes and terms ([`IndexBatch::add`]), and asks for terms by what they contain
//! ([`Segment::each`]) or begin with ([`Segment::starting`]).
//!
//! A new segment holds one batch of messages. [`IndexWriter::tend`] merges `FAN` neighbours of a kind into one, a bounded step at a time, and leaves
//! out messages that are no more. Rows of a segment that the directory does not list are nobody's: those of a merge that a crash cut off,
//! or of segments that were merged. They are swept, a bounded number a commit.

mod batch;
mod cursor;
mod directory;
mod merge;
mod posting;
mod row;
mod segment;
mod set;
mod tend;
mod varint;
mod writing;

pub use batch::IndexBatch;
pub use segment::{Index, Segment, Take};
pub use set::Set;
pub use tend::{IndexWriter, Pending};

pub(crate) use directory::Directory;
pub(crate) use segment::check_segment;
pub(crate) use tend::{drop_index, newest};

/// Octets of memory that a batch takes before [`IndexBatch::is_full`].
const BATCH: usize = 1 << 20;
/// So many neighbours of a kind are merged into one.
const FAN: usize = 8;
/// A segment of so many octets is not merged any more: it would be rewritten for little.
const LARGE: u64 = 64 << 20;
/// Rows that one commit writes or deletes at most: a quarter of a MiB, so that mail in the same commit hardly waits longer.
const ROWS_AT_ONCE: usize = 64;
/// Classes of terms; the last one, `DOCS`, is the index's own.
pub const CLASSES: u8 = 16;
/// The class whose one term every message of the segment has.
const DOCS: u8 = CLASSES - 1;
/// Its term.
const DOCS_TERM: &[u8] = &[2];
/// Marks, among the classes of a segment, the common terms of a class: those whose list is too long to lie with them. They are few, so that
/// what they say is known soon.
const COMMON: u8 = 0x40;
/// Octets of a term at most.
pub const TERM_MAX: usize = 256;

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
