//! `pillarbox why`: where a message went for each person, which facts decided, and what to do if that was wrong.

use std::fmt::Write as _;

use mail::DateTime;
use serde_json::{Value, json};
use store::{JUDGEMENTS_MAX, Read as _};

use super::{Answer, Exit, Household};
use crate::accounts::Refusal;
use crate::wanted::{Mailbox, Note, REJECTS_DAYS, signed, tenths};

impl Household {
    /// `name`: the Message-ID, with or without brackets, or the message's name in our Received field and in the log.
    pub(super) fn why(&self, name: &str) -> Result<Answer, Refusal> {
        let read = self.accounts.store().read()?;
        let (mut text, mut found) = (String::new(), Vec::new());
        for account in read.accounts()? {
            let mut notes: Vec<Note> = Vec::new();
            read.judgements(account.id, &mut |octets| {
                notes.extend(Note::read(octets).filter(|note| note.is_called(name)));
                true
            })?;
            let person = account.address.to_string();
            // The oldest first, as things happened.
            for note in notes.iter().rev() {
                text.push_str(&told(&person, note));
                found.push(shown(&person, note));
            }
        }
        if found.is_empty() {
            return Ok(Answer::not_done(
                Exit::NotFound,
                format!(
                    "nothing was decided on a message {name} that is known here. Known are the last {JUDGEMENTS_MAX} that strangers sent to each person; mail inside the house is not judged, and of what was refused before its content came the log alone tells"
                ),
            ));
        }
        Ok(Answer::done(text.trim_end()).with(json!({"message": name, "decisions": found})))
    }
}

fn told(person: &str, note: &Note) -> String {
    let mut text = format!(
        "{person}: {}, {}\n",
        place(note.mailbox()),
        DateTime::utc(note.time).rfc5322()
    );
    if !note.from.is_empty() {
        let _ = writeln!(text, "  from {}", plain(&note.from));
    }
    let _ = writeln!(
        text,
        "  {} points; Junk begins at {}",
        tenths(note.weight),
        tenths(junk::JUNK)
    );
    for (weight, words) in &note.facts {
        let _ = writeln!(text, "  {:>6}  {}", signed(*weight), plain(words));
    }
    let _ = writeln!(text, "  {}\n", advice(note.mailbox()));
    text
}

fn shown(person: &str, note: &Note) -> Value {
    let facts = note.facts.iter();
    let facts: Vec<Value> = facts
        .map(|(weight, words)| json!({"points": f64::from(*weight) / 10.0, "words": words}))
        .collect();
    json!({
        "person": person,
        "mailbox": note.place,
        "refused": note.mailbox() == Some(Mailbox::Rejects),
        "time": note.time,
        "from": note.from,
        "message_id": note.message_id,
        "id": note.id,
        "points": f64::from(note.weight) / 10.0,
        "facts": facts,
    })
}

fn place(mailbox: Option<Mailbox>) -> &'static str {
    match mailbox {
        Some(Mailbox::Inbox) => "INBOX",
        Some(Mailbox::Junk) => "Junk",
        Some(Mailbox::Rejects) => "refused, with a copy in Rejects",
        None => "a mailbox that this version does not know",
    }
}

fn advice(mailbox: Option<Mailbox>) -> String {
    match mailbox {
        Some(Mailbox::Inbox) | None => {
            "If it is unwanted, move it into Junk: the box learns from that.".to_owned()
        }
        Some(Mailbox::Junk) => {
            "If it is wanted, move it out of Junk: the box learns from that. Open an attachment that runs only after asking its sender in another way."
                .to_owned()
        }
        Some(Mailbox::Rejects) => format!(
            "Its sender was told. The copy is kept for {REJECTS_DAYS} days; if it is wanted, move it out of Rejects, from which the box learns, and answer its sender."
        ),
    }
}

/// What a stranger wrote must not move the cursor of the owner's terminal.
fn plain(text: &str) -> String {
    let harmless = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(harmless).collect()
}
