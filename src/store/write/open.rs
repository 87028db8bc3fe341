//! A mailbox opened inside a deed: its counters and newest block in hand, saved once at the end of the verb.

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::{MailboxId, ModSeq, Uid};
use crate::records::{Entry, Usage};
use crate::schema::{
    Block, EMPTY, ENTRY, MODSEQ_MAX, MailboxHead, block_of, key, pack, read_block, slot_of,
};

pub(crate) struct Open {
    pub(crate) id: MailboxId,
    pub(crate) head: MailboxHead,
    /// The block of `uid_next / 16`.
    newest: Block,
    /// What the account's usage counts of it already.
    counted: Usage,
}

impl Open {
    pub(crate) fn new(id: MailboxId, uid_validity: u32) -> Open {
        Open {
            id,
            head: MailboxHead::new(uid_validity),
            newest: EMPTY,
            counted: Usage {
                messages: 0,
                octets: 0,
            },
        }
    }

    /// The number for the next change. It counts once a change carries it and [`Open::changed`] says so.
    pub(crate) fn next_modseq(&self) -> Result<ModSeq> {
        let next = self.head.counters.highest_modseq.saturating_add(1);
        if next > MODSEQ_MAX {
            return Err(Error::NotAllowed(
                "this mailbox has seen all the changes it can count: move its mail to a new one",
            ));
        }
        Ok(next)
    }

    pub(crate) fn changed(&mut self, modseq: ModSeq) {
        self.head.counters.highest_modseq = modseq;
    }
}

impl MailboxHead {
    /// Counts one entry out and another one in.
    pub(crate) fn swap(&mut self, old: Option<&Entry>, new: Option<&Entry>) {
        use crate::ids::Flags;
        let counters = &mut self.counters;
        if let Some(old) = old {
            counters.messages = counters.messages.saturating_sub(1);
            counters.unseen = counters
                .unseen
                .saturating_sub(u32::from(!old.flags.contains(Flags::SEEN)));
            counters.deleted = counters
                .deleted
                .saturating_sub(u32::from(old.flags.contains(Flags::DELETED)));
            counters.size = counters.size.saturating_sub(u64::from(old.size));
        }
        if let Some(new) = new {
            counters.messages = counters.messages.saturating_add(1);
            counters.unseen = counters
                .unseen
                .saturating_add(u32::from(!new.flags.contains(Flags::SEEN)));
            counters.deleted = counters
                .deleted
                .saturating_add(u32::from(new.flags.contains(Flags::DELETED)));
            counters.size = counters.size.saturating_add(u64::from(new.size));
        }
    }
}

impl WriteTx<'_> {
    /// A mailbox that can hold messages.
    pub(crate) fn open(&self, id: MailboxId) -> Result<Open> {
        let (head, newest) = self.look().mailbox_head(id)?;
        let counted = Usage {
            messages: u64::from(head.counters.messages),
            octets: head.counters.size,
        };
        Ok(Open {
            id,
            head,
            newest: read_block(newest),
            counted,
        })
    }

    pub(crate) fn open_if_there(&self, id: MailboxId) -> Result<Option<Open>> {
        match self.open(id) {
            Ok(open) => Ok(Some(open)),
            Err(Error::NoSuchMailbox) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the mailbox's record and the account's usage, and has the account awakened.
    pub(crate) fn save(&mut self, open: &Open) -> Result<()> {
        self.save_quietly(open)?;
        self.count(
            open.id,
            open.counted,
            open.head.counters.messages.into(),
            open.head.counters.size,
        )?;
        self.touch(open.id.account);
        Ok(())
    }

    /// For changes that no session can see.
    pub(crate) fn save_quietly(&mut self, open: &Open) -> Result<()> {
        let mut octets = Vec::with_capacity(MailboxHead::SIZE + size_of::<Block>());
        open.head.write(&mut octets);
        let used = open
            .newest
            .get(..slot_of(open.head.counters.uid_next))
            .unwrap_or_default();
        octets.extend_from_slice(used.as_flattened());
        self.put(&key::mailbox_head(open.id), &octets)
    }

    fn count(&mut self, id: MailboxId, counted: Usage, messages: u64, octets: u64) -> Result<()> {
        if counted == (Usage { messages, octets }) {
            return Ok(());
        }
        let mut head = self.look().account_head(id.account)?;
        head.messages = head
            .messages
            .saturating_sub(counted.messages)
            .saturating_add(messages);
        head.octets = head
            .octets
            .saturating_sub(counted.octets)
            .saturating_add(octets);
        self.put(&key::account_head(id.account), &head.write())
    }

    /// Takes a mailbox's messages out of the account's usage.
    pub(crate) fn uncount(&mut self, open: &Open) -> Result<()> {
        self.count(open.id, open.counted, 0, 0)
    }

    /// Adds an entry at the end; the sixteenth of a block moves the block to its place among the others.
    pub(crate) fn append(&mut self, open: &mut Open, entry: &Entry) -> Result<Uid> {
        let uid = open.head.counters.uid_next;
        let next = uid.checked_add(1).ok_or(Error::NotAllowed(
            "this mailbox has used all its UIDs: move its mail to a new one",
        ))?;
        if let Some(slot) = open.newest.get_mut(slot_of(uid)) {
            *slot = pack(entry);
        }
        open.head.swap(None, Some(entry));
        open.head.counters.uid_next = next;
        if block_of(next) != block_of(uid) {
            let full = std::mem::replace(&mut open.newest, EMPTY);
            self.put_block(open.id, block_of(uid), &full)?;
        }
        Ok(uid)
    }

    /// Lets `change` work on a block (a hole has gid 0); it says whether it changed anything.
    pub(crate) fn change_block(
        &mut self,
        open: &mut Open,
        number: u32,
        change: &mut dyn FnMut(&mut Block, &mut MailboxHead) -> bool,
    ) -> Result<bool> {
        if number == block_of(open.head.counters.uid_next) {
            return Ok(change(&mut open.newest, &mut open.head));
        }
        let Some(mut block) = self.get(&key::block(open.id, number))?.map(read_block) else {
            return Ok(false);
        };
        let changed = change(&mut block, &mut open.head);
        if changed {
            self.put_block(open.id, number, &block)?;
        }
        Ok(changed)
    }

    /// The block of the newest UIDs among the others, so that nothing is left in the mailbox's own record.
    pub(crate) fn put_newest_away(&mut self, open: &Open) -> Result<()> {
        self.put_block(open.id, block_of(open.head.counters.uid_next), &open.newest)
    }

    /// A block of holes has no record.
    fn put_block(&mut self, id: MailboxId, number: u32, block: &Block) -> Result<()> {
        let at = key::block(id, number);
        let used = block
            .iter()
            .rposition(|packed| *packed != [0; ENTRY])
            .map_or(0, |last| last + 1);
        match block.get(..used) {
            Some(used) if !used.is_empty() => self.put(&at, used.as_flattened()),
            _ => self.delete(&at).map(|_| ()),
        }
    }
}
