//! The owner looks after mail that is on its way out.

use std::fmt::Write as _;

use mail::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Letter, LetterId, QueueCounts, QueueTime, Read as _, Row};

use super::{Answer, Exit, Household};
use crate::accounts::Refusal;

/// Letters that one listing shows: the answer stays far below the longest line of the control socket, whatever waits.
const LISTED_MAX: usize = 1000;
/// Recipients that one letter is shown with, for the same reason.
const RECIPIENTS_MAX: usize = 1000;
/// Addresses named on a letter's line in the listing.
const NAMED_MAX: usize = 3;

/// What the owner wants of the queue. A letter is named by its number as `list` shows it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueWish {
    /// All letters.
    List,
    /// One letter with its recipients.
    Show(String),
    /// Try one letter now.
    Retry(String),
    /// Try everything now.
    RetryAll,
    /// Keep it from leaving.
    Hold(String),
    /// Let it go.
    Release(String),
    /// Throw it away.
    Drop(String),
}

impl Household {
    pub(super) async fn queue(&self, wish: QueueWish) -> Result<Answer, Refusal> {
        match wish {
            QueueWish::List => self.queue_list(),
            QueueWish::Show(letter) => self.queue_show(self.letter(&letter)?),
            QueueWish::Retry(letter) => {
                let (id, now) = (self.letter(&letter)?, self.queue_time()?);
                self.sender.start_afresh();
                let store = self.accounts.store();
                let rows = store.write(move |tx| tx.retry_letter(id, now)).await?;
                Ok(if rows > 0 {
                    Answer::done(format!("letter {id} is tried now"))
                } else {
                    Answer::not_done(
                        Exit::NotAllowed,
                        format!(
                            "letter {id} is held, or is being tried at this moment; `pillarbox queue show {id}` tells, `pillarbox queue release {id}` lets it go"
                        ),
                    )
                })
            }
            QueueWish::RetryAll => self.queue_retry_all().await,
            QueueWish::Hold(letter) => self.queue_hold(self.letter(&letter)?, true).await,
            QueueWish::Release(letter) => self.queue_hold(self.letter(&letter)?, false).await,
            QueueWish::Drop(letter) => {
                let id = self.letter(&letter)?;
                let store = self.accounts.store();
                store.write(move |tx| tx.drop_letter(id)).await?;
                Ok(Answer::done(format!(
                    "letter {id} is thrown away; nobody is told, and who has it already keeps it"
                )))
            }
        }
    }

    async fn queue_hold(&self, id: LetterId, held: bool) -> Result<Answer, Refusal> {
        let store = self.accounts.store();
        store.write(move |tx| tx.hold_letter(id, held)).await?;
        Ok(Answer::done(if held {
            format!(
                "letter {id} is held, but for what is on its way out at this very moment; `pillarbox queue release {id}` lets it go"
            )
        } else {
            format!("letter {id} may go")
        }))
    }

    async fn queue_retry_all(&self) -> Result<Answer, Refusal> {
        let (store, now) = (self.accounts.store(), self.queue_time()?);
        self.sender.start_afresh();
        let (mut tried, mut after) = (0_u64, None);
        // A deed at a time, each bounded, so that mail comes in meanwhile.
        loop {
            let done = store.write(move |tx| tx.retry_all(now, after)).await?;
            tried = tried.saturating_add(done.rows);
            if done.next.is_none() {
                break;
            }
            after = done.next;
        }
        Ok(Answer::done(format!("{tried} recipients are tried now")).with(json!({"rows": tried})))
    }

    fn queue_list(&self) -> Result<Answer, Refusal> {
        let read = self.accounts.store().read()?;
        let counts = read.queue_counts()?;
        let letters = read.queue_letters(None, LISTED_MAX)?;
        let (now, mut text, mut data) = (self.queue_time()?, String::new(), Vec::new());
        for letter in &letters {
            let rows = read.rows(letter.id)?;
            let _ = writeln!(text, "{}", listed(letter, &rows, now));
            data.push(shown(letter, &rows, now));
        }
        text.push_str(&summary(&counts));
        if counts.letters > letters.len() as u64 {
            let _ = write!(text, "; the oldest {} are shown", letters.len());
        }
        Ok(Answer::done(text).with(json!({
            "letters": counts.letters, "rows": counts.rows, "held": counts.held, "shown": data,
        })))
    }

    fn queue_show(&self, id: LetterId) -> Result<Answer, Refusal> {
        let read = self.accounts.store().read()?;
        let letter = read.letter(id)?.ok_or_else(|| gone(id))?;
        let (rows, now) = (read.rows(id)?, self.queue_time()?);
        let mut text = String::new();
        let _ = writeln!(text, "letter    {id}, {} octets", letter.size);
        let _ = writeln!(text, "from      {}", sender(&letter));
        let _ = writeln!(text, "accepted  {}", date(letter.accepted));
        if rows.iter().any(|row| !row.held) {
            let left = span(letter.expires, now);
            let _ = writeln!(text, "returned  in {left}, if nobody takes it until then");
        } else {
            text.push_str("returned  not while it is held\n");
        }
        for row in rows.iter().take(RECIPIENTS_MAX) {
            let _ = writeln!(text, "\nto        {}", row.recipient);
            let _ = writeln!(text, "          {}", fate(row, now));
            if let Some(last) = &row.last {
                let by = if last.host.is_empty() {
                    String::new()
                } else {
                    format!(", {}", last.host)
                };
                let _ = writeln!(text, "          {}{by}:", date(last.at));
                let _ = writeln!(text, "          {}", last.words);
            }
        }
        if rows.len() > RECIPIENTS_MAX {
            let _ = writeln!(text, "\nand {} more", rows.len() - RECIPIENTS_MAX);
        }
        Ok(Answer::done(text.trim_end()).with(shown(&letter, &rows, now)))
    }

    /// A letter that is there.
    fn letter(&self, name: &str) -> Result<LetterId, Refusal> {
        let Ok(id) = name.parse::<LetterId>() else {
            return Err(Refusal::not_allowed(format!(
                "\"{name}\" is not the number of a letter; `pillarbox queue list` shows them"
            )));
        };
        match self.accounts.store().read()?.letter(id)? {
            Some(_) => Ok(id),
            None => Err(gone(id)),
        }
    }

    /// The queue's time: of the running box, or when it last ran.
    fn queue_time(&self) -> Result<QueueTime, Refusal> {
        if let Some(running) = &self.running {
            return Ok((running.queue_time)());
        }
        Ok(self.accounts.store().read()?.queue_clock()?.at)
    }
}

fn gone(id: LetterId) -> Refusal {
    Refusal::not_found(format!(
        "there is no letter {id} in the queue: it was delivered, returned or dropped; `pillarbox queue list` shows what waits"
    ))
}

fn listed(letter: &Letter, rows: &[Row], now: QueueTime) -> String {
    let mut to: Vec<String> = rows
        .iter()
        .take(NAMED_MAX)
        .map(|row| row.recipient.to_string())
        .collect();
    if rows.len() > NAMED_MAX {
        to.push(format!("{} more", rows.len() - NAMED_MAX));
    }
    let next = rows.iter().min_by_key(|row| (row.held, row.due));
    let state = next.map_or_else(String::new, |row| fate(row, now));
    format!(
        "{}  {}  {} -> {}  {state}",
        letter.id,
        date(letter.accepted),
        sender(letter),
        to.join(", ")
    )
}

fn shown(letter: &Letter, rows: &[Row], now: QueueTime) -> Value {
    let recipients: Vec<Value> = rows
        .iter()
        .take(RECIPIENTS_MAX)
        .map(|row| {
            json!({
                "address": row.recipient.to_string(),
                "destination": row.destination,
                "held": row.held,
                "attempts": row.attempts,
                "next_seconds": row.due.0.saturating_sub(now.0),
                "last": row.last.as_ref().map(|last| json!({"at": last.at, "host": last.host, "words": last.words})),
            })
        })
        .collect();
    json!({
        "id": letter.id.to_string(),
        "from": letter.reverse_path.as_ref().map(ToString::to_string),
        "size": letter.size,
        "accepted": letter.accepted,
        "expires_seconds": letter.expires.0.saturating_sub(now.0),
        "recipients": recipients,
    })
}

/// What comes next for a recipient, in words.
fn fate(row: &Row, now: QueueTime) -> String {
    if row.held {
        return "held".to_owned();
    }
    let next = match row.due.0.saturating_sub(now.0) {
        0 => "due now".to_owned(),
        _ => format!("next attempt in {}", span(row.due, now)),
    };
    match row.attempts {
        0 => next,
        1 => format!("{next}, tried once"),
        attempts => format!("{next}, tried {attempts} times"),
    }
}

fn sender(letter: &Letter) -> String {
    letter
        .reverse_path
        .as_ref()
        .map_or_else(|| "<>".to_owned(), ToString::to_string)
}

fn span(until: QueueTime, now: QueueTime) -> String {
    super::report::duration(until.0.saturating_sub(now.0))
}

fn date(unix: i64) -> String {
    DateTime {
        unix,
        zone_minutes: 0,
    }
    .rfc5322()
}

/// How much is in the queue, in words.
pub(super) fn summary(counts: &QueueCounts) -> String {
    let mut text = match counts.letters {
        0 => return "nothing waits".to_owned(),
        1 => format!("1 letter for {}", people(counts.rows)),
        letters => format!("{letters} letters for {}", people(counts.rows)),
    };
    if counts.held > 0 {
        let _ = write!(text, ", {} of them held", counts.held);
    }
    text
}

fn people(rows: u64) -> String {
    match rows {
        1 => "1 recipient".to_owned(),
        rows => format!("{rows} recipients"),
    }
}
