//! Asking the index for a text: which messages have it, and which may.
//!
//! Promises: what it says of a message is what scanning it would say. What a text asks for is found as a part of a word or line at once; several
//! words in a body, or a row of ideographs, only narrow the messages down to those that have all of them.

use std::cell::Cell;
use std::collections::BTreeSet;

use memchr::memmem::{self, Finder};
use store::index::{Index, Segment, Set, Take};
use store::{Gid, Read, ReadTx};

use super::cut::{Unit, pairs, units};
use super::{ALWAYS, OVERLAP, VERSION, WINDOW, class};

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// in fields of this name; an empty text: there is one
    Header(String),
    Body,
    /// header and body
    Text,
}

/// So few candidates are looked at rather than made fewer.
const FEW: u32 = 8;
/// A text of so few octets is in so many words that a rest of messages is rather looked at.
const SHORT: usize = 4;
/// Lines of the header, as TEXT sees it.
const HEADER: [u8; 7] = [
    class::SUBJECT,
    class::FROM,
    class::TO,
    class::CC,
    class::BCC,
    class::OTHER,
    class::PART,
];
/// Threes of an asked text that are looked up at most.
const THREES: usize = 48;

/// What the index says of a text.
pub(crate) struct Candidates {
    watermark: u64,
    /// those that have it, and those that may, of each segment
    sets: Vec<(Set, Set)>,
    /// the segment of the last answer: mostly that of the next one
    last: Cell<usize>,
}

impl Candidates {
    /// Asks for a folded text; `None`: there is no index.
    pub(crate) fn new(
        tx: &ReadTx<'_>,
        place: &Place,
        needle: &[u8],
    ) -> store::Result<Option<Candidates>> {
        let Some(index) = index(tx)? else {
            return Ok(None);
        };
        let asking = Asking::new(place, needle);
        let sets = index
            .segments()
            .map(|segment| asking.segment(&segment))
            .collect::<store::Result<_>>()?;
        Ok(Some(Candidates {
            watermark: index.watermark().0,
            sets,
            last: Cell::new(0),
        }))
    }

    /// Whether the message has the text; `None`: look.
    pub(crate) fn answer(&self, gid: Gid) -> Option<bool> {
        if gid.0 >= self.watermark {
            return None;
        }
        let is_there = |(sure, _): &&(Set, Set)| {
            let (from, to) = sure.stretch();
            from <= gid && gid < to
        };
        let (sure, maybe) = match self.sets.get(self.last.get()).filter(is_there) {
            Some(sets) => sets,
            None => {
                let behind = |(sure, _): &(Set, Set)| sure.stretch().1 <= gid;
                let at = self.sets.partition_point(behind);
                self.last.set(at);
                let Some(sets) = self.sets.get(at) else {
                    return Some(false);
                };
                sets
            }
        };
        if sure.contains(gid) {
            return Some(true);
        }
        if maybe.contains(gid) {
            None
        } else {
            Some(false)
        }
    }
}

/// The index, if it is of our making. One that is damaged is none: `check` says so, and everything is found by scanning.
fn index<'t>(tx: &'t ReadTx<'_>) -> store::Result<Option<Index<'t>>> {
    match tx.index() {
        Ok(found) => Ok(found.filter(|index| index.version() == VERSION)),
        Err(store::Error::Damaged(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

struct Asking<'n> {
    place: &'n Place,
    needle: &'n [u8],
    /// the needle, or as much of it as lies in one window for sure
    finder: Finder<'n>,
    /// `finder` looks for less than the needle
    cut: bool,
    units: Vec<Unit<'n>>,
}

impl<'n> Asking<'n> {
    fn new(place: &'n Place, needle: &'n [u8]) -> Asking<'n> {
        let short = needle.get(..OVERLAP).unwrap_or(needle);
        Asking {
            place,
            needle,
            finder: Finder::new(short),
            cut: short.len() < needle.len(),
            units: units(needle),
        }
    }

    fn segment(&self, segment: &Segment<'_>) -> store::Result<(Set, Set)> {
        let (mut sure, mut maybe) = (segment.none(), segment.none());
        match self.ask(segment, &mut sure, &mut maybe) {
            Ok(()) => {}
            // What cannot be read is scanned.
            Err(store::Error::Damaged(_)) => {
                sure = segment.none();
                maybe.fill();
            }
            Err(error) => return Err(error),
        }
        maybe.subtract(&sure);
        Ok((sure, maybe))
    }

    fn ask(&self, segment: &Segment<'_>, sure: &mut Set, maybe: &mut Set) -> store::Result<()> {
        segment.starting(class::ALWAYS, ALWAYS, &mut |_| Take::Yes, maybe)?;
        if let Place::Header(name) = self.place {
            return self.header(segment, name, sure, maybe);
        }
        let header = match self.place {
            Place::Text => &HEADER[..],
            _ => &[],
        };
        // What is common first: often everything has been found then.
        self.lines(segment, header, true, sure, maybe)?;
        if let Some(word) = self.word() {
            containing(segment, word, true, sure)?;
        }
        if self.needle.len() <= 3 {
            self.threes(segment, header, sure)?;
        }
        let left = segment.messages().saturating_sub(sure.count());
        if left == 0 {
            return Ok(());
        }
        if self.needle.len() <= SHORT && left <= FEW.max(segment.messages() / 128) {
            maybe.fill();
            return Ok(());
        }
        self.lines(segment, header, false, sure, maybe)?;
        if segment.is_full(sure) {
            return Ok(());
        }
        if self.needle.len() > 3 {
            self.threes(segment, header, maybe)?;
        }
        match self.word() {
            Some(word) => containing(segment, word, false, sure),
            None => self.body(segment, maybe),
        }
    }

    /// The needle, if a word that it is a part of says that the message has it.
    fn word(&self) -> Option<&'n [u8]> {
        match self.units.as_slice() {
            [unit] if unit.text.len() == self.needle.len() => {
                let pair = !unit.ideographs || pairs(unit.text).nth(1).is_none();
                pair.then_some(unit.text)
            }
            _ => None,
        }
    }

    /// Lines that hold the needle: the common ones, or the others.
    fn lines(
        &self,
        segment: &Segment<'_>,
        header: &[u8],
        common: bool,
        sure: &mut Set,
        maybe: &mut Set,
    ) -> store::Result<()> {
        let into = if self.cut { maybe } else { sure };
        let find = |terms: &[u8], from: usize| self.find(terms, from);
        for class in header.iter().chain(&[class::EMBEDDED]) {
            segment.each(*class, common, &find, &mut |_, _| Take::Yes, into)?;
        }
        Ok(())
    }

    /// The needle in lines or words that are kept as threes: up to three octets that is all there is to say; of more, all threes are in it.
    fn threes(&self, segment: &Segment<'_>, header: &[u8], into: &mut Set) -> store::Result<()> {
        if !header.is_empty() {
            into.unite(&threes(segment, class::HEADER_THREES, self.needle)?);
        }
        into.unite(&threes(segment, class::BODY_THREES, self.needle)?);
        Ok(())
    }

    fn find(&self, terms: &[u8], from: usize) -> Option<usize> {
        let found = self.finder.find(terms.get(from..)?)?;
        Some(from.saturating_add(found))
    }

    fn header(
        &self,
        segment: &Segment<'_>,
        name: &str,
        sure: &mut Set,
        maybe: &mut Set,
    ) -> store::Result<()> {
        if !name.is_ascii() || name.is_empty() {
            maybe.fill();
            return Ok(());
        }
        let mut start = name.to_ascii_uppercase().into_bytes();
        let class = class::of(&start);
        start.push(b':');
        if self.needle.is_empty() {
            return segment.starting(class, &start, &mut |_| Take::Yes, sure);
        }
        // A blank at the beginning may be the one behind the colon.
        let open = self.cut || self.needle.starts_with(b" ");
        let into = if open { &mut *maybe } else { &mut *sure };
        // In the value, which begins behind the colon and a blank.
        let has = |term: &[u8]| {
            let value = term.strip_prefix(start.as_slice()).unwrap_or(term);
            match self.finder.find(value) {
                Some(_) => Take::Yes,
                None => Take::No,
            }
        };
        if class != class::OTHER {
            let find = |terms: &[u8], from: usize| self.find(terms, from);
            let mut wanted = |term: &[u8], _| match term.strip_prefix(&[WINDOW]) {
                Some(_) => Take::Yes,
                None => has(term),
            };
            segment.each(class, true, &find, &mut wanted, into)?;
            return segment.each(class, false, &find, &mut wanted, into);
        }
        segment.starting(class, &start, &mut |term| has(term), into)?;
        // Of a line kept as threes the name is kept.
        let mut named = segment.none();
        let is = |term: &[u8]| {
            if term == start { Take::Yes } else { Take::Stop }
        };
        segment.starting(class, &start, &mut |term| is(term), &mut named)?;
        if !named.is_empty() {
            let mut found = threes(segment, class::HEADER_THREES, self.needle)?;
            found.intersect(&named);
            maybe.unite(&found);
        }
        Ok(())
    }

    /// A needle of several units, or of ideographs in a row, or of signs alone: messages whose bodies have all its units.
    fn body(&self, segment: &Segment<'_>, maybe: &mut Set) -> store::Result<()> {
        if self.units.is_empty() {
            maybe.fill();
            return Ok(());
        }
        let mut all = segment.all()?;
        // Words that are whole are looked up; only for the others the vocabulary is read.
        let reads = |unit: &Unit<'_>| unit.open_left && !unit.ideographs;
        let mut order: Vec<&Unit<'_>> = self.units.iter().collect();
        order.sort_by_key(|unit| (reads(unit), unit.open_right));
        for unit in order {
            if reads(unit) && all.count() <= FEW {
                break;
            }
            all.intersect(&self.unit(segment, unit)?);
        }
        maybe.unite(&all);
        Ok(())
    }

    /// Messages whose bodies have this unit, where it stands among others.
    fn unit(&self, segment: &Segment<'_>, unit: &Unit<'_>) -> store::Result<Set> {
        let mut found = segment.none();
        let text = unit.text;
        if unit.ideographs {
            let mut all: Option<Set> = None;
            for pair in pairs(text) {
                let mut have = segment.none();
                if pair.len() == text.len() {
                    containing(segment, pair, true, &mut have)?;
                    containing(segment, pair, false, &mut have)?;
                } else {
                    whole(segment, class::BODY, pair, &mut have)?;
                }
                match &mut all {
                    Some(all) => all.intersect(&have),
                    None => all = Some(have),
                }
            }
            found = all.unwrap_or(found);
        } else {
            match (unit.open_left, unit.open_right) {
                (false, false) => whole(segment, class::BODY, text, &mut found)?,
                (false, true) => {
                    segment.starting(class::BODY, text, &mut |_| Take::Yes, &mut found)?;
                }
                (true, right) => {
                    let ending = [text, &[0]].concat();
                    let part = if right { text } else { ending.as_slice() };
                    containing(segment, part, true, &mut found)?;
                    // Nearly all: no need to know which not.
                    if found.count() >= segment.messages() - segment.messages() / 32 {
                        return segment.all();
                    }
                    containing(segment, part, false, &mut found)?;
                }
            }
        }
        found.unite(&threes(segment, class::BODY_THREES, text)?);
        Ok(found)
    }
}

/// Adds messages with this term.
fn whole(segment: &Segment<'_>, class: u8, term: &[u8], into: &mut Set) -> store::Result<()> {
    let is = |found: &[u8]| {
        if found == term { Take::Yes } else { Take::Stop }
    };
    segment.starting(class, term, &mut |found| is(found), into)
}

/// Adds messages with a common, or another, word of which this is a part.
fn containing(
    segment: &Segment<'_>,
    part: &[u8],
    common: bool,
    into: &mut Set,
) -> store::Result<()> {
    let finder = memmem::Finder::new(part);
    let find =
        |terms: &[u8], from: usize| Some(from.saturating_add(finder.find(terms.get(from..)?)?));
    segment.each(class::BODY, common, &find, &mut |_, _| Take::Yes, into)
}

/// Messages that have all threes of a text; those of a shorter one, exactly.
fn threes(segment: &Segment<'_>, class: u8, text: &[u8]) -> store::Result<Set> {
    let mut found = segment.none();
    if text.len() < 3 {
        segment.starting(class, text, &mut |_| Take::Yes, &mut found)?;
        return Ok(found);
    }
    let different: BTreeSet<&[u8; 3]> = text.array_windows::<3>().take(THREES).collect();
    for (at, three) in different.into_iter().enumerate() {
        if at == 0 {
            whole(segment, class, three, &mut found)?;
        } else {
            let mut have = segment.none();
            whole(segment, class, three, &mut have)?;
            found.intersect(&have);
        }
        if found.is_empty() {
            break;
        }
    }
    Ok(found)
}
