//! Whether name servers answer at all: since when every question has come to nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use dns::{Answer, Failure};
use event_listener::{Event, EventListener};

/// See the module.
#[derive(Default)]
pub(crate) struct Pulse {
    silent: Mutex<Option<Instant>>,
    changes: Event,
}

impl Pulse {
    /// The first question in vain after the last answer; `None`: the last one was answered, or nothing was asked yet.
    pub(crate) fn silent_since(&self) -> Option<Instant> {
        *self.silent()
    }

    /// Ready when silence begins or ends. Subscribe, then look.
    pub(crate) fn changed(&self) -> EventListener {
        self.changes.listen()
    }

    /// A question has come to this.
    pub(super) fn feel(&self, result: &Result<Answer, Failure>) {
        // What is no name was never asked.
        if matches!(result, Err(Failure::BadName)) {
            return;
        }
        let news = {
            let mut silent = self.silent();
            let before = silent.is_some();
            *silent = match is_answer(result) {
                true => None,
                false => silent.or_else(|| Some(Instant::now())),
            };
            before != silent.is_some()
        };
        if news {
            self.changes.notify(usize::MAX);
        }
    }

    fn silent(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a server knew: that there is no such name is as good as a name.
pub(super) fn is_answer(result: &Result<Answer, Failure>) -> bool {
    match result {
        Ok(_) => true,
        Err(failure) => failure.is_permanent(),
    }
}
