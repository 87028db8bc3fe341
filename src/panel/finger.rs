//! A press without a button, in the time that a finger takes: through the same debounce, with the same light while it is held.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_io::Timer;
use board::{Gesture, finger};
use futures_lite::FutureExt as _;

use super::Panel;

/// How long a gesture may take to be made after the finger is off: the double press's wait, and the debounce.
const MADE_BY: Duration = Duration::from_secs(2);

/// The finger is pressing already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy;

/// A finger on the contact. It comes off when this is dropped, whatever becomes of who presses.
struct Finger<'a>(&'a Panel);

impl Panel {
    /// Presses as a finger does for this gesture: it takes as long. Ready when the gesture has been made, but after a double press when the finger is off: the
    /// box that goes down must have answered before.
    ///
    /// # Errors
    /// Somebody is pressing in the same way.
    pub async fn press(&self, gesture: Gesture) -> Result<(), Busy> {
        if self.inner.finger.swap(true, Ordering::SeqCst) {
            return Err(Busy);
        }
        let pressing = Finger(self);
        let before = self.face().gestures;
        for (down, milliseconds) in finger(gesture) {
            self.inner.contact.set(*down);
            if *milliseconds > 0 {
                Timer::after(Duration::from_millis(u64::from(*milliseconds))).await;
            }
        }
        drop(pressing);
        if gesture != Gesture::Double {
            let late = async {
                Timer::after(MADE_BY).await;
            };
            self.made_after(before).or(late).await;
        }
        Ok(())
    }

    async fn made_after(&self, before: u64) {
        loop {
            let turned = self.inner.turned.listen();
            if self.face().gestures > before {
                return;
            }
            turned.await;
        }
    }
}

impl Drop for Finger<'_> {
    fn drop(&mut self) {
        self.0.inner.contact.set(false);
        self.0.inner.finger.store(false, Ordering::SeqCst);
    }
}
