//! The bounded queue in front of the writer thread. Whoever puts work in never waits.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::answer::Giver;
use crate::error::Result;
use crate::stage::Staging;
use crate::write::WriteTx;

/// Something for the writer to do.
pub(crate) enum Work {
    Deed(Box<dyn Deed>),
    Stage(Box<Staging>),
}

/// A closure with its answer.
pub(crate) trait Deed: Send {
    fn run(&mut self, tx: &mut WriteTx<'_>) -> Result<()>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

/// What [`Deed`] hides: the closure's types.
pub(crate) struct Closure<F, T> {
    pub(crate) deed: Option<F>,
    pub(crate) value: Option<T>,
    pub(crate) giver: Giver<T>,
}

impl<T: Send, F: FnOnce(&mut WriteTx<'_>) -> Result<T> + Send> Deed for Closure<F, T> {
    fn run(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        if let Some(deed) = self.deed.take() {
            self.value = Some(deed(tx)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Closure { value, giver, .. } = *self;
        match (outcome, value) {
            (Ok(()), Some(value)) => giver.give(Ok(value)),
            (Err(error), _) => giver.give(Err(error)),
            // Dropping the giver answers `Busy`; a deed that ran has a value, so that this is never reached.
            (Ok(()), None) => {}
        }
    }
}

pub(crate) struct Queue {
    limit: usize,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    nudged: bool,
    closing: bool,
}

impl Queue {
    pub(crate) fn new(limit: usize) -> Queue {
        Queue {
            limit,
            state: Mutex::default(),
            work: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds work. When the queue is full or closed it is dropped, which answers `Busy`.
    pub(crate) fn push(&self, work: Work) {
        let refused = {
            let mut state = self.state();
            if state.closing || state.waiting.len() >= self.limit {
                Some(work)
            } else {
                state.waiting.push_back(work);
                None
            }
        };
        match refused {
            None => self.work.notify_one(),
            Some(work) => drop(work),
        }
    }

    pub(crate) fn pop(&self) -> Option<Work> {
        self.state().waiting.pop_front()
    }

    /// Has the writer look at what is not in the queue: watches that moved, bodies that were abandoned.
    pub(crate) fn nudge(&self) {
        self.state().nudged = true;
        self.work.notify_one();
    }

    /// No more work is taken; the writer ends once what waits is done.
    pub(crate) fn close(&self) {
        self.state().closing = true;
        self.work.notify_one();
    }

    /// Waits for work if `block`. False: closed, and nothing waits.
    pub(crate) fn wait(&self, block: bool) -> bool {
        let mut state = self.state();
        while block && state.waiting.is_empty() && !state.nudged && !state.closing {
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.nudged = false;
        !(state.closing && state.waiting.is_empty())
    }
}
