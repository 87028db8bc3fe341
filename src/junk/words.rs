//! Text cut into words.
//!
//! It promises linear time and words of at most [`WORD_MAX`] octets in lower case. Scripts that set no blanks between words give one word a character:
//! pairs of neighbours, which the tokenizer makes of all words, are then what a word is elsewhere.

use crate::limits::WORD_MAX;

/// Calls `each` for every word of `text` in order, in lower case, with whether it was written in capitals.
pub(crate) fn words(text: &str, each: &mut dyn FnMut(Word<'_>)) {
    let mut word = Buffer::default();
    for c in text.chars() {
        if is_ideograph(c) {
            word.flush(each);
            word.push(c);
            word.flush(each);
        } else if c.is_alphanumeric() || matches!(c, '$' | '€' | '£' | '%') {
            word.push(c);
        } else if matches!(c, '\'' | '-' | '.' | ',' | '_' | '@' | '’') && word.len > 0 {
            word.join(c);
        } else {
            if c == '!' && word.len > 0 {
                word.joint = None;
                word.push(c);
            }
            word.flush(each);
        }
    }
    word.flush(each);
}

/// One word as the text has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word<'a> {
    /// In lower case; whether it was in capitals throughout.
    Text(&'a str, bool),
    /// Longer than [`WORD_MAX`] octets: how long, in steps of that many.
    Long(usize),
}

#[derive(Default)]
struct Buffer {
    octets: [u8; WORD_MAX],
    len: usize,
    /// Octets of the word as written, the lost ones included.
    whole: usize,
    /// A joining mark that is one only if something follows it.
    joint: Option<char>,
    letters: usize,
    capitals: usize,
}

impl Buffer {
    fn push(&mut self, c: char) {
        if let Some(joint) = self.joint.take() {
            self.put(joint);
        }
        self.letters += usize::from(c.is_alphabetic());
        self.capitals += usize::from(c.is_uppercase());
        self.put(c.to_lowercase().next().unwrap_or(c));
    }

    /// The first of several marks counts.
    fn join(&mut self, c: char) {
        self.joint.get_or_insert(c);
    }

    fn put(&mut self, c: char) {
        let mut room = [0; 4];
        let octets = c.encode_utf8(&mut room).as_bytes();
        self.whole += octets.len();
        if let Some(to) = self.octets.get_mut(self.len..self.len + octets.len()) {
            to.copy_from_slice(octets);
            self.len += octets.len();
        }
    }

    fn flush(&mut self, each: &mut dyn FnMut(Word<'_>)) {
        if self.whole > WORD_MAX {
            each(Word::Long(self.whole / WORD_MAX));
        } else if self.len > 0 {
            let octets = self.octets.get(..self.len).unwrap_or(&[]);
            let capitals = self.letters > 1 && self.letters == self.capitals;
            each(Word::Text(
                std::str::from_utf8(octets).unwrap_or_default(),
                capitals,
            ));
        }
        *self = Buffer::default();
    }
}

/// Scripts written without blanks: Han, kana, Hangul is written with blanks, Thai, Lao, Khmer, Burmese.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        words(text, &mut |word| {
            found.push(match word {
                Word::Text(text, false) => text.to_owned(),
                Word::Text(text, true) => format!("^{text}"),
                Word::Long(steps) => format!("long{steps}"),
            });
        });
        found
    }

    #[test]
    fn words_come_out() {
        let rows: [(&str, &[&str]); 12] = [
            ("", &[]),
            (" - . ,", &[]),
            ("Hello, world.", &["hello", "world"]),
            ("FREE!!! Act NOW", &["^free!", "act", "^now"]),
            (
                "I don't a-b e.g. x@y.example",
                &["i", "don't", "a-b", "e.g", "x@y.example"],
            ),
            ("$1,000.00 100%", &["$1,000.00", "100%"]),
            ("end-- next", &["end", "next"]),
            ("漢字 かな", &["漢", "字", "か", "な"]),
            ("grün GRÜN", &["grün", "^grün"]),
            ("abcdefghijklmnopqrstuvwx", &["abcdefghijklmnopqrstuvwx"]),
            ("abcdefghijklmnopqrstuvwxyz next", &["long1", "next"]),
            (
                "abcdefghijklmnopqrstuvwx. next",
                &["abcdefghijklmnopqrstuvwx", "next"],
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(of(text), expected, "{text}");
        }
        assert_eq!(of(&"a".repeat(100_000)), ["long4166"]);
    }
}
