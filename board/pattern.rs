//! What the light can say. Told apart by rhythm, not by colour.

/// A state of the box that the light shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// Starting, and not taking mail yet.
    Starting,
    /// All is well.
    Well,
    /// All is well, and a letter has not been read.
    NewMail,
    /// The setup window is open.
    SetupOpen,
    /// The button is down.
    Pressed,
    /// Held for 3 seconds: let go now for the setup window.
    LetGoForSetup,
    /// Held for 10 seconds: let go now to forget the owner.
    LetGoToForgetOwner,
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
pub const PATTERNS: [Pattern; 10] = [
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
        sign: Sign::NewMail,
        name: "new-mail",
        meaning: "a slow wink: all is well, and there is new mail",
        beats: &[(2700, 300)],
    },
    Pattern {
        sign: Sign::SetupOpen,
        name: "setup-open",
        meaning: "slow waves: the setup page is open",
        beats: &[(1000, 1000)],
    },
    Pattern {
        sign: Sign::Pressed,
        name: "pressed",
        meaning: "steady while pressed: the button is felt",
        beats: &[(60, 0)],
    },
    Pattern {
        sign: Sign::LetGoForSetup,
        name: "let-go-for-setup",
        meaning: "quick flashes: let go now to open the setup page",
        beats: &[(200, 200)],
    },
    Pattern {
        sign: Sign::LetGoToForgetOwner,
        name: "let-go-to-forget-owner",
        meaning: "flicker: let go now to forget the owner",
        beats: &[(50, 50)],
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
            Sign::NewMail => &PATTERNS[2],
            Sign::SetupOpen => &PATTERNS[3],
            Sign::Pressed => &PATTERNS[4],
            Sign::LetGoForSetup => &PATTERNS[5],
            Sign::LetGoToForgetOwner => &PATTERNS[6],
            Sign::Attention => &PATTERNS[7],
            Sign::CannotKeepMail => &PATTERNS[8],
            Sign::SafeToUnplug => &PATTERNS[9],
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
