//! Address lists of header fields: RFC 5322 §3.4 with the obsolete forms of §4.4 and whatever else arrives.
//!
//! It promises to read every input in linear time, without recursion, into at most [`ADDRESSES_MAX`] elements.
//! What no grammar covers becomes a mailbox as close to the text as possible.

use super::EnvelopeAddress;
use crate::limits::ADDRESSES_MAX;

/// Reads an unfolded address list. Elements beyond [`ADDRESSES_MAX`] are dropped; an open group is closed.
///
/// ```abnf
/// address-list = (address *("," address)) / obs-addr-list
/// address      = mailbox / group
/// mailbox      = [display-name] [CFWS] "<" [obs-route] addr-spec ">" / addr-spec
/// group        = display-name ":" [mailbox-list / CFWS / obs-group-list] ";" [CFWS]
/// ```
pub fn parse_addresses(text: &[u8]) -> Vec<EnvelopeAddress> {
    let mut reader = Reader {
        rest: text,
        ..Reader::default()
    };
    reader.run();
    reader.out
}

/// Stands for white space between two words until it is known whether they are a phrase or an address.
const GAP: u8 = 0;

#[derive(Default)]
struct Reader<'a> {
    rest: &'a [u8],
    out: Vec<EnvelopeAddress>,
    in_group: bool,
    /// The words since the last separator, unquoted, with [`GAP`]s between them.
    words: Vec<u8>,
    /// Where in `words` the last unquoted `@` stands.
    at: Option<usize>,
    gap: bool,
    comment: Vec<u8>,
    angle: Option<Angle>,
}

struct Angle {
    route: Option<Vec<u8>>,
    local: Vec<u8>,
    host: Vec<u8>,
}

impl Reader<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.next() {
            if self.out.len() >= ADDRESSES_MAX {
                break;
            }
            match byte {
                b',' => self.flush(),
                b':' if !self.in_group && self.angle.is_none() && self.at.is_none() => {
                    self.open_group()
                }
                b';' => self.close_group(),
                b'<' => {
                    if self.angle.is_some() {
                        self.flush(); // a comma is missing
                    }
                    self.angle = Some(self.angle());
                }
                _ => self.word(byte),
            }
        }
        self.flush();
        self.out.truncate(ADDRESSES_MAX - 1);
        let open = self.out.iter().fold(false, |open, address| match address {
            EnvelopeAddress::GroupStart(_) => true,
            EnvelopeAddress::GroupEnd => false,
            EnvelopeAddress::Mailbox { .. } => open,
        });
        if open {
            self.out.push(EnvelopeAddress::GroupEnd);
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    /// Takes a piece of a phrase or of an addr-spec into `words`.
    fn word(&mut self, byte: u8) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | 0 => self.gap = true,
            b'(' => self.comment(),
            b'"' => {
                self.fill_gap();
                self.quoted_string();
            }
            b'@' => {
                self.fill_gap();
                self.at = Some(self.words.len());
                self.words.push(b'@');
            }
            b'[' => {
                self.fill_gap();
                self.words.push(b'[');
                self.literal();
            }
            _ => {
                self.fill_gap();
                self.words.push(byte);
                let end = self
                    .rest
                    .iter()
                    .position(|b| b" \t\r\n\0(\"@[<,:;".contains(b))
                    .unwrap_or(self.rest.len());
                let (atom, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
                self.words.extend_from_slice(atom);
                self.rest = rest;
            }
        }
    }

    fn fill_gap(&mut self) {
        if std::mem::take(&mut self.gap) && !self.words.is_empty() {
            self.words.push(GAP);
        }
    }

    /// `"` has been read: takes everything to the closing one, unquoted.
    fn quoted_string(&mut self) {
        while let Some(byte) = self.next() {
            match byte {
                b'"' => return,
                b'\\' => match self.next() {
                    Some(escaped) => self.words.push(plain(escaped)),
                    None => return,
                },
                _ => self.words.push(plain(byte)),
            }
        }
    }

    /// `[` has been read: takes a domain literal to its end, or to where it cannot go on.
    fn literal(&mut self) {
        while let Some(&byte) = self.rest.first() {
            if matches!(byte, b',' | b'>' | b'<' | b';') {
                return;
            }
            self.rest = self.rest.get(1..).unwrap_or(&[]);
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0) {
                self.words.push(byte);
            }
            if byte == b']' {
                return;
            }
        }
    }

    /// `(` has been read: takes the comment, which may hold others, and keeps its text as a possible name.
    fn comment(&mut self) {
        self.gap = true;
        self.comment.clear();
        let mut depth: usize = 1;
        while let Some(byte) = self.next() {
            match byte {
                b'(' => depth = depth.saturating_add(1),
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => {
                    if let Some(escaped) = self.next() {
                        self.comment.push(plain(escaped));
                    }
                    continue;
                }
                _ => {}
            }
            self.comment.push(plain(byte));
        }
    }

    /// `<` has been read: takes `[route ":"] addr-spec ">"`. The words before it stay the name.
    fn angle(&mut self) -> Angle {
        let outer = (std::mem::take(&mut self.words), self.at.take());
        let outer_comment = std::mem::take(&mut self.comment);
        self.gap = false;
        let mut route = None;
        while let Some(&byte) = self.rest.first() {
            match byte {
                b'>' => {
                    self.rest = self.rest.get(1..).unwrap_or(&[]);
                    break;
                }
                b'<' => break, // the closing bracket is missing
                b':' if route.is_none() && self.words.first() == Some(&b'@') => {
                    self.rest = self.rest.get(1..).unwrap_or(&[]);
                    route = Some(without_gaps(&self.words));
                    self.words.clear();
                    (self.at, self.gap) = (None, false);
                }
                // Routes and the hopeful put commas here; a new address behind a missing bracket does too.
                b',' if self.words.first() != Some(&b'@') && self.at.is_some() => break,
                b',' | b':' | b';' => {
                    self.rest = self.rest.get(1..).unwrap_or(&[]);
                    self.fill_gap();
                    self.words.push(byte);
                }
                _ => {
                    self.rest = self.rest.get(1..).unwrap_or(&[]);
                    if byte > 0x20 && !b"(\"@[".contains(&byte) {
                        self.fill_gap();
                        self.words.push(byte);
                    } else {
                        self.word(byte);
                    }
                }
            }
        }
        let (local, host) = self.split_spec();
        (self.words, self.at) = outer;
        if !outer_comment.is_empty() {
            self.comment = outer_comment;
        }
        self.gap = true;
        Angle { route, local, host }
    }

    /// The addr-spec in `words`, split at its last unquoted `@`.
    fn split_spec(&self) -> (Vec<u8>, Vec<u8>) {
        let at = self.at.unwrap_or(self.words.len());
        let (local, host) = self
            .words
            .split_at_checked(at)
            .unwrap_or((&self.words, &[]));
        let local = if self.at.is_none() {
            with_spaces(local)
        } else {
            without_gaps(local)
        };
        (local, without_gaps(host.strip_prefix(b"@").unwrap_or(host)))
    }

    /// Where in `words` the addr-spec begins when its angle brackets are missing: `John Doe john@example.org`.
    fn bare_spec(&self) -> usize {
        let Some(local) = self.at.and_then(|at| self.words.get(..at)) else {
            return 0;
        };
        let local = local.strip_suffix(&[GAP]).unwrap_or(local);
        // A gap beside a dot is obsolete syntax within the local part.
        let split = local
            .windows(3)
            .rposition(|w| matches!(w, [before, GAP, after] if *before != b'.' && *after != b'.'));
        split.map_or(0, |at| at + 2)
    }

    /// Ends the element that has been gathered, if there is one.
    fn flush(&mut self) {
        let comment = non_empty(trimmed(&self.comment));
        if let Some(Angle { route, local, host }) = self.angle.take() {
            let name = non_empty(with_spaces(&self.words)).or(comment);
            if name.is_some() || route.is_some() || !local.is_empty() || !host.is_empty() {
                self.out.push(EnvelopeAddress::Mailbox {
                    name,
                    route,
                    local,
                    host,
                });
            }
        } else if !self.words.is_empty() {
            let spec = self.bare_spec();
            let name = non_empty(with_spaces(self.words.get(..spec).unwrap_or(&[]))).or(comment);
            self.words.drain(..spec);
            self.at = self.at.map(|at| at - spec);
            let (local, host) = self.split_spec();
            self.out.push(EnvelopeAddress::Mailbox {
                name,
                route: None,
                local,
                host,
            });
        }
        self.clear();
    }

    fn open_group(&mut self) {
        let name = with_spaces(&self.words);
        self.clear();
        self.out.push(EnvelopeAddress::GroupStart(name));
        self.in_group = true;
    }

    fn close_group(&mut self) {
        self.flush();
        if std::mem::take(&mut self.in_group) {
            self.out.push(EnvelopeAddress::GroupEnd);
        }
    }

    fn clear(&mut self) {
        self.words.clear();
        self.comment.clear();
        (self.at, self.gap) = (None, false);
    }
}

/// No control character gets into a value; [`GAP`] least of all.
fn plain(byte: u8) -> u8 {
    if matches!(byte, b'\r' | b'\n' | 0) {
        b' '
    } else {
        byte
    }
}

fn without_gaps(words: &[u8]) -> Vec<u8> {
    words.iter().copied().filter(|&b| b != GAP).collect()
}

fn with_spaces(words: &[u8]) -> Vec<u8> {
    let words = words.strip_suffix(&[GAP]).unwrap_or(words);
    words
        .iter()
        .map(|&b| if b == GAP { b' ' } else { b })
        .collect()
}

fn trimmed(text: &[u8]) -> Vec<u8> {
    text.trim_ascii().to_vec()
}

fn non_empty(text: Vec<u8>) -> Option<Vec<u8>> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
