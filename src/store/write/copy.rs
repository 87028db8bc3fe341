//! COPY and MOVE: entries and references, never bodies.

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::{MailboxId, Uid};
use crate::records::Entry;
use crate::schema::{RunKind, block_of, slot_of, uid_of, unpack};

/// Messages copied between two savings of the mailboxes, so that memory does not grow with their number.
const PIECE: usize = 256;

impl WriteTx<'_> {
    /// Copies those of `uids` (ascending) that are present, flags included, to a mailbox of the same person.
    /// (source, destination) UIDs, ascending. `saved`: SAVEDATE of the copies, unix seconds.
    ///
    /// Errors: `OverQuota` before anything is copied; `NotAllowed` between people (each has keywords of their own).
    pub fn copy(
        &mut self,
        from: MailboxId,
        uids: &[Uid],
        to: MailboxId,
        saved: u32,
    ) -> Result<Vec<(Uid, Uid)>> {
        same_person(from, to)?;
        let uids = self.given(from, uids)?;
        let mut octets = 0_u64;
        self.each_entry(from, uids, &mut |_, entry| {
            octets = octets.saturating_add(u64::from(entry.size))
        })?;
        self.check_quota(to.account, octets)?;
        let mut pairs = Vec::new();
        for piece in uids.chunks(PIECE) {
            self.copy_piece(from, piece, to, saved, true, &mut pairs)?;
        }
        Ok(pairs)
    }

    /// As [`WriteTx::copy`], and out of `from`, in one deed (RFC 6851). Needs no quota.
    pub fn move_messages(
        &mut self,
        from: MailboxId,
        uids: &[Uid],
        to: MailboxId,
        saved: u32,
    ) -> Result<Vec<(Uid, Uid)>> {
        same_person(from, to)?;
        let uids = self.given(from, uids)?;
        // Without a watcher nobody can still read the message in `from`: its reference goes along, and nothing is left to free.
        let kind = if self.is_watched(from) {
            RunKind::Holds
        } else {
            RunKind::Moved
        };
        let mut pairs = Vec::new();
        for piece in uids.chunks(PIECE) {
            let before = pairs.len();
            self.copy_piece(from, piece, to, saved, kind == RunKind::Holds, &mut pairs)?;
            let moved: Vec<Uid> = pairs
                .iter()
                .skip(before)
                .map(|(source, _)| *source)
                .collect();
            self.take_out(from, &moved, kind)?;
        }
        Ok(pairs)
    }

    /// Those of `uids` that were given before this deed: into itself, a mailbox gets new ones while it is copied.
    fn given<'u>(&self, from: MailboxId, uids: &'u [Uid]) -> Result<&'u [Uid]> {
        let next = self.open(from)?.head.counters.uid_next;
        Ok(uids
            .get(..uids.partition_point(|uid| *uid < next))
            .unwrap_or_default())
    }

    fn copy_piece(
        &mut self,
        from: MailboxId,
        uids: &[Uid],
        to: MailboxId,
        saved: u32,
        refer: bool,
        pairs: &mut Vec<(Uid, Uid)>,
    ) -> Result<()> {
        let mut entries = Vec::with_capacity(uids.len());
        self.each_entry(from, uids, &mut |uid, entry| entries.push((uid, entry)))?;
        let mut open = self.open(to)?;
        if entries.is_empty() {
            return Ok(());
        }
        let modseq = open.next_modseq()?;
        for (source, entry) in entries {
            if refer {
                self.refer(entry.gid)?;
            }
            pairs.push((
                source,
                self.append(
                    &mut open,
                    &Entry {
                        modseq,
                        saved,
                        ..entry
                    },
                )?,
            ));
        }
        open.changed(modseq);
        self.save(&open)
    }

    /// The entries of those of `uids` that are present.
    pub(crate) fn each_entry(
        &mut self,
        mailbox: MailboxId,
        uids: &[Uid],
        each: &mut dyn FnMut(Uid, Entry),
    ) -> Result<()> {
        let mut open = self.open(mailbox)?;
        for group in uids.chunk_by(|a, b| block_of(*a) == block_of(*b)) {
            let Some(number) = group.first().map(|uid| block_of(*uid)) else {
                continue;
            };
            self.change_block(&mut open, number, &mut |block, _| {
                for uid in group {
                    if let Some(entry) = block.get(slot_of(*uid)).and_then(unpack) {
                        each(uid_of(number, slot_of(*uid)), entry);
                    }
                }
                false
            })?;
        }
        Ok(())
    }
}

fn same_person(from: MailboxId, to: MailboxId) -> Result<()> {
    if from.account == to.account {
        return Ok(());
    }
    Err(Error::NotAllowed(
        "messages are copied and moved between mailboxes of one person",
    ))
}
