//! The fields of a header block as slices of it, and blocks with some of them left out.
//!
//! It promises that the `raw` slices of all fields, joined, are the block up to its empty line. A line that is no
//! field is given as one whose name is empty, so that nothing is lost.

use std::borrow::Cow;

use memchr::memchr;

use crate::parse::field_name;

/// One header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name as written, without the white space that may stand before the colon; empty for a junk line.
    pub name: &'a [u8],
    /// What stands behind the colon, still folded, without the last line end.
    pub value: &'a [u8],
    /// The whole field with its line ends.
    pub raw: &'a [u8],
}

impl Field<'_> {
    /// Whether the field has this name, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The fields at the start of `block`, to its empty line or its end. Lines may end in LF alone.
pub fn fields(block: &[u8]) -> Fields<'_> {
    Fields { rest: block }
}

/// Iterator over header fields; see [`fields`].
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// What has not been read: after the last field, the empty line and all behind it.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        if self.rest.is_empty() || self.rest.starts_with(b"\r\n") || self.rest.starts_with(b"\n") {
            return None;
        }
        let (raw, rest) = self
            .rest
            .split_at_checked(field_len(self.rest))
            .unwrap_or((self.rest, &[]));
        self.rest = rest;
        let text = raw.strip_suffix(b"\n").unwrap_or(raw);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let (name, value) = field_name(text).unwrap_or((&[], text));
        Some(Field { name, value, raw })
    }
}

/// The block without the fields of these names (any case); what follows the header stays.
pub fn strip_fields(block: &[u8], names: &[&str]) -> Vec<u8> {
    let mut fields = fields(block);
    let mut kept = Vec::with_capacity(block.len());
    for field in fields
        .by_ref()
        .filter(|field| !names.iter().any(|name| field.is(name)))
    {
        kept.extend_from_slice(field.raw);
    }
    kept.extend_from_slice(fields.rest());
    kept
}

/// The fields of these names (any case) in the order of the block, without the empty line (RFC 9051 `HEADER.FIELDS`).
pub fn keep_fields(block: &[u8], names: &[&str]) -> Vec<u8> {
    let mut kept = Vec::new();
    for field in fields(block).filter(|field| names.iter().any(|name| field.is(name))) {
        kept.extend_from_slice(field.raw);
    }
    kept
}

/// A folded value on one line (RFC 5322 §2.2.3), without white space at its ends. A bare CR or NUL becomes a space.
pub fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    if !value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Cow::Borrowed(value);
    }
    let mut line = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\n' => {}
            b'\r' if after.first() == Some(&b'\n') => {}
            b'\r' | 0 => line.push(b' '),
            _ => line.push(byte),
        }
    }
    Cow::Owned(line)
}

/// Octets of the field at the start of `block`: its first line and the lines that begin with white space.
fn field_len(block: &[u8]) -> usize {
    let mut len = 0;
    while let Some(rest) = block.get(len..) {
        match memchr(b'\n', rest) {
            Some(end) => len += end + 1,
            None => return block.len(),
        }
        if !matches!(block.get(len), Some(b' ' | b'\t')) {
            break;
        }
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &[u8] =
        b"Subject: one\r\n two\r\nBcc : x\r\njunk\r\nbcc: y\nA:\r\n\r\nBcc: body\r\n";

    #[test]
    fn fields_are_slices_that_cover_the_block() {
        let found: Vec<(&[u8], &[u8])> = fields(BLOCK).map(|f| (f.name, f.value)).collect();
        let rows: [(&[u8], &[u8]); 5] = [
            (b"Subject", b" one\r\n two"),
            (b"Bcc", b" x"),
            (b"", b"junk"),
            (b"bcc", b" y"),
            (b"A", b""),
        ];
        assert_eq!(found, rows);
        let mut all = fields(BLOCK);
        let mut joined: Vec<u8> = all.by_ref().flat_map(|f| f.raw.to_vec()).collect();
        joined.extend_from_slice(all.rest());
        assert_eq!(joined, BLOCK);
        for end in 0..BLOCK.len() {
            assert!(fields(&BLOCK[..end]).count() <= 6);
        }
    }

    #[test]
    fn fields_are_stripped_and_kept() {
        assert_eq!(
            strip_fields(BLOCK, &["BCC"]),
            b"Subject: one\r\n two\r\njunk\r\nA:\r\n\r\nBcc: body\r\n"
        );
        assert_eq!(keep_fields(BLOCK, &["bcc", "none"]), b"Bcc : x\r\nbcc: y\n");
    }

    #[test]
    fn values_unfold() {
        assert_eq!(*unfold(b" a\r\n b\n\tc\r\n"), *b"a b\tc");
        assert_eq!(*unfold(b" a\rb\0c "), *b"a b c");
        assert!(matches!(unfold(b" plain "), Cow::Borrowed(b"plain")));
    }
}
