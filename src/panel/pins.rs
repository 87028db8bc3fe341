//! All lights as one pin, and all contacts as one pin.

use std::convert::Infallible;
use std::fmt::Display;
use std::os::fd::BorrowedFd;

use board::linux::{Contact, Lamp, LineError, OnBoard};
use board::{Active, sim};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

use crate::log;

/// Between two looks at a button whose chip tells of no edges, in milliseconds: it is shorter than the debounce, so that no level that counts is missed.
const LOOK: u64 = 20;
/// So many looks find another level without having been told of an edge before the chip is believed to tell of none: a telling may be a moment late.
const UNTOLD: u32 = 3;

/// A light that can be set.
pub(super) trait Light: Send {
    /// On or off.
    fn set(&mut self, on: bool) -> Result<(), LineError>;
    /// It stays as it is when it is given back.
    fn stay(&mut self) {}
}

impl Light for Active<Lamp> {
    fn set(&mut self, on: bool) -> Result<(), LineError> {
        self.set_state(on.into())
    }
}

impl Light for OnBoard {
    fn set(&mut self, on: bool) -> Result<(), LineError> {
        self.set_state(on.into())
    }

    fn stay(&mut self) {
        OnBoard::stay(self);
    }
}

/// Lights that show the same. One that breaks is left out, and the others go on.
pub(super) struct Lights(pub(super) Vec<Box<dyn Light>>);

impl Lights {
    fn set(&mut self, on: bool) {
        self.0.retain_mut(|light| match light.set(on) {
            Ok(()) => true,
            Err(error) => {
                log::warn(
                    0,
                    format_args!("light: {error}; it is left out from now on"),
                );
                false
            }
        });
    }
}

impl ErrorType for Lights {
    type Error = Infallible;
}

impl OutputPin for Lights {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

/// A wired contact.
pub(super) trait Wire: Send {
    /// Its level at this moment, by its meaning.
    fn is_pressed(&mut self) -> Result<bool, LineError>;
    /// The edges that have come with their times, and how many came at all.
    fn edges(&mut self) -> Result<(Vec<Press>, usize), LineError>;
    /// What becomes readable at an edge; `None`: nothing does.
    fn descriptor(&self) -> Option<BorrowedFd<'_>>;
}

/// An edge by its meaning, and when it came, in milliseconds of the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Press {
    pub(super) pressed: bool,
    pub(super) at: u64,
}

impl Wire for Active<Contact> {
    fn is_pressed(&mut self) -> Result<bool, LineError> {
        self.is_high()
    }

    fn edges(&mut self) -> Result<(Vec<Press>, usize), LineError> {
        let low = self.low;
        let (edges, count) = self.pin.edges()?;
        let presses = edges.into_iter().map(|edge| Press {
            pressed: edge.high != low,
            at: edge.at,
        });
        Ok((presses.collect(), count))
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.pin.descriptor()
    }
}

/// The wired contact, if there is one, and the one that needs no wire: pressed when either is.
pub(super) struct Contacts {
    simulated: sim::Pin,
    real: Option<Box<dyn Wire>>,
    /// Another number for another wire, or for none.
    number: u64,
    /// Its level has to be looked at: nothing tells of its edges.
    looks: bool,
    /// The level that was told of last, and how many looks have found another one since.
    level: bool,
    untold: u32,
}

impl Contacts {
    pub(super) fn new(simulated: sim::Pin) -> Contacts {
        Contacts {
            simulated,
            real: None,
            number: 0,
            looks: false,
            level: false,
            untold: 0,
        }
    }

    /// Another wire, or none. `looks`: its edges are not to be relied on before the first has been told of.
    pub(super) fn wire(&mut self, real: Option<Box<dyn Wire>>, looks: bool) {
        self.looks = real
            .as_ref()
            .is_some_and(|wire| looks || wire.descriptor().is_none());
        self.real = real;
        self.number += 1;
        self.level = false;
        self.untold = 0;
    }

    /// A wire is there.
    #[cfg(test)]
    pub(super) fn has_real(&self) -> bool {
        self.real.is_some()
    }

    /// The wire's number, and what becomes readable at its edges.
    pub(super) fn descriptor(&self) -> (u64, Option<BorrowedFd<'_>>) {
        let descriptor = self.real.as_ref().and_then(|wire| wire.descriptor());
        (self.number, descriptor)
    }

    /// Nothing wakes whoever waits for edges.
    pub(super) fn look_from_now_on(&mut self, why: &dyn Display) {
        if !self.looks {
            self.looks = true;
            log::info(
                0,
                format_args!("button: {why}; its level is looked at every {LOOK} ms"),
            );
        }
    }

    /// When the level is to be looked at though no edge was told of.
    pub(super) fn next_look(&self, now: u64) -> Option<u64> {
        let looks = self.looks || self.untold > 0;
        (looks && self.real.is_some()).then(|| now.saturating_add(LOOK))
    }

    /// The edges that have come since the last look, none of them later than now.
    pub(super) fn edges(&mut self, now: u64) -> Vec<Press> {
        let Some(real) = &mut self.real else {
            return Vec::new();
        };
        let found = (|| {
            let before = real.is_pressed()?;
            let (edges, count) = real.edges()?;
            let level = if count > 0 {
                real.is_pressed()?
            } else {
                before
            };
            Ok((edges, count, level))
        })();
        match found {
            Ok((edges, count, level)) => {
                self.judge(count, level);
                let simulated = self.simulated.level();
                let pressed = edges.into_iter().map(|edge| Press {
                    pressed: edge.pressed || simulated,
                    at: edge.at.min(now),
                });
                pressed.collect()
            }
            Err(error) => {
                self.broken(&error);
                Vec::new()
            }
        }
    }

    /// Whether this chip tells of edges. An emulated one may take the wish and never tell.
    fn judge(&mut self, told: usize, level: bool) {
        if told > 0 {
            self.looks = false;
            self.untold = 0;
            self.level = level;
        } else if level != self.level && !self.looks {
            self.untold += 1;
            if self.untold >= UNTOLD {
                self.untold = 0;
                self.look_from_now_on(&"its chip does not tell of edges");
            }
        } else {
            self.untold = 0;
        }
    }

    fn broken(&mut self, error: &LineError) {
        log::warn(
            0,
            format_args!("button: {error}; it is not heeded from now on"),
        );
        self.wire(None, false);
    }
}

impl ErrorType for Contacts {
    type Error = Infallible;
}

impl InputPin for Contacts {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        let real = match self.real.as_mut().map(|wire| wire.is_pressed()) {
            Some(Ok(pressed)) => pressed,
            Some(Err(error)) => {
                self.broken(&error);
                false
            }
            None => false,
        };
        Ok(real || self.simulated.level())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.is_high()?)
    }
}
