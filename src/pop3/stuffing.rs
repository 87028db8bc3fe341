//! A message on its way to a client: byte-stuffed (RFC 1939 §3), cut after TOP's lines, and mended where clients are known to stumble.
//!
//! * A line that begins with "." gets another one. A bare LF counts as the end of a line here, because many clients think so; nobody can end the answer early.
//! * NUL becomes 0x80: Outlook hangs at it (Dovecot's `outlook-no-nuls`).
//! * A message that ends in its header gets the blank line: Outlook Express and Netscape wait for it (Dovecot's `oe-ns-eoh`).
//! * A message that does not end with CRLF gets it, as the grammar asks.
//!
//! It takes the message in pieces of any size and keeps a few octets of state. It works in one pass at the speed of memchr.

use memchr::{memchr, memmem};

/// The state between two pieces.
#[derive(Debug)]
pub(crate) struct Stuffing {
    phase: Phase,
    /// The last two octets written; a message begins as a line does.
    last: [u8; 2],
    /// Lines of the body that may still be sent.
    lines: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// In the header, on a line of which this has been seen.
    Header(Seen),
    Body,
    /// All lines have been sent.
    Enough,
}

/// What has been seen of a header line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    Cr,
    Text,
}

impl Stuffing {
    /// `lines`: how many lines of the body TOP asked for; `None`: all.
    pub(crate) fn new(lines: Option<u64>) -> Stuffing {
        Stuffing {
            phase: Phase::Header(Seen::Nothing),
            last: *b"\r\n",
            lines: lines.unwrap_or(u64::MAX),
        }
    }

    /// Whether nothing more of the message is wanted.
    pub(crate) fn has_enough(&self) -> bool {
        self.phase == Phase::Enough
    }

    /// Writes the next octets of the message.
    pub(crate) fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let mut rest = octets;
        while !rest.is_empty() {
            rest = match self.phase {
                Phase::Header(seen) => self.header(seen, rest, out),
                Phase::Body if self.lines == u64::MAX => {
                    self.write_lines(rest, out);
                    &[]
                }
                Phase::Body => self.counted(rest, out),
                Phase::Enough => &[],
            };
        }
    }

    /// Writes what belongs behind the message, and the end of the answer.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.last != *b"\r\n" {
            self.write(b"\r\n", out);
        }
        if matches!(self.phase, Phase::Header(_)) {
            self.write(b"\r\n", out);
        }
        out.extend_from_slice(b".\r\n");
    }

    /// Writes one line of the header, or what there is of it; returns the rest.
    fn header<'a>(&mut self, seen: Seen, octets: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let end = memchr(b'\n', octets).map_or(octets.len(), |at| at + 1);
        let (line, rest) = octets.split_at_checked(end).unwrap_or((octets, &[]));
        self.write(line, out);
        self.phase = match (seen, line) {
            (Seen::Nothing, b"\n" | b"\r\n") | (Seen::Cr, b"\n") if self.lines == 0 => {
                Phase::Enough
            }
            (Seen::Nothing, b"\n" | b"\r\n") | (Seen::Cr, b"\n") => Phase::Body,
            (Seen::Nothing, b"\r") => Phase::Header(Seen::Cr),
            (_, line) if line.ends_with(b"\n") => Phase::Header(Seen::Nothing),
            _ => Phase::Header(Seen::Text),
        };
        rest
    }

    /// Writes one line of the body, or what there is of it, and counts it; returns the rest.
    fn counted<'a>(&mut self, octets: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let Some(at) = memchr(b'\n', octets) else {
            self.write(octets, out);
            return &[];
        };
        let (line, rest) = octets.split_at_checked(at + 1).unwrap_or((octets, &[]));
        self.write(line, out);
        self.lines = self.lines.saturating_sub(1);
        if self.lines == 0 {
            self.phase = Phase::Enough;
        }
        rest
    }

    /// Writes octets in which no LF stands before the last one.
    fn write(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let begin = self.begin(octets, out);
        out.extend_from_slice(octets);
        self.end(octets, begin, out);
    }

    /// Writes any octets.
    fn write_lines(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let begin = self.begin(octets, out);
        let mut copied = 0;
        for at in memmem::find_iter(octets, b"\n.") {
            out.extend_from_slice(octets.get(copied..=at).unwrap_or_default());
            out.push(b'.');
            copied = at + 1;
        }
        out.extend_from_slice(octets.get(copied..).unwrap_or_default());
        self.end(octets, begin, out);
    }

    fn begin(&self, octets: &[u8], out: &mut Vec<u8>) -> usize {
        let begin = out.len();
        if self.last[1] == b'\n' && octets.first() == Some(&b'.') {
            out.push(b'.');
        }
        begin
    }

    fn end(&mut self, octets: &[u8], begin: usize, out: &mut [u8]) {
        if memchr(0, octets).is_some() {
            for octet in out.iter_mut().skip(begin).filter(|octet| **octet == 0) {
                *octet = 0x80;
            }
        }
        self.last = match octets {
            [.., one, two] => [*one, *two],
            [one] => [self.last[1], *one],
            [] => self.last,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer to `message`, fed in pieces of every size, which must not make a difference.
    #[track_caller]
    fn sent(message: &[u8], lines: Option<u64>) -> String {
        let with_pieces_of = |size| {
            let (mut stuffing, mut out) = (Stuffing::new(lines), Vec::new());
            message
                .chunks(size)
                .for_each(|piece| stuffing.push(piece, &mut out));
            stuffing.finish(&mut out);
            out
        };
        let whole = with_pieces_of(message.len().max(1));
        for size in 1..message.len() {
            assert_eq!(with_pieces_of(size), whole, "in pieces of {size}");
        }
        whole.iter().map(|octet| char::from(*octet)).collect()
    }

    #[test]
    fn dots_are_doubled_where_a_line_begins() {
        assert_eq!(
            sent(b"A: b\r\n\r\n.\r\n..x\r\na.b\r\n", None),
            "A: b\r\n\r\n..\r\n...x\r\na.b\r\n.\r\n"
        );
        assert_eq!(
            sent(b".A: b\r\n.\r\n\r\n", None),
            "..A: b\r\n..\r\n\r\n.\r\n"
        );
        assert_eq!(
            sent(b"A: b\r\n\r\nx\n.\r\ny\r\n", None),
            "A: b\r\n\r\nx\n..\r\ny\r\n.\r\n",
            "behind a bare LF too"
        );
    }

    #[test]
    fn the_end_is_always_a_line_of_its_own() {
        assert_eq!(sent(b"A: b\r\n\r\nx", None), "A: b\r\n\r\nx\r\n.\r\n");
        assert_eq!(sent(b"A: b\r\n\r\nx\n", None), "A: b\r\n\r\nx\n\r\n.\r\n");
        assert_eq!(sent(b"A: b\r\n\r\nx\r", None), "A: b\r\n\r\nx\r\r\n.\r\n");
    }

    #[test]
    fn a_header_without_its_blank_line_gets_it() {
        assert_eq!(sent(b"A: b\r\n", None), "A: b\r\n\r\n.\r\n");
        assert_eq!(sent(b"A: b", Some(3)), "A: b\r\n\r\n.\r\n");
        assert_eq!(sent(b"", None), "\r\n.\r\n");
        assert_eq!(
            sent(b"A: b\r\n\r\n", None),
            "A: b\r\n\r\n.\r\n",
            "one that has it stays as it is"
        );
        assert_eq!(sent(b"\r\nbody\r\n", None), "\r\nbody\r\n.\r\n");
    }

    #[test]
    fn nul_becomes_0x80() {
        assert_eq!(
            sent(b"A: \0\r\n\r\n\0x\0\r\n.\0\r\n", None),
            "A: \u{80}\r\n\r\n\u{80}x\u{80}\r\n..\u{80}\r\n.\r\n"
        );
    }

    #[test]
    fn top_cuts_behind_its_lines() {
        let message = b"A: b\r\nC: d\r\n\r\n1\r\n.2\r\n\r\n4";
        assert_eq!(sent(message, Some(0)), "A: b\r\nC: d\r\n\r\n.\r\n");
        assert_eq!(sent(message, Some(1)), "A: b\r\nC: d\r\n\r\n1\r\n.\r\n");
        assert_eq!(
            sent(message, Some(2)),
            "A: b\r\nC: d\r\n\r\n1\r\n..2\r\n.\r\n"
        );
        assert_eq!(
            sent(message, Some(4)),
            "A: b\r\nC: d\r\n\r\n1\r\n..2\r\n\r\n4\r\n.\r\n"
        );
        assert_eq!(sent(message, Some(u64::MAX - 1)), sent(message, None));
    }

    #[test]
    fn top_says_when_it_has_enough() {
        let (mut stuffing, mut out) = (Stuffing::new(Some(1)), Vec::new());
        stuffing.push(b"A: b\r\n\r\n1", &mut out);
        assert!(!stuffing.has_enough());
        stuffing.push(b"\r\n2\r\n", &mut out);
        assert!(stuffing.has_enough());
    }
}
