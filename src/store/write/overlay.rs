//! Viewers' own flags inside a deed: the slots of the block at hand for each viewer who has any in the mailbox, and how much each has seen.
//!
//! A mailbox that nobody else ever marked has no layers, and costs one look to know it.

use super::WriteTx;
use super::open::Open;
use crate::error::Result;
use crate::ids::{AccountId, Flags, MailboxId, ModSeq, Uid};
use crate::look::odd_key;
use crate::records::Entry;
use crate::schema::{Slot, Slots, block_of, key, read_seen, slot_of, write_slots};

/// What viewers see of a mailbox, laid over the block at hand.
pub(crate) struct Layers {
    mailbox: MailboxId,
    number: Option<u32>,
    pub(crate) list: Vec<Layer>,
}

/// One viewer's.
pub(crate) struct Layer {
    pub(crate) viewer: AccountId,
    /// Messages they have seen.
    seen: u32,
    /// What the store says of it; `None`: nothing.
    kept: Option<u32>,
    slots: Slots,
    changed: bool,
}

impl Layers {
    /// The layer of a viewer, who has one from now on.
    pub(crate) fn of(&mut self, viewer: AccountId) -> usize {
        if let Some(at) = self.list.iter().position(|layer| layer.viewer == viewer) {
            return at;
        }
        self.list.push(Layer {
            viewer,
            seen: 0,
            kept: None,
            slots: Slots::default(),
            changed: false,
        });
        self.list.len() - 1
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn slot(&self, at: usize, slot: usize) -> Slot {
        let layer = self.list.get(at);
        layer
            .and_then(|layer| layer.slots.get(slot))
            .copied()
            .unwrap_or_default()
    }

    /// Another slot of a message that is there.
    pub(crate) fn set(&mut self, at: usize, slot: usize, new: Slot) {
        if let Some(layer) = self.list.get_mut(at) {
            layer.set(slot, new);
        }
    }

    /// The message in the slot changed for everybody.
    pub(crate) fn changed_for_all(&mut self, slot: usize, modseq: ModSeq) {
        for layer in &mut self.list {
            let old = layer.slots.get(slot).copied().unwrap_or_default();
            if !old.is_empty() {
                layer.set(slot, Slot { modseq, ..old });
            }
        }
    }

    /// The message in the slot, last changed at `before`, changes for its owner alone.
    pub(crate) fn keep_before(&mut self, slot: usize, before: ModSeq) {
        for layer in &mut self.list {
            let old = layer.slots.get(slot).copied().unwrap_or_default();
            if old.is_empty() {
                let flags = Flags(0);
                layer.set(
                    slot,
                    Slot {
                        flags,
                        modseq: before,
                    },
                );
            }
        }
    }

    /// The message in the slot is gone; the slot stays readable until its reference is released.
    pub(crate) fn gone(&mut self, slot: usize) {
        for layer in &mut self.list {
            let seen = layer.slots.get(slot).map_or(0, |slot| slot.seen());
            layer.seen = layer.seen.saturating_sub(seen);
        }
    }

    /// Empties the slot of a message that is gone and released.
    pub(crate) fn clear(&mut self, slot: usize) {
        for layer in &mut self.list {
            if let Some(slot) = layer.slots.get_mut(slot).filter(|slot| !slot.is_empty()) {
                *slot = Slot::default();
                layer.changed = true;
            }
        }
    }
}

impl Layer {
    fn set(&mut self, at: usize, new: Slot) {
        if let Some(slot) = self.slots.get_mut(at) {
            self.seen = self
                .seen
                .saturating_sub(slot.seen())
                .saturating_add(new.seen());
            *slot = new;
            self.changed = true;
        }
    }
}

impl WriteTx<'_> {
    /// Everyone who has flags of their own in the mailbox.
    pub(crate) fn layers(&self, mailbox: MailboxId) -> Result<Layers> {
        let mut list = Vec::new();
        for row in self
            .look()
            .prefixed(&key::in_mailbox(key::VIEWERS, mailbox))?
        {
            let (at, octets) = row?;
            let seen = read_seen(octets)?;
            list.push(Layer {
                viewer: key::viewer_of(at).ok_or_else(odd_key)?,
                seen,
                kept: Some(seen),
                slots: Slots::default(),
                changed: false,
            });
        }
        Ok(Layers {
            mailbox,
            number: None,
            list,
        })
    }

    /// Goes to block `number`, writing what changed in the one before.
    pub(crate) fn turn_layers(&mut self, layers: &mut Layers, number: u32) -> Result<()> {
        if layers.number == Some(number) {
            return Ok(());
        }
        self.put_slots(layers)?;
        layers.number = Some(number);
        for layer in &mut layers.list {
            layer.slots = self.look().slots(layers.mailbox, layer.viewer, number)?;
        }
        Ok(())
    }

    /// Writes what changed and how much everyone has seen.
    pub(crate) fn save_layers(&mut self, layers: &mut Layers) -> Result<()> {
        self.put_slots(layers)?;
        for layer in &mut layers.list {
            if layer.kept.is_some_and(|kept| kept != layer.seen) {
                self.put(
                    &key::viewer(key::VIEWERS, layers.mailbox, layer.viewer),
                    &layer.seen.to_be_bytes(),
                )?;
                layer.kept = Some(layer.seen);
            }
        }
        Ok(())
    }

    fn put_slots(&mut self, layers: &mut Layers) -> Result<()> {
        let Some(number) = layers.number else {
            return Ok(());
        };
        for layer in layers.list.iter_mut().filter(|layer| layer.changed) {
            let at = key::slots(layers.mailbox, layer.viewer, number);
            let octets = write_slots(&layer.slots);
            if octets.is_empty() {
                self.delete(&at)?;
            } else {
                self.put(&at, &octets)?;
            }
            layer.changed = false;
            // Whoever has a slot has a row; `save_layers` brings its number up to date.
            layer.kept.get_or_insert(u32::MAX);
        }
        Ok(())
    }

    /// Forgets everything that a person who goes has in other people's mailboxes.
    pub(crate) fn forget_viewer(&mut self, viewer: AccountId) -> Result<()> {
        let mut mailboxes = Vec::new();
        for row in self.look().prefixed(&[key::VIEWERS])? {
            let at = row?.0;
            if key::viewer_of(at) == Some(viewer) {
                mailboxes.push(key::mailbox_of(at).ok_or_else(odd_key)?);
            }
        }
        for mailbox in mailboxes {
            let slots = key::viewer(key::OVERLAYS, mailbox, viewer);
            while let Some((at, _)) = self.first_in(&slots)? {
                self.delete(&at)?;
            }
            self.delete(&key::viewer(key::VIEWERS, mailbox, viewer))?;
        }
        Ok(())
    }
}

/// Where the flags of messages go that a viewer puts into somebody else's mailbox.
pub(crate) struct OwnFlags {
    pub(crate) layers: Layers,
    own: usize,
    /// What their rights let them set.
    may: Flags,
}

impl WriteTx<'_> {
    pub(crate) fn own_flags(&self, viewer: AccountId, mailbox: MailboxId) -> Result<OwnFlags> {
        let mut layers = self.layers(mailbox)?;
        let own = layers.of(viewer);
        let may = self.look().rights(viewer, mailbox)?.flags();
        Ok(OwnFlags { layers, own, may })
    }

    /// Appends an entry whose flags are the viewer's. The owner's are none.
    pub(crate) fn append_over(
        &mut self,
        open: &mut Open,
        own: Option<&mut OwnFlags>,
        entry: &Entry,
    ) -> Result<Uid> {
        let Some(own) = own else {
            return self.append(open, entry);
        };
        let flags = entry.flags.common(own.may);
        let theirs = Entry {
            flags: flags.common(Flags::DELETED),
            ..*entry
        };
        let uid = self.append(open, &theirs)?;
        let flags = flags.without(Flags::DELETED);
        if flags != Flags(0) {
            self.turn_layers(&mut own.layers, block_of(uid))?;
            let modseq = entry.modseq;
            own.layers
                .set(own.own, slot_of(uid), Slot { flags, modseq });
        }
        Ok(uid)
    }
}
