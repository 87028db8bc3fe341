//! Lines out of a stream of octets, bounded, and wiped when they have been used: any of them may hold a password.
//!
//! A line ends with LF; a CR before it belongs to the end. Every octet is looked at once, however the octets arrive.

use memchr::memchr;
use sasl::Secret;
use zeroize::Zeroize as _;

/// An empty buffer larger than this is given back, in octets.
const KEEP: usize = 1024;
/// The smallest buffer that is asked for, in octets: most commands fit.
const LEAST: usize = 64;

/// What has been received and not yet been used.
#[derive(Default)]
pub(crate) struct Lines {
    octets: Vec<u8>,
    /// Everything before this has been used and wiped.
    start: usize,
    /// No LF stands between `start` and this.
    scanned: usize,
}

/// A line longer than the limit, ended or not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Lines {
    pub(crate) fn feed(&mut self, octets: &[u8]) {
        if self.octets.len() + octets.len() > self.octets.capacity() {
            // By hand, because a vector that grows leaves its old octets unwiped.
            let pending = self.octets.get(self.start..).unwrap_or_default();
            let mut larger = Vec::with_capacity(
                (pending.len() + octets.len())
                    .next_power_of_two()
                    .max(LEAST),
            );
            larger.extend_from_slice(pending);
            self.octets.zeroize();
            self.octets = larger;
            self.scanned = self.scanned.saturating_sub(self.start);
            self.start = 0;
        }
        self.octets.extend_from_slice(octets);
    }

    /// The next whole line without its end; `None`: it has not come whole yet.
    pub(crate) fn next(&mut self, limit: usize) -> Result<Option<Secret>, TooLong> {
        let unseen = self.octets.get(self.scanned..).unwrap_or_default();
        let Some(found) = memchr(b'\n', unseen) else {
            self.scanned = self.octets.len();
            return if self.octets.len().saturating_sub(self.start) >= limit {
                Err(TooLong)
            } else {
                Ok(None)
            };
        };
        let end = self.scanned + found + 1;
        if end - self.start > limit {
            return Err(TooLong);
        }
        let used = self.octets.get_mut(self.start..end).unwrap_or_default();
        let line = used.strip_suffix(b"\n").unwrap_or(used);
        let line = Secret::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec());
        used.zeroize();
        (self.start, self.scanned) = (end, end);
        if self.start == self.octets.len() {
            self.clear();
        }
        Ok(Some(line))
    }

    /// The octets received and not used yet.
    pub(crate) fn pending(&self) -> &[u8] {
        self.octets.get(self.start..).unwrap_or_default()
    }

    pub(crate) fn clear(&mut self) {
        self.octets.zeroize();
        if self.octets.capacity() > KEEP {
            self.octets = Vec::new();
        }
        (self.start, self.scanned) = (0, 0);
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.octets.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(lines: &mut Lines, limit: usize) -> Result<Option<String>, TooLong> {
        lines
            .next(limit)
            .map(|line| line.map(|line| line.as_str().unwrap().to_owned()))
    }

    #[test]
    fn lines_come_out_however_they_go_in() {
        let input = b"USER a\r\n\r\nPASS b c \nSTA";
        for size in 1..=input.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for piece in input.chunks(size) {
                lines.feed(piece);
                while let Some(line) = next(&mut lines, 64).unwrap() {
                    found.push(line);
                }
            }
            assert_eq!(found, ["USER a", "", "PASS b c "], "in pieces of {size}");
            assert_eq!(lines.pending(), b"STA");
        }
    }

    #[test]
    fn the_limit_counts_the_end() {
        let mut lines = Lines::default();
        lines.feed(b"123456\r\n");
        assert_eq!(next(&mut lines, 8), Ok(Some("123456".to_owned())));
        lines.feed(b"1234567\r\n");
        assert_eq!(next(&mut lines, 8), Err(TooLong));
        let mut lines = Lines::default();
        lines.feed(b"1234567");
        assert_eq!(next(&mut lines, 8), Ok(None));
        lines.feed(b"8");
        assert_eq!(next(&mut lines, 8), Err(TooLong));
    }

    #[test]
    fn what_was_used_is_wiped_and_given_back() {
        let mut lines = Lines::default();
        lines.feed(b"PASS secret\r\nSTAT");
        lines.next(64).unwrap();
        assert!(!lines.octets.windows(6).any(|six| six == b"secret"));
        lines.feed(&[b'\n'; 4096]);
        while lines.next(64).unwrap().is_some() {}
        assert_eq!(lines.octets.capacity(), 0);
    }
}
