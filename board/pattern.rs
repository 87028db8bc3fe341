//! What the light can say. Told apart by rhythm, not by colour.

/// A state of the box that the light shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// Starting, and not taking mail yet.
    Starting,
    /// All is well.
    Well,
    /// It works, and something wants the owner's attention.
    Attention,
    /// Mail cannot be kept: the disk is full or fails.
    CannotKeepMail,
    /// Everything is written; the plug may be pulled.
    SafeToUnplug,
}

/// One row: a state, what it looks like and what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// The state.
    pub sign: Sign,
    /// Its name for scripts.
    pub name: &'static str,
    /// What it looks like and means, for people.
    pub meaning: &'static str,
    /// Milliseconds on and off, in turn, over and over. An empty list is dark.
    pub beats: &'static [(u32, u32)],
}

/// All patterns.
pub const PATTERNS: [Pattern; 5] = [
    Pattern {
        sign: Sign::Starting,
        name: "starting",
        meaning: "even blinking: starting",
        beats: &[(500, 500)],
    },
    Pattern {
        sign: Sign::Well,
        name: "well",
        meaning: "steady light: all is well",
        beats: &[(1000, 0)],
    },
    Pattern {
        sign: Sign::Attention,
        name: "attention",
        meaning: "two flashes and a pause: it works, and something wants your attention",
        beats: &[(150, 150), (150, 1550)],
    },
    Pattern {
        sign: Sign::CannotKeepMail,
        name: "cannot-keep-mail",
        meaning: "hurried blinking: mail cannot be kept",
        beats: &[(100, 100)],
    },
    Pattern {
        sign: Sign::SafeToUnplug,
        name: "safe-to-unplug",
        meaning: "dark: safe to unplug",
        beats: &[],
    },
];

impl Sign {
    /// The row of this state.
    pub fn pattern(self) -> &'static Pattern {
        match self {
            Sign::Starting => &PATTERNS[0],
            Sign::Well => &PATTERNS[1],
            Sign::Attention => &PATTERNS[2],
            Sign::CannotKeepMail => &PATTERNS[3],
            Sign::SafeToUnplug => &PATTERNS[4],
        }
    }
}

impl Pattern {
    /// Whether the light is on `elapsed` milliseconds after the pattern began, and after how many more it changes; `None`: never.
    pub fn at(&self, elapsed: u64) -> (bool, Option<u64>) {
        let round: u64 = self
            .beats
            .iter()
            .map(|(on, off)| u64::from(*on) + u64::from(*off))
            .sum();
        let steady = self.beats.iter().all(|(_, off)| *off == 0);
        if round == 0 || steady {
            return (round > 0, None);
        }
        let mut left = elapsed % round;
        for (on, off) in self.beats {
            for (lit, length) in [(true, u64::from(*on)), (false, u64::from(*off))] {
                if left < length {
                    return (lit, Some(length - left));
                }
                left -= length;
            }
        }
        (false, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_row_and_its_own_rhythm() {
        for (at, pattern) in PATTERNS.iter().enumerate() {
            assert_eq!(pattern.sign.pattern(), pattern);
            assert!(
                PATTERNS[at + 1..]
                    .iter()
                    .all(|other| other.beats != pattern.beats && other.name != pattern.name)
            );
        }
    }

    #[test]
    fn rhythms_are_kept() {
        let table = [
            (Sign::Starting, 0, (true, Some(500))),
            (Sign::Starting, 1999, (false, Some(1))),
            (Sign::Well, 123_456, (true, None)),
            (Sign::SafeToUnplug, 5, (false, None)),
            (Sign::Attention, 310, (true, Some(140))),
            (Sign::Attention, 2000 + 450, (false, Some(1550))),
        ];
        for (sign, elapsed, expected) in table {
            assert_eq!(
                sign.pattern().at(elapsed),
                expected,
                "{sign:?} at {elapsed}"
            );
        }
    }
}
