//! The session: its states and the loop that leads from one to the next (RFC 1939 §3).
//!
//! A state owns what is true in it and nothing else. A driver feeds octets when it was told [`Step::Read`], and answers [`Step::Verify`], [`Step::Commit`] and
//! [`Step::StartTls`] before the next step.

use crate::authorization::{self, Exchange, Login};
use crate::line::Lines;
use crate::listing::Listing;
use crate::maildrop::Maildrop;
use crate::reply::{self, Code};
use crate::transfer::Transfer;
use crate::{Committed, Limits, Pending, Profile, Tls, Verified};
use sasl::{ChannelBinding, Nonces};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use std::{fmt, mem};
use store::{AccountId, MaildropLock, Store};

/// What a session wants from the world. Whatever it is, the octets in `out` are to be sent first.
#[derive(Debug)]
pub enum Step {
    /// More octets from the client, or the deadline.
    Read,
    /// The TLS handshake, then [`Session::tls_started`].
    StartTls,
    /// An answer to this, by [`Session::verified`].
    Verify(sasl::Question),
    /// The outcome of this, by [`Session::committed`].
    Commit(Pending),
    /// Nothing: send, and step again.
    More,
    /// The connection is to be closed.
    Close,
}

/// Whether the loop goes on.
pub(crate) type Flow = ControlFlow<Step>;

/// One connection's conversation.
pub struct Session {
    pub(crate) store: Store,
    pub(crate) profile: Profile,
    pub(crate) limits: Limits,
    pub(crate) nonces: Nonces,
    pub(crate) lines: Lines,
    pub(crate) state: State,
    pub(crate) counts: Counts,
    /// The client has said UTF8 (RFC 6856 §2.1).
    pub(crate) utf8: bool,
    /// See [`Session::trouble`].
    pub(crate) trouble: Option<store::Error>,
    /// See [`Session::proved_in_vain`].
    pub(crate) proved_in_vain: bool,
    /// When the connection was accepted.
    started: Instant,
    /// When the client last gave a command or took octets.
    pub(crate) active: Instant,
}

/// What is counted against the limits.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) commands: u32,
    pub(crate) bad_commands: u32,
    pub(crate) failed_logins: u32,
}

pub(crate) enum State {
    /// Nothing has been said.
    Greeting,
    /// Commands are awaited, and PASS if a name was given.
    Authorization {
        user: Option<String>,
    },
    /// The driver is starting TLS.
    Handshake,
    /// A line of a SASL exchange is awaited.
    Exchange(Exchange),
    /// The driver is looking up a person.
    Asked(Login),
    /// It has answered.
    Answered(Login, Verified),
    /// Commands are awaited.
    Transaction(Box<Maildrop>),
    /// A long answer is being sent.
    Listing(Box<Maildrop>, Listing),
    /// A message is being sent.
    Transfer(Box<Maildrop>, Box<Transfer>),
    /// The deletes are on their way to the device; the maildrop stays locked, and that many messages will be left.
    Update(MaildropLock, u32),
    /// They have arrived or failed.
    Updated(Committed, u32),
    Closed,
}

impl Session {
    /// A session that has said nothing yet. On a TLS port it begins with [`Tls::Active`].
    pub fn new(store: Store, profile: Profile, limits: Limits, now: Instant) -> Session {
        Session {
            store,
            nonces: Nonces::new(profile.seed),
            profile,
            limits,
            lines: Lines::default(),
            state: State::Greeting,
            proved_in_vain: false,
            counts: Counts::default(),
            utf8: false,
            trouble: None,
            started: now,
            active: now,
        }
    }

    /// Who has logged in.
    pub fn account(&self) -> Option<AccountId> {
        match &self.state {
            State::Transaction(maildrop)
            | State::Listing(maildrop, _)
            | State::Transfer(maildrop, _) => Some(maildrop.mailbox.account),
            _ => None,
        }
    }

    /// Whether since the last call somebody proved who they are and was refused all the same ([`crate::Verified::Barred`]): that was no guess.
    pub fn proved_in_vain(&mut self) -> bool {
        std::mem::take(&mut self.proved_in_vain)
    }

    /// What the store failed at since the last call, for the log; the client has been told `[SYS/TEMP]` or `[SYS/PERM]`, or cut off in a message.
    pub fn trouble(&mut self) -> Option<store::Error> {
        self.trouble.take()
    }

    /// Takes octets from the client. To be called only after [`Step::Read`]: the session keeps what it has not used.
    pub fn feed(&mut self, octets: &[u8]) {
        self.lines.feed(octets);
    }

    /// Goes on as far as it can, and appends to `out` what is to be sent.
    pub fn step(&mut self, now: Instant, out: &mut Vec<u8>) -> Step {
        loop {
            if out.len() >= self.limits.piece.max(1) {
                return Step::More;
            }
            if let ControlFlow::Break(step) = self.advance(now, out) {
                return step;
            }
        }
    }

    /// When the session should be stepped although nothing has come; it then ends, in silence (RFC 1939 §3).
    pub fn deadline(&self) -> Instant {
        match self.state {
            State::Transaction(_)
            | State::Listing(..)
            | State::Transfer(..)
            | State::Update(..)
            | State::Updated(..) => after(self.active, self.limits.idle),
            _ => after(self.started, self.limits.login),
        }
    }

    /// Answers [`Step::Verify`].
    pub fn verified(&mut self, verified: Verified) {
        self.state = match mem::replace(&mut self.state, State::Closed) {
            State::Asked(login) => State::Answered(login, verified),
            other => other,
        };
    }

    /// Answers [`Step::Commit`].
    pub fn committed(&mut self, committed: Committed) {
        self.state = match mem::replace(&mut self.state, State::Closed) {
            State::Update(_lock, left) => State::Updated(committed, left),
            other => other,
        };
    }

    /// Answers [`Step::StartTls`] after the handshake, with what log-ins can be bound to. Nothing said before it counts any more (RFC 2595 §4), and
    /// octets that came in the clear behind STLS end the connection: somebody put them there.
    pub fn tls_started(&mut self, channel_binding: Option<ChannelBinding>) {
        if matches!(self.state, State::Handshake) && self.lines.pending().is_empty() {
            self.profile.tls = Tls::Active(channel_binding.map(Box::new));
            self.state = State::Authorization { user: None };
            self.utf8 = false;
        } else {
            self.state = State::Closed;
        }
    }

    /// Ends the session at the next step, without the deletes that QUIT has not asked for. Deletes under way are still waited for and answered.
    pub fn shutdown(&mut self) {
        if !matches!(self.state, State::Update(..) | State::Updated(..)) {
            self.state = State::Closed;
        }
    }

    /// One move.
    fn advance(&mut self, now: Instant, out: &mut Vec<u8>) -> Flow {
        let deadline = self.deadline();
        match mem::replace(&mut self.state, State::Closed) {
            State::Greeting => {
                reply::line(out, &["+OK ", &self.profile.hostname, " POP3 server ready"]);
                self.state = State::Authorization { user: None };
                Flow::Continue(())
            }
            waiting @ (State::Handshake | State::Asked(_) | State::Update(..)) => {
                self.state = waiting;
                Flow::Break(Step::Read)
            }
            State::Updated(committed, left) => farewell(committed, left, out),
            _ if now >= deadline => Flow::Break(Step::Close),
            State::Answered(login, verified) => self.answered(login, verified, now, out),
            State::Listing(maildrop, listing) => self.list(maildrop, listing, now, out),
            State::Transfer(maildrop, transfer) => self.transfer(maildrop, transfer, now, out),
            State::Closed => Flow::Break(Step::Close),
            waiting
            @ (State::Authorization { .. } | State::Exchange(_) | State::Transaction(_)) => {
                self.line(waiting, now, out)
            }
        }
    }

    /// Takes the next line to the state that waits for it.
    fn line(&mut self, waiting: State, now: Instant, out: &mut Vec<u8>) -> Flow {
        let first = self.counts.commands == 0;
        if first && authorization::is_tls(self.lines.pending()) {
            return Flow::Break(Step::Close);
        }
        let limit = if matches!(waiting, State::Exchange(_)) {
            self.limits.sasl_line
        } else {
            self.limits.line
        };
        let line = match self.lines.next(limit) {
            Ok(Some(line)) => line,
            Ok(None) => {
                self.state = waiting;
                return Flow::Break(Step::Read);
            }
            Err(_) => {
                reply::err(out, "the line is too long; closing");
                return Flow::Break(Step::Close);
            }
        };
        if first && authorization::is_http(line.as_bytes()) {
            return Flow::Break(Step::Close);
        }
        self.counts.commands = self.counts.commands.saturating_add(1);
        match waiting {
            State::Transaction(maildrop) => {
                self.active = now;
                self.transaction(maildrop, &line, out)
            }
            _ if self.counts.commands > self.limits.commands_before_login => {
                reply::err(out, "too many commands without a log-in; closing");
                Flow::Break(Step::Close)
            }
            State::Exchange(exchange) => self.exchange(exchange, &line, now, out),
            State::Authorization { user } => self.authorization(user, &line, now, out),
            other => {
                self.state = other;
                Flow::Continue(())
            }
        }
    }

    /// Answers with what the store failed at.
    pub(crate) fn store_failed(&mut self, error: store::Error, out: &mut Vec<u8>) {
        reply::store_error(out, &error);
        self.trouble = Some(error);
    }

    /// Counts a command that was none, and answers it.
    pub(crate) fn bad_command(&mut self, text: &str, limit: u32, out: &mut Vec<u8>) -> Flow {
        self.counts.bad_commands = self.counts.bad_commands.saturating_add(1);
        if self.counts.bad_commands < limit {
            reply::err(out, text);
            return Flow::Continue(());
        }
        reply::err(out, "too many bad commands; closing");
        Flow::Break(Step::Close)
    }
}

/// A moment so much later; a time from the settings that the clock cannot hold is a year.
fn after(moment: Instant, time: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 86_400);
    moment
        .checked_add(time)
        .or_else(|| moment.checked_add(YEAR))
        .unwrap_or(moment)
}

/// QUIT's answer behind the deletes (RFC 1939 §6).
fn farewell(committed: Committed, left: u32, out: &mut Vec<u8>) -> Flow {
    match committed.0 {
        Ok(()) => goodbye(left, out),
        Err(_) => reply::err_code(
            out,
            Code::SysTemp,
            "the messages could not be deleted and are still there; try again later",
        ),
    }
    Flow::Break(Step::Close)
}

/// `+OK` to QUIT after log-in.
pub(crate) fn goodbye(left: u32, out: &mut Vec<u8>) {
    match left {
        0 => reply::ok(out, "signing off (maildrop empty)"),
        1 => reply::ok(out, "signing off (1 message left)"),
        more => reply::ok(out, &format!("signing off ({more} messages left)")),
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Greeting => "Greeting",
            State::Authorization { .. } => "Authorization",
            State::Handshake => "Handshake",
            State::Exchange(_) => "Exchange",
            State::Asked(_) => "Asked",
            State::Answered(..) => "Answered",
            State::Transaction(_) => "Transaction",
            State::Listing(..) => "Listing",
            State::Transfer(..) => "Transfer",
            State::Update(..) => "Update",
            State::Updated(..) => "Updated",
            State::Closed => "Closed",
        };
        f.debug_struct("Session")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
