//! The stored record: what IMAP prints of a message's envelope and structure, rendered once on arrival, and where its parts lie.
//!
//! ```text
//! version u8 | sent day i32 LE | five lengths (LEB128) | envelope 7-bit | envelope UTF-8 | structure 7-bit | structure UTF-8 | parts | room
//! ```
//!
//! A UTF-8 form is empty when it is the same as the 7-bit one, which it is for nearly all mail. In a structure the extension data
//! of BODYSTRUCTURE stands between the octets 1 and 2 (no string holds either), so that BODY is a copy without them. The
//! room holds PREVIEW and what THREAD goes by (`room`); records that were rendered before there was any have none, and what stands behind what
//! a reader knows is skipped.
//!
//! Promises: what was rendered prints as well-formed IMAP whatever the message was (A25); a rev1 client gets only 7-bit
//! octets (A41). A damaged record is `None`, never a panic. Cannot: it holds no octet of the bodies but the preview's; a section is a range
//! of the stored message.

mod envelope;
mod fields;
mod parts;
mod preview;
mod room;
mod said;
mod structure;
mod text;
mod threading;

use std::ops::Range;

use mail::{Message, date};

use crate::command::{Section, SectionText};

pub use fields::FieldFilter;
pub use parts::{Encoding, Kind, Part, Parts};
pub use said::{Address, Said};
pub use threading::{Hash, REFERENCES_MAX, Threading};

const VERSION: u8 = 1;
/// What stands for "no Date field that can be read".
const NO_DAY: i32 = i32::MIN;
/// A UTF-8 form beyond this is left out: such a message is an attack, and the 7-bit form serves.
const UTF8_MAX: usize = 256 * 1024;
/// Opens and closes extension data in a stored structure.
const OPEN: u8 = 1;
const CLOSE: u8 = 2;

/// Renders the record of a message.
pub fn render(message: &Message) -> Vec<u8> {
    let root = message.parts.first();
    let envelope = |utf8| {
        let mut out = Vec::new();
        envelope::print(
            root.and_then(|root| root.envelope.as_deref()),
            utf8,
            &mut out,
        );
        out
    };
    let structure = |utf8| {
        let mut out = Vec::new();
        structure::print(message, utf8, &mut out);
        out
    };
    let mut parts = Vec::new();
    parts::write(message, &mut parts);
    let forms = [both(envelope), both(structure)];

    let mut out = vec![VERSION];
    out.extend_from_slice(&sent_day(message).unwrap_or(NO_DAY).to_le_bytes());
    let pieces = forms
        .iter()
        .flat_map(|(plain, utf8)| [plain, utf8])
        .chain([&parts]);
    for piece in pieces.clone() {
        parts::put(piece.len() as u64, &mut out);
    }
    for piece in pieces {
        out.extend_from_slice(piece);
    }
    room::write(message, &mut out);
    out
}

/// Puts a note behind a record that [`render`] gave: what was found out of who sent it, in the words of whoever took it ([`Record::note`]).
pub fn append_note(record: &mut Vec<u8>, note: &[u8]) {
    room::append(note, record);
}

/// The scalars that the store keeps beside the record. `received` is seconds since 1970, `zone` minutes east of Greenwich.
pub fn head(message: &Message, received: i64, zone: i16) -> store::Head {
    let sent = sent(message).map_or(received, |date| date.unix);
    store::Head {
        received,
        zone,
        sent,
        size: u32::try_from(message.size).unwrap_or(u32::MAX),
    }
}

fn sent(message: &Message) -> Option<date::DateTime> {
    let envelope = message.parts.first()?.envelope.as_ref()?;
    date::parse_rfc5322(envelope.date.as_deref()?)
}

/// The day that stands in the Date field, without regard to its zone (RFC 9051 §6.4.4, SENTON).
fn sent_day(message: &Message) -> Option<i32> {
    let date = sent(message)?;
    let local = date.unix.saturating_add(i64::from(date.zone_minutes) * 60);
    i32::try_from(local.div_euclid(86_400))
        .ok()
        .filter(|day| *day != NO_DAY)
}

/// The 7-bit form, and the UTF-8 form where that differs.
fn both(print: impl Fn(bool) -> Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let (plain, mut utf8) = (print(false), print(true));
    if utf8 == plain || utf8.len() > UTF8_MAX {
        utf8 = Vec::new();
    }
    (plain, utf8)
}

/// A record as it lies in the store.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    day: i32,
    envelopes: [&'a [u8]; 2],
    structures: [&'a [u8]; 2],
    parts: &'a [u8],
    room: room::Room<'a>,
}

impl<'a> Record<'a> {
    /// Takes a record apart, without looking into its pieces. `None`: damaged, or of a version from the future.
    pub fn new(stored: &'a [u8]) -> Option<Record<'a>> {
        let (&version, rest) = stored.split_first()?;
        let (day, mut rest) = rest.split_first_chunk::<4>()?;
        if version != VERSION {
            return None;
        }
        let mut lengths = [0usize; 5];
        for length in &mut lengths {
            *length = usize::try_from(parts::take(&mut rest)?).ok()?;
        }
        let mut pieces = [&[][..]; 5];
        for (piece, length) in pieces.iter_mut().zip(lengths) {
            (*piece, rest) = rest.split_at_checked(length)?;
        }
        let [envelope, envelope8, structure, structure8, parts] = pieces;
        Some(Record {
            day: i32::from_le_bytes(*day),
            envelopes: [envelope, envelope8],
            structures: [structure, structure8],
            parts,
            room: room::Room::new(rest)?,
        })
    }

    /// ENVELOPE, ready to be copied.
    pub fn envelope(&self, utf8: bool) -> &'a [u8] {
        choose(self.envelopes, utf8)
    }

    /// Prints BODYSTRUCTURE.
    pub fn body_structure(&self, utf8: bool, out: &mut Vec<u8>) {
        let mut rest = choose(self.structures, utf8);
        while let Some(at) = memchr::memchr2(OPEN, CLOSE, rest) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            out.extend_from_slice(before);
            rest = after.get(1..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
    }

    /// Prints BODY: the structure without its extension data.
    pub fn body(&self, utf8: bool, out: &mut Vec<u8>) {
        let mut rest = choose(self.structures, utf8);
        while let Some(at) = memchr::memchr(OPEN, rest) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            out.extend_from_slice(before);
            let end = memchr::memchr(CLOSE, after).map_or(after.len(), |end| end.saturating_add(1));
            rest = after.get(end..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
    }

    /// PREVIEW (RFC 8970); `None`: none was made on arrival, see `noted`.
    pub fn preview(&self) -> Option<&'a str> {
        self.room.preview
    }

    /// The part that a preview is made from where none was made on arrival; `None`: no part is text.
    pub fn preview_part(&self) -> Option<Part<'a>> {
        self.parts()
            .find(|part| matches!(part.kind, Kind::Text | Kind::Html) && !part.body.is_empty())
    }

    /// The preview of a part from the first octets of its body.
    pub fn preview_from(part: &Part<'_>, octets: &[u8]) -> String {
        preview::preview(part.kind == Kind::Html, part.encoding, part.charset, octets)
    }

    /// What THREAD, THREADID and the comparison of subjects go by, for [`Threading::new`]; `None`: it was not noted on arrival, see
    /// `noted`.
    pub fn threading(&self) -> Option<&'a [u8]> {
        self.room.threading
    }

    /// What was noted on arrival of who sent it ([`append_note`]); `None`: nothing was found out.
    pub fn note(&self) -> Option<&'a [u8]> {
        self.room.note
    }

    /// What the envelope says: the strings that SORT compares.
    pub fn said(&self) -> Said<'a> {
        Said::new(choose(self.envelopes, true))
    }

    /// The day of the Date field as written there, counted from 1970-01-01; `None` if it has none.
    pub fn sent_day(&self) -> Option<i64> {
        (self.day != NO_DAY).then_some(i64::from(self.day))
    }

    /// All parts, the message itself first, each before its children.
    pub fn parts(&self) -> Parts<'a> {
        Parts::new(self.parts)
    }

    /// The part with this number (RFC 9051 §6.4.5.1); the empty number is the message itself.
    pub fn part(&self, number: &[u32]) -> Option<Part<'a>> {
        parts::find(self.parts(), number)
    }

    /// The octets of a section, in the stored message. `None`: there is no such part, or it has no such text. For HEADER.FIELDS this
    /// is the whole header, to be put through a [`FieldFilter`].
    pub fn section(&self, section: &Section) -> Option<Range<u64>> {
        let part = self.part(&section.part)?;
        let top = section.part.is_empty();
        match section.text {
            SectionText::Whole if top => Some(part.header.start..part.body.end),
            SectionText::Whole => Some(part.body),
            SectionText::Mime => (!top).then_some(part.header),
            SectionText::Header | SectionText::HeaderFields { .. } => {
                Some(self.message(part, top)?.header)
            }
            SectionText::Text => Some(self.message(part, top)?.body),
        }
    }

    /// The message that a number stands for where HEADER or TEXT is asked: the top, or the one inside a message part.
    fn message(&self, part: Part<'a>, top: bool) -> Option<Part<'a>> {
        if top {
            return Some(part);
        }
        // The embedded message is the part behind, by the order of the table.
        (part.kind == Kind::Message).then(|| {
            self.parts()
                .find(|other| other.index == part.index.saturating_add(1))
        })?
    }
}

fn choose(forms: [&[u8]; 2], utf8: bool) -> &[u8] {
    match forms {
        [_, utf8_form] if utf8 && !utf8_form.is_empty() => utf8_form,
        [plain, _] => plain,
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
