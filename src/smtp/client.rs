//! The conversation from the sending end (RFC 5321): greets, encrypts, logs in, sends messages.
//!
//! A [`Session`] is pure: octets go in by [`Session::feed`], [`Session::step`] says what it wants next. The driver does what the [`Step`]
//! says and steps again:
//!
//! ```text
//! loop { match session.step(now, &mut out) {              // whatever the step: out is written first
//!     Step::Read => read until session.deadline(); feed, or closed("...") when the connection ended
//!     Step::Flush => feed what has come already
//!     Step::StartTls => handshake; tls_started(..) or tls_failed("...")
//!     Step::Ready => send(transaction) or quit()
//!     Step::Content { room } => content(at most room octets) or content_end()
//!     Step::Done(outcome) => one verdict a recipient
//!     Step::Close(trouble) => close; Some(trouble) if nothing could be sent at all
//! } }
//! ```
//!
//! If a write fails, the driver reads and feeds what the other side had sent before it says [`Session::closed`]: the reason stands there.
//!
//! What it promises:
//! * "Delivered" is said only after a 2xx to the whole message; a 2xx in the middle of it counts as nonsense.
//! * Whatever the other side does (hangs up, goes silent, talks nonsense, talks for ever), every transaction ends in one verdict for each recipient,
//!   the truest that was heard, and memory is bounded by [`Limits`].
//! * No password without TLS; nothing learned before TLS is believed after it; octets behind the 220 to STARTTLS end the session (CVE-2011-0411).
//! * What leaves is one message: lines that end with CRLF, no lone CR or LF, no NUL, no line over 998 octets, one final dot (`normal.rs`).
//!
//! What it cannot do: it does not choose hosts, check certificates, or convert messages; [`Session::capabilities`] says what must be converted.

mod body;
mod capabilities;
mod envelope;
mod judge;
mod limits;
mod login;
mod normal;
mod opening;
mod profile;
mod reply;
mod state;
mod step;
mod transaction;
mod words;

pub use crate::command::{BodyType, By, ByMode, Notify, Ret};
pub use capabilities::Capabilities;
pub use limits::Limits;
pub use profile::{Hello, Login, Profile, TlsUse};
pub use step::{
    ClientRecipient, Fate, Outcome, Scope, Stage, Step, Transaction, Trouble, Verdict, WORDS,
};

use crate::moment::{FOREVER, after};
use judge::{lost, overdue};
use mail::EnhancedStatus;
use reply::{Replies, Reply};
use sasl::{ChannelBinding, Nonces};
use state::{State, Turn};
use std::fmt;
use std::mem;
use std::time::{Duration, Instant};
use zeroize::{Zeroize as _, Zeroizing};

/// How many octets may pile up before the driver is asked to send them.
const PILE: usize = 8 * 1024;

/// How many octets of content are asked for at once: two piles, so that the driver listens after each.
const ROOM: usize = 16 * 1024;

/// One conversation with another server.
pub struct Session {
    profile: Profile,
    limits: Limits,
    nonces: Nonces,
    capabilities: Capabilities,
    state: State,
    replies: Replies,
    /// What the driver has not been given yet. May hold a password.
    said: Zeroizing<Vec<u8>>,
    /// The connection ended, for this reason.
    closed: Option<String>,
    /// The last thing that was said, if it was against us: in case the connection ends instead of an answer.
    complaint: Option<String>,
    /// What is to be sent next.
    waiting: Option<Box<Transaction>>,
    quitting: bool,
    /// The last transaction did not end by itself: RSET comes first.
    dirty: bool,
    transactions: u32,
    started: Instant,
    now: Instant,
    /// When what is being waited for became due.
    since: Instant,
    /// When the time for it is over.
    due: Instant,
}

/// What came of listening.
enum Heard {
    Reply(Reply),
    /// More must come.
    Nothing,
    /// Nothing will come that could be understood.
    Lost(Verdict),
}

impl Session {
    /// A session for a connection that was just made (and whose TLS is up, where TLS comes first).
    pub fn new(profile: Profile, limits: Limits, now: Instant) -> Session {
        Session {
            nonces: Nonces::new(profile.nonce_seed),
            profile,
            limits,
            capabilities: Capabilities::default(),
            state: State::Greeting,
            replies: Replies::default(),
            said: Zeroizing::default(),
            closed: None,
            complaint: None,
            waiting: None,
            quitting: false,
            dirty: false,
            transactions: 0,
            started: now,
            now,
            since: now,
            due: now + FOREVER,
        }
    }

    /// Takes octets from the other side: what one read of the socket gave.
    pub fn feed(&mut self, octets: &[u8]) {
        // After the end nobody listens, so nothing is kept.
        if !matches!(self.state, State::Over(_)) {
            self.replies.feed(octets);
        }
    }

    /// The connection ended or broke: nothing more will be fed or can be sent. What came before is still to be fed first. `why`: a short
    /// reason for people, such as "connection reset by peer"; empty for an ordinary end.
    pub fn closed(&mut self, why: &str) {
        self.closed.get_or_insert_with(|| why.to_owned());
    }

    /// Goes on as far as possible. Commands are appended to `out`.
    pub fn step(&mut self, now: Instant, out: &mut Vec<u8>) -> Step {
        self.now = now;
        let step = loop {
            if self.said.len() >= PILE && self.closed.is_none() {
                break Step::Flush;
            }
            self.due = self.deadline();
            let (state, step) = match mem::replace(&mut self.state, State::Over(None)) {
                State::Greeting => self.greeting(),
                State::Hello { helo } => self.hello(helo),
                State::StartTls => self.start_tls(),
                State::Securing => self.securing(),
                State::Login(exchange) => self.log_in(exchange),
                State::Ready => self.ready(),
                State::Envelope(job) => self.envelope(job),
                State::Content(job) => self.sending(job),
                State::End(job) => self.end(job),
                State::Quit => self.quitted(),
                State::Over(trouble) => (State::Over(None), Some(Step::Close(trouble))),
            };
            self.state = state;
            if let Some(step) = step {
                break step;
            }
        };
        out.extend_from_slice(&self.said);
        self.said.zeroize();
        self.state.handed_out();
        step
    }

    /// Until when the driver may wait, whatever it does (reading, writing, shaking hands): then step. While `Ready` there is none to keep.
    pub fn deadline(&self) -> Instant {
        let limits = &self.limits;
        let of = |time: Duration| after(self.since, time);
        let opening = after(self.started, limits.opening_time);
        match &self.state {
            State::Greeting => of(limits.greeting_time).min(opening),
            State::Hello { .. } | State::StartTls | State::Securing | State::Login(_) => {
                of(limits.command_time).min(opening)
            }
            State::Envelope(job) => {
                of(job.patience(limits)).min(after(job.started, limits.transaction_time))
            }
            State::Content(job) => {
                let slow = Duration::from_secs(job.transaction.size / limits.slowest.max(1));
                let whole = limits.transaction_time.saturating_add(slow);
                let step = if job.expected.is_empty() {
                    limits.block_time
                } else {
                    limits.end_time
                };
                of(step).min(after(job.started, whole))
            }
            State::End(_) => of(limits.end_time),
            State::Quit => of(limits.quit_time),
            State::Ready | State::Over(_) => of(FOREVER),
        }
    }

    /// Answers [`Step::StartTls`]: the handshake is done. Everything that was announced before is forgotten (RFC 3207 §4.2).
    pub fn tls_started(&mut self, channel_binding: Option<ChannelBinding>, description: String) {
        if !matches!(self.state, State::Securing) {
            return;
        }
        self.profile.tls = TlsUse::Active {
            channel_binding,
            description,
        };
        self.secured();
    }

    /// Answers [`Step::StartTls`]: the handshake failed, for this reason. The session ends; without TLS it takes a new connection and
    /// [`TlsUse::Never`].
    pub fn tls_failed(&mut self, why: &str) {
        if matches!(self.state, State::Securing) {
            self.state = State::Over(Some(Box::new(judge::no_tls(format!(
                "The TLS handshake with the other server failed: {}",
                words::printable(why.as_bytes())
            )))));
        }
    }

    /// Answers [`Step::Ready`]: sends this message next. At any other time it waits for the next `Ready`, and goes with the session if there is none.
    pub fn send(&mut self, transaction: Transaction) {
        self.waiting = Some(Box::new(transaction));
    }

    /// Answers [`Step::Ready`]: says QUIT and ends. Said earlier, it waits for the next `Ready`.
    pub fn quit(&mut self) {
        self.quitting = true;
    }

    /// What the other side announced last.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Protocol and cipher, if the connection is encrypted.
    pub fn tls(&self) -> Option<&str> {
        match &self.profile.tls {
            TlsUse::Active { description, .. } => Some(description),
            TlsUse::Wanted | TlsUse::Required | TlsUse::Never => None,
        }
    }

    /// Transactions that are over. A connection that had some and breaks at the next one's beginning has only grown old: nothing was judged.
    pub fn transactions(&self) -> u32 {
        self.transactions
    }

    /// Says a command.
    fn say(&mut self, command: &str) {
        self.said.extend_from_slice(command.as_bytes());
        self.said.extend_from_slice(b"\r\n");
    }

    /// Listens for one reply.
    fn hear(&mut self, stage: Stage) -> Heard {
        match self.replies.next(&self.limits) {
            Some(Ok(reply)) => {
                self.since = self.now;
                self.complaint = (reply.class() >= 4).then(|| reply.words());
                Heard::Reply(reply)
            }
            Some(Err(sentence)) => Heard::Lost(judge::nonsense(stage, sentence)),
            None => match &self.closed {
                Some(why) => Heard::Lost(lost(stage, why, self.complaint.as_deref())),
                None if self.now >= self.due => Heard::Lost(overdue(
                    stage,
                    self.now.saturating_duration_since(self.since),
                )),
                None => Heard::Nothing,
            },
        }
    }

    /// Ends the session without a transaction; QUIT is said if there is somebody to hear it.
    fn give_up(&mut self, trouble: Verdict, polite: bool) -> Turn {
        if polite && self.closed.is_none() {
            self.say("QUIT");
        }
        (State::Over(Some(Box::new(trouble))), None)
    }
}

/// Where it stands, without anything that was said.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("profile", &self.profile)
            .field("state", &self.state.name())
            .field("capabilities", &self.capabilities)
            .field("transactions", &self.transactions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
