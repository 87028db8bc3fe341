//! What the light can say. Few signs, told apart by rhythm and not by colour.
//!
//! What it promises, and `sign_tests.rs` holds: whoever looks for four seconds has seen a whole round; two signs with as many flashes in a round
//! differ by a factor of two or more in the length of a flash or a pause, which people see without a clock; groups of flashes are kept apart by a
//! pause three times as long as the gaps in them; and no sign that lasts flashes more than three times a second (WCAG 2.3.1, for people whom
//! flicker makes ill; the two short ones while a finger is on the button last seconds).

use crate::{Beat, Beats};

/// A state of the box that the light shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// Starting, and not taking mail yet.
    Starting,
    /// All is well.
    Well,
    /// All is well, and somebody has new mail.
    NewMail,
    /// The setup page is open.
    SetupOpen,
    /// A finger is on the button.
    Pressed,
    /// It has been for three seconds: letting go now opens the setup page.
    LetGoForSetup,
    /// It has been for ten seconds: letting go now makes the box forget its owner.
    LetGoToForgetOwner,
    /// It works, and something wants the owner's attention.
    Attention,
    /// Mail cannot be kept: the disk is full or fails.
    CannotKeepMail,
    /// Everything is written; the plug may be pulled.
    SafeToUnplug,
    /// A page offers to empty the card: holding the button for ten seconds now accepts that.
    EmptyingOffered,
}

/// One row: a state, what it looks like and what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// The state.
    pub sign: Sign,
    /// Its name for scripts.
    pub name: &'static str,
    /// What it looks like and means, for people: "looks: means".
    pub meaning: &'static str,
    /// Milliseconds on and off, in turn, over and over. An empty list is dark.
    pub beats: &'static [Beat],
}

/// All signs, in the order in which a household meets them.
pub const PATTERNS: [Pattern; 11] = [
    Pattern {
        sign: Sign::Starting,
        name: "starting",
        meaning: "slow even blinking: starting",
        beats: &[(700, 700)],
    },
    Pattern {
        sign: Sign::SetupOpen,
        name: "setup-open",
        meaning: "a long and a short flash in turn: the setup page is open",
        beats: &[(900, 300), (200, 600)],
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
        meaning: "steady light with a slow wink: all is well, and there is new mail",
        beats: &[(3700, 300)],
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
        beats: &[(170, 170)],
    },
    Pattern {
        sign: Sign::Pressed,
        name: "pressed",
        meaning: "a short flash each second: the button is held",
        beats: &[(80, 920)],
    },
    Pattern {
        sign: Sign::LetGoForSetup,
        name: "let-go-for-setup",
        meaning: "long flashes with short gaps: let go now to open the setup page",
        beats: &[(600, 120)],
    },
    Pattern {
        sign: Sign::LetGoToForgetOwner,
        name: "let-go-to-forget-owner",
        meaning: "flicker: let go now and the box forgets who owns it",
        beats: &[(60, 60)],
    },
    Pattern {
        sign: Sign::SafeToUnplug,
        name: "safe-to-unplug",
        meaning: "dark: safe to unplug",
        beats: &[],
    },
    Pattern {
        sign: Sign::EmptyingOffered,
        name: "emptying-offered",
        meaning: "three flashes and a pause: a page offers to start anew: hold the button for 10 seconds now, and everything on the card is lost",
        beats: &[(200, 200), (200, 200), (200, 1000)],
    },
];

impl Sign {
    /// The row of this state.
    pub fn pattern(self) -> &'static Pattern {
        match self {
            Sign::Starting => &PATTERNS[0],
            Sign::SetupOpen => &PATTERNS[1],
            Sign::Well => &PATTERNS[2],
            Sign::NewMail => &PATTERNS[3],
            Sign::Attention => &PATTERNS[4],
            Sign::CannotKeepMail => &PATTERNS[5],
            Sign::Pressed => &PATTERNS[6],
            Sign::LetGoForSetup => &PATTERNS[7],
            Sign::LetGoToForgetOwner => &PATTERNS[8],
            Sign::SafeToUnplug => &PATTERNS[9],
            Sign::EmptyingOffered => &PATTERNS[10],
        }
    }

    /// Only while a finger is on the button.
    pub fn is_of_a_finger(self) -> bool {
        matches!(
            self,
            Sign::Pressed | Sign::LetGoForSetup | Sign::LetGoToForgetOwner
        )
    }
}

impl Pattern {
    /// Its beats.
    pub fn beats(&self) -> Beats {
        Beats::new(self.beats)
    }
}

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;
