//! Health becomes a light: of everything that is so at a moment, the one thing that the light shows.
//!
//! What comes first: that the plug may be pulled; what a hand on the button is doing; that a page offers to empty the card; that mail cannot be kept; the rhythm that a page asks for; the open setup
//! window; starting; that something wants attention; new mail; all is well.

use board::{Rhythm, Shown, Sign, Stage};

use crate::health::Gravity;

/// What is so.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Summary {
    pub(crate) starting: bool,
    pub(crate) ended: bool,
    /// How far the button is held; `None`: nobody knows of a button.
    pub(crate) held: Option<Stage>,
    /// Of the gravest fact.
    pub(crate) gravity: Option<Gravity>,
    pub(crate) rhythm: Option<Rhythm>,
    pub(crate) setup_open: bool,
    /// A page offers to empty the card.
    pub(crate) emptying: bool,
    pub(crate) unread: bool,
}

/// What the light shows.
pub(crate) fn shown(summary: &Summary) -> Shown {
    let lasting = lasting(summary);
    let held = match summary.held {
        Some(Stage::Pressed) => Some(Sign::Pressed),
        Some(Stage::Held3) => Some(Sign::LetGoForSetup),
        Some(Stage::Held10) => Some(Sign::LetGoToForgetOwner),
        // A stuck button is not heeded: it is a fact like others.
        Some(Stage::Up | Stage::Stuck) | None => None,
    };
    match (lasting, held, &summary.rhythm) {
        (Sign::SafeToUnplug, _, _) => Shown::Sign(lasting),
        (_, Some(sign), _) => Shown::Sign(sign),
        (Sign::CannotKeepMail | Sign::EmptyingOffered, None, _) | (_, None, None) => {
            Shown::Sign(lasting)
        }
        (_, None, Some(rhythm)) => Shown::Rhythm(*rhythm),
    }
}

/// What it shows when nobody is at the box: such changes are worth a line in the log.
pub(crate) fn lasting(summary: &Summary) -> Sign {
    match summary.gravity {
        _ if summary.ended => Sign::SafeToUnplug,
        _ if summary.emptying => Sign::EmptyingOffered,
        Some(Gravity::CannotKeepMail) => Sign::CannotKeepMail,
        _ if summary.setup_open => Sign::SetupOpen,
        _ if summary.starting => Sign::Starting,
        Some(Gravity::Attention) => Sign::Attention,
        None if summary.unread => Sign::NewMail,
        None => Sign::Well,
    }
}

/// The name for scripts.
pub fn name(shown: &Shown) -> &'static str {
    shown.name()
}

/// What it looks like and means, for people.
pub fn meaning(shown: &Shown) -> &'static str {
    shown.meaning()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Summary = Summary {
        starting: false,
        ended: false,
        held: None,
        gravity: None,
        rhythm: None,
        setup_open: false,
        emptying: false,
        unread: false,
    };

    /// What is so, and what is shown of it.
    type Rung = (fn(&mut Summary), Shown);

    /// The weightiest first.
    fn ladder() -> Vec<Rung> {
        let rhythm = Rhythm::of(b"a fingerprint");
        vec![
            (|all| all.ended = true, Shown::Sign(Sign::SafeToUnplug)),
            (
                |all| all.held = Some(Stage::Held3),
                Shown::Sign(Sign::LetGoForSetup),
            ),
            (
                |all| all.emptying = true,
                Shown::Sign(Sign::EmptyingOffered),
            ),
            (
                |all| all.gravity = Some(Gravity::CannotKeepMail),
                Shown::Sign(Sign::CannotKeepMail),
            ),
            (
                |all| all.rhythm = Some(Rhythm::of(b"a fingerprint")),
                Shown::Rhythm(rhythm),
            ),
            (|all| all.setup_open = true, Shown::Sign(Sign::SetupOpen)),
            (|all| all.starting = true, Shown::Sign(Sign::Starting)),
            (
                |all| all.gravity = all.gravity.max(Some(Gravity::Attention)),
                Shown::Sign(Sign::Attention),
            ),
            (|all| all.unread = true, Shown::Sign(Sign::NewMail)),
            (|_| (), Shown::Sign(Sign::Well)),
        ]
    }

    #[test]
    fn the_weightiest_is_shown_whatever_else_is_so() {
        let ladder = ladder();
        for (at, (_, expected)) in ladder.iter().enumerate() {
            let mut all = CALM;
            for (make, _) in &ladder[at..] {
                make(&mut all);
            }
            assert_eq!(&shown(&all), expected, "{all:?}");
        }
    }

    #[test]
    fn a_hand_on_the_button_sees_what_it_does() {
        for (stage, sign) in [
            (Stage::Up, Sign::Attention),
            (Stage::Pressed, Sign::Pressed),
            (Stage::Held3, Sign::LetGoForSetup),
            (Stage::Held10, Sign::LetGoToForgetOwner),
            (Stage::Stuck, Sign::Attention),
        ] {
            let held = Summary {
                held: Some(stage),
                gravity: Some(Gravity::Attention),
                ..CALM
            };
            assert_eq!(shown(&held), Shown::Sign(sign), "{stage:?}");
        }
    }
}
