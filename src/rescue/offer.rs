//! The offer to start anew: opened on the page, it can be accepted by the button for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long it stands: enough to walk to the box and read the page again.
pub(super) const STANDS: Duration = Duration::from_secs(5 * 60);
/// The press that accepts it takes so long, and must have begun after it was opened.
const PRESS: Duration = Duration::from_secs(10);

/// The offer; clones share it.
#[derive(Clone)]
pub(super) struct Offer {
    may_be_made: bool,
    state: Arc<Mutex<State>>,
}

/// How it stands with the offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Nobody has opened it, or its time is over.
    Closed,
    /// Opened then.
    Open(Instant),
    /// Accepted then: init was told.
    Accepted(Instant),
}

impl Offer {
    /// `may_be_made`: there is something that can be made anew, and somebody who does it.
    pub(super) fn new(may_be_made: bool) -> Offer {
        Offer {
            may_be_made,
            state: Arc::new(Mutex::new(State::Closed)),
        }
    }

    /// Whether it can be made at all.
    pub(super) fn may_be_made(&self) -> bool {
        self.may_be_made
    }

    /// Somebody has opened it on the page.
    pub(super) fn open(&self) {
        self.open_at(Instant::now());
    }

    /// They think otherwise.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        if let State::Open(_) = *state {
            *state = State::Closed;
        }
    }

    /// What was tried has failed: it may be opened again.
    pub(super) fn failed(&self) {
        *self.lock() = State::Closed;
    }

    /// As it stands now.
    pub(super) fn state(&self) -> State {
        self.state_at(Instant::now())
    }

    /// Somebody has held the button for 10 s and let go: whether that accepts it.
    pub(super) fn accept(&self) -> bool {
        self.accept_at(Instant::now())
    }

    fn open_at(&self, now: Instant) {
        let mut state = self.lock();
        // Once accepted there is nothing left to be offered.
        if self.may_be_made && !matches!(*state, State::Accepted(_)) {
            *state = State::Open(now);
        }
    }

    fn state_at(&self, now: Instant) -> State {
        let mut state = self.lock();
        match *state {
            State::Open(since) if now.saturating_duration_since(since) > STANDS => {
                *state = State::Closed;
            }
            _ => {}
        }
        *state
    }

    fn accept_at(&self, now: Instant) -> bool {
        let State::Open(since) = self.state_at(now) else {
            return false;
        };
        if now.saturating_duration_since(since) < PRESS {
            return false;
        }
        *self.lock() = State::Accepted(now);
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_press_alone_and_the_page_alone_do_nothing() {
        let begun = Instant::now();
        let offer = Offer::new(true);
        assert!(!offer.accept_at(begun), "the press alone");
        offer.open_at(begun);
        assert_eq!(offer.state_at(begun + 60 * SECOND), State::Open(begun));
        assert!(
            !offer.accept_at(begun + 9 * SECOND),
            "a press that began before the offer"
        );
        assert!(!offer.accept_at(begun + STANDS + SECOND), "too late");
        assert_eq!(offer.state_at(begun + STANDS + SECOND), State::Closed);
        assert!(
            !offer.accept_at(begun + STANDS + 2 * SECOND),
            "and it stays closed"
        );
    }

    #[test]
    fn both_do_it_and_once() {
        let begun = Instant::now();
        let offer = Offer::new(true);
        offer.open_at(begun);
        assert!(offer.accept_at(begun + 11 * SECOND));
        assert!(!offer.accept_at(begun + 30 * SECOND));
        offer.open_at(begun + 31 * SECOND);
        assert!(matches!(offer.state(), State::Accepted(_)));
        offer.failed();
        offer.open_at(begun + 40 * SECOND);
        offer.close();
        assert!(!offer.accept_at(begun + 60 * SECOND));
    }

    #[test]
    fn what_cannot_be_made_anew_is_not_offered() {
        let begun = Instant::now();
        let offer = Offer::new(false);
        offer.open_at(begun);
        assert!(!offer.accept_at(begun + 20 * SECOND));
    }
}
