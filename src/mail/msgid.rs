//! Message identifiers (RFC 5322 §3.6.4): made, and found in header fields.

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use crate::domain::valid_domain;

/// Longest identifier that is looked at, in octets: a line of RFC 5322.
const ID_MAX: usize = 998;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// `<unique@host>`: the octets in base 32, in lower case. It is as unique as `unique` is; 16 random octets do.
///
/// A `host` that cannot stand there is replaced by `invalid`.
pub fn generate<const N: usize>(host: &str, unique: [u8; N]) -> String {
    let host = if valid_domain(host) && host.is_ascii() {
        host
    } else {
        "invalid"
    };
    format!("<{}@{host}>", base32(unique))
}

/// The identifiers in a field's value, in their order, without angle brackets: what lies between is passed over.
///
/// `msg-id = "<" id-left "@" id-right ">"`, a quoted `id-left` given without its quotes, white space dropped: two spellings of one identifier
/// are the same octets (RFC 5256 §3). Linear time.
pub fn ids(value: &[u8]) -> Ids<'_> {
    Ids { rest: value }
}

/// Iterator over message identifiers; see [`ids`].
#[derive(Clone, Debug)]
pub struct Ids<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Ids<'a> {
    type Item = Cow<'a, [u8]>;

    fn next(&mut self) -> Option<Cow<'a, [u8]>> {
        loop {
            let start = memchr(b'<', self.rest)?;
            let inside = self.rest.get(start + 1..)?;
            let quoted = quoted_len(inside);
            let window = inside.get(..ID_MAX).unwrap_or(inside);
            let end = memchr(b'>', window.get(quoted..).unwrap_or_default());
            let Some(end) = end.map(|end| end.saturating_add(quoted)) else {
                self.rest = inside;
                if inside.len() <= ID_MAX {
                    // Nothing ends any more.
                    memchr(b'>', inside)?;
                }
                continue;
            };
            let (id, rest) = inside.split_at_checked(end)?;
            self.rest = rest;
            // A bracket that was never closed stood before this one.
            let begun = memrchr(b'<', id.get(quoted..).unwrap_or_default());
            let id = match begun {
                Some(at) => id.get(quoted + at + 1..).unwrap_or_default(),
                None => id,
            };
            if let Some(id) = normalized(id) {
                return Some(id);
            }
        }
    }
}

/// Octets of the quoted string at the start, 0 if there is none that ends.
fn quoted_len(text: &[u8]) -> usize {
    if text.first() != Some(&b'"') {
        return 0;
    }
    let mut escaped = false;
    for (at, octet) in text.iter().enumerate().take(ID_MAX).skip(1) {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    0
}

/// The identifier in its one spelling; `None` if it is none.
fn normalized(id: &[u8]) -> Option<Cow<'_, [u8]>> {
    let quoted = quoted_len(id);
    let (left, rest) = id.split_at_checked(quoted)?;
    let plain = rest
        .iter()
        .all(|octet| octet.is_ascii_graphic() || *octet > 0x7F);
    let id: Cow<'_, [u8]> = if left.is_empty() && plain {
        Cow::Borrowed(id)
    } else {
        let mut text = Vec::with_capacity(id.len());
        let mut escaped = false;
        for &octet in left.get(1..quoted.saturating_sub(1)).unwrap_or_default() {
            if octet == b'\\' && !escaped {
                escaped = true;
            } else {
                escaped = false;
                text.push(octet);
            }
        }
        text.extend(rest.iter().filter(|octet| !octet.is_ascii_whitespace()));
        Cow::Owned(text)
    };
    let at = memrchr(b'@', &id)?;
    (at > 0 && at + 1 < id.len()).then_some(id)
}

/// The octets in base 32, in lower case, without padding.
pub(crate) fn base32<const N: usize>(octets: [u8; N]) -> String {
    let mut text = String::new();
    let (mut bits, mut count) = (0u32, 0);
    for octet in octets {
        bits = bits << 8 | u32::from(octet);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(digit(bits >> count));
        }
    }
    if count > 0 {
        text.push(digit(bits << (5 - count)));
    }
    text
}

fn digit(bits: u32) -> char {
    char::from(ALPHABET.get((bits & 31) as usize).copied().unwrap_or(b'a'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_dot_atoms_at_a_host() {
        assert_eq!(
            generate("mx.example", *b"foobar"),
            "<mzxw6ytboi@mx.example>"
        );
        assert_eq!(generate("bad host\r\n", [0u8; 5]), "<aaaaaaaa@invalid>");
        assert_ne!(generate("h", [1u8; 16]), generate("h", [2u8; 16]));
    }

    #[test]
    fn identifiers_are_found_in_one_spelling() {
        for (value, found) in [
            ("", vec![]),
            ("<a@b>", vec!["a@b"]),
            ("<a@b><c@d>  <e@f>", vec!["a@b", "c@d", "e@f"]),
            ("Ann's letter of <a@b> (\"x\")", vec!["a@b"]),
            ("<a@b", vec![]),
            ("<a <b@c>", vec!["b@c"]),
            ("<a>", vec![]),
            ("<@b> <a@> <c@d>", vec!["c@d"]),
            // RFC 5256 §3's own.
            (
                "<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com> <01KF8JCEOCBS0045PS@xxx.yyy.com>",
                vec!["01KF8JCEOCBS0045PS@xxx.yyy.com"; 2],
            ),
            ("<\"a>b\"@c>", vec!["a>b@c"]),
            ("<\"a\\\"b\"@c>", vec!["a\"b@c"]),
            ("<\"a@b> <c@d>", vec!["\"a@b", "c@d"]),
            ("<a b@c\r\n d>", vec!["ab@cd"]),
            ("<A@b> <a@b>", vec!["A@b", "a@b"]),
        ] {
            let ids: Vec<String> = ids(value.as_bytes())
                .map(|id| String::from_utf8(id.into_owned()).unwrap())
                .collect();
            assert_eq!(ids, found, "{value}");
        }
    }

    #[test]
    fn hostile_references_take_linear_time() {
        for value in [
            "<".repeat(500_000),
            "<\"".repeat(100_000),
            "<a@".repeat(200_000),
            "<\"a".repeat(99_000) + ">",
        ] {
            assert!(ids(value.as_bytes()).count() <= 1);
        }
    }
}
