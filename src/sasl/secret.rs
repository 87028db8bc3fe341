//! Secrets in memory, and the base64 in which every protocol carries SASL messages.
//!
//! A [`Secret`] is wiped when it is dropped and prints as dots. It cannot stop the operating system from swapping a page
//! out, nor wipe the copies that a TLS library or a kernel made before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// The longest decoded SASL message that either end takes, in octets. PLAIN with a name of 255, an authorization identity of
/// 255 and a password of 1024 octets fits, and so does every SCRAM message with names of that length in escaped form.
pub const MAX_MESSAGE: usize = 4096;

/// The longest base64 form of a message of [`MAX_MESSAGE`] octets: what a session's line limit must allow during a log-in.
pub const MAX_ENCODED: usize = MAX_MESSAGE.div_ceil(3) * 4;

/// Octets that are wiped when dropped and never printed: a password, or a message that may hold one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the octets over.
    pub fn new(octets: Vec<u8>) -> Secret {
        Secret(Zeroizing::new(octets))
    }

    /// The octets themselves.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The octets as text, if they are UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(...)")
    }
}

/// Decodes one base64 line of a SASL exchange. `None`: not base64 in the strict form of RFC 4648 §4 that RFC 4954, RFC 5034 and
/// RFC 9051 ask for (padding in full, no other characters), or longer than [`MAX_ENCODED`].
pub fn decode(line: &[u8]) -> Option<Secret> {
    if line.len() > MAX_ENCODED {
        return None;
    }
    // Room for everything beforehand: a vector that grows would leave unwiped copies behind.
    let mut octets = vec![0; base64::decoded_len_estimate(line.len())];
    match STANDARD.decode_slice(line, &mut octets) {
        Ok(length) => {
            octets.truncate(length);
            Some(Secret::new(octets))
        }
        Err(_) => {
            octets.zeroize();
            None
        }
    }
}

/// Decodes an initial response, in which a single `=` stands for an empty message (RFC 4954 §4, RFC 5034 §4, RFC 4959 §3).
pub fn decode_initial(argument: &[u8]) -> Option<Secret> {
    if argument == b"=" {
        Some(Secret::new(Vec::new()))
    } else {
        decode(argument)
    }
}

/// The base64 form of a message to send.
pub fn encode(message: &[u8]) -> String {
    STANDARD.encode(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_strict() {
        assert_eq!(
            decode(b"dGVzdAB0ZXN0AHRlc3Q=").unwrap().as_bytes(),
            b"test\0test\0test"
        );
        assert_eq!(decode(b"").unwrap().as_bytes(), b"");
        for wrong in [
            &b"="[..],
            b"=AAA",
            b"AAA=BBB",
            b"dGVz dA==",
            b"dGVzdA",
            b"dGVzdA=",
            b"dGVzdB==",
            b"dGVzdA==\r",
            b"*",
        ] {
            assert!(
                decode(wrong).is_none(),
                "{}",
                String::from_utf8_lossy(wrong)
            );
        }
        assert_eq!(decode_initial(b"=").unwrap().as_bytes(), b"");
        assert!(decode(&vec![b'A'; MAX_ENCODED]).is_some());
        assert!(decode(&vec![b'A'; MAX_ENCODED + 4]).is_none());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::from("pencil")), "Secret(...)");
    }
}
