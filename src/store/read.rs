//! What both kinds of transaction can answer. Nothing here copies a message: entries are unpacked on the stack, records and bodies are slices of
//! the map, valid until the transaction ends.

mod bans;
mod changed;
mod mailboxes;
mod messages;
mod outside;
mod overlay;
mod people;
mod queue;
mod reports;
pub(crate) mod safeguards;
pub(crate) mod shared;
mod taught;

use std::ops::RangeInclusive;

use heed::{RoTxn, WithoutTls};
use mail::Address;
use zeroize::Zeroizing;

use crate::env::Tree;
use crate::error::Result;
use crate::ids::{AccountId, Gid, MailboxId, ModSeq, Uid};
use crate::look::{Look, Source};
use crate::records::{
    About, Account, AliasTarget, BanRow, Choice, Counters, Credentials, DestinationNotes, DkimKeys,
    DueDestination, Entry, Head, KnownRow, LastUse, Letter, LetterId, Mailbox, Owner, QueueCounts,
    QueueTime, Relay, RelayScope, ReportKind, ReportRow, Row, Safeguards, SavedClock, SpecialUse,
    StsPage, Usage,
};

use crate::rights::{AclEntry, Rights};

pub use taught::Taught;

/// A view of the last commit. Keep it short: while it lives, no page freed after it can be used again.
pub struct ReadTx<'s> {
    tree: Tree,
    txn: RoTxn<'s, WithoutTls>,
}

impl<'s> ReadTx<'s> {
    pub(crate) fn new(tree: Tree, txn: RoTxn<'s, WithoutTls>) -> ReadTx<'s> {
        ReadTx { tree, txn }
    }
}

impl Source for ReadTx<'_> {
    fn look(&self) -> Look<'_> {
        Look::new(self.tree, &self.txn)
    }
}

impl Read for ReadTx<'_> {}

/// What both kinds of transaction can answer.
pub trait Read: Source {
    /// Everyone, by number.
    fn accounts(&self) -> Result<Vec<Account>> {
        self.look().accounts()
    }

    /// One person. Error: `NoSuchAccount`.
    fn account(&self, id: AccountId) -> Result<Account> {
        self.look().account(id)
    }

    /// The person whose primary address this is (compared folded).
    fn account_by_address(&self, address: &Address) -> Result<Option<AccountId>> {
        self.look().account_by_address(address)
    }

    /// What they are called; empty: nothing but their address.
    fn name(&self, id: AccountId) -> Result<String> {
        self.look().name(id)
    }

    /// Whose the box is.
    fn owner(&self) -> Result<Owner> {
        self.look().owner()
    }

    /// How they prove who they are. Error: `NoSuchAccount`.
    fn credentials(&self, id: AccountId) -> Result<Credentials> {
        self.look().credentials(id)
    }

    /// What stands beside their passwords; nothing, if nothing was ever said. Error: one of an unknown form.
    fn safeguards(&self, id: AccountId) -> Result<Safeguards> {
        self.look().safeguards(id)
    }

    /// How their passwords were last used, as far as it is written down.
    fn last_uses(&self, id: AccountId) -> Result<Vec<LastUse>> {
        self.look().last_uses(id)
    }

    /// What their mail takes up. Error: `NoSuchAccount`.
    fn usage(&self, id: AccountId) -> Result<Usage> {
        let head = self.look().account_head(id)?;
        Ok(Usage {
            messages: head.messages,
            octets: head.octets,
        })
    }

    /// Targets of exactly this alias (compared folded).
    fn alias(&self, address: &Address) -> Result<Option<Vec<AliasTarget>>> {
        self.look().alias(address)
    }

    /// Targets of the domain's catch-all.
    fn catch_all(&self, domain: &str) -> Result<Option<Vec<AliasTarget>>> {
        self.look().catch_all(domain)
    }

    /// All aliases, and all catch-alls as `@domain`.
    fn aliases(&self) -> Result<Vec<(String, Vec<AliasTarget>)>> {
        self.look().aliases()
    }

    /// Addresses this person may send as: the primary one, and aliases that lead to them.
    fn addresses_of(&self, id: AccountId) -> Result<Vec<Address>> {
        self.look().addresses_of(id)
    }

    /// The person's mailboxes, by name.
    fn mailboxes(&self, account: AccountId) -> Result<Vec<Mailbox>> {
        self.look().mailboxes(account)
    }

    /// Subscribed names, also of mailboxes that do not exist (RFC 9051 §6.3.7).
    fn subscriptions(&self, account: AccountId) -> Result<Vec<String>> {
        self.look().subscriptions(account)
    }

    /// The mailbox of this name, which may be a level that only holds children.
    fn mailbox_by_name(&self, account: AccountId, name: &str) -> Result<Option<Mailbox>> {
        self.look().mailbox_by_name(account, name)
    }

    /// The mailbox of this use.
    fn special(&self, account: AccountId, usage: SpecialUse) -> Result<Option<Mailbox>> {
        self.look().special(account, usage)
    }

    /// Error: `NoSuchMailbox`, also for a level that only holds children.
    fn counters(&self, mailbox: MailboxId) -> Result<Counters> {
        Ok(self.look().mailbox_head(mailbox)?.0.counters)
    }

    /// Names of the account's keywords; the index is the flag's number.
    fn keywords(&self, account: AccountId) -> Result<Vec<String>> {
        self.look().keywords(account)
    }

    /// The message with the highest UID. Costs a look or two: behind more than a thousand UIDs of messages that are gone it is not found.
    fn newest_entry(&self, mailbox: MailboxId) -> Result<Option<(Uid, Entry)>> {
        self.look().newest_entry(mailbox)
    }

    /// Calls `each` for the entries with these UIDs, ascending; stops early when it returns false.
    fn entries(
        &self,
        mailbox: MailboxId,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        self.look().entries(mailbox, uids, each)
    }

    /// Calls `each` for the first and last of each run of adjoining UIDs, ascending. Costs next to nothing behind the last gap.
    fn uid_runs(&self, mailbox: MailboxId, each: &mut dyn FnMut(Uid, Uid)) -> Result<()> {
        self.look().uid_runs(mailbox, each)
    }

    /// The entry of one UID.
    fn entry(&self, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        self.look().entry(mailbox, uid)
    }

    /// The entry a UID had before it was expunged, while some [`crate::Watch`] still needs it.
    fn expunged_entry(&self, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        self.look().expunged_entry(mailbox, uid)
    }

    /// The mailbox of this number. Costs a walk over the person's names.
    fn mailbox_by_id(&self, id: MailboxId) -> Result<Option<Mailbox>> {
        self.look().mailbox_by_id(id)
    }

    /// Who else may do what with the mailbox (RFC 4314), anyone first, then people by number, granting before taking away. Its owner, who may
    /// do everything, is not in it.
    fn acl(&self, mailbox: MailboxId) -> Result<Vec<AclEntry>> {
        self.look().acl(mailbox)
    }

    /// What `viewer` may do with the mailbox: everything if it is theirs, else what its list grants them; nothing if there is no such mailbox.
    fn rights(&self, viewer: AccountId, mailbox: MailboxId) -> Result<Rights> {
        self.look().rights(viewer, mailbox)
    }

    /// Other people's mailboxes to which `viewer` has some right, by owner and name. [`Mailbox::subscribed`] is the owner's.
    fn shared_with(&self, viewer: AccountId) -> Result<Vec<(Mailbox, Rights)>> {
        self.look().shared_with(viewer)
    }

    /// As [`Read::counters`]; `unseen` as the viewer sees it. Error: `NoSuchMailbox`.
    fn counters_for(&self, viewer: AccountId, mailbox: MailboxId) -> Result<Counters> {
        self.look().counters_for(viewer, mailbox)
    }

    /// As [`Read::entries`], with the viewer's own flags: all but `\Deleted`, which is the message's; keywords count in the viewer's own table.
    /// Modseqs are the mailbox's, of the last change that the viewer can see.
    fn entries_for(
        &self,
        viewer: AccountId,
        mailbox: MailboxId,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        self.look().entries_for(viewer, mailbox, uids, each)
    }

    /// As [`Read::entry`], with the viewer's own flags.
    fn entry_for(&self, viewer: AccountId, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        self.look().entry_for(viewer, mailbox, uid)
    }

    /// As [`Read::expunged_entry`], with the viewer's own flags.
    fn expunged_entry_for(
        &self,
        viewer: AccountId,
        mailbox: MailboxId,
        uid: Uid,
    ) -> Result<Option<Entry>> {
        self.look().expunged_entry_for(viewer, mailbox, uid)
    }

    /// Of [`Read::entries_for`] those that came or changed for the viewer after `since` (RFC 7162 §3.1.4).
    fn changed_since(
        &self,
        viewer: AccountId,
        mailbox: MailboxId,
        since: ModSeq,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        self.look()
            .changed_since(viewer, mailbox, since, uids, each)
    }

    /// The value of a metadata entry (RFC 5464), whose name is compared without ASCII case. `whose`: of `/private`; `None`: of `/shared`.
    fn metadata(
        &self,
        about: About,
        whose: Option<AccountId>,
        entry: &str,
    ) -> Result<Option<Vec<u8>>> {
        self.look().metadata(about, whose, entry)
    }

    /// All metadata entries of one kind, names in lower case, by name. At most [`crate::METADATA_MAX`] of [`crate::METADATA_VALUE_MAX`] octets.
    fn metadata_all(
        &self,
        about: About,
        whose: Option<AccountId>,
    ) -> Result<Vec<(String, Vec<u8>)>> {
        self.look().metadata_all(about, whose)
    }

    /// The names of these entries alone, in lower case, by name.
    fn metadata_names(&self, about: About, whose: Option<AccountId>) -> Result<Vec<String>> {
        self.look().metadata_names(about, whose)
    }

    /// The key with which `whose` URLs into the mailbox are signed (RFC 4467 §2); `None`: none was made, or it was taken back.
    fn mailbox_key(
        &self,
        whose: AccountId,
        mailbox: MailboxId,
    ) -> Result<Option<Zeroizing<[u8; 32]>>> {
        self.look().mailbox_key(whose, mailbox)
    }

    /// UIDs expunged after `since`, ascending by modseq; `None`: the log no longer reaches back that far.
    fn expunged_since(&self, mailbox: MailboxId, since: ModSeq) -> Result<Option<Vec<Uid>>> {
        self.look().expunged_since(mailbox, since)
    }

    /// Error: `NoSuchMessage`.
    fn head(&self, gid: Gid) -> Result<Head> {
        Ok(self.look().index(gid)?.0.head)
    }

    /// What SORT and THREAD need of a message, if the columns have it; `columns` is for many, in ascending order.
    fn column<'t>(
        &'t self,
        columns: &mut crate::columns::Columns<'t>,
        gid: Gid,
    ) -> Result<Option<crate::columns::Column<'t>>> {
        columns.get(self.look(), gid)
    }

    /// Head and the opaque record, as it lies in the map. Error: `NoSuchMessage`.
    fn record(&self, gid: Gid) -> Result<(Head, &[u8])> {
        let (index, record) = self.look().index(gid)?;
        Ok((index.head, record))
    }

    /// The octets from `offset` on, as far as they lie together in the map (a chunk's rest, at most 4080); empty at the end. Error: `NoSuchMessage`.
    fn body(&self, gid: Gid, offset: u64) -> Result<&[u8]> {
        self.look().body(gid, offset)
    }

    /// The search index, as far as it is built; `None`: there is none that can be read.
    fn index(&self) -> Result<Option<crate::index::Index<'_>>> {
        crate::index::Index::new(self.look())
    }

    /// Offers destinations with something due at `now`, most urgent first: first attempts before retries, high priority before low, the earliest
    /// first; returns the one that `choose` takes. Costs as many steps as destinations are offered.
    fn queue_next(
        &self,
        now: QueueTime,
        choose: &mut dyn FnMut(&DueDestination<'_>) -> Choice,
    ) -> Result<Option<String>> {
        self.look().queue_next(now, choose)
    }

    /// When to look again: `now` if something is due, else the earliest time that something will be; `None`: nothing waits.
    fn queue_wake(&self, now: QueueTime) -> Result<Option<QueueTime>> {
        let earliest = self.look().earliest(QueueTime(0))?;
        Ok(earliest.map(|earliest| earliest.max(now)))
    }

    /// The same for who has just skipped all that is due: the earliest time after `now` at which another destination has something.
    fn queue_wake_after(&self, now: QueueTime) -> Result<Option<QueueTime>> {
        self.look().earliest(QueueTime(now.0.saturating_add(1)))
    }

    /// A letter of the queue.
    fn letter(&self, id: LetterId) -> Result<Option<Letter>> {
        self.look().letter(id)
    }

    /// Its rows, by number; none if it is gone.
    fn rows(&self, id: LetterId) -> Result<Vec<Row>> {
        self.look().rows(id)
    }

    /// Letters behind `after`, oldest first, `max` of them at most.
    fn queue_letters(&self, after: Option<LetterId>, max: usize) -> Result<Vec<Letter>> {
        self.look().queue_letters(after, max)
    }

    /// How much is in the queue. Costs one look.
    fn queue_counts(&self) -> Result<QueueCounts> {
        Ok(self.look().queue_head()?.counts)
    }

    /// The queue's clock as last saved; 0 if it never was.
    fn queue_clock(&self) -> Result<SavedClock> {
        self.look().queue_clock()
    }

    /// What is remembered of a destination (a domain in lower case).
    fn destination_notes(&self, domain: &str) -> Result<Option<DestinationNotes>> {
        self.look().destination_notes(domain)
    }

    /// Destinations with a cached MTA-STS policy behind the domain `after`, by name, `max` of them at most, and behind which to go on;
    /// `None`: those were all.
    fn destinations_with_sts(&self, after: Option<&str>, max: usize) -> Result<StsPage> {
        let some = self.look().with_sts(after, max)?;
        let next = some.last().map(|(domain, _)| domain.clone());
        let full = some.len() >= max;
        Ok((some, next.filter(|_| full)))
    }

    /// All relays: for everything, for domains by name, the fall-back.
    fn relays(&self) -> Result<Vec<Relay>> {
        self.look().relays()
    }

    /// The relay of exactly this scope.
    fn relay(&self, scope: &RelayScope) -> Result<Option<Relay>> {
        self.look().relay(scope)
    }

    /// A domain's DKIM keys.
    fn dkim_keys(&self, domain: &str) -> Result<Option<DkimKeys>> {
        self.look().dkim_keys(domain)
    }

    /// Calls `each` for what was decided on the person's mail, newest first, until it returns false.
    fn judgements(&self, account: AccountId, each: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        self.look().judgements(account, each)
    }

    /// The day (of the queue's time) on which this person last wrote to `address`; `None`: never.
    fn correspondent(&self, account: AccountId, address: &Address) -> Result<Option<u32>> {
        self.look().correspondent(account, address)
    }

    /// What reports are made of, or said of the house, by day and name.
    fn reports(&self, kind: ReportKind) -> Result<Vec<ReportRow>> {
        self.look().reports(kind)
    }

    /// Everybody who is kept out, and who was of late.
    fn bans(&self) -> Result<Vec<BanRow>> {
        self.look().bans()
    }

    /// Whence this person has logged in.
    fn known(&self, account: AccountId) -> Result<KnownRow> {
        self.look().known(account)
    }
}
