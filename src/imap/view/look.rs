//! The view's mailbox as its viewer sees it: every verb that needs flags or modseqs asks here, so that a mailbox that is shared shows each
//! person their own flags.

use std::ops::RangeInclusive;

use store::{Counters, Entry, Error, ModSeq, Read, Rights, Uid};

use super::View;

impl View {
    /// The entries with these UIDs, ascending, flags and modseqs the viewer's own; stops when `each` says false.
    pub fn entries(
        &self,
        tx: &impl Read,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> store::Result<()> {
        tx.entries_for(self.viewer, self.mailbox, uids, each)
    }

    /// One of them.
    pub fn entry(&self, tx: &impl Read, uid: Uid) -> store::Result<Option<Entry>> {
        tx.entry_for(self.viewer, self.mailbox, uid)
    }

    /// Those of them that have changed after `since`. Costs a scan over 24 octets a message, and no more.
    pub fn changed_since(
        &self,
        tx: &impl Read,
        since: ModSeq,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> store::Result<()> {
        tx.changed_since(self.viewer, self.mailbox, since, uids, each)
    }

    /// The mailbox's counters, `unseen` as the viewer has it.
    pub fn counters(&self, tx: &impl Read) -> store::Result<Counters> {
        tx.counters_for(self.viewer, self.mailbox)
    }

    /// What a message was that somebody else has expunged, while it is readable.
    pub fn expunged_entry(&self, tx: &impl Read, uid: Uid) -> store::Result<Option<Entry>> {
        tx.expunged_entry_for(self.viewer, self.mailbox, uid)
    }

    /// Looks up what the viewer may do now: whoever shares a mailbox may think better of it while it is selected. Error: `NoSuchMailbox` where it
    /// may not be read any more, which is as if it did not exist (RFC 4314 §6). Costs nothing in a mailbox of one's own.
    pub(crate) fn look_at_rights(&mut self, tx: &impl Read) -> store::Result<()> {
        self.rights = tx.rights(self.viewer, self.mailbox)?;
        // Of a mailbox that is no more nobody has rights, and what is in the view stays readable (RFC 2180 §3.3).
        let gone = || matches!(tx.counters(self.mailbox), Err(Error::NoSuchMailbox));
        if self.rights.contains(Rights::READ) || gone() {
            return Ok(());
        }
        Err(Error::NoSuchMailbox)
    }
}
