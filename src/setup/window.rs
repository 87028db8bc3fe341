//! The setup window: the time in which whoever stands next to the box may change whose it is.
//!
//! It is opened by presence (the button, the first starts of a box that nobody owns) and closes by itself. Promises: nobody learns of an opening later
//! than it happens ([`Window::changed`]), every opening has its own number, so that what was begun in one is not ended in another; once its time
//! is over it is closed, whether or not anything has run meanwhile. What it cannot do: it does not know who is there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_io::Timer;
use event_listener::{Event, EventListener};
use futures_lite::FutureExt as _;

use crate::log;

/// The window; clones share it.
#[derive(Clone)]
pub struct Window {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    changed: Event,
}

struct State {
    /// How long an opening lasts.
    lasts: Duration,
    /// Until when it is open.
    until: Option<Instant>,
    /// Openings so far.
    openings: u64,
}

impl Window {
    /// A closed one, whose openings last so long.
    pub fn new(lasts: Duration) -> Window {
        Window {
            inner: Arc::new(Inner {
                state: Mutex::new(State {
                    lasts,
                    until: None,
                    openings: 0,
                }),
                changed: Event::new(),
            }),
        }
    }

    /// Opens it, or lets an open one stay open for the whole time again. Only an opening of a closed one has another number.
    pub fn open(&self) {
        self.begin(false);
    }

    /// The same, but as another opening in any case: nothing that was begun in one that lasts still is ended in this one. For a box that has become nobody's.
    pub fn open_anew(&self) {
        self.begin(true);
    }

    fn begin(&self, anew: bool) {
        let now = Instant::now();
        let mut state = self.lock();
        if anew || !state.is_open(now) {
            state.openings += 1;
        }
        state.until = now.checked_add(state.lasts);
        let minutes = state.lasts.as_secs().div_ceil(60);
        drop(state);
        log::info(0, format_args!("the setup page is open for {minutes} min"));
        self.inner.changed.notify(usize::MAX);
    }

    /// Closes it before its time.
    pub fn close(&self) {
        let closed = self.lock().until.take().is_some();
        if closed {
            log::info(0, "the setup page is closed");
            self.inner.changed.notify(usize::MAX);
        }
    }

    /// Whether it is open now.
    pub fn is_open(&self) -> bool {
        self.lock().is_open(Instant::now())
    }

    /// For how long it stays open; `None`: it is closed.
    pub fn left(&self) -> Option<Duration> {
        let until = self.lock().until?;
        let left = until.saturating_duration_since(Instant::now());
        (left > Duration::ZERO).then_some(left)
    }

    /// The number of the opening that lasts, or of the last one; 0: it was never open.
    pub fn generation(&self) -> u64 {
        self.lock().openings
    }

    /// How long openings last from the next one on.
    pub fn set_lasts(&self, lasts: Duration) {
        self.lock().lasts = lasts;
    }

    /// Hears the next opening or closing; listen first, then look.
    pub fn changed(&self) -> EventListener {
        self.inner.changed.listen()
    }

    /// Closes it when its time is over, so that those who listen hear of it; for ever.
    pub(crate) async fn keep(&self) {
        loop {
            let changed = self.changed();
            match self.left() {
                Some(left) => {
                    let over = async {
                        Timer::after(left).await;
                    };
                    over.or(changed).await;
                    if self.left().is_none() {
                        self.close();
                    }
                }
                // Over between two looks: told all the same.
                None if self.lock().until.is_some() => self.close(),
                None => changed.await,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_open(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;

    #[test]
    fn for_a_box_that_became_nobodys_it_is_another_opening() {
        let window = Window::new(Duration::from_secs(60));
        window.open();
        let heard = window.changed();
        window.open_anew();
        block_on(heard);
        assert!(window.is_open() && window.generation() == 2);
    }

    #[test]
    fn it_opens_closes_and_counts() {
        let window = Window::new(Duration::from_secs(60));
        assert!(!window.is_open() && window.left().is_none() && window.generation() == 0);
        let heard = window.changed();
        window.open();
        block_on(heard);
        assert!(window.is_open() && window.left().unwrap() > Duration::from_secs(59));
        window.open();
        assert_eq!(window.generation(), 1, "still the same opening");
        window.close();
        assert!(!window.is_open());
        window.clone().open();
        assert_eq!(window.generation(), 2);
    }

    #[test]
    fn its_time_ends_and_is_told() {
        let window = Window::new(Duration::from_millis(30));
        window.open();
        let heard = window.changed();
        let kept = async {
            window.keep().await;
            false
        };
        let told = async {
            heard.await;
            true
        };
        assert!(async_io::block_on(kept.or(told)));
        assert!(!window.is_open());
    }

    #[test]
    fn it_is_closed_after_its_time_even_if_nobody_keeps_it() {
        let window = Window::new(Duration::from_millis(5));
        window.open();
        std::thread::sleep(Duration::from_millis(10));
        assert!(!window.is_open() && window.left().is_none());
    }
}
