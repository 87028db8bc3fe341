//! The kernel's modules: the builder lists them with what they need first, `/modules.list` names one a line, `/modules.beside` those that nothing waits for.
//!
//! One list serves all boards of a kernel, so a driver whose hardware is not there is no error; what fails otherwise is said and left out.

use std::fs::{self, File};
use std::path::Path;

use rustix::io::Errno;

use super::log::Log;

const LIST: &str = "/modules.list";

/// Most of them, and most of the time: adapters of a USB port that has none.
const BESIDE: &str = "/modules.beside";
/// The box's start goes before them where there is one core for both.
const NICE: i32 = 19;

/// Loads what the card, the light and the watchdog stand on; the rest is loaded by a process of its own, beside what comes next.
pub(super) fn load(log: &mut Log) {
    load_listed(LIST, log);
    let apart = crate::sys::apart(NICE, || {
        load_listed(BESIDE, &mut Log::new(Some(Path::new(super::CONSOLE))))
    });
    if let Err(error) = apart {
        log.say(format_args!("no process for the other modules: {error}"));
        load_listed(BESIDE, log);
    }
}

fn load_listed(list: &str, log: &mut Log) {
    let Ok(list) = fs::read_to_string(list) else {
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
