//! What time it is, and whether that is to be believed. The box has one [`Clock`]; clones share it, and it outlives a change of the settings.
//!
//! ```text
//! machine  the machine's clocks     saved   what the time cannot be before     adjust   slew or step
//! keeper   the task: asks time servers, saves the time      servers  whom to ask
//! sntp     one question             agree   who is right of those that answered
//! zone     time zones
//! ```
//!
//! A small board has no clock battery: it starts in 1970 (users.md F10). **Its time starts at the latest of** the system clock, what was saved last, and the release of this
//! program; from there it only moves forward, until somebody knows better.
//!
//! * **Vouched**: the kernel says that its clock is kept right, or time servers agreed in this run ([`Clock::wall`]).
//! * **Trusted**: vouched; or, where the box does not keep the clock (`[clock] keep = false`, the default on an ordinary system, whose owner sees to it otherwise), a clock that does
//!   not show less than what the time cannot be before. Until then mail is taken and kept; nothing leaves, so that nothing is bounced, signed or judged by a date of 1970.
//!
//! **"Only moves forward" and its end.** Small corrections backwards are slewed. A large one means that we were wrong about the future (a battery clock or a saved time of
//! 2037): then a box that never went back would refuse every certificate for eleven years. So it goes back, once, when several servers agree, and says so loudly.
//! The saved time is corrected along with it.
//!
//! Promises: nobody polls it ([`Clock::changed`] wakes); without permission to set the system clock the box's own time is right all the same.

mod adjust;
mod agree;
mod keeper;
mod machine;
mod saved;
mod servers;
mod sntp;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;
pub mod zone;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_listener::{Event, EventListener};
use mail::DateTime;

pub use keeper::Keeper;
pub use machine::{Adjustment, MICROS, Machine, System, Wait};
pub use saved::RELEASED;
pub use zone::{Zone, zones};

use crate::log;
use crate::settings::Settings;
use keeper::Rounds;
use machine::micros_since;

/// What the settings say of the clock, and the house's zone.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Habits {
    /// Whether the box keeps the clock of the machine: sets it where it may, and trusts it only when somebody vouches for it.
    pub keep: bool,
    /// Time servers, names or addresses, with a port if it is not 123; empty: those of DHCP, then well-known ones.
    pub servers: Vec<String>,
    /// In which times are shown to people.
    pub zone: Zone,
}

impl From<&Settings> for Habits {
    fn from(settings: &Settings) -> Habits {
        let zone = settings.house.time_zone.as_deref();
        Habits {
            keep: settings.clock.keep,
            servers: settings.clock.servers.clone(),
            zone: zone.and_then(Zone::named).unwrap_or_default(),
        }
    }
}

/// The box's clock; see the module.
#[derive(Clone)]
pub struct Clock {
    inner: Arc<Inner>,
}

struct Inner {
    machine: Arc<dyn Machine>,
    /// Where the time is saved.
    file: Option<PathBuf>,
    state: Mutex<State>,
    changed: Event,
}

struct State {
    habits: Habits,
    /// The time cannot be before this.
    floor: At,
    /// Time servers agreed on this in this run.
    agreed: Option<At>,
    /// The system clock could not be set: the box's time counts from `agreed`.
    own: bool,
    rounds: Rounds,
}

/// A time, and when it was that time.
#[derive(Clone, Copy, Debug)]
struct At {
    /// Microseconds since 1970.
    micros: i64,
    since: Instant,
}

impl At {
    fn at(self, now: Instant) -> i64 {
        self.micros.saturating_add(micros_since(now, self.since))
    }
}

impl Clock {
    /// Starts at the latest of the system clock, what is saved in the folder `data`, and the release. Where the box keeps the clock, the system
    /// clock is set forward to that if it may be.
    pub fn start(machine: Arc<dyn Machine>, data: &Path, habits: Habits) -> Clock {
        let clock = Clock::new(machine, Some(saved::path(data)), habits);
        if clock.lock().habits.keep {
            clock.begin_at_the_floor();
        }
        clock
    }

    /// The machine's clock as it stands: for a single deed, and for tests. Nothing is saved and nothing is set.
    pub fn ordinary() -> Clock {
        Clock::on(Arc::new(System))
    }

    /// The same on another machine.
    pub fn on(machine: Arc<dyn Machine>) -> Clock {
        Clock::new(machine, None, Habits::default())
    }

    fn new(machine: Arc<dyn Machine>, file: Option<PathBuf>, mut habits: Habits) -> Clock {
        habits.keep |= machine.is_ours_to_keep();
        let saved = file.as_deref().and_then(saved::read).unwrap_or(RELEASED);
        let floor = At {
            micros: saved.max(RELEASED).saturating_mul(MICROS),
            since: machine.now(),
        };
        Clock {
            inner: Arc::new(Inner {
                machine,
                file,
                state: Mutex::new(State {
                    habits,
                    floor,
                    agreed: None,
                    own: false,
                    rounds: Rounds::default(),
                }),
                changed: Event::new(),
            }),
        }
    }

    /// Takes other settings over.
    pub fn configure(&self, mut habits: Habits) {
        habits.keep |= self.inner.machine.is_ours_to_keep();
        let mut state = self.lock();
        if state.habits.servers != habits.servers {
            state.rounds.ask_again();
        }
        state.habits = habits;
        drop(state);
        self.tell();
    }

    /// For waiting: never goes back.
    pub fn now(&self) -> Instant {
        self.inner.machine.now()
    }

    /// Seconds since 1970, as well as they are known: not before the release, nor before what was saved. For texts, and for what is written into letters.
    pub fn unix(&self) -> i64 {
        self.micros().div_euclid(MICROS)
    }

    /// Whether somebody vouches for the time: the kernel, or time servers in this run.
    pub fn vouched(&self) -> bool {
        self.lock().agreed.is_some() || self.inner.machine.is_disciplined()
    }

    /// Whether the time is good enough to sign, to judge certificates, and to let mail leave.
    pub fn trusted(&self) -> bool {
        self.trusted_by_itself() || self.vouched()
    }

    /// Without anybody's word: the box does not keep the clock, and it shows what can be.
    fn trusted_by_itself(&self) -> bool {
        let machine = &self.inner.machine;
        let state = self.lock();
        !state.habits.keep && machine.system() >= state.floor.at(machine.now())
    }

    /// [`Clock::unix`], if it is vouched for.
    pub fn wall(&self) -> Option<i64> {
        self.vouched().then(|| self.unix())
    }

    /// [`Clock::unix`], if it is trusted: what certificates are judged by.
    pub fn date(&self) -> Option<i64> {
        self.trusted().then(|| self.unix())
    }

    /// Is notified when the clock was set, or is believed otherwise than before. Listen first, then look.
    pub fn changed(&self) -> EventListener {
        self.inner.changed.listen()
    }

    /// Ready when the clock is trusted.
    pub async fn until_trusted(&self) {
        loop {
            let changed = self.changed();
            if self.trusted() {
                return;
            }
            changed.await;
        }
    }

    /// The house's time zone.
    pub fn zone(&self) -> Zone {
        self.lock().habits.zone
    }

    /// A moment as it is written into a letter of the box: in the house's zone.
    pub fn date_time(&self, unix: i64) -> DateTime {
        self.lock().habits.zone.date_time(unix)
    }

    /// Waits until [`Clock::now`] has come to `at`.
    pub fn sleep_until(&self, at: Instant) -> Wait {
        self.inner.machine.sleep_until(at)
    }

    /// Waits so long.
    pub fn sleep(&self, time: Duration) -> Wait {
        self.sleep_until(self.now() + time)
    }

    /// Saves the time that has certainly passed, for the next start. A failure is logged: the box runs without it.
    pub fn save(&self) {
        let Some(file) = &self.inner.file else {
            return;
        };
        let time = match self.wall() {
            Some(vouched) => vouched,
            None => self.floor().div_euclid(MICROS),
        };
        if let Err(error) = saved::write(file, time) {
            log::warn(0, format_args!("the time cannot be saved: {error}"));
        }
    }

    /// Microseconds since 1970, as well as they are known.
    fn micros(&self) -> i64 {
        let machine = &self.inner.machine;
        let state = self.lock();
        let now = machine.now();
        if let (Some(agreed), true) = (state.agreed, state.own) {
            return agreed.at(now);
        }
        let (system, floor) = (machine.system(), state.floor.at(now));
        // Kept right by somebody, it may be less than what we once took for the time.
        if system >= floor || (system >= RELEASED * MICROS && machine.is_disciplined()) {
            system
        } else {
            floor
        }
    }

    fn floor(&self) -> i64 {
        self.lock().floor.at(self.now())
    }

    /// The other programs of the machine, and its file system, get a date that is not absurd.
    fn begin_at_the_floor(&self) {
        let floor = self.floor();
        if self.inner.machine.system() >= floor {
            return;
        }
        let time = DateTime::utc(floor.div_euclid(MICROS)).rfc5322();
        match self.inner.machine.adjust(Adjustment::Step(floor)) {
            Ok(()) => log::info(
                0,
                format_args!("the clock was not set: it starts at {time}"),
            ),
            Err(error) => log::info(
                0,
                format_args!(
                    "the clock is not set, and cannot be ({error}): the box takes it for {time}"
                ),
            ),
        }
    }

    fn tell(&self) {
        self.inner.changed.notify(usize::MAX);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
