//! The conversation from the receiving end (RFC 5321, and RFC 6409 for the household's own mail).
//!
//! A [`Session`] is pure: octets go in by [`Session::feed`], [`Session::step`] says what it wants next. The driver does what the [`Step`]
//! says, answers if it is a question, and steps again.
//!
//! What it promises:
//! * "250" to a message is said only after the driver answered [`Step::Keep`] with `Ok`.
//! * Replies to a pipelined group come out together: `out` need not be flushed before [`Step::Read`] (RFC 2920 §3.2).
//! * Octets that follow STARTTLS in the clear end the connection; after the handshake nothing is remembered.
//! * No password is read without TLS; on port 25 none is read at all.
//! * Nothing that the client sent is told back to it.
//!
//! What it cannot do: it does not know how many other sessions there are, and it does not slow anyone down; the driver limits connections
//! and delays the answer to a wrong password.

mod announce;
mod content;
mod haste;
mod hello;
mod input;
mod login;
mod other;
mod profile;
mod recipient;
mod sender;
mod state;
mod step;

pub use crate::command::{BodyType, By, ByMode, Hold, MailParameters, Notify, Ret};
pub use haste::Haste;
pub use profile::{Kind, Profile, Tls};
pub use step::{
    Envelope, Recipient, RecipientQuery, RecipientVerdict, SenderVerdict, Step, Verdict,
};

use crate::command::{Command, CommandError, Dialect, is_http, is_tls};
use crate::moment::after;
use crate::{Limits, Reply};
use input::{Input, Line};
use sasl::{ChannelBinding, Nonces};
use state::{Hello, State, Turn};
use std::fmt;
use std::mem;
use std::time::Instant;

/// How many octets of replies may pile up before the driver is asked to send them.
const PILE: usize = 4096;

/// One client's conversation.
pub struct Session {
    profile: Profile,
    limits: Limits,
    nonces: Nonces,
    state: State,
    input: Input,
    /// Replies that the driver has not been given yet.
    said: Vec<u8>,
    /// A step that an answer of the driver led to.
    pending: Option<Step>,
    /// Who is logged in, in the driver's numbers.
    account: Option<u32>,
    /// See [`Session::proved_in_vain`].
    proved_in_vain: bool,
    counts: Counts,
    haste: Haste,
    started: Instant,
    /// The last step's time.
    now: Instant,
    /// When the command that is being waited for became due.
    waiting_since: Instant,
    /// The driver answered a question: its time is not the client's.
    answered: bool,
    stopping: bool,
}

/// What [`Limits`] bounds for the whole session.
#[derive(Debug, Default)]
struct Counts {
    commands: u32,
    bad_commands: u32,
    unknown_recipients: u32,
    login_failures: u32,
}

impl Session {
    /// A session for a connection that was just accepted (and whose TLS is up, where TLS comes first).
    pub fn new(profile: Profile, limits: Limits, now: Instant) -> Session {
        Session {
            nonces: Nonces::new(profile.nonce_seed),
            profile,
            limits,
            state: State::Greeting,
            input: Input::default(),
            said: Vec::new(),
            pending: None,
            account: None,
            proved_in_vain: false,
            counts: Counts::default(),
            haste: Haste::default(),
            started: now,
            now,
            waiting_since: now,
            answered: false,
            stopping: false,
        }
    }

    /// Takes octets from the client. They are kept until [`Session::step`] uses them: feed what one read of the socket gave (16 KiB, say),
    /// and again only after [`Step::Read`].
    pub fn feed(&mut self, octets: &[u8]) {
        self.input.feed(octets);
    }

    /// Goes on as far as possible without the driver. Replies are appended to `out`.
    pub fn step(&mut self, now: Instant, out: &mut Vec<u8>) -> Step {
        self.now = now;
        let step = self.advance(now);
        out.append(&mut self.said);
        if matches!(step, Step::Read) {
            self.input.shrink();
        }
        step
    }

    /// When the client will have been silent for too long: step then, whatever came. Does not run while the driver is being asked.
    pub fn deadline(&self) -> Instant {
        let (command, whole) = if self.is_stranger() {
            (
                self.limits.command_time_before_login,
                self.limits.login_time,
            )
        } else {
            (self.limits.command_time, self.limits.session_time)
        };
        after(self.waiting_since, command).min(after(self.started, whole))
    }

    /// Answers [`Step::StartTls`]: the handshake is done. Everything the client said before is forgotten (RFC 3207 §4.2).
    pub fn tls_started(&mut self, channel_binding: Option<ChannelBinding>, description: String) {
        if !matches!(self.state, State::Securing) {
            return;
        }
        self.profile.tls = Tls::Active {
            channel_binding,
            description,
        };
        self.answered = true;
        // What arrived in the clear must not be taken for what was said under TLS (CVE-2011-0411 and its kin).
        self.state = if self.input.is_empty() {
            State::Greeted
        } else {
            State::Closed
        };
    }

    /// The server stops: the next step says so and closes, after a message that is being kept has been answered.
    pub fn shutdown(&mut self) {
        self.stopping = true;
    }

    /// Recipients refused as unknown so far, and commands that were none: what a driver that slows strangers down counts.
    pub fn faults(&self) -> (u32, u32) {
        (self.counts.unknown_recipients, self.counts.bad_commands)
    }

    /// Whether since the last call somebody proved who they are and was refused all the same ([`Verdict::Barred`]): that was no guess.
    pub fn proved_in_vain(&mut self) -> bool {
        std::mem::take(&mut self.proved_in_vain)
    }

    /// Who is logged in, in the driver's numbers.
    pub fn account(&self) -> Option<u32> {
        self.account
    }

    fn advance(&mut self, now: Instant) -> Step {
        if mem::take(&mut self.answered) {
            self.waiting_since = now;
        }
        if let Some(step) = self.pending.take() {
            return step;
        }
        if self.state.waits_for_client() {
            if self.stopping {
                return self.end(Reply::new(
                    421,
                    (4, 3, 2),
                    "The server is stopping; try again soon",
                ));
            }
            if now >= self.deadline() {
                return self.end(Reply::new(421, (4, 4, 2), "Nothing was heard for too long"));
            }
        }
        loop {
            if self.said.len() >= PILE {
                return Step::Flush;
            }
            let (state, step) = match mem::replace(&mut self.state, State::Closed) {
                State::Greeting => self.greet(),
                State::Data(letter, reader) => self.read_data(letter, reader, now),
                State::Chunk(letter, chunk) => self.read_chunk(letter, chunk, now),
                State::Skip(skip) => self.skip_chunk(skip, now),
                State::Whole(letter) => self.whole(*letter),
                State::LogIn(hello, exchange) => self.read_response(hello, exchange, now),
                state if state.takes_commands() => self.read_command(state, now),
                State::Closed => (State::Closed, Some(Step::Close)),
                // The driver stepped without answering.
                _ => {
                    return self.end(Reply::new(
                        421,
                        (4, 3, 0),
                        "Internal trouble; try again later",
                    ));
                }
            };
            self.state = state;
            if let Some(step) = step {
                return step;
            }
        }
    }

    fn greet(&mut self) -> Turn {
        self.haste.before_greeting |= !self.input.is_empty();
        self.say(&Reply::plain(
            220,
            format!("{} ESMTP pillarbox", self.profile.hostname),
        ));
        (State::Greeted, None)
    }

    /// Reads one command line and carries it out.
    fn read_command(&mut self, state: State, now: Instant) -> Turn {
        let start = self.input.line_start();
        if is_tls(start) {
            return (State::Closed, Some(Step::Close));
        }
        if is_http(start) {
            return self.refuse_all(Reply::new(
                554,
                (5, 5, 1),
                "This is a mail server; it does not speak HTTP",
            ));
        }
        let line = match self.input.line(self.line_limit()) {
            Line::Partial => return (state, Some(Step::Read)),
            Line::Whole(line) => line,
            other => return self.broken_line(state, &other),
        };
        self.waiting_since = now;
        self.counts.commands = self.counts.commands.saturating_add(1);
        let allowed = if self.is_stranger() {
            self.limits.commands_before_login
        } else {
            self.limits.commands
        };
        if self.counts.commands > allowed {
            return self.refuse_all(Reply::new(
                421,
                (4, 7, 0),
                "Too many commands in one session",
            ));
        }
        match Command::parse(&line, self.dialect()) {
            Ok(command) => {
                self.note_haste(&state, &command);
                self.carry_out(state, command)
            }
            Err(CommandError::Chunk) => self.refuse_all(CommandError::Chunk.reply()),
            Err(error) => self.bad(state, &error.reply()),
        }
    }

    fn carry_out(&mut self, state: State, command: Command<'_>) -> Turn {
        match command {
            Command::Helo(name) => self.hello(
                state,
                Hello {
                    name: name.to_owned(),
                    esmtp: false,
                },
            ),
            Command::Ehlo(name) => self.hello(
                state,
                Hello {
                    name: name.to_owned(),
                    esmtp: true,
                },
            ),
            Command::StartTls => self.start_tls(state),
            Command::Auth { mechanism, initial } => self.auth(state, mechanism, initial),
            Command::Mail(reverse_path, parameters) => self.mail(state, reverse_path, parameters),
            Command::Rcpt(path, parameters) => self.rcpt(state, path, parameters),
            Command::Data => self.data(state),
            Command::Bdat { size, last } => self.bdat(state, size, last),
            Command::Rset => self.rset(state),
            Command::Noop => self.answer(state, &Reply::new(250, (2, 0, 0), "OK")),
            Command::Help => self.answer(state, &other::help()),
            Command::Vrfy => self.answer(state, &other::vrfy()),
            Command::Expn => self.answer(state, &other::expn()),
            Command::Quit => self.quit(),
        }
    }

    /// A line that is none: too long, or without its CR.
    fn broken_line(&mut self, state: State, line: &Line) -> Turn {
        match line {
            Line::TooLong => self.bad(state, &Reply::new(500, (5, 5, 2), "Line too long")),
            // Some host on the way took LF for a line's end, or was meant to (see `data`): nothing after it can be trusted.
            Line::BareLf => self.refuse_all(Reply::new(
                500,
                (5, 5, 2),
                "A line ends with CRLF, not with LF alone",
            )),
            _ => self.refuse_all(Reply::new(500, (5, 5, 2), "This line never ends")),
        }
    }

    fn line_limit(&self) -> usize {
        let auth = self
            .input
            .rest()
            .get(..5)
            .is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH "));
        if auth && self.may_log_in() {
            self.limits.auth_line
        } else {
            self.limits.command_line
        }
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            lax_paths: self.profile.kind == Kind::Submission,
            auth: self.may_log_in(),
            require_tls: self.profile.tls.is_active(),
            submission: self.profile.kind == Kind::Submission,
        }
    }

    /// On the submission ports, before the log-in: nothing is given to strangers.
    fn is_stranger(&self) -> bool {
        self.profile.kind == Kind::Submission && self.account.is_none()
    }

    /// Whether AUTH is on offer here and now.
    fn may_log_in(&self) -> bool {
        self.profile.kind == Kind::Submission && self.profile.tls.is_active()
    }

    fn say(&mut self, reply: &Reply) {
        reply.write(&mut self.said);
    }

    /// Says something and stays.
    fn answer(&mut self, state: State, reply: &Reply) -> Turn {
        self.say(reply);
        (state, None)
    }

    /// Says that the command was no good and counts it; the last of too many ends the connection.
    fn bad(&mut self, state: State, reply: &Reply) -> Turn {
        self.say(reply);
        self.counts.bad_commands = self.counts.bad_commands.saturating_add(1);
        if self.counts.bad_commands >= self.limits.bad_commands {
            return self.refuse_all(Reply::new(421, (4, 7, 0), "Too many errors"));
        }
        (state, None)
    }

    /// Says why and closes.
    fn refuse_all(&mut self, reply: Reply) -> Turn {
        let step = self.end(reply);
        (State::Closed, Some(step))
    }

    fn end(&mut self, reply: Reply) -> Step {
        self.say(&reply);
        self.state = State::Closed;
        Step::Close
    }
}

/// Where it stands, without anything that was said.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("profile", &self.profile)
            .field("state", &self.state.name())
            .field("account", &self.account)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
