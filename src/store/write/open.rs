//! A mailbox opened inside a deed: its counters and newest block in hand, saved once at the end of the verb.

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::{MailboxId, ModSeq, Uid};
use crate::look::odd_key;
use crate::records::{Entry, Usage};
use crate::schema::{
    Block, EMPTY, ENTRY, GROUP, MODSEQ_MAX, MailboxHead, Newest, block_of, group_of_block, is_hole,
    key, modseq_of, pack, read_block, read_newest, slot_of, write_newest,
};

pub(crate) struct Open {
    pub(crate) id: MailboxId,
    pub(crate) head: MailboxHead,
    /// The block of `uid_next / 16`.
    newest: Block,
    /// What the account's usage counts of it already.
    counted: Usage,
    /// Newest modseqs of the group of full blocks at hand.
    group: Option<Group>,
}

struct Group {
    number: u32,
    newest: Newest,
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
            group: None,
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

/// The newest modseq of what is there; 0: nothing.
fn newest_in(block: &[[u8; ENTRY]]) -> ModSeq {
    let there = block.iter().filter(|packed| !is_hole(packed));
    there.map(modseq_of).max().unwrap_or(0)
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
            group: None,
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
    pub(crate) fn save(&mut self, open: &mut Open) -> Result<()> {
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
    pub(crate) fn save_quietly(&mut self, open: &mut Open) -> Result<()> {
        self.end_group(open)?;
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
            if block_of(next).is_multiple_of(GROUP) {
                let number = block_of(uid) / GROUP;
                let newest = self.newest_of(open.id, number)?;
                self.put_newest(open.id, number, &newest)?;
            }
        }
        Ok(uid)
    }

    /// A full block has changed: its group says so once that is done, if all of its blocks are full.
    fn note(&mut self, open: &mut Open, number: u32, block: &Block) -> Result<()> {
        let (group, place) = group_of_block(number);
        if group >= group_of_block(block_of(open.head.counters.uid_next)).0 {
            return Ok(());
        }
        if open.group.as_ref().is_none_or(|held| held.number != group) {
            self.end_group(open)?;
            let known = self.get(&key::newest(open.id, group))?.map(read_newest);
            let newest = match known {
                Some(newest) => newest,
                None => self.newest_of(open.id, group)?,
            };
            open.group = Some(Group {
                number: group,
                newest,
            });
        }
        let held = open.group.as_mut();
        if let Some(modseq) = held.and_then(|held| held.newest.get_mut(place)) {
            *modseq = newest_in(block);
        }
        Ok(())
    }

    fn end_group(&mut self, open: &mut Open) -> Result<()> {
        match open.group.take() {
            Some(held) => self.put_newest(open.id, held.number, &held.newest),
            None => Ok(()),
        }
    }

    /// Newest modseqs as the blocks have them.
    fn newest_of(&self, id: MailboxId, group: u32) -> Result<Newest> {
        let mut newest = [0; GROUP as usize];
        let first = group.saturating_mul(GROUP);
        let last = first.saturating_add(GROUP - 1);
        for row in self
            .look()
            .between(&key::block(id, first), &key::block(id, last))?
        {
            let (at, octets) = row?;
            let (_, place) = group_of_block(key::last_u32(at).ok_or_else(odd_key)?);
            if let Some(modseq) = newest.get_mut(place) {
                *modseq = newest_in(octets.as_chunks().0);
            }
        }
        Ok(newest)
    }

    fn put_newest(&mut self, id: MailboxId, group: u32, newest: &Newest) -> Result<()> {
        let at = key::newest(id, group);
        if newest.iter().all(|modseq| *modseq == 0) {
            return self.delete(&at).map(|_| ());
        }
        self.put(&at, &write_newest(newest))
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
            self.note(open, number, &block)?;
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
