//! Reading entries, the expunge log, and bodies.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::ids::{Gid, MailboxId, ModSeq, Uid};
use crate::look::{Look, odd_key};
use crate::records::Entry;
use crate::schema::{ENTRY, block_of, key, read_run, slot_of, uid_of, unpack};

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
            for row in self.between(
                &key::block(mailbox, block_of(first)),
                &key::block(mailbox, end),
            )? {
                let (at, octets) = row?;
                if !each(key::last_u32(at).ok_or_else(odd_key)?, octets)? {
                    return Ok(());
                }
            }
        }
        if block_of(last) >= newest_block {
            each(newest_block, newest)?;
        }
        Ok(())
    }

    pub(crate) fn entry(self, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        let (head, newest) = self.mailbox_head(mailbox)?;
        let octets = if block_of(uid) == block_of(head.counters.uid_next) {
            newest
        } else {
            self.get(&key::block(mailbox, block_of(uid)))?
                .unwrap_or_default()
        };
        Ok(octets
            .as_chunks::<ENTRY>()
            .0
            .get(slot_of(uid))
            .and_then(unpack))
    }

    pub(crate) fn expunged_entry(self, mailbox: MailboxId, uid: Uid) -> Result<Option<Entry>> {
        let (head, _) = self.mailbox_head(mailbox)?;
        for run in self.runs(mailbox, head.released)? {
            if let Some((_, entry)) = read_run(run?.1)?.1.find(|(gone, _)| *gone == uid) {
                return Ok(entry);
            }
        }
        Ok(None)
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
