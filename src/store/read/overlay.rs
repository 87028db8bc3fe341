//! Reading a mailbox as one person sees it: the owner sees the entries, a viewer has flags of their own laid over them.

use std::ops::RangeInclusive;

use crate::error::Result;
use crate::ids::{AccountId, Flags, MailboxId, ModSeq, Uid};
use crate::look::{Look, odd_key};
use crate::records::{Counters, Entry};
use crate::schema::{
    ENTRY, SLOT, Slot, Slots, block_of, key, modseq_of, read_seen, read_slots, slot_of, uid_of,
    unpack,
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

    /// What a viewer sees of entries that changed for them.
    pub(crate) fn changed_over(
        self,
        viewer: AccountId,
        mailbox: MailboxId,
        since: ModSeq,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        let first = key::slots(mailbox, viewer, block_of(*uids.start()));
        let last = key::slots(mailbox, viewer, block_of(*uids.end()));
        // The viewer's rows and the blocks ascend together.
        let mut rows = self.between(&first, &last)?;
        let mut row = rows.next().transpose()?;
        self.blocks(mailbox, uids.clone(), &mut |number, octets| {
            let mut own: &[[u8; SLOT]] = &[];
            while let Some((at, slots)) = row {
                let of = key::last_u32(at).ok_or_else(odd_key)?;
                if of > number {
                    break;
                }
                if of == number {
                    own = slots.as_chunks().0;
                }
                row = rows.next().transpose()?;
            }
            for (slot, packed) in octets.as_chunks::<ENTRY>().0.iter().enumerate() {
                let own = own.get(slot).map_or(Slot::default(), Slot::read);
                let modseq = own.modseq_over(modseq_of(packed));
                if modseq <= since {
                    continue;
                }
                let uid = uid_of(number, slot);
                if let Some(entry) = unpack(packed)
                    && uids.contains(&uid)
                    && !each(uid, &own.over(&entry))
                {
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
