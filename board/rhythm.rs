//! A fingerprint as long and short flashes, so that one sees that a page and a box belong together.
//!
//! What it cannot do: prove anything against somebody who wants to deceive. It has 62 values; it tells the boxes of one street apart, and that
//! is what a person with two of them in the house needs.

use crate::{BEATS_MAX, Beats};

/// Flashes in a rhythm. Six are kept in mind while looking from the page to the box and back.
pub const RHYTHM_LENGTH: usize = 6;
/// A short flash and a long one, four times as long.
const SHORT: u32 = 150;
const LONG: u32 = 600;
/// Between two flashes, and after the last: the round begins behind the pause, so that there is only one way to read it.
const GAP: u32 = 300;
const PAUSE: u32 = 2_000;
/// All of its flashes.
const ALL: u8 = (1 << RHYTHM_LENGTH) - 1;
/// What a value without a long or without a short flash becomes: every other one turns.
const EVERY_OTHER: u8 = 0b01_0101;

const _: () = assert!(RHYTHM_LENGTH <= BEATS_MAX);

/// Long and short flashes that a fingerprint stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rhythm {
    /// The first flash is the highest of the bits; set: long.
    bits: u8,
}

impl Rhythm {
    /// The rhythm of these octets, each of which counts. There is always a long flash and a short one in it.
    pub fn of(fingerprint: &[u8]) -> Rhythm {
        let folded = fingerprint.iter().fold(0u8, |sum, octet| sum ^ octet);
        let bits = (folded ^ (folded >> RHYTHM_LENGTH)) & ALL;
        Rhythm {
            bits: if bits == 0 || bits == ALL {
                bits ^ EVERY_OTHER
            } else {
                bits
            },
        }
    }

    /// Whether each flash is a long one, first to last.
    pub fn longs(&self) -> impl Iterator<Item = bool> + use<> {
        let bits = self.bits;
        (0..RHYTHM_LENGTH)
            .rev()
            .map(move |place| bits & (1 << place) != 0)
    }

    /// Its beats, with the pause at the end.
    pub fn beats(&self) -> Beats {
        let mut list = [(0, 0); RHYTHM_LENGTH];
        for (at, (beat, long)) in list.iter_mut().zip(self.longs()).enumerate() {
            let last = at + 1 == RHYTHM_LENGTH;
            *beat = (
                if long { LONG } else { SHORT },
                if last { PAUSE } else { GAP },
            );
        }
        Beats::new(&list)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn flashes_follow_the_bits() {
        let rhythm = Rhythm::of(&[0b10_1100]);
        let longs: Vec<bool> = rhythm.longs().collect();
        assert_eq!(longs, [true, false, true, true, false, false]);
        let lengths: Vec<u32> = rhythm.beats().iter().map(|beat| beat.0).collect();
        assert_eq!(lengths, [600, 150, 600, 600, 150, 150]);
        let pauses: Vec<u32> = rhythm.beats().iter().map(|beat| beat.1).collect();
        assert_eq!(pauses, [300, 300, 300, 300, 300, 2000]);
    }

    #[test]
    fn every_octet_counts_and_values_are_even() {
        let mut seen: BTreeMap<u8, u32> = BTreeMap::new();
        for first in 0..=255u8 {
            for last in [0, 1, 77] {
                let rhythm = Rhythm::of(&[first, 9, last]);
                let longs = rhythm.longs().filter(|long| *long).count();
                assert!((1..RHYTHM_LENGTH).contains(&longs));
                *seen.entry(rhythm.bits).or_default() += 1;
            }
        }
        assert_eq!(seen.len(), 62);
        assert!(seen.values().all(|count| (12..=24).contains(count)));
        assert_ne!(Rhythm::of(&[1, 2, 3]), Rhythm::of(&[1, 2, 4]));
        // Nothing at all has one, too.
        assert_eq!(Rhythm::of(&[]), Rhythm { bits: EVERY_OTHER });
    }
}
