//! What the server wants, done: each order checked once more for what it may do.

use std::time::Instant;

use rustix::time::{ClockId, Timespec, clock_settime};

use super::course::{Down, Role, Wish};
use super::work::Work;
use crate::data::BOX;
use crate::talk::{DataState, Finding, News, Order};

/// Where the log is written for the server.
const LOG: &str = "/run/pillarbox/log";

impl Work {
    pub(super) fn obey(&mut self, order: Order, now: Instant) {
        let wish = match order {
            Order::Ready => {
                let own = self.own();
                (self.card.boot).end_take_over(BOX, own.as_deref(), &mut self.log);
                self.settle_boot_state();
                Wish::Nothing
            }
            Order::Alive => {
                self.card.boot.protect(&mut self.log);
                if self.course.is_opening() {
                    self.log.say("the server lives");
                }
                self.course.alive(now)
            }
            Order::Clock { unix } => {
                self.set_clock(unix);
                Wish::Nothing
            }
            Order::Name { host } => {
                if let Some(network) = &mut self.network {
                    network.rename(&host, now);
                }
                Wish::Nothing
            }
            Order::PowerOff => self.course.go_down(Down::PowerOff, now),
            Order::Restart => self.course.go_down(Down::Restart, now),
            Order::Update { file } => {
                self.begin_update(file);
                Wish::Nothing
            }
            Order::Format => self.format(now),
            Order::Log => {
                let path = std::path::Path::new(LOG);
                match self.log.write_to(path, BOX) {
                    Ok(()) => self.tell(&News::Log {
                        path: path.to_owned(),
                    }),
                    Err(error) => self
                        .log
                        .say(format_args!("the log cannot be written to {LOG}: {error}")),
                }
                Wish::Nothing
            }
        };
        self.fulfil(wish);
    }

    fn set_clock(&mut self, unix: i64) {
        let time = Timespec {
            tv_sec: unix,
            tv_nsec: 0,
        };
        match clock_settime(ClockId::Realtime, time) {
            Ok(()) => self.log.say(format_args!("the clock is set to {unix}")),
            Err(error) => self
                .log
                .say(format_args!("the clock cannot be set: {error}")),
        }
    }

    /// Only during a rescue whose reason is one that formatting mends; then the board starts anew, for that is the way that every start takes. A store that cannot be
    /// opened lies on a partition that is mounted, so that one is unmounted first.
    fn format(&mut self, now: Instant) -> Wish {
        let rescue = self.child.as_ref().map(|child| child.role);
        let (Some(Role::Rescue(reason)), Some(place)) = (rescue, &self.card.place) else {
            self.log
                .say("the data partition is in use and is not formatted");
            return Wish::Nothing;
        };
        if !reason.may_format() {
            self.log
                .say(format_args!("formatting does not help against `{reason}`"));
            return Wish::Nothing;
        }
        let told = |finding| {
            News::Data(DataState {
                finding,
                reason: Some(reason),
            })
        };
        self.tell(&told(Finding::Formatting));
        self.log.say("the data partition is made anew");
        self.log.leave_file();
        let unmounted = match self.card.opened {
            Ok(_) => place.close(),
            Err(_) => Ok(()),
        };
        if unmounted.is_ok() {
            self.card.opened = Err(reason);
        }
        let watchdog = &mut self.watchdog;
        match unmounted.and_then(|()| place.format(&mut || watchdog.feed(Instant::now()))) {
            Ok(()) => self.course.go_down(Down::Restart, now),
            Err(error) => {
                self.log.say(format_args!(
                    "the data partition cannot be made anew: {error}"
                ));
                self.tell(&told(Finding::FormatFailed));
                Wish::Nothing
            }
        }
    }
}
