//! A place in the message: its offset, the line ends before it, and the octets just before it.

/// Where the parser is, or was.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    /// Octets before this place.
    pub(super) offset: u64,
    /// LFs before this place.
    newlines: u64,
    /// The last four octets before this place, the latest lowest.
    last: u32,
}

impl Mark {
    /// Goes past `octets`.
    pub(super) fn pass(&mut self, octets: &[u8]) {
        self.pass_line(octets, memchr::memchr_iter(b'\n', octets).count() as u64);
    }

    /// Goes past `octets` that are known to hold `newlines` LFs.
    pub(super) fn pass_line(&mut self, octets: &[u8], newlines: u64) {
        self.offset += octets.len() as u64;
        self.newlines += newlines;
        match octets.last_chunk::<4>() {
            Some(last) => self.last = u32::from_be_bytes(*last),
            None => {
                self.last = octets
                    .iter()
                    .fold(self.last, |last, &b| last << 8 | u32::from(b))
            }
        }
    }

    /// This place at the start of a line, moved back over the line end before it, but not before `least`.
    pub(super) fn before_line_end(self, least: u64) -> Mark {
        let [.., before, last] = self.last.to_be_bytes();
        let len = match (before, last) {
            (b'\r', b'\n') => 2,
            (_, b'\n') => 1,
            _ => 0,
        };
        match self.offset.checked_sub(len) {
            Some(offset) if offset >= least => {
                let newlines = self.newlines.saturating_sub(u64::from(len > 0));
                Mark {
                    offset,
                    newlines,
                    last: self.last >> (8 * len),
                }
            }
            _ => Mark {
                offset: self.offset.min(least),
                ..self
            },
        }
    }

    /// Lines from here to `end`; a last line without its end counts.
    pub(super) fn lines_to(&self, end: &Mark) -> u64 {
        if end.offset <= self.offset {
            return 0;
        }
        end.newlines.saturating_sub(self.newlines) + u64::from(end.last & 0xff != u32::from(b'\n'))
    }
}
