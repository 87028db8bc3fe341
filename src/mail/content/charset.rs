//! Text in any charset to UTF-8, by the Encoding Standard's tables and labels.
//!
//! It promises a text for every input: what cannot be decoded becomes U+FFFD. It does not know UTF-7.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// `octets` in the charset called `label` as UTF-8.
///
/// An unknown or missing label, and US-ASCII with 8-bit octets, is read as UTF-8 if it is well formed, else as
/// windows-1252. Linear; borrows when the octets are UTF-8 already.
pub fn to_utf8<'a>(label: &str, octets: &'a [u8]) -> Cow<'a, str> {
    if octets.is_ascii() && !is_stateful(label) {
        return String::from_utf8_lossy(octets);
    }
    match encoding(label) {
        Some(encoding) if encoding == UTF_8 => String::from_utf8_lossy(octets),
        Some(encoding) => encoding.decode_without_bom_handling(octets).0,
        None => guess(octets),
    }
}

/// Whether [`to_utf8`] knows the charset by this label.
pub fn is_known(label: &str) -> bool {
    is_ascii_label(label) || encoding(label).is_some()
}

/// Octets that say nothing of their charset: UTF-8 if well formed, else windows-1252.
pub(crate) fn guess(octets: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(octets).0,
    }
}

fn encoding(label: &str) -> Option<&'static Encoding> {
    if is_ascii_label(label) {
        return None;
    }
    // for_label_no_replacement: the dangerous legacy encodings decode to nothing but U+FFFD.
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// The Encoding Standard calls US-ASCII windows-1252; mail that says US-ASCII and is 8-bit is mostly UTF-8.
fn is_ascii_label(label: &str) -> bool {
    [
        "us-ascii",
        "ascii",
        "ansi_x3.4-1968",
        "iso-ir-6",
        "iso646-us",
    ]
    .iter()
    .any(|l| l.eq_ignore_ascii_case(label.trim()))
}

/// Charsets in which ASCII octets do not mean ASCII characters.
fn is_stateful(label: &str) -> bool {
    encoding(label).is_some_and(|e| !e.is_ascii_compatible())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_decode() {
        let rows: [(&str, &[u8], &str); 12] = [
            ("utf-8", "grün".as_bytes(), "grün"),
            ("UTF8", b"a\xFFb", "a\u{FFFD}b"),
            ("iso-8859-1", b"gr\xFCn", "grün"),
            ("ISO-8859-15", b"\xA4", "€"),
            ("windows-1252", b"\x80", "€"),
            ("koi8-r", b"\xF0\xD2\xC9", "При"),
            ("iso-2022-jp", b"\x1B$B4A;z\x1B(B", "漢字"),
            ("gb2312", b"\xD6\xD0", "中"),
            ("us-ascii", "ü".as_bytes(), "ü"),
            ("us-ascii", b"\xFC", "ü"),
            ("x-unheard-of", b"\xFC", "ü"),
            ("", b"plain", "plain"),
        ];
        for (label, octets, text) in rows {
            assert_eq!(to_utf8(label, octets), text, "{label}");
        }
        assert!(is_known("ASCII") && is_known("utf-8") && !is_known("x-unheard-of"));
    }
}
