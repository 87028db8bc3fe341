//! What the light shows at one moment.

use crate::{Beats, Rhythm, Sign};

/// A sign, or the rhythm by which a page is known to be this box's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// How the box is.
    Sign(Sign),
    /// Which box it is.
    Rhythm(Rhythm),
}

impl Shown {
    /// Its name for scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Shown::Sign(sign) => sign.pattern().name,
            Shown::Rhythm(_) => "rhythm",
        }
    }

    /// What it looks like and means, for people: "looks: means".
    pub fn meaning(&self) -> &'static str {
        match self {
            Shown::Sign(sign) => sign.pattern().meaning,
            Shown::Rhythm(_) => "long and short flashes: the rhythm that the setup page asks about",
        }
    }

    /// On and off.
    pub fn beats(&self) -> Beats {
        match self {
            Shown::Sign(sign) => sign.pattern().beats(),
            Shown::Rhythm(rhythm) => rhythm.beats(),
        }
    }
}

impl From<Sign> for Shown {
    fn from(sign: Sign) -> Shown {
        Shown::Sign(sign)
    }
}
