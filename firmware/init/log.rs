//! What process 1 says and what its child says, to three places: a ring in memory, the console, and, if the owner asked for it, a file on the data partition.
//!
//! The console is written without waiting: a serial line takes 11 KB a second, and a loop that feeds a watchdog cannot stand behind a log that is louder. What it does not take is
//! in the ring. The file has two halves of a bounded size; the older one goes when the newer one is full.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::ring::Ring;

/// Of the log in memory: some hundred lines.
const ROOM: usize = 64 * 1024;
/// Of each half of the file.
const HALF: u64 = 1024 * 1024;

/// The log.
#[derive(Debug)]
pub(crate) struct Log {
    ring: Ring,
    console: Option<File>,
    file: Option<LogFile>,
}

#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Log {
    /// On this console, if it can be opened.
    pub(crate) fn new(console: Option<&Path>) -> Log {
        let open = |path| {
            let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
            let flags = i32::try_from(flags).unwrap_or_default();
            File::options()
                .write(true)
                .custom_flags(flags)
                .open(path)
                .ok()
        };
        Log {
            ring: Ring::new(ROOM),
            console: console.and_then(open),
            file: None,
        }
    }

    /// A sentence of process 1, with the seconds since the kernel began.
    pub(crate) fn say(&mut self, sentence: impl Display) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let (seconds, hundredths) = (now.tv_sec, now.tv_nsec / 10_000_000);
        self.pass(format!("init {seconds}.{hundredths:02} s: {sentence}").as_bytes());
    }

    /// A line of the child.
    pub(crate) fn pass(&mut self, line: &[u8]) {
        self.ring.push(line);
        let mut whole = line.to_vec();
        if let Some(file) = &mut self.file {
            whole.push(b'\n');
            if file.write(&whole).is_err() {
                // A full or broken card: the ring goes on.
                self.file = None;
            }
            whole.pop();
        }
        if let Some(console) = &mut self.console {
            whole.extend(b"\r\n");
            let _ = console.write_all(&whole);
        }
    }

    /// From now on also to this file.
    pub(crate) fn keep_in(&mut self, path: &Path) -> io::Result<()> {
        let file = File::options().create(true).append(true).open(path)?;
        let length = file.metadata()?.len();
        let mut kept = LogFile {
            path: path.to_owned(),
            file,
            length,
        };
        kept.write(&self.ring.all())?;
        self.file = Some(kept);
        Ok(())
    }

    /// The file is closed: its partition is to be unmounted.
    pub(crate) fn leave_file(&mut self) {
        self.file = None;
    }

    pub(crate) fn last(&self, most: usize) -> Vec<u8> {
        self.ring.last(most)
    }

    /// Writes the log in memory to a file that only `owner` reads.
    pub(crate) fn write_to(&self, path: &Path, owner: u32) -> io::Result<()> {
        let anew = path.with_extension("new");
        let _ = fs::remove_file(&anew);
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&anew)?;
        file.write_all(&self.ring.all())?;
        std::os::unix::fs::fchown(&file, Some(owner), Some(owner))?;
        fs::rename(&anew, path)
    }
}

impl LogFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        if self.length > HALF {
            fs::rename(&self.path, self.path.with_extension("old"))?;
            self.file = File::options().create(true).append(true).open(&self.path)?;
            self.length = 0;
        }
        self.file.write_all(octets)?;
        self.length += octets.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_two_halves_and_no_more() {
        let folder = std::env::temp_dir().join(format!("pillarbox-log-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("log");
        let mut log = Log::new(None);
        log.say("before the file");
        log.keep_in(&path).unwrap();
        for _ in 0..4000 {
            log.pass(&[b'x'; 1000]);
        }
        let length = |name: &str| fs::metadata(folder.join(name)).unwrap().len();
        assert!(length("log") <= HALF + 1100 && length("log.old") <= HALF + 1100);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        log.leave_file();
        log.say("the end");
        let own = rustix::process::getuid().as_raw();
        log.write_to(&folder.join("asked"), own).unwrap();
        let asked = fs::read(folder.join("asked")).unwrap();
        assert!(asked.len() <= ROOM && asked.ends_with(b"the end\n"));
        fs::remove_dir_all(folder).unwrap();
    }
}
