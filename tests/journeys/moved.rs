//! The clock of a journey: it runs, leaps when the test says so, and tells whether anybody vouches for it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_io::Timer;
use event_listener::{Event, listener};
use futures_lite::FutureExt as _;
use pillarbox::clock::{Adjustment, MICROS, Machine, Wait};

/// The wall clock at the journey's beginning, seconds since 1970.
pub(crate) const BEGINNING: i64 = 1_800_000_000;

/// A clock that runs, and leaps when it is told to.
pub(crate) struct Moved {
    begun: Instant,
    ahead: Mutex<Duration>,
    /// What the system clock showed when `begun` was, microseconds.
    system: AtomicI64,
    leaps: Arc<Event>,
    /// Nobody vouches for the wall clock.
    distrusted: AtomicBool,
    wall_looks: AtomicU64,
}

impl Moved {
    pub(crate) fn new() -> Moved {
        Moved {
            begun: Instant::now(),
            ahead: Mutex::default(),
            system: AtomicI64::new(BEGINNING * MICROS),
            leaps: Arc::default(),
            distrusted: AtomicBool::new(false),
            wall_looks: AtomicU64::new(0),
        }
    }

    fn read(&self) -> Instant {
        Instant::now() + *self.ahead.lock().unwrap()
    }

    /// Microseconds since the journey's beginning.
    pub(crate) fn passed(&self) -> i64 {
        let passed = self.read().duration_since(self.begun).as_micros();
        i64::try_from(passed).unwrap()
    }

    /// Moves the clock forward.
    pub(crate) fn leap(&self, by: Duration) {
        *self.ahead.lock().unwrap() += by;
        self.leaps.notify(usize::MAX);
    }

    /// Whether somebody vouches for the wall clock from now on.
    pub(crate) fn trust(&self, trust: bool) {
        self.distrusted.store(!trust, Ordering::Relaxed);
    }

    /// What the system clock showed at the beginning, microseconds since 1970.
    pub(crate) fn set_system(&self, to: i64) {
        self.system.store(to, Ordering::Relaxed);
    }

    /// How often the wall clock was looked at.
    pub(crate) fn wall_looks(&self) -> u64 {
        self.wall_looks.load(Ordering::Relaxed)
    }
}

/// Shared with the sender, which wants its clock in an `Arc` of its own kind.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Arc<Moved>);

impl Machine for Shared {
    fn now(&self) -> Instant {
        self.0.read()
    }

    fn system(&self) -> i64 {
        self.0.system.load(Ordering::Relaxed) + self.0.passed()
    }

    fn is_disciplined(&self) -> bool {
        self.0.wall_looks.fetch_add(1, Ordering::Relaxed);
        !self.0.distrusted.load(Ordering::Relaxed)
    }

    fn is_set(&self) -> Wait {
        Box::pin(std::future::pending())
    }

    fn adjust(&self, adjustment: Adjustment) -> std::io::Result<()> {
        let off = match adjustment {
            Adjustment::Slew(off) => off,
            Adjustment::Step(to) => to - self.system(),
        };
        self.0.system.fetch_add(off, Ordering::Relaxed);
        Ok(())
    }

    fn sleep_until(&self, at: Instant) -> Wait {
        let clock = self.0.clone();
        Box::pin(async move {
            loop {
                let leaps = clock.leaps.clone();
                listener!(leaps => leap);
                let now = clock.read();
                if now >= at {
                    return;
                }
                let timer = async {
                    Timer::after(at - now).await;
                };
                timer.or(leap).await;
            }
        })
    }
}
