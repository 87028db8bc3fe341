//! The search index and the columns in the life of a house: built and merged between the deeds, and asked after a cut whether they answer as reading
//! all messages does.

use std::collections::{BTreeMap, BTreeSet};

use store::index::{Index, IndexBatch, IndexWriter, Take};
use store::{Columns, Gid, NewColumn, Read, Result, Store, WriteTx};

use crate::sight::Sight;

/// What the terms below mean.
const VERSION: u32 = 3;
/// Merges come often.
const FAN: usize = 2;
/// Messages of a batch.
const AT_ONCE: u64 = 14;
const OWN: u8 = 0;
const SHARED: u8 = 3;
/// Terms that only one message has: enough that a segment has several rows.
const OWN_TERMS: u32 = 40;
const SHARED_TERMS: u32 = 60;

/// Puts what has come into the index and its columns, and tends it until there is nothing to do.
pub(crate) fn build(store: &Store) -> Result<()> {
    let mut writer = IndexWriter::open(store.clone(), VERSION)?.fan(FAN);
    loop {
        while writer.tend()? {}
        let pending = writer.pending()?;
        if !pending.any {
            return Ok(());
        }
        let to = Gid(pending.to.0.min(pending.from.0 + AT_ONCE));
        let mut batch = IndexBatch::new(pending.from);
        let mut columns = Vec::new();
        {
            let tx = store.read()?;
            for gid in (pending.from.0..to.0).map(Gid) {
                let Ok((head, record)) = tx.record(gid) else {
                    continue;
                };
                let number = number(record);
                assert!(batch.message(gid));
                for (class, term) in terms(number) {
                    assert!(batch.add(class, term.as_bytes()));
                }
                columns.push(NewColumn {
                    gid,
                    sent: head.sent,
                    received: head.received,
                    notes: notes(number),
                });
            }
        }
        store
            .write(move |w: &mut WriteTx<'_>| w.put_columns(&columns))
            .wait()?;
        writer.add(batch, to)?;
    }
}

/// Asks index and columns for every message that is there; what they say otherwise than the messages themselves.
pub(crate) fn agrees(store: &Store, found: &Sight) -> std::result::Result<(), String> {
    compare(store, found)
        .map_err(|error| format!("the index cannot be asked: {error}"))
        .and_then(|outcome| outcome)
}

fn compare(store: &Store, found: &Sight) -> Result<std::result::Result<(), String>> {
    let tx = store.read()?;
    let mut columns = Columns::default();
    let Some(index) = tx.index()? else {
        return Ok(Ok(()));
    };
    let watermark = index.watermark().0;
    let mut expected: BTreeMap<(u8, String), BTreeSet<u64>> = BTreeMap::new();
    for gid in found.messages.keys() {
        let (head, record) = tx.record(Gid(*gid))?;
        let number = number(record);
        if let Some(column) = tx.column(&mut columns, Gid(*gid))? {
            let right = column.sent == head.sent
                && column.received == head.received
                && column.notes == notes(number);
            if !right {
                return Ok(Err(format!("message {number} has a column {column:?}")));
            }
        } else if *gid < watermark {
            return Ok(Err(format!(
                "message {number} is in the index and has no column"
            )));
        }
        for (class, term) in terms(number) {
            let gids = expected.entry((class, term)).or_default();
            if *gid < watermark {
                gids.insert(*gid);
            }
        }
    }
    for ((class, term), gids) in &expected {
        let mut with = with(&index, *class, term)?;
        // Those that are no more may still be in it.
        with.retain(|gid| found.messages.contains_key(gid));
        if with != *gids {
            return Ok(Err(format!(
                "the index, up to {watermark}, has {term} in {with:?} instead of {gids:?}"
            )));
        }
    }
    Ok(Ok(()))
}

fn with(index: &Index<'_>, class: u8, term: &str) -> Result<BTreeSet<u64>> {
    let mut gids = BTreeSet::new();
    for segment in index.segments() {
        let mut set = segment.none();
        let mut wanted = |found: &[u8]| match found == term.as_bytes() {
            true => Take::Yes,
            false => Take::No,
        };
        segment.starting(class, term.as_bytes(), &mut wanted, &mut set)?;
        gids.extend(set.gids().map(|gid| gid.0));
    }
    Ok(gids)
}

fn number(record: &[u8]) -> u32 {
    record.first_chunk().map_or(0, |n| u32::from_be_bytes(*n))
}

/// Some that only message `number` has, some that it shares with many, and one that all have.
fn terms(number: u32) -> Vec<(u8, String)> {
    let own = (0..OWN_TERMS).map(|n| (OWN, format!("m{number}-{n}-{}", "x".repeat(50))));
    let shared = (1..SHARED_TERMS)
        .filter(|n| (number % n) < 2)
        .map(|n| (SHARED, format!("divides by {n}")));
    own.chain(shared).chain([(SHARED, "all".into())]).collect()
}

fn notes(number: u32) -> Vec<u8> {
    format!("notes of {number} ")
        .repeat(1 + number as usize % 9)
        .into_bytes()
}
