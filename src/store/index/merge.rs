//! Merging neighbouring segments into one, a bounded step at a time.
//!
//! It walks over the terms of all of them at once; their stretches follow each other, so that a term's lists are put one behind the other. Messages
//! that are no more are left out. Nothing it writes is anybody's before the directory lists it.

use super::ROWS_AT_ONCE;
use super::cursor::Cursor;
use super::directory::{Directory, SegmentRecord};
use super::set::Set;
use super::writing::SegmentWriter;
use crate::error::Result;
use crate::ids::Gid;
use crate::look::Look;
use crate::schema::key;

/// A merge under way.
pub(super) struct Merge {
    pub(super) generation: u64,
    pub(super) writer: SegmentWriter,
    inputs: Vec<Cursor>,
    base: u64,
    live: Set,
    docs: Vec<u32>,
}

/// Which segments of a directory should become one: some of a kind side by side at the end, or one that has lost many.
pub(super) fn due(directory: &Directory, fan: usize, large: u64) -> Option<&[SegmentRecord]> {
    let segments = &directory.segments;
    // A small segment among larger ones takes part in the merge of those: the kinds fall from the oldest to the newest.
    let mut end = segments.len();
    while end >= fan {
        let some = segments.get(end - fan..end)?;
        let kind = some.first()?.kind();
        let fits = some
            .iter()
            .all(|segment| segment.kind() <= kind && segment.octets < large);
        let octets: u64 = some.iter().map(|segment| segment.octets).sum();
        let range = end_of(some)?.checked_sub(some.first()?.base)?;
        if fits && octets / 2 >= some.first()?.octets && u32::try_from(range).is_ok() {
            return Some(some);
        }
        end -= 1;
    }
    None
}

fn end_of(some: &[SegmentRecord]) -> Option<u64> {
    some.last().map(SegmentRecord::end)
}

impl Merge {
    pub(super) fn new(
        directory: &Directory,
        some: &[SegmentRecord],
        look: Look<'_>,
    ) -> Result<Option<Merge>> {
        let (Some(first), Some(end)) = (some.first(), end_of(some)) else {
            return Ok(None);
        };
        let base = first.base;
        let Ok(range) = u32::try_from(end.saturating_sub(base)) else {
            return Ok(None);
        };
        let inputs = some
            .iter()
            .flat_map(|record| [(record, false), (record, true)])
            .map(|(record, common)| Cursor::new(record, common, look))
            .collect::<Result<Vec<Cursor>>>()?;
        let mut live = Set::new(base, range);
        for record in some {
            let index = super::segment::Segment::of(look, record);
            for gid in index.all()?.gids() {
                if is_live(look, gid)? {
                    live.insert(u32::try_from(gid.0.saturating_sub(base)).unwrap_or(u32::MAX));
                }
            }
        }
        Ok(Some(Merge {
            generation: directory.generation,
            writer: SegmentWriter::new(directory.next, base, range, live.count()),
            inputs,
            base,
            live,
            docs: Vec::new(),
        }))
    }

    /// The segments that it replaces.
    pub(super) fn replaces(&self) -> Vec<u32> {
        self.inputs.iter().map(|input| input.record.id).collect()
    }

    /// Goes on until some rows are ready; `true`: that was all.
    pub(super) fn step(&mut self, look: Look<'_>) -> Result<bool> {
        while self.writer.ready.len() < ROWS_AT_ONCE {
            let Some((class, term)) = self.inputs.iter().filter_map(Cursor::term).min() else {
                return Ok(true);
            };
            let (class, term) = (class, term.to_vec());
            self.docs.clear();
            for input in &mut self.inputs {
                if input.term() != Some((class, &term)) {
                    continue;
                }
                let shift =
                    u32::try_from(input.record.base.saturating_sub(self.base)).unwrap_or(u32::MAX);
                let (live, docs) = (&self.live, &mut self.docs);
                input.docs(look, &mut |doc| {
                    let doc = doc.saturating_add(shift);
                    if live.contains_doc(doc) {
                        docs.push(doc);
                    }
                })?;
                input.advance(look)?;
            }
            self.writer.push(class, &term, &self.docs);
        }
        Ok(false)
    }
}

/// Whether there is a message of this number.
pub(super) fn is_live(look: Look<'_>, gid: Gid) -> Result<bool> {
    Ok(look.get(&key::index(gid))?.is_some())
}
