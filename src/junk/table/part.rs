//! Notes folded into some of the chunks, so that no transaction writes the whole table.
//!
//! What is folded goes out of the notes in the same transaction: whoever reads in between, or after a crash, finds each mark in its chunk or in its note.

use std::collections::BTreeMap;

use super::fold::fold_into;
use super::note::{self, Sign};
use super::{AGE_AT, CHUNK_CELLS, TableMut};

/// Notes from which on a keeper may begin to fold by parts ([`super::learn`] folds all at once when there are [`super::NOTES_MAX`]).
pub const NOTES_MANY: u32 = super::NOTES_MAX / 4 * 3;

/// Folds what the notes say of the first `most` chunks that they say anything of. Whether any note is left.
///
/// A table that is to age is left to the next mark, which folds it whole.
///
/// # Errors
/// The keeper's.
pub fn fold_some<T: TableMut + ?Sized>(table: &mut T, most: usize) -> Result<bool, T::Error> {
    let mut head = table.head()?;
    if head.marks.wanted > AGE_AT || head.marks.unwanted > AGE_AT {
        return Ok(head.notes > 0);
    }
    let mut notes: Vec<(Sign, Vec<u32>)> = Vec::new();
    table.notes(&mut |octets| {
        notes.extend(note::decode(octets).map(|(sign, cells)| (sign, cells.collect())));
    })?;
    let mut chunks: BTreeMap<u32, Vec<(u32, Sign)>> = BTreeMap::new();
    for (sign, cells) in &notes {
        for cell in cells {
            let changes = chunks.entry(cell / CHUNK_CELLS).or_default();
            changes.push((*cell, *sign));
        }
    }
    let end = chunks.keys().nth(most).copied().unwrap_or(u32::MAX);
    for (number, mut changes) in chunks.into_iter().take_while(|(number, _)| *number < end) {
        // Marks before those taken back, so that a note that undoes another one finds it counted.
        changes.sort_unstable_by_key(|(cell, sign)| (*cell, sign.back));
        fold_into(table, number, &changes)?;
    }
    table.clear_notes()?;
    head.notes = 0;
    for (sign, mut cells) in notes {
        cells.retain(|cell| cell / CHUNK_CELLS >= end);
        if !cells.is_empty() {
            table.put_note(head.notes, &note::encode(sign, &cells))?;
            head.notes += 1;
        }
    }
    table.put_head(head)?;
    Ok(head.notes > 0)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Memory, Table as _, counts, learn, unlearn};
    use super::*;
    use crate::tokenize::Tokens;

    fn tokens(from: u32) -> Tokens {
        Tokens::from_cells((0..300).map(|n| from * 7 + n * 3407).collect())
    }

    #[test]
    fn folded_by_parts_is_folded_and_exact_at_every_step() {
        let (mut parts, mut whole) = (Memory::default(), Memory::default());
        for number in 0..NOTES_MANY {
            let kind = match number % 3 {
                0 => Kind::Wanted,
                _ => Kind::Unwanted,
            };
            for table in [&mut parts, &mut whole] {
                match number {
                    40 => unlearn(table, &tokens(1), Kind::Unwanted).unwrap(),
                    _ => learn(table, &tokens(number), kind).unwrap(),
                }
            }
        }
        let same = |one: &Memory, other: &Memory| {
            for number in 0..NOTES_MANY {
                let tokens = tokens(number);
                assert_eq!(counts(one, &tokens), counts(other, &tokens), "{number}");
            }
        };
        let mut steps = 0;
        while fold_some(&mut parts, 40).unwrap() {
            steps += 1;
            same(&parts, &whole);
            assert_eq!(parts.head().unwrap().marks, whole.head().unwrap().marks);
        }
        assert!(steps >= 6, "{steps}");
        assert_eq!(parts.head().unwrap().notes, 0);
        same(&parts, &whole);
        assert!(!fold_some(&mut parts, 40).unwrap());
        // And going on is the same as ever.
        for number in 50..150 {
            for table in [&mut parts, &mut whole] {
                learn(table, &tokens(number), Kind::Wanted).unwrap();
            }
        }
        same(&parts, &whole);
    }
}
