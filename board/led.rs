//! A light on a pin.

use embedded_hal::digital::{OutputPin, PinState};

use crate::{Beats, Shown};

/// How long it is dark before it shows its state once more, in milliseconds: a person sees that the press was noticed.
const ONCE_MORE: u64 = 500;

/// Plays what is shown on a pin that is high while the light is on. Whoever drives it calls [`Led::tick`] when told.
pub struct Led<P> {
    pin: P,
    shown: Shown,
    beats: Beats,
    /// When it began, and how far into the round.
    since: u64,
    entrance: u64,
    /// What the pin was set to last.
    lit: Option<bool>,
}

impl<P: OutputPin> Led<P> {
    /// A light that shows `shown` from `now` on.
    pub fn new(pin: P, shown: Shown, now: u64) -> Led<P> {
        Led {
            pin,
            shown,
            beats: shown.beats(),
            since: now,
            entrance: 0,
            lit: None,
        }
    }

    /// Shows something else from `now` on, and begins it so that the light changes at once; the same goes on in its rhythm.
    pub fn show(&mut self, shown: Shown, now: u64) {
        if self.shown != shown {
            self.shown = shown;
            self.beats = shown.beats();
            self.since = now;
            self.entrance = self.beats.entrance(self.lit.unwrap_or(false));
        }
    }

    /// Goes dark for half a second and shows the same from its beginning.
    pub fn once_more(&mut self, now: u64) {
        self.since = now.saturating_add(ONCE_MORE);
        self.entrance = 0;
    }

    /// What it shows.
    pub fn shown(&self) -> Shown {
        self.shown
    }

    /// When its first round began, or would have.
    pub fn began(&self) -> u64 {
        self.since.saturating_sub(self.entrance)
    }

    /// The pin.
    pub fn pin(&mut self) -> &mut P {
        &mut self.pin
    }

    /// Sets the pin; answers when to call again, `None`: not before the next [`Led::show`].
    ///
    /// # Errors
    /// What the pin refuses; the next tick tries again.
    pub fn tick(&mut self, now: u64) -> Result<Option<u64>, P::Error> {
        let (lit, change) = if now < self.since {
            (false, Some(self.since - now))
        } else {
            let elapsed = (now - self.since).saturating_add(self.entrance);
            self.beats.at(elapsed)
        };
        if self.lit != Some(lit) {
            self.pin.set_state(PinState::from(lit))?;
            self.lit = Some(lit);
        }
        Ok(change.map(|after| now.saturating_add(after)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Pin;
    use crate::{PATTERNS, Sign};

    fn led(sign: Sign, now: u64) -> (Pin, Led<Pin>) {
        let pin = Pin::default();
        (pin.clone(), Led::new(pin, sign.into(), now))
    }

    #[test]
    fn the_pin_follows_the_pattern() {
        let (pin, mut led) = led(Sign::Starting, 1000);
        assert_eq!(led.tick(1000), Ok(Some(1700)));
        assert!(pin.level());
        assert_eq!(led.tick(1700), Ok(Some(2400)));
        assert!(!pin.level());
        led.show(Sign::Well.into(), 1800);
        assert_eq!(led.tick(1800), Ok(None));
        assert!(pin.level());
    }

    #[test]
    fn whatever_blinks_changes_the_light_at_once() {
        for from in &PATTERNS {
            for to in PATTERNS.iter().filter(|to| !to.beats().is_steady()) {
                let (pin, mut led) = led(from.sign, 0);
                for now in [0, 333, 1234] {
                    led.show(from.sign.into(), now);
                    led.tick(now).unwrap();
                    let before = pin.level();
                    if from.sign != to.sign {
                        led.show(to.sign.into(), now);
                        led.tick(now).unwrap();
                        assert_ne!(pin.level(), before, "{} to {}", from.name, to.name);
                    }
                }
            }
        }
    }

    #[test]
    fn the_same_goes_on_in_its_rhythm() {
        let (_, mut led) = led(Sign::Starting, 0);
        assert_eq!(led.tick(100), Ok(Some(700)));
        led.show(Sign::Starting.into(), 300);
        assert_eq!(led.tick(300), Ok(Some(700)));
    }

    #[test]
    fn once_more_is_dark_and_then_the_beginning() {
        let (pin, mut led) = led(Sign::Well, 0);
        assert_eq!(led.tick(0), Ok(None));
        led.once_more(10);
        assert_eq!(led.tick(10), Ok(Some(510)));
        assert!(!pin.level());
        assert_eq!(led.tick(510), Ok(None));
        assert!(pin.level());
    }
}
