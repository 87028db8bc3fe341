//! One look at the button and one change of the light. Time is an argument, so that hours pass in a test at once.

use board::{Button, Gesture, Led, Shown, Stage, sim};

use super::Face;
use super::pins::{Contacts, Lights};
use super::wiring::Wiring;
use crate::health::{Fact, Health, Part};

/// Gestures that one look can make: a press that was over before anybody looked, and what the time makes of it.
const GESTURES_AT_ONCE: usize = 4;

/// The light, the button, and how the box is.
pub(super) struct Desk {
    led: Led<Lights>,
    button: Button<Contacts>,
    health: Health,
    stage: Stage,
    /// As of the last turn.
    shown: Shown,
    number: u64,
    gestures: u64,
}

/// What came of a look.
pub(super) struct Turn {
    pub(super) gestures: Vec<Gesture>,
    /// When to look again though nothing happens.
    pub(super) deadline: Option<u64>,
}

impl Desk {
    /// Nothing is wired, but for the contact that needs no wire.
    pub(super) fn new(contact: sim::Pin, health: Health, now: u64) -> Desk {
        let shown = health.shown();
        Desk {
            led: Led::new(Lights(Vec::new()), shown, now),
            button: Button::new(Contacts::new(contact)),
            health,
            stage: Stage::Up,
            shown,
            number: 1,
            gestures: 0,
        }
    }

    /// Other lights, another button.
    pub(super) fn wire(&mut self, wiring: Wiring, now: u64) {
        self.led = Led::new(Lights(wiring.lights), self.health.shown(), now);
        self.button.pin().wire(wiring.contact, wiring.looks);
        self.number += 1;
    }

    /// Looks at the button, tells health how far a press has come, and sets the light.
    pub(super) fn turn(&mut self, now: u64) -> Turn {
        let gestures = self.gestures(now);
        let stage = self.button.stage(now);
        if stage != self.stage {
            self.stage = stage;
            self.health.working(stage);
            if stage == Stage::Up {
                self.health.well(Part::Button);
            }
        }
        for gesture in &gestures {
            match gesture {
                // A short press asks how the box is: the light says it again from the beginning.
                Gesture::Short => self.led.once_more(now),
                Gesture::Stuck if stage == Stage::Stuck => self.health.report(Fact::ButtonStuck),
                _ => {}
            }
            self.gestures += 1;
        }
        let shown = self.health.shown();
        self.led.show(shown, now);
        if shown != self.shown || gestures.contains(&Gesture::Short) {
            self.shown = shown;
            self.number += 1;
        }
        let Ok(change) = self.led.tick(now);
        let look = self.button.pin().next_look(now);
        let deadlines = [change, self.button.deadline(), look];
        Turn {
            gestures,
            deadline: deadlines.into_iter().flatten().min(),
        }
    }

    /// Gives everything back; the light stays as it is if it should.
    pub(super) fn end(&mut self, stays: bool, now: u64) {
        if stays {
            for light in &mut self.led.pin().0 {
                light.stay();
            }
        }
        self.wire(Wiring::default(), now);
    }

    pub(super) fn face(&mut self) -> Face {
        Face {
            shown: self.shown,
            began: self.led.began(),
            number: self.number,
            gestures: self.gestures,
        }
    }

    /// How far a press has come.
    #[cfg(test)]
    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// The contacts of the button, for who waits for their edges.
    pub(super) fn contacts(&mut self) -> &mut Contacts {
        self.button.pin()
    }

    fn gestures(&mut self, now: u64) -> Vec<Gesture> {
        let mut gestures = Vec::new();
        for edge in self.button.pin().edges(now) {
            gestures.extend(self.button.edge(edge.pressed, edge.at));
        }
        for _ in 0..GESTURES_AT_ONCE {
            match self.button.sample(now) {
                Ok(Some(gesture)) => gestures.push(gesture),
                Ok(None) => break,
                Err(never) => match never {},
            }
        }
        gestures
    }
}
