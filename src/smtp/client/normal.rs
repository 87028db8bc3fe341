//! What leaves is lines: the normaliser between a stored message and the wire.
//!
//! # Why, and why so
//!
//! SMTP smuggling works outwards too (CVE-2023-51764 and its kin): a lone CR or LF that we pass on may be a line's end to the next host, and
//! `LF . CRLF` the message's. What we take in holds none ([`crate::data`]), but messages are also made here, appended and converted; so the last gate
//! before the wire does not trust its input. It promises, for any input in any pieces:
//!
//! * CR and LF go out only as CRLF, NUL never; the text ends with CRLF; with `stuff`, no line is a lone dot (RFC 5321 §4.5.2).
//! * No line is longer than 998 octets (§4.5.3.1.6): hosts cut, refuse or split longer ones, each in its own way.
//!
//! How: a lone LF is a line's end in every program that writes one, so it becomes CRLF. A lone CR and a NUL become a space, as in Postfix:
//! nothing has ended lines with CR for twenty years, and a new line where our own parser saw none could be a header field that nobody checked. A line of more
//! than 998 octets is folded: at its last space or tab (CRLF goes in front of it, which in a header field and in HTML means the same), else by CRLF and a space after
//! 998 octets, but never inside a UTF-8 character. That hurts a signature, and a body that hangs on its line ends; whoever composes or signs here encodes such
//! text first (`mail::downgrade`), so that this only ever meets what a relay would have broken anyway.
//!
//! It holds one unfinished line of at most 998 octets. BINARYMIME does not pass through here: it is counted, not read.

use memchr::memchr3;

/// The longest line in octets, without CRLF (RFC 5321 §4.5.3.1.6, RFC 5322 §2.1.1).
pub(super) const LINE: usize = 998;

/// One message on its way out.
#[derive(Default)]
pub(super) struct Normaliser {
    /// Whether a dot at a line's beginning is doubled.
    stuff: bool,
    /// The line that is not over.
    line: Vec<u8>,
    /// The last octet was a CR, and not yet judged.
    after_cr: bool,
}

impl Normaliser {
    /// `stuff`: for DATA; BDAT counts its octets and needs no dots.
    pub(super) fn new(stuff: bool) -> Normaliser {
        Normaliser {
            stuff,
            ..Normaliser::default()
        }
    }

    /// Takes the next octets; appends whole lines to `out`.
    pub(super) fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let mut rest = octets;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            if rest.first() != Some(&b'\n') {
                self.text(b" ", out);
            }
        }
        while let Some(found) = memchr3(b'\r', b'\n', 0, rest) {
            let (text, special) = rest.split_at_checked(found).unwrap_or((rest, b""));
            self.text(text, out);
            rest = match special {
                [b'\r', b'\n', behind @ ..] | [b'\n', behind @ ..] => {
                    self.end_line(out);
                    behind
                }
                [b'\r'] => {
                    self.after_cr = true;
                    return;
                }
                [_, behind @ ..] => {
                    self.text(b" ", out);
                    behind
                }
                [] => return,
            };
        }
        self.text(rest, out);
    }

    /// The message is over: ends its last line.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.after_cr) {
            self.text(b" ", out);
        }
        if !self.line.is_empty() {
            self.end_line(out);
        }
    }

    /// Text without CR, LF and NUL.
    fn text(&mut self, mut text: &[u8], out: &mut Vec<u8>) {
        while self.line.len() + text.len() > LINE {
            let room = LINE.saturating_sub(self.line.len());
            let (fits, behind) = text.split_at_checked(room).unwrap_or((text, b""));
            self.line.extend_from_slice(fits);
            text = behind;
            self.fold(text, out);
        }
        self.line.extend_from_slice(text);
    }

    /// Ends a line that is full before its text is: at its last white space, or where it is.
    fn fold(&mut self, next: &[u8], out: &mut Vec<u8>) {
        // A line of nothing but white space would end a header.
        let start = self.line.iter().position(|octet| !is_space(*octet));
        let space = self.line.iter().rposition(|octet| is_space(*octet));
        let kept = match (start, space) {
            (Some(start), Some(space)) if space > start => self.line.split_off(space),
            _ => {
                let mut cut = self.line.len();
                // Not more than a character's three further octets, whatever stands there.
                let continues =
                    |octet: Option<&u8>| octet.is_some_and(|octet| octet & 0xc0 == 0x80);
                for back in 0..3 {
                    let at = self.line.len().saturating_sub(back);
                    let octet = if back == 0 {
                        next.first()
                    } else {
                        self.line.get(at)
                    };
                    if !continues(octet) {
                        break;
                    }
                    cut = at.saturating_sub(1);
                }
                let mut kept = vec![b' '];
                kept.append(&mut self.line.split_off(cut));
                kept
            }
        };
        self.end_line(out);
        self.line = kept;
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        if self.stuff && self.line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(&self.line);
        out.extend_from_slice(b"\r\n");
        self.line.clear();
    }
}

fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

#[cfg(test)]
#[path = "normal_tests.rs"]
mod tests;
