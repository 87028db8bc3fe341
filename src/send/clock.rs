//! The queue's time. The box has one [`QueueClock`]; whoever puts letters into the queue or takes them out asks it.
//!
//! The wall clock counts only when somebody vouches for it ([`Clock::wall`]). Without
//! that word the queue's time merely stands still while the box is off: what waits, waits a little longer. A wrong belief would return
//! mail that is not late at all, so in doubt it is not believed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mail::DateTime;
use store::{QueueTime, Read as _, SavedClock, Store};

use crate::clock::{Clock, Wait};

/// The queue's time in this run; clones share it.
#[derive(Clone)]
pub struct QueueClock {
    clock: Clock,
    queue: Arc<Mutex<queue::Clock>>,
    /// Since when nothing leaves, because the clock is not trusted.
    held: Arc<Mutex<Option<QueueTime>>>,
}

impl QueueClock {
    /// Goes on from what the last run saved.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn resume(store: &Store, clock: Clock) -> store::Result<QueueClock> {
        let saved = store.read()?.queue_clock()?;
        let queue = queue::Clock::resume(saved, clock.wall(), clock.now());
        Ok(QueueClock {
            clock,
            queue: Arc::new(Mutex::new(queue)),
            held: Arc::default(),
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

    /// Unix seconds for texts, as well as they are known ([`Clock::unix`]).
    pub fn unix(&self) -> i64 {
        self.clock.unix()
    }

    /// A moment for texts, in the house's zone.
    pub fn date_time(&self, unix: i64) -> DateTime {
        self.clock.date_time(unix)
    }

    /// The wall time of a queue time, unix seconds, for texts.
    pub fn wall_of(&self, time: QueueTime) -> i64 {
        let ahead = i128::from(time.0) - i128::from(self.now().0);
        i64::try_from(i128::from(self.unix()) + ahead).unwrap_or(i64::MAX)
    }

    /// The box's clock.
    pub fn machine(&self) -> &Clock {
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
        let leapt = wall.is_some_and(|wall| self.lock().trusted(wall, now) > 0);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.clock.trusted() {
            held.get_or_insert(self.now());
        } else if let Some(since) = held.take() {
            // What waited for the clock and not for a host gets its attempts now.
            let waited = self.now().0.saturating_sub(since.0);
            self.lock().be_patient(waited, now);
        }
        leapt
    }

    /// Waits until the queue's time is `time`.
    pub(super) fn sleep_until(&self, time: QueueTime) -> Wait {
        let at = self.lock().instant_of(time);
        self.clock.sleep_until(at)
    }

    /// Waits so long.
    pub(super) fn sleep(&self, time: Duration) -> Wait {
        self.clock.sleep_until(self.clock.now() + time)
    }

    fn lock(&self) -> MutexGuard<'_, queue::Clock> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
