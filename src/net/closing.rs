//! The one signal that the box goes down: set once, heard by every listener and every connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use event_listener::Event;

/// A handle to the signal; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    closed: AtomicBool,
    closed_event: Event,
    guests: AtomicUsize,
    guests_event: Event,
}

impl Closing {
    /// Starts the end: no new clients, and each client is told.
    pub fn begin(&self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.shared.closed_event.notify(usize::MAX);
    }

    /// Whether the end has begun.
    pub fn has_begun(&self) -> bool {
        self.shared.closed.load(Ordering::SeqCst)
    }

    /// Fires once when the end begins. Subscribe, then look at [`Closing::has_begun`].
    pub fn event(&self) -> &Event {
        &self.shared.closed_event
    }

    /// Counts the caller among those who must end before [`Closing::all_gone`].
    pub(super) fn guest(&self) -> Guest {
        self.shared.guests.fetch_add(1, Ordering::SeqCst);
        Guest {
            shared: self.shared.clone(),
        }
    }

    /// How many connections are open.
    pub fn guests(&self) -> usize {
        self.shared.guests.load(Ordering::SeqCst)
    }

    /// Waits until the last connection has ended.
    pub async fn all_gone(&self) {
        loop {
            event_listener::listener!(self.shared.guests_event => gone);
            if self.guests() == 0 {
                return;
            }
            gone.await;
        }
    }
}

/// One open connection; dropping it counts it out.
#[derive(Debug)]
pub(super) struct Guest {
    shared: Arc<Shared>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        if self.shared.guests.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.shared.guests_event.notify(usize::MAX);
        }
    }
}
