//! Readable text into ASCII header text: encoded words (RFC 2047) and extended parameters (RFC 2231).
//!
//! It promises ASCII without control characters, and that decoding gives the same text back, control
//! characters aside, which become spaces.

use crate::content::base64;

/// Octets of text in one encoded word: with `=?utf-8?q?` and `?=` the word stays within the 75 of RFC 2047 §2.
const ENCODED_MAX: usize = 63;

/// `text` for a header field: ASCII stays, the span from the first to the last word that needs it is encoded.
pub fn encode_words(text: &str) -> String {
    let needs = |word: &str| !word.bytes().all(|b| matches!(b, b' '..=b'~')) || word.contains("=?");
    let words: Vec<&str> = text.split(' ').collect();
    let (Some(first), Some(last)) = (
        words.iter().position(|w| needs(w)),
        words.iter().rposition(|w| needs(w)),
    ) else {
        return text.to_owned();
    };
    let part = |range: &[&str]| range.join(" ");
    let before = part(words.get(..first).unwrap_or(&[]));
    let span = part(words.get(first..=last).unwrap_or(&[]));
    let after = part(words.get(last + 1..).unwrap_or(&[]));
    let mut out = before;
    if first > 0 {
        out.push(' ');
    }
    encode_span(&span, &mut out);
    if last + 1 < words.len() {
        out.push(' ');
    }
    out + &after
}

/// The whole of `text` in encoded words, for a phrase in which other words would need quotes.
pub(crate) fn encode_phrase(text: &str) -> String {
    let mut out = String::new();
    encode_span(text, &mut out);
    out
}

/// A parameter for a `Content-Type` or `Content-Disposition` (RFC 2231 §4): `name` and an ASCII value as they are,
/// else `name*` and `utf-8''` with percent signs.
pub fn encode_parameter(name: &str, value: &str) -> (String, String) {
    if value.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return (name.to_owned(), value.to_owned());
    }
    let mut encoded = String::from("utf-8''");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!#$&+^`|{}".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            push_hex('%', byte, &mut encoded);
        }
    }
    (format!("{name}*"), encoded)
}

/// The whole span in encoded words, each cut between characters, with one space between them.
fn encode_span(span: &str, out: &mut String) {
    let quoted: usize = span
        .bytes()
        .map(|b| if is_literal(b) || b == b' ' { 1 } else { 3 })
        .sum();
    let as_base64 = quoted > span.len().div_ceil(3) * 4;
    let mut chars = span.chars().peekable();
    while chars.peek().is_some() {
        if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        let mut piece = String::new();
        let mut cost = 0;
        while let Some(&c) = chars.peek() {
            let of_char = if as_base64 { c.len_utf8() } else { q_cost(c) };
            let limit = if as_base64 {
                ENCODED_MAX / 4 * 3
            } else {
                ENCODED_MAX
            };
            if cost + of_char > limit {
                break;
            }
            cost += of_char;
            piece.push(c);
            chars.next();
        }
        if as_base64 {
            out.push_str("=?utf-8?b?");
            out.push_str(&base64::encode(piece.as_bytes()));
        } else {
            out.push_str("=?utf-8?q?");
            q_encode(&piece, out);
        }
        out.push_str("?=");
    }
}

fn q_cost(c: char) -> usize {
    if c == ' ' || (c.is_ascii() && c.try_into().is_ok_and(is_literal)) {
        1
    } else {
        3 * c.len_utf8()
    }
}

fn q_encode(piece: &str, out: &mut String) {
    for byte in piece.bytes() {
        match byte {
            b' ' => out.push('_'),
            _ if is_literal(byte) => out.push(char::from(byte)),
            _ => push_hex('=', byte, out),
        }
    }
}

/// What stands for itself even in a phrase (RFC 2047 §5 (3)).
fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte)
}

fn push_hex(sign: char, byte: u8, out: &mut String) {
    out.push(sign);
    for digit in [byte >> 4, byte & 15] {
        out.push(
            char::from_digit(u32::from(digit), 16)
                .unwrap_or('0')
                .to_ascii_uppercase(),
        );
    }
}
