//! The board's watchdog: resets it when process 1 has not written for too long.
//!
//! Opened early, fed by the one loop and by nobody else, so a loop that hangs is a reset. Whether it *may* be fed is not decided here
//! ([`super::course`]): a server that hangs is a reset, too. It is disarmed (the letter `V`) only before an orderly power-off; before a restart it stays armed, for the
//! restart may be what hangs.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::sys;

/// Tried in this order below the wish: what the boards' drivers take (bcm2835: 15 s in hardware; the kernel may stretch it).
const LESS: [u32; 3] = [60, 30, 15];
/// Fed so many times in its patience.
const TIMES: u32 = 4;

/// The watchdog, if there is one.
#[derive(Debug)]
pub(crate) struct Watchdog {
    file: Option<File>,
    /// How long it waits.
    pub(crate) patience: Duration,
    next: Option<Instant>,
}

impl Watchdog {
    /// Opens and arms it; without it, a value that does nothing.
    pub(crate) fn arm(path: &Path, seconds: Option<u32>) -> Watchdog {
        let mut none = Watchdog {
            file: None,
            patience: Duration::MAX,
            next: None,
        };
        let Some(wish) = seconds else { return none };
        let Ok(file) = File::options().write(true).open(path) else {
            return none;
        };
        let wishes = std::iter::once(wish).chain(LESS.into_iter().filter(|less| *less < wish));
        let taken = wishes
            .filter_map(|seconds| sys::watchdog_timeout(&file, seconds).ok())
            .next();
        // One that cannot be told keeps its own patience, which is a minute as a rule; fed as if it were the shortest.
        none.patience = Duration::from_secs(taken.unwrap_or(15).max(1).into());
        Watchdog {
            file: Some(file),
            ..none
        }
    }

    pub(crate) fn is_there(&self) -> bool {
        self.file.is_some()
    }

    /// A sign of life, if one is due.
    pub(crate) fn feed(&mut self, now: Instant) {
        if self.next.is_none_or(|next| next <= now) {
            self.feed_now(now);
        }
    }

    /// A sign of life in any case: something long begins.
    pub(crate) fn feed_now(&mut self, now: Instant) {
        if let Some(file) = &mut self.file {
            let _ = file.write(&[0]);
            self.next = Some(now + self.patience / TIMES);
        }
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// It sleeps until the next start. A driver that never lets go (nowayout) resets a board that stays on.
    pub(crate) fn disarm(&mut self) {
        if let Some(mut file) = self.file.take() {
            let _ = file.write(b"V");
        }
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fed_four_times_in_its_patience_and_let_go_with_the_letter() {
        let path = std::env::temp_dir().join(format!("pillarbox-watchdog-{}", std::process::id()));
        std::fs::write(&path, "").unwrap();
        let mut dog = Watchdog::arm(&path, Some(60));
        // A file takes no patience: the shortest is assumed.
        assert_eq!(dog.patience, Duration::from_secs(15));
        let now = Instant::now();
        for quarter in 0..8 {
            dog.feed(now + dog.patience * quarter / 8);
        }
        assert_eq!(std::fs::read(&path).unwrap(), [0; 4]);
        dog.disarm();
        dog.feed(now + dog.patience * 3);
        assert_eq!(std::fs::read(&path).unwrap(), [0, 0, 0, 0, b'V']);
        assert!(!dog.is_there() && dog.next().is_none());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn without_one_or_told_off_nothing_happens() {
        for mut dog in [
            Watchdog::arm(Path::new("/nowhere/watchdog"), Some(60)),
            Watchdog::arm(Path::new("/dev/null"), None),
        ] {
            dog.feed(Instant::now());
            assert!(!dog.is_there() && dog.next().is_none());
        }
    }
}
