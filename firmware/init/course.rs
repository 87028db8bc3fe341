//! Which child runs now and which one next: the whole judgement of process 1 as a machine. Time comes in, a [`Wish`] comes out; it starts and kills nothing itself.
//!
//! ```text
//! no data:  rescue, again and again            check -> server, again and again, after 1, 2, 4 ... 60 s
//! a trial:  check -> migrate -> check -> self-test -> network -> server, doors closed -> keep -> server        (any failure: give up, which is a restart)
//! ```
//!
//! One child at a time. What a child's end means:
//!
//! * `check` that ends by a signal, or says that the store cannot be opened, means rescue: a store that kills whoever opens it would kill the server, too, for ever. One that is
//!   slow is not waited for longer than its deadline, and the server starts: a large store is no broken store.
//! * A server that ends by a signal has its store checked before the next one. Quick ends make the pauses longer, up to a minute, and never make the box give up.
//! * A rescue that said `Alive` and then nothing for as long, or never says it, is killed, watchdog or not: a reset would lead to the same rescue again, and again.
//! * A child that is still there 30 s after it was killed is a reset, too, if there is a watchdog.
//! * A trial's store is checked once more when it is migrated: what is found only then, the new system has done to it, and is given up.
//! * A server that said `Alive` and then nothing for 30 s hangs: with a watchdog the board is reset (what made it hang may be in the kernel), without one the child is killed.

use std::time::{Duration, Instant};

use crate::talk::{RescueReason, Step};

/// Exit codes of `check` that mean something of their own.
pub(crate) const UNREADABLE: i32 = 9;
/// The store is of a newer schema than this system knows.
pub(crate) const NEWER: i32 = 10;

/// No code of any child: `check` died, and there is no room on the card, which kills what writes through memory.
pub(crate) const FULL: i32 = -2;

/// A signal that a program gets for reading a file that the card does not give.
pub(crate) const SIGBUS: i32 = 7;

/// Its deadline's signal, and that of a kernel without memory: it says nothing of the store, which cannot send it.
pub(crate) const SIGKILL: i32 = 9;

/// `check` reads the store's tables, not its mail.
const CHECK: Duration = Duration::from_secs(60);
/// The copy of a store of some GB, on a card that writes 10 MB a second.
const MIGRATE: Duration = Duration::from_secs(900);
const SELF_TEST: Duration = Duration::from_secs(120);
/// DHCP asks for some seconds; routers that start with the box take a minute.
const NETWORK: Duration = Duration::from_secs(120);
/// Until the first `Alive`: a Pi Zero makes its keys in a minute.
const OPENING: Duration = Duration::from_secs(240);
/// A server says `Alive` every 5 s.
const SILENCE: Duration = Duration::from_secs(30);
/// From SIGTERM to SIGKILL: clients are told, commits end.
const LEAVING: Duration = Duration::from_secs(15);
/// A server that lived as long as this has no bad start.
const QUICK: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// So many quick ends in a row are said.
const MANY: u32 = 7;

/// What a child is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// A copy of the store lies there that no record speaks of: it goes back or away, by the store's own form.
    PutBack,
    Check,
    Migrate,
    SelfTest,
    /// The server with its doors open to itself only.
    Trial,
    Server,
    Rescue(RescueReason),
}

impl Role {
    /// Whether it opens doors and talks with process 1.
    pub(crate) fn serves(self) -> bool {
        matches!(self, Role::Server | Role::Trial | Role::Rescue(_))
    }
}

/// How a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    Code(i32),
    Signal(i32),
}

/// How the whole box ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Down {
    PowerOff,
    Restart,
}

/// What the machine wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Wish {
    Nothing,
    Start(Role),
    /// SIGTERM.
    Terminate,
    /// SIGKILL.
    Kill,
    /// The trial is over: this system is the good one. [`Course::kept`] goes on.
    Keep,
    /// The trial has failed in this step: note it, and restart into the old system.
    GiveUp(Step),
    /// The child is gone: the box goes down.
    Down(Down),
}

/// What a start is like.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Start {
    pub(crate) trial: bool,
    /// An address is a condition of the trial.
    pub(crate) wants_network: bool,
    /// A copy of the store lies there.
    pub(crate) copy: bool,
    /// There is a watchdog.
    pub(crate) watchdog: bool,
}

/// The machine.
#[derive(Debug)]
pub(crate) struct Course {
    trial: bool,
    wants_network: bool,
    copy: bool,
    watchdog: bool,
    stage: Stage,
    network: bool,
    quick: u32,
    /// Bad ends of servers since the start.
    bad_ends: u32,
    down: Option<Down>,
    /// In a trial: the check before the migration found nothing, in what a new system can read of an older form.
    was_sound: bool,
    /// In a trial: the store is in the new system's form.
    migrated: bool,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Begun,
    /// A child that does its work and ends.
    Working {
        role: Role,
        until: Instant,
    },
    AwaitingNetwork {
        until: Instant,
    },
    /// A server that has not said `Alive`.
    Opening {
        role: Role,
        since: Instant,
    },
    Serving {
        since: Instant,
        alive: Instant,
    },
    Rescuing {
        reason: RescueReason,
        since: Instant,
        /// `None`: it has not said so yet.
        alive: Option<Instant>,
    },
    /// Asked to end, then told.
    Leaving {
        role: Role,
        until: Instant,
    },
    Pausing {
        role: Role,
        until: Instant,
    },
    Keeping,
    Over,
}

impl Course {
    pub(crate) fn new(start: Start) -> Course {
        Course {
            trial: start.trial,
            wants_network: start.wants_network,
            copy: start.copy,
            watchdog: start.watchdog,
            stage: Stage::Begun,
            network: false,
            quick: 0,
            bad_ends: 0,
            down: None,
            was_sound: false,
            migrated: false,
        }
    }

    /// The data partition is there, or why not.
    pub(crate) fn begin(&mut self, data: Result<(), RescueReason>, now: Instant) -> Wish {
        match data {
            Ok(()) if self.copy && !self.trial => self.start(Role::PutBack, now),
            Ok(()) => self.start(Role::Check, now),
            // The old system may know better; and if it does not, it says so.
            Err(_) if self.trial => self.give_up(Step::Check),
            Err(reason) => self.start(Role::Rescue(reason), now),
        }
    }

    /// The child has ended.
    pub(crate) fn ended(&mut self, how: Ended, now: Instant) -> Wish {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        if let Some(down) = self.down {
            return Wish::Down(down);
        }
        match stage {
            Stage::Working { role, until } => self.worked(role, how, until <= now, now),
            Stage::Opening {
                role: Role::Trial, ..
            } => self.give_up(Step::Doors),
            Stage::Leaving {
                role: Role::Trial, ..
            } if how == Ended::Code(0) => {
                self.stage = Stage::Keeping;
                Wish::Keep
            }
            // One that cannot leave in order would cut its clients off at every restart.
            Stage::Leaving {
                role: Role::Trial, ..
            } => self.give_up(Step::Doors),
            Stage::Opening { role, since } => self.again(role, how, since, now),
            Stage::Serving { since, .. } => self.again(Role::Server, how, since, now),
            Stage::Rescuing { reason, since, .. } => {
                self.again(Role::Rescue(reason), how, since, now)
            }
            Stage::Leaving { role, until } => self.again(role, how, until, now),
            // Nobody was running: somebody else's child.
            other => {
                self.stage = other;
                Wish::Nothing
            }
        }
    }

    /// The server says that it lives.
    pub(crate) fn alive(&mut self, now: Instant) -> Wish {
        match self.stage {
            Stage::Opening {
                role: Role::Trial, ..
            } => {
                self.stage = Stage::Leaving {
                    role: Role::Trial,
                    until: now + LEAVING,
                };
                return Wish::Terminate;
            }
            Stage::Opening { since, .. } => self.stage = Stage::Serving { since, alive: now },
            Stage::Serving { since, .. } => {
                self.stage = Stage::Serving { since, alive: now };
                if now >= since + QUICK {
                    self.quick = 0;
                }
            }
            Stage::Rescuing { reason, since, .. } => {
                self.stage = Stage::Rescuing {
                    reason,
                    since,
                    alive: Some(now),
                };
            }
            _ => {}
        }
        Wish::Nothing
    }

    /// Whether the box has an address.
    pub(crate) fn network(&mut self, there: bool, now: Instant) -> Wish {
        self.network = there;
        match self.stage {
            Stage::AwaitingNetwork { .. } if there => self.start(Role::Trial, now),
            _ => Wish::Nothing,
        }
    }

    /// The trial's system is the good one now.
    pub(crate) fn kept(&mut self, now: Instant) -> Wish {
        self.trial = false;
        self.start(Role::Server, now)
    }

    /// Somebody wants the box off, or off and on again. A trial that is broken off counts as failed, for nobody saw its end.
    pub(crate) fn go_down(&mut self, down: Down, now: Instant) -> Wish {
        if self.down.is_some() {
            return Wish::Nothing;
        }
        self.down = Some(down);
        match self.child() {
            Some(role) => {
                self.stage = Stage::Leaving {
                    role,
                    until: now + LEAVING,
                };
                Wish::Terminate
            }
            None => {
                self.stage = Stage::Over;
                Wish::Down(down)
            }
        }
    }

    /// Whether the box is about to go down.
    pub(crate) fn goes_down(&self) -> bool {
        self.down.is_some()
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Instant) -> Wish {
        match self.stage {
            Stage::Working { until, .. } if until <= now => Wish::Kill,
            Stage::Opening { since, .. } if since + OPENING <= now => Wish::Kill,
            Stage::Leaving { until, .. } if until <= now => Wish::Kill,
            Stage::Serving { .. } if self.is_hung(now) && !self.watchdog => Wish::Kill,
            Stage::Rescuing { since, alive, .. } if rescue_ends(since, alive) <= now => Wish::Kill,
            Stage::AwaitingNetwork { until } if until <= now => self.give_up(Step::Network),
            Stage::Pausing { role, until } if until <= now => self.start(role, now),
            _ => Wish::Nothing,
        }
    }

    /// When [`Course::tick`] has something to do at the latest.
    pub(crate) fn next(&self) -> Option<Instant> {
        match self.stage {
            Stage::Working { until, .. }
            | Stage::AwaitingNetwork { until }
            | Stage::Leaving { until, .. }
            | Stage::Pausing { until, .. } => Some(until),
            Stage::Opening { since, .. } => Some(since + OPENING),
            Stage::Serving { alive, .. } => Some(alive + SILENCE),
            Stage::Rescuing { since, alive, .. } => Some(rescue_ends(since, alive)),
            Stage::Begun | Stage::Keeping | Stage::Over => None,
        }
    }

    /// Whether a server has begun that has not said yet that it lives.
    pub(crate) fn is_opening(&self) -> bool {
        matches!(self.stage, Stage::Opening { .. })
    }

    /// Whether a server that was alive has been silent for too long.
    pub(crate) fn is_hung(&self, now: Instant) -> bool {
        matches!(self.stage, Stage::Serving { alive, .. } if alive + SILENCE <= now)
    }

    /// Whether the watchdog may be fed: the server lives, or it is known why none does. A child that was killed long ago and is still there waits in the kernel for what does
    /// not come; only a reset ends that.
    pub(crate) fn may_feed(&self, now: Instant) -> bool {
        !self.is_hung(now) && self.next().is_none_or(|next| now < next + SILENCE)
    }

    /// Bad ends of servers since the start.
    pub(crate) fn bad_ends(&self) -> u32 {
        self.bad_ends
    }

    /// Whether the quick ends are so many that it is to be said.
    pub(crate) fn despairs(&self) -> bool {
        self.quick == MANY
    }

    /// How long the pause is that has begun.
    pub(crate) fn pause(&self) -> Duration {
        let doubled = 1u64 << self.quick.saturating_sub(1).min(16);
        Duration::from_secs(doubled).min(LONGEST_PAUSE)
    }

    fn start(&mut self, role: Role, now: Instant) -> Wish {
        let work = |time: Duration| Stage::Working {
            role,
            until: now + time,
        };
        self.stage = match role {
            Role::PutBack | Role::Check => work(CHECK),
            Role::Migrate => work(MIGRATE),
            Role::SelfTest => work(SELF_TEST),
            Role::Trial | Role::Server => Stage::Opening { role, since: now },
            Role::Rescue(reason) => Stage::Rescuing {
                reason,
                since: now,
                alive: None,
            },
        };
        Wish::Start(role)
    }

    /// A child has done its work.
    fn worked(&mut self, role: Role, how: Ended, late: bool, now: Instant) -> Wish {
        let good = how == Ended::Code(0);
        match role {
            // Whether it could or not: what check says of the store counts.
            Role::PutBack => self.start(Role::Check, now),
            Role::Check => self.checked(how, late, now),
            Role::Migrate if good => {
                self.migrated = true;
                self.start(Role::Check, now)
            }
            Role::Migrate => self.give_up(Step::Migrate),
            Role::SelfTest if !good => self.give_up(Step::SelfTest),
            Role::SelfTest if self.wants_network && !self.network => {
                self.stage = Stage::AwaitingNetwork {
                    until: now + NETWORK,
                };
                Wish::Nothing
            }
            _ => self.start(Role::Trial, now),
        }
    }

    fn checked(&mut self, how: Ended, late: bool, now: Instant) -> Wish {
        let broken = match how {
            _ if late || how == Ended::Signal(SIGKILL) => None,
            Ended::Code(FULL) => Some(RescueReason::Full),
            Ended::Code(NEWER) => Some(RescueReason::Newer),
            Ended::Code(UNREADABLE) | Ended::Signal(_) => Some(RescueReason::Store),
            Ended::Code(_) => None,
        };
        let found = matches!(how, Ended::Code(code) if code != 0);
        match broken {
            _ if self.trial && self.migrated => {
                // What was found before, too, or may have been there, is no reason: such a store could never be updated.
                if broken.is_some() || (found && self.was_sound) {
                    self.give_up(Step::Migrate)
                } else {
                    self.start(Role::SelfTest, now)
                }
            }
            Some(_) if self.trial => self.give_up(Step::Check),
            Some(reason) => self.start(Role::Rescue(reason), now),
            None if self.trial => {
                self.was_sound = how == Ended::Code(0);
                self.start(Role::Migrate, now)
            }
            None => self.start(Role::Server, now),
        }
    }

    /// The same again, after a pause.
    fn again(&mut self, role: Role, how: Ended, since: Instant, now: Instant) -> Wish {
        let quick = now.saturating_duration_since(since) < QUICK;
        self.quick = if quick {
            self.quick.saturating_add(1)
        } else {
            1
        };
        self.bad_ends = self.bad_ends.saturating_add(1);
        let role = match (role, how) {
            (Role::Server, Ended::Signal(_)) => Role::Check,
            _ => role,
        };
        self.stage = Stage::Pausing {
            role,
            until: now + self.pause(),
        };
        Wish::Nothing
    }

    fn give_up(&mut self, step: Step) -> Wish {
        self.stage = Stage::Over;
        self.down = Some(Down::Restart);
        Wish::GiveUp(step)
    }

    fn child(&self) -> Option<Role> {
        match self.stage {
            Stage::Working { role, .. }
            | Stage::Opening { role, .. }
            | Stage::Leaving { role, .. } => Some(role),
            Stage::Serving { .. } => Some(Role::Server),
            Stage::Rescuing { reason, .. } => Some(Role::Rescue(reason)),
            Stage::Begun
            | Stage::AwaitingNetwork { .. }
            | Stage::Pausing { .. }
            | Stage::Keeping
            | Stage::Over => None,
        }
    }
}

/// When a rescue that says nothing more is killed; `alive`: when it said so last.
fn rescue_ends(since: Instant, alive: Option<Instant>) -> Instant {
    alive.map_or(since + OPENING, |alive| alive + SILENCE)
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
