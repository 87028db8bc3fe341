//! A row of a vocabulary: terms, sorted, and where each is found.
//!
//! ```text
//! octets of the terms u16 LE | 00 term 00 term 00 ... 00 | for each term, LEB128:
//!     number << 2            found in this one message
//!     length << 2 | 1        a list of that length follows
//!     length << 2 | 2        the list lies among the class's lists, at the place that follows
//! ```
//!
//! No term holds a 00, so that the whole is searched at once for a part of a term.

use super::varint;
use crate::error::{Error, Result};

/// A row being read.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// `00 term 00 ... 00`
    pub(super) terms: &'a [u8],
    found: &'a [u8],
}

/// Where a term is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found<'a> {
    One(u32),
    Here(&'a [u8]),
    /// place and length
    There(u32, u32),
}

impl<'a> Row<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Result<Row<'a>> {
        let (length, rest) = octets.split_first_chunk().ok_or_else(broken)?;
        let (terms, found) = rest
            .split_at_checked(u16::from_le_bytes(*length).into())
            .ok_or_else(broken)?;
        if terms.len() < 2 || terms.first() != Some(&0) || terms.last() != Some(&0) {
            return Err(broken());
        }
        Ok(Row { terms, found })
    }

    /// The first term.
    pub(super) fn first(self) -> &'a [u8] {
        self.each().next().unwrap_or_default()
    }

    /// The terms, in order.
    pub(super) fn each(self) -> impl Iterator<Item = &'a [u8]> {
        let inner = self
            .terms
            .get(1..self.terms.len().saturating_sub(1))
            .unwrap_or_default();
        inner.split(|octet| *octet == 0)
    }

    pub(super) fn places(self) -> Places<'a> {
        Places {
            rest: self.found,
            next: 0,
        }
    }
}

/// Walks over where the terms of a row are found.
pub(super) struct Places<'a> {
    rest: &'a [u8],
    next: usize,
}

impl<'a> Places<'a> {
    /// That of term `index`, which is not before one asked for earlier.
    pub(super) fn at(&mut self, index: usize) -> Result<Found<'a>> {
        loop {
            let here = self.next;
            self.next = self.next.saturating_add(1);
            let found = read_place(&mut self.rest).ok_or_else(broken)?;
            if here >= index {
                return Ok(found);
            }
        }
    }
}

/// Takes a place off the front.
pub(super) fn read_place<'a>(rest: &mut &'a [u8]) -> Option<Found<'a>> {
    let what = varint::take(rest)?;
    let number = u32::try_from(what >> 2).ok()?;
    match what & 3 {
        0 => Some(Found::One(number)),
        1 => {
            let (list, after) = rest.split_at_checked(number as usize)?;
            *rest = after;
            Some(Found::Here(list))
        }
        2 => {
            let place = varint::take(rest)?;
            Some(Found::There(u32::try_from(place).ok()?, number))
        }
        _ => None,
    }
}

/// A row being written.
#[derive(Default)]
pub(super) struct NewRow {
    terms: Vec<u8>,
    found: Vec<u8>,
}

impl NewRow {
    /// Octets it would have with this more.
    pub(super) fn with(&self, term: &[u8], found: &[u8]) -> usize {
        self.terms
            .len()
            .saturating_add(term.len())
            .saturating_add(self.found.len())
            .saturating_add(found.len())
            .saturating_add(4)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub(super) fn push(&mut self, term: &[u8], found: &[u8]) {
        if self.terms.is_empty() {
            self.terms.push(0);
        }
        self.terms.extend_from_slice(term);
        self.terms.push(0);
        self.found.extend_from_slice(found);
    }

    /// The row, and this one is empty again.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let length = u16::try_from(self.terms.len()).unwrap_or(u16::MAX);
        let mut octets = Vec::with_capacity(self.with(&[], &[]));
        octets.extend_from_slice(&length.to_le_bytes());
        octets.append(&mut self.terms);
        octets.append(&mut self.found);
        octets
    }
}

pub(super) fn broken() -> Error {
    Error::Damaged("a row of the search index cannot be read".into())
}
