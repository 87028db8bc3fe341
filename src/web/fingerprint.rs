//! The box's certificate in a form that people can compare: six words, and a rhythm that its light plays.
//!
//! What it proves, and what not. The page shows the words and the rhythm of the certificate that this box shows to browsers; the light in front of you plays the rhythm. If
//! they agree, the page was made by this box, or by someone who passes on what this box says: two boxes in one house, or a neighbour's, are told apart, and a
//! page that merely pretends does not know when to blink how. It does **not** prove that nobody sits between browser and box: whoever relays every octet relays the
//! rhythm too, and until the certificate is trusted, TLS alone does not keep them out. Against that, the SHA-256 that the browser itself shows for the
//! certificate must be compared with what the box's start, `pillarbox light` and `pillarbox status` say on its own screen ([`super::presented`]), or with the words on a
//! second device that reaches the box by another way. The words stay the same as long as the certificate: who knows them from the last visit knows this box again.

use board::Rhythm;
use ring::digest::{SHA256, digest};

use super::{Language, words};

/// 48 bits: nobody finds another certificate with the same words in a lifetime, and one can read them aloud.
const WORDS: usize = 6;

/// Of one certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint {
    sha256: [u8; 32],
}

impl Fingerprint {
    /// Of a certificate (DER).
    pub fn of(certificate: &[u8]) -> Fingerprint {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, certificate).as_ref());
        Fingerprint { sha256 }
    }

    /// The words, in the reader's language.
    pub fn words(&self, language: Language) -> Vec<&'static str> {
        let octets = self.sha256.iter().take(WORDS);
        octets.map(|octet| words::word(*octet, language)).collect()
    }

    /// What browsers show: SHA-256 in pairs of hexadecimal digits.
    pub fn hex(&self) -> String {
        let pairs: Vec<String> = self.sha256.iter().map(|o| format!("{o:02X}")).collect();
        pairs.join(":")
    }

    /// What the light plays.
    pub fn rhythm(&self) -> Rhythm {
        Rhythm::of(&self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_rhythm_follow_the_certificate() {
        let one = Fingerprint::of(b"one");
        assert_eq!(one.words(Language::English).len(), WORDS);
        assert_ne!(one.words(Language::Greek), one.words(Language::English));
        assert_ne!(
            one.words(Language::English),
            Fingerprint::of(b"two").words(Language::English)
        );
        assert_eq!(one.hex().len(), 32 * 3 - 1);
        assert_eq!(one.rhythm(), Fingerprint::of(b"one").rhythm());
    }
}
