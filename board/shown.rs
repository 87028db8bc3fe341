//! What a light is asked to show: a state, or a rhythm that is a fingerprint's.

use crate::Sign;

/// What the light shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shown {
    /// A state of the box.
    Sign(Sign),
    /// A rhythm to be compared.
    Rhythm(Rhythm),
}

/// Eight beats, long or short.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rhythm {
    longs: u8,
}

impl Rhythm {
    /// The rhythm of a fingerprint: its first eight bits.
    pub fn of(print: &[u8]) -> Rhythm {
        Rhythm {
            longs: print.first().copied().unwrap_or_default(),
        }
    }
}
