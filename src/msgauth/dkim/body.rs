//! The body in its canonical form (RFC 6376 §3.4.3, §3.4.4), streaming.
//!
//! It promises the same octets however the body is cut into pieces, and a state of a few words: empty lines are counted, not kept. A line ends with CRLF and
//! nothing else; a CR or LF alone is an octet like any other, for the signer and whoever verifies.

use super::Canonicalization;

/// Octets gathered before they are passed on.
const PIECE: usize = 4096;

/// Turns a body into its canonical form.
pub struct BodyCanonicalizer {
    relaxed: bool,
    /// CRLFs that count only if something follows.
    line_ends: u64,
    /// White space that counts only if something follows on its line.
    space: bool,
    /// A CR that may be half a line end.
    cr: bool,
    /// Something other than line ends was seen.
    any: bool,
    out: Vec<u8>,
}

impl BodyCanonicalizer {
    /// One body's.
    pub fn new(canonicalization: Canonicalization) -> BodyCanonicalizer {
        BodyCanonicalizer {
            relaxed: canonicalization == Canonicalization::Relaxed,
            line_ends: 0,
            space: false,
            cr: false,
            any: false,
            out: Vec::new(),
        }
    }

    /// The next octets of the body; `sink` gets those of the canonical form that are sure by now.
    pub fn feed(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = octets;
        while let Some((&octet, behind)) = rest.split_first() {
            if self.cr {
                self.cr = false;
                if octet == b'\n' {
                    self.space = false;
                    self.line_ends += 1;
                    rest = behind;
                    continue;
                }
                self.content(b"\r", sink);
            }
            match octet {
                b'\r' => self.cr = true,
                b' ' | b'\t' if self.relaxed => self.space = true,
                _ => {
                    let relaxed = self.relaxed;
                    let ends = |o: &u8| *o == b'\r' || relaxed && matches!(o, b' ' | b'\t');
                    let length = rest.iter().position(ends).unwrap_or(rest.len());
                    let (run, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                    self.content(run, sink);
                    rest = after;
                    continue;
                }
            }
            rest = behind;
        }
        self.flush(sink);
    }

    /// The body has ended: `sink` gets the last of it.
    pub fn finish(mut self, sink: &mut dyn FnMut(&[u8])) {
        if self.cr {
            self.content(b"\r", sink);
        }
        // An empty body is one CRLF in the simple form and nothing in the relaxed one.
        if self.any || !self.relaxed {
            self.out.extend_from_slice(b"\r\n");
        }
        self.flush(sink);
    }

    fn content(&mut self, run: &[u8], sink: &mut dyn FnMut(&[u8])) {
        for _ in 0..std::mem::take(&mut self.line_ends) {
            self.out.extend_from_slice(b"\r\n");
            self.flush_if_full(sink);
        }
        if std::mem::take(&mut self.space) {
            self.out.push(b' ');
        }
        self.any = true;
        self.out.extend_from_slice(run);
        self.flush_if_full(sink);
    }

    fn flush_if_full(&mut self, sink: &mut dyn FnMut(&[u8])) {
        if self.out.len() >= PIECE {
            self.flush(sink);
        }
    }

    fn flush(&mut self, sink: &mut dyn FnMut(&[u8])) {
        if !self.out.is_empty() {
            sink(&self.out);
            self.out.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(form: Canonicalization, body: &[u8], step: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut machine = BodyCanonicalizer::new(form);
        for piece in body.chunks(step) {
            machine.feed(piece, &mut |octets| out.extend_from_slice(octets));
        }
        machine.finish(&mut |octets| out.extend_from_slice(octets));
        out
    }

    #[test]
    fn bodies_in_both_forms_whole_and_octet_by_octet() {
        // Body, simple, relaxed; the first is the example of RFC 6376 §3.4.5.
        let table: &[(&str, &str, &str)] = &[
            (
                " C \r\nD \t E\r\n\r\n\r\n",
                " C \r\nD \t E\r\n",
                " C\r\nD E\r\n",
            ),
            ("", "\r\n", ""),
            ("\r\n", "\r\n", ""),
            ("\r\n\r\n", "\r\n", ""),
            (" \t\r\n \r\n", " \t\r\n \r\n", ""),
            ("a", "a\r\n", "a\r\n"),
            ("a ", "a \r\n", "a\r\n"),
            ("a\r\n \t", "a\r\n \t\r\n", "a\r\n"),
            ("\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n"),
            (
                "a\r\n\r\n \r\nb\r\n",
                "a\r\n\r\n \r\nb\r\n",
                "a\r\n\r\n\r\nb\r\n",
            ),
            ("\ta\t\tb\r\n", "\ta\t\tb\r\n", " a b\r\n"),
            ("a\rb\nc\r\n", "a\rb\nc\r\n", "a\rb\nc\r\n"),
            ("a\r\r\n\r", "a\r\r\n\r\r\n", "a\r\r\n\r\r\n"),
        ];
        for (body, simple, relaxed) in table {
            for step in [1, 2, 3, 1000] {
                let got = canonical(Canonicalization::Simple, body.as_bytes(), step);
                assert_eq!(got, simple.as_bytes(), "simple {body:?} by {step}");
                let got = canonical(Canonicalization::Relaxed, body.as_bytes(), step);
                assert_eq!(got, relaxed.as_bytes(), "relaxed {body:?} by {step}");
            }
        }
    }

    #[test]
    fn a_million_empty_lines_are_counted_not_kept() {
        let mut machine = BodyCanonicalizer::new(Canonicalization::Relaxed);
        let mut passed = 0;
        let mut longest = 0;
        let mut sink = |octets: &[u8]| {
            passed += octets.len();
            longest = longest.max(octets.len());
        };
        for _ in 0..1000 {
            machine.feed(&b"\r\n".repeat(1000), &mut sink);
        }
        assert_eq!(machine.out.capacity(), 0);
        machine.feed(b"end", &mut sink);
        machine.finish(&mut sink);
        assert_eq!(passed, 2_000_000 + 5);
        assert!(longest < 2 * PIECE);
    }
}
