//! Whether a store that was cut off is in a state it may be in: everything answered is there, the deed under way whole or absent, no number
//! used twice, nothing left lying about, and life goes on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use store::{Credentials, Delivery, Flags, Read, Store};

use crate::sight::{self, Sight};
use crate::{indexed, life};

/// Pages that a small house needs for everything but bodies: trees, people, names, logs.
const PAGES_BESIDE_BODIES: u64 = 60;
/// Pages of the search index for a message, those included that a merge has yet to leave.
const PAGES_OF_INDEX: u64 = 3;
/// What the last process left to free is gone after this long; it takes milliseconds.
const SWEEPING: Duration = Duration::from_secs(20);
/// Octets of a body in a page of LMDB.
const CHUNK: u32 = 4080;
const PAGE: u64 = 4096;

/// In one of so many states the index is built to its end and asked again, which takes longer than all the rest.
const BUILT_EVERY: u32 = 8;

/// The life as it goes when nothing happens to it.
pub(crate) struct Reference {
    /// `states[k]`: how everything looks after `k` deeds.
    states: Vec<Sight>,
    /// `furthest[k]`: how many deeds may be done when `k` were answered.
    furthest: Vec<usize>,
    /// States judged so far.
    judged: AtomicU32,
}

impl Reference {
    /// Lives it once in `folder`, deed by deed.
    pub(crate) fn new(folder: &Path) -> Reference {
        let store = Store::open(folder, life::options()).unwrap();
        let (mut states, mut furthest) = (vec![Sight::default()], Vec::new());
        states[0].text = sight::look(&store).unwrap().text;
        life::live(&store, false, &mut |store, group, place| {
            furthest.push(furthest.len() + group - place);
            states.push(sight::look(store).unwrap());
        });
        furthest.push(furthest.len());
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        Reference {
            states,
            furthest,
            judged: AtomicU32::new(0),
        }
    }

    /// How many deeds the life has.
    pub(crate) fn deeds(&self) -> usize {
        self.states.len() - 1
    }

    /// Opens what a cut left in `folder` and judges it. `answered`: what was told before the cut, one [`told`] a deed.
    pub(crate) fn judge(&self, folder: &Path, answered: &[String]) -> Result<(), String> {
        let store =
            Store::open(folder, life::options()).map_err(|e| format!("does not open: {e}"))?;
        sound(&store)?;
        let found = sight::look(&store)?;
        let (least, most) = (answered.len(), self.furthest[answered.len()]);
        let done = (least..=most)
            .find(|done| self.states[*done].text == found.text)
            .ok_or_else(|| {
                format!(
                    "{least} deeds were answered, {most} begun, and it looks as after none of them:\n{}instead of\n{}",
                    found.text, self.states[least].text
                )
            })?;
        let validities = validities(answered);
        for (mailbox, validity) in &found.validities {
            if validities.get(mailbox).is_some_and(|told| told != validity) {
                return Err(format!("the UIDVALIDITY of {mailbox:?} changed"));
            }
        }
        indexed::agrees(&store, &found)?;
        swept(&store, &found)?;
        only_known_files(folder)?;
        self.goes_on(&store, &found, done, &validities)?;
        let judged = self.judged.fetch_add(1, Ordering::Relaxed);
        if judged.is_multiple_of(BUILT_EVERY) {
            indexed::build(&store).map_err(|e| format!("the index is not built any more: {e}"))?;
            indexed::agrees(&store, &sight::look(&store)?)?;
        }
        sound(&store)
    }

    /// New mail, people and mailboxes get numbers that nobody had before.
    fn goes_on(
        &self,
        store: &Store,
        found: &Sight,
        done: usize,
        validities: &BTreeMap<(u32, u32), u32>,
    ) -> Result<(), String> {
        let past = &self.states[..=done];
        let last_person = past.iter().flat_map(|s| &s.accounts).max().copied();
        let (person, uid) = store
            .write(|w| {
                let new =
                    w.create_account(&life::address("new@house.test"), &Credentials::default(), 9)?;
                Ok((new, w.counters(w.mailboxes(new)?[0].id)?.uid_next))
            })
            .wait()
            .map_err(|e| format!("nobody can come any more: {e}"))?;
        if Some(person.0) <= last_person || uid != 1 {
            return Err(format!("the number of person {} was used twice", person.0));
        }
        let owner = found.accounts.first().copied().unwrap_or(person.0);
        let seen = |(account, _): &&(u32, u32)| *account == owner;
        let (last_number, last_validity) = (
            past.iter()
                .flat_map(|s| s.validities.keys())
                .filter(seen)
                .map(|(_, number)| *number)
                .max(),
            validities
                .iter()
                .filter(|(mailbox, _)| seen(mailbox))
                .map(|(_, validity)| *validity)
                .max(),
        );
        let body = life::stage(store, 9_999, 100_000);
        let (gid, id, counters) = store
            .write(move |w| {
                let owner = store::AccountId(owner);
                let id = w.create_mailbox(owner, "New", None)?;
                let delivery = Delivery {
                    body,
                    head: life::head(100_000),
                    record: sight::record(9_999),
                    into: vec![(id, Flags::default())],
                    letters: Vec::new(),
                };
                w.deliver(&delivery)?;
                let gid = w.entry(id, 1)?.map(|entry| entry.gid.0);
                Ok((gid, id, w.counters(id)?))
            })
            .wait()
            .map_err(|e| format!("no mail can come any more: {e}"))?;
        if Some(id.number) <= last_number || Some(counters.uid_validity) <= last_validity {
            return Err(format!("mailbox {} is not told from an old one", id.number));
        }
        let last = past.iter().flat_map(|s| s.messages.keys()).max().copied();
        if gid <= last {
            return Err(format!(
                "the number of message {gid:?} was used twice: there was {last:?}"
            ));
        }
        Ok(())
    }
}

/// What is told of a deed: the UIDVALIDITY of every mailbox, on one line.
pub(crate) fn told(store: &Store) -> String {
    let seen = sight::validities(store).unwrap();
    let each = seen
        .iter()
        .map(|((account, mailbox), validity)| format!("{account}.{mailbox}.{validity} "));
    each.collect::<String>() + "\n"
}

fn validities(answered: &[String]) -> BTreeMap<(u32, u32), u32> {
    let mut all = BTreeMap::new();
    for word in answered.iter().flat_map(|line| line.split_whitespace()) {
        let numbers: Vec<u32> = word.split('.').map(|n| n.parse().unwrap()).collect();
        all.insert((numbers[0], numbers[1]), numbers[2]);
    }
    all
}

fn sound(store: &Store) -> Result<(), String> {
    let wrong = store
        .check()
        .map_err(|error| format!("cannot be checked: {error}"))?;
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("is not sound: {wrong:#?}"))
}

/// Bodies that nobody refers to are freed by themselves.
fn swept(store: &Store, found: &Sight) -> Result<(), String> {
    let pages = found
        .messages
        .values()
        .map(|size| u64::from(size / CHUNK) + 1 + PAGES_OF_INDEX);
    let most = (pages.sum::<u64>() + PAGES_BESIDE_BODIES) * PAGE;
    let begun = Instant::now();
    loop {
        let used = store.facts().map_err(|e| e.to_string())?.used;
        if used <= most {
            return Ok(());
        }
        if begun.elapsed() > SWEEPING {
            return Err(format!(
                "{used} octets are in use where {most} are enough: something is never freed"
            ));
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// No spool file and no half-made store is left behind.
fn only_known_files(folder: &Path) -> Result<(), String> {
    const KNOWN: [&str; 4] = ["data.mdb", "lock.mdb", "pillarbox.lock", "answered"];
    for file in std::fs::read_dir(folder).map_err(|e| e.to_string())? {
        let name = file.map_err(|e| e.to_string())?.file_name();
        if !KNOWN.iter().any(|known| name == *known) {
            return Err(format!("{name:?} was left behind"));
        }
    }
    Ok(())
}
