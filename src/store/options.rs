//! What whoever opens a store may choose, and how a test can watch the writer's steps.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Largest LMDB map, octets; at most nine tenths of the partition are taken, and it is halved on ENOMEM until it opens.
    pub map_size: u64,
    /// A message whose body is larger is spooled to a file and staged in pieces, octets.
    pub inline_body: usize,
    /// Most deeds that may wait for the writer; beyond them a write is answered `Busy`.
    pub write_queue: usize,
    /// Quota of people who have none of their own, octets.
    pub default_quota: Option<u64>,
    /// Recipients that may wait in the queue; beyond them a delivery is answered `QueueFull`.
    pub queue_rows: u64,
    /// Called on the writer thread at each of its steps.
    pub steps: Option<Observer>,
    /// What time it is, unix seconds: SAVEDATE, when people came, the lower bound of UIDVALIDITY.
    pub time: TimeOfDay,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            map_size: MAP_SIZE,
            inline_body: 64 * 1024,
            write_queue: 1024,
            default_quota: None,
            queue_rows: 200_000,
            steps: None,
            time: TimeOfDay::default(),
        }
    }
}

/// A 64-bit board has 39 bits of address space or more, and others want some of it: 64 GiB of mail fit in a house.
#[cfg(target_pointer_width = "64")]
const MAP_SIZE: u64 = 64 << 30;
/// A 32-bit process seldom finds more than this in one piece.
#[cfg(not(target_pointer_width = "64"))]
const MAP_SIZE: u64 = 1 << 30;

/// What the writer thread has just done. A crash at any of them leaves every deed whole or absent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A write transaction was opened.
    Begun,
    /// A deed ran inside it.
    Ran,
    /// A piece of a large body was written inside it.
    Staged,
    /// Some of what nobody refers to any more was freed inside it.
    Reaped,
    /// The commit comes next.
    Committing,
    /// The commit is on the device.
    Committed,
    /// Everyone waiting was answered.
    Answered,
    /// The accounts touched were awakened.
    Woken,
}

/// A function that is told each [`Step`].
#[derive(Clone)]
pub struct Observer(pub Arc<dyn Fn(Step) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// A function that tells unix seconds; without another one the system clock.
#[derive(Clone)]
pub struct TimeOfDay(pub Arc<dyn Fn() -> i64 + Send + Sync>);

impl TimeOfDay {
    /// In 32 bits without a sign, as rows have it: until 2106. A clock before 1970 counts as 0.
    pub(crate) fn now(&self) -> u32 {
        u32::try_from((self.0)().max(0)).unwrap_or(u32::MAX)
    }
}

impl Default for TimeOfDay {
    fn default() -> TimeOfDay {
        TimeOfDay(Arc::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |since| since.as_secs().cast_signed())
        }))
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeOfDay")
    }
}
