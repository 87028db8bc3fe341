//! What a viewer who is not the owner sees of a mailbox: flags of their own, sixteen messages a block, and how many of them are seen.
//!
//! An empty slot says: no flags of my own, and the entry's modseq is mine as well. A slot with a modseq overrules the entry's, so that the owner's
//! flags change without the viewer being told of it. `\Deleted` is the message's and always the entry's.

use super::{BLOCK, Fields};
use crate::error::Result;
use crate::ids::{Flags, ModSeq};
use crate::records::Entry;

/// Octets of a packed slot.
pub(crate) const SLOT: usize = 11;

/// A viewer's own flags of one message.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Slot {
    /// Without `\Deleted`.
    pub(crate) flags: Flags,
    /// 0: the slot is empty.
    pub(crate) modseq: ModSeq,
}

/// The slots of 16 UIDs.
pub(crate) type Slots = [Slot; BLOCK];

impl Slot {
    /// The entry as this viewer sees it.
    pub(crate) fn over(self, entry: &Entry) -> Entry {
        Entry {
            flags: self.flags.union(entry.flags.common(Flags::DELETED)),
            modseq: self.modseq_over(entry.modseq),
            ..*entry
        }
    }

    /// The modseq that this viewer sees.
    pub(crate) fn modseq_over(self, entry: ModSeq) -> ModSeq {
        if self.modseq == 0 { entry } else { self.modseq }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.modseq == 0
    }

    pub(crate) fn read(octets: &[u8; SLOT]) -> Slot {
        let [a, b, c, d, e, f, g, h, i, j, k] = *octets;
        Slot {
            flags: Flags(u64::from_be_bytes([0, 0, 0, a, b, c, d, e])),
            modseq: u64::from_be_bytes([0, 0, f, g, h, i, j, k]),
        }
    }

    fn write(self) -> [u8; SLOT] {
        let [_, _, _, a, b, c, d, e] = self.flags.0.to_be_bytes();
        let [_, _, f, g, h, i, j, k] = self.modseq.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k]
    }
}

/// Slots from their octets, which may end at the last that is used.
pub(crate) fn read_slots(octets: &[u8]) -> Slots {
    let mut slots = Slots::default();
    for (to, from) in slots.iter_mut().zip(octets.as_chunks::<SLOT>().0) {
        *to = Slot::read(from);
    }
    slots
}

/// Octets of slots up to the last that is used; none: they are all empty.
pub(crate) fn write_slots(slots: &Slots) -> Vec<u8> {
    let used = slots
        .iter()
        .rposition(|slot| !slot.is_empty())
        .map_or(0, |last| last + 1);
    slots
        .iter()
        .take(used)
        .flat_map(|slot| slot.write())
        .collect()
}

/// How many messages of the mailbox a viewer has seen.
pub(crate) fn read_seen(octets: &[u8]) -> Result<u32> {
    Fields(octets).u32()
}
