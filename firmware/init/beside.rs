//! What lies beside the boot files for the server: laid out as a copy in memory that is the server's, and two of its files written back when the server is ready.
//!
//! On the boot partition are also the boot chain's script and the key that updates are judged by, so that the partition itself is never the server's to write, nor to see:
//!
//! ```text
//! pillarbox.toml         from a person; the server takes it over and takes what is secret out of it    written back, if it is this file's turn
//! pillarbox-errors.txt   from the server: why it does not                                               written back, or removed, with it
//! update.pub             from a person; the server judges by it what somebody hands it in               never written back (process 1 reads the partition's own)
//! ```
//!
//! Promises: what is written back are these two names, of at most [`LONGEST`] octets each, files of the server's own and no links. A name's new text is written under
//! another name, and then takes its place; the server's note that there is something left to do outlives a cut.
//!
//! What it cannot do: make that one deed on FAT, where a rename is several sectors: a cut in just that moment may leave a file under its other name only, or lost. Nor can it
//! know whether what the server wrote makes sense. Only the server reads it, and whoever has the card.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use blake2::{Blake2b512, Digest as _};

use crate::update::KEY_FILE;

/// What a person may have put there.
const SETTINGS: &str = "pillarbox.toml";
/// What the server answers.
const ERRORS: &str = "pillarbox-errors.txt";
/// In the folder of process 1: the sum of the settings when a server was last ready with them.
const SEEN: &str = "taken-over";
/// A file of settings is a page.
const LONGEST: u64 = 256 * 1024;

/// What is to become of a name: its new text, or that it goes.
pub(super) type Change = (&'static str, Option<Vec<u8>>);

/// Makes the copy anew: whatever the server before left there is gone.
///
/// # Errors
/// No room in memory. What is there then is of no use to anybody else.
pub(super) fn lay_out(boot: &Path, copy: &Path, user: u32) -> io::Result<()> {
    match fs::remove_dir_all(copy) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::DirBuilder::new().mode(0o700).create(copy)?;
    for name in [SETTINGS, ERRORS, KEY_FILE] {
        let Ok(Some(octets)) = read(&boot.join(name), None) else {
            continue;
        };
        let path = copy.join(name);
        let mut options = File::options();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(&octets)?;
        crate::data::give(&path, user)?;
    }
    crate::data::give(copy, user)
}

/// Whether the settings there are more than a copy can take.
pub(super) fn is_too_long(boot: &Path) -> bool {
    fs::metadata(boot.join(SETTINGS)).is_ok_and(|file| file.len() > LONGEST)
}

/// What the server has changed in its copy. Names that it took away stay on the card, but its own answer.
pub(super) fn changes(boot: &Path, copy: &Path, user: u32) -> Vec<Change> {
    let pair = |name| {
        let before = read(&boot.join(name), None).ok().flatten();
        // What cannot be read is none of ours and changes nothing.
        let now = read(&copy.join(name), Some(user)).ok()?;
        (now != before).then_some((name, now))
    };
    let settings = pair(SETTINGS).filter(|(_, now)| now.is_some());
    settings.into_iter().chain(pair(ERRORS)).collect()
}

/// Does them, on a partition that can be written; lasting when this returns.
///
/// # Errors
/// The partition cannot be written. Names that were not reached are as they were.
pub(super) fn write_back(boot: &Path, changes: &[Change]) -> io::Result<()> {
    for (name, now) in changes {
        let path = boot.join(name);
        match now {
            Some(octets) => crate::data::write(&path, octets)?,
            None => fs::remove_file(&path)?,
        }
    }
    Ok(())
}

/// Whether the settings have secrets that the server takes over and takes away, or are those of a first start. Once for each file that a person puts there, whatever the
/// server's own folder says: a server that was taken over must not come to write by forgetting its settings.
pub(super) fn is_due(boot: &Path, mail: &Path, own: Option<&Path>) -> bool {
    let file = boot.join(SETTINGS);
    let Ok(Some(text)) = read(&file, None) else {
        return false;
    };
    if own.is_some_and(|own| is_seen(&file, own)) {
        return false;
    }
    !mail.join(SETTINGS).exists() || has_secrets(&text)
}

/// These settings have had their turn. A full or broken card: then the next start does as this one did.
pub(super) fn note_seen(boot: &Path, own: &Path) {
    if let Some(sum) = sum_of(&boot.join(SETTINGS)) {
        let _ = crate::data::write(&own.join(SEEN), &sum);
    }
}

/// Whether a server was ready with this very file before.
fn is_seen(file: &Path, own: &Path) -> bool {
    let sum = sum_of(file);
    sum.is_some() && fs::read(own.join(SEEN)).ok() == sum
}

fn sum_of(file: &Path) -> Option<Vec<u8>> {
    let text = read(file, None).ok()??;
    Some(Blake2b512::digest(text).to_vec())
}

fn has_secrets(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.windows(8).any(|word| word == b"password")
}

/// A plain file, whole; `None`: there is none. `owner`: nobody else's, and no other name of a file elsewhere.
fn read(path: &Path, owner: Option<u32>) -> io::Result<Option<Vec<u8>>> {
    let mut options = File::options();
    // Neither a link nor a pipe that somebody laid there.
    options
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let about = file.metadata()?;
    let theirs = owner.is_none_or(|owner| about.uid() == owner && about.nlink() == 1);
    if !about.is_file() || about.len() > LONGEST || !theirs {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut octets = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut octets)?;
    match octets.len() as u64 <= LONGEST {
        true => Ok(Some(octets)),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
#[path = "beside_tests.rs"]
mod tests;
