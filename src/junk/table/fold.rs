//! Marks written as notes, and notes folded into chunks.

use super::note::{self, Sign};
use super::{AGE_AT, CHUNK_CELLS, CHUNK_OCTETS, CHUNKS, Counts, Head, Kind, NOTES_MAX, TableMut};
use crate::tokenize::{Tokens, VERSION};

/// Learns that a message is of a kind.
///
/// # Errors
/// The keeper's.
pub fn learn<T: TableMut + ?Sized>(
    table: &mut T,
    tokens: &Tokens,
    kind: Kind,
) -> Result<(), T::Error> {
    mark(table, tokens, Sign { kind, back: false })
}

/// Takes back what [`learn`] did with the same message and kind. Taking back what was never learned counts other messages less.
///
/// # Errors
/// The keeper's.
pub fn unlearn<T: TableMut + ?Sized>(
    table: &mut T,
    tokens: &Tokens,
    kind: Kind,
) -> Result<(), T::Error> {
    mark(table, tokens, Sign { kind, back: true })
}

fn mark<T: TableMut + ?Sized>(table: &mut T, tokens: &Tokens, sign: Sign) -> Result<(), T::Error> {
    let mut head = table.head()?;
    head.version = VERSION;
    note::apply(sign, &mut head.marks);
    table.put_note(head.notes, &note::encode(sign, tokens.cells()))?;
    head.notes += 1;
    if head.notes >= NOTES_MAX {
        fold(table, &mut head)?;
    }
    table.put_head(head)
}

/// Folds all notes into the chunks, and halves the counters of a kind that has too many marks.
fn fold<T: TableMut + ?Sized>(table: &mut T, head: &mut Head) -> Result<(), T::Error> {
    let mut changes: Vec<(u32, Sign)> = Vec::new();
    table.notes(&mut |octets| {
        if let Some((sign, cells)) = note::decode(octets) {
            changes.extend(cells.map(|cell| (cell, sign)));
        }
    })?;
    // Marks before those taken back, so that a note that undoes another one finds it counted.
    changes.sort_unstable_by_key(|(cell, sign)| (*cell, sign.back));
    let old = |marks: u16| marks > AGE_AT;
    let ages = (old(head.marks.wanted), old(head.marks.unwanted));
    let mut rest = changes.as_slice();
    for number in 0..CHUNKS {
        let len = rest.partition_point(|(cell, _)| cell / CHUNK_CELLS <= number);
        let (mine, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        rest = after;
        if mine.is_empty() && ages == (false, false) {
            continue;
        }
        let mut octets = vec![0; CHUNK_OCTETS];
        table.chunk(number, &mut |chunk| {
            if chunk.len() == CHUNK_OCTETS {
                octets.copy_from_slice(chunk);
            }
        })?;
        for (cell, sign) in mine {
            change(&mut octets, cell % CHUNK_CELLS, |counts| {
                note::apply(*sign, counts)
            });
        }
        if ages != (false, false) {
            age(&mut octets, ages);
        }
        let empty = octets.iter().all(|&octet| octet == 0);
        table.put_chunk(number, if empty { &[] } else { &octets })?;
    }
    if ages.0 {
        head.marks.wanted /= 2;
    }
    if ages.1 {
        head.marks.unwanted /= 2;
    }
    head.notes = 0;
    table.clear_notes()
}

/// Counts changes of one chunk in it.
pub(super) fn fold_into<T: TableMut + ?Sized>(
    table: &mut T,
    number: u32,
    changes: &[(u32, Sign)],
) -> Result<(), T::Error> {
    let mut octets = vec![0; CHUNK_OCTETS];
    table.chunk(number, &mut |chunk| {
        if chunk.len() == CHUNK_OCTETS {
            octets.copy_from_slice(chunk);
        }
    })?;
    for (cell, sign) in changes {
        change(&mut octets, cell % CHUNK_CELLS, |counts| {
            note::apply(*sign, counts)
        });
    }
    let empty = octets.iter().all(|&octet| octet == 0);
    table.put_chunk(number, if empty { &[] } else { &octets })
}

/// Halves the counters of the kinds that are to age. Odd ones are rounded up in every other cell, so that the sum is halved, too.
fn age(octets: &mut [u8], (wanted, unwanted): (bool, bool)) {
    for place in 0..CHUNK_CELLS {
        change(octets, place, |counts| {
            let half = |count: u16| count.midpoint(u16::from(place & 1 == 1));
            if wanted {
                counts.wanted = half(counts.wanted);
            }
            if unwanted {
                counts.unwanted = half(counts.unwanted);
            }
        });
    }
}

/// The counters of a cell by its place in the chunk; zeros if the chunk is not there.
pub(super) fn cell(chunk: &[u8], place: u32) -> Counts {
    match chunk.as_chunks::<4>().0.get(place as usize) {
        Some(&[a, b, c, d]) => Counts {
            wanted: u16::from_be_bytes([a, b]),
            unwanted: u16::from_be_bytes([c, d]),
        },
        None => Counts::default(),
    }
}

fn change(octets: &mut [u8], place: u32, how: impl FnOnce(&mut Counts)) {
    let mut counts = cell(octets, place);
    how(&mut counts);
    if let Some(room) = octets.as_chunks_mut::<4>().0.get_mut(place as usize) {
        let ([a, b], [c, d]) = (counts.wanted.to_be_bytes(), counts.unwanted.to_be_bytes());
        *room = [a, b, c, d];
    }
}
