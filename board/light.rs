//! A light on a pin.

use embedded_hal::digital::{OutputPin, PinState};

use crate::{Pattern, Sign};

/// Plays patterns on a pin. Whoever drives it calls [`Light::tick`] when told.
pub struct Light<P> {
    pin: P,
    pattern: &'static Pattern,
    since: u64,
}

impl<P: OutputPin> Light<P> {
    /// A light that shows `sign` from `now` on.
    pub fn new(pin: P, sign: Sign, now: u64) -> Light<P> {
        Light {
            pin,
            pattern: sign.pattern(),
            since: now,
        }
    }

    /// Shows another state from `now` on; the same one goes on in its rhythm.
    pub fn show(&mut self, sign: Sign, now: u64) {
        if self.pattern.sign != sign {
            self.pattern = sign.pattern();
            self.since = now;
        }
    }

    /// What it shows.
    pub fn pattern(&self) -> &'static Pattern {
        self.pattern
    }

    /// Sets the pin; answers when to call again, `None`: not before the next [`Light::show`].
    pub fn tick(&mut self, now: u64) -> Result<Option<u64>, P::Error> {
        let (lit, change) = self.pattern.at(now.saturating_sub(self.since));
        self.pin.set_state(PinState::from(lit))?;
        Ok(change.map(|after| now + after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Pin;

    #[test]
    fn the_pin_follows_the_pattern() {
        let pin = Pin::default();
        let mut light = Light::new(pin.clone(), Sign::Starting, 1000);
        assert_eq!(light.tick(1000), Ok(Some(1500)));
        assert!(pin.level());
        assert_eq!(light.tick(1500), Ok(Some(2000)));
        assert!(!pin.level());
        light.show(Sign::Well, 1600);
        assert_eq!(light.tick(1600), Ok(None));
        assert!(pin.level());
    }
}
