//! SPF (RFC 7208): may this address send mail for this domain? A machine that asks for DNS records.
//!
//! ```text
//! check    the machine: include, redirect, the terms in their order      record  a record's terms, read
//! macros   %{...} read and expanded                                      names   the validated names of the client
//! ```
//!
//! Promises: every limit of RFC 7208 §4.6.4 (10 terms that ask, 2 that find nothing, 10 hosts of an MX, 10 names of a client), so at most [`QUESTIONS_MAX`]
//! questions a check, however records refer to each other; no recursion; at most eleven records of [`RECORD_MAX`] octets are held.
//!
//! What it cannot do: it has no clock, so §4.6.4's limit on the time (20 seconds at least) is the resolver's and the caller's.

mod check;
mod macros;
mod names;
mod record;

use std::fmt;
use std::net::IpAddr;

pub use check::Spf;
pub(crate) use names::Validation;

/// Most terms that ask the DNS (RFC 7208 §4.6.4).
pub const TERMS_MAX: u32 = 10;
/// Most terms whose question finds nothing (RFC 7208 §4.6.4).
pub const VOID_MAX: u32 = 2;
/// Most hosts of one `mx`, and most names of the client (RFC 7208 §4.6.4).
pub const NAMES_MAX: usize = 10;
/// Longest record that is read, in octets; RFC 7208 §3.4 wants 450, the longest real ones have 4,000. A longer one is a PermError.
pub const RECORD_MAX: usize = 16 * 1024;
/// Longest text that macros may become, in octets. Names are cut to 253 of them (RFC 7208 §7.3).
pub const EXPANDED_MAX: usize = 4 * 1024;
/// Longest explanation that is passed on, in octets: it goes into an SMTP reply.
pub const EXPLANATION_MAX: usize = 400;
/// Most questions of one check: the first record, ten terms with eleven questions each, and an explanation.
pub const QUESTIONS_MAX: u32 = 1 + TERMS_MAX * 11 + 1;

/// The result of a check (RFC 7208 §2.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpfResult {
    /// The domain says nothing, or there is no domain to ask.
    None,
    /// The domain explicitly says neither yes nor no.
    Neutral,
    /// The client may send for the domain.
    Pass,
    /// The client may not.
    Fail,
    /// The domain thinks that it may not.
    SoftFail,
    /// The DNS did not answer; another time it may.
    TempError,
    /// The domain's records are broken.
    PermError,
}

/// Whose domain is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Identity {
    /// The name of HELO or EHLO (RFC 7208 §2.3).
    Helo,
    /// The return path; the HELO name stands for an empty one (RFC 7208 §2.4).
    MailFrom,
}

/// What is known of the client and its message.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where it connects from.
    pub address: IpAddr,
    /// What it said with HELO or EHLO.
    pub helo: String,
    /// The return path without angle brackets; empty for a bounce.
    pub mail_from: String,
}

/// A check's end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpfVerdict {
    /// The result.
    pub result: SpfResult,
    /// Whose domain was checked.
    pub identity: Identity,
    /// The domain, in lower case and A-labels; empty if there was none.
    pub domain: String,
    /// Why, as a sentence without its full stop; printable ASCII.
    pub reason: String,
    /// What the domain's owner says to a sender that fails (`exp=`), printable ASCII, at most [`EXPLANATION_MAX`] octets. Somebody else's words.
    pub explanation: Option<String>,
}

impl SpfResult {
    /// The word of RFC 8601 §2.7.2.
    pub fn word(self) -> &'static str {
        match self {
            SpfResult::None => "none",
            SpfResult::Neutral => "neutral",
            SpfResult::Pass => "pass",
            SpfResult::Fail => "fail",
            SpfResult::SoftFail => "softfail",
            SpfResult::TempError => "temperror",
            SpfResult::PermError => "permerror",
        }
    }
}

impl fmt::Display for SpfResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
