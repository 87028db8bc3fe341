//! Batches, segments, merging, sweeping, and what a crash or damage leaves.

use super::*;
use crate::checked::{Checked, Folder};
use crate::ids::{AccountId, Flags, Gid, MailboxId};
use crate::look::Source;
use crate::records::{Credentials, Delivery, Head};
use crate::schema::key;
use crate::{Error, Options, Read, Store};

const VERSION: u32 = 7;
const INBOX: MailboxId = MailboxId {
    account: AccountId(1),
    number: 1,
};

fn person(store: &Store) {
    let ann = mail::Address::parse("ann@house.test").unwrap();
    store
        .write(move |tx| tx.create_account(&ann, &Credentials::default(), 1))
        .wait()
        .unwrap();
}

fn deliver(store: &Store, count: usize) {
    for _ in 0..count {
        let mut spool = store.spool();
        spool.write(b"body").unwrap();
        let delivery = Delivery {
            body: store.stage(spool).wait().unwrap(),
            head: Head {
                received: 1,
                zone: 0,
                sent: 1,
                size: 4,
            },
            record: Vec::new(),
            into: vec![(INBOX, Flags::default())],
            letters: Vec::new(),
        };
        store.write(move |tx| tx.deliver(&delivery)).wait().unwrap();
    }
}

/// Terms of a message: its number, whether it divides by 2 to 9, and one that all have.
fn terms(gid: u64) -> Vec<String> {
    let mut terms = vec![format!("N{gid}"), "ALL".into()];
    terms.extend(
        (2..10)
            .filter(|n| gid.is_multiple_of(*n))
            .map(|n| format!("D{n}")),
    );
    terms
}

fn build(store: &Store, writer: &mut IndexWriter, most: u64) -> crate::Result<()> {
    loop {
        let pending = writer.pending()?;
        if !pending.any {
            return Ok(());
        }
        let to = pending.to.0.min(pending.from.0 + most);
        let mut batch = IndexBatch::new(pending.from);
        {
            let tx = store.read()?;
            for gid in (pending.from.0..to).map(Gid) {
                if tx.head(gid).is_ok() {
                    assert!(batch.message(gid));
                    for term in terms(gid.0) {
                        assert!(batch.add(3, term.as_bytes()));
                    }
                }
            }
        }
        writer.add(batch, Gid(to))?;
    }
}

/// Which messages the index has for a term.
fn with(store: &Store, term: &str) -> Vec<u64> {
    let tx = store.read().unwrap();
    let index = tx.index().unwrap().unwrap();
    let mut gids = Vec::new();
    for segment in index.segments() {
        let mut set = segment.none();
        segment
            .starting(
                3,
                term.as_bytes(),
                &mut |found| {
                    if found == term.as_bytes() {
                        Take::Yes
                    } else {
                        Take::No
                    }
                },
                &mut set,
            )
            .unwrap();
        gids.extend(set.gids().map(|gid| gid.0));
    }
    gids
}

fn newest(store: &Store) -> u64 {
    tend::newest(store.read().unwrap().look()).unwrap()
}

#[test]
fn segments_are_merged_and_answer_the_same() {
    let store = Checked::new();
    person(&store);
    let mut writer = IndexWriter::open((*store).clone(), VERSION).unwrap().fan(3);
    let mut fewest = usize::MAX;
    for round in 0..12 {
        deliver(&store, 20 + round);
        build(&store, &mut writer, 7).unwrap();
        while writer.tend().unwrap() {}
        let end = newest(&store);
        for n in 2..10 {
            let wanted: Vec<u64> = (1..end).filter(|gid| gid.is_multiple_of(n)).collect();
            assert_eq!(with(&store, &format!("D{n}")), wanted, "round {round}");
        }
        assert_eq!(with(&store, "ALL").len() as u64, end - 1);
        assert_eq!(with(&store, "N17"), [17]);
        assert_eq!(with(&store, "N"), []);
        let tx = store.read().unwrap();
        let index = tx.index().unwrap().unwrap();
        assert_eq!(index.watermark().0, end);
        fewest = fewest.min(index.segments().count());
    }
    assert!(fewest < 4, "{fewest} segments at best");
    // Nothing is left of what was merged.
    let tx = store.read().unwrap();
    let listed = Directory::read(tx.look()).unwrap().unwrap().segments;
    for row in tx.look().prefixed(&[key::INDEX[0]]).unwrap() {
        let of = key::segment_of(row.unwrap().0).unwrap();
        assert!(
            of == 0 || listed.iter().any(|record| record.id == of),
            "{of}"
        );
    }
}

#[test]
fn freed_messages_go_with_the_next_merge_and_staged_ones_hold_the_watermark() {
    let store = Checked::new();
    person(&store);
    let mut writer = IndexWriter::open((*store).clone(), VERSION).unwrap().fan(2);
    deliver(&store, 30);
    build(&store, &mut writer, 30).unwrap();
    let gone: Vec<u32> = (1..=30).filter(|uid| uid % 3 == 0).collect();
    store
        .write(move |tx| tx.expunge(INBOX, &gone))
        .wait()
        .unwrap();
    deliver(&store, 30);
    build(&store, &mut writer, 30).unwrap();
    assert_eq!(with(&store, "D3").len(), 20, "nothing was merged yet");
    while writer.tend().unwrap() {}
    assert_eq!(
        with(&store, "D3").len(),
        10,
        "those of the first thirty are no more"
    );

    let mut spool = store.spool();
    spool.write(&vec![b'x'; 300_000]).unwrap();
    let staged = store.stage(spool).wait().unwrap();
    let held = writer.pending().unwrap().to;
    deliver(&store, 5);
    let pending = writer.pending().unwrap();
    assert_eq!(
        (pending.to, pending.any),
        (held, false),
        "nothing behind the staged one"
    );
    drop(staged);
    while writer.pending().unwrap().to == held {
        store.write(|_| Ok(())).wait().unwrap();
    }
    build(&store, &mut writer, 30).unwrap();
    assert_eq!(with(&store, "ALL").len(), 20 + 30 + 5);
}

#[test]
fn another_version_is_dropped_and_who_built_the_one_before_gives_up() {
    let store = Checked::new();
    person(&store);
    let mut writer = IndexWriter::open((*store).clone(), VERSION).unwrap();
    deliver(&store, 9);
    build(&store, &mut writer, 3).unwrap();
    let mut other = IndexWriter::open((*store).clone(), VERSION + 1).unwrap();
    assert!(matches!(writer.pending(), Err(Error::Busy)));
    assert!(matches!(
        writer.add(IndexBatch::new(Gid(1)), Gid(2)),
        Err(Error::Busy)
    ));
    assert_eq!(with(&store, "ALL"), []);
    build(&store, &mut other, 4).unwrap();
    while other.tend().unwrap() {}
    assert_eq!(with(&store, "ALL").len(), 9);
    store.drop_index().unwrap();
    assert!(matches!(other.tend(), Err(Error::Busy)));
}

/// Each commit of building and merging is cut off in turn; what the next process finds is sound, and it goes on.
#[test]
fn whatever_was_cut_off_is_swept_and_built_again() {
    for cut in 0..24 {
        let folder = Folder::new();
        let left = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(i64::MAX));
        let steps = crate::Observer(std::sync::Arc::new({
            let left = left.clone();
            move |step| {
                use std::sync::atomic::Ordering::SeqCst;
                // As if the power went: the batch at hand is lost, and every one behind it.
                if step == crate::Step::Committing && left.fetch_sub(1, SeqCst) <= 0 {
                    panic!("the power is gone");
                }
            }
        }));
        {
            let options = Options {
                steps: Some(steps),
                ..Options::default()
            };
            let store = Store::open(folder.path(), options).unwrap();
            person(&store);
            deliver(&store, 25);
            left.store(cut, std::sync::atomic::Ordering::SeqCst);
            let go = || -> crate::Result<()> {
                let mut writer = IndexWriter::open(store.clone(), VERSION)?.fan(2);
                build(&store, &mut writer, 4)?;
                while writer.tend()? {}
                Ok(())
            };
            assert!(go().is_err() || cut > 12, "cut {cut}");
            left.store(i64::MAX, std::sync::atomic::Ordering::SeqCst);
        }
        let store = Store::open(folder.path(), Options::default()).unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new(), "cut {cut}");
        let mut writer = IndexWriter::open(store.clone(), VERSION).unwrap().fan(2);
        build(&store, &mut writer, 6).unwrap();
        while writer.tend().unwrap() {}
        assert_eq!(with(&store, "D5"), [5, 10, 15, 20, 25], "cut {cut}");
        assert_eq!(store.check().unwrap(), Vec::<String>::new(), "cut {cut}");
    }
}

#[test]
fn damage_is_an_error_or_a_miss_and_check_names_it() {
    let folder = Folder::new();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    person(&store);
    deliver(&store, 40);
    let mut writer = IndexWriter::open(store.clone(), VERSION).unwrap();
    build(&store, &mut writer, 100).unwrap();
    let rows: Vec<(Vec<u8>, Vec<u8>)> = {
        let tx = store.read().unwrap();
        let rows = tx.look().prefixed(&[key::INDEX[0]]).unwrap();
        rows.map(|row| {
            row.map(|(at, octets)| (at.to_vec(), octets.to_vec()))
                .unwrap()
        })
        .collect()
    };
    let mut named = 0;
    for (at, octets) in &rows {
        for place in (0..octets.len().min(60)).step_by(7) {
            let (at, mut bad) = (at.clone(), octets.clone());
            bad[place] ^= 0x81;
            bad.truncate(octets.len() - place % 2);
            let back = (at.clone(), octets.clone());
            store.write(move |tx| tx.put(&at, &bad)).wait().unwrap();
            if let Ok(Some(index)) = store.read().unwrap().index() {
                for segment in index.segments() {
                    let mut set = segment.none();
                    let _ = segment.starting(3, b"D", &mut |_| Take::Yes, &mut set);
                    for common in [true, false] {
                        let find = |terms: &[u8], from: usize| {
                            Some(from + memchr::memmem::find(terms.get(from..)?, b"1")?)
                        };
                        let _ = segment.each(3, common, &find, &mut |_, _| Take::Yes, &mut set);
                    }
                }
            }
            named += usize::from(!store.check().unwrap().is_empty());
            store
                .write(move |tx| tx.put(&back.0, &back.1))
                .wait()
                .unwrap();
        }
    }
    assert!(named > 3, "{named} findings");
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn rows_and_lists_of_random_octets_never_panic() {
    let mut seed = 0x5EED_u64;
    let mut roll = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 24) as u8
    };
    let mut read = 0;
    for _ in 0..60_000 {
        let length = usize::from(roll() % 60);
        let mut octets: Vec<u8> = (0..length).map(|_| roll()).collect();
        let range = u32::from(roll()) << (roll() % 12);
        let mut set = Set::new(3, range);
        let _ = posting::read(&octets, &mut set);
        let _ = posting::each(&octets, range, &mut |doc| assert!(doc < range));
        // Made to look like a row.
        if length > 8 {
            octets[0] = roll() % length as u8;
            octets[1] = 0;
            octets[2] = 0;
            let end = 1 + usize::from(octets[0]);
            if end > 2 && end < length {
                octets[end] = 0;
            }
        }
        if let Ok(row) = row::Row::new(&octets) {
            let mut places = row.places();
            for (index, _) in row.each().enumerate() {
                read += usize::from(places.at(index).is_ok());
            }
        }
    }
    assert!(read > 1000, "{read} places");
}
