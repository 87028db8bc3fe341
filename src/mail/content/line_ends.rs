//! Line ends of imported mail: LF alone becomes CRLF, as in everything the store keeps (RFC 5322 §2.3).
//!
//! It promises that nothing else changes: a CR that ends no line stays where it is.

use memchr::memchr_iter;

/// A streaming converter; the pieces may be cut anywhere, between CR and LF too.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineEnds {
    after_cr: bool,
}

impl LineEnds {
    /// Appends a piece to `out` with CRLF for each LF that has no CR before it.
    pub fn feed(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let mut from = 0;
        for at in memchr_iter(b'\n', octets) {
            let line = octets.get(from..at).unwrap_or(&[]);
            out.extend_from_slice(line);
            if !line.last().map_or(self.after_cr, |&b| b == b'\r') {
                out.push(b'\r');
            }
            out.push(b'\n');
            (from, self.after_cr) = (at + 1, false);
        }
        let rest = octets.get(from..).unwrap_or(&[]);
        out.extend_from_slice(rest);
        if let Some(&last) = rest.last() {
            self.after_cr = last == b'\r';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LineEnds;
    use crate::splits::three_ways;

    #[test]
    fn line_feeds_get_their_carriage_return() {
        let rows: [(&[u8], &[u8]); 8] = [
            (b"", b""),
            (b"a\nb\n", b"a\r\nb\r\n"),
            (b"a\r\nb\r\n", b"a\r\nb\r\n"),
            (b"\n\n\r\n\n", b"\r\n\r\n\r\n\r\n"),
            (b"a\rb\r\r\nc\n", b"a\rb\r\r\nc\r\n"),
            (b"a\r", b"a\r"),
            (b"\r\n\n", b"\r\n\r\n"),
            (b"no end", b"no end"),
        ];
        for (text, expected) in rows {
            let converted = three_ways(text, |pieces| {
                let (mut line_ends, mut out) = (LineEnds::default(), Vec::new());
                pieces
                    .iter()
                    .for_each(|piece| line_ends.feed(piece, &mut out));
                out
            });
            assert_eq!(converted, expected);
        }
    }
}
