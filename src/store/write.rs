//! A write transaction: one deed on the writer thread. The verbs stand one in a file below; here is what they share.

mod acl;
mod aliases;
mod bans;
mod batch;
mod carry;
mod claim;
mod copy;
mod deliver;
mod enqueue;
mod expunge;
mod judgements;
mod keywords;
mod mailbox_key;
mod mailboxes;
mod mark;
mod metadata;
mod open;
mod outside;
mod overlay;
mod owner;
mod people;
mod queue_admin;
mod queue_rows;
mod rename;
mod reports;
mod safeguards;
mod sending;
mod settle;
mod shares;
mod taught;
mod teach;

pub use acl::ACL_MAX;
pub use bans::{BANS_MAX, KNOWN_MAX};
pub use judgements::{JUDGEMENT_OCTETS_MAX, JUDGEMENTS_MAX};
pub use metadata::{METADATA_MAX, METADATA_ROW, METADATA_TOTAL_MAX, METADATA_VALUE_MAX};
pub(crate) use metadata::{payer, weight};
pub(crate) use open::Open;
pub(crate) use overlay::Layers;
pub use owner::NAME_MAX;
pub use reports::{REPORT_NAME_MAX, REPORT_OCTETS_MAX, REPORTS_A_DAY_MAX, REPORTS_HEARD_A_DAY_MAX};

use std::sync::Arc;

use heed::RwTxn;

use crate::env::Tree;
use crate::error::{Error, Result};
use crate::ids::{AccountId, Gid, MailboxId, ModSeq};
use crate::look::{Look, Source};
use crate::memory::Memory;
use crate::options::TimeOfDay;
use crate::reap::Task;
use crate::schema::GID_MAX;

/// A write transaction, inside a deed. Everything it does is on the device before the deed is answered, or undone.
pub struct WriteTx<'s> {
    txn: RwTxn<'s>,
    tree: Tree,
    pub(crate) run: &'s mut Running,
    /// The first write that LMDB refused: whatever the closure makes of it, the deed is undone.
    failed: Option<Error>,
}

/// What the writer carries from deed to deed.
pub(crate) struct Running {
    pub(crate) memory: Arc<Memory>,
    pub(crate) next_gid: u64,
    pub(crate) default_quota: Option<u64>,
    /// Names this run of the store: greater than that of any run before.
    pub(crate) number: u64,
    /// Rows that the queue may hold.
    pub(crate) queue_rows: u64,
    pub(crate) time: TimeOfDay,
    /// Only the reserve is left: no deliveries.
    pub(crate) scarce: bool,
    /// Octets of bodies taken into this batch.
    pub(crate) octets: u64,
    /// Accounts to awaken after this batch.
    pub(crate) touched: Vec<AccountId>,
    /// This batch touched the queue.
    pub(crate) queued: bool,
    /// This batch added messages or freed some.
    pub(crate) changed: bool,
    /// This batch noted something to be learned.
    pub(crate) taught: bool,
    /// What this batch may have left to free.
    pub(crate) found: std::collections::VecDeque<Task>,
}

impl Source for WriteTx<'_> {
    fn look(&self) -> Look<'_> {
        WriteTx::look(self)
    }
}

impl crate::Read for WriteTx<'_> {}

impl<'s> WriteTx<'s> {
    pub(crate) fn new(txn: RwTxn<'s>, tree: Tree, run: &'s mut Running) -> WriteTx<'s> {
        WriteTx {
            txn,
            tree,
            run,
            failed: None,
        }
    }

    pub(crate) fn look(&self) -> Look<'_> {
        Look::new(self.tree, &self.txn)
    }

    /// Keeps what was done, or undoes it.
    pub(crate) fn end<T>(self, outcome: Result<T>) -> Result<T> {
        match (outcome, self.failed) {
            (Ok(value), None) => {
                self.txn.commit()?;
                Ok(value)
            }
            (Ok(_), Some(error)) | (Err(error), _) => {
                self.txn.abort();
                Err(error)
            }
        }
    }

    pub(crate) fn get(&self, at: &[u8]) -> Result<Option<&[u8]>> {
        self.look().get(at)
    }

    pub(crate) fn put(&mut self, at: &[u8], octets: &[u8]) -> Result<()> {
        let done = self
            .tree
            .put(&mut self.txn, at, octets)
            .map_err(Error::from);
        self.remember(done)
    }

    /// Whether it was there.
    pub(crate) fn delete(&mut self, at: &[u8]) -> Result<bool> {
        let done = self.tree.delete(&mut self.txn, at).map_err(Error::from);
        self.remember(done)
    }

    fn remember<T>(&mut self, done: Result<T>) -> Result<T> {
        if let Err(error) = &done {
            let same = match error {
                Error::Full => Error::Full,
                other => Error::Lmdb(other.to_string()),
            };
            self.failed.get_or_insert(same);
        }
        done
    }

    /// The first key that begins with `prefix`, copied, and its record.
    pub(crate) fn first_in(&self, prefix: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
        Ok(self
            .look()
            .prefixed(prefix)?
            .next()
            .transpose()?
            .map(|(at, octets)| (at.to_vec(), octets.to_vec())))
    }

    /// The last key up to `at`, copied.
    pub(crate) fn last_before(&self, at: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self
            .tree
            .get_lower_than_or_equal_to(&self.txn, at)?
            .map(|(at, _)| at.to_vec()))
    }

    /// The first run of the mailbox's expunge log behind `modseq`.
    pub(crate) fn run_after(
        &self,
        mailbox: MailboxId,
        modseq: ModSeq,
    ) -> Result<Option<(ModSeq, Vec<u8>)>> {
        let run = self.look().runs(mailbox, modseq)?.next().transpose()?;
        Ok(run.map(|(modseq, octets)| (modseq, octets.to_vec())))
    }

    /// Refuses what needs room while only the reserve is left.
    pub(crate) fn room(&self) -> Result<()> {
        if self.run.scarce {
            Err(Error::Full)
        } else {
            Ok(())
        }
    }

    pub(crate) fn next_gid(&mut self) -> Result<Gid> {
        let gid = self.run.next_gid;
        if gid > GID_MAX {
            return Err(Error::Full);
        }
        self.run.next_gid += 1;
        Ok(Gid(gid))
    }

    pub(crate) fn found(&mut self, task: Task) {
        self.run.found.push_back(task);
    }

    pub(crate) fn touch(&mut self, account: AccountId) {
        if self.run.touched.last() != Some(&account) {
            self.run.touched.push(account);
        }
    }

    pub(crate) fn is_held(&self, mailbox: MailboxId, change: ModSeq) -> bool {
        self.run.memory.holds(mailbox, change)
    }

    pub(crate) fn forget_recent(&self, mailbox: MailboxId) {
        self.run.memory.forget_recent(mailbox);
    }

    pub(crate) fn is_watched(&self, mailbox: MailboxId) -> bool {
        self.run.memory.is_watched(mailbox)
    }
}
