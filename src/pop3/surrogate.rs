//! A message's header for a client that has not said UTF8: what is outside ASCII becomes encoded-words (RFC 2047), as RFC 6856 §2.1 asks
//! ("either send a surrogate message or fail").
//!
//! Only the header of the message itself is touched, line by line, and only lines that hold such octets; everything else passes as it is, and so
//! does the whole message in UTF-8 mode. Where no encoded-word may stand (mail addresses, message-ids, lines longer than [`LONGEST`])
//! each octet becomes "?". The surrogate may be longer than the size that LIST says, which RFC 6856 §2.1 tolerates; that way no LIST has to read every message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::{memchr, memrchr};

/// The longest line that is rewritten, in octets: twice what RFC 5322 §2.1.1 allows.
const LONGEST: usize = 2000;
/// Octets of text in one encoded-word, so that with its frame it has at most 75 characters (RFC 2047 §2).
const WORD: usize = 39;

/// A header being rewritten, in pieces of any size.
#[derive(Debug)]
pub(crate) struct Surrogate {
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// Of the field whose lines are passing.
    kind: Kind,
    place: Place,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Line,
    /// In a line that is too long.
    LongLine,
    Body,
}

/// What a field holds, and so where encoded-words may stand (RFC 2047 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Addresses,
    /// MIME parameters: by the book they cannot hold encoded-words, but every client understands them inside the quotes.
    Parameters,
    /// Message-ids and traces.
    Exact,
}

impl Surrogate {
    pub(crate) fn new() -> Surrogate {
        Surrogate {
            line: Vec::new(),
            kind: Kind::Text,
            place: Place::Line,
        }
    }

    /// Takes the next octets of the message; `each` is given what becomes of them.
    pub(crate) fn push(&mut self, octets: &[u8], mut each: impl FnMut(&[u8])) {
        let mut rest = octets;
        while !rest.is_empty() {
            if self.place == Place::Body {
                return each(rest);
            }
            let end = memchr(b'\n', rest).map(|at| at + 1);
            let (piece, after) = rest
                .split_at_checked(end.unwrap_or(rest.len()))
                .unwrap_or((rest, &[]));
            rest = after;
            if self.place == Place::LongLine {
                each(&question_marks(piece));
            } else if self.line.len() + piece.len() > LONGEST {
                each(&question_marks(&std::mem::take(&mut self.line)));
                each(&question_marks(piece));
                self.place = Place::LongLine;
            } else if end.is_none() {
                self.line.extend_from_slice(piece);
            } else if self.line.is_empty() {
                self.whole_line(piece, &mut each);
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(piece);
                self.whole_line(&line, &mut each);
            }
            if end.is_some() && self.place == Place::LongLine {
                self.place = Place::Line;
            }
        }
    }

    /// The message has ended.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.line);
        self.whole_line(&line, &mut each);
    }

    fn whole_line(&mut self, line: &[u8], each: &mut impl FnMut(&[u8])) {
        let value = match line.first() {
            None => return,
            Some(b'\n' | b'\r') if line.trim_ascii().is_empty() => {
                self.place = Place::Body;
                return each(line);
            }
            Some(b' ' | b'\t') => 0,
            Some(_) => {
                let colon = memchr(b':', line);
                self.kind = colon.map_or(Kind::Text, |colon| {
                    kind(line.get(..colon).unwrap_or_default())
                });
                colon.map_or(0, |colon| colon + 1)
            }
        };
        if line.is_ascii() {
            return each(line);
        }
        let end = line.trim_ascii_end().len().max(value);
        let (name, text, tail) = (line.get(..value), line.get(value..end), line.get(end..));
        let mut out = question_marks(name.unwrap_or_default());
        match (self.kind, text.unwrap_or_default()) {
            (Kind::Text, text) => unstructured(text, &mut out),
            (Kind::Exact, text) => out.extend(question_marks(text)),
            (kind, text) => structured(kind, text, &mut out),
        }
        out.extend_from_slice(tail.unwrap_or_default());
        each(&out);
    }
}

fn kind(name: &[u8]) -> Kind {
    const ADDRESSES: [&str; 12] = [
        "from",
        "sender",
        "reply-to",
        "to",
        "cc",
        "bcc",
        "resent-from",
        "resent-sender",
        "resent-to",
        "resent-cc",
        "resent-bcc",
        "delivered-to",
    ];
    const EXACT: [&str; 7] = [
        "message-id",
        "in-reply-to",
        "references",
        "received",
        "return-path",
        "resent-message-id",
        "content-id",
    ];
    let is = |known: &&str| name.trim_ascii_end().eq_ignore_ascii_case(known.as_bytes());
    if ADDRESSES.iter().any(is) {
        Kind::Addresses
    } else if EXACT.iter().any(is) {
        Kind::Exact
    } else if ["content-type", "content-disposition"].iter().any(is) {
        Kind::Parameters
    } else {
        Kind::Text
    }
}

/// Text that is words: those from the first to the last that is not ASCII become encoded-words.
fn unstructured(text: &[u8], out: &mut Vec<u8>) {
    let foreign = |octet: &u8| !octet.is_ascii();
    let (Some(first), Some(last)) = (
        text.iter().position(foreign),
        text.iter().rposition(foreign),
    ) else {
        return out.extend_from_slice(text);
    };
    let begin = memrchr(b' ', text.get(..first).unwrap_or_default()).map_or(0, |at| at + 1);
    let end = memchr(b' ', text.get(last..).unwrap_or_default()).map_or(text.len(), |at| last + at);
    out.extend_from_slice(text.get(..begin).unwrap_or_default());
    encoded_words(text.get(begin..end).unwrap_or_default(), b"\r\n ", out);
    out.extend_from_slice(text.get(end..).unwrap_or_default());
}

/// Text that is tokens: quoted strings and atoms become encoded-words, unless they are part of an address.
fn structured(kind: Kind, text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    let mut gap: &[u8] = &[];
    // Whether the last token became an encoded-word: white space between two of them is not part of the text (RFC 2047 §6.2).
    let mut after_word = false;
    while let Some(&first) = rest.first() {
        let (token, after) = rest
            .split_at_checked(token_length(first, rest))
            .unwrap_or((rest, &[]));
        rest = after;
        if matches!(first, b' ' | b'\t') {
            gap = token;
            continue;
        }
        let encodes =
            !token.is_ascii() && first != b'<' && (first == b'"' || memchr(b'@', token).is_none());
        let words = if encodes && kind == Kind::Addresses {
            unquoted(token)
        } else {
            token.to_vec()
        };
        if encodes && kind == Kind::Addresses {
            if after_word && !gap.is_empty() {
                out.push(b' ');
                encoded_words(&[b" ", words.as_slice()].concat(), b"\r\n ", out);
            } else {
                out.extend_from_slice(if gap.is_empty() && after_word {
                    b" "
                } else {
                    gap
                });
                encoded_words(&words, b"\r\n ", out);
            }
        } else {
            let needs_gap =
                after_word && gap.is_empty() && !matches!(first, b',' | b';' | b':' | b')');
            out.extend_from_slice(if needs_gap { b" " } else { gap });
            if encodes && first == b'"' {
                out.push(b'"');
                encoded_words(&unquoted(token), b" ", out);
                out.push(b'"');
            } else {
                out.extend(question_marks(token));
            }
        }
        (gap, after_word) = (&[], encodes && kind == Kind::Addresses);
    }
    out.extend_from_slice(gap);
}

/// The length of the token at the front of `rest`, at least one octet.
fn token_length(first: u8, rest: &[u8]) -> usize {
    let until = |ends: &dyn Fn(u8) -> bool| {
        rest.iter()
            .position(|octet| ends(*octet))
            .unwrap_or(rest.len())
    };
    match first {
        b'"' => {
            let mut escaped = false;
            let close = rest.iter().skip(1).position(|octet| match octet {
                _ if escaped => {
                    escaped = false;
                    false
                }
                b'\\' => {
                    escaped = true;
                    false
                }
                octet => *octet == b'"',
            });
            close.map_or(rest.len(), |at| at + 2)
        }
        b'<' => until(&|octet| octet == b'>')
            .saturating_add(1)
            .min(rest.len()),
        b' ' | b'\t' => until(&|octet| !matches!(octet, b' ' | b'\t')),
        b',' | b';' | b':' | b'(' | b')' | b'>' => 1,
        _ => until(&|octet| {
            matches!(
                octet,
                b' ' | b'\t' | b'"' | b'<' | b'>' | b'(' | b')' | b',' | b';' | b':'
            )
        }),
    }
}

/// A quoted string without its quotes and escapes; anything else as it is.
fn unquoted(token: &[u8]) -> Vec<u8> {
    let Some(inner) = token.strip_prefix(b"\"") else {
        return token.to_vec();
    };
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    let mut escaped = false;
    let mut text = Vec::with_capacity(inner.len());
    for octet in inner {
        if *octet == b'\\' && !escaped {
            escaped = true;
        } else {
            escaped = false;
            text.push(*octet);
        }
    }
    text
}

/// Encoded-words for a text, each whole in itself, with `between` between them. What is not UTF-8 is called windows-1252, which it mostly is.
fn encoded_words(text: &[u8], between: &[u8], out: &mut Vec<u8>) {
    let utf8 = std::str::from_utf8(text).ok();
    let charset: &[u8] = if utf8.is_some() {
        b"=?utf-8?B?"
    } else {
        b"=?windows-1252?B?"
    };
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = WORD.min(rest.len());
        // At most three steps back to the beginning of a character.
        while utf8.is_some() && rest.get(end).is_some_and(|octet| *octet & 0xc0 == 0x80) {
            end -= 1;
        }
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        if rest.len() < text.len() {
            out.extend_from_slice(between);
        }
        out.extend_from_slice(charset);
        out.extend_from_slice(STANDARD.encode(word).as_bytes());
        out.extend_from_slice(b"?=");
        rest = after;
    }
}

fn question_marks(octets: &[u8]) -> Vec<u8> {
    octets
        .iter()
        .map(|octet| if octet.is_ascii() { *octet } else { b'?' })
        .collect()
}

#[cfg(test)]
#[path = "surrogate_tests.rs"]
mod tests;
