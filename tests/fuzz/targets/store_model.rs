//! The store's verbs in any order, alone or several in one commit, against a model of maps; closed and opened in between, checked at the end.
#![no_main]

#[path = "store_model/expect.rs"]
mod expect;
#[path = "store_model/letters.rs"]
mod letters;
#[path = "store_model/maps.rs"]
mod maps;
#[path = "store_model/script.rs"]
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::PathBuf;

use expect::*;
use letters::Letters;
use libfuzzer_sys::fuzz_target;
use maps::*;
use script::Script;
use store::{
    AccountId, Answer, Credentials, Delivery, Error, FlagChange, Flags, Head, MailboxId, NewLetter,
    Read, Result, Staged, Store, Uid, Watch, WriteTx,
};

const NAMES: [&str; 5] = ["INBOX", "Trash", "a", "b", "c"];
const SIZES: [usize; 8] = [0, 1, 300, 4080, 4081, 9000, 66_000, 300_000];
const QUOTAS: [Option<u64>; 4] = [None, None, Some(400_000), Some(0)];
/// Letters that a new person finds in the INBOX.
const WELCOME: u8 = 6;
/// What the store's options say.
const DEFAULT_QUOTA: u64 = 8 << 20;
/// Octets of bodies in one input: far less than the map holds, so that nothing is ever refused for want of room.
const DELIVERED_MAX: usize = 24 << 20;
const VERBS_MAX: usize = 150;
const WAITING_MAX: usize = 20;

fuzz_target!(|input: &[u8]| {
    let mut run = Run::new(fuzz::folder("model"));
    let mut script = Script(input);
    for _ in 0..VERBS_MAX {
        let Some(verb) = script.next() else { break };
        run.verb(verb, &mut script);
    }
    run.reopen();
});

struct Run {
    folder: PathBuf,
    store: Option<Store>,
    people: BTreeMap<AccountId, Person>,
    letters: Letters,
    next_person: u32,
    /// Deeds on their way, and what each must come to.
    waiting: Vec<(Answer<String>, String)>,
    watches: Vec<Watch>,
    delivered: usize,
}

type Deed = Box<dyn FnOnce(&mut WriteTx<'_>) -> Result<String> + Send>;

impl Run {
    fn new(folder: PathBuf) -> Run {
        let store = Store::open(&folder, fuzz::options()).unwrap();
        let mut run = Run {
            folder,
            store: Some(store),
            people: BTreeMap::new(),
            letters: Letters::default(),
            next_person: 1,
            waiting: Vec::new(),
            watches: Vec::new(),
            delivered: 0,
        };
        run.person_comes();
        run.person_comes();
        run
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn verb(&mut self, verb: u8, script: &mut Script<'_>) {
        let ids: Vec<AccountId> = self.people.keys().copied().collect();
        let id = script.pick(&ids);
        let name = self.name(id, script);
        match verb % 16 {
            0..=2 => self.deliver(id, name, script),
            3 => self.mark(id, name, script),
            4 | 5 => {
                let to = self.name(id, script);
                self.copy(id, name, to, script, verb % 2 == 0);
            }
            6 => self.expunge(id, name, script),
            7 => self.expunge_deleted(id, name),
            8 => self.create(id, script.pick(&NAMES)),
            9 => self.delete(id, name),
            10 => self.rename(id, name, script.pick(&NAMES)),
            11 => self.watch(id, name),
            12 => drop(self.watches.pop()),
            13 => self.mark(id, name, script),
            14 => match script.next().unwrap_or(0) % 16 {
                0 => self.person_goes(id),
                1 | 2 => self.reopen(),
                3 => self.quota(id, script.pick(&QUOTAS)),
                _ => self.settle(),
            },
            _ if script.next().unwrap_or(0) % 4 > 0 => {
                let (deed, expected) = self.letters.verb(script);
                self.enqueue(deed, expected);
            }
            _ => {
                // A body that nobody waits for.
                self.delivered += 66_000;
                if self.delivered < DELIVERED_MAX {
                    drop(fuzz::stage(self.store(), &text(66_000, verb)));
                }
            }
        }
        if self.waiting.len() >= WAITING_MAX {
            self.settle();
        }
    }

    /// A mailbox that the person has, or now and then one that may be missing.
    fn name(&self, id: AccountId, script: &mut Script<'_>) -> &'static str {
        let byte = script.next().unwrap_or(0);
        let there = |name: &&str| self.people[&id].folders.contains_key(*name);
        let names: Vec<&'static str> = NAMES
            .into_iter()
            .filter(|name| byte >= 0xF0 || there(name))
            .collect();
        names[usize::from(byte) % names.len()]
    }

    /// Has the deed done, now or together with those after it; sometimes it fails when all its work is done.
    fn enqueue(&mut self, deed: Deed, expected: Result<String>) {
        let answer = self.store().write(deed);
        self.waiting.push((answer, word(expected)));
    }

    fn settle(&mut self) {
        for (answer, expected) in self.waiting.drain(..) {
            assert_eq!(word(answer.wait()), expected);
        }
    }

    fn deliver(&mut self, id: AccountId, name: &'static str, script: &mut Script<'_>) {
        let (size, seed, more) = (
            script.pick(&SIZES),
            script.next().unwrap_or(0),
            script.next().unwrap_or(0),
        );
        self.delivered += size;
        if self.delivered > DELIVERED_MAX {
            return;
        }
        let mut targets = vec![(id, name, u64::from(seed % 32))];
        for bit in 0..3 {
            if more & 1 << bit != 0 {
                let ids: Vec<AccountId> = self.people.keys().copied().collect();
                let id = script.pick(&ids);
                targets.push((id, self.name(id, script), 0));
            }
        }
        let fails = more & 64 != 0;
        let letters = self.letters.some(more >> 3 & 3, script);
        if more & 128 != 0 && !letters.is_empty() {
            targets.clear();
        }
        let body = fuzz::stage(self.store(), &text(size, seed));
        let sent = (targets.clone(), letters.clone());
        let before = (self.people.clone(), self.letters.clone());
        let expected = self.expect_delivery(&targets, &letters, size, seed);
        let expected = match (expected, fails) {
            (Ok(_), true) => Err(Error::NotAllowed("")),
            (expected, _) => expected,
        };
        if expected.is_err() {
            (self.people, self.letters) = before;
        }
        self.enqueue(
            Box::new(move |w| delivered(w, body, size, seed, &sent, fails)),
            expected,
        );
    }

    fn expect_delivery(
        &mut self,
        targets: &[(AccountId, &'static str, u64)],
        letters: &[NewLetter],
        size: usize,
        seed: u8,
    ) -> Result<String> {
        if targets
            .iter()
            .any(|(id, name, _)| !self.people[id].folders.contains_key(name))
        {
            return Err(Error::NoSuchMailbox);
        }
        for (id, _, _) in targets {
            let copies = targets.iter().filter(|(other, _, _)| other == id).count();
            if !self.people[id].has_room((size * copies) as u64) {
                return Err(Error::OverQuota { quota: 0 });
            }
        }
        let mut uids = Vec::new();
        for (id, name, flags) in targets {
            let folder = self
                .people
                .get_mut(id)
                .unwrap()
                .folders
                .get_mut(name)
                .unwrap();
            uids.push(folder.next);
            folder.letters.insert(
                folder.next,
                Letter {
                    size,
                    seed,
                    flags: *flags,
                },
            );
            folder.next += 1;
        }
        ok((uids, self.letters.learn(letters, size, seed)))
    }

    fn folder(&mut self, id: AccountId, name: &str) -> Result<&mut Folder> {
        self.people
            .get_mut(&id)
            .unwrap()
            .folders
            .get_mut(name)
            .ok_or(Error::NoSuchMailbox)
    }

    /// Some of eight neighbours in the folder, and sometimes UIDs that are gone or never were.
    fn uids(&mut self, id: AccountId, name: &str, script: &mut Script<'_>) -> Vec<Uid> {
        let (first, mask) = (
            usize::from(script.next().unwrap_or(0)),
            script.next().unwrap_or(0),
        );
        let Ok(folder) = self.folder(id, name) else {
            return vec![1, 2];
        };
        let there: Vec<Uid> = folder.letters.keys().copied().collect();
        let mut uids: BTreeSet<Uid> = (0..8)
            .filter(|bit| mask & 1 << bit != 0)
            .filter_map(|bit| there.get((first + bit) % there.len().max(1)).copied())
            .collect();
        if first >= 0xE0 {
            uids.extend(folder.expunged.iter().take(2));
            uids.insert(folder.next + 2);
        }
        uids.into_iter().collect()
    }

    fn mark(&mut self, id: AccountId, name: &'static str, script: &mut Script<'_>) {
        let uids = self.uids(id, name, script);
        let flags = Flags(u64::from(script.next().unwrap_or(0) % 32));
        let change = script.pick(&[
            FlagChange::Add(flags),
            FlagChange::Remove(flags),
            FlagChange::Replace(flags),
        ]);
        let expected = self.folder(id, name).map(|folder| {
            for uid in &uids {
                if let Some(letter) = folder.letters.get_mut(uid) {
                    letter.flags = change.apply(Flags(letter.flags)).0;
                }
            }
        });
        let deed = move |w: &mut WriteTx<'_>| {
            let mailbox = named(w, id, name)?;
            w.mark(id, mailbox, &uids, change, None)?;
            Ok("()".into())
        };
        self.enqueue(Box::new(deed), expected.and_then(|()| ok(())));
    }

    fn copy(
        &mut self,
        id: AccountId,
        name: &'static str,
        to: &'static str,
        script: &mut Script<'_>,
        moves: bool,
    ) {
        let uids = self.uids(id, name, script);
        let expected = self.expect_copy(id, name, to, &uids, moves);
        let deed = move |w: &mut WriteTx<'_>| {
            let (from, to) = (named(w, id, name)?, named(w, id, to)?);
            ok(if moves {
                w.move_messages(id, from, &uids, to, 1)?
            } else {
                w.copy(id, from, &uids, to, 1)?
            })
        };
        self.enqueue(Box::new(deed), expected);
    }

    fn expect_copy(
        &mut self,
        id: AccountId,
        name: &str,
        to: &str,
        uids: &[Uid],
        moves: bool,
    ) -> Result<String> {
        let from = self.folder(id, name)?;
        let letters: Vec<(Uid, Letter)> = uids
            .iter()
            .filter_map(|uid| Some((*uid, *from.letters.get(uid)?)))
            .collect();
        self.folder(id, to)?;
        let octets = letters.iter().map(|(_, letter)| letter.size as u64).sum();
        if !moves && !self.people[&id].has_room(octets) {
            return Err(Error::OverQuota { quota: 0 });
        }
        let mut pairs = Vec::new();
        for (uid, letter) in letters {
            let folder = self.folder(id, to)?;
            pairs.push((uid, folder.next));
            folder.letters.insert(folder.next, letter);
            folder.next += 1;
            if moves {
                let folder = self.folder(id, name)?;
                folder.letters.remove(&uid);
                folder.expunged.insert(uid);
            }
        }
        ok(pairs)
    }

    fn expunge(&mut self, id: AccountId, name: &'static str, script: &mut Script<'_>) {
        let uids = self.uids(id, name, script);
        let expected = self
            .folder(id, name)
            .and_then(|folder| ok(take(folder, |uid, _| uids.contains(&uid))));
        let deed = move |w: &mut WriteTx<'_>| {
            let mailbox = named(w, id, name)?;
            ok(w.expunge(mailbox, &uids)?)
        };
        self.enqueue(Box::new(deed), expected);
    }

    fn expunge_deleted(&mut self, id: AccountId, name: &'static str) {
        let is_deleted = |_, letter: &Letter| Flags(letter.flags).contains(Flags::DELETED);
        let expected = self
            .folder(id, name)
            .and_then(|folder| ok(take(folder, is_deleted)));
        let deed = move |w: &mut WriteTx<'_>| {
            let mailbox = named(w, id, name)?;
            ok(w.expunge_deleted(mailbox, None)?)
        };
        self.enqueue(Box::new(deed), expected);
    }

    fn create(&mut self, id: AccountId, name: &'static str) {
        let folders = &mut self.people.get_mut(&id).unwrap().folders;
        let expected = if folders.contains_key(name) {
            Err(Error::Exists)
        } else {
            ok(())
        };
        folders.entry(name).or_insert_with(new_folder);
        self.enqueue(
            Box::new(move |w| ok(w.create_mailbox(id, name, None).map(|_| ())?)),
            expected,
        );
    }

    fn delete(&mut self, id: AccountId, name: &'static str) {
        let folders = &mut self.people.get_mut(&id).unwrap().folders;
        let expected = match name {
            "INBOX" => Err(Error::NotAllowed("")),
            _ => folders
                .remove(name)
                .ok_or(Error::NoSuchMailbox)
                .and_then(|_| ok(())),
        };
        self.enqueue(Box::new(move |w| ok(w.delete_mailbox(id, name)?)), expected);
    }

    fn rename(&mut self, id: AccountId, name: &'static str, to: &'static str) {
        let folders = &mut self.people.get_mut(&id).unwrap().folders;
        let expected = if !folders.contains_key(name) {
            Err(Error::NoSuchMailbox)
        } else if folders.contains_key(to) {
            Err(Error::Exists)
        } else if name == "INBOX" {
            let inbox = folders.get_mut(name).unwrap();
            let letters = std::mem::take(&mut inbox.letters);
            inbox.expunged.extend(letters.keys());
            let mut new = new_folder();
            new.letters = (1..).zip(letters.into_values()).collect();
            new.next += new.letters.len() as Uid;
            folders.insert(to, new);
            ok(())
        } else {
            let folder = folders.remove(name).unwrap();
            folders.insert(to, folder);
            ok(())
        };
        self.enqueue(
            Box::new(move |w| ok(w.rename_mailbox(id, name, to)?)),
            expected,
        );
    }

    fn watch(&mut self, id: AccountId, name: &str) {
        let found = self.store().read().unwrap().mailbox_by_name(id, name);
        if let Ok(Some(mailbox)) = found {
            self.watches.push(self.store().watch(mailbox.id, 0));
        }
        if self.watches.len() > 4 {
            self.watches.remove(0);
        }
    }

    fn quota(&mut self, id: AccountId, quota: Option<u64>) {
        self.people.get_mut(&id).unwrap().quota = quota;
        self.enqueue(Box::new(move |w| ok(w.set_quota(id, quota, None)?)), ok(()));
    }

    fn person_comes(&mut self) {
        let id = AccountId(self.next_person);
        self.next_person += 1;
        let names = ["INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"];
        let folders = names.map(|name| (name, new_folder()));
        self.people.insert(
            id,
            Person {
                quota: None,
                folders: folders.into(),
            },
        );
        let address = mail::Address::parse(&format!("p{}@house.test", id.0)).unwrap();
        self.enqueue(
            Box::new(move |w| ok(w.create_account(&address, &Credentials::default(), 1)?)),
            ok(id),
        );
        for seed in 0..WELCOME {
            self.deliver(id, "INBOX", &mut Script(&[2, seed, 0]));
        }
    }

    fn person_goes(&mut self, id: AccountId) {
        self.people.remove(&id);
        self.enqueue(Box::new(move |w| ok(w.remove_account(id)?)), ok(()));
        self.person_comes();
    }

    fn reopen(&mut self) {
        self.settle();
        self.compare();
        self.watches.clear();
        assert_eq!(self.store().check().unwrap(), Vec::<String>::new());
        self.store = None;
        self.letters.reopened();
        self.store = Some(Store::open(&self.folder, fuzz::options()).unwrap());
        self.compare();
        assert_eq!(self.store().check().unwrap(), Vec::<String>::new());
    }

    /// Everything a reader can see is what the model says.
    fn compare(&self) {
        let tx = self.store().read().unwrap();
        self.letters.compare(&tx);
        let ids: Vec<AccountId> = tx
            .accounts()
            .unwrap()
            .iter()
            .map(|account| account.id)
            .collect();
        assert_eq!(ids, self.people.keys().copied().collect::<Vec<_>>());
        for (id, person) in &self.people {
            let mailboxes = tx.mailboxes(*id).unwrap();
            let names: Vec<&str> = mailboxes
                .iter()
                .map(|mailbox| mailbox.name.as_str())
                .collect();
            assert_eq!(names, person.folders.keys().copied().collect::<Vec<_>>());
            assert_eq!(tx.usage(*id).unwrap().octets, person.used());
            for mailbox in mailboxes {
                assert_eq!(
                    look(&tx, mailbox.id),
                    person.folders[mailbox.name.as_str()],
                    "{}",
                    mailbox.name
                );
            }
        }
    }
}
