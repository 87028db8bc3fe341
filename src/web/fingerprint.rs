//! The box's certificate in a form that people can compare: six words, and a rhythm that its light plays.
//!
//! What it proves, and what not. The page shows the words and the rhythm of the certificate that this box shows to browsers; the light in front of you plays the rhythm. If
//! they agree, the page was made by this box, or by someone who passes on what this box says: two boxes in one house, or a neighbour's, are told apart, and a
//! page that merely pretends does not know when to blink how. It does **not** prove that nobody sits between browser and box: whoever relays every octet relays the
//! rhythm too, and until the certificate is trusted, TLS alone does not keep them out. Against that, the SHA-256 that the browser itself shows for the
//! certificate must be compared with what `pillarbox status` says, or with the words on a second device that reaches the box by another way. The words stay
//! the same as long as the certificate: who knows them from the last visit knows this box again.

use std::fmt::Write as _;

use board::Rhythm;
use maud::{Markup, html};
use ring::digest::{SHA256, digest};

use super::texts::Texts;
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

    /// Words and rhythm as a part of a page, whose reply needs [`Fingerprint::css`] as a style: a lamp that plays it, and the same in words for
    /// those who do not see it.
    pub fn drawn(&self, language: Language) -> Markup {
        let texts = Texts::of(language);
        let said: Vec<&str> = (self.rhythm().longs())
            .map(|long| if long { texts.long } else { texts.short })
            .collect();
        html! {
            p class="words" translate="no" { (self.words(language).join(" · ")) }
            p class="rhythm" {
                span class="beacon" aria-hidden="true" {}
                " " (said.join(" · "))
            }
        }
    }

    /// The style of [`Fingerprint::drawn`]. Who asked for less motion gets a lamp that stands still; it never flashes more than three times a second (WCAG 2.3.1).
    pub fn css(&self) -> String {
        let beats = self.rhythm().beats();
        let round: u32 = beats.iter().map(|(on, off)| on + off).sum();
        let mut frames = String::new();
        let mut at = 0;
        for (on, off) in beats.iter() {
            let percent = |ms: u32| f64::from(ms) * 100.0 / f64::from(round.max(1));
            // Writing to a string cannot fail.
            let _ = write!(
                frames,
                "{:.2}%{{opacity:1}}{:.2}%{{opacity:.12}}",
                percent(at),
                percent(at + on)
            );
            at += on + off;
        }
        format!(
            ".words{{font-weight:600;font-size:1.15em}}\
             .beacon{{display:inline-block;width:1em;height:1em;border-radius:50%;background:#c60;vertical-align:-.1em}}\
             @media(prefers-reduced-motion:no-preference){{.beacon{{animation:beacon {round}ms step-end infinite}}}}\
             @keyframes beacon{{{frames}100%{{opacity:.12}}}}"
        )
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
        let drawn = one.drawn(Language::English).into_string();
        let longs = one.rhythm().longs().filter(|long| *long).count();
        assert_eq!(drawn.matches("long").count(), longs);
        let css = one.css();
        assert!(css.contains("0.00%{opacity:1}") && !css.contains('<'));
        assert_eq!(
            css.matches("opacity:1}").count(),
            one.rhythm().beats().len()
        );
    }
}
