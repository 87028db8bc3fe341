//! The mailbox as it is: a map, and nothing clever.

use std::collections::{BTreeMap, BTreeSet};

use crate::cmd::house::House;

pub(super) type Flags = BTreeSet<String>;

/// A message.
#[derive(Clone, Default, Debug)]
pub(super) struct Message {
    /// each person's own flags
    pub(super) own: [Flags; 2],
    pub(super) deleted: bool,
    /// the newest modseq that a person has been told, and whether their flags have changed since
    pub(super) modseq: [(u64, bool); 2],
}

impl Message {
    pub(super) fn flags(&self, person: usize) -> Flags {
        let mut flags = self.own[person].clone();
        if self.deleted {
            flags.insert("\\Deleted".into());
        }
        flags
    }

    /// Changes a person's flags; who sees another picture now.
    pub(super) fn set(&mut self, person: usize, flags: &Flags) -> [bool; 2] {
        let before = [self.flags(0), self.flags(1)];
        self.deleted = flags.contains("\\Deleted");
        self.own[person] = flags.clone();
        self.own[person].remove("\\Deleted");
        let seen = [0, 1].map(|other| self.flags(other) != before[other]);
        for (modseq, seen) in self.modseq.iter_mut().zip(seen) {
            modseq.1 |= seen;
        }
        seen
    }
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) messages: BTreeMap<u32, Message>,
    /// those that are no more, as they were last
    pub(super) gone: BTreeMap<u32, Message>,
    pub(super) uid_next: u32,
}

impl Model {
    pub(super) fn deliver(&mut self, house: &House) {
        let uid = house.deliver("INBOX", "Subject: s\n\nbody\n");
        self.add(uid, Message::default());
    }

    pub(super) fn add(&mut self, uid: u32, message: Message) {
        assert!(uid >= self.uid_next, "a UID came twice");
        self.uid_next = uid + 1;
        self.messages.insert(uid, message);
    }

    pub(super) fn expunge(&mut self, uids: impl IntoIterator<Item = u32>) {
        for uid in uids {
            if let Some(message) = self.messages.remove(&uid) {
                self.gone.insert(uid, message);
            }
        }
    }

    pub(super) fn deleted(&self, within: &BTreeSet<u32>) -> Vec<u32> {
        let deleted = self.messages.iter().filter(|(_, message)| message.deleted);
        deleted
            .map(|(uid, _)| *uid)
            .filter(|uid| within.contains(uid))
            .collect()
    }

    /// A client was told this modseq of a message: the same as before where nothing changed, a higher one where something did.
    pub(super) fn check_modseq(&mut self, person: usize, uid: u32, told: u64, line: &str) {
        let Some(message) = self.messages.get_mut(&uid) else {
            return;
        };
        let (newest, changed) = &mut message.modseq[person];
        if *changed || *newest == 0 {
            assert!(
                told > *newest,
                "{line}: not above {newest}, though it has changed"
            );
        } else {
            assert_eq!(told, *newest, "{line}: nothing has changed");
        }
        (*newest, *changed) = (told, false);
    }
}
