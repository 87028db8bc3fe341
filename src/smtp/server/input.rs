//! Octets that came and were not used yet, and lines out of them.
//!
//! It promises to hold no more than what was fed at once and one unfinished line; to look at each octet of a line once; and to wipe what was used, since it may
//! have been a password.

use memchr::memchr;
use zeroize::{Zeroize as _, Zeroizing};

/// How many octets of a line that is too long are passed over in search of its end. A person's slip is shorter, and an endless line is no
/// slip.
const ENDLESS: usize = 64 * 1024;

/// Capacity beyond which an empty buffer is given back, so that an idle client costs little.
const IDLE: usize = 1024;

/// The buffer.
#[derive(Default)]
pub(super) struct Input {
    octets: Zeroizing<Vec<u8>>,
    /// Octets before this are used.
    at: usize,
    /// Octets behind `at` in which there is no LF.
    scanned: usize,
    /// Octets of a line that is too long and was not over yet.
    skipped: usize,
}

/// The next line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Not all of it is there.
    Partial,
    /// It is there; without its CRLF.
    Whole(Zeroizing<Vec<u8>>),
    /// It was longer than the limit, and is over.
    TooLong,
    /// It ended with LF alone.
    BareLf,
    /// It does not end.
    Endless,
}

impl Input {
    pub(super) fn feed(&mut self, octets: &[u8]) {
        if self.at > 0 {
            let kept = self.octets.len().saturating_sub(self.at);
            self.octets.copy_within(self.at.., 0);
            self.octets.truncate(kept);
            self.at = 0;
        }
        let wanted = self.octets.len() + octets.len();
        if wanted > self.octets.capacity() {
            // Growing in place would leave an unwiped copy behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(wanted.next_power_of_two()));
            larger.extend_from_slice(&self.octets);
            self.octets = larger;
        }
        self.octets.extend_from_slice(octets);
    }

    /// What came and was not used.
    pub(super) fn rest(&self) -> &[u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }

    /// The next line as far as it has come; empty inside one that is passed over.
    pub(super) fn line_start(&self) -> &[u8] {
        if self.skipped > 0 { &[] } else { self.rest() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// Uses so many octets up.
    pub(super) fn consume(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.octets.len());
        self.scanned = 0;
        if self.at == self.octets.len() {
            self.octets.clear();
            self.at = 0;
        }
    }

    /// The next line of at most `limit` octets with its CRLF.
    pub(super) fn line(&mut self, limit: usize) -> Line {
        let rest = self.rest();
        let unseen = rest.get(self.scanned..).unwrap_or_default();
        let Some(found) = memchr(b'\n', unseen) else {
            self.scanned = rest.len();
            if self.skipped > 0 || self.scanned >= limit {
                self.skipped = self.skipped.saturating_add(self.scanned);
                self.consume(usize::MAX);
            }
            return if self.skipped > ENDLESS {
                Line::Endless
            } else {
                Line::Partial
            };
        };
        let end = self.scanned + found;
        let line = match rest.get(..end) {
            _ if self.skipped > 0 || end >= limit => Line::TooLong,
            Some([line @ .., b'\r']) => Line::Whole(Zeroizing::new(line.to_vec())),
            _ => Line::BareLf,
        };
        self.skipped = 0;
        if let Some(used) = self.octets.get_mut(self.at..self.at + end) {
            used.zeroize();
        }
        self.consume(end + 1);
        line
    }

    /// Gives memory back while the client is idle.
    pub(super) fn shrink(&mut self) {
        if self.octets.is_empty() && self.octets.capacity() > IDLE {
            self.octets = Zeroizing::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &[u8]) -> Line {
        Line::Whole(Zeroizing::new(text.to_vec()))
    }

    #[test]
    fn lines_come_out_as_they_went_in() {
        let mut input = Input::default();
        input.feed(b"one\r\ntwo\r\nthr");
        assert_eq!(input.line(10), whole(b"one"));
        assert_eq!(input.line(10), whole(b"two"));
        assert_eq!(input.line(10), Line::Partial);
        input.feed(b"ee\r");
        assert_eq!(input.line(10), Line::Partial);
        input.feed(b"\nfour\nfive\r\n");
        assert_eq!(input.line(10), whole(b"three"));
        assert_eq!(input.line(10), Line::BareLf);
        assert_eq!(input.rest(), b"five\r\n");
    }

    /// The limit counts the CRLF, and holds in whatever pieces the line comes.
    #[test]
    fn a_line_is_too_long_whole_and_by_octets() {
        for (line, expected) in [
            (&b"12345678\r\n"[..], whole(b"12345678")),
            (b"123456789\r\n", Line::TooLong),
        ] {
            let mut input = Input::default();
            input.feed(line);
            assert_eq!(input.line(10), expected);
            let mut seen = Line::Partial;
            for octet in line.chunks(1) {
                assert_eq!(seen, Line::Partial);
                input.feed(octet);
                seen = input.line(10);
            }
            assert_eq!(seen, expected);
            input.feed(b"next\r\n");
            assert_eq!(input.line(10), whole(b"next"));
        }
    }

    #[test]
    fn an_endless_line_costs_no_memory() {
        let mut input = Input::default();
        let mut fed = 0;
        while input.line(100) == Line::Partial {
            input.feed(&[b'x'; 1000]);
            fed += 1000;
            assert!(fed < 70_000);
        }
        assert!(fed > ENDLESS);
        assert!(input.octets.capacity() <= 1024);
    }

    #[test]
    fn an_idle_buffer_is_given_back() {
        let mut input = Input::default();
        input.feed(&b"NOOP\r\n".repeat(1000));
        while input.line(100) != Line::Partial {}
        input.shrink();
        assert_eq!(input.octets.capacity(), 0);
    }
}
