//! A note: one mark, or one taken back, as it waits to be folded into the chunks.
//!
//! ```text
//! note = sign (1 octet: 0 wanted, 1 unwanted; 2 and 3 the same taken back), then a step to each cell from the one before,
//!        seven bits an octet, low ones first, high bit set on all but the last octet of a step
//! ```

use super::{CELLS, Counts, Kind};

/// What a note does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) kind: Kind,
    pub(super) back: bool,
}

/// Writes a note of ascending cells.
pub(super) fn encode(sign: Sign, cells: &[u32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + 2 * cells.len());
    out.push(u8::from(sign.kind == Kind::Unwanted) | u8::from(sign.back) << 1);
    let mut last = 0;
    for &cell in cells {
        let mut step = cell.saturating_sub(last);
        last = cell;
        while step > 0x7F {
            out.push(low_seven(step) | 0x80);
            step >>= 7;
        }
        out.push(low_seven(step));
    }
    out
}

fn low_seven(step: u32) -> u8 {
    (step & 0x7F) as u8
}

/// What a note does, and its cells; a damaged one ends where it is.
pub(super) fn decode(note: &[u8]) -> Option<(Sign, Cells<'_>)> {
    let (&sign, rest) = note.split_first()?;
    let kind = if sign & 1 == 0 {
        Kind::Wanted
    } else {
        Kind::Unwanted
    };
    let back = sign & 2 != 0;
    (sign < 4).then_some((Sign { kind, back }, Cells { rest, last: 0 }))
}

pub(super) struct Cells<'a> {
    rest: &'a [u8],
    last: u32,
}

impl Iterator for Cells<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (mut step, mut shift) = (0_u32, 0);
        loop {
            let (&octet, rest) = self.rest.split_first()?;
            self.rest = rest;
            step |= u32::from(octet & 0x7F).checked_shl(shift)?;
            shift += 7;
            if octet & 0x80 == 0 {
                break;
            }
        }
        self.last = self.last.checked_add(step)?;
        (self.last < CELLS).then_some(self.last)
    }
}

/// Adds what the note says of `cells` (ascending) to `found`, which is in their order.
pub(super) fn add(note: &[u8], cells: &[u32], found: &mut [Counts]) {
    let Some((sign, noted)) = decode(note) else {
        return;
    };
    let mut wanted = cells.iter().zip(found).peekable();
    for cell in noted {
        while wanted.next_if(|(other, _)| **other < cell).is_some() {}
        if let Some((_, counts)) = wanted.next_if(|(other, _)| **other == cell) {
            apply(sign, counts);
        }
    }
}

/// Counts one mark.
pub(super) fn apply(sign: Sign, counts: &mut Counts) {
    let count = counts.of(sign.kind);
    *count = if sign.back {
        count.saturating_sub(1)
    } else {
        count.saturating_add(1)
    };
}
