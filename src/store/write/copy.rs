//! COPY and MOVE: entries and references, never bodies.

use super::WriteTx;
use super::carry::Carry;
use super::shares::Referring;
use super::teach::{How, Lesson};
use crate::error::Result;
use crate::ids::{AccountId, MailboxId, Uid};
use crate::records::{Entry, Said};
use crate::schema::{RunKind, block_of, slot_of, uid_of, unpack};

/// Messages copied between two savings of the mailboxes, so that memory does not grow with their number.
const PIECE: usize = 256;

/// What is the same for all pieces.
struct Transfer {
    viewer: AccountId,
    from: MailboxId,
    to: MailboxId,
    saved: u32,
    /// Whether the copies have references of their own.
    refer: bool,
    /// `None`: flags go along as the viewer sees them.
    carry: Option<Carry>,
    /// What this says of the messages, and of which.
    says: Option<Said>,
    lessons: Vec<Lesson>,
}

impl WriteTx<'_> {
    /// Copies those of `uids` (ascending) that are present to another mailbox, or the same, whosever they are. Flags go along as `viewer` sees them: to
    /// the copy if `to` is theirs, else to what they see of it, as far as their rights there go (RFC 4314 §4). Bodies are shared.
    /// (source, destination) UIDs, ascending. `saved`: SAVEDATE of the copies, unix seconds.
    ///
    /// Errors: `OverQuota`, `TooManyMessages` of `to`'s owner, before anything is copied.
    pub fn copy(
        &mut self,
        viewer: AccountId,
        from: MailboxId,
        uids: &[Uid],
        to: MailboxId,
        saved: u32,
    ) -> Result<Vec<(Uid, Uid)>> {
        let uids = self.given(from, uids)?;
        self.check_copy(from, uids, to)?;
        let mut transfer = Transfer {
            viewer,
            from,
            to,
            saved,
            refer: true,
            carry: None,
            says: self.lesson_of_transfer(viewer, from, to)?,
            lessons: Vec::new(),
        };
        let mut pairs = Vec::new();
        for piece in uids.chunks(PIECE) {
            self.copy_piece(&mut transfer, piece, &mut pairs)?;
        }
        self.teach(viewer, &transfer.lessons)?;
        Ok(pairs)
    }

    /// As [`WriteTx::copy`], and out of `from`, in one deed (RFC 6851). Between mailboxes of one person it needs no quota, and what the owner and all
    /// viewers have marked goes along, whoever moves; only `\Deleted` is lost where `viewer` may not set it.
    pub fn move_messages(
        &mut self,
        viewer: AccountId,
        from: MailboxId,
        uids: &[Uid],
        to: MailboxId,
        saved: u32,
    ) -> Result<Vec<(Uid, Uid)>> {
        let uids = self.given(from, uids)?;
        if from.account != to.account {
            self.check_copy(from, uids, to)?;
        }
        // Without a watcher nobody can still read the message in `from`: its reference goes along, and nothing is left to free.
        let kind = if self.is_watched(from) {
            RunKind::Holds
        } else {
            RunKind::Moved
        };
        let mut transfer = Transfer {
            viewer,
            from,
            to,
            saved,
            refer: kind == RunKind::Holds,
            carry: self.carry(viewer, from, to)?,
            says: self.lesson_of_transfer(viewer, from, to)?,
            lessons: Vec::new(),
        };
        let mut pairs = Vec::new();
        for piece in uids.chunks(PIECE) {
            let before = pairs.len();
            self.copy_piece(&mut transfer, piece, &mut pairs)?;
            let moved: Vec<Uid> = pairs
                .iter()
                .skip(before)
                .map(|(source, _)| *source)
                .collect();
            self.take_out(from, &moved, kind)?;
        }
        self.teach(viewer, &transfer.lessons)?;
        Ok(pairs)
    }

    /// Whether `to`'s owner has room.
    fn check_copy(&mut self, from: MailboxId, uids: &[Uid], to: MailboxId) -> Result<()> {
        let (mut octets, mut messages) = (0_u64, 0_u64);
        self.each_entry(from, uids, &mut |_, entry| {
            octets = octets.saturating_add(u64::from(entry.size));
            messages = messages.saturating_add(1);
        })?;
        self.check_quota(to.account, octets, messages)
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
        transfer: &mut Transfer,
        uids: &[Uid],
        pairs: &mut Vec<(Uid, Uid)>,
    ) -> Result<()> {
        let Transfer {
            viewer,
            from,
            to,
            saved,
            refer,
            ref mut carry,
            says,
            ref mut lessons,
        } = *transfer;
        let mut entries = Vec::with_capacity(uids.len());
        self.each_entry(from, uids, &mut |uid, entry| entries.push((uid, entry)))?;
        if viewer != from.account && carry.is_none() {
            self.see(viewer, from, &mut entries)?;
        }
        let mut open = self.open(to)?;
        if entries.is_empty() {
            return Ok(());
        }
        let mut carried = match carry {
            Some(carry) => self.carry_to(carry, to)?,
            None => None,
        };
        let mut own = if viewer == to.account || carry.is_some() {
            None
        } else {
            Some(self.own_flags(viewer, to)?)
        };
        let mut referring = Referring::default();
        let modseq = open.next_modseq()?;
        if let Some(said) = says {
            lessons.extend(
                entries
                    .iter()
                    .map(|(_, entry)| (entry.gid, said, How::Meant)),
            );
        }
        for (source, entry) in entries {
            if refer {
                self.refer(&mut referring, entry.gid)?;
            }
            let copy = Entry {
                modseq,
                saved,
                ..entry
            };
            let uid = match carry {
                Some(carry) => {
                    self.append_carried(&mut open, carry, carried.as_mut(), source, &copy)?
                }
                None => self.append_over(&mut open, own.as_mut(), &copy)?,
            };
            pairs.push((source, uid));
        }
        if let Some(layers) = carried.as_mut().or(own.as_mut().map(|own| &mut own.layers)) {
            self.save_layers(layers)?;
        }
        self.end_referring(&mut referring)?;
        open.changed(modseq);
        self.save(&mut open)
    }

    /// Lays a viewer's own flags over entries.
    fn see(
        &self,
        viewer: AccountId,
        mailbox: MailboxId,
        entries: &mut [(Uid, Entry)],
    ) -> Result<()> {
        for group in entries.chunk_by_mut(|(a, _), (b, _)| block_of(*a) == block_of(*b)) {
            let Some((first, _)) = group.first() else {
                continue;
            };
            let slots = self.look().slots(mailbox, viewer, block_of(*first))?;
            for (uid, entry) in group {
                let slot = slots.get(slot_of(*uid)).copied().unwrap_or_default();
                *entry = slot.over(entry);
            }
        }
        Ok(())
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
