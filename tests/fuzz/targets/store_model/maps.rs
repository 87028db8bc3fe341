//! The model: people, their mailboxes and what lies in them, as maps.

use super::*;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Letter {
    pub(super) size: usize,
    pub(super) seed: u8,
    pub(super) flags: u64,
}

#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Folder {
    pub(super) next: Uid,
    pub(super) letters: BTreeMap<Uid, Letter>,
    pub(super) expunged: BTreeSet<Uid>,
}

#[derive(Clone, Default)]
pub(super) struct Person {
    pub(super) quota: Option<u64>,
    pub(super) folders: BTreeMap<&'static str, Folder>,
}

impl Person {
    pub(super) fn used(&self) -> u64 {
        self.folders
            .values()
            .flat_map(|f| f.letters.values())
            .map(|letter| letter.size as u64)
            .sum()
    }

    pub(super) fn has_room(&self, more: u64) -> bool {
        self.used() + more <= self.quota.unwrap_or(DEFAULT_QUOTA)
    }
}
