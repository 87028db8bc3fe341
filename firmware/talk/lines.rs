//! The text of a datagram: a word, lines of `key value`, and, if it carries prose, an empty line and the prose.

use super::LONGEST;

/// The longest line of prose or value that is taken over; longer ones are cut where they are made.
const LONGEST_VALUE: usize = 512;

/// Puts a datagram together.
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn new(word: &str) -> Writer {
        Writer(word.to_owned())
    }

    /// One more line; what would break it in two is left out of the value.
    pub(super) fn line(mut self, key: &str, value: impl std::fmt::Display) -> Writer {
        self.0.push('\n');
        self.0.push_str(key);
        self.0.push(' ');
        let value = value.to_string();
        let clean = value.chars().filter(|c| !c.is_control());
        let end = self.0.len() + LONGEST_VALUE;
        for letter in clean {
            if self.0.len() + letter.len_utf8() > end {
                break;
            }
            self.0.push(letter);
        }
        self
    }

    pub(super) fn lines(
        self,
        key: &str,
        values: impl IntoIterator<Item = impl std::fmt::Display>,
    ) -> Writer {
        values
            .into_iter()
            .fold(self, |writer, value| writer.line(key, value))
    }

    /// The end of `prose`, as much as fits: what was said last is what matters.
    pub(super) fn prose(mut self, prose: &str) -> Writer {
        self.0.push_str("\n\n");
        let room = LONGEST.saturating_sub(self.0.len());
        let mut from = prose.len().saturating_sub(room);
        while !prose.is_char_boundary(from) {
            from += 1;
        }
        self.0.push_str(prose.get(from..).unwrap_or_default());
        self
    }

    pub(super) fn done(self) -> String {
        self.0
    }
}

/// A datagram taken apart.
pub(super) struct Reader<'a> {
    pub(super) word: &'a str,
    pairs: Vec<(&'a str, &'a str)>,
    pub(super) prose: &'a str,
}

impl<'a> Reader<'a> {
    /// `None`: no datagram of this kind.
    pub(super) fn new(datagram: &'a [u8]) -> Option<Reader<'a>> {
        if datagram.len() > LONGEST {
            return None;
        }
        let text = std::str::from_utf8(datagram).ok()?;
        let (head, prose) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.split('\n');
        let word = lines.next()?;
        let pairs = lines
            .map(|line| line.split_once(' '))
            .collect::<Option<_>>()?;
        Some(Reader { word, pairs, prose })
    }

    /// The only value of this key.
    pub(super) fn one<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        let mut values = self.values(key);
        let value = values.next()?;
        values.next().is_none().then(|| value.parse().ok())?
    }

    /// The value of a key that may be missing; the outer `None` is a value that is none.
    pub(super) fn maybe<T: std::str::FromStr>(&self, key: &str) -> Option<Option<T>> {
        match self.values(key).next() {
            None => Some(None),
            Some(_) => self.one(key).map(Some),
        }
    }

    /// Every value of this key, at most `most`.
    pub(super) fn all<T: std::str::FromStr>(&self, key: &str, most: usize) -> Option<Vec<T>> {
        self.values(key)
            .take(most)
            .map(|value| value.parse().ok())
            .collect()
    }

    /// Whether no other keys than these are there.
    pub(super) fn only(&self, keys: &[&str]) -> bool {
        self.pairs.iter().all(|(key, _)| keys.contains(key))
    }

    fn values(&self, key: &str) -> impl Iterator<Item = &'a str> {
        self.pairs
            .iter()
            .filter(move |(name, _)| *name == key)
            .map(|(_, value)| *value)
    }
}
