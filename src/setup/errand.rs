//! Something that takes longer than a page may: done on a thread of its own, and looked at by the pages that are loaded meanwhile.
//!
//! Promises: one at a time; what it came to is there for the opening of the window in which it was begun, and not longer; a thread that falls leaves the errand as if it
//! had never begun. What it cannot do: it does not survive the program.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_lite::Future;

use super::Window;
use crate::log;

/// The thread's stack: it waits most of the time.
const STACK: usize = 512 * 1024;

/// One errand: `Q` is what was asked, `A` what came of it. Clones share it.
pub(super) struct Errand<Q, A> {
    state: Arc<Mutex<Option<State<Q, A>>>>,
}

struct State<Q, A> {
    opening: u64,
    asked: Q,
    answer: Option<A>,
}

impl<Q, A> Clone for Errand<Q, A> {
    fn clone(&self) -> Self {
        Errand {
            state: self.state.clone(),
        }
    }
}

impl<Q, A> Default for Errand<Q, A> {
    fn default() -> Self {
        Errand {
            state: Arc::default(),
        }
    }
}

impl<Q: Clone + Send + 'static, A: Clone + Send + 'static> Errand<Q, A> {
    /// What was asked, and what came of it if it is over; `None`: nothing in this opening.
    pub(super) fn seen(&self, window: &Window) -> Option<(Q, Option<A>)> {
        let mut state = self.lock();
        if state
            .as_ref()
            .is_some_and(|state| state.opening != window.generation())
        {
            *state = None;
        }
        state
            .as_ref()
            .map(|state| (state.asked.clone(), state.answer.clone()))
    }

    /// Begins; nothing if one is under way. `asked` is what is remembered of it.
    pub(super) fn begin(
        &self,
        window: &Window,
        asked: Q,
        work: impl Future<Output = (Q, A)> + Send + 'static,
    ) {
        if self
            .seen(window)
            .is_some_and(|(_, answer)| answer.is_none())
        {
            return;
        }
        *self.lock() = Some(State {
            opening: window.generation(),
            asked,
            answer: None,
        });
        let fallen = Fallen(self.clone());
        let run = move || {
            let (asked, answer) = async_io::block_on(work);
            if let Some(state) = fallen.0.lock().as_mut() {
                state.asked = asked;
                state.answer = Some(answer);
            }
        };
        let thread = std::thread::Builder::new()
            .name("errand".into())
            .stack_size(STACK);
        if let Err(error) = thread.spawn(run) {
            log::warn(0, format_args!("the setup page cannot look: {error}"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<State<Q, A>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets an errand whose thread ended without an answer, or never began.
struct Fallen<Q: Clone + Send + 'static, A: Clone + Send + 'static>(Errand<Q, A>);

impl<Q: Clone + Send + 'static, A: Clone + Send + 'static> Drop for Fallen<Q, A> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if state.as_ref().is_some_and(|state| state.answer.is_none()) {
            *state = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn wait<Q: Clone + Send + 'static, A: Clone + Send + 'static>(
        errand: &Errand<Q, A>,
        window: &Window,
    ) -> Option<(Q, Option<A>)> {
        for _ in 0..500 {
            match errand.seen(window) {
                Some((_, None)) => std::thread::sleep(Duration::from_millis(10)),
                seen => return seen,
            }
        }
        panic!("it never ended");
    }

    #[test]
    fn an_errand_ends_and_is_forgotten_with_its_opening() {
        let window = Window::new(Duration::from_secs(60));
        window.open();
        let errand: Errand<u8, u8> = Errand::default();
        assert!(errand.seen(&window).is_none());
        let (go, gone) = async_channel::bounded::<()>(1);
        errand.begin(&window, 1, async move {
            gone.recv().await.ok();
            (2, 3)
        });
        assert_eq!(errand.seen(&window), Some((1, None)));
        errand.begin(&window, 9, async { (9, 9) });
        assert_eq!(errand.seen(&window), Some((1, None)), "one at a time");
        go.try_send(()).unwrap();
        assert_eq!(wait(&errand, &window), Some((2, Some(3))));
        window.close();
        window.open();
        assert_eq!(errand.seen(&window), None);
    }

    #[test]
    fn one_that_falls_never_was() {
        let window = Window::new(Duration::from_secs(60));
        let errand: Errand<u8, u8> = Errand::default();
        errand.begin(&window, 1, async { panic!("on purpose") });
        assert_eq!(wait(&errand, &window), None);
    }
}
