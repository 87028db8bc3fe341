//! The decision on one message: a list of facts in plain words, each with its weight, and where the message goes.
//!
//! It promises that every decision is the sum of the facts it lists and nothing else, that no fact alone but those marked so sends mail to Junk, and that
//! what the words say is not listened to before there are marks. Weights are tenths of a point; [`JUNK`] is where Junk begins.

use crate::danger::Danger;
use crate::reputation::{About, Record};
use crate::score::{ALIKE, ALIKE_MARKS, MARKS_MIN, Score, UNWANTED};

/// From this weight on a message goes to Junk.
pub const JUNK: i32 = 50;
/// Points of words exactly at [`UNWANTED`]: enough alone, and one good sign saves the message.
const WORDS_AT_LIMIT: f64 = 50.0;
/// Most that words can weigh: a person's own yes to the sender outweighs half of it.
const WORDS_MAX: f64 = 90.0;
/// Most that being alike can weigh: having written to the sender outweighs it.
const WORDS_ALIKE_MAX: i32 = 90;
/// Most facts that a decision lists.
pub const FACTS_MAX: usize = 32;
/// Blocklists that are listed by name.
pub const LISTS_MAX: usize = 8;
/// Octets of the header field's value before it is cut.
pub const HEADER_MAX: usize = 900;

/// What is known of a message beside its words.
#[derive(Clone, Debug, Default)]
pub struct Evidence<'a> {
    /// What the words say.
    pub score: Score,
    /// Names of the score's clues, from [`crate::spell`]; may be empty.
    pub names: Vec<(u32, String)>,
    /// What the person marked of this sender.
    pub records: Vec<(About, Record)>,
    /// The sender has written before, whether it was marked or not.
    pub known: bool,
    /// The person has written to the From address, and the message proves that it is from there.
    pub correspondent: bool,
    /// The message answers one that the person sent.
    pub reply: bool,
    /// DMARC failed and the domain asks for quarantine.
    pub quarantine: bool,
    /// Attachments that run.
    pub dangers: &'a [Danger],
    /// Blocklists that list the peer or a link's host, by name.
    pub lists: &'a [&'a str],
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// In plain words, on one line, without what a stranger wrote but short quoted words of it.
    pub words: String,
    /// Tenths of a point: above 0 speaks for Junk.
    pub weight: i32,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where it would go without this crate.
    Inbox,
    /// Junk.
    Junk,
}

/// A decision and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Where the message goes.
    pub place: Place,
    /// The facts, heaviest first.
    pub facts: Vec<Fact>,
}

/// Decides.
pub fn decide(evidence: &Evidence<'_>) -> Decision {
    let mut facts = Vec::new();
    let mut fact = |weight: i32, words: String| {
        if facts.len() < FACTS_MAX {
            facts.push(Fact { words, weight });
        }
    };
    for danger in evidence.dangers {
        // Alone enough, and no good name outweighs it: a friend's machine may be infected.
        fact(1000, danger.words());
    }
    if evidence.quarantine {
        fact(
            100,
            "its domain asks that what is not proven to be its own be put aside, and this is not proven".into(),
        );
    }
    let (weight, text) = words(evidence);
    fact(weight, text);
    for (about, record) in &evidence.records {
        if let Some((weight, text)) = marked(*about, *record) {
            fact(weight, text);
        }
    }
    if evidence.correspondent {
        fact(-60, "you have written to this address".into());
    }
    if evidence.reply {
        fact(-60, "it answers a message that you sent".into());
    }
    if !evidence.known {
        fact(0, "this sender has not written before".into());
    }
    for list in evidence.lists.iter().take(LISTS_MAX) {
        fact(
            20,
            format!(
                "the blocklist {} lists its sender or a link",
                plain(list, 60)
            ),
        );
    }
    facts.sort_by_key(|fact| std::cmp::Reverse(fact.weight.abs()));
    let sum: i32 = facts.iter().map(|fact| fact.weight).sum();
    let place = if sum >= JUNK {
        Place::Junk
    } else {
        Place::Inbox
    };
    Decision { place, facts }
}

/// What the words weigh, and which of them.
fn words(evidence: &Evidence<'_>) -> (i32, String) {
    let score = &evidence.score;
    if !score.counts_for_something() && score.alike >= ALIKE {
        #[expect(clippy::cast_possible_truncation, reason = "0 to 100")]
        let part = (score.alike * 100.0) as i32;
        let text = format!(
            "it is nearly the same as messages that were marked unwanted{}: {part} of 100 pieces of it were in {ALIKE_MARKS} or more of those",
            among(evidence, |_| true)
        );
        return (part.min(WORDS_ALIKE_MAX), text);
    }
    if !score.counts_for_something() {
        let text = format!(
            "its words do not count yet: {} unwanted and {} wanted messages were marked, and it takes {MARKS_MIN} of each",
            score.marks.unwanted, score.marks.wanted
        );
        return (0, text);
    }
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let weight = (score.value / UNWANTED * WORDS_AT_LIMIT).clamp(-WORDS_MAX, WORDS_MAX) as i32;
    let side = if score.value > 0.0 {
        "unwanted"
    } else {
        "wanted"
    };
    let among = among(evidence, |odds| (odds > 0.0) == (score.value > 0.0));
    let text = format!(
        "its words are more those of the {side} mail among {} messages that were marked{among}",
        u32::from(score.marks.unwanted) + u32::from(score.marks.wanted)
    );
    (weight, text)
}

/// The words that said most, of those that `fits` takes by their odds.
fn among(evidence: &Evidence<'_>, fits: impl Fn(f64) -> bool) -> String {
    let clues = evidence.score.clues.iter().filter(|clue| fits(clue.odds));
    let named: Vec<String> = clues
        .filter_map(|clue| evidence.names.iter().find(|(cell, _)| *cell == clue.cell))
        .map(|(_, name)| plain(name, 60))
        .take(5)
        .collect();
    if named.is_empty() {
        String::new()
    } else {
        format!(", above all {}", named.join(", "))
    }
}

/// What the person's marks of the sender weigh: each counts half of what is left to the most.
fn marked(about: About, record: Record) -> Option<(i32, String)> {
    let (good, bad) = (record.marks.wanted, record.marks.unwanted);
    let (what, for_most, against_most) = match about {
        About::Address => ("this sender", 80, 80),
        // A claimed address proves nothing in favour.
        About::Claimed => ("this address, which anyone may have written,", 0, 60),
        About::Domain => ("this sender's domain", 50, 50),
        // Neighbours in a network are strangers to each other.
        About::Network => ("the network that it came from", 15, 30),
    };
    let most = if good > bad { -for_most } else { against_most };
    let lead = u32::from(good.abs_diff(bad).min(8));
    let weight = most - most / 2_i32.pow(lead);
    (weight != 0).then(|| {
        (
            weight,
            format!("you marked {good} messages of {what} as wanted and {bad} as unwanted"),
        )
    })
}

impl Decision {
    /// Sum of the weights.
    pub fn weight(&self) -> i32 {
        self.facts.iter().map(|fact| fact.weight).sum()
    }

    /// The value of a header field that tells the decision: ASCII, no line end, at most [`HEADER_MAX`] octets.
    pub fn header(&self) -> String {
        let mut out = match self.place {
            Place::Inbox => "inbox".to_owned(),
            Place::Junk => "junk".to_owned(),
        };
        out.push_str(&format!("; points={}", tenths(self.weight())));
        for fact in &self.facts {
            let more = format!("; {} ({})", ascii(&fact.words), tenths(fact.weight));
            if out.len() + more.len() > HEADER_MAX {
                break;
            }
            out.push_str(&more);
        }
        out
    }

    /// Lines for `pillarbox why`: the decision, then one fact a line.
    pub fn lines(&self) -> Vec<String> {
        let place = match self.place {
            Place::Inbox => "not Junk",
            Place::Junk => "Junk",
        };
        let mut lines = vec![format!(
            "{place}: {} points, and Junk begins at {}.",
            tenths(self.weight()),
            tenths(JUNK)
        )];
        lines.extend(self.facts.iter().map(|fact| match fact.weight {
            0 => format!("  0    {}", fact.words),
            weight => format!("{:>+5.1} {}", f64::from(weight) / 10.0, fact.words),
        }));
        lines
    }
}

fn tenths(weight: i32) -> String {
    format!("{:.1}", f64::from(weight) / 10.0)
}

/// A stranger's word on one line, cut: nothing that ends a line or turns text around.
fn plain(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{061C}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'))
        .take(most)
        .collect()
}

/// For a header field: what is not ASCII is a question mark, and a semicolon would begin another fact.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ';' => ',',
            ' '..='~' => c,
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
