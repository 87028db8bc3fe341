//! The one write of a session: the deletes of QUIT, between the store's writer and the session's last word.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use store::{Answer, Uid};

/// Deletes on their way to the device. Await it, or [`Pending::wait`] for it, and give the outcome to [`crate::Session::committed`].
/// Dropping it does not undo them.
pub struct Pending(pub(crate) Answer<Vec<Uid>>);

/// What became of a [`Pending`].
pub struct Committed(pub(crate) store::Result<()>);

impl Pending {
    /// Blocks this thread until the commit is synced or has failed.
    pub fn wait(self) -> Committed {
        Committed(self.0.wait().map(drop))
    }
}

impl Future for Pending {
    type Output = Committed;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Committed> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|outcome| Committed(outcome.map(drop)))
    }
}

impl Committed {
    /// What went wrong, for the log.
    pub fn error(&self) -> Option<&store::Error> {
        self.0.as_ref().err()
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

impl fmt::Debug for Committed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Committed").field(&self.0).finish()
    }
}
