//! The clocks of the machine behind one trait, so that a test moves its own and nobody's real clock is ever set by one.

use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_io::{Async, Timer};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// Microseconds in a second.
pub const MICROS: i64 = 1_000_000;

/// How far a system clock that is slewed may still be off, as the kernel is told, in microseconds. It adds 500 a second by itself and takes back its word
/// at 16 seconds, some nine hours later: unless somebody renews it, nobody vouches any more.
const ERROR_TOLD: i64 = 100_000;

/// What is to be done to the system clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Adjustment {
    /// It goes a little faster or slower until it has made up for so many microseconds: nobody sees a leap.
    Slew(i64),
    /// It leaps to this time, microseconds since 1970.
    Step(i64),
}

/// What ends some time later.
pub type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The clocks of a machine.
pub trait Machine: Send + Sync {
    /// Never goes back, and is not set.
    fn now(&self) -> Instant;

    /// The system clock as it stands, right or wrong: microseconds since 1970, 0 before that.
    fn system(&self) -> i64;

    /// Whether the kernel says that its system clock is kept right.
    fn is_disciplined(&self) -> bool;

    /// Whether nobody but the box keeps this machine's clock, whatever the settings say.
    fn is_ours_to_keep(&self) -> bool {
        false
    }

    /// Ready when [`Machine::now`] has come to `at`.
    fn sleep_until(&self, at: Instant) -> Wait;

    /// Ready when somebody has set the system clock.
    fn is_set(&self) -> Wait;

    /// Sets the system clock.
    ///
    /// # Errors
    /// `PermissionDenied` without CAP_SYS_TIME: an ordinary program may not.
    fn adjust(&self, adjustment: Adjustment) -> io::Result<()>;
}

/// The kernel's clocks.
#[derive(Clone, Copy, Default, Debug)]
pub struct System;

impl Machine for System {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn system(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| {
            i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
        })
    }

    /// adjtimex(2): neither `TIME_ERROR` nor `STA_UNSYNC`.
    fn is_disciplined(&self) -> bool {
        // SAFETY: all octets zero are a valid `timex`; with `modes` 0 the call only reads, and writes nothing but what it is given.
        unsafe {
            let mut told: libc::timex = std::mem::zeroed();
            let state = libc::adjtimex(&raw mut told);
            (0..libc::TIME_ERROR).contains(&state) && told.status & libc::STA_UNSYNC == 0
        }
    }

    fn sleep_until(&self, at: Instant) -> Wait {
        Box::pin(async move {
            Timer::at(at).await;
        })
    }

    fn is_set(&self) -> Wait {
        let armed = arm();
        Box::pin(async {
            let leap = async { armed?.readable().await };
            if leap.await.is_err() {
                // A kernel without such timers: whoever waits for it waits for something else too.
                std::future::pending::<()>().await;
            }
        })
    }

    fn adjust(&self, adjustment: Adjustment) -> io::Result<()> {
        match adjustment {
            Adjustment::Step(to) => {
                let time = rustix::time::Timespec {
                    tv_sec: to.div_euclid(MICROS),
                    tv_nsec: to.rem_euclid(MICROS) * 1000,
                };
                rustix::time::clock_settime(rustix::time::ClockId::Realtime, time)?;
                synchronised()
            }
            Adjustment::Slew(by) => {
                slew(by)?;
                synchronised()
            }
        }
    }
}

/// A timer far away on the system clock that the kernel cancels when that clock is set (timerfd_create(2), `TFD_TIMER_CANCEL_ON_SET`).
fn arm() -> io::Result<Async<OwnedFd>> {
    let timer = timerfd_create(
        TimerfdClockId::Realtime,
        TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
    )?;
    let never = Itimerspec {
        it_interval: Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
        it_value: Timespec {
            tv_sec: i64::from(u32::MAX) * 4,
            tv_nsec: 0,
        },
    };
    timerfd_settime(
        &timer,
        TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET,
        &never,
    )?;
    Async::new_nonblocking(timer)
}

/// adjtime(3) of old: the kernel makes up for `by` microseconds at half a millisecond a second.
fn slew(by: i64) -> io::Result<()> {
    // SAFETY: all octets zero are a valid `timex`; the call reads and writes nothing else.
    unsafe {
        let mut wish: libc::timex = std::mem::zeroed();
        wish.modes = libc::ADJ_OFFSET_SINGLESHOT;
        wish.offset = libc::c_long::try_from(by).map_err(io::Error::other)?;
        told(libc::adjtimex(&raw mut wish))
    }
}

/// Tells the kernel that its clock is right for now, so that it carries the time over to a battery clock, if there is one (every eleven minutes), and other
/// programs hear of it.
fn synchronised() -> io::Result<()> {
    // SAFETY: as in `slew`.
    unsafe {
        let mut wish: libc::timex = std::mem::zeroed();
        let _ = libc::adjtimex(&raw mut wish);
        wish.modes = libc::ADJ_STATUS | libc::ADJ_MAXERROR | libc::ADJ_ESTERROR;
        wish.status &= !libc::STA_UNSYNC;
        wish.maxerror = ERROR_TOLD as libc::c_long;
        wish.esterror = ERROR_TOLD as libc::c_long;
        told(libc::adjtimex(&raw mut wish))
    }
}

fn told(state: libc::c_int) -> io::Result<()> {
    if state < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// `at`, so many microseconds away from `since`.
pub(super) fn micros_since(at: Instant, since: Instant) -> i64 {
    let passed: Duration = at.saturating_duration_since(since);
    i64::try_from(passed.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_asked_and_time_passes() {
        // Whatever the answer is here, asking changes nothing.
        let _ = System.is_disciplined();
        assert!(System.system() > 1_700_000_000 * MICROS);
        let begun = Instant::now();
        async_io::block_on(System.sleep_until(begun + Duration::from_millis(20)));
        assert!(System.now() >= begun + Duration::from_millis(20));
    }

    #[test]
    fn nobody_has_set_the_clock() {
        use futures_lite::FutureExt as _;
        let soon = async {
            Timer::after(Duration::from_millis(50)).await;
            false
        };
        let set = async {
            System.is_set().await;
            true
        };
        assert!(!async_io::block_on(set.or(soon)));
    }
}
