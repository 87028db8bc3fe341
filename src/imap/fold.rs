//! i;unicode-casemap (RFC 5051): texts that differ in case, in width or in how their accents are composed compare as the same one.
//!
//! Each character becomes its title case and that its decomposition, and so on until neither changes anything; strings are then compared
//! octet by octet. Promises: linear time; what stands on its own folds as it does inside a longer text. Cannot: no accents are dropped, `ß`
//! is not `ss`, and marks in another order are another text; so the collation says.

use unicode_normalization::char::decompose_compatible;

/// Puts the folded form of `text` behind `out`.
pub(crate) fn fold(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = ascii_run(rest.as_bytes());
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
        for character in other.chars() {
            fold_one(character, out);
        }
        rest = after;
    }
}

/// How many octets of ASCII it begins with; sixty-four are looked at together.
fn ascii_run(text: &[u8]) -> usize {
    let plain = text.chunks(64).take_while(|chunk| chunk.is_ascii());
    let before: usize = plain.map(<[u8]>::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let more = rest.iter().position(|octet| !octet.is_ascii());
    before.saturating_add(more.unwrap_or(rest.len()))
}

/// What [`fold`] makes of a text of its own.
pub(crate) fn folded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    fold(text, &mut out);
    out
}

fn fold_one(character: char, out: &mut Vec<u8>) {
    let mut put = |character: char| {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    };
    let titled = title(character);
    if is_hangul_syllable(titled) {
        return put(titled);
    }
    decompose_compatible(titled, |piece| {
        let titled = title(piece);
        if titled == piece {
            put(piece);
        } else {
            // Nothing that this makes has a title case of its own again.
            decompose_compatible(titled, |piece| put(title(piece)));
        }
    });
}

/// UnicodeData.txt has no decomposition for these: they are decomposed by arithmetic elsewhere, and not here.
fn is_hangul_syllable(character: char) -> bool {
    ('\u{AC00}'..='\u{D7A3}').contains(&character)
}

/// The simple title case of UnicodeData.txt: the upper case but for three alphabets' oddities. Where the upper case is several characters
/// there is no simple one, or the decomposition leads to the same.
fn title(character: char) -> char {
    match character {
        '\u{01C4}'..='\u{01C6}' => return '\u{01C5}',
        '\u{01C7}'..='\u{01C9}' => return '\u{01C8}',
        '\u{01CA}'..='\u{01CC}' => return '\u{01CB}',
        '\u{01F1}'..='\u{01F3}' => return '\u{01F2}',
        // Georgian has capitals, but no title case.
        '\u{10D0}'..='\u{10FF}' => return character,
        _ => {}
    }
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_and_composition_do_not_count() {
        for (one, other) in [
            ("Grüße", "GRU\u{308}ßE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ﬁle", "FILE"),
            ("ＡＢＣ", "abc"),
            ("ПРИВЕТ", "привет"),
            ("Å", "å"),
            ("ǆ", "dž"),
            ("Ǆ", "DZ\u{30C}"),
            ("ᾳ", "Αι"),
            ("ᾀ", "ἀι"),
            ("ſ", "s"),
            ("µ", "Μ"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("resume"), folded("résumé"), "accents count");
        assert_eq!(folded("a[z]{~"), b"A[Z]{~");
    }

    #[test]
    fn what_the_collation_leaves_apart_stays_apart() {
        for (one, other) in [
            ("ß", "SS"),
            ("각", "\u{1100}\u{1161}\u{11A8}"),
            ("\u{10D0}", "\u{1C90}"),
            ("a\u{301}\u{323}", "a\u{323}\u{301}"),
        ] {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    /// RFC 5051 §2's own character, and that nothing folded changes by folding it again.
    #[test]
    fn folding_ends() {
        assert_eq!(folded("\u{01C4}"), "DZ\u{30C}".as_bytes());
        for character in '\u{80}'..=char::MAX {
            let once = folded(&character.to_string());
            let text = std::str::from_utf8(&once).unwrap();
            assert_eq!(folded(text), once, "{character:?} {text:?}");
        }
    }
}
