//! Moments that lie ahead, for both ends.

use std::time::{Duration, Instant};

/// Longer than any session, and what a longer time in the limits counts as: later than this no timer fires, and more could overflow the clock.
pub(crate) const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A moment later; a setting of a million years must not overflow the clock.
pub(crate) fn after(moment: Instant, time: Duration) -> Instant {
    moment + time.min(FOREVER)
}
