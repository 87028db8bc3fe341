//! Walking over all terms of a segment, across transactions: the row at hand is a copy.

use super::directory::{ClassRecord, SegmentRecord};
use super::row::{self, Found, Row};
use super::segment::list;
use super::{COMMON, posting};
use crate::error::Result;
use crate::look::Look;
use crate::schema::key;

/// Where a walk over a segment's terms stands.
pub(super) struct Cursor {
    pub(super) record: SegmentRecord,
    /// Classes that are still to come, this one included.
    class: usize,
    /// The next row of the class.
    row: u32,
    /// The row at hand.
    octets: Vec<u8>,
    /// The term at hand, in it.
    term: std::ops::Range<usize>,
    /// Where its place begins, in it.
    place: usize,
}

impl Cursor {
    /// At the first of the common terms, or of the others: each class's in order.
    pub(super) fn new(record: &SegmentRecord, common: bool, look: Look<'_>) -> Result<Cursor> {
        let mut record = record.clone();
        record
            .classes
            .retain(|class| (class.class & COMMON != 0) == common);
        let mut cursor = Cursor {
            record,
            class: 0,
            row: 0,
            octets: Vec::new(),
            term: 0..0,
            place: 0,
        };
        cursor.next_row(look)?;
        Ok(cursor)
    }

    /// Class and term at hand; `None`: that was the last one.
    pub(super) fn term(&self) -> Option<(u8, &[u8])> {
        let class = self.record.classes.get(self.class)?;
        Some((class.class & !COMMON, self.octets.get(self.term.clone())?))
    }

    fn class(&self) -> Result<ClassRecord> {
        self.record
            .classes
            .get(self.class)
            .copied()
            .ok_or_else(row::broken)
    }

    /// Calls `each` for the messages that have the term at hand.
    pub(super) fn docs(&self, look: Look<'_>, each: &mut dyn FnMut(u32)) -> Result<()> {
        let range = self.record.range;
        let (found, _) = self.found()?;
        match found {
            Found::One(doc) if doc < range => each(doc),
            Found::One(_) => return Err(row::broken()),
            Found::Here(list) => posting::each(list, range, each)?,
            Found::There(place, length) => {
                let list = list(look, self.record.id, self.class()?, place, length)?;
                posting::each(&list, range, each)?;
            }
        }
        Ok(())
    }

    /// The place at hand, and where the next one begins.
    fn found(&self) -> Result<(Found<'_>, usize)> {
        let rest = self.octets.get(self.place..).unwrap_or_default();
        let mut after = rest;
        let found = row::read_place(&mut after).ok_or_else(row::broken)?;
        let next = self
            .place
            .saturating_add(rest.len().saturating_sub(after.len()));
        Ok((found, next))
    }

    /// Goes on to the next term.
    pub(super) fn advance(&mut self, look: Look<'_>) -> Result<()> {
        let (_, next) = self.found()?;
        let start = self.term.end.saturating_add(1);
        let end = 2_usize.saturating_add(Row::new(&self.octets)?.terms.len());
        if start >= end {
            return self.next_row(look);
        }
        self.place = next;
        self.take(start, end)
    }

    fn take(&mut self, start: usize, end: usize) -> Result<()> {
        let rest = self.octets.get(start..end).ok_or_else(row::broken)?;
        let length = memchr::memchr(0, rest).ok_or_else(row::broken)?;
        self.term = start..start.saturating_add(length);
        Ok(())
    }

    fn next_row(&mut self, look: Look<'_>) -> Result<()> {
        while let Some(class) = self.record.classes.get(self.class) {
            if self.row < class.rows {
                let at = key::index_row(self.record.id, class.class, self.row);
                let octets = look.get(&at)?.ok_or_else(row::broken)?;
                self.octets.clear();
                self.octets.extend_from_slice(octets);
                self.row = self.row.saturating_add(1);
                let end = 2_usize.saturating_add(Row::new(octets)?.terms.len());
                self.place = end;
                return self.take(3, end);
            }
            self.class = self.class.saturating_add(1);
            self.row = 0;
        }
        Ok(())
    }
}
