//! How a server ended and what it said last: kept for the next one, which shows it to the owner, across a reset too.
//!
//! One bounded file, written whole and synced when a server ends badly, or hangs and the watchdog is about to reset the board.

use std::fs;
use std::path::{Path, PathBuf};

use super::course::{Ended, SIGBUS};
use crate::data;

/// Of the log's end: some dozen lines, and one datagram.
pub(super) const MOST: usize = 4 * 1024;

/// Where they are kept.
pub(super) fn place(own: &Path) -> PathBuf {
    own.join("last-words")
}

/// The sentence for an end.
pub(super) fn of(ended: Ended, asked_to: bool) -> String {
    match ended {
        Ended::Code(code) => format!("the server ended by itself with exit code {code}"),
        Ended::Signal(9) if asked_to => {
            "the server did not answer any more and was killed".to_owned()
        }
        Ended::Signal(9) => {
            "the server was killed by the kernel: as a rule there was no memory left".to_owned()
        }
        Ended::Signal(SIGBUS) => {
            "the server died reading a file that the card did not give (signal 7)".to_owned()
        }
        Ended::Signal(signal) => format!("the server died by signal {signal}"),
    }
}

/// The log's end and the sentence, which is what a page with one line shows.
pub(super) fn text(sentence: &str, log: &[u8]) -> String {
    let log = String::from_utf8_lossy(log);
    format!("{}\n{sentence}", log.trim_end())
}

/// Keeps them.
pub(super) fn keep(path: &Path, text: &str) {
    // A full or broken card: then they are in memory for as long as that lasts.
    let _ = data::write(path, text.as_bytes());
}

/// Those of a server before this start.
pub(super) fn read(path: &Path) -> Option<String> {
    let small = fs::metadata(path).ok()?.len() <= 4 * MOST as u64;
    small.then(|| fs::read_to_string(path).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_outlive_a_reset() {
        let path = std::env::temp_dir().join(format!("pillarbox-words-{}", std::process::id()));
        assert_eq!(read(&path), None);
        let words = text(&of(Ended::Signal(SIGBUS), false), b"one\ntwo\xff\n");
        keep(&path, &words);
        let read = read(&path).unwrap();
        assert!(read.ends_with("(signal 7)") && read.contains("two\u{fffd}"));
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn who_killed_it_is_said() {
        assert!(of(Ended::Signal(9), true).contains("did not answer"));
        assert!(of(Ended::Signal(9), false).contains("memory"));
        assert!(of(Ended::Code(3), false).contains('3'));
    }
}
