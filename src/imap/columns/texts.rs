//! The texts that SORT compares, and how each begins, kept in a message's row of the columns.
//!
//! ```text
//! lengths: 4 bits each, SUBJECT FROM TO CC DISPLAYFROM DISPLAYTO [3] | the beginnings, folded, without anything between
//! ```
//!
//! What is shorter than its [`kept`] octets is there whole. In a household's mail these are some 35 octets a message, at most 47: a row with the
//! dates, three hashes and these stays within the 64 octets that its share of a page is. A subject has most, because only subjects begin alike by
//! nature ("Your order ..."); equal ones are known by their hash.
//!
//! Promises: a beginning is that of [`text`], octet by octet, so that nothing is compared otherwise where it is missing.

use mail::subject::base_subject;

use crate::command::SortKey;
use crate::fold::folded;
use crate::record::{Address, Record};

/// Octets of a text that are compared: what is as long is not read to its end by anybody.
const TEXT: usize = 1_024;

/// The texts, in the order in which they are kept.
const KEYS: [SortKey; 6] = [
    SortKey::Subject,
    SortKey::From,
    SortKey::To,
    SortKey::Cc,
    SortKey::DisplayFrom,
    SortKey::DisplayTo,
];

/// Octets of a text that are kept at most: eight and five are what SORT compares at once; 0: it is no text. At most 15.
pub(crate) fn kept(key: SortKey) -> usize {
    match key {
        SortKey::Subject => 13,
        SortKey::From | SortKey::DisplayFrom => 8,
        SortKey::To | SortKey::Cc | SortKey::DisplayTo => 5,
        SortKey::Arrival | SortKey::Date | SortKey::Relevancy | SortKey::Size => 0,
    }
}

/// The text that a message is compared by, folded; empty where the header has none.
pub(crate) fn text(key: SortKey, record: &Record<'_>) -> Vec<u8> {
    let said = record.said();
    let text = match key {
        SortKey::Subject => base_subject(&said.subject()).text,
        SortKey::From => said.mailbox(Address::From),
        SortKey::To => said.mailbox(Address::To),
        SortKey::Cc => said.mailbox(Address::Cc),
        SortKey::DisplayFrom => said.display(Address::From),
        SortKey::DisplayTo => said.display(Address::To),
        SortKey::Arrival | SortKey::Date | SortKey::Relevancy | SortKey::Size => String::new(),
    };
    let mut folded = folded(&text);
    folded.truncate(TEXT);
    folded
}

/// Puts the beginnings behind `out`; of a damaged record all are empty.
pub(super) fn write(record: Option<&Record<'_>>, out: &mut Vec<u8>) {
    let mut lengths = 0_u32;
    let mut beginnings = Vec::new();
    for key in KEYS {
        let text = record.map(|record| text(key, record)).unwrap_or_default();
        let beginning = text.get(..kept(key)).unwrap_or(&text);
        lengths = lengths << 4 | u32::try_from(beginning.len()).unwrap_or(0) & 0xF;
        beginnings.extend_from_slice(beginning);
    }
    let [_, a, b, c] = lengths.to_be_bytes();
    out.extend_from_slice(&[a, b, c]);
    out.extend_from_slice(&beginnings);
}

/// A row's beginnings.
#[derive(Clone, Copy)]
pub(super) struct Beginnings<'a> {
    lengths: [u8; 3],
    octets: &'a [u8],
}

/// Takes them off the front of a row's notes; `None`: damaged.
pub(super) fn read(notes: &[u8]) -> Option<(Beginnings<'_>, &[u8])> {
    let (lengths, rest) = notes.split_first_chunk::<3>()?;
    let all = lengths
        .iter()
        .map(|two| usize::from(two >> 4).saturating_add(usize::from(two & 0xF)))
        .sum();
    let (octets, rest) = rest.split_at_checked(all)?;
    let beginnings = Beginnings {
        lengths: *lengths,
        octets,
    };
    Some((beginnings, rest))
}

impl<'a> Beginnings<'a> {
    /// How the text begins; `None`: it is no text.
    pub(super) fn get(&self, key: SortKey) -> Option<&'a [u8]> {
        let [a, b, c] = self.lengths;
        let lengths = [a >> 4, a & 0xF, b >> 4, b & 0xF, c >> 4, c & 0xF].map(usize::from);
        let mut from = 0_usize;
        for (other, length) in KEYS.iter().zip(lengths) {
            let to = from.saturating_add(length);
            if *other == key {
                return self.octets.get(from..to);
            }
            from = to;
        }
        None
    }
}
