//! The states of a conversation from the sending end. Each is named for what it waits for, and owns what is true there.

use super::login::Exchange;
use super::normal::Normaliser;
use super::{Limits, Stage, Step, Transaction, Trouble, Verdict};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The next state, and what is wanted from the driver before going on, if anything.
pub(super) type Turn = (State, Option<Step>);

/// Where a conversation stands.
pub(super) enum State {
    /// Waits for 220.
    Greeting,
    /// Waits for the answer to EHLO, or to HELO.
    Hello { helo: bool },
    /// Waits for the answer to STARTTLS.
    StartTls,
    /// Waits for the driver's handshake.
    Securing,
    /// Waits for the answer to AUTH or to what was said last in it.
    Login(Box<Exchange>),
    /// Waits for a transaction.
    Ready,
    /// MAIL, RCPT and DATA are being said and answered.
    Envelope(Box<Job>),
    /// Waits for content.
    Content(Box<Job>),
    /// All was said: waits for the last answers.
    End(Box<Job>),
    /// Waits for the answer to QUIT.
    Quit,
    /// Over; why, if nothing could be sent.
    Over(Option<Box<Trouble>>),
}

/// A transaction under way.
pub(super) struct Job {
    pub(super) transaction: Transaction,
    pub(super) started: Instant,
    /// What is known of each recipient.
    pub(super) verdicts: Vec<Option<Verdict>>,
    /// Which recipients are named to the other side, in order.
    pub(super) tried: Vec<usize>,
    /// Which of them it took.
    pub(super) accepted: Vec<usize>,
    /// Which it did not take for there being too many.
    pub(super) crowded: Vec<usize>,
    pub(super) next: Next,
    /// Replies that are due, in order.
    pub(super) expected: VecDeque<Expect>,
    /// MAIL was accepted.
    pub(super) opened: bool,
    /// It was refused as a whole: nothing more is said.
    pub(super) refused: bool,
    /// By BDAT.
    pub(super) chunked: bool,
    pub(super) content: Content,
}

/// Content on its way.
pub(super) struct Content {
    /// `None` for BINARYMIME, which goes as it is.
    pub(super) normaliser: Option<Normaliser>,
    /// The BDAT chunk that is not whole.
    pub(super) chunk: Vec<u8>,
    /// The driver has given all.
    pub(super) ended: bool,
    /// The end was handed to the driver: from here on it may have arrived.
    pub(super) handed_out: bool,
}

/// What is said next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Reset,
    Mail,
    /// RCPT for this place in [`Job::tried`].
    Rcpt(usize),
    Data,
    Nothing,
}

/// What a reply will answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    Reset,
    Mail,
    /// RCPT for this recipient.
    Rcpt(usize),
    Data,
    /// The dot behind a 354 that came although no recipient was taken (RFC 2920 §3.1).
    LoneDot,
    /// A chunk that is not the last.
    Chunk,
    /// The dot, or the last chunk.
    End,
}

impl Expect {
    pub(super) fn stage(self) -> Stage {
        match self {
            Expect::Reset | Expect::Mail => Stage::Mail,
            Expect::Rcpt(_) => Stage::Rcpt,
            Expect::Data | Expect::LoneDot => Stage::Data,
            Expect::Chunk => Stage::Content,
            Expect::End => Stage::End,
        }
    }
}

impl Job {
    /// How long for (RFC 5321 §4.5.3.2).
    pub(super) fn patience(&self, limits: &Limits) -> Duration {
        match self.expected.front() {
            Some(Expect::Reset) | None => limits.command_time,
            Some(Expect::Mail) => limits.mail_time,
            Some(Expect::Rcpt(_)) => limits.rcpt_time,
            Some(Expect::Data | Expect::LoneDot) => limits.data_time,
            Some(Expect::Chunk | Expect::End) => limits.end_time,
        }
    }

    /// Gives a recipient its verdict, unless a truer one came before.
    pub(super) fn judge(&mut self, recipient: usize, verdict: Verdict) {
        if let Some(known) = self.verdicts.get_mut(recipient) {
            known.get_or_insert(verdict);
        }
    }

    /// Gives all who have none yet this verdict.
    pub(super) fn judge_rest(&mut self, verdict: &Verdict) {
        for known in &mut self.verdicts {
            known.get_or_insert_with(|| verdict.clone());
        }
    }
}

impl State {
    /// What was said has been given to the driver.
    pub(super) fn handed_out(&mut self) {
        if let State::Content(job) | State::End(job) = self {
            job.content.handed_out = job.content.ended;
        }
    }

    /// For logs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            State::Greeting => "Greeting",
            State::Hello { .. } => "Hello",
            State::StartTls => "StartTls",
            State::Securing => "Securing",
            State::Login(_) => "Login",
            State::Ready => "Ready",
            State::Envelope(_) => "Envelope",
            State::Content(_) => "Content",
            State::End(_) => "End",
            State::Quit => "Quit",
            State::Over(_) => "Over",
        }
    }
}
