//! The offer to start anew: opened on the page by whoever has just pressed the button, it can be accepted by the button for a while.
//!
//! ```text
//! a short press  ->  for a minute: the page may open it  ->  for five minutes: a press of 10 s, begun after that, accepts it
//! ```
//!
//! Who is in the house can ask the page for it, but only who stands at the box presses; and a hand that is on the button already, for whatever reason, is not taken at its word.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_listener::{Event, EventListener};

/// How long it stands: enough to walk to the box and read the page again.
pub(super) const STANDS: Duration = Duration::from_secs(5 * 60);
/// How long a short press is remembered: enough to walk back to the page.
const REMEMBERED: Duration = Duration::from_secs(60);
/// The press that accepts it takes so long, and must have begun after it was opened.
const PRESS: Duration = Duration::from_secs(10);

/// The offer; clones share it.
#[derive(Clone)]
pub(super) struct Offer {
    may_be_made: bool,
    inner: Arc<Inner>,
}

struct Inner {
    standing: Mutex<Standing>,
    changed: Event,
}

struct Standing {
    state: State,
    /// The last short press that has opened nothing.
    touched: Option<Instant>,
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
        let standing = Standing {
            state: State::Closed,
            touched: None,
        };
        Offer {
            may_be_made,
            inner: Arc::new(Inner {
                standing: Mutex::new(standing),
                changed: Event::new(),
            }),
        }
    }

    /// Whether it can be made at all.
    pub(super) fn may_be_made(&self) -> bool {
        self.may_be_made
    }

    /// Somebody has pressed the button and let go.
    pub(super) fn touch(&self) {
        self.touch_at(Instant::now());
    }

    /// Somebody wants to open it on the page; `held`: a finger is on the button. Whether it is open now.
    pub(super) fn open(&self, held: bool) -> bool {
        self.open_at(held, Instant::now())
    }

    /// They think otherwise.
    pub(super) fn close(&self) {
        self.change(|standing| {
            if let State::Open(_) = standing.state {
                standing.state = State::Closed;
            }
        });
    }

    /// What was tried has failed: it may be opened again.
    pub(super) fn failed(&self) {
        self.change(|standing| standing.state = State::Closed);
    }

    /// As it stands now.
    pub(super) fn state(&self) -> State {
        self.state_at(Instant::now())
    }

    /// Somebody has held the button for 10 s and let go: whether that accepts it.
    pub(super) fn accept(&self) -> bool {
        self.accept_at(Instant::now())
    }

    /// When it closes by itself; `None`: it is not open.
    pub(super) fn stands_until(&self) -> Option<Instant> {
        match self.state() {
            State::Open(since) => Some(since + STANDS),
            State::Closed | State::Accepted(_) => None,
        }
    }

    /// Wakes when it stands otherwise, but not when its time is over. Listen first, then look.
    pub(super) fn changed(&self) -> EventListener {
        self.inner.changed.listen()
    }

    fn touch_at(&self, now: Instant) {
        self.lock().touched = Some(now);
    }

    fn open_at(&self, held: bool, now: Instant) -> bool {
        self.change(|standing| {
            match standing.state {
                // Once accepted there is nothing left to be offered.
                State::Accepted(_) => return false,
                State::Open(since) if is_over(since, now) => {}
                // It does not stand for longer because it is asked for again.
                State::Open(_) => return true,
                State::Closed => {}
            }
            standing.state = State::Closed;
            let touched = standing.touched;
            let at_the_box =
                touched.is_some_and(|at| now.saturating_duration_since(at) <= REMEMBERED);
            if !self.may_be_made || held || !at_the_box {
                return false;
            }
            standing.touched = None;
            standing.state = State::Open(now);
            true
        })
    }

    fn state_at(&self, now: Instant) -> State {
        let mut standing = self.lock();
        if matches!(standing.state, State::Open(since) if is_over(since, now)) {
            standing.state = State::Closed;
        }
        standing.state
    }

    fn accept_at(&self, now: Instant) -> bool {
        let State::Open(since) = self.state_at(now) else {
            return false;
        };
        if now.saturating_duration_since(since) < PRESS {
            return false;
        }
        self.change(|standing| standing.state = State::Accepted(now));
        true
    }

    fn change<T>(&self, change: impl FnOnce(&mut Standing) -> T) -> T {
        let done = change(&mut self.lock());
        self.inner.changed.notify(usize::MAX);
        done
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        let standing = self.inner.standing.lock();
        standing.unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_over(since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) >= STANDS
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Touched and opened at `now`.
    fn opened(now: Instant) -> Offer {
        let offer = Offer::new(true);
        offer.touch_at(now);
        assert!(offer.open_at(false, now));
        offer
    }

    #[test]
    fn the_press_alone_and_the_page_alone_do_nothing() {
        let begun = Instant::now();
        let offer = Offer::new(true);
        assert!(!offer.accept_at(begun), "the press alone");
        assert!(!offer.open_at(false, begun), "nobody is at the box");
        assert!(!offer.accept_at(begun + 20 * SECOND));
        let offer = opened(begun);
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
        let offer = opened(begun);
        assert!(offer.accept_at(begun + 11 * SECOND));
        assert!(!offer.accept_at(begun + 30 * SECOND));
        offer.touch_at(begun + 31 * SECOND);
        assert!(!offer.open_at(false, begun + 31 * SECOND));
        assert!(matches!(offer.state(), State::Accepted(_)));
        offer.failed();
        assert!(offer.open_at(false, begun + 40 * SECOND));
        offer.close();
        assert!(!offer.accept_at(begun + 60 * SECOND));
    }

    /// From afar a press that somebody makes for another reason could be made to mean this.
    #[test]
    fn only_who_has_just_pressed_opens_it_and_a_finger_on_the_button_is_no_answer() {
        let begun = Instant::now();
        let offer = Offer::new(true);
        offer.touch_at(begun);
        assert!(!offer.open_at(true, begun + SECOND), "a press has begun");
        assert!(!offer.accept_at(begun + 25 * SECOND));
        assert!(!offer.open_at(false, begun + REMEMBERED + SECOND), "old");
        offer.touch_at(begun + 100 * SECOND);
        assert!(offer.open_at(false, begun + 130 * SECOND));
        // Asked for again it does not begin anew, and one press opens it once.
        assert!(offer.open_at(false, begun + 140 * SECOND));
        assert_eq!(
            offer.state_at(begun + 140 * SECOND),
            State::Open(begun + 130 * SECOND)
        );
        offer.close();
        assert!(!offer.open_at(false, begun + 150 * SECOND));
    }

    #[test]
    fn who_watches_hears_of_it() {
        let offer = Offer::new(true);
        let changed = offer.changed();
        offer.touch();
        assert!(offer.open(false));
        futures_lite::future::block_on(changed);
        assert!(offer.stands_until().is_some());
        let changed = offer.changed();
        offer.close();
        futures_lite::future::block_on(changed);
        assert_eq!(offer.stands_until(), None);
    }

    #[test]
    fn what_cannot_be_made_anew_is_not_offered() {
        let begun = Instant::now();
        let offer = Offer::new(false);
        offer.touch_at(begun);
        assert!(!offer.open_at(false, begun));
        assert!(!offer.accept_at(begun + 20 * SECOND));
    }
}
