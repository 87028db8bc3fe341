//! The settings file on the disk: read within bounds, and replaced in one piece.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::fault::SettingsError;

/// The longest settings file that is read, in octets: a mistaken path to something else does not fill the memory.
const FILE_MAX: u64 = 1024 * 1024;
/// Who may read a file that is made anew: it may name hosts and files, and holds no password.
const MODE: u32 = 0o644;

/// The text of the file; empty if there is none.
///
/// # Errors
/// It is there and cannot be read.
pub fn read_text(path: &Path) -> Result<String, SettingsError> {
    match read(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(SettingsError::unreadable(path, &error)),
    }
}

/// Replaces the file by one with this text: whoever reads it, after a crash too, finds the old one or the new one, whole. A link stays a link, its target is
/// replaced; owner and rights stay as they are.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<(), SettingsError> {
    replace(path, text.as_bytes(), MODE).map_err(|error| {
        SettingsError::about(
            path,
            format!(
                "the settings file cannot be written: {error}; make it and its folder writable for the box, or change it with an editor"
            ),
        )
    })
}

pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    file.take(FILE_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_MAX {
        return Err(io::Error::other(format!(
            "it is longer than {FILE_MAX} octets, which no settings file is"
        )));
    }
    Ok(text)
}

/// A draft beside it, synced, then put in its place, and the folder synced: the name survives a power cut as well.
pub(crate) fn replace(path: &Path, octets: &[u8], mode: u32) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&path).ok();
    let draft = draft_of(&path);
    let written =
        write_draft(&draft, octets, before.as_ref(), mode).and_then(|()| fs::rename(&draft, &path));
    if let Err(error) = written {
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    sync_folder(&path)
}

fn write_draft(
    draft: &Path,
    octets: &[u8],
    before: Option<&fs::Metadata>,
    mode: u32,
) -> io::Result<()> {
    // One that a crash left behind is nobody's.
    let _ = fs::remove_file(draft);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(octets)?;
    let mode = before.map_or(mode, |before| before.permissions().mode() & 0o777);
    // A boot partition (FAT) knows neither rights nor owners, and says so.
    let _ = file.set_permissions(fs::Permissions::from_mode(mode));
    if let Some(before) = before {
        let _ = std::os::unix::fs::fchown(&file, Some(before.uid()), Some(before.gid()));
    }
    file.sync_all()
}

/// In the same folder, so that renaming is one step.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".draft");
    path.with_file_name(name)
}

/// Makes a change of names in the file's folder last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_a_folder_without_rights_says_so() {
        let folder = std::env::temp_dir().join(format!("pillarbox-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("pillarbox.toml");
        assert_eq!(read_text(&path).unwrap(), "");
        write_text(&path, "a").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // What a crash left is no hindrance.
        fs::write(folder.join("pillarbox.toml.draft"), "half").unwrap();
        let link = folder.join("link.toml");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_text(&link, "b").unwrap();
        assert_eq!(read_text(&path).unwrap(), "b");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            2,
            "no draft is left"
        );
        let error = write_text(&folder.join("none/pillarbox.toml"), "c").unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
