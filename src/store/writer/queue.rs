//! The bounded queue in front of the writer thread. Whoever puts work in never waits.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::answer::Giver;
use crate::error::Result;
use crate::stage::Staging;
use crate::write::WriteTx;

/// Questions that wait: there is one asker, who waits for the answer.
const ASKED_MAX: usize = 8;

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
    /// Who asks whether the writer still comes round.
    asked: Vec<Giver<()>>,
    nudged: bool,
    closing: bool,
    /// The writer sleeps until so much work waits; 0: it does not sleep, and waking it would be a system call for nothing.
    asleep_for: usize,
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
        let mut state = self.state();
        if state.closing || state.waiting.len() >= self.limit {
            // Its answer wakes a session: not under the lock.
            drop(state);
            return drop(work);
        }
        state.waiting.push_back(work);
        if state.asleep_for > 0 && state.waiting.len() >= state.asleep_for {
            state.asleep_for = 0;
            drop(state);
            self.work.notify_one();
        }
    }

    /// Has the writer answer when it next comes to its queue; nothing is written for it. Too many, or a closed queue: `Busy`.
    pub(crate) fn ask(&self, giver: Giver<()>) {
        let mut state = self.state();
        if state.closing || state.asked.len() >= ASKED_MAX {
            drop(state);
            return drop(giver);
        }
        state.asked.push(giver);
        drop(state);
        self.work.notify_one();
    }

    pub(crate) fn pop(&self) -> Option<Work> {
        self.state().waiting.pop_front()
    }

    /// How much waits.
    pub(crate) fn len(&self) -> usize {
        self.state().waiting.len()
    }

    /// Waits until `wanted` deeds wait, or until `end`, but no longer than `gap` in which none comes. False: none came at all.
    pub(crate) fn gather(&self, wanted: usize, gap: Duration, end: Instant) -> bool {
        let mut state = self.state();
        let mut seen = state.waiting.len();
        while seen < wanted && !state.closing {
            let patience = end.saturating_duration_since(Instant::now()).min(gap);
            if patience.is_zero() {
                break;
            }
            state.asleep_for = wanted;
            (state, _) = self
                .work
                .wait_timeout(state, patience)
                .unwrap_or_else(PoisonError::into_inner);
            if state.waiting.len() == seen {
                break;
            }
            seen = state.waiting.len();
        }
        state.asleep_for = 0;
        seen > 0
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
        loop {
            let asked = std::mem::take(&mut state.asked);
            if !asked.is_empty() {
                // It wakes whoever asked: not under the lock.
                drop(state);
                asked.into_iter().for_each(|giver| giver.give(Ok(())));
                state = self.state();
                continue;
            }
            if !block || !state.waiting.is_empty() || state.nudged || state.closing {
                break;
            }
            state.asleep_for = 1;
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        (state.nudged, state.asleep_for) = (false, 0);
        !(state.closing && state.waiting.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;
    use std::sync::Arc;

    fn work() -> Work {
        let (_, giver) = Answer::<()>::pair();
        Work::Deed(Box::new(Closure {
            deed: Some(|_: &mut WriteTx<'_>| Ok(())),
            value: None,
            giver,
        }))
    }

    const GAP: Duration = Duration::from_millis(200);

    #[test]
    fn gathering_ends_with_the_last_one_expected_or_when_nobody_comes() {
        let queue = Arc::new(Queue::new(10));
        let begun = Instant::now();
        let end = begun + 20 * GAP;
        assert!(!queue.gather(3, GAP, end), "nobody came");
        assert!(begun.elapsed() >= GAP && begun.elapsed() < 4 * GAP);

        let others = std::thread::spawn({
            let queue = queue.clone();
            move || {
                for _ in 0..3 {
                    std::thread::sleep(GAP / 4);
                    queue.push(work());
                }
            }
        });
        // Each comes within the gap, all of them do not; the writer sleeps until the last, or looks in between.
        assert!(queue.gather(3, GAP, end));
        assert!(others.join().is_ok());
        assert_eq!(queue.len(), 3);

        let begun = Instant::now();
        assert!(queue.gather(2, GAP, end), "they are here");
        assert!(queue.gather(4, GAP, begun), "no time is left");
        assert!(begun.elapsed() < GAP);
    }

    #[test]
    fn a_question_is_answered_by_a_writer_that_sleeps_and_by_one_that_works() {
        let queue = Arc::new(Queue::new(10));
        let writer = std::thread::spawn({
            let queue = queue.clone();
            move || queue.wait(true)
        });
        for _ in 0..3 {
            let (answer, giver) = Answer::<()>::pair();
            queue.ask(giver);
            assert!(answer.wait().is_ok());
        }
        assert!(!writer.is_finished(), "it sleeps on: there is no work");
        queue.push(work());
        assert!(writer.join().unwrap_or(false));
        let (answer, giver) = Answer::<()>::pair();
        queue.ask(giver);
        assert!(queue.wait(false) && answer.wait().is_ok());
        queue.close();
        let (answer, giver) = Answer::<()>::pair();
        queue.ask(giver);
        assert!(matches!(answer.wait(), Err(crate::error::Error::Busy)));
    }

    #[test]
    fn work_wakes_a_sleeping_writer() {
        let queue = Arc::new(Queue::new(10));
        let writer = std::thread::spawn({
            let queue = queue.clone();
            move || queue.wait(true)
        });
        while queue.state().asleep_for == 0 {
            std::thread::yield_now();
        }
        queue.push(work());
        assert!(writer.join().unwrap_or(false));
        assert_eq!(queue.state().asleep_for, 0);
    }
}
