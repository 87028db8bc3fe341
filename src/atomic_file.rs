//! A file that is there whole or not at all, whenever the power goes: a draft beside it, synced, renamed into its place, and the folder synced, so that the
//! name survives as well.
//!
//! Promises: whoever reads it, after a crash too, finds what was there before or what was written, whole; a link stays a link, its target is replaced; a
//! draft that a crash left behind is no hindrance. What it cannot do: let two write the same file at the same time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Who may read a file that holds a secret or is nobody else's business.
const PRIVATE: u32 = 0o600;

/// Who may read the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rights {
    /// Its owner alone, whatever was there before.
    Private,
    /// Owner and rights stay as they are; these are for a file that is made anew.
    Kept {
        /// Permission bits.
        anew: u32,
    },
}

/// Replaces the file, or makes it.
///
/// # Errors
/// Its folder is not there or cannot be written, the disk is full or fails. Then the file is as it was.
pub(crate) fn replace(path: &Path, octets: &[u8], rights: Rights) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let draft = draft_of(&path);
    let written =
        write_draft(&draft, octets, &path, rights).and_then(|()| fs::rename(&draft, &path));
    if let Err(error) = written {
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    sync_folder(&path)
}

/// Removes the file, and makes that last.
///
/// # Errors
/// There is no such file; its folder cannot be written.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_folder(path)
}

fn write_draft(draft: &Path, octets: &[u8], path: &Path, rights: Rights) -> io::Result<()> {
    // One that a crash left behind may have other rights.
    let _ = fs::remove_file(draft);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE)
        .open(draft)?;
    file.write_all(octets)?;
    if let Rights::Kept { anew } = rights {
        let before = fs::metadata(path).ok();
        let mode = before
            .as_ref()
            .map_or(anew, |before| before.permissions().mode() & 0o777);
        // A boot partition (FAT) knows neither rights nor owners, and says so.
        let _ = file.set_permissions(fs::Permissions::from_mode(mode));
        if let Some(before) = before {
            let _ = std::os::unix::fs::fchown(&file, Some(before.uid()), Some(before.gid()));
        }
    }
    file.sync_all()
}

/// In the same folder, so that renaming is one step.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".draft");
    path.with_file_name(name)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_whole_with_its_rights_and_behind_its_link() {
        let folder = std::env::temp_dir().join(format!("pillarbox-atomic-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("file");
        let kept = Rights::Kept { anew: 0o644 };
        replace(&path, b"a", kept).unwrap();
        assert_eq!(mode(&path), 0o644);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // What a crash left is no hindrance, nor are its rights taken.
        fs::write(folder.join("file.draft"), "half").unwrap();
        let link = folder.join("link");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, b"b", kept).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"b");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(mode(&path), 0o640);
        replace(&path, b"c", Rights::Private).unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), mode(&path)),
            (b"c".into(), 0o600)
        );
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            2,
            "no draft is left"
        );
        assert!(replace(&folder.join("none/file"), b"d", kept).is_err());
        remove(&path).unwrap();
        assert!(remove(&path).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
