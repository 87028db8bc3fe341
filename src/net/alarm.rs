//! One timer a connection, moved as seldom as possible.
//!
//! Each command pushes a session's deadline forward. Moving a reactor timer costs a queue operation and often a system call, so the timer stays where it is
//! and, when it fires early, is moved to the deadline that holds by then.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use async_io::Timer;

/// A deadline that can be polled.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: Timer,
    armed: Option<Instant>,
}

impl Alarm {
    pub(super) fn new() -> Alarm {
        Alarm {
            timer: Timer::never(),
            armed: None,
        }
    }

    /// Ready once `deadline` has passed.
    pub(super) fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.armed.is_none_or(|armed| deadline < armed) {
            self.set(deadline);
        }
        while Pin::new(&mut self.timer).poll(cx).is_ready() {
            self.armed = None;
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            self.set(deadline);
        }
        Poll::Pending
    }

    fn set(&mut self, deadline: Instant) {
        self.timer.set_at(deadline);
        self.armed = Some(deadline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::time::Duration;

    #[test]
    fn a_deadline_that_moves_both_ways_is_kept() {
        async_io::block_on(async {
            let start = Instant::now();
            let after = |ms| start + Duration::from_millis(ms);
            let mut alarm = Alarm::new();
            let pending = |alarm: &mut Alarm, deadline| {
                let cx = &mut Context::from_waker(std::task::Waker::noop());
                alarm.poll(deadline, cx).is_pending()
            };
            assert!(pending(&mut alarm, after(20)));
            assert!(pending(&mut alarm, after(120)), "later: left where it is");
            poll_fn(|cx| alarm.poll(after(120), cx)).await;
            assert!(
                Instant::now() >= after(120),
                "the early firing was not taken for the end"
            );
            assert!(pending(&mut alarm, after(5000)));
            poll_fn(|cx| alarm.poll(after(150), cx)).await;
            assert!(
                (after(150)..after(1000)).contains(&Instant::now()),
                "earlier: moved"
            );
        });
    }
}
