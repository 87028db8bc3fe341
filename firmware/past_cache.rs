//! A disk opened past the page cache (`O_DIRECT`): what is read comes from the medium, and what is written goes there in the pieces in which it was given.
//!
//! Whoever reads or writes by it keeps to whole blocks, in memory that begins at a block's border.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens `disk`, with `more` flags beside; and whether it is past the cache: a file on a file system that has no such access (tmpfs, in tests) is opened plainly.
///
/// # Errors
/// It cannot be opened.
pub(crate) fn open(disk: &Path, write: bool, more: OFlags) -> io::Result<(File, bool)> {
    let open = |flags: OFlags| {
        OpenOptions::new()
            .read(true)
            .write(write)
            .custom_flags(flags.bits().cast_signed())
            .open(disk)
    };
    match open(more | OFlags::DIRECT) {
        Err(refused) if refused.kind() == io::ErrorKind::InvalidInput => Ok((open(more)?, false)),
        opened => Ok((opened?, true)),
    }
}
