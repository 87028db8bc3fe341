//! The names of things: people, mailboxes, messages, flags. Small values that are copied, never looked into.

use serde::{Deserialize, Serialize};

/// A person. Numbers start at 1 and are never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AccountId(pub u32);

/// A mailbox of a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MailboxId {
    /// Whose it is.
    pub account: AccountId,
    /// Never reused inside the account, 1 and up (it is IMAP's MAILBOXID, RFC 8474 §4).
    pub number: u32,
}

/// A message's global arrival number, 1..2^40: never reused. It is IMAP's EMAILID (RFC 8474 §5.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Gid(pub u64);

/// IMAP unique identifier, `1..=u32::MAX` (RFC 9051 §2.3.1.1).
pub type Uid = u32;

/// Per-mailbox modification sequence, 1..2^48 (RFC 7162 §3.1).
pub type ModSeq = u64;

/// How many keywords an account's table holds: an entry has 40 bits of flags, 5 of them the system flags.
pub const KEYWORDS_MAX: usize = 35;

/// The flags of one message in one mailbox: 5 system flags and up to [`KEYWORDS_MAX`] keywords, whose names stand in the
/// account's keyword table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Flags(pub u64);

impl Flags {
    /// `\Seen`
    pub const SEEN: Flags = Flags(1);
    /// `\Answered`
    pub const ANSWERED: Flags = Flags(2);
    /// `\Flagged`
    pub const FLAGGED: Flags = Flags(4);
    /// `\Deleted`
    pub const DELETED: Flags = Flags(8);
    /// `\Draft`
    pub const DRAFT: Flags = Flags(16);

    /// Every flag there can be: 40 bits.
    pub const ALL: Flags = Flags((1 << 40) - 1);

    /// The flag of keyword number `index` (0..[`KEYWORDS_MAX`]) of the account's table; `None` beyond it.
    pub fn keyword(index: u8) -> Option<Flags> {
        (usize::from(index) < KEYWORDS_MAX).then(|| Flags(1 << (5 + index)))
    }

    /// Whether every flag of `other` is set here.
    #[must_use]
    pub fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags of both.
    #[must_use]
    pub fn union(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// The flags that are in both.
    #[must_use]
    pub fn common(self, other: Flags) -> Flags {
        Flags(self.0 & other.0)
    }

    /// These flags but not those of `other`.
    #[must_use]
    pub fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }
}
