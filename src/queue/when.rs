//! When a row is tried again, when its sender is warned, when it is given up.

use std::time::Duration;

use store::{Letter, QueueTime, Row};

/// Jitter is at most so many thousandths of a wait, up or down.
const JITTER: u64 = 100;

/// The times of the queue, from the settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// Waits after the first, second… failed attempt; the last repeats.
    pub steps: Vec<Duration>,
    /// A row that could not be delivered for so long is returned (RFC 5321 §4.5.4.1: 4 to 5 days at least).
    pub expire: Duration,
    /// After so long the sender is told, once, that it takes longer.
    pub warn_after: Duration,
}

/// 2, 5, 10, 15, 30 min, 1, 2, 4, 8 h, then every 8 h until 5 days; a warning after 4 h.
impl Default for Schedule {
    fn default() -> Schedule {
        let minutes = [2, 5, 10, 15, 30, 60, 120, 240, 480];
        Schedule {
            steps: minutes.map(|n| Duration::from_secs(n * 60)).to_vec(),
            expire: Duration::from_secs(5 * 24 * 60 * 60),
            warn_after: Duration::from_secs(4 * 60 * 60),
        }
    }
}

impl Schedule {
    /// When to try again if the attempt that begins now fails: for [`store::WriteTx::claim`], which passes the row as it was *before*
    /// this attempt. `seed`: any number, the same for the whole run, so that boxes that start together part.
    ///
    /// Never later than the row expires or is to be delivered by, so that its sender hears in time.
    pub fn next(&self, letter: &Letter, row: &Row, now: QueueTime, seed: u32) -> QueueTime {
        self.after(letter, row, row.attempts, now, seed)
    }

    /// The same with the number of attempts before this one given.
    pub(crate) fn after(
        &self,
        letter: &Letter,
        row: &Row,
        attempts: u16,
        now: QueueTime,
        seed: u32,
    ) -> QueueTime {
        let step = self.step(attempts);
        let jitter = jitter(letter, &row.destination, attempts, seed);
        let wait = step.saturating_mul(1000 - JITTER + jitter) / 1000;
        let mut due = now.0.saturating_add(wait.max(1));
        for end in ends(letter) {
            if end > now.0 {
                due = due.min(end);
            }
        }
        QueueTime(due)
    }

    /// When a letter that may go out at `due` is given up.
    pub fn expires(&self, due: QueueTime) -> QueueTime {
        QueueTime(due.0.saturating_add(self.expire.as_secs()))
    }

    /// Whether its sender should have heard by now that it takes longer.
    pub fn is_late(&self, letter: &Letter, now: QueueTime) -> bool {
        // A letter that was held back on purpose is not late for it: its days begin with its release.
        let began = letter.expires.0.saturating_sub(self.expire.as_secs());
        let began = began.max(letter.enqueued.0);
        now.0 >= began.saturating_add(self.warn_after.as_secs())
    }

    /// The wait after `attempts + 1` failures, seconds.
    pub(crate) fn step(&self, attempts: u16) -> u64 {
        let step = self.steps.get(usize::from(attempts)).or(self.steps.last());
        step.map_or(8 * 60 * 60, Duration::as_secs).max(1)
    }
}

/// The times at which something is owed to the sender.
fn ends(letter: &Letter) -> impl Iterator<Item = u64> {
    let by = letter.deliver_by.as_ref().map(|by| by.at.0);
    by.into_iter().chain([letter.expires.0])
}

/// 0..=200: the same for all rows of a letter to a destination, so that they go on travelling together.
pub fn jitter(letter: &Letter, destination: &str, attempts: u16, seed: u32) -> u64 {
    // FNV-1a, and SplitMix64's finisher to spread what differs in few bits only.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let numbers = letter.id.0 ^ (u64::from(seed) << 32) ^ (u64::from(attempts) << 16);
    for octet in numbers.to_be_bytes().iter().chain(destination.as_bytes()) {
        hash = (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)) % (2 * JITTER + 1)
}

#[cfg(test)]
#[path = "when_tests.rs"]
mod tests;
