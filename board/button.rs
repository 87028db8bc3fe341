//! A button on a pin: presses in, gestures out.
//!
//! Promises: at most one gesture a press, made when the finger is off the button again (or when it has been there so long that no finger is); the
//! stage that is shown while it is held is the gesture that letting go at that moment makes.

use embedded_hal::digital::InputPin;

use crate::debounce::{Debounce, Edge};
use crate::{Shown, Sign};

/// A second press that begins within this time of the first one's end makes the two a double press.
const DOUBLE: u64 = 400;
/// The two lengths of a hold.
const HOLD_3: u64 = 3_000;
const HOLD_10: u64 = 10_000;
/// A person lets go before this; a stuck button does not.
const STUCK: u64 = 30_000;

/// What a person did with the button.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gesture {
    /// Pressed and let go.
    Short,
    /// Pressed twice: power off.
    Double,
    /// Held for 3 seconds: the setup page.
    Hold3,
    /// Held for 10 seconds: the owner is forgotten.
    Hold10,
    /// Held for 30 seconds: the button is stuck, and nothing is done.
    Stuck,
}

impl Gesture {
    /// Those that a person can mean, with their names for scripts.
    pub const NAMED: [(&'static str, Gesture); 4] = [
        ("short", Gesture::Short),
        ("double", Gesture::Double),
        ("3s", Gesture::Hold3),
        ("10s", Gesture::Hold10),
    ];

    /// The gesture of this name.
    pub fn named(name: &str) -> Option<Gesture> {
        let mut all = Gesture::NAMED.iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, gesture)| *gesture)
    }
}

/// How far a press has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Not pressed.
    Up,
    /// Pressed, less than 3 seconds ago.
    Pressed,
    /// For 3 seconds: letting go is [`Gesture::Hold3`].
    Held3,
    /// For 10 seconds: letting go is [`Gesture::Hold10`].
    Held10,
    /// For 30 seconds: letting go is nothing.
    Stuck,
}

impl Stage {
    /// The stage of a press that is this old, in milliseconds.
    fn of(age: u64) -> Stage {
        match age {
            STUCK.. => Stage::Stuck,
            HOLD_10.. => Stage::Held10,
            HOLD_3.. => Stage::Held3,
            _ => Stage::Pressed,
        }
    }

    /// The age at which it ends.
    fn end(self) -> Option<u64> {
        match self {
            Stage::Pressed => Some(HOLD_3),
            Stage::Held3 => Some(HOLD_10),
            Stage::Held10 => Some(STUCK),
            Stage::Up | Stage::Stuck => None,
        }
    }

    /// What the light shows of it; a button that is not pressed, or stuck, has nothing to show.
    pub fn shown(self) -> Option<Shown> {
        let sign = match self {
            Stage::Up | Stage::Stuck => return None,
            Stage::Pressed => Sign::Pressed,
            Stage::Held3 => Sign::LetGoForSetup,
            Stage::Held10 => Sign::LetGoToForgetOwner,
        };
        Some(Shown::Sign(sign))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Up,
    /// Down since; `second`: the first press of a double one ended just before.
    Down {
        since: u64,
        second: bool,
    },
    /// One short press ended at this time; a second may follow.
    Once {
        at: u64,
    },
    /// Reported as stuck; waits for the release.
    Stuck,
}

/// A button whose pin is high while it is pressed (else: [`Active`](crate::Active)).
pub struct Button<P> {
    pin: P,
    contact: Debounce,
    state: State,
}

impl<P: InputPin> Button<P> {
    /// A button that is not pressed.
    pub fn new(pin: P) -> Button<P> {
        Button {
            pin,
            contact: Debounce::new(),
            state: State::Up,
        }
    }

    /// Reads the pin. Call it at each edge and whenever [`Button::deadline`] has come, until the deadline lies ahead.
    ///
    /// # Errors
    /// What the pin refuses; nothing has changed then.
    pub fn sample(&mut self, now: u64) -> Result<Option<Gesture>, P::Error> {
        let level = self.pin.is_high()?;
        Ok(self.edge(level, now))
    }

    /// A level that began at `at`, for who has edges with their times: a press that was over before anybody looked is not lost.
    /// Times may not go backwards.
    pub fn edge(&mut self, pressed: bool, at: u64) -> Option<Gesture> {
        let settled = self.contact.level(pressed, at);
        let gesture = settled.and_then(|edge| self.settled(edge));
        gesture.or_else(|| self.time(at))
    }

    /// When to sample again though no edge comes: a level counts, a stage or a gesture is due.
    pub fn deadline(&self) -> Option<u64> {
        if let Some(deadline) = self.contact.deadline() {
            return Some(deadline);
        }
        match self.state {
            State::Down { since, .. } => {
                // Stages that a late sample has passed do not come again: `last` is what it saw.
                let end = Stage::of(self.contact.last().saturating_sub(since)).end();
                end.map(|age| since.saturating_add(age))
            }
            State::Once { at } => Some(at.saturating_add(DOUBLE)),
            State::Up | State::Stuck => None,
        }
    }

    /// How far the press has come at `now`. A finger that seems to be off the button gets no further.
    pub fn stage(&self, now: u64) -> Stage {
        match self.state {
            State::Up | State::Once { .. } => Stage::Up,
            State::Stuck => Stage::Stuck,
            State::Down { since, .. } => {
                let until = self.contact.pending().map_or(now, |edge| edge.at);
                Stage::of(until.saturating_sub(since))
            }
        }
    }

    /// The pin.
    pub fn pin(&mut self) -> &mut P {
        &mut self.pin
    }

    fn settled(&mut self, edge: Edge) -> Option<Gesture> {
        let at = edge.at;
        let down = |second| State::Down { since: at, second };
        let (state, gesture) = match (self.state, edge.pressed) {
            (State::Up, true) => (down(false), None),
            (State::Once { at: first }, true) if at.saturating_sub(first) <= DOUBLE => {
                (down(true), None)
            }
            // The first press has been waiting for its second too long: it was a press of its own.
            (State::Once { .. }, true) => (down(false), Some(Gesture::Short)),
            (State::Down { since, second }, false) => {
                match (Stage::of(at.saturating_sub(since)), second) {
                    (Stage::Stuck, _) => (State::Up, Some(Gesture::Stuck)),
                    (Stage::Held10, _) => (State::Up, Some(Gesture::Hold10)),
                    (Stage::Held3, _) => (State::Up, Some(Gesture::Hold3)),
                    (_, true) => (State::Up, Some(Gesture::Double)),
                    (_, false) => (State::Once { at }, None),
                }
            }
            (_, false) => (State::Up, None),
            (state, true) => (state, None),
        };
        self.state = state;
        gesture
    }

    /// What the time alone makes of it; not while an edge waits to count, which may have come before.
    fn time(&mut self, now: u64) -> Option<Gesture> {
        if self.contact.pending().is_some() {
            return None;
        }
        match self.state {
            State::Down { since, .. } if Stage::of(now.saturating_sub(since)) == Stage::Stuck => {
                self.state = State::Stuck;
                Some(Gesture::Stuck)
            }
            State::Once { at } if now.saturating_sub(at) >= DOUBLE => {
                self.state = State::Up;
                Some(Gesture::Short)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "button_tests.rs"]
mod tests;
