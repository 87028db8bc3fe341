//! Pins whose low level means "on".

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

/// A pin seen by its meaning: high is "on" or "pressed", whatever the level on the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Active<P> {
    /// The pin with its real levels.
    pub pin: P,
    /// Its low level means "on".
    pub low: bool,
}

impl<P: ErrorType> ErrorType for Active<P> {
    type Error = P::Error;
}

impl<P: OutputPin> OutputPin for Active<P> {
    fn set_low(&mut self) -> Result<(), P::Error> {
        self.pin.set_state(self.low.into())
    }

    fn set_high(&mut self) -> Result<(), P::Error> {
        self.pin.set_state((!self.low).into())
    }
}

impl<P: InputPin> InputPin for Active<P> {
    fn is_high(&mut self) -> Result<bool, P::Error> {
        Ok(self.pin.is_high()? != self.low)
    }

    fn is_low(&mut self) -> Result<bool, P::Error> {
        Ok(self.pin.is_high()? == self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Pin;

    #[test]
    fn levels_turn_around_when_low_is_on() {
        for low in [false, true] {
            let line = Pin::default();
            let mut pin = Active {
                pin: line.clone(),
                low,
            };
            for on in [true, false, true] {
                pin.set_state(on.into()).unwrap();
                assert_eq!(line.level(), on != low);
                assert_eq!(pin.is_high(), Ok(on));
                assert_eq!(pin.is_low(), Ok(!on));
            }
        }
    }
}
