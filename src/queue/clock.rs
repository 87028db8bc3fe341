//! The queue's own time: seconds that only go forward, whatever is done to the wall clock.
//!
//! Inside a run it follows the monotonic clock. Between runs it stands still, and catches up with the time that the box was off as soon as the
//! wall clock is trusted (set by the network or a battery), because only then is the gap known. A board without a battery that starts in 1970
//! therefore waits a little longer than it should with retries, and never gives anything up too early.
//!
//! What it cannot do: it cannot know how long the box was off when the wall clock was not trusted on both sides of the gap.

use std::time::{Duration, Instant};

use store::{QueueTime, SavedClock};

/// The longest gap between two runs that is believed, seconds: 30 days. Longer than anything that waits by itself, and a wall clock that
/// leaps by years moves the queue by no more than this.
pub const MAX_GAP: u64 = 30 * 24 * 60 * 60;

/// So long after a gap nothing is given up, seconds (a shorter gap gives a shorter grace): 24 hours. What expired while the box was off gets
/// three more attempts, when the router and the line are up again.
pub const GRACE: u64 = 24 * 60 * 60;

/// So long into a run nothing is given up, seconds: a box that was switched on again has a router beside it that still starts, and the grace of a
/// longer gap is not remembered over a second restart.
pub const START: u64 = 60 * 60;

/// Longer than any run: what a time further away counts as.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The queue's clock of this run.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The queue's time when the run began, gaps that became known since included.
    base: u64,
    started: Instant,
    /// The wall time up to which `base` has counted everything, unix seconds; `None`: never known.
    counted: Option<i64>,
    /// The wall clock, once it is trusted.
    wall: Option<(i64, Instant)>,
    /// Nothing is given up before.
    patient_until: u64,
}

impl Clock {
    /// Goes on from what the run before saved. `trusted_wall`: the wall clock, unix seconds, if it can be trusted already.
    pub fn resume(saved: SavedClock, trusted_wall: Option<i64>, now: Instant) -> Clock {
        let mut clock = Clock {
            base: saved.at.0,
            started: now,
            counted: saved.wall,
            wall: None,
            patient_until: saved.at.0.saturating_add(START),
        };
        if let Some(wall) = trusted_wall {
            clock.trusted(wall, now);
        }
        clock
    }

    /// The queue's time.
    pub fn now(&self, now: Instant) -> QueueTime {
        QueueTime(self.base.saturating_add(self.elapsed(now)))
    }

    /// The wall clock can be trusted from now on: the time that the box was off counts. Again in the same run it moves nothing: how long the
    /// run lasts is known better by the monotonic clock. Returns the seconds that the queue's time went forward.
    pub fn trusted(&mut self, wall: i64, now: Instant) -> u64 {
        let first = self.wall.replace((wall, now)).is_none();
        let Some(counted) = self.counted.filter(|_| first) else {
            return 0;
        };
        let elapsed = self.elapsed(now);
        let behind = i128::from(wall) - i128::from(counted) - i128::from(elapsed);
        let gap = u64::try_from(behind).unwrap_or(0).min(MAX_GAP);
        self.base = self.base.saturating_add(gap);
        let patience = self.now(now).0.saturating_add(gap.min(GRACE));
        self.patient_until = self.patient_until.max(patience);
        gap
    }

    /// For so many seconds nothing could leave, for a reason of our own: so long, [`GRACE`] at the most, nothing is given up from now on.
    pub fn be_patient(&mut self, waited: u64, now: Instant) {
        let patience = self.now(now).0.saturating_add(waited.min(GRACE));
        self.patient_until = self.patient_until.max(patience);
    }

    /// Nothing is given up before this time (see [`GRACE`], [`START`]).
    pub fn patient_until(&self) -> QueueTime {
        QueueTime(self.patient_until)
    }

    /// When it will be `time` (at the earliest); a time that has passed is the start of the run.
    pub fn instant_of(&self, time: QueueTime) -> Instant {
        let ahead = Duration::from_secs(time.0.saturating_sub(self.base));
        self.started + ahead.min(FAR)
    }

    /// The wall time of a queue time, unix seconds, for texts only; `None` as long as the wall clock is not trusted.
    pub fn wall_of(&self, time: QueueTime, now: Instant) -> Option<i64> {
        let wall = self.wall_now(now)?;
        let ahead = i128::from(time.0) - i128::from(self.now(now).0);
        i64::try_from(i128::from(wall) + ahead).ok()
    }

    /// The queue time of a wall time (FUTURERELEASE `HOLDUNTIL`), not before now; `None` as long as the wall clock is not trusted.
    pub fn of_wall(&self, wall: i64, now: Instant) -> Option<QueueTime> {
        let ahead = wall.saturating_sub(self.wall_now(now)?);
        let ahead = u64::try_from(ahead).unwrap_or(0);
        Some(QueueTime(self.now(now).0.saturating_add(ahead)))
    }

    /// What the next run goes on from. Save it with every change of the queue's and every few minutes: what a crash loses is as if the
    /// box had been off.
    pub fn saved(&self, now: Instant) -> SavedClock {
        // Untrusted, the old mark goes along with the time that was counted since: when the wall clock is trusted again, in this run
        // or a later one, every gap until then is still to be counted.
        let elapsed = i64::try_from(self.elapsed(now)).unwrap_or(i64::MAX);
        let marked = self.counted.map(|wall| wall.saturating_add(elapsed));
        SavedClock {
            at: self.now(now),
            wall: self.wall_now(now).or(marked),
        }
    }

    fn wall_now(&self, now: Instant) -> Option<i64> {
        let (wall, since) = self.wall?;
        let passed = now.saturating_duration_since(since).as_secs();
        Some(wall.saturating_add(i64::try_from(passed).unwrap_or(i64::MAX)))
    }

    fn elapsed(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.started).as_secs()
    }
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
