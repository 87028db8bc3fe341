//! One entity's header, rewritten: another transfer encoding, ASCII for UTF-8, lines that every server takes.
//!
//! It promises fields that read as before: encoded words decode to the same text, parameters (RFC 2231) to the same values,
//! domains become A-labels. A local part beyond ASCII has no such form; nor has UTF-8 in identifiers and trace fields.

use super::Obstacle;
use crate::header::{
    Field, decode_words, encode_parameter, encode_phrase, encode_words, fields,
    parse_parameterized, unfold,
};
use crate::idna;
use crate::limits::ADDRESSES_MAX;
use crate::needs::LINE_MAX;
use crate::{EnvelopeAddress, parse_addresses};

/// Characters of a line, where blanks allow it.
const WIDTH: usize = 76;
/// Longest word that is written: a line must hold it.
const WORD_MAX: usize = 900;

/// What has to change in a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// The `Content-Transfer-Encoding` that replaces what is there.
    pub(super) encoding: Option<&'static str>,
    /// Adds `MIME-Version` if it is missing (RFC 2045 §4).
    pub(super) mime_version: bool,
    /// No octets above 127 may stay.
    pub(super) ascii: bool,
    /// There are long lines, NUL or bare CR.
    pub(super) mend: bool,
}

const ENCODING: &str = "Content-Transfer-Encoding";
const ADDRESS_FIELDS: [&str; 13] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Resent-From",
    "Resent-Sender",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Disposition-Notification-To",
    "Mail-Followup-To",
];
/// Fields in which an encoded word may not stand.
const NEVER_ENCODED: [&str; 24] = [
    "Message-ID",
    "In-Reply-To",
    "References",
    "Resent-Message-ID",
    "Date",
    "Resent-Date",
    "Received",
    "Return-Path",
    "Delivered-To",
    "Original-Recipient",
    "MIME-Version",
    ENCODING,
    "Content-ID",
    "Content-Location",
    "Content-MD5",
    "Content-Language",
    "DKIM-Signature",
    "Authentication-Results",
    "ARC-Seal",
    "ARC-Message-Signature",
    "ARC-Authentication-Results",
    "List-ID",
    "List-Post",
    "List-Unsubscribe",
];

impl Wish {
    pub(super) fn is_none(&self) -> bool {
        *self == Wish::default()
    }
}

/// The header with its empty line, rewritten.
pub(super) fn rewrite(block: &[u8], wish: &Wish) -> Result<Vec<u8>, Obstacle> {
    let mut out = Vec::with_capacity(block.len() + 64);
    let mut all = fields(block);
    let (mut has_version, mut labelled) = (false, false);
    for field in all.by_ref() {
        has_version |= field.is("MIME-Version");
        if let Some(new) = wish.encoding
            && field.is(ENCODING)
        {
            // In its place: what follows may be no field, which at the start of a header would end it.
            if !std::mem::replace(&mut labelled, true) {
                label(new, &mut out);
            }
            continue;
        }
        if wish.ascii && !field.raw.is_ascii() {
            out.extend_from_slice(&ascii(&field)?);
        } else if wish.mend {
            mend(&field, &mut out);
        } else {
            out.extend_from_slice(field.raw);
        }
        if !out.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
    if wish.mime_version && !has_version {
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    }
    if let Some(new) = wish.encoding.filter(|_| !labelled) {
        label(new, &mut out);
    }
    let rest = all.rest();
    // A body without a header, not even an empty one, gets what separates them.
    out.extend_from_slice(if block.is_empty() { b"\r\n" } else { rest });
    Ok(out)
}

fn label(encoding: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{ENCODING}: {encoding}\r\n").as_bytes());
}

/// The field without octets above 127.
fn ascii(field: &Field<'_>) -> Result<Vec<u8>, Obstacle> {
    if field.name.is_empty() {
        // No field at all; nobody reads it.
        let mut out = Vec::new();
        mend(field, &mut out);
        out.iter_mut()
            .filter(|b| !b.is_ascii())
            .for_each(|b| *b = b'?');
        return Ok(out);
    }
    let is_one_of = |names: &[&str]| names.iter().any(|name| field.is(name));
    let value = unfold(field.value);
    let text = if is_one_of(&ADDRESS_FIELDS) {
        addresses(&value)?
    } else if is_one_of(&["Content-Type", "Content-Disposition"]) {
        parameters(&value)?
    } else if is_one_of(&NEVER_ENCODED) {
        return Err(Obstacle::NeedsSmtputf8);
    } else {
        encode_words(&decode_words(&value))
    };
    let name = String::from_utf8_lossy(field.name);
    if !text.is_ascii() || !name.is_ascii() {
        return Err(Obstacle::NeedsSmtputf8);
    }
    if text.split(' ').any(|word| word.len() > WORD_MAX) || name.len() > WORD_MAX {
        return Err(Obstacle::TooComplex);
    }
    let mut out = Vec::new();
    fold(name.as_bytes(), text.as_bytes(), &mut out);
    Ok(out)
}

fn addresses(value: &[u8]) -> Result<String, Obstacle> {
    let list = parse_addresses(value);
    if list.len() >= ADDRESSES_MAX {
        return Err(Obstacle::TooComplex);
    }
    let mut out = String::new();
    for item in &list {
        // Between elements stands a comma, but not behind the start of a group and not before its end.
        if !out.is_empty() && !out.ends_with(':') && *item != EnvelopeAddress::GroupEnd {
            out.push(',');
        }
        if !out.is_empty() && *item != EnvelopeAddress::GroupEnd {
            out.push(' ');
        }
        match item {
            EnvelopeAddress::Mailbox {
                name, local, host, ..
            } => {
                let address = addr_spec(local, host)?;
                match name {
                    Some(name) => out.push_str(&format!("{} <{address}>", phrase(name))),
                    None => out.push_str(&address),
                }
            }
            EnvelopeAddress::GroupStart(name) => {
                out.push_str(&phrase(name));
                out.push(':');
            }
            EnvelopeAddress::GroupEnd => out.push(';'),
        }
    }
    Ok(out)
}

fn addr_spec(local: &[u8], host: &[u8]) -> Result<String, Obstacle> {
    let (local, host) = match (std::str::from_utf8(local), std::str::from_utf8(host)) {
        (Ok(local), Ok(host)) if local.is_ascii() => (local, host),
        _ => return Err(Obstacle::NeedsSmtputf8),
    };
    let host = if host.is_ascii() {
        host.to_owned()
    } else {
        idna::to_ascii(host).ok_or(Obstacle::NeedsSmtputf8)?
    };
    let is_dot_atom = local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext));
    let local = if is_dot_atom {
        local.to_owned()
    } else {
        quoted(local)
    };
    Ok(if host.is_empty() {
        local
    } else {
        format!("{local}@{host}")
    })
}

fn phrase(name: &[u8]) -> String {
    let text = decode_words(name);
    if text.is_ascii() && !text.contains("=?") {
        quoted(&text)
    } else {
        encode_phrase(&text)
    }
}

fn parameters(value: &[u8]) -> Result<String, Obstacle> {
    let parsed = parse_parameterized(value);
    if parsed.cut || parsed.boundary.as_ref().is_some_and(|b| !b.is_ascii()) {
        return Err(Obstacle::TooComplex);
    }
    let mut out = parsed.value;
    for (name, value) in &parsed.params {
        let (name, value) = match encode_parameter(name, value) {
            (name, value) if name.ends_with('*') => (name, value),
            (name, value) => (name, quoted(&value)),
        };
        out.push_str(&format!("; {name}={value}"));
    }
    Ok(out)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `atext` of RFC 5322 §3.2.3.
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// NUL and bare CR become blanks, long lines are folded where there are blanks.
fn mend(field: &Field<'_>, out: &mut Vec<u8>) {
    let is_long = field
        .raw
        .split(|&b| b == b'\n')
        .any(|line| line.len() > LINE_MAX);
    if is_long && !field.name.is_empty() {
        return fold(field.name, &unfold(field.value), out);
    }
    // A line that is no field must not become one that continues a field.
    let instead = if field.name.is_empty() { b'?' } else { b' ' };
    let mut rest = field.raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let is_bare = byte == 0 || (byte == b'\r' && rest.first() != Some(&b'\n'));
        out.push(if is_bare { instead } else { byte });
    }
}

/// The field in lines of [`WIDTH`] octets, broken before single blanks: unfolding gives `value` back.
fn fold(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    let mut column = name.len() + 2;
    let mut rest = value;
    let mut before_is_word = false;
    while !rest.is_empty() {
        let blanks = rest
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        let word = rest
            .iter()
            .skip(blanks)
            .take_while(|b| !matches!(b, b' ' | b'\t'))
            .count();
        let (piece, after) = rest.split_at_checked(blanks + word).unwrap_or((rest, &[]));
        rest = after;
        if blanks > 0 && word > 0 && before_is_word && column + piece.len() > WIDTH {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        out.extend_from_slice(piece);
        column += piece.len();
        before_is_word |= word > 0;
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
