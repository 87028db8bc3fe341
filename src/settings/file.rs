//! The settings file on the disk: read within bounds, and replaced in one piece.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::fault::SettingsError;
use crate::atomic_file::{self, Rights};
use crate::reason::Reason;

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
    atomic_file::replace(path, text.as_bytes(), Rights::Kept { anew: MODE }).map_err(|error| {
        let words = error.to_string();
        SettingsError::because(path, Reason::SettingsUnwritable { words })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_is_not_there_is_empty_and_a_folder_that_cannot_be_written_says_so() {
        let folder = std::env::temp_dir().join(format!("pillarbox-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("pillarbox.toml");
        assert_eq!(read_text(&path).unwrap(), "");
        write_text(&path, "a").unwrap();
        assert_eq!(read_text(&path).unwrap(), "a");
        let error = write_text(&folder.join("none/pillarbox.toml"), "c").unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
