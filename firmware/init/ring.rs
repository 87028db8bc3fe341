//! The log in memory: the last octets of it, in whole lines, and no more than its room.

use std::collections::VecDeque;

/// The longest line that is kept whole; the rest of a longer one is left out.
pub(crate) const LONGEST_LINE: usize = 1024;

/// A bounded log.
#[derive(Debug)]
pub(crate) struct Ring {
    octets: VecDeque<u8>,
    room: usize,
}

impl Ring {
    /// Takes its memory at once, so that a busy log asks for none.
    pub(crate) fn new(room: usize) -> Ring {
        let octets = VecDeque::with_capacity(room);
        Ring { octets, room }
    }

    /// One more line, without its end.
    pub(crate) fn push(&mut self, line: &[u8]) {
        let line = line
            .get(..LONGEST_LINE.min(self.room.saturating_sub(1)))
            .unwrap_or(line);
        while self.octets.len() + line.len() + 1 > self.room {
            self.forget_line();
        }
        self.octets.extend(line);
        self.octets.push_back(b'\n');
    }

    fn forget_line(&mut self) {
        let end = self.octets.iter().position(|octet| *octet == b'\n');
        let length = end.map_or(self.octets.len(), |end| end + 1);
        self.octets.drain(..length);
    }

    /// Everything, oldest first.
    pub(crate) fn all(&self) -> Vec<u8> {
        self.octets.iter().copied().collect()
    }

    /// The last whole lines, at most `most` octets.
    pub(crate) fn last(&self, most: usize) -> Vec<u8> {
        let from = self.octets.len().saturating_sub(most);
        let mut tail: Vec<u8> = self.octets.range(from..).copied().collect();
        let in_a_line = from > 0 && self.octets.get(from - 1) != Some(&b'\n');
        if in_a_line {
            let end = tail.iter().position(|octet| *octet == b'\n');
            tail.drain(..end.map_or(tail.len(), |end| end + 1));
        }
        tail
    }
}

/// Octets of a pipe become lines.
#[derive(Default, Debug)]
pub(crate) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Hands every line that these octets end to `take`, without its end; what a terminal would obey is left out.
    pub(crate) fn feed(&mut self, octets: &[u8], mut take: impl FnMut(&[u8])) {
        for octet in octets {
            match octet {
                b'\n' => {
                    take(&self.begun);
                    self.begun.clear();
                }
                0x20..=0x7e | 0x80.. | b'\t' if self.begun.len() < LONGEST_LINE => {
                    self.begun.push(*octet);
                }
                _ => {}
            }
        }
    }

    /// What was begun and not ended.
    pub(crate) fn finish(&mut self, mut take: impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            take(&self.begun);
            self.begun.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_last_lines_and_its_room() {
        let mut ring = Ring::new(64);
        let capacity = ring.octets.capacity();
        for number in 0..1000 {
            ring.push(format!("line {number}").as_bytes());
            assert!(ring.octets.len() <= 64);
        }
        let text = String::from_utf8(ring.all()).unwrap();
        assert!(
            text.starts_with("line 993\n") && text.ends_with("line 999\n"),
            "{text}"
        );
        assert_eq!(ring.octets.capacity(), capacity);
        assert_eq!(ring.last(20), b"line 998\nline 999\n");
        assert_eq!(ring.last(18), b"line 998\nline 999\n");
        assert_eq!(ring.last(3), b"");
        assert_eq!(ring.last(1000).len(), text.len());
    }

    #[test]
    fn a_line_longer_than_the_room_is_cut() {
        let mut ring = Ring::new(32);
        ring.push(&[b'x'; 500]);
        assert_eq!(ring.all().len(), 32);
        ring.push(b"y");
        assert_eq!(ring.all(), b"y\n");
    }

    #[test]
    fn lines_come_in_any_pieces_and_without_what_a_terminal_obeys() {
        for size in 1..20 {
            let (mut lines, mut got) = (Lines::default(), Vec::new());
            for piece in "one\r\n\x1b[2Jtwo ä\n\nthree".as_bytes().chunks(size) {
                lines.feed(piece, |line| got.push(line.to_vec()));
            }
            lines.finish(|line| got.push(line.to_vec()));
            assert_eq!(got, [&b"one"[..], "[2Jtwo ä".as_bytes(), b"", b"three"]);
        }
        let mut lines = Lines::default();
        lines.feed(&vec![b'a'; 1 << 20], |_| panic!("no line has ended"));
        assert!(lines.begun.len() == LONGEST_LINE);
    }
}
