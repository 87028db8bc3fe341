//! A button on a pin: bouncing contacts in, gestures out.

use embedded_hal::digital::InputPin;

/// Contacts bounce for a few milliseconds; a level counts when it has lasted this long.
const DEBOUNCE: u64 = 30;
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
    /// Held for 3 seconds.
    Hold3,
    /// Held for 10 seconds.
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
}

/// How far a hold has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Not pressed.
    Up,
    /// Pressed.
    Pressed,
    /// For 3 seconds.
    Held3,
    /// For 10 seconds.
    Held10,
    /// For too long.
    Stuck,
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

/// A button whose pin is high while it is pressed.
pub struct Button<P> {
    pin: P,
    /// The level that counts, the level last read and since when.
    settled: bool,
    read: bool,
    read_since: u64,
    state: State,
}

impl<P: InputPin> Button<P> {
    /// A button that is not pressed.
    pub fn new(pin: P) -> Button<P> {
        Button {
            pin,
            settled: false,
            read: false,
            read_since: 0,
            state: State::Up,
        }
    }

    /// Reads the pin. Call it at each edge and whenever [`Button::deadline`] has come.
    pub fn sample(&mut self, now: u64) -> Result<Option<Gesture>, P::Error> {
        let level = self.pin.is_high()?;
        if level != self.read {
            self.read = level;
            self.read_since = now;
        }
        if self.read != self.settled && now.saturating_sub(self.read_since) >= DEBOUNCE {
            self.settled = self.read;
            return Ok(self.edge(self.read_since));
        }
        Ok(self.time(now))
    }

    /// When to sample again though no edge comes.
    pub fn deadline(&self) -> Option<u64> {
        if self.read != self.settled {
            return Some(self.read_since + DEBOUNCE);
        }
        match self.state {
            State::Down { since, .. } => Some(since + STUCK),
            State::Once { at } => Some(at + DOUBLE),
            State::Up | State::Stuck => None,
        }
    }

    fn edge(&mut self, at: u64) -> Option<Gesture> {
        let (state, gesture) = match (self.state, self.settled) {
            (State::Up, true) => (
                State::Down {
                    since: at,
                    second: false,
                },
                None,
            ),
            (State::Once { at: first }, true) if at.saturating_sub(first) <= DOUBLE => (
                State::Down {
                    since: at,
                    second: true,
                },
                None,
            ),
            // The first press has been waiting for its second too long: it was a press of its own.
            (State::Once { .. }, true) => (
                State::Down {
                    since: at,
                    second: false,
                },
                Some(Gesture::Short),
            ),
            (State::Down { since, second }, false) => match at.saturating_sub(since) {
                HOLD_10.. => (State::Up, Some(Gesture::Hold10)),
                HOLD_3.. => (State::Up, Some(Gesture::Hold3)),
                _ if second => (State::Up, Some(Gesture::Double)),
                _ => (State::Once { at }, None),
            },
            (_, false) => (State::Up, None),
            (state, true) => (state, None),
        };
        self.state = state;
        gesture
    }

    fn time(&mut self, now: u64) -> Option<Gesture> {
        match self.state {
            State::Down { since, .. } if now.saturating_sub(since) >= STUCK => {
                self.state = State::Stuck;
                Some(Gesture::Stuck)
            }
            State::Once { at } if now.saturating_sub(at) >= DOUBLE && self.read == self.settled => {
                self.state = State::Up;
                Some(Gesture::Short)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::play;

    /// Edges (time and level, high first), and what they mean.
    const TABLE: &[(&[u64], &[Gesture])] = &[
        (&[100, 200], &[Gesture::Short]),
        (&[100, 200, 300, 400], &[Gesture::Double]),
        (&[100, 200, 900, 1000], &[Gesture::Short, Gesture::Short]),
        (&[100, 110, 115, 200, 203, 205], &[Gesture::Short]),
        (&[100, 110], &[]),
        (&[100, 3100], &[Gesture::Hold3]),
        (&[100, 3099], &[Gesture::Short]),
        (&[100, 10_100], &[Gesture::Hold10]),
        (&[100, 40_000], &[Gesture::Stuck]),
        (
            &[100, 40_000, 41_000, 41_100],
            &[Gesture::Stuck, Gesture::Short],
        ),
    ];

    #[test]
    fn edges_become_gestures() {
        for (edges, expected) in TABLE {
            assert_eq!(play(edges), *expected, "{edges:?}");
        }
    }
}
