//! The one loop: signals, the child's words and orders, the network, time. What any of them means is [`Course`]'s to say; here it is done.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, WaitOptions};

use super::addresses::{Remembered, has_address};
use super::child::{Child, Program, own_program};
use super::course::{Course, Down, Ended, FULL, Role, Start, Wish};
use super::kernel_line::KernelLine;
use super::log::Log;
use super::mounts::{BESIDE, BootPartition};
use super::watchdog::Watchdog;
use super::{entropy, last_words, power};
use crate::data::{self, BOX, Opened, Place, Record, has_copy};
use crate::network::{Event, Network};
use crate::sys;
use crate::talk::{DataState, Finding, News, RescueReason};
use crate::update::Writing;

/// The signals that are heard: children, and who wants the board down (kill 1, Ctrl-Alt-Del, a failing supply).
const SIGNALS: [libc::c_int; 5] = [
    libc::SIGCHLD,
    libc::SIGTERM,
    libc::SIGINT,
    libc::SIGUSR2,
    libc::SIGPWR,
];
/// The loop looks around at least so often, for a timer that was forgotten is a box that stands.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);
/// And not more often than this for what is overdue already: a killed child that does not go.
const SHORTEST_SLEEP: Duration = Duration::from_millis(10);

/// In the folder of process 1: what the network had, for the next start.
pub(super) const ADDRESSES: &str = "addresses";

/// What was found on the way here.
pub(super) struct Card {
    pub(super) line: KernelLine,
    pub(super) place: Option<Place>,
    pub(super) boot: BootPartition,
    pub(super) opened: Result<Opened, RescueReason>,
    pub(super) record: Option<Record>,
}

/// Everything that process 1 holds.
pub(super) struct Work {
    pub(super) card: Card,
    pub(super) log: Log,
    pub(super) watchdog: Watchdog,
    pub(super) network: Option<Network>,
    pub(super) course: Course,
    pub(super) child: Option<Child>,
    pub(super) writing: Option<Writing>,
    pub(super) words: Option<String>,
    addresses: Remembered,
    program: Program,
    signals: Option<OwnedFd>,
    /// The boot state has been looked at.
    pub(super) boot_settled: bool,
    /// A hang has been said and kept.
    hung: bool,
    /// The child that ran was killed for its silence.
    killed: bool,
}

impl Work {
    pub(super) fn new(
        card: Card,
        mut log: Log,
        watchdog: Watchdog,
        network: Option<Network>,
    ) -> Work {
        let wants_network = card.record.as_ref().is_some_and(|record| record.network);
        let trial = card.line.trial;
        let mail = card
            .place
            .as_ref()
            .filter(|_| card.opened.is_ok())
            .map(Place::mail);
        let copy = mail.is_some_and(|mail| has_copy(&mail));
        let signals = sys::signals(&SIGNALS)
            .map_err(|error| log.say(format_args!("no signals are heard: {error}")))
            .ok();
        let program = Program {
            path: own_program(),
            data: card.place.as_ref().map(Place::mail).unwrap_or_default(),
            rescue: "/run/rescue".into(),
            boot: BESIDE.into(),
            privileged: true,
        };
        let addresses = Remembered::new(network.as_ref().map(Network::memory).unwrap_or_default());
        let mut work = Work {
            course: Course::new(Start {
                trial,
                wants_network,
                copy,
                watchdog: watchdog.is_there(),
            }),
            card,
            log,
            watchdog,
            network,
            child: None,
            writing: None,
            words: None,
            addresses,
            program,
            signals,
            boot_settled: false,
            hung: false,
            killed: false,
        };
        work.words = work
            .own()
            .map(|own| last_words::place(&own))
            .and_then(|path| last_words::read(&path));
        work
    }

    /// Until the board is off.
    pub(super) fn go_on(mut self) -> ! {
        let data = self
            .card
            .opened
            .as_ref()
            .map(|_| ())
            .map_err(|reason| *reason);
        let wish = self.course.begin(data, Instant::now());
        self.fulfil(wish);
        loop {
            self.sleep();
            let now = Instant::now();
            self.reap(now);
            self.hear_signals(now);
            if let Some(child) = &mut self.child {
                let log = &mut self.log;
                child.hear(|line| log.pass(line));
            }
            let orders = self.child.as_mut().map(Child::orders).unwrap_or_default();
            for order in orders {
                self.obey(order, now);
            }
            self.turn_network(now);
            self.write_on();
            self.look_at_silence(now);
            let wish = self.course.tick(now);
            self.fulfil(wish);
            if self.course.may_feed(now) {
                self.watchdog.feed(now);
            }
        }
    }

    /// The folder of process 1 on the data partition.
    pub(super) fn own(&self) -> Option<std::path::PathBuf> {
        let there = self.card.opened.is_ok();
        self.card.place.as_ref().filter(|_| there).map(Place::own)
    }

    /// Tells the server.
    pub(super) fn tell(&self, news: &News) {
        if let Some(child) = &self.child {
            child.tell(news);
        }
    }

    /// Does what is wished, and what follows from that.
    pub(super) fn fulfil(&mut self, mut wish: Wish) {
        loop {
            let now = Instant::now();
            wish = match wish {
                Wish::Nothing => return,
                Wish::Start(role) => self.start(role, now),
                Wish::Terminate => self.signal(Signal::TERM),
                Wish::Kill => {
                    self.killed = true;
                    self.signal(Signal::KILL)
                }
                Wish::Keep => self.keep(now),
                Wish::GiveUp(step) => {
                    self.give_up(step);
                    Wish::Down(Down::Restart)
                }
                Wish::Down(down) => self.end(down),
            };
        }
    }

    fn signal(&self, signal: Signal) -> Wish {
        if let Some(child) = &self.child {
            child.signal(signal);
        }
        Wish::Nothing
    }

    fn start(&mut self, role: Role, now: Instant) -> Wish {
        self.hung = false;
        self.killed = false;
        if let Role::Rescue(reason) = role {
            self.leave_data(reason);
        }
        if role.serves() {
            let own = self.own();
            let mail = Some(&self.program.data).filter(|_| role == Role::Server);
            let (mail, own) = (mail.map(|mail| mail.as_path()), own.as_deref());
            self.card.boot.lay_out(BOX, mail, own, &mut self.log);
        }
        self.note_step(role);
        match self.program.start(role, now) {
            Ok(child) => {
                self.child = Some(child);
                self.tell_everything();
                Wish::Nothing
            }
            Err(error) => {
                self.log
                    .say(format_args!("{role:?} cannot be started: {error}"));
                self.course.ended(Ended::Code(-1), now)
            }
        }
    }

    /// A store that nobody can use is left alone: its partition is unmounted, and may be formatted only then.
    fn leave_data(&mut self, reason: RescueReason) {
        if let (Ok(_), Some(place)) = (&self.card.opened, &self.card.place) {
            self.log.leave_file();
            if let Err(error) = place.close() {
                self.log
                    .say(format_args!("the data partition is in use: {error}"));
            }
            self.card.opened = Err(reason);
        }
    }

    /// What a server has to know from its start.
    fn tell_everything(&self) {
        let (finding, reason) = match &self.card.opened {
            Ok(opened) => (opened.finding, None),
            Err(reason) => (Finding::Away, Some(*reason)),
        };
        self.tell(&News::Data(DataState { finding, reason }));
        self.tell(&News::Systems(self.systems()));
        if let Some(network) = &self.network {
            self.tell(&News::Network(network.state().clone()));
        }
        if let Some(text) = &self.words {
            self.tell(&News::LastWords {
                // Those of before a reset are one, too.
                times: self.course.bad_ends().max(1),
                text: text.clone(),
            });
        }
    }

    /// Takes in children that have ended: its own, and what they left behind.
    fn reap(&mut self, now: Instant) {
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            if self.child.as_ref().is_none_or(|child| child.pid != pid) {
                continue;
            }
            let Some(mut child) = self.child.take() else {
                continue;
            };
            let log = &mut self.log;
            child.hear_out(|line| log.pass(line));
            for order in child.orders() {
                self.obey(order, now);
            }
            let ended = match (status.exit_status(), status.terminating_signal()) {
                (Some(code), _) => Ended::Code(code),
                (None, signal) => Ended::Signal(signal.unwrap_or_default()),
            };
            self.ended(&child, ended, now);
        }
    }

    fn ended(&mut self, child: &Child, ended: Ended, now: Instant) {
        self.end_the_rest();
        let died_of_room = child.role == Role::Check
            && matches!(ended, Ended::Signal(_))
            && self.card.place.as_ref().is_some_and(Place::is_full);
        let ended = if died_of_room {
            Ended::Code(FULL)
        } else {
            ended
        };
        let wish = self.course.ended(ended, now);
        let serves = matches!(child.role, Role::Server | Role::Rescue(_));
        let down = matches!(wish, Wish::Down(_));
        if serves && !down {
            let sentence = last_words::of(ended, self.killed);
            self.remember(&sentence);
            let pause = self.course.pause().as_secs();
            self.log
                .say(format_args!("{sentence}; the next one starts in {pause} s"));
            if self.course.despairs() {
                self.log
                    .say("it ends again and again; another start is tried every minute");
            }
            self.card.boot.forget_copy();
            self.writing = None;
        } else if !serves && ended != Ended::Code(0) {
            let lived = now.saturating_duration_since(child.since).as_secs_f32();
            self.log.say(format_args!(
                "{:?}: {ended:?} after {lived:.1} s",
                child.role
            ));
        }
        self.fulfil(wish);
    }

    /// Keeps the sentence and the log's end for the next server.
    fn remember(&mut self, sentence: &str) {
        let text = last_words::text(sentence, &self.log.last(last_words::MOST));
        if let Some(own) = self.own() {
            last_words::keep(&last_words::place(&own), &text);
        }
        self.words = Some(text);
    }

    /// A hang is kept before the watchdog resets the board.
    fn look_at_silence(&mut self, now: Instant) {
        if self.course.is_hung(now) && !self.hung {
            self.hung = true;
            let what = if self.watchdog.is_there() {
                "the watchdog resets the board"
            } else {
                "it is killed"
            };
            self.log.say(format_args!(
                "the server has not given a sign of life for too long: {what}"
            ));
            self.remember("the server did not answer any more");
        }
    }

    /// What a child has left behind in a session of its own ends before the next step: nothing but the child runs as that user.
    fn end_the_rest(&mut self) {
        if let Err(error) = sys::end_all_of(BOX) {
            self.log.say(format_args!(
                "what the last child left behind cannot be ended: {error}"
            ));
        }
    }

    /// The board goes down; never returns.
    fn end(&mut self, down: Down) -> Wish {
        self.end_the_rest();
        self.log.say(match down {
            Down::PowerOff => "off",
            Down::Restart => "off and on again",
        });
        self.log.leave_file();
        self.watchdog.feed_now(Instant::now());
        if let Some(own) = self.own() {
            entropy::save_seed(&entropy::seed(&own));
            // What they were about has been told; a reset or a cut would have left them for the next start.
            let _ = std::fs::remove_file(last_words::place(&own));
        }
        if let Some(network) = self.network.as_mut().filter(|_| down == Down::PowerOff) {
            network.release(Instant::now());
        }
        if let Some(place) = self
            .card
            .place
            .as_ref()
            .filter(|_| self.card.opened.is_ok())
            && let Err(error) = place.close()
        {
            self.log
                .say(format_args!("the data partition is read-only now: {error}"));
        }
        self.card.boot.close();
        if down == Down::PowerOff {
            self.watchdog.disarm();
        }
        power::go(down)
    }

    fn hear_signals(&mut self, now: Instant) {
        let mut buffer = [0; 128 * 8];
        let Some(signals) = &self.signals else { return };
        let Ok(length) = rustix::io::read(signals, &mut buffer) else {
            return;
        };
        let numbers = buffer.get(..length).unwrap_or_default().chunks(128);
        for number in numbers.filter_map(|signal| signal.first_chunk()) {
            let down = match i32::from_ne_bytes(*number) {
                libc::SIGTERM | libc::SIGINT => Down::Restart,
                libc::SIGUSR2 | libc::SIGPWR => Down::PowerOff,
                _ => continue,
            };
            let wish = self.course.go_down(down, now);
            self.fulfil(wish);
        }
    }

    /// Until something happens or something is due.
    fn sleep(&self) {
        let now = Instant::now();
        let mut due = now + LONGEST_SLEEP;
        let network = self.network.as_ref().and_then(Network::deadline);
        // A starving watchdog is not a reason to wake up again and again.
        let feeding = self.watchdog.next().filter(|_| self.course.may_feed(now));
        let course = self.course.next().filter(|next| *next > now || !self.hung);
        for next in [course, feeding, network].into_iter().flatten() {
            due = due.min(next);
        }
        let mut fds: Vec<BorrowedFd<'_>> = Vec::with_capacity(16);
        fds.extend(self.signals.as_ref().map(|fd| fd.as_fd()));
        fds.extend(self.child.iter().flat_map(Child::fds));
        if let Some(network) = &self.network {
            fds.extend(network.fds());
        }
        let mut polled: Vec<PollFd<'_>> = Vec::with_capacity(fds.len());
        polled.extend(
            fds.into_iter()
                .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)),
        );
        let left = due.saturating_duration_since(now).max(SHORTEST_SLEEP);
        let left = if self.writing.is_some() {
            Duration::ZERO
        } else {
            left
        };
        let _ = poll(&mut polled, Timespec::try_from(left).ok().as_ref());
    }
}

impl Work {
    fn turn_network(&mut self, now: Instant) {
        let Some(network) = &mut self.network else {
            return;
        };
        let events = network.turn(now);
        let addresses = network.memory();
        for event in events {
            match event {
                Event::Note(sentence) => self.log.say(sentence),
                Event::Changed(network) => {
                    let there = has_address(&network);
                    self.tell(&News::Network(network));
                    let wish = self.course.network(there, now);
                    self.fulfil(wish);
                }
            }
        }
        if let Some(own) = self.own()
            && self.addresses.is_due(&addresses, now)
        {
            // A full card: the next start asks like the first one.
            let _ = data::write(&own.join(ADDRESSES), addresses.as_bytes());
        }
    }
}
