//! Preparation of names and passwords: SASLprep (RFC 4013) and OpaqueString (RFC 8265 §4.2).
//!
//! Both are more lenient than their texts in two places, because refusing helps nobody here: the bidirectional rule of RFC 3454 §6
//! is not applied (a client that applies it never sends such a string), and code points that Unicode has assigned since
//! RFC 3454, and emoji with their joiners in a password, are taken as they are.

use unicode_normalization::UnicodeNormalization as _;

/// Prepares a name or a SCRAM password with SASLprep (RFC 4013): spaces made plain, invisible characters dropped, NFKC. `None`: empty afterwards, or with a
/// character that §2.3 prohibits.
pub fn saslprep(text: &str) -> Option<String> {
    if text.bytes().all(|octet| matches!(octet, 0x20..=0x7e)) {
        return (!text.is_empty()).then(|| text.to_owned());
    }
    let prepared: String = text
        .chars()
        .map(|c| if is_non_ascii_space(c) { ' ' } else { c })
        .filter(|c| !is_mapped_to_nothing(*c))
        .nfkc()
        .collect();
    (!prepared.is_empty() && !prepared.chars().any(is_prohibited)).then_some(prepared)
}

/// Prepares a password for comparison with the OpaqueString profile (RFC 8265 §4.2): spaces made plain, NFC, case kept. `None`: empty, or with a
/// control or a non-character in it.
pub fn opaque_string(password: &str) -> Option<String> {
    let prepared: String = password
        .chars()
        .map(|c| if is_non_ascii_space(c) { ' ' } else { c })
        .nfc()
        .collect();
    let bad = |c: char| c.is_control() || is_non_character(c);
    (!prepared.is_empty() && !prepared.chars().any(bad)).then_some(prepared)
}

/// RFC 3454 table C.1.2.
fn is_non_ascii_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// RFC 3454 table B.1.
fn is_mapped_to_nothing(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}'
        | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// RFC 3454 table C.4.
fn is_non_character(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// RFC 4013 §2.3: RFC 3454 tables C.1.2, C.2.1, C.2.2, C.3, C.4, C.6, C.7, C.8 and C.9 (C.5, surrogates, cannot occur in a `char`).
fn is_prohibited(c: char) -> bool {
    is_non_ascii_space(c)
        || is_non_character(c)
        || c.is_control()
        || matches!(c,
            '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200c}' | '\u{200d}' | '\u{2028}' | '\u{2029}'
            | '\u{2060}'..='\u{2063}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}'
            | '\u{2ff0}'..='\u{2ffb}'
            | '\u{340}' | '\u{341}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_4013() {
        let table: [(&str, Option<&str>); 6] = [
            ("I\u{ad}X", Some("IX")),
            ("user", Some("user")),
            ("USER", Some("USER")),
            ("\u{aa}", Some("a")),
            ("\u{2168}", Some("IX")),
            ("\u{7}", None),
        ];
        for (input, output) in table {
            assert_eq!(saslprep(input).as_deref(), output, "{input:?}");
        }
        assert_eq!(saslprep(""), None);
        assert_eq!(saslprep("\u{ad}"), None);
        assert_eq!(saslprep("a\u{3000}b").as_deref(), Some("a b"));
        assert_eq!(saslprep("a\u{e000}"), None);
        assert_eq!(saslprep("a\0"), None);
    }

    #[test]
    fn the_examples_of_rfc_8265() {
        // §4.3, table 3: passwords 10 to 13, and 14 (a control) in other words.
        assert_eq!(
            opaque_string("correct horse battery staple").as_deref(),
            Some("correct horse battery staple")
        );
        assert_eq!(
            opaque_string("Correct Horse Battery Staple").as_deref(),
            Some("Correct Horse Battery Staple")
        );
        assert_eq!(
            opaque_string("\u{3c0}\u{df}\u{e5}").as_deref(),
            Some("\u{3c0}\u{df}\u{e5}")
        );
        assert_eq!(
            opaque_string("Jack of \u{2666}s").as_deref(),
            Some("Jack of \u{2666}s")
        );
        assert_eq!(opaque_string("foo\u{1680}bar").as_deref(), Some("foo bar"));
        assert_eq!(opaque_string(""), None);
        assert_eq!(opaque_string("my cat is a \u{9}by"), None);
        assert_eq!(opaque_string("e\u{301}").as_deref(), Some("\u{e9}"));
    }
}
