//! The store: everyone's mail, people and settings of mailboxes in one LMDB environment.
//!
//! Promises: what an [`Answer`] calls done is synced to the device; a crash leaves each deed whole or absent; UIDs and
//! object numbers are never reused; a read never blocks a write nor the other way round.
#![allow(
    clippy::todo,
    missing_docs,
    unused_variables,
    reason = "skeleton: signatures first; the store's engineer fills it"
)]

use std::future::Future;
use std::ops::RangeInclusive;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use mail::Address;

// ---- identities (ids.rs) ------------------------------------------------------------------------------------------

/// A person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountId(pub u32);
/// A mailbox of a person; `number` is never reused inside the account (it is IMAP's MAILBOXID, RFC 8474).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MailboxId {
    pub account: AccountId,
    pub number: u32,
}
/// A message's global arrival number: never reused; EMAILID (RFC 8474).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Gid(pub u64);
/// IMAP unique identifier, 1..=u32::MAX.
pub type Uid = u32;
/// Per-mailbox modification sequence (RFC 7162), 1..2^48.
pub type ModSeq = u64;

/// The flags of one message in one mailbox: 5 system flags and up to 35 keywords, whose names stand in the account's keyword table.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags(pub u64);
impl Flags {
    pub const SEEN: Flags = Flags(1);
    pub const ANSWERED: Flags = Flags(2);
    pub const FLAGGED: Flags = Flags(4);
    pub const DELETED: Flags = Flags(8);
    pub const DRAFT: Flags = Flags(16);
    /// The flag of keyword number `index` (0..35) of the account's table.
    pub fn keyword(index: u8) -> Option<Flags> {
        todo!()
    }
    pub fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
    pub fn union(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
    pub fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }
}

// ---- records ------------------------------------------------------------------------------------------------------

/// One message's membership in one mailbox: 24 packed bytes on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    pub gid: Gid,
    pub modseq: ModSeq,
    pub flags: Flags,
    /** octets of the whole message */
    pub size: u32,
    /** SAVEDATE, unix seconds */
    pub saved: u32,
}

/// The scalars of a message's index record, readable without decoding what stands behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /** INTERNALDATE, unix seconds */
    pub received: i64,
    /** INTERNALDATE's zone, minutes east */
    pub zone: i16,
    /** Date: field, unix seconds; `received` if it has none */
    pub sent: i64,
    pub size: u32,
}

/// Counters of a mailbox (STATUS).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counters {
    pub uid_validity: u32,
    pub uid_next: Uid,
    pub highest_modseq: ModSeq,
    pub messages: u32,
    pub unseen: u32,
    pub deleted: u32,
    pub size: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpecialUse {
    Sent,
    Drafts,
    Trash,
    Junk,
    Archive,
    Flagged,
    All,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mailbox {
    pub id: MailboxId,
    /** UTF-8, `/` between levels, "INBOX" upper case */
    pub name: String,
    pub special_use: Option<SpecialUse>,
    pub subscribed: bool,
    /** \Noselect: a level that only holds children */
    pub selectable: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    pub id: AccountId,
    pub address: Address,
    /** octets; None: the box's default */
    pub quota: Option<u64>,
    pub created: i64,
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    pub messages: u64,
    pub octets: u64,
}

/// How a person proves who they are. Debug shows no secret.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /** PHC string */
    pub password: Option<String>,
    pub scram: Option<ScramRecord>,
    pub app_passwords: Vec<AppPassword>,
}
#[derive(Clone, PartialEq, Eq)]
pub struct ScramRecord {
    pub salt: Vec<u8>,
    pub iterations: u32,
    pub stored_key: [u8; 32],
    pub server_key: [u8; 32],
}
#[derive(Clone, PartialEq, Eq)]
pub struct AppPassword {
    pub id: u32,
    pub label: String,
    /** PHC string */
    pub hash: String,
    pub created: i64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AliasTarget {
    Account(AccountId),
    /** outside the house (used once sending exists) */
    Remote(Address),
}

// ---- errors (error.rs) --------------------------------------------------------------------------------------------

/// What a deed of the store can end in. Display is a plain sentence.
#[derive(Debug)]
pub enum Error {
    /** map or disk full: 452 4.3.1, NO [OVERQUOTA] */
    Full,
    OverQuota {
        quota: u64,
    },
    NoSuchAccount,
    NoSuchMailbox,
    NoSuchMessage,
    Exists,
    /** INBOX deleted, name not allowed, has children... */
    NotAllowed(&'static str),
    TooManyKeywords,
    /** the queue of writes is full or the store is closing */
    Busy,
    Damaged(String),
    Io(std::io::Error),
    Lmdb(String),
}
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl std::error::Error for Error {}
pub type Result<T> = std::result::Result<T, Error>;

// ---- the environment (env.rs, writer.rs) --------------------------------------------------------------------------

#[derive(Clone, Debug)]
pub struct Options {
    /** largest LMDB map, octets; halved on ENOMEM until it opens */
    pub map_size: u64,
    /** a message whose body is larger is staged in pieces, octets */
    pub inline_body: usize,
    pub write_queue: usize,
    pub default_quota: Option<u64>,
}
impl Default for Options {
    fn default() -> Self {
        todo!()
    }
}

/// A handle; clones share the environment. The last one dropped ends the writer thread after finishing what is queued.
#[derive(Clone)]
pub struct Store {
    inner: Arc<()>,
}

impl Store {
    /// Opens or makes the store in `dir` (created 0700 if absent); migrates older schemas forward; sweeps staged bodies that a crash left behind.
    pub fn open(dir: &Path, options: Options) -> Result<Store> {
        todo!()
    }
    /// A short read transaction: close it before any byte goes to a socket.
    pub fn read(&self) -> Result<ReadTx<'_>> {
        todo!()
    }
    /// Runs `deed` on the writer thread inside the next group commit, in a nested transaction of its own (an Err undoes only it);
    /// the answer comes after the sync. Wakes the touched accounts after the commit.
    pub fn write<T: Send + 'static>(
        &self,
        deed: impl FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Answer<T> {
        todo!()
    }
    /// Where the octets of a message being received are collected: memory up to Options::inline_body, then an unlinked file in the data folder.
    pub fn spool(&self) -> Spool {
        todo!()
    }
    /// Brings a body into the store ahead of its index record: a small one stays in memory until `deliver`; a large one is written in several
    /// commits of about 1 MiB, so that no transaction holds it whole. A staged body never delivered is swept.
    pub fn stage(&self, body: Spool) -> Answer<Staged> {
        todo!()
    }
    /// Awakened after each commit that touched the account. Subscribe, then look.
    pub fn wake(&self, account: AccountId) -> Arc<event_listener::Event> {
        todo!()
    }
    /// While held, messages expunged from `mailbox` after `seen` stay readable through `ReadTx::expunged_entry` (users.md A39).
    pub fn watch(&self, mailbox: MailboxId, seen: ModSeq) -> Watch {
        todo!()
    }
    /// \Recent (RFC 3501 §2.3.2), kept in memory: UIDs >= the result are recent to the caller, and to nobody after when `claim`.
    pub fn recent_from(&self, mailbox: MailboxId, claim: bool) -> Uid {
        todo!()
    }
    /// POP3's lock (RFC 1939 §4); None: another session holds it.
    pub fn lock_maildrop(&self, account: AccountId) -> Option<MaildropLock> {
        todo!()
    }
    /// Walks everything; every finding is one plain sentence; empty = sound.
    pub fn check(&self) -> Result<Vec<String>> {
        todo!()
    }
    /// Facts for `status`: file size, pages used and free, map size, last commit.
    pub fn facts(&self) -> Result<Facts> {
        todo!()
    }
}

#[derive(Clone, Debug)]
pub struct Facts {
    pub map_size: u64,
    pub used: u64,
    pub free: u64,
    pub accounts: u64,
    pub messages: u64,
}

/// A body in (or on its way into) the store.
pub struct Staged {
    inner: (),
}
/// Octets of a message being received.
pub struct Spool {
    inner: (),
}
impl Spool {
    pub fn write(&mut self, octets: &[u8]) -> std::io::Result<()> {
        todo!()
    }
    pub fn len(&self) -> u64 {
        todo!()
    }
    /// Octets to stand before everything written (trace fields that are known only at the end).
    pub fn prepend(&mut self, octets: &[u8]) {
        todo!()
    }
}
pub struct Watch {
    inner: (),
}
impl Watch {
    /** The session has told its client everything up to `seen`. */
    pub fn seen(&mut self, seen: ModSeq) {
        todo!()
    }
}
pub struct MaildropLock {
    inner: (),
}

/// What a write came to; a Future for async callers, `wait()` for threads and tests. Dropping it does not undo the deed.
pub struct Answer<T> {
    inner: std::marker::PhantomData<fn() -> T>,
}
impl<T> Answer<T> {
    pub fn wait(self) -> Result<T> {
        todo!()
    }
}
impl<T> Future for Answer<T> {
    type Output = Result<T>;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        todo!()
    }
}

// ---- reading (read.rs and friends) --------------------------------------------------------------------------------

pub struct ReadTx<'s> {
    inner: std::marker::PhantomData<&'s ()>,
}
pub struct WriteTx<'s> {
    inner: std::marker::PhantomData<&'s ()>,
}

/// What both kinds of transaction can answer.
pub trait Read {
    fn accounts(&self) -> Result<Vec<Account>> {
        todo!()
    }
    fn account(&self, id: AccountId) -> Result<Account> {
        todo!()
    }
    /// The person whose primary address this is (compared folded).
    fn account_by_address(&self, address: &Address) -> Result<Option<AccountId>> {
        todo!()
    }
    fn credentials(&self, id: AccountId) -> Result<Credentials> {
        todo!()
    }
    fn usage(&self, id: AccountId) -> Result<Usage> {
        todo!()
    }
    /// Targets of exactly this alias (folded). Catch-all of a domain is the alias with the empty local part: `alias_of_domain`.
    fn alias(&self, address: &Address) -> Result<Option<Vec<AliasTarget>>> {
        todo!()
    }
    fn catch_all(&self, domain: &str) -> Result<Option<Vec<AliasTarget>>> {
        todo!()
    }
    fn aliases(&self) -> Result<Vec<(String, Vec<AliasTarget>)>> {
        todo!()
    }
    /// Addresses this person may send as: primary, aliases that lead to them.
    fn addresses_of(&self, id: AccountId) -> Result<Vec<Address>> {
        todo!()
    }

    fn mailboxes(&self, account: AccountId) -> Result<Vec<Mailbox>> {
        todo!()
    }
    /// Subscribed names, also of mailboxes that do not exist (RFC 9051 §6.3.7).
    fn subscriptions(&self, account: AccountId) -> Result<Vec<String>> { todo!() }
    fn mailbox_by_name(&self, account: AccountId, name: &str) -> Result<Option<Mailbox>> {
        todo!()
    }
    fn special(&self, account: AccountId, usage: SpecialUse) -> Result<Option<Mailbox>> {
        todo!()
    }
    fn counters(&self, mailbox: MailboxId) -> Result<Counters> {
        todo!()
    }
    /// Names of the account's keywords; the index is the flag's number.
    fn keywords(&self, account: AccountId) -> Result<Vec<String>> {
        todo!()
    }

    /// Calls `each` for the entries with these UIDs, ascending; stops early when it returns false.
    fn entries(
        &self,
        mailbox: MailboxId,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        todo!()
    }
    fn entry(&self, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        todo!()
    }
    /// The entry a UID had before it was expunged, while some Watch still needs it.
    fn expunged_entry(&self, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        todo!()
    }
    /// UIDs expunged after `since`, ascending by modseq; None: the log no longer reaches back that far.
    fn expunged_since(&self, mailbox: MailboxId, since: ModSeq) -> Result<Option<Vec<Uid>>> {
        todo!()
    }
    fn head(&self, gid: Gid) -> Result<Head> {
        todo!()
    }
    /// Head and the opaque record, as it lies in the map.
    fn record(&self, gid: Gid) -> Result<(Head, &[u8])> {
        todo!()
    }
    /// The octets from `offset` on, as far as they lie together in the map (a chunk's rest, at most a few KB); empty at the end.
    fn body(&self, gid: Gid, offset: u64) -> Result<&[u8]> {
        todo!()
    }
}
impl Read for ReadTx<'_> {}
impl Read for WriteTx<'_> {}

// ---- writing (write.rs and friends) -------------------------------------------------------------------------------

/// One message into mailboxes: of the house's recipients (SMTP) or one (APPEND).
pub struct Delivery {
    pub body: Staged,
    pub head: Head,
    /** rendered once (imap::record) */
    pub record: Vec<u8>,
    pub into: Vec<(MailboxId, Flags)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlagChange {
    Replace(Flags),
    Add(Flags),
    Remove(Flags),
}

impl WriteTx<'_> {
    /// Makes the person with INBOX, Sent, Drafts, Trash, Junk, Archive.
    pub fn create_account(
        &mut self,
        address: &Address,
        credentials: &Credentials,
        now: i64,
    ) -> Result<AccountId> {
        todo!()
    }
    pub fn set_credentials(&mut self, id: AccountId, credentials: &Credentials) -> Result<()> {
        todo!()
    }
    pub fn set_quota(&mut self, id: AccountId, quota: Option<u64>) -> Result<()> {
        todo!()
    }
    /// Removes the person, their aliases, mailboxes and mail.
    pub fn remove_account(&mut self, id: AccountId) -> Result<()> {
        todo!()
    }
    pub fn set_alias(&mut self, address: &Address, targets: &[AliasTarget]) -> Result<()> {
        todo!()
    }
    pub fn set_catch_all(&mut self, domain: &str, targets: &[AliasTarget]) -> Result<()> {
        todo!()
    }
    pub fn remove_alias(&mut self, address_or_domain: &str) -> Result<()> {
        todo!()
    }

    pub fn create_mailbox(
        &mut self,
        account: AccountId,
        name: &str,
        special_use: Option<SpecialUse>,
    ) -> Result<MailboxId> {
        todo!()
    }
    /// With its children; INBOX by RFC 9051 §6.3.6 (its messages move to the new name).
    pub fn rename_mailbox(&mut self, account: AccountId, from: &str, to: &str) -> Result<()> {
        todo!()
    }
    /// A mailbox with children stays as a level that cannot be selected.
    pub fn delete_mailbox(&mut self, account: AccountId, name: &str) -> Result<()> {
        todo!()
    }
    /// Subscriptions are kept by name, also of names that do not exist (RFC 9051 §6.3.7).
    pub fn subscribe(&mut self, account: AccountId, name: &str, yes: bool) -> Result<()> {
        todo!()
    }

    /// The number of the keyword, adding it when new.
    pub fn intern_keyword(&mut self, account: AccountId, name: &str) -> Result<Flags> {
        todo!()
    }
    /// UIDs given, in the order of `into`.
    pub fn deliver(&mut self, delivery: &Delivery) -> Result<Vec<Uid>> {
        todo!()
    }
    /// Changes flags of the UIDs present (ascending, unique). Messages with modseq > `unchanged_since` are left alone and returned (RFC 7162). One new modseq for all that change.
    pub fn mark(
        &mut self,
        mailbox: MailboxId,
        uids: &[Uid],
        change: FlagChange,
        unchanged_since: Option<ModSeq>,
    ) -> Result<Vec<Uid>> {
        todo!()
    }
    /// (source, destination) UIDs, ascending.
    pub fn copy(
        &mut self,
        from: MailboxId,
        uids: &[Uid],
        to: MailboxId,
        saved: u32,
    ) -> Result<Vec<(Uid, Uid)>> {
        todo!()
    }
    pub fn move_messages(
        &mut self,
        from: MailboxId,
        uids: &[Uid],
        to: MailboxId,
        saved: u32,
    ) -> Result<Vec<(Uid, Uid)>> {
        todo!()
    }
    /// Removes those of `uids` that are present; returns them.
    pub fn expunge(&mut self, mailbox: MailboxId, uids: &[Uid]) -> Result<Vec<Uid>> {
        todo!()
    }
    /// Removes all with \Deleted, inside `only` if given (UID EXPUNGE).
    pub fn expunge_deleted(
        &mut self,
        mailbox: MailboxId,
        only: Option<&[Uid]>,
    ) -> Result<Vec<Uid>> {
        todo!()
    }
}
