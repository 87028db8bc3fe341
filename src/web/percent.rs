//! Percent-escapes (RFC 3986 §2.1), and the `+` of forms.

/// Decodes `%XX`, and `+` as a space where `plus` says so. `None`: an escape that is none, or octets that are not UTF-8.
pub(super) fn decode(text: &str, plus: bool) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => (hex(rest.next()?)? << 4) | hex(rest.next()?)?,
            b'+' if plus => b' ',
            octet => octet,
        });
    }
    match String::from_utf8(octets) {
        Ok(text) => Some(text),
        Err(error) => {
            // It may have been a password.
            zeroize::Zeroize::zeroize(&mut error.into_bytes());
            None
        }
    }
}

/// `text` as a value in a query (RFC 3986 §2.1).
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'@' => {
                out.push(char::from(octet))
            }
            octet => out.push_str(&format!("%{octet:02X}")),
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_rubbish_is_refused() {
        for (text, plus, decoded) in [
            ("", false, Some("")),
            ("a+b%20c", true, Some("a b c")),
            ("a+b%20c", false, Some("a+b c")),
            ("%CE%B1%ce%B2", false, Some("αβ")),
            ("αβ", false, Some("αβ")),
            ("%2B%25", true, Some("+%")),
            ("%00", false, Some("\0")),
            ("%", false, None),
            ("%4", false, None),
            ("%G0", false, None),
            ("%+1", true, None),
            ("%ff", false, None),
            ("%ce", false, None),
            ("%%41", false, None),
        ] {
            assert_eq!(decode(text, plus).as_deref(), decoded, "{text}");
        }
    }

    #[test]
    fn values_stay_inside_their_query() {
        assert_eq!(encode("ann+x@house.test"), "ann%2Bx@house.test");
        assert_eq!(encode("a&b=c#ά\""), "a%26b%3Dc%23%CE%AC%22");
    }
}
