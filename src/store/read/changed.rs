//! What has changed in a mailbox since a modseq (RFC 7162 §3.1.4): of 1,024 UIDs one row is looked at, and their blocks only where it says that there is
//! something newer.

use std::ops::RangeInclusive;

use crate::error::Result;
use crate::ids::{AccountId, MailboxId, ModSeq, Uid};
use crate::look::{Look, odd_key};
use crate::records::Entry;
use crate::schema::{
    ENTRY, GROUP, block_of, group_of_block, key, modseq_of, read_newest, uid_of, unpack,
};

/// Changed blocks of a group of 64 above which walking over all of them costs less than finding each.
const FEW: usize = 16;

type EachBlock<'e> = &'e mut dyn FnMut(u32, &[u8]) -> Result<bool>;

impl Look<'_> {
    pub(crate) fn changed_since(
        self,
        viewer: AccountId,
        mailbox: MailboxId,
        since: ModSeq,
        uids: RangeInclusive<Uid>,
        each: &mut dyn FnMut(Uid, &Entry) -> bool,
    ) -> Result<()> {
        let highest = self.mailbox_head(mailbox)?.0.counters.highest_modseq;
        if highest <= since {
            return Ok(());
        }
        if viewer != mailbox.account {
            return self.changed_over(viewer, mailbox, since, uids, each);
        }
        self.changed_blocks(mailbox, since, uids.clone(), &mut |number, octets| {
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

    /// Calls `each` at least for the blocks that hold something newer, by number, until it says to stop.
    fn changed_blocks(
        self,
        mailbox: MailboxId,
        since: ModSeq,
        uids: RangeInclusive<Uid>,
        each: EachBlock<'_>,
    ) -> Result<()> {
        let (head, newest) = self.mailbox_head(mailbox)?;
        let newest_block = block_of(head.counters.uid_next);
        let (first, last) = (block_of(*uids.start()), block_of(*uids.end()));
        if uids.is_empty() || first > newest_block {
            return Ok(());
        }
        let end = last.min(newest_block.saturating_sub(1));
        let mut next = first;
        let groups = self.between(
            &key::newest(mailbox, group_of_block(first).0),
            &key::newest(mailbox, group_of_block(end).0),
        )?;
        for row in groups {
            let (at, octets) = row?;
            let group = key::last_u32(at).ok_or_else(odd_key)?;
            let begin = group.saturating_mul(GROUP);
            // Blocks of which no row tells anything.
            if begin > next && !self.some_blocks(mailbox, next, begin.saturating_sub(1), each)? {
                return Ok(());
            }
            let changed: Vec<u32> = (begin..)
                .zip(read_newest(octets))
                .filter(|(number, modseq)| *modseq > since && (first..=end).contains(number))
                .map(|(number, _)| number)
                .collect();
            next = begin.saturating_add(GROUP);
            if changed.len() > FEW {
                let to = end.min(next.saturating_sub(1));
                if !self.some_blocks(mailbox, begin.max(first), to, each)? {
                    return Ok(());
                }
                continue;
            }
            for number in changed {
                let block = self.get(&key::block(mailbox, number))?;
                if !each(number, block.unwrap_or_default())? {
                    return Ok(());
                }
            }
        }
        if next < newest_block && !self.some_blocks(mailbox, next, end, each)? {
            return Ok(());
        }
        if last >= newest_block {
            each(newest_block, newest)?;
        }
        Ok(())
    }

    /// All blocks from `first` to `last`; whether to go on.
    pub(crate) fn some_blocks(
        self,
        mailbox: MailboxId,
        first: u32,
        last: u32,
        each: EachBlock<'_>,
    ) -> Result<bool> {
        if first > last {
            return Ok(true);
        }
        for row in self.between(&key::block(mailbox, first), &key::block(mailbox, last))? {
            let (at, octets) = row?;
            if !each(key::last_u32(at).ok_or_else(odd_key)?, octets)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
