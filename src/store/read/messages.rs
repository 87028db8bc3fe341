//! Reading entries, the expunge log, and bodies.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::ids::{Gid, MailboxId, ModSeq, Uid};
use crate::look::{Look, odd_key};
use crate::records::Entry;
use crate::schema::{
    ENTRY, LOG_ENTRY, MailboxHead, block_of, group_of, is_hole, key, modseq_of, place_of, read_run,
    read_shares, slot_of, uid_of, unpack,
};

/// Blocks of nothing but graves that the search for the newest message goes back over.
const EMPTIED_MAX: u32 = 64;

impl<'a> Look<'a> {
    pub(crate) fn entries(
        self,
        mailbox: MailboxId,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        self.blocks(mailbox, uids.clone(), &mut |number, octets| {
            for (slot, packed) in octets.as_chunks::<ENTRY>().0.iter().enumerate() {
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

    /// Runs of adjoining UIDs. It stops looking where what is left has no gaps, which the counters tell.
    pub(crate) fn uid_runs(self, mailbox: MailboxId, each: &mut dyn FnMut(Uid, Uid)) -> Result<()> {
        let counters = self.mailbox_head(mailbox)?.0.counters;
        let (mut left, mut run) = (counters.messages, None);
        self.blocks(mailbox, 1..=Uid::MAX, &mut |number, octets| {
            for (slot, packed) in octets.as_chunks::<ENTRY>().0.iter().enumerate() {
                if is_hole(packed) {
                    continue;
                }
                let uid = uid_of(number, slot);
                match &mut run {
                    Some((_, last)) if uid.checked_sub(1) == Some(*last) => *last = uid,
                    _ => {
                        if let Some((first, last)) = run.replace((uid, uid)) {
                            each(first, last);
                        }
                        if counters.uid_next.saturating_sub(uid) == left {
                            run = Some((uid, counters.uid_next.saturating_sub(1)));
                            return Ok(false);
                        }
                    }
                }
                left = left.saturating_sub(1);
            }
            Ok(true)
        })?;
        if let Some((first, last)) = run {
            each(first, last);
        }
        Ok(())
    }

    /// Calls `each` for the blocks that hold these UIDs, by number, until it says to stop.
    pub(crate) fn blocks(
        self,
        mailbox: MailboxId,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(u32, &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let (head, newest) = self.mailbox_head(mailbox)?;
        let (first, last) = (*uids.start(), *uids.end());
        let newest_block = block_of(head.counters.uid_next);
        if first > last || first >= head.counters.uid_next {
            return Ok(());
        }
        if block_of(first) < newest_block {
            let end = block_of(last).min(newest_block.saturating_sub(1));
            if !self.some_blocks(mailbox, block_of(first), end, each)? {
                return Ok(());
            }
        }
        if block_of(last) >= newest_block {
            each(newest_block, newest)?;
        }
        Ok(())
    }

    pub(crate) fn newest_entry(self, mailbox: MailboxId) -> Result<Option<(Uid, Entry)>> {
        let (head, newest) = self.mailbox_head(mailbox)?;
        let (mut number, mut octets) = (block_of(head.counters.uid_next), newest);
        for _ in 0..EMPTIED_MAX {
            let entries = octets.as_chunks::<ENTRY>().0.iter().enumerate();
            let last = entries.rev().find_map(|(slot, packed)| {
                let entry = unpack(packed)?;
                Some((uid_of(number, slot), entry))
            });
            if last.is_some() {
                return Ok(last);
            }
            let Some(below) = number.checked_sub(1) else {
                return Ok(None);
            };
            let found = self.last_up_to(&key::block(mailbox, below))?;
            let Some((at, block)) = found.filter(|(at, _)| {
                at.first() == Some(&key::BLOCKS) && key::mailbox_of(at) == Some(mailbox)
            }) else {
                return Ok(None);
            };
            (number, octets) = (key::last_u32(at).ok_or_else(odd_key)?, block);
        }
        Ok(None)
    }

    pub(crate) fn entry(self, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        let (head, newest) = self.mailbox_head(mailbox)?;
        let packed = self.packed(mailbox, &head, newest, uid)?;
        Ok(packed.and_then(unpack))
    }

    fn packed(
        self,
        mailbox: MailboxId,
        head: &MailboxHead,
        newest: &'a [u8],
        uid: Uid,
    ) -> Result<Option<&'a [u8; ENTRY]>> {
        let octets = if block_of(uid) == block_of(head.counters.uid_next) {
            newest
        } else {
            self.get(&key::block(mailbox, block_of(uid)))?
                .unwrap_or_default()
        };
        Ok(octets.as_chunks().0.get(slot_of(uid)))
    }

    pub(crate) fn expunged_entry(self, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        let (head, newest) = self.mailbox_head(mailbox)?;
        let packed = self.packed(mailbox, &head, newest, uid)?;
        let at = packed.filter(|packed| is_hole(packed)).map_or(0, modseq_of);
        if at > head.released {
            let run = self.get(&key::log(mailbox, at))?;
            return Ok(run.and_then(|run| in_run(run, uid)));
        }
        // Expunged in the moment in which the watch was taken, or never there.
        for run in self.runs(mailbox, head.released)? {
            if let Some(entry) = in_run(run?.1, uid) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// References to a body beyond those it was born with.
    pub(crate) fn more_shares(self, gid: Gid) -> Result<i32> {
        let row = self.get(&key::shares(group_of(gid)))?;
        Ok(row
            .map(read_shares)
            .and_then(|shares| shares.get(place_of(gid)).copied())
            .unwrap_or(0))
    }

    pub(crate) fn expunged_since(
        self,
        mailbox: MailboxId,
        since: ModSeq,
    ) -> Result<Option<Vec<Uid>>> {
        let (head, _) = self.mailbox_head(mailbox)?;
        if since < head.log_floor {
            return Ok(None);
        }
        let mut uids = Vec::new();
        for run in self.runs(mailbox, since)? {
            uids.extend(read_run(run?.1)?.1.map(|(uid, _)| uid));
        }
        Ok(Some(uids))
    }

    pub(crate) fn body(self, gid: Gid, offset: u64) -> Result<&'a [u8]> {
        let (index, _) = self.index(gid)?;
        let chunk = u64::from(index.chunk).max(1);
        if offset >= u64::from(index.head.size) {
            return Ok(&[]);
        }
        let number = u32::try_from(offset / chunk)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let within = usize::try_from(offset % chunk).unwrap_or(usize::MAX);
        self.get(&key::chunk(gid, number))?
            .and_then(|octets| octets.get(within..))
            .filter(|octets| !octets.is_empty())
            .ok_or_else(|| Error::Damaged("a body lacks a chunk".into()))
    }
}

/// A message of a run of the expunge log, whose UIDs ascend.
fn in_run(run: &[u8], uid: Uid) -> Option<Entry> {
    let each = run.get(1..).unwrap_or_default().as_chunks::<LOG_ENTRY>().0;
    let uid_of =
        |one: &[u8; LOG_ENTRY]| one.first_chunk().map_or(0, |uid| Uid::from_be_bytes(*uid));
    let at = each.binary_search_by_key(&uid, uid_of).ok()?;
    each.get(at)?.last_chunk().and_then(unpack)
}
