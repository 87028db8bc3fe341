//! Thousands of deeds in a seeded order against a model of maps; the store is closed and opened in between, and checked at the end.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod common;

use std::collections::BTreeMap;

use common::letters::deliver_with;
use common::queue_model::QueueModel;
use common::sharing_model::{Box, Message};
use common::*;
use store::*;

#[derive(Clone, Default)]
struct Model {
    /// By account and name; None: a level that only holds children.
    boxes: BTreeMap<(AccountId, String), Option<Box>>,
    validities: BTreeMap<AccountId, u32>,
    queue: QueueModel,
}

impl Model {
    fn any(&self, dice: &mut Dice) -> (AccountId, String) {
        let keys: Vec<_> = self
            .boxes
            .iter()
            .filter(|(_, b)| b.is_some())
            .map(|(key, _)| key.clone())
            .collect();
        dice.pick(&keys).clone()
    }

    fn open(&mut self, key: &(AccountId, String)) -> &mut Box {
        self.boxes.get_mut(key).unwrap().as_mut().unwrap()
    }

    /// Learns a mailbox that the store just made, and that its numbers are new.
    fn learn(&mut self, store: &Store, account: AccountId, name: &str) {
        let tx = store.read().unwrap();
        let id = tx.mailbox_by_name(account, name).unwrap().unwrap().id;
        let counters = tx.counters(id).unwrap();
        let last = self.validities.entry(account).or_default();
        assert!(counters.uid_validity > *last, "UIDVALIDITY must grow");
        *last = counters.uid_validity;
        assert!(
            self.boxes.values().flatten().all(|other| other.id != id),
            "a mailbox number was used twice"
        );
        drop(tx);
        let everything =
            move |tx: &mut WriteTx<'_>| tx.set_acl(id, Who::Anyone, false, Rights::ALL);
        store.write(everything).wait().unwrap();
        let made = Box::new(id, counters.uid_validity);
        self.boxes.insert((account, name.to_owned()), Some(made));
    }
}

#[test]
fn the_store_does_what_maps_would_do() {
    for seed in [1, 2, 3] {
        run(seed, 900);
    }
}

fn run(seed: u64, deeds: u64) {
    let mut dice = Dice(seed);
    let mut store = Checked::new();
    let mut model = Model::default();
    let people = [
        person(&store, "ann@example.org"),
        person(&store, "bob@example.org"),
    ];
    for account in people {
        let mut first = store.read().unwrap().mailboxes(account).unwrap();
        first.sort_by_key(|mailbox| mailbox.id.number);
        for mailbox in first {
            model.learn(&store, account, &mailbox.name);
        }
    }
    for deed in 0..deeds {
        one(&mut dice, &store, &mut model, people);
        if deed % 100 == 99 {
            compare(&store, &model);
            assert_eq!(
                store.check().unwrap(),
                Vec::<String>::new(),
                "seed {seed}, deed {deed}"
            );
        }
        if deed % 300 == 150 {
            store.reopen();
            model.queue.reopened();
            compare(&store, &model);
        }
    }
    compare(&store, &model);
}

fn one(dice: &mut Dice, store: &Store, model: &mut Model, people: [AccountId; 2]) {
    let key = model.any(dice);
    let account = key.0;
    let id = model.open(&key).id;
    let uids = some_uids(dice, model.open(&key));
    match dice.below(25) {
        0..=4 => deliver_some(dice, store, model),
        5 | 6 => model.open(&key).mark(dice, store, people, &uids),
        verb @ 7..=10 => {
            let (same, moves) = (dice.below(8) == 0, verb >= 9);
            let to = if same { key.clone() } else { model.any(dice) };
            let (viewer, target) = (*dice.pick(&people), model.open(&to).id);
            let sent = uids.clone();
            let pairs = store
                .write(move |tx| {
                    if moves {
                        tx.move_messages(viewer, id, &sent, target, 9)
                    } else {
                        tx.copy(viewer, id, &sent, target, 9)
                    }
                })
                .wait()
                .unwrap();
            let (mut expected, before) = (Vec::new(), model.open(&key).messages.clone());
            for uid in uids {
                let Some(message) = before.get(&uid).copied() else {
                    continue;
                };
                let flags = message.seen_by(viewer, account);
                let into = model.open(&to);
                expected.push((uid, into.uid_next));
                if moves && to.0 == account {
                    into.carry(message);
                } else {
                    into.put(message, viewer, flags);
                }
                if moves {
                    let from = model.open(&key);
                    from.messages.remove(&uid);
                    from.expunged.push(uid);
                }
            }
            assert_eq!(pairs, expected);
        }
        11 => {
            let sent = uids.clone();
            let gone = store.write(move |tx| tx.expunge(id, &sent)).wait().unwrap();
            let from = model.open(&key);
            let expected: Vec<Uid> = uids
                .into_iter()
                .filter(|uid| from.messages.remove(uid).is_some())
                .collect();
            assert_eq!(gone, expected);
            from.expunged.extend(expected);
        }
        12 => {
            let only = (dice.below(2) == 0).then_some(uids);
            let sent = only.clone();
            let gone = store
                .write(move |tx| tx.expunge_deleted(id, sent.as_deref()))
                .wait()
                .unwrap();
            let from = model.open(&key);
            let wanted = |uid: &Uid, message: &Message| {
                message.flags.contains(Flags::DELETED)
                    && only.as_ref().is_none_or(|only| only.contains(uid))
            };
            let expected: Vec<Uid> = from
                .messages
                .iter()
                .filter(|(uid, message)| wanted(uid, message))
                .map(|(uid, _)| *uid)
                .collect();
            from.messages.retain(|uid, _| !expected.contains(uid));
            assert_eq!(gone, expected);
            from.expunged.extend(expected);
        }
        13 => {
            let account = *dice.pick(&people);
            create(dice, store, model, account);
        }
        14 => delete(dice, store, model, &key),
        15 => rename(dice, store, model, &key),
        16 => model.open(&key).set_metadata(dice, store, people),
        _ => model.queue.one(dice, store),
    }
}

fn some_uids(dice: &mut Dice, from: &Box) -> Vec<Uid> {
    let share = dice.below(4) + 1;
    let mut uids: Vec<Uid> = from
        .messages
        .keys()
        .copied()
        .filter(|_| dice.below(share) == 0)
        .collect();
    uids.push(from.uid_next + 3);
    uids
}

fn deliver_some(dice: &mut Dice, store: &Store, model: &mut Model) {
    let mut targets = Vec::new();
    // Sometimes nobody of the house: then it is for the queue alone.
    let outside = dice.below(5) == 0;
    for _ in 0..=dice.below(3) {
        if outside {
            break;
        }
        targets.push((model.any(dice), Flags(dice.below(32))));
    }
    let size = *dice.pick(&[0, 10, 900, 4080, 4100, 30_000, 80_000]) as usize;
    let seed = dice.roll() % 251;
    let into: Vec<_> = targets
        .iter()
        .map(|(key, flags)| (model.open(key).id, *flags))
        .collect();
    let letters = model.queue.some_letters(dice);
    if into.is_empty() && letters.is_empty() {
        return;
    }
    if dice.below(10) == 0 {
        let staged = stage(store, &octets(size, seed));
        let failed = store.write(move |tx| {
            tx.deliver(&Delivery {
                body: staged,
                head: head(size),
                record: vec![1; 2500],
                into,
                letters,
            })?;
            Err::<(), _>(Error::NoSuchMessage)
        });
        assert!(failed.wait().is_err());
        return;
    }
    let given = deliver_with(store, &octets(size, seed), &into, letters.clone()).unwrap();
    model.queue.learn(&letters, &given.letters, size, seed);
    for ((key, flags), uid) in targets.into_iter().zip(given.uids) {
        let mailbox = model.open(&key);
        assert_eq!(uid, mailbox.uid_next);
        let message = Message {
            size,
            seed,
            flags,
            other: Flags(0),
        };
        mailbox.put(message, mailbox.id.account, flags);
    }
}

fn new_name(dice: &mut Dice) -> String {
    let levels: Vec<&str> = (0..=dice.below(3))
        .map(|_| *dice.pick(&["a", "b", "Übung", "INBOX", "d e"]))
        .collect();
    levels.join("/")
}

fn levels(name: &str) -> Vec<String> {
    name.match_indices('/')
        .map(|(at, _)| name[..at].to_owned())
        .collect()
}

fn create(dice: &mut Dice, store: &Store, model: &mut Model, account: AccountId) {
    let name = new_name(dice);
    let sent = name.clone();
    let made = store
        .write(move |tx| tx.create_mailbox(account, &sent, None))
        .wait();
    if model
        .boxes
        .get(&(account, name.clone()))
        .is_some_and(Option::is_some)
    {
        assert!(matches!(made, Err(Error::Exists)));
        return;
    }
    made.unwrap();
    learn_missing(store, model, account, levels(&name));
    model.learn(store, account, &name);
}

/// Levels above a new name are made, from the top.
fn learn_missing(store: &Store, model: &mut Model, account: AccountId, levels: Vec<String>) {
    for level in levels {
        if !model.boxes.contains_key(&(account, level.clone())) {
            model.learn(store, account, &level);
        }
    }
}

fn below(model: &Model, key: &(AccountId, String)) -> Vec<String> {
    let prefix = format!("{}/", key.1);
    model
        .boxes
        .keys()
        .filter(|(account, name)| *account == key.0 && name.starts_with(&prefix))
        .map(|(_, name)| name.clone())
        .collect()
}

fn drop_levels(model: &mut Model, account: AccountId, name: &str) {
    for level in levels(name).into_iter().rev() {
        let key = (account, level);
        match model.boxes.get(&key) {
            None => {}
            Some(Some(_)) => break,
            Some(None) if !below(model, &key).is_empty() => break,
            Some(None) => {
                model.boxes.remove(&key);
            }
        }
    }
}

fn delete(dice: &mut Dice, store: &Store, model: &mut Model, key: &(AccountId, String)) {
    let (account, name) = key.clone();
    if dice.below(2) == 0 && !name.contains('/') {
        return;
    }
    let sent = name.clone();
    let done = store
        .write(move |tx| tx.delete_mailbox(account, &sent))
        .wait();
    if name == "INBOX" {
        assert!(matches!(done, Err(Error::NotAllowed(_))));
        return;
    }
    done.unwrap();
    if below(model, key).is_empty() {
        model.boxes.remove(key);
        drop_levels(model, account, &name);
    } else {
        model.boxes.insert(key.clone(), None);
    }
}

fn rename(dice: &mut Dice, store: &Store, model: &mut Model, key: &(AccountId, String)) {
    let (account, from) = key.clone();
    let to = new_name(dice);
    let sent = (from.clone(), to.clone());
    let done = store
        .write(move |tx| tx.rename_mailbox(account, &sent.0, &sent.1))
        .wait();
    if model.boxes.contains_key(&(account, to.clone())) {
        assert!(matches!(done, Err(Error::Exists)));
    } else if from == "INBOX" {
        done.unwrap();
        learn_missing(store, model, account, levels(&to));
        model.learn(store, account, &to);
        let inbox = model.open(key);
        let moved = std::mem::take(&mut inbox.messages);
        inbox.expunged.extend(moved.keys());
        let target = model.open(&(account, to));
        for message in moved.into_values() {
            target.carry(message);
        }
    } else if to.starts_with(&format!("{from}/")) {
        assert!(matches!(done, Err(Error::NotAllowed(_))));
    } else {
        done.unwrap();
        for name in below(model, key).into_iter().chain([from.clone()]) {
            let moved = model.boxes.remove(&(account, name.clone())).unwrap();
            model
                .boxes
                .insert((account, format!("{to}{}", &name[from.len()..])), moved);
        }
        learn_missing(store, model, account, levels(&to));
        drop_levels(model, account, &from);
    }
}

/// Everything a reader can see is what the model says.
fn compare(store: &Store, model: &Model) {
    model.queue.compare(store);
    let tx = store.read().unwrap();
    let mut usage: BTreeMap<AccountId, Usage> = BTreeMap::new();
    for account in tx.accounts().unwrap() {
        let names: Vec<String> = tx
            .mailboxes(account.id)
            .unwrap()
            .into_iter()
            .map(|mailbox| mailbox.name)
            .collect();
        let expected: Vec<String> = model
            .boxes
            .keys()
            .filter(|(a, _)| *a == account.id)
            .map(|(_, name)| name.clone())
            .collect();
        assert_eq!(names, expected);
    }
    for ((account, name), expected) in &model.boxes {
        let mailbox = tx.mailbox_by_name(*account, name).unwrap().unwrap();
        assert_eq!(mailbox.selectable, expected.is_some());
        let Some(expected) = expected else { continue };
        assert_eq!(mailbox.id, expected.id);
        let counters = tx.counters(expected.id).unwrap();
        let messages = &expected.messages;
        let unseen = messages
            .values()
            .filter(|message| !message.flags.contains(Flags::SEEN))
            .count();
        let deleted = messages
            .values()
            .filter(|message| message.flags.contains(Flags::DELETED))
            .count();
        let size: u64 = messages.values().map(|message| message.size as u64).sum();
        assert_eq!(
            (counters.uid_next, counters.uid_validity),
            (expected.uid_next, expected.uid_validity),
            "{name}"
        );
        assert_eq!(
            (counters.messages as usize, counters.unseen as usize),
            (messages.len(), unseen),
            "{name}"
        );
        assert_eq!(
            (counters.deleted as usize, counters.size),
            (deleted, size),
            "{name}"
        );
        let found = entries(&tx, expected.id);
        assert_eq!(found.len(), messages.len());
        for ((uid, entry), (wanted, message)) in found.iter().zip(messages) {
            assert_eq!(
                (uid, entry.flags, entry.size as usize),
                (wanted, message.flags, message.size)
            );
            assert_eq!(tx.entry(expected.id, *uid).unwrap(), Some(*entry));
            assert_eq!(
                body(&tx, entry.gid).unwrap(),
                octets(message.size, message.seed)
            );
        }
        let other = model.boxes.keys().find(|(other, _)| other != account);
        expected.compare(&tx, other.unwrap().0);
        let mut gone = tx.expunged_since(expected.id, 0).unwrap().unwrap();
        let mut wanted = expected.expunged.clone();
        gone.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(gone, wanted);
        let total = usage.entry(*account).or_insert(Usage {
            messages: 0,
            octets: 0,
        });
        total.messages += messages.len() as u64;
        total.octets += size;
    }
    for (account, expected) in usage {
        assert_eq!(tx.usage(account).unwrap(), expected);
    }
}
