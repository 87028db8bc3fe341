//! Reading a mailbox as one person sees it: the owner sees the entries, a viewer has flags of their own laid over them.

use std::ops::RangeInclusive;

use crate::error::Result;
use crate::ids::{AccountId, Flags, MailboxId, ModSeq, Uid};
use crate::look::Look;
use crate::records::{Counters, Entry};
use crate::schema::{
    ENTRY, Slot, Slots, block_of, key, modseq_of, read_seen, read_slots, slot_of, uid_of, unpack,
};

impl Look<'_> {
    pub(crate) fn counters_for(self, viewer: AccountId, mailbox: MailboxId) -> Result<Counters> {
        let mut counters = self.mailbox_head(mailbox)?.0.counters;
        if viewer != mailbox.account {
            let seen = self.seen_by(viewer, mailbox)?.unwrap_or(0);
            counters.unseen = counters.messages.saturating_sub(seen);
        }
        Ok(counters)
    }

    /// How many messages a viewer has seen; `None`: they have nothing of their own there.
    pub(crate) fn seen_by(self, viewer: AccountId, mailbox: MailboxId) -> Result<Option<u32>> {
        self.get(&key::viewer(key::VIEWERS, mailbox, viewer))?
            .map(read_seen)
            .transpose()
    }

    pub(crate) fn slots(self, mailbox: MailboxId, viewer: AccountId, block: u32) -> Result<Slots> {
        Ok(self
            .get(&key::slots(mailbox, viewer, block))?
            .map(read_slots)
            .unwrap_or_default())
    }

    pub(crate) fn entries_for(
        self,
        viewer: AccountId,
        mailbox: MailboxId,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        if viewer == mailbox.account {
            return self.entries(mailbox, uids, each);
        }
        self.changed_over(viewer, mailbox, 0, uids, each)
    }

    pub(crate) fn entry_for(
        self,
        viewer: AccountId,
        mailbox: MailboxId,
        uid: Uid,
    ) -> Result<Option<Entry>> {
        let entry = self.entry(mailbox, uid)?;
        self.over(viewer, mailbox, uid, entry)
    }

    pub(crate) fn expunged_entry_for(
        self,
        viewer: AccountId,
        mailbox: MailboxId,
        uid: Uid,
    ) -> Result<Option<Entry>> {
        let entry = self.expunged_entry(mailbox, uid)?;
        self.over(viewer, mailbox, uid, entry)
    }

    fn over(
        self,
        viewer: AccountId,
        mailbox: MailboxId,
        uid: Uid,
        entry: Option<Entry>,
    ) -> Result<Option<Entry>> {
        let Some(entry) = entry.filter(|_| viewer != mailbox.account) else {
            return Ok(entry);
        };
        let slots = self.slots(mailbox, viewer, block_of(uid))?;
        let slot = slots.get(slot_of(uid)).copied().unwrap_or_default();
        Ok(Some(slot.over(&entry)))
    }

    pub(crate) fn changed_since(
        self,
        viewer: AccountId,
        mailbox: MailboxId,
        since: ModSeq,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        if self.mailbox_head(mailbox)?.0.counters.highest_modseq <= since {
            return Ok(());
        }
        if viewer != mailbox.account {
            return self.changed_over(viewer, mailbox, since, uids, each);
        }
        self.blocks(mailbox, uids.clone(), &mut |number, octets| {
            for (slot, packed) in octets.as_chunks::<ENTRY>().0.iter().enumerate() {
                // Most are passed over by this one comparison.
                if modseq_of(packed) <= since {
                    continue;
                }
                let uid = uid_of(number, slot);
                if let Some(entry) = unpack(packed)
                    && uids.contains(&uid)
                    && !each(uid, &entry)
                {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// What a viewer sees of entries that changed for them.
    fn changed_over(
        self,
        viewer: AccountId,
        mailbox: MailboxId,
        since: ModSeq,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        let plain = self.seen_by(viewer, mailbox)?.is_none();
        self.blocks(mailbox, uids.clone(), &mut |number, octets| {
            let slots = if plain {
                Slots::default()
            } else {
                self.slots(mailbox, viewer, number)?
            };
            let packed = octets.as_chunks::<ENTRY>().0.iter();
            for (slot, (packed, own)) in packed.zip(slots).enumerate() {
                let uid = uid_of(number, slot);
                let Some(entry) = unpack(packed).filter(|_| uids.contains(&uid)) else {
                    continue;
                };
                let entry = own.over(&entry);
                if entry.modseq > since && !each(uid, &entry) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }
}

impl Slot {
    /// How many seen messages this slot is: 0 or 1.
    pub(crate) fn seen(self) -> u32 {
        u32::from(self.flags.contains(Flags::SEEN))
    }
}
