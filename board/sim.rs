//! A board without pins: for laptops, servers and tests.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

use crate::{Button, Gesture};

/// A pin that is a flag; clones share it.
#[derive(Clone, Default, Debug)]
pub struct Pin {
    level: Arc<AtomicBool>,
}

impl Pin {
    /// Whether it is high.
    pub fn level(&self) -> bool {
        self.level.load(Ordering::Relaxed)
    }

    fn set(&self, level: bool) {
        self.level.store(level, Ordering::Relaxed);
    }
}

impl ErrorType for Pin {
    type Error = Infallible;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }
    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

impl InputPin for Pin {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.level())
    }
    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.level())
    }
}

/// Presses a simulated button the way a finger makes this gesture, in no time at all; what the button made of it comes back.
pub fn press(gesture: Gesture) -> Vec<Gesture> {
    match gesture {
        Gesture::Short => play(&[0, 100]),
        Gesture::Double => play(&[0, 100, 250, 350]),
        Gesture::Hold3 => play(&[0, 3_500]),
        Gesture::Hold10 => play(&[0, 10_500]),
        Gesture::Stuck => play(&[0, 60_000]),
    }
}

/// Plays edges at these times, the first one down, and waits until the button has made up its mind.
pub(crate) fn play(edges: &[u64]) -> Vec<Gesture> {
    let pin = Pin::default();
    let mut button = Button::new(pin.clone());
    let mut gestures = Vec::new();
    let mut sample = |button: &mut Button<Pin>, now| {
        let Ok(gesture) = button.sample(now);
        gestures.extend(gesture);
    };
    let mut edges = edges.iter().copied().peekable();
    loop {
        match (edges.peek().copied(), button.deadline()) {
            (Some(edge), Some(deadline)) if deadline < edge => sample(&mut button, deadline),
            (Some(edge), _) => {
                edges.next();
                pin.set(!pin.level());
                sample(&mut button, edge);
            }
            (None, Some(deadline)) => sample(&mut button, deadline),
            (None, None) => return gestures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gesture_comes_back_as_itself() {
        for (_, gesture) in Gesture::NAMED {
            assert_eq!(press(gesture), [gesture]);
        }
    }
}
