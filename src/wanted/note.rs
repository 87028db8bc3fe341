//! A decision as it is kept for who asks why ([`store::WriteTx::note_judgement`]), and as the message's header tells it.
//!
//! Promises: a note is at most [`store::JUDGEMENT_OCTETS_MAX`] octets, the lightest facts are left out first; the header field is ASCII, folded, and holds no line end that a
//! stranger wrote. Notes are JSON: a later version can say more, and an older one skips what it does not know.

use junk::{Fact, HEADER_MAX, JUNK};
use serde::{Deserialize, Serialize};

use super::verdict::{Mailbox, Verdict};

/// Our field. Foreign ones of this name are taken out on arrival.
pub(crate) const FIELD: &str = "X-Pillarbox-Junk";
/// Longest Message-ID and address that are noted, octets.
const NAME_MAX: usize = 250;

/// A note.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Unix seconds.
    #[serde(rename = "t")]
    pub(crate) time: i64,
    /// The Message-ID without its brackets.
    #[serde(rename = "m")]
    pub(crate) message_id: String,
    /// The message's name in our Received field and in the log.
    #[serde(rename = "i")]
    pub(crate) id: String,
    /// Who sent it, by its header.
    #[serde(rename = "f")]
    pub(crate) from: String,
    /// Names message and envelope, so that another attempt is known.
    #[serde(rename = "k")]
    pub(crate) known_by: u64,
    /// [`Mailbox::word`].
    #[serde(rename = "p")]
    pub(crate) place: String,
    /// Tenths of a point.
    #[serde(rename = "w")]
    pub(crate) weight: i32,
    /// Weights and words.
    #[serde(rename = "x")]
    pub(crate) facts: Vec<(i32, String)>,
}

/// What a note says of the message itself.
#[derive(Clone, Default, Debug)]
pub(crate) struct About {
    pub(crate) time: i64,
    pub(crate) message_id: String,
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) known_by: u64,
}

impl Note {
    /// The note of what was decided for one person.
    pub(crate) fn of(about: &About, verdict: &Verdict) -> Note {
        Note {
            time: about.time,
            message_id: cut(&about.message_id),
            id: cut(&about.id),
            from: cut(&about.from),
            known_by: about.known_by,
            place: verdict.mailbox.word().to_owned(),
            weight: verdict.weight,
            facts: verdict
                .facts
                .iter()
                .map(|fact| (fact.weight, fact.words.clone()))
                .collect(),
        }
    }

    /// As it is kept; `None` if it cannot be made to fit.
    pub(crate) fn write(mut self) -> Option<Vec<u8>> {
        loop {
            let octets = serde_json::to_vec(&self).ok()?;
            if octets.len() <= store::JUDGEMENT_OCTETS_MAX {
                return Some(octets);
            }
            self.facts.pop()?;
        }
    }

    /// A note read; `None` if it is not one that this version knows.
    pub(crate) fn read(octets: &[u8]) -> Option<Note> {
        serde_json::from_slice(octets).ok()
    }

    pub(crate) fn mailbox(&self) -> Option<Mailbox> {
        Mailbox::of(&self.place)
    }

    /// Whether `name` is this message's: its Message-ID, with or without brackets, or its name in the log.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let name = bare(name);
        !name.is_empty() && (self.message_id == cut(name) || self.id == name)
    }
}

/// A Message-ID without brackets and blanks.
pub(crate) fn bare(message_id: &str) -> &str {
    let bare = message_id.trim();
    bare.strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap_or(bare)
}

fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(NAME_MAX);
    text.get(..end).unwrap_or_default().to_owned()
}

/// Our header field. `everybodys`: it goes to several people, so that only facts stand in it that are the same for all of them.
pub(crate) fn field(verdict: &Verdict, everybodys: bool) -> String {
    let answer = match verdict.mailbox {
        Mailbox::Inbox => "no",
        Mailbox::Junk | Mailbox::Rejects => "yes",
    };
    let by = if everybodys {
        ", by what is the same for everybody it is for"
    } else {
        ""
    };
    let mut field = format!(
        "{FIELD}: {answer}; {} points, and {} are Junk{by}",
        tenths(verdict.weight),
        tenths(JUNK)
    );
    for Fact { words, weight } in &verdict.facts {
        let more = format!(";\r\n\t{} ({})", ascii(words), signed(*weight));
        if field.len() + more.len() > HEADER_MAX {
            break;
        }
        field.push_str(&more);
    }
    field.push_str("\r\n");
    field
}

/// Points.
pub(crate) fn tenths(weight: i32) -> String {
    format!("{:.1}", f64::from(weight) / 10.0)
}

/// Points that speak for or against.
pub(crate) fn signed(weight: i32) -> String {
    match weight {
        0 => "0".to_owned(),
        weight => format!("{:+.1}", f64::from(weight) / 10.0),
    }
}

/// What is not printable ASCII is a question mark; a semicolon would begin another fact.
fn ascii(text: &str) -> String {
    let one = |c: char| match c {
        ';' => ',',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(facts: usize) -> Verdict {
        let fact = |n: usize| Fact {
            words: format!("fact {n}; \u{e9}\r\nX-Evil: {}", "long ".repeat(9)),
            weight: 10 - i32::try_from(n).unwrap(),
        };
        Verdict {
            mailbox: Mailbox::Junk,
            weight: 62,
            facts: (0..facts).map(fact).collect(),
            first: false,
            dangerous: false,
        }
    }

    #[test]
    fn notes_come_back_and_fit_whatever_is_in_them() {
        let about = About {
            time: 7,
            message_id: "x".repeat(5000),
            id: "1-2-3".into(),
            from: "\u{3b1}".repeat(400),
            known_by: u64::MAX,
        };
        let note = Note::of(&about, &verdict(32));
        let kept = note.write().unwrap();
        assert!(kept.len() <= store::JUDGEMENT_OCTETS_MAX);
        let read = Note::read(&kept).unwrap();
        assert_eq!(read.mailbox(), Some(Mailbox::Junk));
        assert!(read.facts.len() > 2 && read.facts[0].0 == 10);
        assert!(read.is_called("1-2-3") && read.is_called(&format!("<{}>", "x".repeat(5000))));
        assert!(Note::read(b"{}").is_none() && Note::read(b"").is_none());
        let nameless = Note::of(&About::default(), &verdict(0));
        assert!(!nameless.is_called("") && !nameless.is_called("<>"));
    }

    #[test]
    fn the_field_is_folded_ascii_and_bounded() {
        let field = field(&verdict(32), false);
        assert!(field.starts_with(
            "X-Pillarbox-Junk: yes; 6.2 points, and 5.0 are Junk;\r\n\tfact 0, ???X-Evil"
        ));
        assert!(field.len() <= HEADER_MAX + 2 && field.is_ascii());
        let lines: Vec<&str> = field.strip_suffix("\r\n").unwrap().split("\r\n").collect();
        assert!(lines.len() > 5);
        assert!(lines[1..].iter().all(|line| line.starts_with('\t')));
        assert!(super::field(&verdict(0), true).ends_with("everybody it is for\r\n"));
    }
}
