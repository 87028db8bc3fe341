//! The kernel's modules: the builder lists them with what they need first, `/modules.list` names one a line.
//!
//! One list serves all boards of a kernel, so a driver whose hardware is not there is no error; what fails otherwise is said and left out.

use std::fs::{self, File};

use rustix::io::Errno;

use super::log::Log;

const LIST: &str = "/modules.list";

/// Loads them in the order of the list.
pub(super) fn load(log: &mut Log) {
    let Ok(list) = fs::read_to_string(LIST) else {
        return;
    };
    let mut loaded = 0;
    for path in list
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('/'))
    {
        let result = File::open(path)
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
            .and_then(|file| rustix::system::finit_module(&file, c"", 0));
        match result {
            Ok(()) | Err(Errno::EXIST) => loaded += 1,
            Err(Errno::NODEV | Errno::NXIO) => {}
            Err(error) => log.say(format_args!("{path}: {error}")),
        }
        // The kernel has its own copy; this one is 8 MB of memory, with the others.
        let _ = fs::remove_file(path);
    }
    log.say(format_args!("{loaded} kernel modules"));
}
