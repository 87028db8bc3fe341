//! Encoded words in header fields (RFC 2047, with the language of RFC 2231 §5), read as widely as senders write them.
//!
//! It promises linear time and a text without control characters. It does not parse the field: a word inside a quoted
//! string is decoded too, because so many senders put it there.

use memchr::memmem;

use crate::content::{base64, charset};

/// A field body as readable text. Folding is undone; white space between two encoded words is dropped, and
/// characters cut apart between two words of one charset are joined. What is not encoded is UTF-8 if it is well
/// formed, else windows-1252.
pub fn decode_words(text: &[u8]) -> String {
    let text = super::unfold(text);
    let mut out = String::with_capacity(text.len());
    let mut pending: Option<(String, Vec<u8>)> = None;
    let mut rest: &[u8] = &text;
    let mut plain_from = rest;
    // Once no "?=" is left there are no more words: the search is not repeated for every "=?".
    let mut ends_left = true;
    while let Some(start) = memmem::find(rest, b"=?") {
        let at = rest.get(start..).unwrap_or(&[]);
        let Some((word, after)) = ends_left
            .then(|| encoded_word(at, &mut ends_left))
            .flatten()
        else {
            rest = rest.get(start + 2..).unwrap_or(&[]);
            continue;
        };
        let between = plain_from.get(..plain_from.len() - at.len()).unwrap_or(&[]);
        let joins = pending.is_some() && between.trim_ascii().is_empty();
        if !joins {
            flush(&mut pending, &mut out);
            out.push_str(&charset::guess(between));
        }
        match &mut pending {
            Some((label, octets)) if label.eq_ignore_ascii_case(&word.charset) => {
                octets.extend(word.octets)
            }
            _ => {
                flush(&mut pending, &mut out);
                pending = Some((word.charset, word.octets));
            }
        }
        rest = after;
        plain_from = after;
    }
    flush(&mut pending, &mut out);
    out.push_str(&charset::guess(plain_from));
    super::without_controls(&out)
}

struct Word {
    charset: String,
    octets: Vec<u8>,
}

/// `encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="`, and what follows it.
///
/// Deviation: the encoded text may hold blanks and be of any length.
fn encoded_word<'a>(text: &'a [u8], ends_left: &mut bool) -> Option<(Word, &'a [u8])> {
    let text = text.strip_prefix(b"=?")?;
    // No charset name is longer than this; the bound keeps a row of "=?" linear.
    let label_end = text
        .iter()
        .take(CHARSET_MAX)
        .position(|&b| b == b'?' || b == b' ')?;
    let (label, text) = text.split_at_checked(label_end)?;
    let (encoding, text) = match text {
        [b'?', encoding, b'?', text @ ..] => (encoding, text),
        _ => return None,
    };
    let Some(end) = memmem::find(text, b"?=") else {
        *ends_left = false;
        return None;
    };
    let (encoded, after) = text.split_at_checked(end)?;
    let octets = match encoding {
        b'B' | b'b' => base64::decode(encoded),
        b'Q' | b'q' => q_decode(encoded),
        _ => return None,
    };
    let label = label.split(|&b| b == b'*').next().unwrap_or(label);
    let charset = std::str::from_utf8(label)
        .ok()
        .filter(|l| !l.is_empty())?
        .to_owned();
    Some((Word { charset, octets }, after.get(2..).unwrap_or(&[])))
}

/// Longest charset name with its language that is looked for.
const CHARSET_MAX: usize = 80;

/// The `Q` encoding (RFC 2047 §4.2).
fn q_decode(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'_', _) => octets.push(b' '),
            (b'=', &[high, low, ref tail @ ..]) => match (super::hex(high), super::hex(low)) {
                (Some(high), Some(low)) => {
                    octets.push(high << 4 | low);
                    rest = tail;
                }
                _ => octets.push(byte),
            },
            _ => octets.push(byte),
        }
    }
    octets
}

fn flush(pending: &mut Option<(String, Vec<u8>)>, out: &mut String) {
    if let Some((label, octets)) = pending.take() {
        out.push_str(&charset::to_utf8(&label, &octets));
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
