//! Transfer encodings for writing: quoted-printable (RFC 2045 §6.7) and base64 (§6.8), in pieces of any size.
//!
//! It promises lines of at most 76 characters of printable ASCII, and that decoding gives the same octets back; as text,
//! a bare LF is a line end and becomes CRLF. No line of quoted-printable begins with a hyphen or a dot, so that none can be
//! taken for a boundary or an end of data.

use super::base64;

/// Longest line, with the `=` of a soft line break (RFC 2045 §6.7 (5)).
const LINE: usize = 76;
/// Octets in a line of base64.
const GROUPS: usize = LINE / 4 * 3;

/// A streaming encoder.
#[derive(Clone, Debug)]
pub(crate) enum Encoder {
    Quoted(Quoted),
    Base64(Lines),
}

impl Encoder {
    /// Quoted-printable; `text` says that a bare LF is a line end.
    pub(crate) fn quoted(text: bool) -> Encoder {
        Encoder::Quoted(Quoted {
            text,
            column: 0,
            blank: None,
            cr: false,
        })
    }

    pub(crate) fn base64() -> Encoder {
        Encoder::Base64(Lines {
            held: Vec::new(),
            begun: false,
        })
    }

    pub(crate) fn feed(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        match self {
            Encoder::Quoted(quoted) => octets.iter().for_each(|&byte| quoted.push(byte, out)),
            Encoder::Base64(lines) => lines.feed(octets, out),
        }
    }

    /// The end. No line end is added.
    pub(crate) fn finish(self, out: &mut Vec<u8>) {
        match self {
            Encoder::Quoted(quoted) => quoted.finish(out),
            Encoder::Base64(lines) => lines.finish(out),
        }
    }
}

/// A whole text in quoted-printable.
pub(crate) fn quoted_text(text: &[u8]) -> Vec<u8> {
    let (mut encoder, mut out) = (Encoder::quoted(true), Vec::new());
    encoder.feed(text, &mut out);
    encoder.finish(&mut out);
    out
}

#[derive(Clone, Debug)]
pub(crate) struct Quoted {
    text: bool,
    column: usize,
    /// A space or tab: how it is written depends on what follows.
    blank: Option<u8>,
    /// A CR: likewise.
    cr: bool,
}

impl Quoted {
    fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.cr {
            self.cr = false;
            if byte == b'\n' {
                return self.end_line(out);
            }
            self.write_blank(out);
            self.write(b'\r', true, out);
        }
        match byte {
            b'\r' => self.cr = true,
            b'\n' if self.text => self.end_line(out),
            b' ' | b'\t' => {
                self.write_blank(out);
                self.blank = Some(byte);
            }
            _ => {
                self.write_blank(out);
                self.write(byte, !byte.is_ascii_graphic() || byte == b'=', out);
            }
        }
    }

    fn finish(mut self, out: &mut Vec<u8>) {
        if self.cr {
            self.write_blank(out);
            self.write(b'\r', true, out);
        } else if let Some(blank) = self.blank.take() {
            self.write(blank, true, out);
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        if let Some(blank) = self.blank.take() {
            self.write(blank, true, out);
        }
        out.extend_from_slice(b"\r\n");
        self.column = 0;
    }

    fn write_blank(&mut self, out: &mut Vec<u8>) {
        if let Some(blank) = self.blank.take() {
            self.write(blank, false, out);
        }
    }

    fn write(&mut self, byte: u8, escaped: bool, out: &mut Vec<u8>) {
        // A soft line break needs one column.
        let escaped_here = escaped || (self.column == 0 && matches!(byte, b'-' | b'.'));
        if self.column + if escaped_here { 3 } else { 1 } >= LINE {
            out.extend_from_slice(b"=\r\n");
            self.column = 0;
        }
        if escaped || (self.column == 0 && matches!(byte, b'-' | b'.')) {
            let digit = |value: u8| {
                if value < 10 {
                    b'0' + value
                } else {
                    b'A' + value - 10
                }
            };
            out.extend_from_slice(&[b'=', digit(byte >> 4), digit(byte & 15)]);
            self.column += 3;
        } else {
            out.push(byte);
            self.column += 1;
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Lines {
    /// Less than a line.
    held: Vec<u8>,
    begun: bool,
}

impl Lines {
    fn feed(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let mut rest = octets;
        if !self.held.is_empty() {
            let (first, after) = rest
                .split_at_checked(GROUPS - self.held.len())
                .unwrap_or((rest, &[]));
            self.held.extend_from_slice(first);
            rest = after;
            if self.held.len() < GROUPS {
                return;
            }
            let line = std::mem::take(&mut self.held);
            self.line(&line, out);
        }
        let mut lines = rest.chunks_exact(GROUPS);
        for line in &mut lines {
            self.line(line, out);
        }
        self.held.extend_from_slice(lines.remainder());
    }

    fn finish(mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.held);
        if !line.is_empty() {
            self.line(&line, out);
        }
    }

    fn line(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        if self.begun {
            out.extend_from_slice(b"\r\n");
        }
        self.begun = true;
        out.extend_from_slice(base64::encode(octets).as_bytes());
    }
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
