//! What the other side said, made fit to be shown: in a log, on a terminal, in a report.
//!
//! It promises one line of printable text of at most [`WORDS`] octets, whatever came. It cannot tell whether the text is true.

use super::WORDS;

/// Makes octets of a reply printable: controls and marks that turn the direction of text become spaces, broken UTF-8 `?`.
pub(super) fn printable(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets)
        .chars()
        .map(|c| match c {
            char::REPLACEMENT_CHARACTER => '?',
            c if c.is_control() || turns(c) => ' ',
            c => c,
        })
        .collect()
}

/// Cuts at [`WORDS`] octets, between characters.
pub(super) fn clipped(mut text: String) -> String {
    clip(&mut text, WORDS);
    text
}

/// Cuts at so many octets, between characters, and says so by `...`.
pub(super) fn clip(text: &mut String, octets: usize) {
    const MARK: &str = "...";
    if text.len() <= octets {
        return;
    }
    let mut end = octets.saturating_sub(MARK.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(MARK);
}

/// Line and paragraph separators, and the marks with which a text can show something else than it says.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_stays() {
        assert_eq!(printable(b"a\x1b[31mb\0\t\x7f\xff\xc3\xbc"), "a [31mb   ?ü");
        assert_eq!(
            printable("a\u{202e}b\u{85}c\u{2028}d".as_bytes()),
            "a b c d"
        );
        let long = clipped("ü".repeat(WORDS));
        assert!(
            long.len() <= WORDS && long.ends_with("ü..."),
            "{}",
            long.len()
        );
        assert_eq!(clipped("x".repeat(WORDS)).len(), WORDS);
        assert!(!clipped("x".repeat(WORDS)).ends_with('.'));
    }
}
