//! What a machine wants to know of the DNS, and what it is told.

use dns::{Answer, Data, Failure, Kind};

/// One question. Equal questions have equal answers: whoever asks may ask once for several.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    /// The name in lower case, ASCII, without a final dot.
    pub name: String,
    /// The kind of record.
    pub kind: Kind,
}

/// What asking brought.
pub type Reply = Result<Answer, Failure>;

impl Question {
    /// For the records of `kind` at `name`; `None` if that is no name that can be asked for.
    pub(crate) fn new(name: &str, kind: Kind) -> Option<Question> {
        let name = dns::Name::parse(name)?.to_string();
        Some(Question { name, kind })
    }
}

/// The texts of an answer.
pub(crate) fn texts(answer: &Answer) -> impl Iterator<Item = &[u8]> {
    answer.data.iter().filter_map(|data| match data {
        Data::Txt(text) => Some(text.as_slice()),
        _ => None,
    })
}

/// Whether nothing is there, for certain: the name or its records do not exist.
pub(crate) fn is_void(failure: &Failure) -> bool {
    failure.is_permanent()
}

/// Outside text for a sentence: printable ASCII and not longer than `most` octets.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let plain = |c: char| match c {
        '\u{20}'..='\u{7e}' => c,
        _ => '?',
    };
    let mut out: String = text.chars().take(most).map(plain).collect();
    if text.chars().nth(most).is_some() {
        out.push_str("...");
    }
    out
}
