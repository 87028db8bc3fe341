//! Opening the environment: the folder, the lock against a second process, the map size that this machine allows.
//!
//! Everything is owner-only. The store never uses WRITEMAP: a full disk under it is a SIGBUS.
//!
//! LMDB begins a new file by writing two pages that it does not sync; a power cut can leave a part of them, which it never opens again. A new
//! file is therefore made in [`CRADLE`], synced, and only then given its name: without a `data.mdb` nothing was ever kept, and the next start
//! makes it anew.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, EnvOpenOptions, WithoutTls};

use crate::error::{Error, Result};

/// LMDB's file inside the folder.
pub(crate) const DATA_FILE: &str = "data.mdb";
/// The folder inside the folder in which a new file is made.
const CRADLE: &str = "new";
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
    if !is_born(dir)? {
        give_birth(dir)?;
    }
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

/// An empty file is none: LMDB would begin it, and could be cut off.
fn is_born(dir: &Path) -> Result<bool> {
    match std::fs::metadata(dir.join(DATA_FILE)) {
        Ok(data) => Ok(data.len() > 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Makes `data.mdb` without anything in it; a power cut leaves it whole or absent.
fn give_birth(dir: &Path) -> Result<()> {
    let cradle = dir.join(CRADLE);
    remove(&cradle)?;
    DirBuilder::new().mode(0o700).create(&cradle)?;
    drop(open_map(&cradle, MAP_MIN)?);
    File::open(cradle.join(DATA_FILE))?.sync_all()?;
    std::fs::rename(cradle.join(DATA_FILE), dir.join(DATA_FILE))?;
    remove(&cradle)?;
    File::open(dir)?.sync_all()?;
    // The folder may be as new as the file. Not everyone may read the one above it, and then it was not made here.
    if let Some(above) = dir.canonicalize()?.parent() {
        let _ = File::open(above).and_then(|above| above.sync_all());
    }
    Ok(())
}

fn remove(cradle: &Path) -> Result<()> {
    match std::fs::remove_dir_all(cradle) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
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
        let size = env.info().map_size as u64;
        let possible = match cfg!(target_pointer_width = "64") {
            true => 1 << 40..1 << 60,
            // What a program finds in one piece of the 2 to 4 GiB that it has.
            false => 256 << 20..4 << 30,
        };
        assert!(possible.contains(&size), "{size}");
    }

    #[test]
    fn a_first_start_that_was_cut_is_begun_again() {
        for cut in [
            "nothing but the cradle",
            "a torn file in it",
            "an empty file",
        ] {
            let folder = Folder::new();
            let cradle = folder.path().join(CRADLE);
            std::fs::create_dir(&cradle).unwrap();
            match cut {
                "a torn file in it" => {
                    std::fs::write(cradle.join(DATA_FILE), [0; 5000]).unwrap();
                }
                "an empty file" => {
                    std::fs::write(folder.path().join(DATA_FILE), []).unwrap();
                }
                _ => {}
            }
            drop(open(folder.path(), 1 << 30).unwrap());
            assert!(!cradle.exists(), "{cut}");
            assert!(is_born(folder.path()).unwrap(), "{cut}");
        }
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
