//! Mail on its way out, as the queue's verbs tell it: letters, their rows, what became of an attempt.

use std::fmt;
use std::str::FromStr;

use mail::Address;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, Gid};

/// Seconds of the queue's own clock, which never goes back and never leaps because the wall clock was set. Everything that decides
/// (retry, warn, expire, hold) is in it; wall time is for texts only.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct QueueTime(pub u64);

/// A letter in the queue: 1 and up, never reused. People see it in hexadecimal (`1a2b`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct LetterId(pub u64);

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for LetterId {
    type Err = std::num::ParseIntError;

    /// Reads what [`fmt::Display`] prints.
    fn from_str(text: &str) -> Result<LetterId, Self::Err> {
        u64::from_str_radix(text, 16).map(LetterId)
    }
}

/// What octets the body may hold (RFC 6152, RFC 3030).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum BodyKind {
    /// ASCII in lines.
    SevenBit,
    /// `BODY=8BITMIME`
    EightBit,
    /// `BODY=BINARYMIME`
    Binary,
}

/// How much of the message a return quotes (RFC 3461 §4.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Ret {
    /// The whole message.
    Full,
    /// Its header.
    Headers,
}

/// When the sender wants to hear of a recipient (RFC 3461 §4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Notify(pub u8);

impl Notify {
    const SUCCESS: u8 = 1;
    const FAILURE: u8 = 2;
    const DELAY: u8 = 4;

    /// `NEVER`
    pub const fn never() -> Notify {
        Notify(0)
    }

    /// `SUCCESS`
    pub const fn success() -> Notify {
        Notify(Notify::SUCCESS)
    }

    /// `FAILURE`
    pub const fn failure() -> Notify {
        Notify(Notify::FAILURE)
    }

    /// `DELAY`
    pub const fn delay() -> Notify {
        Notify(Notify::DELAY)
    }

    /// What either asks for.
    #[must_use]
    pub const fn union(self, other: Notify) -> Notify {
        Notify(self.0 | other.0)
    }

    /// Whether everything `other` asks for is asked for here.
    pub const fn contains(self, other: Notify) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether success is to be told.
    pub const fn wants_success(self) -> bool {
        self.contains(Notify::success())
    }

    /// Whether failure is to be told.
    pub const fn wants_failure(self) -> bool {
        self.contains(Notify::failure())
    }

    /// Whether delay is to be told.
    pub const fn wants_delay(self) -> bool {
        self.contains(Notify::delay())
    }
}

impl Default for Notify {
    /// Failure and delay: what a sender gets who asked for nothing.
    fn default() -> Notify {
        Notify::failure().union(Notify::delay())
    }
}

/// RFC 2852: by when it must have left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeliverBy {
    /// The moment.
    pub at: QueueTime,
    /// Mode `N`: past it the sender is told and delivery goes on. False, mode `R`: past it the message is returned.
    pub notify: bool,
    /// Modifier `T`: each relay is told of.
    pub trace: bool,
}

/// Where a letter comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A person of the house sent it.
    Submission,
    /// An alias leads outside.
    Forward {
        /// The alias.
        alias: Address,
    },
    /// A delivery status notification or another letter of the box itself: never is a return to it written.
    Return,
}

/// A letter to be put into the queue, with its rows: part of a [`crate::Delivery`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewLetter {
    /// Who sent it, if a person of the house did.
    pub sender: Option<AccountId>,
    /// `None`: `<>`.
    pub reverse_path: Option<Address>,
    /// What octets its body holds.
    pub body: BodyKind,
    /// RFC 6531: header or addresses need UTF-8.
    pub smtputf8: bool,
    /// RFC 8689 §3.
    pub require_tls: bool,
    /// `TLS-Required: No` (RFC 8689 §5).
    pub tls_optional: bool,
    /// ENVID, decoded (RFC 3461 §4.4). At most [`TEXT_MAX`] octets.
    pub envid: Option<String>,
    /// RET.
    pub ret: Option<Ret>,
    /// MT-PRIORITY, -9 to 9 (RFC 6710 §2).
    pub priority: i8,
    /// Unix seconds, for texts.
    pub accepted: i64,
    /// When it was queued.
    pub enqueued: QueueTime,
    /// When trying ends.
    pub expires: QueueTime,
    /// RFC 2852.
    pub deliver_by: Option<DeliverBy>,
    /// Where it comes from.
    pub origin: Origin,
    /// One a recipient: 1 to [`LETTER_ROWS_MAX`].
    pub rows: Vec<NewRow>,
}

/// Rows of one letter: all of them are dealt with in one deed when it is dropped.
pub const LETTER_ROWS_MAX: usize = 2000;
/// Octets of an ENVID or an ORCPT, decoded. RFC 3461 §4.2 and §4.4 allow 500 and 100 characters encoded.
pub const TEXT_MAX: usize = 1000;
/// Octets of a destination: a domain name, or an address literal with its brackets.
pub const DESTINATION_MAX: usize = 255;
/// Octets of an attempt's words.
pub const WORDS_MAX: usize = 1024;

/// A recipient of a letter to be put into the queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRow {
    /// Who is to get it.
    pub recipient: Address,
    /// Next-hop domain: an A-label in lower case, or a literal (`[192.0.2.1]`). Rows with the same text travel together.
    pub destination: String,
    /// ORCPT, decoded: `rfc822;x@y` (RFC 3461 §4.2). At most [`TEXT_MAX`] octets.
    pub orcpt: Option<String>,
    /// What the sender wants to hear.
    pub notify: Notify,
    /// The first attempt.
    pub due: QueueTime,
}

/// A letter in the queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// Its number.
    pub id: LetterId,
    /// The message: read it by [`crate::Read::body`] and [`crate::Read::record`].
    pub gid: Gid,
    /// Octets of the message.
    pub size: u32,
    /// Recipients that wait.
    pub rows_left: u32,
    /// See [`NewLetter::sender`]; the person may have been removed since.
    pub sender: Option<AccountId>,
    /// See [`NewLetter::reverse_path`].
    pub reverse_path: Option<Address>,
    /// See [`NewLetter::body`].
    pub body: BodyKind,
    /// See [`NewLetter::smtputf8`].
    pub smtputf8: bool,
    /// See [`NewLetter::require_tls`].
    pub require_tls: bool,
    /// See [`NewLetter::tls_optional`].
    pub tls_optional: bool,
    /// See [`NewLetter::envid`].
    pub envid: Option<String>,
    /// See [`NewLetter::ret`].
    pub ret: Option<Ret>,
    /// See [`NewLetter::priority`].
    pub priority: i8,
    /// See [`NewLetter::accepted`].
    pub accepted: i64,
    /// See [`NewLetter::enqueued`].
    pub enqueued: QueueTime,
    /// See [`NewLetter::expires`].
    pub expires: QueueTime,
    /// See [`NewLetter::deliver_by`].
    pub deliver_by: Option<DeliverBy>,
    /// See [`NewLetter::origin`].
    pub origin: Origin,
}

/// A recipient that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its place in the letter, 1 and up, in the order of [`NewLetter::rows`].
    pub number: u32,
    /// Who is to get it.
    pub recipient: Address,
    /// Where it travels to.
    pub destination: String,
    /// See [`NewRow::orcpt`].
    pub orcpt: Option<String>,
    /// What the sender wants to hear.
    pub notify: Notify,
    /// The next attempt.
    pub due: QueueTime,
    /// Waits until it is released, however long it is due.
    pub held: bool,
    /// Attempts made, one that is under way among them.
    pub attempts: u16,
    /// The sender was told of the delay.
    pub warned: bool,
    /// How the last attempt ended.
    pub last: Option<Attempt>,
}

/// How an attempt ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// Unix seconds.
    pub at: i64,
    /// The remote's name or address; empty if none was reached. Kept up to [`DESTINATION_MAX`] octets.
    pub host: String,
    /// The remote's reply or our reason: one line of printable text, kept up to [`WORDS_MAX`] octets.
    pub words: String,
}

/// Rows of a letter that are to be tried now, together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The letter.
    pub letter: Letter,
    /// Its rows, ascending by number, as they now stand: this attempt is counted, `due` is the next one.
    pub rows: Vec<Row>,
}

/// What became of a row that was claimed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Settlement {
    /// Delivered, relayed or returned.
    Gone,
    /// It waits for another attempt.
    Wait {
        /// The next one.
        due: QueueTime,
        /// How this one ended.
        last: Attempt,
        /// The sender has been told of the delay, now or before.
        warned: bool,
    },
    /// The attempt did not reach the remote's ears, and does not count.
    Untried {
        /// The next one.
        due: QueueTime,
        /// Why, if people should see it; `None` leaves what stands there.
        last: Option<Attempt>,
    },
}

/// Whose turn it is: first attempts before retries, inside each by priority. Orders that way: the least goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lane {
    /// It was tried before.
    pub retry: bool,
    /// MT-PRIORITY, -9 to 9.
    pub priority: i8,
}

/// Something to do: the earliest of a destination's rows in one lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DueDestination<'a> {
    /// See [`NewRow::destination`].
    pub destination: &'a str,
    /// The lane. A destination that has rows in several is offered once for each.
    pub lane: Lane,
    /// Since when it is due.
    pub due: QueueTime,
}

/// What to do with a [`DueDestination`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// This one.
    Take,
    /// Another one: this destination is busy.
    Skip,
    /// One of this lane that is due at this time or later: what is due before has no room, however much it is.
    From(QueueTime),
    /// One of the next lane: this one has no room, however long it is.
    NextLane,
    /// None at all.
    Stop,
}

/// How much is in the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QueueCounts {
    /// Letters.
    pub letters: u64,
    /// Recipients that wait, held ones among them.
    pub rows: u64,
    /// Of them held.
    pub held: u64,
}

/// The queue's clock as last saved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SavedClock {
    /// The queue's time.
    pub at: QueueTime,
    /// Unix seconds at that moment, if the wall clock was trusted.
    pub wall: Option<i64>,
}

/// What [`crate::WriteTx::retry_all`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retried {
    /// Rows that are due now and were not before.
    pub rows: u64,
    /// Where to go on; `None`: that was all.
    pub next: Option<LetterId>,
}
