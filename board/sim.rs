//! A board without pins: for laptops, servers and tests.

use std::boxed::Box;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

/// Hears of edges: the level that begins.
type Ear = Box<dyn Fn(bool) + Send>;

/// A pin that is a flag; clones share it.
#[derive(Clone, Default)]
pub struct Pin {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    level: AtomicBool,
    ear: Mutex<Option<Ear>>,
}

impl Pin {
    /// Whether it is high.
    pub fn level(&self) -> bool {
        self.inner.level.load(Ordering::SeqCst)
    }

    /// Sets the level, and tells who listens if that is an edge.
    pub fn set(&self, level: bool) {
        if self.inner.level.swap(level, Ordering::SeqCst) != level {
            let ear = self.inner.ear.lock();
            if let Some(ear) = &*ear.unwrap_or_else(PoisonError::into_inner) {
                ear(level);
            }
        }
    }

    /// Calls `ear` at each edge from now on, and nobody else; it must not touch the pin.
    pub fn on_edge(&self, ear: impl Fn(bool) + Send + 'static) {
        let slot = self.inner.ear.lock();
        *slot.unwrap_or_else(PoisonError::into_inner) = Some(Box::new(ear));
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({})", self.level())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_told_and_levels_that_stay_are_not() {
        let (send, heard) = std::sync::mpsc::channel();
        let pin = Pin::default();
        pin.on_edge(move |level| send.send(level).unwrap());
        for level in [false, true, true, false] {
            pin.clone().set(level);
        }
        let heard: std::vec::Vec<bool> = heard.try_iter().collect();
        assert_eq!(heard, [true, false]);
    }
}
