//! A machine whose clocks a test moves.

use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_io::Timer;
use event_listener::Event;
use futures_lite::FutureExt as _;
use house::time_server::{Manner, TimeServer};

use super::{Adjustment, MICROS, Machine, Wait, micros_since};

/// The right time when a test begins: 2027-01-15.
pub(super) const BEGINNING: i64 = 1_800_000_000 * MICROS;

/// See the module.
pub(super) struct Board {
    begun: Instant,
    ahead: Mutex<Duration>,
    /// The system clock, when `begun` was.
    system: AtomicI64,
    pub(super) disciplined: AtomicBool,
    /// The system clock may be set.
    pub(super) permits: AtomicBool,
    pub(super) adjusted: Mutex<Vec<Adjustment>>,
    leaps: Event,
}

impl Board {
    /// One whose system clock shows `system` microseconds.
    pub(super) fn new(system: i64) -> Arc<Board> {
        Arc::new(Board {
            begun: Instant::now(),
            ahead: Mutex::default(),
            system: AtomicI64::new(system),
            disciplined: AtomicBool::new(false),
            permits: AtomicBool::new(true),
            adjusted: Mutex::default(),
            leaps: Event::new(),
        })
    }

    fn passed(&self) -> i64 {
        micros_since(self.now(), self.begun)
    }

    /// What a right clock shows.
    pub(super) fn right(&self) -> i64 {
        BEGINNING + self.passed()
    }

    /// Time goes by.
    pub(super) fn pass(&self, time: Duration) {
        *self.ahead.lock().unwrap() += time;
        self.leaps.notify(usize::MAX);
    }

    /// Somebody else sets the system clock.
    pub(super) fn set(&self, to: i64) {
        self.system.store(to - self.passed(), Ordering::Relaxed);
        self.leaps.notify(usize::MAX);
    }

    /// An honest or other server at 127.0.0.`last`.
    pub(super) fn server(self: &Arc<Board>, last: u8, port: u16, manner: Manner) -> TimeServer {
        let board = self.clone();
        TimeServer::start(Ipv4Addr::new(127, 0, 0, last), port, manner, move || {
            board.right()
        })
    }
}

impl Machine for Board {
    fn now(&self) -> Instant {
        Instant::now() + *self.ahead.lock().unwrap()
    }

    fn system(&self) -> i64 {
        self.system.load(Ordering::Relaxed) + self.passed()
    }

    fn is_disciplined(&self) -> bool {
        self.disciplined.load(Ordering::Relaxed)
    }

    fn sleep_until(&self, at: Instant) -> Wait {
        let wait = at.saturating_duration_since(self.now());
        let leap = self.leaps.listen();
        // Who sleeps looks again when it wakes, so that waking early does no harm.
        Box::pin(async move {
            let slept = async {
                Timer::after(wait).await;
            };
            slept.or(leap).await;
        })
    }

    fn is_set(&self) -> Wait {
        Box::pin(self.leaps.listen())
    }

    fn adjust(&self, adjustment: Adjustment) -> io::Result<()> {
        if !self.permits.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.adjusted.lock().unwrap().push(adjustment);
        let off = match adjustment {
            Adjustment::Slew(off) => off,
            Adjustment::Step(to) => to - self.system(),
        };
        self.system.fetch_add(off, Ordering::Relaxed);
        Ok(())
    }
}
