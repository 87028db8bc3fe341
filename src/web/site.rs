//! Who answers what passed the guards.

pub use futures_lite::future::Boxed;

use super::{Reply, Request};

/// Pages behind the guards. A fault (panic) in an answer ends that request alone.
pub trait Site: Send + Sync {
    /// Answers one request. May take its time: the client waits up to a minute and a half.
    fn answer(&self, request: Request) -> Boxed<Reply>;

    /// Octets that a form with a file in it may have which the owner posts to this path; `None`: no file is taken there. It comes in [`Request::take_upload`].
    fn takes_file(&self, path: &str) -> Option<u64> {
        let _ = path;
        None
    }
}
