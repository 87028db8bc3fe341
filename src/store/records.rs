//! What the store tells and is told: plain values, owned by the caller.

mod bans;
mod outside;
mod owner;
mod queue;
mod reports;
mod safeguards;
mod taught;

use std::fmt;

use mail::Address;

use crate::ids::{AccountId, Flags, Gid, MailboxId, ModSeq, Uid};
use crate::stage::Staged;

/// One message's membership in one mailbox: 24 packed octets on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Which message.
    pub gid: Gid,
    /// When this entry last changed.
    pub modseq: ModSeq,
    /// Its flags in this mailbox.
    pub flags: Flags,
    /// Octets of the whole message.
    pub size: u32,
    /// SAVEDATE (RFC 8514), unix seconds.
    pub saved: u32,
}

/// The scalars of a message's index record, readable without decoding what stands behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// INTERNALDATE, unix seconds.
    pub received: i64,
    /// INTERNALDATE's zone, minutes east.
    pub zone: i16,
    /// The Date field, unix seconds; `received` if the message has none.
    pub sent: i64,
    /// Octets of the whole message.
    pub size: u32,
}

/// Counters of a mailbox (STATUS, RFC 9051 §6.3.11).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counters {
    /// Changes only when the mailbox is another one of the same name.
    pub uid_validity: u32,
    /// The UID that the next message gets.
    pub uid_next: Uid,
    /// The newest change, expunges included.
    pub highest_modseq: ModSeq,
    /// Messages in the mailbox.
    pub messages: u32,
    /// Of them without `\Seen`.
    pub unseen: u32,
    /// Of them with `\Deleted`.
    pub deleted: u32,
    /// Octets of all messages (STATUS=SIZE, RFC 8438).
    pub size: u64,
}

/// The name of the mailbox that keeps for a while what was refused as unwanted. By this name alone it is known: no RFC has a use for it.
pub const REJECTS: &str = "Rejects";

/// What a mailbox is for (RFC 6154 §2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs, reason = "the RFC's own words")]
pub enum SpecialUse {
    Sent,
    Drafts,
    Trash,
    Junk,
    Archive,
    Flagged,
    All,
    /// RFC 8457 §3.
    Important,
}

/// A mailbox's name and nature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mailbox {
    /// Its identity, which a rename leaves alone.
    pub id: MailboxId,
    /// UTF-8, `/` between levels, "INBOX" in upper case.
    pub name: String,
    /// What it is for.
    pub special_use: Option<SpecialUse>,
    /// Whether its name is among the subscriptions.
    pub subscribed: bool,
    /// False for `\Noselect`: a level that only holds children.
    pub selectable: bool,
}

/// A person of the house.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// Their number.
    pub id: AccountId,
    /// Their primary address, as given.
    pub address: Address,
    /// Octets; `None`: the box's default.
    pub quota: Option<u64>,
    /// Messages (RFC 9208 §5.2); `None`: as many as fit.
    pub quota_messages: Option<u64>,
    /// Unix seconds.
    pub created: i64,
}

/// What a person's mail takes up: each mailbox's copy of a message counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// Messages in all mailboxes.
    pub messages: u64,
    /// Octets in all mailboxes.
    pub octets: u64,
}

pub use bans::{BanRow, KnownRow, NetworkRow};
pub use outside::{
    DestinationNotes, DkimKeys, Relay, RelayScope, RelayTls, SendingLimits, StsMode, StsPage,
    StsRecord,
};
pub use owner::Owner;
pub use queue::{
    Attempt, BodyKind, Choice, Claim, DESTINATION_MAX, DeliverBy, DueDestination, LETTER_ROWS_MAX,
    Lane, Letter, LetterId, NewLetter, NewRow, Notify, Origin, QueueCounts, QueueTime, Ret,
    Retried, Row, SavedClock, Settlement, TEXT_MAX, WORDS_MAX,
};
pub use reports::{ReportKind, ReportRow};
pub use safeguards::{Doors, LAST_USES_MAX, LastUse, Safeguards, Scope, Totp, UsedAt};
pub(crate) use safeguards::{RECOVERY_MAX, SCOPES_MAX};
pub use taught::{Due, Learned, REPUTATION_KEY, REPUTATION_KEYS_MAX, Said, TaughtCounts};

/// What a piece of metadata is about (RFC 5464 §1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// The whole server.
    Server,
    /// One mailbox.
    Mailbox(MailboxId),
}

impl About {
    /// The server is mailbox 0 of account 0.
    pub(crate) fn mailbox(self) -> MailboxId {
        match self {
            About::Server => MailboxId {
                account: AccountId(0),
                number: 0,
            },
            About::Mailbox(id) => id,
        }
    }
}

/// How a person proves who they are. Debug shows no secret.
#[derive(Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Credentials {
    /// PHC string.
    pub password: Option<String>,
    /// What SCRAM needs of the same password.
    pub scram: Option<ScramRecord>,
    /// Passwords of single programs.
    pub app_passwords: Vec<AppPassword>,
}

/// RFC 5802 §3: salt, i, StoredKey, ServerKey.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs, reason = "the RFC's own words")]
pub struct ScramRecord {
    pub salt: Vec<u8>,
    pub iterations: u32,
    pub stored_key: [u8; 32],
    pub server_key: [u8; 32],
}

/// A password that one program of a person uses.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AppPassword {
    /// Names it when it is to be removed.
    pub id: u32,
    /// What the person calls it.
    pub label: String,
    /// PHC string.
    pub hash: String,
    /// Unix seconds.
    pub created: i64,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("password", &self.password.is_some())
            .field("scram", &self.scram.is_some())
            .field("app_passwords", &self.app_passwords.len())
            .finish()
    }
}

impl fmt::Debug for ScramRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScramRecord").finish_non_exhaustive()
    }
}

impl fmt::Debug for AppPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppPassword")
            .field("id", &self.id)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Where an alias leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AliasTarget {
    /// To a person of the house.
    Account(AccountId),
    /// Outside the house.
    Remote(Address),
}

/// One message into mailboxes, of the house's recipients (SMTP) or one (APPEND), and into the queue for the world outside.
pub struct Delivery {
    /// The octets, from [`crate::Store::stage`].
    pub body: Staged,
    /// Its scalars; `size` must be the body's.
    pub head: Head,
    /// Rendered once on arrival; opaque to the store, read back by [`crate::Read::record`].
    pub record: Vec<u8>,
    /// Which mailboxes get it, with which flags. May be empty if `letters` is not.
    pub into: Vec<(MailboxId, Flags)>,
    /// Letters into the queue: one for each envelope the message travels in.
    pub letters: Vec<NewLetter>,
}

/// What [`Delivery`] came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Delivered {
    /// The UIDs given, in the order of [`Delivery::into`].
    pub uids: Vec<Uid>,
    /// The letters made, in the order of [`Delivery::letters`].
    pub letters: Vec<LetterId>,
}

/// What STORE does to flags (RFC 9051 §6.4.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlagChange {
    /// `FLAGS`
    Replace(Flags),
    /// `+FLAGS`
    Add(Flags),
    /// `-FLAGS`
    Remove(Flags),
}

impl FlagChange {
    /// What `flags` become.
    #[must_use]
    pub fn apply(self, flags: Flags) -> Flags {
        match self {
            FlagChange::Replace(new) => new,
            FlagChange::Add(new) => flags.union(new),
            FlagChange::Remove(old) => flags.without(old),
        }
    }
}

/// Facts for `status`. All sizes in octets.
#[derive(Clone, Debug)]
pub struct Facts {
    /// How large the file may grow.
    pub map_size: u64,
    /// How large the file is.
    pub file: u64,
    /// In pages that hold something.
    pub used: u64,
    /// In pages of the file that hold nothing.
    pub free: u64,
    /// Whether deliveries are refused because only the reserve is left.
    pub scarce: bool,
    /// Number of the last commit.
    pub last_commit: u64,
    /// People.
    pub accounts: u64,
    /// Messages in all mailboxes of all people.
    pub messages: u64,
    /// What waits to go out.
    pub queue: QueueCounts,
}
