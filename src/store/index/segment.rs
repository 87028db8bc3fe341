//! Reading a segment: terms by what they contain or begin with, and the messages that have them.

use std::borrow::Cow;

use super::directory::{ClassRecord, Directory, SegmentRecord};
use super::row::{self, Found, Row};
use super::set::Set;
use super::{COMMON, DOCS, DOCS_TERM, posting};
use crate::error::Result;
use crate::ids::Gid;
use crate::look::Look;
use crate::schema::{CHUNK, key};

/// The index as one transaction sees it.
pub struct Index<'a> {
    look: Look<'a>,
    directory: Directory,
}

/// One segment of it: the messages of a stretch of gids.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    look: Look<'a>,
    record: &'a SegmentRecord,
}

/// After so many lists it is seen whether all messages have been found.
const LOOK_UP: u32 = 16;

/// What to make of the terms of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Take {
    /// its messages are wanted
    Yes,
    /// they are not
    No,
    /// nor are those of the terms behind it
    Stop,
}

impl<'a> Index<'a> {
    pub(crate) fn new(look: Look<'a>) -> Result<Option<Index<'a>>> {
        Ok(Directory::read(look)?
            .filter(Directory::is_sound)
            .map(|directory| Index { look, directory }))
    }

    /// What its builder meant by its terms ([`super::IndexWriter::open`]).
    pub fn version(&self) -> u32 {
        self.directory.version
    }

    /// Messages with smaller gids are in it, or are no more.
    pub fn watermark(&self) -> Gid {
        Gid(self.directory.watermark)
    }

    /// Rows of terms, and octets of lists apart from them, of each class of all segments.
    pub fn sizes(&self) -> Vec<(u8, u64, u64)> {
        let mut sizes: Vec<(u8, u64, u64)> = Vec::new();
        let all = self.directory.segments.iter();
        for class in all.flat_map(|segment| &segment.classes) {
            let (rows, lists) = (u64::from(class.rows), u64::from(class.lists));
            match sizes.iter_mut().find(|(known, ..)| *known == class.class) {
                Some(known) => {
                    (known.1, known.2) =
                        (known.1.saturating_add(rows), known.2.saturating_add(lists))
                }
                None => sizes.push((class.class, rows, lists)),
            }
        }
        sizes
    }

    /// Its segments, by gid. Between them lie only messages that are no more.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.directory.segments.iter().map(|record| Segment {
            look: self.look,
            record,
        })
    }
}

impl<'a> Segment<'a> {
    pub(super) fn of(look: Look<'a>, record: &'a SegmentRecord) -> Segment<'a> {
        Segment { look, record }
    }

    /// A set with none of its messages.
    pub fn none(&self) -> Set {
        Set::new(self.record.base, self.record.range)
    }

    /// Its messages, as of when it was written.
    pub fn all(&self) -> Result<Set> {
        let mut all = self.none();
        self.starting(DOCS, DOCS_TERM, &mut |_| Take::Yes, &mut all)?;
        Ok(all)
    }

    /// Puts the messages of those terms that begin with `prefix`, and that `wanted` takes, into `into`; they come in order, the common ones first.
    pub fn starting(
        &self,
        class: u8,
        prefix: &[u8],
        wanted: &mut dyn FnMut(&[u8]) -> Take,
        into: &mut Set,
    ) -> Result<()> {
        self.starting_in(class | COMMON, prefix, wanted, into)?;
        self.starting_in(class, prefix, wanted, into)
    }

    fn starting_in(
        &self,
        class: u8,
        prefix: &[u8],
        wanted: &mut dyn FnMut(&[u8]) -> Take,
        into: &mut Set,
    ) -> Result<()> {
        let Some(record) = self.record.class(class) else {
            return Ok(());
        };
        // The last row whose first term is before the prefix, or equal.
        let (mut low, mut high) = (0, record.rows);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.row(class, middle)?.first() <= prefix {
                low = middle;
            } else {
                high = middle;
            }
        }
        for number in low..record.rows {
            let row = self.row(class, number)?;
            let mut places = row.places();
            for (index, term) in row.each().enumerate() {
                if term < prefix {
                    continue;
                }
                if !term.starts_with(prefix) {
                    return Ok(());
                }
                match wanted(term) {
                    Take::Yes => self.put(record, places.at(index)?, into)?,
                    Take::No => {}
                    Take::Stop => return Ok(()),
                }
            }
        }
        Ok(())
    }

    /// Whether all its messages are in a set that holds none but them.
    pub fn is_full(&self, set: &Set) -> bool {
        set.count() >= self.record.docs
    }

    /// How many messages it had when it was written.
    pub fn messages(&self) -> u32 {
        self.record.docs
    }

    /// Looks through the terms of a class: the common ones, which are few, or the others. `find` gives the place of a match in a run of terms (`00 term 00 ... 00`) at or behind an octet's
    /// place; a term in which it finds one, or at the 00 before which, goes to `wanted`, whole and with the place in it.
    pub fn each(
        &self,
        class: u8,
        common: bool,
        find: &dyn Fn(&[u8], usize) -> Option<usize>,
        wanted: &mut dyn FnMut(&[u8], usize) -> Take,
        into: &mut Set,
    ) -> Result<()> {
        let class = if common { class | COMMON } else { class };
        let Some(record) = self.record.class(class) else {
            return Ok(());
        };
        let mut taken = 0_u32;
        let last = record.rows.saturating_sub(1);
        let rows = self.look.between(
            &key::index_row(self.record.id, class, 0),
            &key::index_row(self.record.id, class, last),
        )?;
        for octets in rows {
            let row = Row::new(octets?.1)?;
            let mut places = row.places();
            let (mut from, mut counted, mut index) = (0, 0, 0_usize);
            while let Some(hit) = find(row.terms, from) {
                // The term that the hit lies in begins behind the last 00 at or before it.
                let upto = row.terms.get(..=hit).unwrap_or_default();
                let start = memchr::memrchr(0, upto).map_or(0, |at| at.saturating_add(1));
                let rest = row.terms.get(start..).unwrap_or_default();
                let Some(length) = memchr::memchr(0, rest) else {
                    break;
                };
                let term = rest.get(..length).unwrap_or_default();
                index = index.saturating_add(
                    memchr::memchr_iter(0, row.terms.get(counted..start).unwrap_or_default())
                        .count(),
                );
                counted = start;
                match wanted(term, hit.saturating_sub(start)) {
                    Take::Yes => {
                        self.put(record, places.at(index.saturating_sub(1))?, into)?;
                        taken = taken.saturating_add(1);
                        if taken.is_multiple_of(LOOK_UP) && self.is_full(into) {
                            return Ok(());
                        }
                    }
                    Take::No => {}
                    Take::Stop => return Ok(()),
                }
                from = start.saturating_add(length);
            }
        }
        Ok(())
    }

    fn row(&self, class: u8, number: u32) -> Result<Row<'_>> {
        let at = key::index_row(self.record.id, class, number);
        Row::new(self.look.get(&at)?.ok_or_else(row::broken)?)
    }

    fn put(&self, class: ClassRecord, found: Found<'_>, into: &mut Set) -> Result<()> {
        match found {
            Found::One(doc) => {
                into.insert(doc);
                Ok(())
            }
            Found::Here(list) => posting::read(list, into),
            Found::There(place, length) => posting::read(
                &list(self.look, self.record.id, class, place, length)?,
                into,
            ),
        }
    }
}

/// A list that does not lie with its term.
pub(super) fn list<'a>(
    look: Look<'a>,
    segment: u32,
    class: ClassRecord,
    place: u32,
    length: u32,
) -> Result<Cow<'a, [u8]>> {
    if place
        .checked_add(length)
        .is_none_or(|end| end > class.lists)
    {
        return Err(row::broken());
    }
    let chunk = CHUNK as u32;
    let mut row = place / chunk;
    let within = (place % chunk) as usize;
    let wanted = length as usize;
    let get = |row| {
        look.get(&key::index_lists(segment, class.class, row))?
            .ok_or_else(row::broken)
    };
    let first = get(row)?;
    if let Some(list) = first.get(within..within.saturating_add(wanted)) {
        return Ok(Cow::Borrowed(list));
    }
    let mut all = first.get(within..).ok_or_else(row::broken)?.to_vec();
    while all.len() < wanted {
        row = row.saturating_add(1);
        let more = get(row)?;
        if more.is_empty() {
            return Err(row::broken());
        }
        all.extend_from_slice(more.get(..wanted - all.len()).unwrap_or(more));
    }
    Ok(Cow::Owned(all))
}

/// Reads all of a segment; what is wrong with it, in a sentence.
pub(crate) fn check_segment(look: Look<'_>, record: &SegmentRecord) -> Result<Option<String>> {
    let name = format!("segment {} of the search index", record.id);
    let segment = Segment { look, record };
    if segment.all()?.count() != record.docs {
        return Ok(Some(format!(
            "{name} counts {} messages, but lists others",
            record.docs
        )));
    }
    for class in &record.classes {
        let mut before = Vec::new();
        for number in 0..class.rows {
            let row = segment.row(class.class, number)?;
            let mut places = row.places();
            for (index, term) in row.each().enumerate() {
                if term.is_empty() || (!before.is_empty() && before.as_slice() >= term) {
                    return Ok(Some(format!("{name} has terms out of order")));
                }
                before.clear();
                before.extend_from_slice(term);
                let mut found = segment.none();
                segment.put(*class, places.at(index)?, &mut found)?;
                if found.is_empty() {
                    return Ok(Some(format!("{name} has a term that no message has")));
                }
            }
        }
    }
    Ok(None)
}
