//! The conversation with one client: octets in, octets and wishes out.
//!
//! ```text
//! loop { match session.step(now, &mut out) {
//!     Step::Read          => send `out`, feed what comes; also wait for the wake of each account in `wants_wakes()`, then `woken()`
//!     Step::More          => send `out`, step again
//!     Step::StartTls      => send `out`, shake hands, `tls_started(binding)`
//!     Step::Compress      => send `out`, then pack both ways; what `compression_begun()` returns came packed
//!     Step::Uncompress    => send `out` packed, then pack no more, both ways
//!     Step::Verify(asked) => ask the accounts, `verified(answer)`
//!     Step::Commit(deed)  => `committed(deed.await)`; `out` may be sent before
//!     Step::Wait          => the answer to Verify or Commit is still missing
//!     Step::Close         => send `out`, close
//! } }
//! ```
//!
//! Promises: commands are carried out one after another in the order they came, so pipelining needs no rule of its own (RFC 9051
//! §5.5) and tagged replies come in order (A14); before log-in a client holds a few KB at most (B6, B8), and an idle one a few
//! hundred octets; a read transaction never outlives a step. Cannot: it knows no clock (time is an argument) and no password.

mod append;
mod capability;
mod connection;
mod enable;
mod idle;
mod input;
mod literal;
mod login;
mod notice;
mod read;
mod run;
mod say;
mod types;

use std::sync::Arc;
use std::time::Instant;

use store::AccountId;

use crate::command::{Command, KnownCommand, OpenCommand};
use crate::deed::{Dialect, Done, Known, Open};
use crate::session::append::Appending;
use crate::session::connection::Switch;
use crate::session::input::Input;
use crate::session::literal::Discard;
use crate::session::login::{Sasl, Stranger, Verifying};
use crate::session::run::{News, Running, Writing};
use crate::table::Row;
use crate::{Limits, cmd};

pub use types::{Now, Outcome, Pending, Profile, Step, Tls, Verified};

/// One client's session.
pub struct Session {
    store: store::Store,
    limits: Arc<Limits>,
    hostname: Arc<str>,
    input: Input,
    state: State,
    doing: Doing,
    /// What UNAUTHENTICATE goes back to; none while it is the state.
    stranger: Option<Box<Stranger>>,
    /// When the client is given up (RFC 9051 §5.4).
    deadline: Instant,
    /// Octets came since the last step.
    fed: bool,
    /// There may be news for who has said NOTIFY.
    look: bool,
    /// COMPRESS is active.
    compressed: bool,
    /// The log-in was undone: the time for another begins.
    renewed: bool,
    /// The box is shutting down.
    ending: bool,
    /// BAD commands: before log-in in all, after it in a row.
    bad_commands: u32,
    /// See [`Session::trouble`].
    trouble: Option<Box<str>>,
    /// See [`Session::proved_in_vain`].
    proved_in_vain: bool,
}

/// Who the client is and what it has open. Each state owns its data.
enum State {
    Stranger(Box<Stranger>),
    Known(Known),
    Open(Box<Open>),
    /// Between two of the others, while what they own is moved; never seen by a step.
    Moving,
}

impl State {
    fn known(&self) -> Option<&Known> {
        match self {
            State::Stranger(_) | State::Moving => None,
            State::Known(known) => Some(known),
            State::Open(open) => Some(&open.known),
        }
    }

    fn known_mut(&mut self) -> Option<&mut Known> {
        match self {
            State::Stranger(_) | State::Moving => None,
            State::Known(known) => Some(known),
            State::Open(open) => Some(&mut open.known),
        }
    }
}

/// What the session is in the middle of.
enum Doing {
    /// The greeting is to be said.
    Greeting,
    /// A command is awaited or on its way in.
    Reading,
    /// A refused command's octets are read and dropped.
    Discarding(Box<Discard>),
    /// AUTHENTICATE: the client's next line is awaited.
    Sasl(Box<Sasl>),
    /// The accounts are asked: the question is to be handed out, then awaited.
    Verifying(Box<Verifying>),
    /// The TLS handshake is to begin.
    StartTls,
    /// The handshake is under way.
    Handshake,
    /// The connection is to change.
    Switching(Switch),
    /// IDLE.
    Idling { tag: Box<str>, look: bool },
    /// A message is coming in.
    Appending(Box<Appending>),
    /// A verb is being stepped.
    Running(Box<Running>),
    /// Something is being committed.
    Writing(Box<Writing>),
    /// A command is finished but for the news and its tagged reply.
    Finishing(Box<News>),
    /// Nothing more will be said.
    Over,
}

impl Session {
    /// A session that has said nothing yet; the first step greets.
    pub fn new(
        store: store::Store,
        profile: Profile,
        limits: impl Into<Arc<Limits>>,
        now: Instant,
    ) -> Session {
        let limits = limits.into();
        Session {
            store,
            hostname: profile.hostname,
            input: Input::default(),
            state: State::Stranger(Box::new(Stranger::new(profile.tls, profile.nonce_seed))),
            doing: Doing::Greeting,
            deadline: now.checked_add(limits.login).unwrap_or(now),
            limits,
            stranger: None,
            fed: false,
            look: false,
            compressed: false,
            renewed: false,
            ending: false,
            bad_commands: 0,
            trouble: None,
            proved_in_vain: false,
        }
    }

    /// Takes what the client sent, at most some 16 KiB at a time and only after [`Step::Read`] asked for it: what is fed is kept until it is used.
    pub fn feed(&mut self, octets: &[u8]) {
        self.fed = true;
        self.input.feed(octets);
    }

    /// Goes on as far as it can; see the module.
    pub fn step(&mut self, now: Now, out: &mut Vec<u8>) -> Step {
        self.stay(now);
        if now.instant >= self.deadline {
            self.time_out(out);
        }
        let step = self.go(now, out);
        self.stay(now);
        step
    }

    /// A client that says something, or that has just logged in, may be silent for as long again. A stranger has its time in all.
    fn stay(&mut self, now: Now) {
        if std::mem::take(&mut self.renewed) {
            let end = now.instant.checked_add(self.limits.login);
            self.deadline = end.unwrap_or(now.instant);
        }
        if std::mem::take(&mut self.fed) && !matches!(self.state, State::Stranger(_)) {
            self.deadline = now
                .instant
                .checked_add(self.limits.idle)
                .unwrap_or(now.instant);
        }
    }

    fn go(&mut self, now: Now, out: &mut Vec<u8>) -> Step {
        loop {
            if self.ending {
                self.end(out);
            }
            if out.len() >= self.limits.piece {
                return Step::More;
            }
            // Each of these says where it goes, or leaves the session at the next command.
            let next = match std::mem::replace(&mut self.doing, Doing::Reading) {
                Doing::Over => {
                    self.doing = Doing::Over;
                    self.input = Input::default();
                    Some(Step::Close)
                }
                Doing::Greeting => {
                    self.greet(out);
                    None
                }
                Doing::Reading => self.read(now, out),
                Doing::Discarding(discard) => self.discard(discard, out),
                Doing::Sasl(sasl) => self.sasl_line(sasl, out),
                Doing::Verifying(verifying) => self.verify(verifying, out),
                Doing::StartTls => {
                    self.doing = Doing::Handshake;
                    Some(Step::StartTls)
                }
                Doing::Handshake => {
                    self.doing = Doing::Handshake;
                    Some(Step::Wait)
                }
                Doing::Switching(switch) => Some(switch.into()),
                Doing::Idling { tag, look } => self.idle(tag, look, now, out),
                Doing::Appending(appending) => self.append(appending, now, out),
                Doing::Running(running) => self.run(*running, now, out),
                Doing::Writing(writing) => self.written(writing, now, out),
                Doing::Finishing(news) => self.finish_news(news, now, out),
            };
            if let Some(step) = next {
                return step;
            }
        }
    }

    /// When to step even though nothing came. Not while a verb or a write is under way: then it is the driver's own time limit for sending
    /// that counts.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether since the last call somebody proved who they are and was refused all the same ([`Verified::Barred`]): that was no guess.
    pub fn proved_in_vain(&mut self) -> bool {
        std::mem::take(&mut self.proved_in_vain)
    }

    /// What the store last failed at, for the log; asked once. The client was told that the box cannot, not why.
    pub fn trouble(&mut self) -> Option<Box<str>> {
        self.trouble.take()
    }

    /// Who has logged in.
    pub fn account(&self) -> Option<AccountId> {
        self.state.known().map(|known| known.account)
    }

    /// The box is shutting down: step once more for the untagged BYE (RFC 9051 §7.1.5). What is being committed is still answered.
    pub fn shutdown(&mut self) {
        self.ending = true;
    }

    /// BYE, where the client can understand it: not in the middle of an answer.
    fn end(&mut self, out: &mut Vec<u8>) {
        match self.doing {
            Doing::Writing(_) | Doing::Finishing(_) | Doing::Over => return,
            Doing::Running(_) | Doing::Handshake | Doing::StartTls | Doing::Switching(_) => {}
            _ => say::bye(out, "The box is shutting down"),
        }
        self.doing = Doing::Over;
    }

    /// The client was silent for too long, or did not log in in time.
    fn time_out(&mut self, out: &mut Vec<u8>) {
        match self.doing {
            Doing::Reading
            | Doing::Idling { .. }
            | Doing::Sasl(_)
            | Doing::Discarding(_)
            | Doing::Appending(_) => {
                say::bye(
                    out,
                    if self.account().is_some() {
                        "Nothing was said for too long"
                    } else {
                        "The log-in took too long"
                    },
                );
                self.doing = Doing::Over;
            }
            Doing::Greeting | Doing::Handshake | Doing::StartTls | Doing::Switching(_) => {
                self.doing = Doing::Over;
            }
            Doing::Verifying(_)
            | Doing::Running(_)
            | Doing::Writing(_)
            | Doing::Finishing(_)
            | Doing::Over => {}
        }
    }

    fn dialect(&self) -> Dialect {
        self.state
            .known()
            .map_or_else(Dialect::default, |known| known.dialect)
    }

    /// Begins a command.
    fn begin(&mut self, tag: Box<str>, row: &'static Row, command: Command, out: &mut Vec<u8>) {
        if !matches!(self.state, State::Stranger(_)) {
            self.bad_commands = 0;
        }
        if let Err(no) = cmd::uid_only::allowed(self.dialect(), &command) {
            return self.refuse(&tag, &no, out);
        }
        match command {
            Command::Capability => {
                self.say_capability(out);
                self.finish(tag, row, Done::ok("CAPABILITY completed"));
            }
            Command::Noop => self.finish(tag, row, Done::ok("NOOP completed")),
            Command::Check => self.finish(tag, row, Done::ok("CHECK completed")),
            Command::Id => self.id(tag, row, out),
            Command::Language(ranges) => self.language(tag, row, &ranges, out),
            Command::Compress => self.compress(&tag, out),
            Command::Unauthenticate => self.unauthenticate(&tag, out),
            Command::Logout => self.log_out(&tag, out),
            Command::StartTls => self.start_tls(&tag, out),
            Command::Authenticate(what) => self.authenticate(tag, &what, out),
            Command::Login(login) => self.login(tag, login, out),
            Command::Enable(names) => self.enable(tag, row, &names, out),
            Command::Idle => {
                out.extend_from_slice(b"+ idling\r\n");
                self.doing = Doing::Idling { tag, look: true };
            }
            Command::Append(append) => self.begin_append(tag, row, append, None),
            Command::Esearch(search) => match self.state {
                State::Open(_) => self.begin_open(tag, row, OpenCommand::Esearch(search)),
                _ => self.begin_known(tag, row, KnownCommand::Esearch(search), out),
            },
            Command::Known(command) => self.begin_known(tag, row, command, out),
            Command::Open(command) => self.begin_open(tag, row, command),
        }
    }

    /// LOGOUT (RFC 9051 §6.1.3).
    fn log_out(&mut self, tag: &str, out: &mut Vec<u8>) {
        say::bye(out, "Until next time");
        say::done(tag, &Done::ok("LOGOUT completed"), out);
        self.doing = Doing::Over;
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
