//! Flags change: STORE.

use super::WriteTx;
use super::overlay::Layers;
use super::teach::{Lesson, Place, Telling, may_tell};
use crate::Read;
use crate::error::Result;
use crate::ids::{AccountId, Flags, Gid, MailboxId, ModSeq, Uid};
use crate::records::{Entry, FlagChange};
use crate::schema::{
    Block, FLAG_BITS, MailboxHead, Slot, block_of, modseq_of, pack, slot_of, unpack,
};

impl WriteTx<'_> {
    /// Changes flags of those of `uids` (ascending, unique) that are present, as `viewer` sees them, and only those that their rights let them change
    /// (RFC 4314 §4): the owner's own and `\Deleted` are the entry's, all else is the viewer's own. Messages with a modseq above `unchanged_since`, as
    /// the viewer sees it, are left alone and returned (RFC 7162 §3.1.3). All that change get one new modseq; a message whose flags are already so
    /// does not change.
    pub fn mark(
        &mut self,
        viewer: AccountId,
        mailbox: MailboxId,
        uids: &[Uid],
        change: FlagChange,
        unchanged_since: Option<ModSeq>,
    ) -> Result<Vec<Uid>> {
        let may = self.rights(viewer, mailbox)?.flags();
        let tells = viewer == mailbox.account && may_tell(change);
        let tells = match tells {
            true => Some((self.telling(viewer)?, self.place_of(mailbox)?)),
            false => None,
        };
        let mut open = self.open(mailbox)?;
        let mut layers = self.layers(mailbox)?;
        let mut marking = Marking {
            own: (viewer != mailbox.account).then(|| layers.of(viewer)),
            may,
            change,
            unchanged_since: unchanged_since.unwrap_or(ModSeq::MAX),
            modseq: open.next_modseq()?,
            refused: Vec::new(),
            changed: false,
            tells,
            lessons: Vec::new(),
        };
        for group in uids.chunk_by(|a, b| block_of(*a) == block_of(*b)) {
            let Some(number) = group.first().map(|uid| block_of(*uid)) else {
                continue;
            };
            if !layers.is_empty() {
                self.turn_layers(&mut layers, number)?;
            }
            self.change_block(&mut open, number, &mut |block, head| {
                marking.block(group, block, head, &mut layers)
            })?;
        }
        if marking.changed {
            self.save_layers(&mut layers)?;
            open.changed(marking.modseq);
            self.save(&mut open)?;
            self.teach(viewer, &marking.lessons)?;
        }
        Ok(marking.refused)
    }
}

struct Marking {
    /// The viewer's layer; `None`: the owner marks.
    own: Option<usize>,
    may: Flags,
    change: FlagChange,
    unchanged_since: ModSeq,
    /// Of this change.
    modseq: ModSeq,
    refused: Vec<Uid>,
    changed: bool,
    /// How the owner's flags here say something of a message, and what they have said.
    tells: Option<(Telling, Place)>,
    lessons: Vec<Lesson>,
}

impl Marking {
    /// Whether any entry changed.
    fn block(
        &mut self,
        group: &[Uid],
        block: &mut Block,
        head: &mut MailboxHead,
        layers: &mut Layers,
    ) -> bool {
        let mut any = false;
        for uid in group {
            let slot = slot_of(*uid);
            let Some(packed) = block.get_mut(slot) else {
                continue;
            };
            let Some(entry) = unpack(packed) else {
                continue;
            };
            let old = match self.own {
                None => entry,
                Some(own) => layers.slot(own, slot).over(&entry),
            };
            if old.modseq > self.unchanged_since {
                self.refused.push(*uid);
                continue;
            }
            let flags = self.flags(old.flags);
            if flags == old.flags {
                continue;
            }
            self.changed = true;
            self.listen(entry.gid, old.flags, flags);
            let new = self.one(slot, &entry, old.flags, flags, layers);
            if new.modseq != modseq_of(packed) {
                head.swap(Some(&entry), Some(&new));
                *packed = pack(&new);
                any = true;
            }
        }
        any
    }

    /// What the change says of the message.
    fn listen(&mut self, gid: Gid, old: Flags, new: Flags) {
        if let Some((telling, place)) = &self.tells
            && old.common(telling.all()) != new.common(telling.all())
            && let Some((said, how)) = telling.lesson(*place, old, new)
        {
            self.lessons.push((gid, said, how));
        }
    }

    /// What flags become, as far as rights go.
    fn flags(&self, old: Flags) -> Flags {
        let new = self.change.apply(old).common(Flags(FLAG_BITS));
        old.without(self.may).union(new.common(self.may))
    }

    /// The entry after a change from `old` to `new` flags, as the viewer sees them; layers are changed in place.
    fn one(
        &self,
        slot: usize,
        entry: &Entry,
        old: Flags,
        new: Flags,
        layers: &mut Layers,
    ) -> Entry {
        let modseq = self.modseq;
        let for_all = old.common(Flags::DELETED) != new.common(Flags::DELETED);
        if for_all {
            layers.changed_for_all(slot, modseq);
        } else if self.own.is_none() {
            layers.keep_before(slot, entry.modseq);
        }
        let Some(own) = self.own else {
            return Entry {
                flags: new,
                modseq,
                ..*entry
            };
        };
        let flags = new.without(Flags::DELETED);
        layers.set(own, slot, Slot { flags, modseq });
        if !for_all {
            return *entry;
        }
        let flags = entry
            .flags
            .without(Flags::DELETED)
            .union(new.common(Flags::DELETED));
        Entry {
            flags,
            modseq,
            ..*entry
        }
    }
}
