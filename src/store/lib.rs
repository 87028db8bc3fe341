//! The store: everyone's mail, people and settings of mailboxes in one LMDB environment.
//!
//! Promises: what an [`Answer`] calls done is synced to the device; a crash leaves each deed whole or absent; UIDs and
//! object numbers are never reused; a read never blocks a write nor the other way round.
//!
//! Every key and record stands on one page, `schema`. A message comes in as [`Store::spool`], [`Store::stage`], then [`WriteTx::deliver`]
//! inside [`Store::write`], into mailboxes, the queue, or both; out it goes by [`Read::queue_next`], [`WriteTx::claim`] and
//! [`WriteTx::settle`]; it is read inside a short [`Store::read`] by the verbs of [`Read`].
//!
//! It does not know what a message is made of: the index record behind [`Head`] is opaque to it.

#[cfg(test)]
extern crate self as store;

mod answer;
mod batch;
mod check;
#[cfg(test)]
#[allow(
    unreachable_pub,
    dead_code,
    reason = "other crates' tests include this file as well"
)]
mod checked;
mod columns;
mod env;
mod error;
mod handle;
mod ids;
pub mod index;
mod look;
mod mailbox_name;
mod memory;
mod migrate;
mod options;
mod read;
mod reap;
mod records;
mod rights;
mod schema;
mod space;
mod spool;
mod stage;
mod turn;
mod write;
mod writer;

pub use answer::Answer;
pub use batch::{Batch, Incoming};
pub use columns::{Column, Columns, NOTES_MAX, NewColumn};
pub use error::{Error, Result};
pub use handle::Store;
pub use ids::{AccountId, Flags, Gid, KEYWORDS_MAX, MailboxId, ModSeq, Uid};
pub use memory::{MaildropLock, Watch};
pub use options::{Observer, Options, Step, TimeOfDay};
pub use read::{Read, ReadTx, Taught};
pub use records::REJECTS;
pub use records::{
    About, Account, AliasTarget, AppPassword, Attempt, BanRow, BodyKind, Choice, Claim, Counters,
    Credentials, DESTINATION_MAX, DeliverBy, Delivered, Delivery, DestinationNotes, DkimKeys,
    Doors, DueDestination, Entry, Facts, FlagChange, Head, KnownRow, LAST_USES_MAX,
    LETTER_ROWS_MAX, Lane, LastUse, Letter, LetterId, Mailbox, NetworkRow, NewLetter, NewRow,
    Notify, Origin, Owner, QueueCounts, QueueTime, Relay, RelayScope, RelayTls, ReportKind,
    ReportRow, Ret, Retried, Row, Safeguards, SavedClock, Scope, ScramRecord, SendingLimits,
    Settlement, SpecialUse, StsMode, StsPage, StsRecord, TEXT_MAX, Totp, Usage, UsedAt, WORDS_MAX,
};
pub use records::{Due, Learned, REPUTATION_KEY, REPUTATION_KEYS_MAX, Said, TaughtCounts};
pub use rights::{AclEntry, Rights, Who};
pub use spool::Spool;
pub use stage::Staged;
pub use turn::{Back, FILES, Forward, bring_forward, glance, known_schema, put_back};
pub use write::{
    ACL_MAX, BANS_MAX, JUDGEMENT_OCTETS_MAX, JUDGEMENTS_MAX, KNOWN_MAX, METADATA_MAX, METADATA_ROW,
    METADATA_TOTAL_MAX, METADATA_VALUE_MAX, NAME_MAX, REPORT_NAME_MAX, REPORT_OCTETS_MAX,
    REPORTS_A_DAY_MAX, REPORTS_HEARD_A_DAY_MAX, WriteTx,
};
