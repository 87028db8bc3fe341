//! On and off in turn, over and over: what every pattern of the light is made of.

use core::ops::Deref;

/// The most beats that one round has: a [`Rhythm`](crate::Rhythm)'s; people do not keep more than seven or eight in mind.
pub const BEATS_MAX: usize = 8;

/// Milliseconds on, then milliseconds off.
pub type Beat = (u32, u32);

/// One round of a pattern. No beats at all are dark; beats that are never off are steady.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Beats {
    list: [Beat; BEATS_MAX],
    count: usize,
}

impl Beats {
    /// These beats; what is beyond [`BEATS_MAX`] is left out.
    pub fn new(beats: &[Beat]) -> Beats {
        let mut list = [(0, 0); BEATS_MAX];
        for (to, from) in list.iter_mut().zip(beats) {
            *to = *from;
        }
        Beats {
            list,
            count: beats.len().min(BEATS_MAX),
        }
    }

    /// Whether the light is on `elapsed` milliseconds after the first beat began, and after how many more it changes; `None`: never.
    pub fn at(&self, elapsed: u64) -> (bool, Option<u64>) {
        let round = self.round();
        if self.is_steady() {
            return (self.iter().any(|(on, _)| *on > 0), None);
        }
        let mut left = elapsed.checked_rem(round).unwrap_or(0);
        for (on, off) in self.iter() {
            for (lit, length) in [(true, u64::from(*on)), (false, u64::from(*off))] {
                if left < length {
                    return (lit, Some(length - left));
                }
                left -= length;
            }
        }
        (false, None)
    }

    /// Milliseconds of one round.
    pub fn round(&self) -> u64 {
        let lengths = self
            .iter()
            .map(|(on, off)| u64::from(*on) + u64::from(*off));
        lengths.sum()
    }

    /// Always on, or always dark.
    pub fn is_steady(&self) -> bool {
        self.iter().all(|(_, off)| *off == 0) || self.iter().all(|(on, _)| *on == 0)
    }

    /// Where a light that is `lit` begins, in milliseconds into the round, so that it changes at once: one that is on with the last pause,
    /// one that is dark with the first flash.
    pub fn entrance(&self, lit: bool) -> u64 {
        let pause = self.last().map_or(0, |(_, off)| u64::from(*off));
        if lit && !self.is_steady() {
            self.round().saturating_sub(pause)
        } else {
            0
        }
    }
}

impl Deref for Beats {
    type Target = [Beat];

    fn deref(&self) -> &[Beat] {
        self.list.get(..self.count).unwrap_or(&self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_kept() {
        let even = Beats::new(&[(500, 500)]);
        let double = Beats::new(&[(150, 150), (150, 1550)]);
        let table = [
            (even, 0, (true, Some(500))),
            (even, 1999, (false, Some(1))),
            (Beats::new(&[(1000, 0)]), 123_456, (true, None)),
            (Beats::new(&[]), 5, (false, None)),
            (Beats::new(&[(0, 0)]), 5, (false, None)),
            (Beats::new(&[(0, 700)]), 5, (false, None)),
            (double, 310, (true, Some(140))),
            (double, 2000 + 450, (false, Some(1550))),
            (double, u64::MAX, double.at(u64::MAX % 2000)),
        ];
        for (beats, elapsed, expected) in table {
            assert_eq!(beats.at(elapsed), expected, "{beats:?} at {elapsed}");
        }
    }

    #[test]
    fn the_entrance_changes_the_light_at_once() {
        for beats in [
            Beats::new(&[(150, 150), (150, 1550)]),
            Beats::new(&[(80, 920)]),
        ] {
            for lit in [true, false] {
                assert_eq!(beats.at(beats.entrance(lit)).0, !lit, "{beats:?}");
            }
        }
        assert_eq!(Beats::new(&[(1000, 0)]).entrance(true), 0);
    }

    #[test]
    fn beats_beyond_the_most_are_left_out() {
        assert_eq!(Beats::new(&[(1, 1); 20]).len(), BEATS_MAX);
    }
}
