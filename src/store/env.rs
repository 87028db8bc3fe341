//! Opening the environment: the folder, the lock against a second process, the map size that this machine allows.
//!
//! Everything is owner-only. The store never uses WRITEMAP: a full disk under it is a SIGBUS.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, EnvOpenOptions, WithoutTls};

use crate::error::{Error, Result};

/// LMDB's file inside the folder.
pub(crate) const DATA_FILE: &str = "data.mdb";
/// Held by the process that has the store open.
const LOCK_FILE: &str = "pillarbox.lock";
/// Read transactions at the same moment; each is over within one step of a session.
const READERS: u32 = 256;
/// A map smaller than this is not worth opening.
const MAP_MIN: u64 = 16 << 20;
/// Map sizes are whole multiples of this, which every page size divides.
const MAP_UNIT: u64 = 64 << 10;

pub(crate) type Env = heed::Env<WithoutTls>;
pub(crate) type Tree = Database<'static, Bytes, Bytes>;

/// An open environment. The lock goes last.
pub(crate) struct Opened {
    pub(crate) env: Env,
    pub(crate) tree: Tree,
    pub(crate) lock: File,
}

/// Opens or makes the environment in `dir`.
pub(crate) fn open(dir: &Path, map_size: u64) -> Result<Opened> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let lock = lock(dir)?;
    let env = open_map(dir, affordable(dir, map_size))?;
    let txn = env.write_txn()?;
    let tree = env
        .create_databases_and_commit(txn, |opener, txn| {
            opener
                .create_database(txn, None)
                .map(CommitOrAbort::<_, ()>::Commit)
        })?
        .commit()
        .ok_or_else(|| Error::Lmdb("the tree could not be opened".into()))?;
    Ok(Opened { env, tree, lock })
}

/// The first process wins; the lock goes with it, however it ends.
fn lock(dir: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(dir.join(LOCK_FILE))?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::InUse(dir.to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// `map_size`, but at most nine tenths of the partition, and never less than the file already has.
fn affordable(dir: &Path, map_size: u64) -> u64 {
    let partition =
        rustix::fs::statvfs(dir).map_or(u64::MAX, |fs| fs.f_blocks.saturating_mul(fs.f_frsize));
    let file = std::fs::metadata(dir.join(DATA_FILE)).map_or(0, |data| data.len());
    map_size.min(partition / 10 * 9).max(file)
}

/// Halves the map until the machine has address space for it (users.md F5: six boards on which a size that is fine elsewhere fails).
/// heed closes the environment after each failure, without which the next try would fail as well.
pub(crate) fn open_map(dir: &Path, map_size: u64) -> Result<Env> {
    let mut size = map_size.max(MAP_MIN).next_multiple_of(MAP_UNIT);
    loop {
        let bytes = usize::try_from(size)
            .unwrap_or(usize::MAX / (2 * MAP_UNIT as usize) * MAP_UNIT as usize);
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.map_size(bytes).max_readers(READERS);
        // SAFETY: the file is ours alone: the lock above is held, its folder is owner-only, and nothing else maps or truncates it.
        match unsafe { options.open(dir) } {
            Ok(env) => return Ok(env),
            Err(heed::Error::Io(error))
                if error.kind() == std::io::ErrorKind::OutOfMemory && size / 2 >= MAP_MIN =>
            {
                size = (size / 2).next_multiple_of(MAP_UNIT);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked::Folder;

    #[test]
    fn a_map_too_large_for_the_machine_is_halved_until_it_opens() {
        let folder = Folder::new();
        let env = open_map(folder.path(), 1 << 60).unwrap();
        let size = env.info().map_size;
        assert!((1 << 40..1 << 60).contains(&size), "{size}");
    }

    #[test]
    fn a_second_opening_is_told_so_and_files_are_owner_only() {
        use std::os::unix::fs::MetadataExt;
        let folder = Folder::new();
        let dir = folder.path().join("mail");
        let opened = open(&dir, 1 << 30).unwrap();
        assert!(matches!(open(&dir, 1 << 30), Err(Error::InUse(_))));
        assert_eq!(std::fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
        for file in std::fs::read_dir(&dir).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().mode() & 0o077, 0);
        }
        drop(opened);
        drop(open(&dir, 1 << 30).unwrap());
    }
}
