//! MOVE inside one person's tree: it stays the same message, and what everybody has marked on it goes along, whoever moves it.
//!
//! A mailbox that nobody else ever marked costs one look to know it.

use super::WriteTx;
use super::open::Open;
use super::overlay::Layers;
use crate::error::Result;
use crate::ids::{AccountId, Flags, MailboxId, Uid};
use crate::records::Entry;
use crate::schema::{Slot, block_of, slot_of};

/// What goes along with messages from one mailbox to another of the same person.
pub(crate) struct Carry {
    /// Where they come from: only read.
    from: Layers,
    /// What the mover's rights keep: a message they may not mark `\Deleted` comes without it (RFC 4314 §4). Everything else stays as it was.
    keeps: Flags,
}

impl WriteTx<'_> {
    /// `None`: the mailboxes are of two people, and the messages go as `viewer` sees them.
    pub(crate) fn carry(
        &self,
        viewer: AccountId,
        from: MailboxId,
        to: MailboxId,
    ) -> Result<Option<Carry>> {
        if from.account != to.account {
            return Ok(None);
        }
        let may = self.look().rights(viewer, to)?.flags();
        Ok(Some(Carry {
            from: self.layers(from)?,
            keeps: Flags::ALL.without(Flags::DELETED).union(may),
        }))
    }

    /// Where the slots go; `None`: nobody has any.
    pub(crate) fn carry_to(&self, carry: &Carry, to: MailboxId) -> Result<Option<Layers>> {
        if carry.from.is_empty() {
            return Ok(None);
        }
        self.layers(to).map(Some)
    }

    /// Appends the entry that was `source`, with its own flags and everybody's slots, under its modseq for all of them.
    pub(crate) fn append_carried(
        &mut self,
        open: &mut Open,
        carry: &mut Carry,
        to: Option<&mut Layers>,
        source: Uid,
        entry: &Entry,
    ) -> Result<Uid> {
        let flags = entry.flags.common(carry.keeps);
        let uid = self.append(open, &Entry { flags, ..*entry })?;
        let Some(to) = to else { return Ok(uid) };
        self.turn_layers(&mut carry.from, block_of(source))?;
        for (at, layer) in carry.from.list.iter().enumerate() {
            let flags = carry.from.slot(at, slot_of(source)).flags;
            if flags == Flags(0) {
                continue;
            }
            self.turn_layers(to, block_of(uid))?;
            let own = to.of(layer.viewer);
            let modseq = entry.modseq;
            to.set(own, slot_of(uid), Slot { flags, modseq });
        }
        Ok(uid)
    }
}
