//! Filling and tending the index: the one who writes it.
//!
//! # What a crash leaves
//!
//! A batch becomes rows of a segment with the directory's `next` number, some a commit; the commit that lists the segment in the directory also
//! raises the watermark. A merge writes rows of such a segment as well; the commit that lists it takes its inputs off the list. So the directory
//! always lists whole segments, and whatever lies under other numbers is swept: first of all when an [`IndexWriter`] opens.

use super::batch::IndexBatch;
use super::directory::{Directory, SegmentRecord};
use super::merge::{self, Merge};
use super::writing::{NewRecord, SegmentWriter};
use super::{FAN, LARGE, ROWS_AT_ONCE};
use crate::error::{Error, Result};
use crate::handle::Store;
use crate::ids::Gid;
use crate::look::{Look, Source, odd_key};
use crate::schema::{CHUNK_MAX, GID_MAX, key};
use crate::write::WriteTx;

/// Writes the index; there is one at a time. What it does is done in commits of its own, which it waits for.
pub struct IndexWriter {
    store: Store,
    version: u32,
    merge: Option<Merge>,
    /// Nothing was found to sweep.
    swept: bool,
    fan: usize,
}

/// What waits to be put into the index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// Where the next batch begins.
    pub from: Gid,
    /// Behind the last message that may be in it. No message comes in below it any more.
    pub to: Gid,
    /// Whether gids lie between the two.
    pub any: bool,
}

impl IndexWriter {
    /// For this store. An index of another `version` (which says what terms mean) or form, or a damaged one, is dropped.
    pub fn open(store: Store, version: u32) -> Result<IndexWriter> {
        let sound = {
            let tx = store.read()?;
            matches!(Directory::read(tx.look()), Ok(Some(found)) if found.version == version && found.is_sound())
        };
        if !sound {
            drop_index(&store, version)?;
        }
        Ok(IndexWriter {
            store,
            version,
            merge: None,
            swept: false,
            fan: FAN,
        })
    }

    /// Merges so many neighbours in place of the usual number; for tests.
    #[must_use]
    pub fn fan(self, fan: usize) -> IndexWriter {
        IndexWriter {
            fan: fan.max(2),
            ..self
        }
    }

    /// What waits to be put into it: from the watermark to the newest message, but no further than a body that is still being staged.
    pub fn pending(&self) -> Result<Pending> {
        let tx = self.store.read()?;
        let look = tx.look();
        let from = self.directory(look)?.watermark;
        let to = upto(look, from)?.max(from);
        Ok(Pending {
            from: Gid(from),
            to: Gid(to),
            any: to > from,
        })
    }

    /// The directory, which another program's index or a damaged one has not.
    fn directory(&self, look: Look<'_>) -> Result<Directory> {
        Directory::read(look)?
            .filter(|found| found.version == self.version)
            .ok_or(Error::Busy)
    }

    /// Puts a batch into the index: all messages from the watermark to before `to` that are to be in it.
    ///
    /// Error: `Busy` when the index was dropped meanwhile: begin anew with [`IndexWriter::pending`]. `Full` when only the reserve is left.
    pub fn add(&mut self, batch: IndexBatch, to: Gid) -> Result<()> {
        let directory = {
            let tx = self.store.read()?;
            self.directory(tx.look())?
        };
        let generation = directory.generation;
        let raise = move |directory: &mut Directory| {
            directory.watermark = directory.watermark.max(to.0);
        };
        if batch.is_empty() {
            return self.commit(generation, Vec::new(), raise);
        }
        // A merge under way has the number already.
        self.merge = None;
        self.sweep_all()?;
        let store = self.store.clone();
        let writer = batch.write(directory.next, &mut |writer: &mut SegmentWriter| {
            if writer.ready.len() < ROWS_AT_ONCE {
                return Ok(());
            }
            put(&store, generation, writer.take())
        })?;
        self.swept = false;
        let (record, rest) = writer.end();
        self.commit(generation, rest, move |directory| {
            list(directory, record, &[]);
            raise(directory);
        })?;
        self.swept = true;
        Ok(())
    }

    /// One bounded step of housekeeping; `false`: there is nothing to do.
    pub fn tend(&mut self) -> Result<bool> {
        if self.sweep()? {
            return Ok(true);
        }
        let Some(mut merge) = self.merge.take() else {
            let tx = self.store.read()?;
            let directory = self.directory(tx.look())?;
            let some = merge::due(&directory, self.fan, LARGE);
            if let Some(some) = some {
                self.merge = Merge::new(&directory, some, tx.look())?;
            }
            return Ok(self.merge.is_some());
        };
        let ended = {
            let tx = self.store.read()?;
            merge.step(tx.look())?
        };
        let generation = merge.generation;
        if !ended {
            put(&self.store, generation, merge.writer.take())?;
            self.merge = Some(merge);
            return Ok(true);
        }
        let replaced = merge.replaces();
        let (record, rest) = merge.writer.end();
        self.commit(generation, rest, move |directory| {
            list(directory, record, &replaced)
        })?;
        self.swept = false;
        Ok(true)
    }

    /// Deletes some rows that are nobody's; `false`: there are none.
    fn sweep(&mut self) -> Result<bool> {
        if self.swept {
            return Ok(false);
        }
        let listed = {
            let tx = self.store.read()?;
            let mut listed = self.directory(tx.look())?.segments;
            listed.sort_by_key(|record| record.id);
            // What a merge under way has written is its own.
            let own = self.merge.as_ref().map(|merge| merge.writer.id());
            orphan(tx.look(), &listed, own)?
        };
        let Some(segment) = listed else {
            self.swept = true;
            return Ok(false);
        };
        let prefix = key::segment(segment);
        self.store
            .write(move |tx| {
                let mut left = ROWS_AT_ONCE;
                while left > 0
                    && let Some((at, _)) = tx.first_in(&prefix)?
                {
                    tx.delete(&at)?;
                    left -= 1;
                }
                Ok(())
            })
            .wait()?;
        Ok(true)
    }

    fn sweep_all(&mut self) -> Result<()> {
        while self.sweep()? {}
        Ok(())
    }

    fn commit(
        &self,
        generation: u64,
        rows: Vec<NewRecord>,
        change: impl FnOnce(&mut Directory) + Send + 'static,
    ) -> Result<()> {
        self.store
            .write(move |tx| {
                let mut directory = current(tx, generation)?;
                for (at, octets) in &rows {
                    tx.put(at, octets)?;
                }
                change(&mut directory);
                tx.put(&key::INDEX, &directory.write()?)
            })
            .wait()
    }
}

/// Lists a segment in the place of others.
fn list(directory: &mut Directory, record: SegmentRecord, replaced: &[u32]) {
    directory
        .segments
        .retain(|other| !replaced.contains(&other.id));
    directory.next = directory.next.max(record.id.saturating_add(1));
    if record.docs > 0 {
        let at = directory
            .segments
            .partition_point(|other| other.base < record.base);
        directory.segments.insert(at, record);
    }
}

fn put(store: &Store, generation: u64, rows: Vec<NewRecord>) -> Result<()> {
    store
        .write(move |tx| {
            current(tx, generation)?;
            rows.iter().try_for_each(|(at, octets)| tx.put(at, octets))
        })
        .wait()
}

/// The directory, if it is still the one that the caller builds for, and there is room.
fn current(tx: &mut WriteTx<'_>, generation: u64) -> Result<Directory> {
    tx.room()?;
    Directory::read(tx.look())?
        .filter(|directory| directory.generation == generation)
        .ok_or(Error::Busy)
}

/// Forgets the index. Its rows are swept by whoever builds it anew.
pub(crate) fn drop_index(store: &Store, version: u32) -> Result<()> {
    store
        .write(move |tx| {
            let generation = Directory::generation(tx.look())?.saturating_add(1);
            // Numbers are not used twice, so that nobody takes an old row for a new one.
            let last = tx.last_before(&key::index_lists(u32::MAX, u8::MAX, u32::MAX))?;
            let next = last
                .filter(|at| at.first() == key::INDEX.first())
                .and_then(|at| key::segment_of(&at))
                .map_or(1, |last| last.saturating_add(1));
            let known = Directory::read(tx.look())
                .ok()
                .flatten()
                .map_or(1, |directory| directory.next);
            let empty = Directory::empty(version, generation, next.max(known));
            tx.put(&key::INDEX, &empty.write()?)
        })
        .wait()
}

/// Behind the newest body.
pub(crate) fn newest(look: Look<'_>) -> Result<u64> {
    let newest = look
        .last_up_to(&key::chunk(Gid(GID_MAX), CHUNK_MAX))?
        .and_then(|(at, _)| key::body_of(at));
    Ok(newest.map_or(1, |(gid, _)| gid.0.saturating_add(1)))
}

/// Behind the last gid below which, from `from` on, no message comes in any more.
fn upto(look: Look<'_>, from: u64) -> Result<u64> {
    // One that has no index record yet may get it: nothing behind it counts.
    let first = key::orphan(Gid(from));
    let staged = look
        .between(&first, &key::orphan(Gid(GID_MAX)))?
        .next()
        .transpose()?;
    let newest = newest(look)?;
    let Some((at, _)) = staged else {
        return Ok(newest);
    };
    let gid = at.get(1..).and_then(key::gid_of).ok_or_else(odd_key)?;
    Ok(newest.min(gid.0))
}

/// The first segment with rows that is not listed (`listed` by number) and not `own`.
fn orphan(look: Look<'_>, listed: &[SegmentRecord], own: Option<u32>) -> Result<Option<u32>> {
    let mut from = 1;
    let end = key::index_lists(u32::MAX, u8::MAX, u32::MAX);
    loop {
        let row = look
            .between(&key::segment(from), &end)?
            .next()
            .transpose()?;
        let Some((at, _)) = row else {
            return Ok(None);
        };
        let segment = key::segment_of(at).ok_or_else(odd_key)?;
        let known = listed
            .binary_search_by_key(&segment, |record| record.id)
            .is_ok();
        if !known && own != Some(segment) {
            return Ok(Some(segment));
        }
        let Some(next) = segment.checked_add(1) else {
            return Ok(None);
        };
        from = next;
    }
}
