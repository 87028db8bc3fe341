//! Flags change: STORE.

use super::WriteTx;
use crate::error::Result;
use crate::ids::{Flags, MailboxId, ModSeq, Uid};
use crate::records::{Entry, FlagChange};
use crate::schema::{FLAG_BITS, block_of, pack, slot_of, unpack};

impl WriteTx<'_> {
    /// Changes flags of those of `uids` (ascending, unique) that are present. Messages with a modseq above `unchanged_since` are left alone and
    /// returned (RFC 7162 §3.1.3). All that change get one new modseq; a message whose flags are already so does not change.
    pub fn mark(
        &mut self,
        mailbox: MailboxId,
        uids: &[Uid],
        change: FlagChange,
        unchanged_since: Option<ModSeq>,
    ) -> Result<Vec<Uid>> {
        let mut open = self.open(mailbox)?;
        let modseq = open.next_modseq()?;
        let (mut changed, mut refused) = (false, Vec::new());
        for group in uids.chunk_by(|a, b| block_of(*a) == block_of(*b)) {
            let Some(first) = group.first() else { continue };
            changed |= self.change_block(&mut open, block_of(*first), &mut |block, head| {
                let mut any = false;
                for uid in group {
                    let Some(packed) = block.get_mut(slot_of(*uid)) else {
                        continue;
                    };
                    let Some(old) = unpack(packed) else { continue };
                    let flags = Flags(change.apply(old.flags).0 & FLAG_BITS);
                    if unchanged_since.is_some_and(|since| old.modseq > since) {
                        refused.push(*uid);
                    } else if flags != old.flags {
                        let new = Entry {
                            flags,
                            modseq,
                            ..old
                        };
                        head.swap(Some(&old), Some(&new));
                        *packed = pack(&new);
                        any = true;
                    }
                }
                any
            })?;
        }
        if changed {
            open.changed(modseq);
            self.save(&open)?;
        }
        Ok(refused)
    }
}
