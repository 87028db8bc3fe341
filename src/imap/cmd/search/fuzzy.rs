//! FUZZY (RFC 6203): a text key that is matched by its words, and how well.
//!
//! A message matches if it has the text as it stands, or at least half of its words; a word of five letters or more is had, with less weight,
//! where its first two thirds are, so that "breaking" finds "breaks" and "broken glasses" finds "a glass that broke" by half. Scores: 100
//! for the text as it stands, else 1 to 95 by how much of the words there is.
//! Other keys are matched exactly within FUZZY (RFC 6203 §5 leaves that to the server): somebody who asks for flags, sizes or days gets those.
//! Cannot: letters in the wrong order or left out; languages whose words are not parted by spaces.

/// Words of one key that are looked for; the rest of a long text says little.
const WORDS: usize = 12;
/// Shorter words are had whole or not at all.
const STEMMED: usize = 5;

/// A text key of FUZZY: numbers of the texts that it asks for.
pub(super) struct Fuzzy {
    phrase: usize,
    /// each word, and its beginning
    words: Vec<(usize, Option<usize>)>,
}

impl Fuzzy {
    /// Takes a text apart; `number` makes a text to look for and says which it is.
    pub(super) fn new(text: &str, mut number: impl FnMut(&str) -> usize) -> Fuzzy {
        let phrase = number(text);
        let mut found = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(WORDS)
            .peekable();
        let mut words = Vec::new();
        while let Some(word) = found.next() {
            let letters = word.chars().count();
            let only = words.is_empty() && found.peek().is_none() && word.len() == text.len();
            let whole = if only { phrase } else { number(word) };
            let stem = (letters >= STEMMED).then(|| {
                let stem: String = word.chars().take((letters * 2).div_ceil(3)).collect();
                number(&stem)
            });
            words.push((whole, stem));
        }
        Fuzzy { phrase, words }
    }

    /// The score of a message, 0 if it does not match. `has` says whether it has a text; an error of `has` (not known yet) is handed on.
    pub(super) fn score<E>(&self, mut has: impl FnMut(usize) -> Result<bool, E>) -> Result<u8, E> {
        if has(self.phrase)? {
            return Ok(100);
        }
        let (mut had, mut weight) = (0_usize, 0_usize);
        for (whole, stem) in &self.words {
            let points = if has(*whole)? {
                3
            } else {
                match stem {
                    Some(stem) if has(*stem)? => 2,
                    _ => 0,
                }
            };
            had = had.saturating_add(usize::from(points > 0));
            weight = weight.saturating_add(points);
        }
        let all = self.words.len();
        if had == 0 || had < all.div_ceil(2) {
            return Ok(0);
        }
        let score = weight.saturating_mul(95) / all.saturating_mul(3).max(1);
        Ok(u8::try_from(score.clamp(1, 95)).unwrap_or(95))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(asked: &str, message: &str) -> u8 {
        let mut texts: Vec<String> = Vec::new();
        let fuzzy = Fuzzy::new(asked, |text| {
            texts.push(text.to_lowercase());
            texts.len() - 1
        });
        fuzzy
            .score(|index| Ok::<bool, ()>(message.to_lowercase().contains(&texts[index])))
            .unwrap()
    }

    #[test]
    fn the_more_words_the_higher() {
        for (asked, message, expected) in [
            ("IMAP break", "an IMAP break", 100),
            ("IMAP break", "break IMAP", 95),
            ("IMAP break", "broken IMAP", 47),
            ("breaking", "it breaks", 0),
            ("breaking", "it was breakin time", 63),
            ("one two three", "three", 0),
            ("one two three", "three two", 63),
            ("work", "works", 100),
            ("work", "wor", 0),
            ("!?", "what!?", 100),
            ("!?", "what", 0),
            ("Grüße aus Köln", "aus köln grüße", 95),
        ] {
            assert_eq!(score(asked, message), expected, "{asked} in {message}");
        }
    }
}
