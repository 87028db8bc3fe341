//! Sequence sets.

use crate::command::{SequenceNumber, SequenceRange, SequenceSet};
use crate::parse::{Cursor, Parsed};

/// ```abnf
/// sequence-set = (seq-number / seq-range) ["," sequence-set] / seq-last-command
/// seq-range = seq-number ":" seq-number
/// seq-number = nz-number / "*"
/// seq-last-command = "$"
/// ```
pub(super) fn set(cursor: &mut Cursor<'_>) -> Parsed<SequenceSet> {
    if cursor.eat(b'$') {
        return Ok(SequenceSet::Saved);
    }
    let mut ranges = Vec::new();
    loop {
        let first = number(cursor)?;
        let last = if cursor.eat(b':') {
            number(cursor)?
        } else {
            first
        };
        ranges.push(SequenceRange { first, last });
        if !cursor.eat(b',') {
            return Ok(SequenceSet::Ranges(ranges));
        }
    }
}

fn number(cursor: &mut Cursor<'_>) -> Parsed<SequenceNumber> {
    if cursor.eat(b'*') {
        Ok(SequenceNumber::Largest)
    } else {
        cursor.nz_number().map(SequenceNumber::Number)
    }
}
