//! Comparing texts without regard to case: i;unicode-casemap (RFC 5051) but for upper case in place of title case.

use unicode_normalization::UnicodeNormalization;

/// Puts the folded form of `text` behind `out`: upper case, compatibility-decomposed. Two texts that differ in case, in width or in how
/// their accents are composed have the same one. A cut between two characters changes nothing but the order of accents at the cut.
pub(crate) fn fold(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest
            .bytes()
            .position(|octet| !octet.is_ascii())
            .unwrap_or(rest.len());
        let (plain, other) = rest.split_at_checked(ascii).unwrap_or((rest, ""));
        let start = out.len();
        out.extend_from_slice(plain.as_bytes());
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_uppercase();
        }
        let length = other
            .bytes()
            .position(|octet| octet.is_ascii())
            .unwrap_or(other.len());
        let (other, after) = other.split_at_checked(length).unwrap_or((other, ""));
        let mut octets = [0; 4];
        for folded in other
            .chars()
            .flat_map(char::to_uppercase)
            .nfkd()
            .flat_map(char::to_uppercase)
        {
            out.extend_from_slice(folded.encode_utf8(&mut octets).as_bytes());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        fold(text, &mut out);
        out
    }

    #[test]
    fn case_width_and_composition_do_not_count() {
        for (one, other) in [
            ("Grüße", "GRU\u{308}SSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ﬁle", "FILE"),
            ("ＡＢＣ", "abc"),
            ("ПРИВЕТ", "привет"),
            ("Å", "å"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("resume"), folded("résumé"), "accents count");
        assert_eq!(folded("a[z]{~"), b"A[Z]{~");
    }
}
