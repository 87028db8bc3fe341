//! The folders on the data partition and whose they are.
//!
//! ```text
//! /data/pillarbox   the box's own: store, settings, spool        its, and nobody else reads it
//! /data/firmware    last words, seed, log, the record of updates root's
//! ```

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::FallocateFlags;

/// LMDB's.
const LOCK: &str = "lock.mdb";
/// 64 octets a reader and a page; the store asks for fewer readers than this has.
const LOCK_ROOM: u64 = 64 * 1024;

/// The server's user and group.
pub const BOX: u32 = 1000;

/// Makes what is missing and gives what is another's: the folder and what lies in it directly, which is where the store is. Links are not followed.
///
/// # Errors
/// The partition is full, broken or read-only.
pub(crate) fn make(box_folder: &Path, own_folder: &Path, user: u32) -> io::Result<()> {
    folder(own_folder)?;
    folder(box_folder)?;
    set_aside(&box_folder.join(LOCK));
    keep_room(&box_folder.join(LOCK));
    give_folder(box_folder, user)
}

/// The store's table of readers has its place on the card before the card is full: it is written through memory (mmap), where "no room" is a signal that kills. What is there stays
/// as it is. A card that is full already cannot give it; then `check` dies and is told apart from a broken store by the room that is left.
fn keep_room(lock: &Path) {
    let options = fs::File::options().create(true).append(true).clone();
    let Ok(file) = options.open(lock) else { return };
    let there = file
        .metadata()
        .map_or(0, |metadata| metadata.blocks() * 512);
    if there < LOCK_ROOM {
        let _ = rustix::fs::fallocate(&file, FallocateFlags::KEEP_SIZE, 0, LOCK_ROOM);
        let _ = file.sync_all();
    }
}

/// A folder where a file belongs, which a server that was taken over may have left, gets out of the file's way. It is not looked into: whoever made it may have made it deep.
pub(crate) fn set_aside(path: &Path) {
    if fs::symlink_metadata(path).is_ok_and(|there| there.is_dir()) {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".folder");
        // An older one that holds something stays, and so does this one.
        let _ = fs::rename(path, aside);
    }
}

/// A folder that is this user's, with what lies in it.
pub(crate) fn give_folder(path: &Path, user: u32) -> io::Result<()> {
    folder(path)?;
    give(path, user)?;
    for entry in fs::read_dir(path)? {
        give(&entry?.path(), user)?;
    }
    Ok(())
}

/// Gives a file to the server, unless it is its already.
pub(crate) fn give(path: &Path, user: u32) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.uid() != user || metadata.gid() != user {
        std::os::unix::fs::lchown(path, Some(user), Some(user))?;
    }
    Ok(())
}

fn folder(path: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => sync(path.parent().unwrap_or(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(path)?.mode() & 0o777 != 0o700 {
                fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// What was made or renamed in this folder lasts.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Writes a file whole or not at all, for root's eyes, lasting when this returns.
pub(crate) fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let anew = path.with_extension("new");
    let mut options = fs::File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&anew)?;
    file.write_all(octets)?;
    file.sync_all()?;
    fs::rename(&anew, path)?;
    sync(path.parent().unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_closed_and_given() {
        let root = std::env::temp_dir().join(format!("pillarbox-folders-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let (mail, own) = (root.join("pillarbox"), root.join("firmware"));
        let user = rustix::process::getuid().as_raw();
        make(&mail, &own, user).unwrap();
        // A server that was taken over: LMDB cannot open a folder, and a rescue would follow.
        fs::remove_file(mail.join(LOCK)).unwrap();
        fs::create_dir_all(mail.join(LOCK).join("deep")).unwrap();
        make(&mail, &own, user).unwrap();
        let lock = fs::metadata(mail.join(LOCK)).unwrap();
        assert!(lock.len() == 0 && lock.blocks() * 512 >= LOCK_ROOM);
        fs::write(mail.join("data.mdb"), "x").unwrap();
        fs::set_permissions(&mail, fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", mail.join("link")).unwrap();
        // As root, files go to another user, and what a link points to does not.
        let to = if user == 0 { BOX } else { user };
        make(&mail, &own, to).unwrap();
        for path in [&mail, &mail.join("data.mdb"), &mail.join("link")] {
            assert_eq!(fs::symlink_metadata(path).unwrap().uid(), to);
        }
        assert_eq!(fs::metadata("/etc/passwd").unwrap().uid(), 0);
        assert_eq!(fs::metadata(&mail).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&own).unwrap().uid(), user);
        write(&own.join("record"), b"one").unwrap();
        write(&own.join("record"), b"two").unwrap();
        assert_eq!(fs::read(own.join("record")).unwrap(), b"two");
        assert_eq!(fs::read_dir(&own).unwrap().count(), 1);
        fs::remove_dir_all(root).unwrap();
    }
}
