//! A session's whole contact with the world: what it may want, and how the world answers.

use super::Haste;
use crate::Reply;
use crate::command::{MailParameters, Notify};
use mail::Address;
use mail::date::DateTime;
use mail::trace::{Protocol, Received};
use sasl::{Barred, Question, ScramKeys};
use std::fmt;
use std::net::IpAddr;

/// What a session wants next. Whatever stands in `out` may be sent at any time, and must be sent before the driver waits for the client.
pub enum Step {
    /// More octets: flush `out`, wait until [`super::Session::deadline`], [`super::Session::feed`] them, step again.
    Read,
    /// Much has been said: flush `out`, step again. Keeps a client that asks without listening from filling our memory.
    Flush,
    /// Flush `out`, make the TLS handshake, call [`super::Session::tls_started`]. If the handshake fails, close.
    StartTls,
    /// A log-in asks; answer with [`super::Session::verified`].
    Verify(Question),
    /// May the person who is logged in send as this address? Answer with [`super::Session::sender`].
    Sender(Address),
    /// May this recipient have mail from here? Answer with [`super::Session::recipient`].
    Recipient(RecipientQuery),
    /// The next octets of the message: lines that end with CRLF, without dot-stuffing (any octets behind the header if the
    /// envelope says BINARYMIME). Append them; nothing is answered. At most as many as were fed.
    Content(Vec<u8>),
    /// Forget all content since the last `Keep`: this message will not be kept.
    Discard,
    /// The message is whole. Make it durable, then answer with [`super::Session::kept`]; only then the client reads "250".
    Keep(Envelope),
    /// Flush `out` and close. Content that was not kept is to be forgotten.
    Close,
}

/// Without the content: mail does not belong in a log.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Read => f.write_str("Read"),
            Step::Flush => f.write_str("Flush"),
            Step::StartTls => f.write_str("StartTls"),
            Step::Verify(question) => f.debug_tuple("Verify").field(question).finish(),
            Step::Sender(address) => f.debug_tuple("Sender").field(address).finish(),
            Step::Recipient(query) => f.debug_tuple("Recipient").field(query).finish(),
            Step::Content(octets) => write!(f, "Content({} octets)", octets.len()),
            Step::Discard => f.write_str("Discard"),
            Step::Keep(envelope) => f.debug_tuple("Keep").field(envelope).finish(),
            Step::Close => f.write_str("Close"),
        }
    }
}

/// The answer to [`Step::Verify`].
#[derive(Debug)]
pub enum Verdict {
    /// The password is right, the person may act as the `authzid`; the number is the driver's name for the account and comes back in the
    /// [`Envelope`].
    Right(u32),
    /// Wrong name, wrong password, or not allowed to act as the `authzid`: the client is not told which.
    Wrong,
    /// The account and its SCRAM keys. A driver that knows nobody of that name answers [`Verdict::Decoy`].
    Keys(u32, ScramKeys),
    /// Nobody has this name: go on as if, with these keys or with ones made up on the spot. The log-in fails at its end.
    Decoy(Option<ScramKeys>),
    /// The password is right, and all the same not taken here: `534 5.7.9` or `535 5.7.8` with the reason (RFC 4954 §6).
    Barred(Barred),
    /// SCRAM keys of somebody who is told so once they have proved it.
    KeysBarred(ScramKeys, Barred),
    /// It cannot be looked up at the moment (too many guesses, disk trouble): `454 4.7.0`.
    Unavailable,
}

/// The answer to [`Step::Sender`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SenderVerdict {
    /// It is one of the person's own addresses.
    Own,
    /// It is not: `550 5.7.1` (RFC 6409 §6.1).
    Foreign,
    /// Another refusal (quota, disk full): this reply, which must be a 4xx or 5xx.
    Refused(Reply),
}

/// The answer to [`Step::Recipient`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientVerdict {
    /// Mail for this address is taken.
    Accepted,
    /// Nobody here has this address: `550 5.1.1`. Counted against [`crate::Limits::unknown_recipients`].
    Unknown,
    /// Another refusal (relaying, mailbox full): this reply, which must be a 4xx or 5xx.
    Refused(Reply),
}

/// One RCPT, with what is known around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientQuery {
    /// The recipient; `postmaster` without a domain (RFC 5321 §4.5.1) comes with our own host name.
    pub address: Address,
    /// Whether it was `<Postmaster>` without a domain, which must be accepted.
    pub postmaster: bool,
    /// The reverse-path; `None` is the null path `<>`.
    pub reverse_path: Option<Address>,
    /// How large the client said the message is (RFC 1870 §4): whom it would not fit can be refused alone.
    pub size: Option<u64>,
    /// Who is logged in, in the driver's numbers; only such a session may ever relay.
    pub account: Option<u32>,
}

/// A recipient that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The address as written.
    pub address: Address,
    /// ORCPT with its type, decoded: `rfc822;name@example.org` (RFC 3461 §4.2), `utf-8;...` (RFC 6533 §3).
    pub orcpt: Option<String>,
    /// NOTIFY (RFC 3461 §4.1); `None` if the client said nothing.
    pub notify: Option<Notify>,
}

/// What travels around a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What the client called itself: a name or an address literal, at most 255 octets, without spaces or controls; a mere claim.
    pub helo: String,
    /// Whether it said EHLO.
    pub esmtp: bool,
    /// Who connected.
    pub peer: IpAddr,
    /// Protocol and cipher, if the connection is encrypted.
    pub tls: Option<String>,
    /// Who is logged in, in the driver's numbers (see [`Verdict::Right`]).
    pub account: Option<u32>,
    /// Whom failures are told; `None` is the null path `<>`.
    pub reverse_path: Option<Address>,
    /// MAIL's parameters.
    pub parameters: MailParameters,
    /// The recipients in the order of the RCPTs, as written; one named twice stands here twice. Never empty.
    pub recipients: Vec<Recipient>,
    /// Octets of content, that is of all [`Step::Content`] since the last `Keep` or `Discard`.
    pub octets: u64,
    /// Received fields that the content already has.
    pub hops: u32,
    /// What the client said too early, in the whole session until now.
    pub haste: Haste,
}

impl Envelope {
    /// How it came, for the Received field's `with` (RFC 3848 §1).
    pub fn protocol(&self) -> Protocol {
        Protocol {
            extended: self.esmtp,
            tls: self.tls.is_some(),
            authenticated: self.account.is_some(),
            utf8: self.parameters.smtputf8,
        }
    }

    /// The pieces of the Received field (RFC 5321 §4.4), to print with [`mail::trace::received`]. `by`: our own name; `peer_name`: the
    /// client's name in DNS, if it was verified; `id`: this message's name in our log.
    pub fn received<'a>(
        &'a self,
        by: &'a str,
        peer_name: Option<&'a str>,
        id: &'a str,
        time: DateTime,
    ) -> Received<'a> {
        // Only a single recipient is named: several must not learn of each other.
        let recipient = match self.recipients.as_slice() {
            [recipient] => Some(&recipient.address),
            _ => None,
        };
        Received {
            helo: &self.helo,
            peer: self.peer,
            peer_name,
            by,
            protocol: self.protocol(),
            tls: self.tls.as_deref(),
            id,
            recipient,
            time,
        }
    }
}
