//! Messages go: out of the mailbox, into the expunge log, which keeps their reference until everyone was told.

use super::WriteTx;
use super::open::Open;
use crate::error::Result;
use crate::ids::{Flags, MailboxId, Uid};
use crate::reap::Task;
use crate::schema::{
    BLOCK, ENTRY, LOG_ENTRY, LOG_RUN, RunKind, block_of, grave, key, slot_of, unpack,
};

impl WriteTx<'_> {
    /// Removes those of `uids` (ascending) that are present; returns them.
    pub fn expunge(&mut self, mailbox: MailboxId, uids: &[Uid]) -> Result<Vec<Uid>> {
        self.take_out(mailbox, uids, RunKind::Holds)
    }

    /// Removes all with `\Deleted`, inside `only` (ascending) if given (UID EXPUNGE, RFC 9051 §6.4.9); returns them.
    pub fn expunge_deleted(
        &mut self,
        mailbox: MailboxId,
        only: Option<&[Uid]>,
    ) -> Result<Vec<Uid>> {
        use crate::Read;
        if self.counters(mailbox)?.deleted == 0 {
            return Ok(Vec::new());
        }
        let mut uids = Vec::new();
        self.entries(mailbox, 1..=Uid::MAX, &mut |uid, entry| {
            let wanted = only.is_none_or(|only| only.binary_search(&uid).is_ok());
            if wanted && entry.flags.contains(Flags::DELETED) {
                uids.push(uid);
            }
            true
        })?;
        self.take_out(mailbox, &uids, RunKind::Holds)
    }

    pub(crate) fn take_out(
        &mut self,
        mailbox: MailboxId,
        uids: &[Uid],
        kind: RunKind,
    ) -> Result<Vec<Uid>> {
        let mut open = self.open(mailbox)?;
        let mut layers = self.layers(mailbox)?;
        // Only who watched already can ask for what is gone by its UID.
        let watched = self.is_watched(mailbox);
        let (mut gone, mut run) = (Vec::new(), vec![kind as u8]);
        for group in uids.chunk_by(|a, b| block_of(*a) == block_of(*b)) {
            let Some(first) = group.first() else { continue };
            if !layers.is_empty() {
                self.turn_layers(&mut layers, block_of(*first))?;
            }
            self.change_block(&mut open, block_of(*first), &mut |block, head| {
                let before = gone.len();
                let hole = if watched {
                    grave(head.counters.highest_modseq.saturating_add(1))
                } else {
                    [0; ENTRY]
                };
                for uid in group {
                    let Some(packed) = block.get_mut(slot_of(*uid)) else {
                        continue;
                    };
                    let Some(old) = unpack(packed) else { continue };
                    head.swap(Some(&old), None);
                    layers.gone(slot_of(*uid));
                    run.extend_from_slice(&uid.to_be_bytes());
                    run.extend_from_slice(packed);
                    *packed = hole;
                    gone.push(*uid);
                }
                gone.len() > before
            })?;
            if run.len() > 1 + (LOG_RUN - BLOCK) * LOG_ENTRY {
                self.put_run(&mut open, &mut run)?;
            }
        }
        self.put_run(&mut open, &mut run)?;
        if !gone.is_empty() {
            self.save_layers(&mut layers)?;
            self.save(&mut open)?;
            self.found(Task::Log(mailbox));
        }
        Ok(gone)
    }

    /// Writes a run under a modseq of its own and begins the next one.
    fn put_run(&mut self, open: &mut Open, run: &mut Vec<u8>) -> Result<()> {
        let messages = run.len() / LOG_ENTRY;
        if messages == 0 {
            return Ok(());
        }
        let modseq = open.next_modseq()?;
        self.put(&key::log(open.id, modseq), run)?;
        open.changed(modseq);
        open.head.log_entries = open
            .head
            .log_entries
            .saturating_add(u32::try_from(messages).unwrap_or(u32::MAX));
        run.truncate(1);
        Ok(())
    }
}
