//! Message identifiers (RFC 5322 §3.6.4).

use crate::domain::valid_domain;

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
}
