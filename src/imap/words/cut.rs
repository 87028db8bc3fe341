//! Cutting folded text into units: words, and rows of ideographs.

/// What a character belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// to no word
    Between,
    /// to a word
    Word,
    /// to a row of ideographs or kana, which is written without blanks
    Ideograph,
}

/// The kind of a character. What is none of these ranges' is of a word: letters, marks, signs of every script, emoji.
pub(super) fn kind(c: char) -> Kind {
    match c {
        '0'..='9' | 'A'..='Z' | 'a'..='z' => Kind::Word,
        '\0'..='\u{BF}' | '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{303F}' => Kind::Between,
        '\u{2E80}'..='\u{2FFF}'
        | '\u{3040}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' => Kind::Ideograph,
        c if c.is_whitespace() => Kind::Between,
        _ => Kind::Word,
    }
}

/// A word or a row of ideographs of an asked text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit<'n> {
    pub(super) text: &'n [u8],
    pub(super) ideographs: bool,
    /// nothing stands before it in the asked text: the word that it is a part of may begin earlier
    pub(super) open_left: bool,
    /// the same behind it
    pub(super) open_right: bool,
}

/// The units of an asked text, folded.
pub(super) fn units(needle: &[u8]) -> Vec<Unit<'_>> {
    // Folding makes UTF-8 of whatever comes.
    let Ok(text) = std::str::from_utf8(needle) else {
        return Vec::new();
    };
    let mut units: Vec<Unit<'_>> = Vec::new();
    let mut from = None;
    let ends = text.char_indices().map(|(at, c)| (at, kind(c)));
    for (at, kind) in ends.chain([(needle.len(), Kind::Between)]) {
        let Some((start, of)) = from.filter(|(_, of)| *of != kind) else {
            if from.is_none() && kind != Kind::Between {
                from = Some((at, kind));
            }
            continue;
        };
        units.push(Unit {
            text: needle.get(start..at).unwrap_or_default(),
            ideographs: of == Kind::Ideograph,
            open_left: start == 0,
            open_right: at == needle.len(),
        });
        from = (kind != Kind::Between).then_some((at, kind));
    }
    units
}

/// The pairs of a row of ideographs; one alone is itself.
pub(super) fn pairs(row: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = std::str::from_utf8(row).unwrap_or_default();
    let starts = text.char_indices().map(|(at, _)| at);
    let ends = text
        .char_indices()
        .map(|(at, c)| at.saturating_add(c.len_utf8()))
        .skip(1);
    let single = (text.chars().nth(1).is_none() && !row.is_empty()).then_some(row);
    starts
        .zip(ends)
        .filter_map(move |(start, end)| row.get(start..end))
        .chain(single)
}

/// Takes folded text apart, in pieces cut anywhere between two characters, and hands out its units.
#[derive(Default)]
pub(super) struct Cutter {
    /// the unit at hand
    unit: Vec<u8>,
    ideographs: bool,
    /// its beginning was handed out already
    long: bool,
}

/// A unit of this many octets is handed out in parts that share [`Cutter::SHARED`] octets.
const UNIT_MAX: usize = 4096;

/// A unit handed out.
pub(super) struct Cut<'c> {
    pub(super) text: &'c [u8],
    pub(super) ideographs: bool,
    /// it is a part of a longer one
    pub(super) part: bool,
    /// it ends here
    pub(super) ends: bool,
}

impl Cutter {
    pub(super) fn feed(&mut self, folded: &[u8], each: &mut dyn FnMut(&Cut<'_>)) {
        let mut rest = folded;
        while let Some(&first) = rest.first() {
            if first.is_ascii() {
                // By far the most: a run of letters and digits, then what is between.
                let length = rest
                    .iter()
                    .position(|octet| !octet.is_ascii_alphanumeric())
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                if !word.is_empty() {
                    self.take(word, Kind::Word, each);
                }
                let between = after
                    .iter()
                    .position(|octet| !octet.is_ascii() || octet.is_ascii_alphanumeric())
                    .unwrap_or(after.len());
                if between > 0 {
                    self.end(each);
                }
                rest = after.get(between..).unwrap_or_default();
                continue;
            }
            let length = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
            let (other, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let mut octets = [0; 4];
            for c in std::str::from_utf8(other).unwrap_or_default().chars() {
                match kind(c) {
                    Kind::Between => self.end(each),
                    kind => self.take(c.encode_utf8(&mut octets).as_bytes(), kind, each),
                }
            }
            rest = after;
        }
    }

    fn take(&mut self, text: &[u8], kind: Kind, each: &mut dyn FnMut(&Cut<'_>)) {
        let ideographs = kind == Kind::Ideograph;
        if ideographs != self.ideographs {
            self.end(each);
            self.ideographs = ideographs;
        }
        self.unit.extend_from_slice(text);
        if self.unit.len() >= UNIT_MAX {
            each(&Cut {
                text: &self.unit,
                ideographs,
                part: true,
                ends: false,
            });
            self.long = true;
            // What the next part shares with this one: its last character, or two octets.
            let keep = match std::str::from_utf8(&self.unit) {
                Ok(text) if ideographs => text.chars().next_back().map_or(2, char::len_utf8),
                _ => 2,
            };
            let gone = self.unit.len().saturating_sub(keep);
            self.unit.drain(..gone);
        }
    }

    /// The end of the unit at hand, if there is one.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(&Cut<'_>)) {
        if !self.unit.is_empty() {
            each(&Cut {
                text: &self.unit,
                ideographs: self.ideographs,
                part: self.long,
                ends: true,
            });
        }
        self.unit.clear();
        self.long = false;
    }
}
