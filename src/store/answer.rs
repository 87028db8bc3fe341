//! The answer to a write: a future for async callers, a wait for threads and tests.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::error::{Error, Result};

/// What a write came to; a Future for async callers, [`Answer::wait`] for threads and tests. Dropping it does not undo the deed.
pub struct Answer<T> {
    slot: Arc<Slot<T>>,
}

struct Slot<T> {
    state: Mutex<State<T>>,
    given: Condvar,
}

struct State<T> {
    outcome: Option<Result<T>>,
    /// Given, whether or not it was taken.
    done: bool,
    /// A thread sleeps in [`Answer::wait`]; waking nobody is a system call too.
    waited_for: bool,
    waker: Option<Waker>,
}

impl<T> Answer<T> {
    /// An answer and the one place where it is given.
    pub(crate) fn pair() -> (Answer<T>, Giver<T>) {
        let slot = Arc::new(Slot {
            state: Mutex::new(State {
                outcome: None,
                done: false,
                waited_for: false,
                waker: None,
            }),
            given: Condvar::new(),
        });
        (Answer { slot: slot.clone() }, Giver { slot })
    }

    /// An answer that is there already.
    pub(crate) fn ready(outcome: Result<T>) -> Answer<T> {
        let (answer, giver) = Answer::pair();
        giver.give(outcome);
        answer
    }

    /// Blocks until the deed is synced, or undone. Never call it on the writer thread or inside an executor.
    pub fn wait(self) -> Result<T> {
        let mut state = self
            .slot
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        loop {
            match state.outcome.take() {
                Some(outcome) => return outcome,
                None if state.done => return Err(Error::Busy),
                None => {
                    state.waited_for = true;
                    state = self
                        .slot
                        .given
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner)
                }
            }
        }
    }
}

impl<T> Future for Answer<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let mut state = self
            .slot
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match state.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None if state.done => Poll::Ready(Err(Error::Busy)),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Gives the answer, once; dropped without, it answers `Busy`.
pub(crate) struct Giver<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Giver<T> {
    pub(crate) fn give(self, outcome: Result<T>) {
        self.put(outcome);
    }

    fn put(&self, outcome: Result<T>) {
        let (waker, waited_for) = {
            let mut state = self
                .slot
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if state.done {
                return;
            }
            state.done = true;
            state.outcome = Some(outcome);
            (state.waker.take(), state.waited_for)
        };
        if waited_for {
            self.slot.given.notify_all();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Giver<T> {
    fn drop(&mut self) {
        self.put(Err(Error::Busy));
    }
}
