//! Where the octets of a message being received are collected: memory at first, then a file that has no name.
//!
//! It holds at most `Options::inline_body` octets of memory whatever comes; the file goes with the process, however that ends.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Octets that [`Spool::pieces`] hands out at a time at most.
const PIECE: usize = 32 * 1024;

/// Octets of a message being received.
pub struct Spool {
    dir: Arc<PathBuf>,
    /// What fits here stays in memory, octets.
    inline: usize,
    /// Stands before everything written.
    before: Vec<u8>,
    memory: Vec<u8>,
    /// Once there is one, everything written lies in it.
    file: Option<File>,
    /// Octets written.
    written: u64,
}

impl Spool {
    pub(crate) fn new(dir: Arc<PathBuf>, inline: usize) -> Spool {
        Spool {
            dir,
            inline,
            before: Vec::new(),
            memory: Vec::new(),
            file: None,
            written: 0,
        }
    }

    /// Adds octets at the end. An error (the disk is full) leaves the spool useless: drop it.
    pub fn write(&mut self, octets: &[u8]) -> std::io::Result<()> {
        if self.file.is_none() && self.memory.len().saturating_add(octets.len()) > self.inline {
            let file = unnamed_file(&self.dir)?;
            file.write_all_at(&self.memory, 0)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &self.file {
            Some(file) => file.write_all_at(octets, self.written)?,
            None => self.memory.extend_from_slice(octets),
        }
        self.written = self.written.saturating_add(octets.len() as u64);
        Ok(())
    }

    /// Octets in all, those of [`Spool::prepend`] included.
    #[allow(clippy::len_without_is_empty, reason = "an empty message is a message")]
    pub fn len(&self) -> u64 {
        self.written.saturating_add(self.before.len() as u64)
    }

    /// Octets to stand before everything so far (trace fields that are known only at the end).
    pub fn prepend(&mut self, octets: &[u8]) {
        self.before.splice(..0, octets.iter().copied());
    }

    /// Everything from the beginning, in pieces of at most 32 KiB: for a parser that has to see the trace fields first.
    pub fn pieces(&self, each: &mut dyn FnMut(&[u8])) -> std::io::Result<()> {
        each(&self.before);
        let Some(file) = &self.file else {
            each(&self.memory);
            return Ok(());
        };
        let mut buffer = vec![0; PIECE.min(usize::try_from(self.written).unwrap_or(PIECE))];
        let mut at = 0;
        while at < self.written {
            let here = usize::try_from(self.written - at)
                .unwrap_or(PIECE)
                .min(PIECE);
            let Some(piece) = buffer.get_mut(..here) else {
                break;
            };
            file.read_exact_at(piece, at)?;
            each(piece);
            at += here as u64;
        }
        Ok(())
    }

    /// Whether no file was needed; then [`crate::Store::stage`] is done at once.
    pub fn is_in_memory(&self) -> bool {
        self.file.is_none()
    }

    /// The whole of a spool in memory.
    pub(crate) fn into_memory(mut self) -> Vec<u8> {
        if self.before.is_empty() {
            return self.memory;
        }
        self.before.append(&mut self.memory);
        self.before
    }

    /// Fills `to` with the octets from `at` on, all of which must exist.
    pub fn read_at(&self, at: u64, to: &mut [u8]) -> std::io::Result<()> {
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        let head = self.before.get(start..).unwrap_or_default();
        let (first, rest) = to.split_at_mut(head.len().min(to.len()));
        for (to, from) in first.iter_mut().zip(head) {
            *to = *from;
        }
        if rest.is_empty() {
            return Ok(());
        }
        let behind = at
            .saturating_add(first.len() as u64)
            .saturating_sub(self.before.len() as u64);
        match &self.file {
            Some(file) => file.read_exact_at(rest, behind),
            None => {
                let start = usize::try_from(behind).unwrap_or(usize::MAX);
                let end = start.saturating_add(rest.len());
                let from = self
                    .memory
                    .get(start..end)
                    .ok_or(std::io::ErrorKind::UnexpectedEof)?;
                rest.copy_from_slice(from);
                Ok(())
            }
        }
    }
}

/// A file without a name in `dir`; made with one and unlinked where the file system knows no other way.
fn unnamed_file(dir: &Path) -> std::io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let mode = Mode::RUSR | Mode::WUSR;
    match rustix::fs::open(dir, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, mode) {
        Ok(file) => return Ok(file.into()),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR | rustix::io::Errno::NOENT) => {
        }
        Err(error) => return Err(error.into()),
    }
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = dir.join(format!(
        "spool.{}.{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    ));
    let file = rustix::fs::open(
        &name,
        OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC,
        mode,
    )?;
    std::fs::remove_file(&name)?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_spools_read_the_same_from_any_place() {
        let dir = Arc::new(std::env::temp_dir());
        for inline in [10_usize, 100_000] {
            let mut spool = Spool::new(dir.clone(), inline);
            let octets: Vec<u8> = (0..70_000_u32).map(|n| (n % 251) as u8).collect();
            for piece in octets.chunks(777) {
                spool.write(piece).unwrap();
            }
            spool.prepend(b"second");
            spool.prepend(b"first ");
            let all = [&b"first second"[..], &octets].concat();
            assert_eq!(spool.len(), all.len() as u64);
            assert_eq!(spool.is_in_memory(), inline > 70_000);
            let mut seen = Vec::new();
            spool
                .pieces(&mut |piece| seen.extend_from_slice(piece))
                .unwrap();
            assert_eq!(seen, all);
            for at in [0, 3, 11, 12, 13, 69_000] {
                let mut buffer = [0; 600];
                spool.read_at(at as u64, &mut buffer).unwrap();
                assert_eq!(buffer, all[at..at + 600]);
            }
            assert!(spool.read_at(70_000, &mut [0; 600]).is_err());
        }
    }
}
