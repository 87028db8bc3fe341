//! What is built behind the mail: the search index, and the columns that SORT and THREAD go by.
//!
//! A thread of its own, of low priority, waits for messages to come or go ([`store::Store::change_event`]), puts those that came into the index and merges
//! its segments. No reply waits for it: what is not in the index yet is found by looking into it.
//!
//! Promises: memory is that of one batch ([`store::index`]), and none of it is kept while there is nothing to do; few messages wait a while for
//! company, so that not each one costs a commit of its own; while many come it leaves the machine to them; it stops within some messages when told to. A crash costs the batch at hand.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use event_listener::{Event, Listener as _};
use imap::words;
use store::index::{IndexBatch, IndexWriter, Pending};
use store::{Gid, Store};

use crate::background::{Background, await_lull};
use crate::log;

/// Fewer messages than this wait for company: each search looks into them, which takes it less than a millisecond.
const COMPANY: u64 = 64;
/// They wait for it no longer than this.
const PATIENCE: Duration = Duration::from_secs(30);
/// After a failure (a full disk) it is tried again then, or when messages come.
const RETRY: Duration = Duration::from_secs(60);
/// When the index was dropped, or the store is busy.
const SOON: Duration = Duration::from_millis(100);
/// Messages that are read in one transaction, so that it stays short.
const AT_ONCE: usize = 16;
/// Messages whose columns are written in one commit.
const COLUMNS: usize = 256;

/// Starts the thread.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn start(store: Store) -> std::io::Result<Background> {
    Background::start("indexing", store, run)
}

/// Builds what is missing, here and now.
///
/// # Errors
/// Those of the store.
pub(crate) fn build(store: &Store) -> store::Result<()> {
    let never = AtomicBool::new(false);
    let mut writer = IndexWriter::open(store.clone(), words::VERSION)?;
    while step(store, &mut writer, &never, true)? {}
    Ok(())
}

fn run(store: &Store, stop: &AtomicBool) {
    let event = store.change_event();
    let mut writer = None;
    let mut since: Option<Instant> = None;
    let mut told = false;
    while !stop.load(Ordering::Relaxed) {
        let listener = event.listen();
        let patient = since.is_none_or(|since| since.elapsed() < PATIENCE);
        let wait = match work(store, &mut writer, stop, &event, !patient) {
            Ok(false) => {
                since = None;
                told = false;
                None
            }
            Ok(true) => {
                Some(PATIENCE.saturating_sub(since.get_or_insert_with(Instant::now).elapsed()))
            }
            // Dropped under its hands, or the writer has much to do.
            Err(store::Error::Busy) => {
                writer = None;
                Some(SOON)
            }
            Err(error) => {
                writer = None;
                if !told {
                    log::warn(0, format_args!("the search index waits: {error}"));
                }
                told = true;
                Some(RETRY)
            }
        };
        match wait {
            Some(wait) => {
                listener.wait_timeout(wait);
            }
            None => listener.wait(),
        }
    }
}

/// Does all there is to do; `true`: some messages wait for company.
fn work(
    store: &Store,
    writer: &mut Option<IndexWriter>,
    stop: &AtomicBool,
    event: &Event,
    all: bool,
) -> store::Result<bool> {
    let writer = match writer {
        Some(writer) => writer,
        None => writer.insert(IndexWriter::open(store.clone(), words::VERSION)?),
    };
    loop {
        let came = event.listen();
        if !step(store, writer, stop, all)? {
            return Ok(writer.pending()?.any);
        }
        if came.wait_timeout(Duration::ZERO).is_some() {
            await_lull(store, stop);
        }
    }
}

/// One batch, or one step of housekeeping; `false`: there is nothing more to do now.
fn step(
    store: &Store,
    writer: &mut IndexWriter,
    stop: &AtomicBool,
    all: bool,
) -> store::Result<bool> {
    if stop.load(Ordering::Relaxed) {
        return Ok(false);
    }
    if writer.tend()? {
        return Ok(true);
    }
    let pending = writer.pending()?;
    let enough = all || pending.to.0.saturating_sub(pending.from.0) >= COMPANY;
    if !pending.any || !enough {
        return Ok(false);
    }
    batch(store, writer, &pending, stop)
}

fn batch(
    store: &Store,
    writer: &mut IndexWriter,
    pending: &Pending,
    stop: &AtomicBool,
) -> store::Result<bool> {
    let mut batch = IndexBatch::new(pending.from);
    let mut next = pending.from;
    while next < pending.to && !batch.is_full() {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let tx = store.read()?;
        for _ in 0..AT_ONCE {
            if next >= pending.to || batch.is_full() || !words::collect(&tx, next, &mut batch)? {
                break;
            }
            next = Gid(next.0.saturating_add(1));
        }
    }
    columns(store, pending.from, next)?;
    writer.add(batch, next)?;
    Ok(true)
}

/// Fills what SORT and THREAD read of these messages. Done before the index says that it has them: cut off in between, it is done again.
fn columns(store: &Store, from: Gid, to: Gid) -> store::Result<()> {
    for first in (from.0..to.0).step_by(COLUMNS) {
        let last = to.0.min(first.saturating_add(COLUMNS as u64));
        let rows = imap::columns::rows(&store.read()?, (first..last).map(Gid))?;
        if !rows.is_empty() {
            store.write(move |tx| tx.put_columns(&rows)).wait()?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "indexing_tests.rs"]
mod tests;
