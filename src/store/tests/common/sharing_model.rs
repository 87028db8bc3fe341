//! A mailbox of the model that two people look at: flags of each, what changes for whom, and metadata.

use std::collections::BTreeMap;

use store::{About, AccountId, FlagChange, Flags, MailboxId, ModSeq, Read, ReadTx, Store, Uid};

use super::Dice;

/// A message of the model: its size and seed name its octets.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Message {
    pub size: usize,
    pub seed: u64,
    /// The owner's, and `\Deleted`.
    pub flags: Flags,
    /// The other person's, without `\Deleted`.
    pub other: Flags,
}

impl Message {
    /// Its flags as `viewer` sees them in a mailbox of `owner`.
    pub fn seen_by(&self, viewer: AccountId, owner: AccountId) -> Flags {
        if viewer == owner {
            self.flags
        } else {
            self.other.union(self.flags.common(Flags::DELETED))
        }
    }
}

/// A mailbox of the model.
#[derive(Clone, Debug)]
pub struct Box {
    pub id: MailboxId,
    pub uid_next: Uid,
    pub uid_validity: u32,
    pub messages: BTreeMap<Uid, Message>,
    pub expunged: Vec<Uid>,
    /// The other person has had flags of their own here: from then on the owner's changes are not theirs.
    viewed: bool,
    metadata: BTreeMap<(Option<AccountId>, String), Vec<u8>>,
}

impl Box {
    pub fn new(id: MailboxId, uid_validity: u32) -> Box {
        Box {
            id,
            uid_next: 1,
            uid_validity,
            messages: BTreeMap::new(),
            expunged: Vec::new(),
            viewed: false,
            metadata: BTreeMap::new(),
        }
    }

    /// `viewer` puts a message here, with these flags as they see them.
    pub fn put(&mut self, message: Message, viewer: AccountId, flags: Flags) {
        let (flags, other) = if viewer == self.id.account {
            (flags, Flags(0))
        } else {
            (flags.common(Flags::DELETED), flags.without(Flags::DELETED))
        };
        self.carry(Message {
            flags,
            other,
            ..message
        });
    }

    /// A message comes here as it is, from another mailbox of the same person.
    pub fn carry(&mut self, message: Message) {
        self.viewed |= message.other != Flags(0);
        self.messages.insert(self.uid_next, message);
        self.uid_next += 1;
    }

    pub fn mark(&mut self, dice: &mut Dice, store: &Store, people: [AccountId; 2], uids: &[Uid]) {
        let (id, viewer) = (self.id, *dice.pick(&people));
        let flags = Flags(dice.below(32));
        let change = *dice.pick(&[
            FlagChange::Add(flags),
            FlagChange::Remove(flags),
            FlagChange::Replace(flags),
        ]);
        let before = store.read().unwrap().counters(id).unwrap().highest_modseq;
        let sent = uids.to_vec();
        store
            .write(move |tx| tx.mark(viewer, id, &sent, change, None))
            .wait()
            .unwrap();
        let old = self.messages.clone();
        for uid in uids {
            let Some(message) = self.messages.get_mut(uid) else {
                continue;
            };
            let was = message.seen_by(viewer, id.account);
            let new = change.apply(was);
            if new == was {
                continue;
            }
            if viewer == id.account {
                message.flags = new;
            } else {
                let kept = message.flags.without(Flags::DELETED);
                message.flags = kept.union(new.common(Flags::DELETED));
                message.other = new.without(Flags::DELETED);
                self.viewed = true;
            }
        }
        for who in people {
            let expected: Vec<Uid> = self
                .messages
                .iter()
                .filter(|(uid, new)| {
                    new.seen_by(who, id.account) != old[uid].seen_by(who, id.account)
                })
                .map(|(uid, _)| *uid)
                .collect();
            let found = changed(&store.read().unwrap(), who, id, before);
            if who == id.account || self.viewed {
                assert_eq!(found, expected, "{who:?} looks at what {viewer:?} did");
            } else {
                assert!(expected.iter().all(|uid| found.contains(uid)));
            }
        }
    }

    pub fn set_metadata(&mut self, dice: &mut Dice, store: &Store, people: [AccountId; 2]) {
        let whose = *dice.pick(&[None, Some(people[0]), Some(people[1])]);
        let entry = format!("/private/{}", dice.below(3));
        let value = (dice.below(3) > 0).then(|| vec![dice.roll() as u8; dice.below(5000) as usize]);
        let (about, sent) = (About::Mailbox(self.id), (entry.clone(), value.clone()));
        store
            .write(move |tx| tx.set_metadata(about, whose, &sent.0, sent.1.as_deref()))
            .wait()
            .unwrap();
        match value {
            Some(value) => self.metadata.insert((whose, entry), value),
            None => self.metadata.remove(&(whose, entry)),
        };
    }

    /// What `other`, who does not own the mailbox, sees of it.
    pub fn compare(&self, tx: &ReadTx<'_>, other: AccountId) {
        let mut found = Vec::new();
        tx.entries_for(other, self.id, 1..=Uid::MAX, &mut |uid, entry| {
            found.push((uid, entry.flags));
            assert_eq!(tx.entry_for(other, self.id, uid).unwrap(), Some(*entry));
            true
        })
        .unwrap();
        let owner = self.id.account;
        let seen = self.messages.iter();
        let expected: Vec<_> = seen
            .map(|(uid, message)| (*uid, message.seen_by(other, owner)))
            .collect();
        assert_eq!(found, expected);
        let unseen = expected
            .iter()
            .filter(|(_, flags)| !flags.contains(Flags::SEEN))
            .count();
        let counters = tx.counters_for(other, self.id).unwrap();
        assert_eq!(counters.unseen as usize, unseen);
        for whose in [None, Some(owner), Some(other)] {
            let all = tx.metadata_all(About::Mailbox(self.id), whose).unwrap();
            let kept = self.metadata.iter().filter(|((who, _), _)| *who == whose);
            let expected: Vec<_> = kept
                .map(|((_, entry), value)| (entry.clone(), value.clone()))
                .collect();
            assert_eq!(all, expected);
        }
    }
}

fn changed(tx: &ReadTx<'_>, who: AccountId, mailbox: MailboxId, since: ModSeq) -> Vec<Uid> {
    let mut uids = Vec::new();
    tx.changed_since(who, mailbox, since, 1..=Uid::MAX, &mut |uid, _| {
        uids.push(uid);
        true
    })
    .unwrap();
    uids
}
