//! Room on the disk: a reserve inside the data file that only deleting may use, and the answer "full" before it is touched.
//!
//! LMDB copies what it changes, so that deleting needs pages as well. The file is therefore kept [`RESERVE`] octets longer than LMDB
//! uses, allocated for good, and whoever delivers is refused once that much cannot be found any more; deleting, flags and people go on.
//! On a file system that copies what it overwrites (btrfs) the reserve is only as good as that file system's own.

use std::fs::File;
use std::path::Path;

use crate::env::{DATA_FILE, Env};
use crate::error::Result;

/// Octets that stay free for deleting: some hundred commits' worth of pages, which come back two commits later.
const RESERVE: u64 = 4 << 20;
/// The reserve is at most this part of the map, so that small stores can be used.
const RESERVE_PART: u64 = 8;
/// The file grows by this much at a time, octets.
const GROWTH: u64 = 1 << 20;
/// Octets of zeros written ahead. The first write to an octet that is allocated but not written makes the file system journal four
/// blocks a commit: for one message a commit that is more than the zeros (11 octets to the device for one of mail, against 8.8 with them).
const ZEROS: u64 = 64 << 10;

/// What the writer knows of the room it has.
pub(crate) struct Space {
    file: File,
    /// Octets of the file that are allocated.
    length: u64,
    /// Octets of the file that hold data or zeros.
    zeroed: u64,
    map_size: u64,
    page: u64,
    reserve: u64,
}

impl Space {
    pub(crate) fn new(dir: &Path, env: &Env) -> Result<Space> {
        let file = File::options()
            .write(true)
            .read(true)
            .open(dir.join(DATA_FILE))?;
        let map_size = env.info().map_size as u64;
        Ok(Space {
            length: file.metadata()?.len(),
            file,
            zeroed: 0,
            map_size,
            page: u64::from(env.unnamed_database_stat().page_size),
            reserve: RESERVE.min(map_size / RESERVE_PART),
        })
    }

    /// Keeps the reserve behind what LMDB uses; to be called between write transactions. True when deliveries have to be refused.
    /// `alone`: the batches are small, so that zeros ahead of them save more than they cost.
    pub(crate) fn tend(&mut self, env: &Env, alone: bool) -> bool {
        let end = (env.info().last_page_number as u64)
            .saturating_add(1)
            .saturating_mul(self.page);
        let scarce = self.reserve(env, end);
        if alone && end.saturating_add(ZEROS / 4) > self.zeroed {
            let from = self.zeroed.max(end);
            let to = from.saturating_add(ZEROS).min(self.length);
            if self.write_zeros(from, to).is_ok() {
                self.zeroed = to;
            }
        }
        scarce
    }

    fn reserve(&mut self, env: &Env, end: u64) -> bool {
        let wanted = end.saturating_add(self.reserve);
        if wanted <= self.length {
            return false;
        }
        let goal = wanted.saturating_add(GROWTH).min(self.map_size);
        if goal > self.length {
            match self.grow(goal) {
                Ok(()) => self.length = goal,
                // A full disk: whatever was found is kept.
                Err(_) => {
                    self.length = self
                        .file
                        .metadata()
                        .map_or(self.length, |data| data.len())
                        .max(self.length)
                }
            }
        }
        let behind = self.length.saturating_sub(end);
        behind < self.reserve && behind.saturating_add(free(env)) < self.reserve
    }

    fn grow(&self, goal: u64) -> Result<()> {
        use rustix::io::Errno;
        let more = goal.saturating_sub(self.length);
        match rustix::fs::fallocate(
            &self.file,
            rustix::fs::FallocateFlags::empty(),
            self.length,
            more,
        ) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                self.write_zeros(self.length, goal)
            }
            done => done.map_err(Into::into),
        }
    }

    fn write_zeros(&self, from: u64, to: u64) -> Result<()> {
        use std::os::unix::fs::FileExt;
        let zeros = [0; 16 * 1024];
        let mut at = from;
        while at < to {
            let part = zeros
                .len()
                .min(usize::try_from(to - at).unwrap_or(usize::MAX));
            self.file
                .write_all_at(zeros.get(..part).unwrap_or(&zeros), at)?;
            at += part as u64;
        }
        Ok(())
    }
}

/// Octets in pages of the file that hold nothing: the pages up to the last one less the tree's and the two meta pages.
/// (The free list's own few pages count as free.)
pub(crate) fn free(env: &Env) -> u64 {
    let stat = env.unnamed_database_stat();
    let tree = (stat.branch_pages as u64)
        .saturating_add(stat.leaf_pages as u64)
        .saturating_add(stat.overflow_pages as u64);
    let pages = (env.info().last_page_number as u64)
        .saturating_add(1)
        .saturating_sub(2);
    pages
        .saturating_sub(tree)
        .saturating_mul(u64::from(stat.page_size))
}
