//! What the time cannot be before: when this program was released, and what the last run saved.
//!
//! **A file of its own, `clock` in the data folder**, and not the store's row of the queue's clock: that row says up to which trusted time the *queue* has counted, is left
//! alone on purpose while nobody vouches for the time, and costs a synced transaction; the time is also wanted before the store is open, and by a box whose store is
//! damaged. The file holds the seconds since 1970 in decimal, and is replaced whole.
//!
//! **Only time that has certainly passed is saved**: what somebody vouched for, or else the time of the last file and as long as the box has run since. A battery clock
//! that says 2037 therefore never gets into it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::atomic_file::{self, Rights};

/// No clock is right that shows less, seconds since 1970: the beginning of the year in which this program was released. In the source and not taken from the
/// compiler's clock, so that two builds are one and the same; a test keeps it near. What it is for, a date that is not absurd until the network tells
/// the right one, needs no more, and a machine whose clock is some days slow is not called wrong.
pub const RELEASED: i64 = 1_767_225_600;

/// So long after its release nobody runs this program any more, seconds: 60 years. What says a later time is wrong; NTP's own seconds come round after 136 years.
#[cfg(not(all(target_pointer_width = "32", target_env = "musl")))]
pub(super) const LIFETIME: i64 = 60 * 365 * 86_400;
/// On 32 bits with musl until a day before 19 January 2038, 03:14:07: there Rust's standard library counts seconds in 32 bits, and a program ends at its first look at
/// a later clock, at each start again. Whoever forges the network's time cannot bring that about.
#[cfg(all(target_pointer_width = "32", target_env = "musl"))]
pub(super) const LIFETIME: i64 = i32::MAX as i64 - 86_400 - RELEASED;

/// Its name in the data folder.
const FILE: &str = "clock";
/// Octets of it that are read: more than any time has.
const FILE_MAX: u64 = 64;

/// Where the time is saved in the folder `data`.
pub(super) fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// The time that was saved; `None` without a file, and for one that holds no time (a card that loses what was written may hold anything).
pub(super) fn read(path: &Path) -> Option<i64> {
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(FILE_MAX).read_to_string(&mut text).ok()?;
    let time: i64 = text.trim_end().parse().ok()?;
    is_plausible(time).then_some(time)
}

/// Saves the time: whole or not at all, whenever the power goes.
pub(super) fn write(path: &Path, time: i64) -> io::Result<()> {
    atomic_file::replace(path, format!("{time}\n").as_bytes(), Rights::Private)
}

/// Whether this can be the time, seconds since 1970.
pub(super) fn is_plausible(time: i64) -> bool {
    (RELEASED..RELEASED.saturating_add(LIFETIME)).contains(&time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;
    use std::time::{SystemTime, UNIX_EPOCH};

    /// So far the release may lie behind the last change, days.
    const OLD: i64 = 500;

    #[test]
    fn the_release_is_neither_in_the_future_nor_long_ago() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!(RELEASED <= now.as_secs().cast_signed());
        // Where the history is at hand.
        let told = Command::new("git")
            .args(["log", "-1", "--format=%ct"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output();
        let changed = told
            .ok()
            .and_then(|told| String::from_utf8(told.stdout).ok()?.trim().parse().ok());
        if let Some(changed) = changed {
            let changed: i64 = changed;
            assert!(
                changed - RELEASED < OLD * 86_400,
                "set RELEASED in this file to the beginning of the year"
            );
        }
    }

    #[test]
    fn what_is_saved_is_read_and_rubbish_is_not() {
        let folder = std::env::temp_dir().join(format!("pillarbox-saved-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = path(&folder);
        assert_eq!(read(&path), None);
        for time in [RELEASED, RELEASED + 86_400, RELEASED + 5] {
            write(&path, time).unwrap();
            assert_eq!(read(&path), Some(time));
        }
        let long = "1".repeat(1000);
        for bad in ["", "\0\0\0\0", "soon", "-1", "12", "99999999999", &long] {
            fs::write(&path, bad).unwrap();
            assert_eq!(read(&path), None, "{bad:?}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
