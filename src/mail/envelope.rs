//! The envelope of a message as IMAP prints it (RFC 9051 §7.5.2), taken from its header fields (RFC 5322 §3.6).
//!
//! It promises bounded values without CR, LF or NUL. Texts stay as the sender wrote them, encoded words and raw
//! 8-bit octets included: [`crate::header::decode_words`] makes them readable.

mod list;

pub use list::parse_addresses;

/// The fields of one message header. A field that is missing is `None` or empty; of one that is repeated the
/// first counts, except that repeated address fields are joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `Date`, unfolded. [`crate::date::parse_rfc5322`] reads it.
    pub date: Option<Vec<u8>>,
    /// `Subject`, unfolded, encoded words left as they are.
    pub subject: Option<Vec<u8>>,
    /// `From`.
    pub from: Vec<EnvelopeAddress>,
    /// `Sender`, empty when the field is missing; see [`Envelope::sender_or_from`].
    pub sender: Vec<EnvelopeAddress>,
    /// `Reply-To`, empty when the field is missing; see [`Envelope::reply_to_or_from`].
    pub reply_to: Vec<EnvelopeAddress>,
    /// `To`.
    pub to: Vec<EnvelopeAddress>,
    /// `Cc`.
    pub cc: Vec<EnvelopeAddress>,
    /// `Bcc`.
    pub bcc: Vec<EnvelopeAddress>,
    /// `In-Reply-To`, unfolded.
    pub in_reply_to: Option<Vec<u8>>,
    /// `Message-ID`, unfolded.
    pub message_id: Option<Vec<u8>>,
    /// `References`, unfolded.
    pub references: Option<Vec<u8>>,
}

/// One element of an address list (RFC 5322 §3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeAddress {
    /// A mailbox. Garbage without an `@` is a mailbox whose `host` is empty.
    Mailbox {
        /// Display name, or else the comment behind an old-style address; unquoted.
        name: Option<Vec<u8>>,
        /// The obsolete source route (`@a,@b`).
        route: Option<Vec<u8>>,
        /// Local part, unquoted.
        local: Vec<u8>,
        /// Domain or domain literal.
        host: Vec<u8>,
    },
    /// The start of a group, with its name.
    GroupStart(Vec<u8>),
    /// The end of the group.
    GroupEnd,
}

impl Envelope {
    /// `Sender`, or `From` when there is none, as IMAP servers must print it (RFC 9051 §7.5.2).
    pub fn sender_or_from(&self) -> &[EnvelopeAddress] {
        if self.sender.is_empty() {
            &self.from
        } else {
            &self.sender
        }
    }

    /// `Reply-To`, or `From` when there is none, as IMAP servers must print it (RFC 9051 §7.5.2).
    pub fn reply_to_or_from(&self) -> &[EnvelopeAddress] {
        if self.reply_to.is_empty() {
            &self.from
        } else {
            &self.reply_to
        }
    }
}
