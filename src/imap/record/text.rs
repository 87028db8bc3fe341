//! Header text in the two forms that clients get: UTF-8, and 7-bit with encoded words (A41).

use std::borrow::Cow;

use crate::print;

/// Prints header text as a string: as it is when it is ASCII; else as UTF-8, or as encoded words for a client that has not
/// enabled UTF-8. Control characters become spaces, so that the marks of a stored structure stay unique.
pub(super) fn string(value: &[u8], utf8: bool, out: &mut Vec<u8>) {
    print::string(&text(value, utf8), true, out);
}

/// NIL, or the string.
pub(super) fn nstring(value: Option<&[u8]>, utf8: bool, out: &mut Vec<u8>) {
    match value {
        None => out.extend_from_slice(b"NIL"),
        Some(value) => string(value, utf8, out),
    }
}

fn text(value: &[u8], utf8: bool) -> Cow<'_, [u8]> {
    let value = if value.iter().any(|octet| is_control(*octet)) {
        Cow::Owned(
            value
                .iter()
                .map(|octet| if is_control(*octet) { b' ' } else { *octet })
                .collect(),
        )
    } else {
        Cow::Borrowed(value)
    };
    if value.is_ascii() || (utf8 && std::str::from_utf8(&value).is_ok()) {
        return value;
    }
    let readable = mail::header::decode_words(&value);
    let printed = if utf8 {
        readable
    } else {
        mail::header::encode_words(&readable)
    };
    Cow::Owned(
        printed
            .into_bytes()
            .into_iter()
            .filter(|octet| !is_control(*octet))
            .collect(),
    )
}

fn is_control(octet: u8) -> bool {
    octet.is_ascii_control() && octet != b'\t'
}

/// The parameters of a media type or disposition: `("name" "value" ...)` or NIL. In 7-bit form a value beyond ASCII gets RFC
/// 2231's `name*` and percent encoding.
pub(super) fn params(params: &[(String, String)], utf8: bool, out: &mut Vec<u8>) {
    let mut opened = false;
    for (name, value) in params {
        out.push(if opened { b' ' } else { b'(' });
        opened = true;
        if value.is_ascii() || utf8 {
            string(name.as_bytes(), utf8, out);
            out.push(b' ');
            string(value.as_bytes(), utf8, out);
        } else {
            string(format!("{name}*").as_bytes(), false, out);
            out.push(b' ');
            string(extended(value).as_bytes(), false, out);
        }
    }
    out.extend_from_slice(if opened { b")" } else { b"NIL" });
}

/// RFC 2231 §4: `utf-8''` and percent encoding of all but attribute characters.
fn extended(value: &str) -> String {
    let mut out = String::from("utf-8''");
    for octet in value.bytes() {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(octet));
        } else {
            for digit in [octet >> 4, octet & 15] {
                out.push(
                    char::from_digit(u32::from(digit), 16)
                        .unwrap_or('0')
                        .to_ascii_uppercase(),
                );
            }
            let at = out.len().saturating_sub(2);
            out.insert(at, '%');
        }
    }
    out
}
