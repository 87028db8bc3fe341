//! What time it is: for waiting, for the queue, and for texts. The box has one [`QueueClock`]; whoever puts letters into the queue or takes them out asks it.
//!
//! The wall clock is believed only when the kernel says that something keeps it right (NTP, or a daemon that disciplines it from a battery clock). Without
//! that word the queue's time merely stands still while the box is off: what waits, waits a little longer. A wrong belief would return
//! mail that is not late at all, so in doubt it is not believed.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_io::Timer;
use store::{QueueTime, Read as _, SavedClock, Store};

use crate::reading::unix_now;

/// The clocks of the machine. A test moves its own.
pub trait Clock: Send + Sync {
    /// Never goes back, and is not set.
    fn now(&self) -> Instant;

    /// Unix seconds, if they can be trusted.
    fn wall(&self) -> Option<i64>;

    /// Ready when [`Clock::now`] has come to `at`.
    fn sleep_until(&self, at: Instant) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The kernel's clocks.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> Option<i64> {
        is_disciplined().then(unix_now)
    }

    fn sleep_until(&self, at: Instant) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            Timer::at(at).await;
        })
    }
}

/// Whether the kernel says that its wall clock is kept right (adjtimex(2): neither `TIME_ERROR` nor `STA_UNSYNC`).
fn is_disciplined() -> bool {
    // SAFETY: all octets zero are a valid `timex`; with `modes` 0 the call only reads, and writes nothing but what it is given.
    unsafe {
        let mut told: libc::timex = std::mem::zeroed();
        let state = libc::adjtimex(&raw mut told);
        (0..libc::TIME_ERROR).contains(&state) && told.status & libc::STA_UNSYNC == 0
    }
}

/// The queue's time in this run; clones share it.
#[derive(Clone)]
pub struct QueueClock {
    clock: Arc<dyn Clock>,
    queue: Arc<Mutex<queue::Clock>>,
}

impl QueueClock {
    /// Goes on from what the last run saved.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn resume(store: &Store, clock: Arc<dyn Clock>) -> store::Result<QueueClock> {
        let saved = store.read()?.queue_clock()?;
        let queue = queue::Clock::resume(saved, clock.wall(), clock.now());
        Ok(QueueClock {
            clock,
            queue: Arc::new(Mutex::new(queue)),
        })
    }

    /// The queue's time.
    pub fn now(&self) -> QueueTime {
        self.lock().now(self.clock.now())
    }

    /// The queue time of a wall time (FUTURERELEASE), not before now; `None` as long as the wall clock is not trusted.
    pub fn of_wall(&self, unix: i64) -> Option<QueueTime> {
        self.lock().of_wall(unix, self.clock.now())
    }

    /// Unix seconds for texts. As long as nothing vouches for the wall clock they are merely what it says.
    pub fn unix(&self) -> i64 {
        self.clock.wall().unwrap_or_else(unix_now)
    }

    /// The wall time of a queue time, unix seconds, for texts.
    pub fn wall_of(&self, time: QueueTime) -> i64 {
        let ahead = i128::from(time.0) - i128::from(self.now().0);
        i64::try_from(i128::from(self.unix()) + ahead).unwrap_or(i64::MAX)
    }

    /// The machine's clocks.
    pub fn machine(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What the next run goes on from: written with every deed of the queue's.
    pub fn saved(&self) -> SavedClock {
        self.lock().saved(self.clock.now())
    }

    /// Nothing is given up before: the box was off for long, and the world gets another chance.
    pub(super) fn patient_until(&self) -> QueueTime {
        self.lock().patient_until()
    }

    /// Asks again whether the wall clock can be trusted; true if the queue's time went forward by it.
    pub(super) fn look(&self) -> bool {
        let (wall, now) = (self.clock.wall(), self.clock.now());
        wall.is_some_and(|wall| self.lock().trusted(wall, now) > 0)
    }

    /// Waits until the queue's time is `time`.
    pub(super) fn sleep_until(&self, time: QueueTime) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let at = self.lock().instant_of(time);
        self.clock.sleep_until(at)
    }

    /// Waits so long.
    pub(super) fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.clock.sleep_until(self.clock.now() + time)
    }

    fn lock(&self) -> MutexGuard<'_, queue::Clock> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_asked_and_time_passes() {
        // Whatever the answer is here: it is one, and agrees with the wall clock if there is one.
        if let Some(wall) = SystemClock.wall() {
            assert!((unix_now() - wall).abs() <= 1);
        }
        let begun = Instant::now();
        async_io::block_on(SystemClock.sleep_until(begun + Duration::from_millis(20)));
        assert!(SystemClock.now() >= begun + Duration::from_millis(20));
    }
}
