//! The queue: letters against their rows, rows against both indexes, counters against all of them; and that what is remembered of the world
//! outside can be read.

use super::Findings;
use crate::error::Result;
use crate::ids::Gid;
use crate::look::Look;
use crate::records::{LetterId, QueueCounts, QueueTime};
use crate::schema::key::{self, Turn};
use crate::schema::{LetterRecord, RowRecord};

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let head = look.queue_head()?;
    let mut walk = Walk {
        look,
        findings,
        counts: QueueCounts::default(),
        letter: None,
    };
    for row in look.prefixed(&[key::LETTERS])? {
        let (at, octets) = row?;
        let (Some(id), true) = (key::letter_of(at), matches!(at.len(), 9 | 13)) else {
            walk.findings
                .add("a letter of the queue has a key of no known shape".into());
            continue;
        };
        match key::row_of(at) {
            None => walk.letter(id, octets, head.next_letter),
            Some(number) => walk.row(id, number, octets)?,
        }
    }
    walk.end();
    let counts = walk.counts;
    if counts != head.counts {
        findings.add(format!(
            "the queue counts {:?}, but holds {counts:?}",
            head.counts
        ));
    }
    turns(look, counts.rows.saturating_sub(counts.held), findings)?;
    outside(look, findings)
}

/// The walk over letters, each followed by its rows.
struct Walk<'a, 'f> {
    look: Look<'a>,
    findings: &'f mut Findings,
    counts: QueueCounts,
    /// The letter whose rows come, and how many came.
    letter: Option<(LetterId, LetterRecord, u32)>,
}

impl Walk<'_, '_> {
    fn letter(&mut self, id: LetterId, octets: &[u8], next: u64) {
        self.end();
        self.counts.letters += 1;
        let read = LetterRecord::read(octets).and_then(|record| {
            record.clone().letter(id)?;
            Ok(record)
        });
        match read {
            Ok(record) => self.letter = Some((id, record, 0)),
            Err(error) => self.findings.add(format!("letter {id}: {error}")),
        }
        if id.0 >= next {
            self.findings.add(format!(
                "letter {id} exists, but the next one would get number {next:x}"
            ));
        }
    }

    fn row(&mut self, id: LetterId, number: u32, octets: &[u8]) -> Result<()> {
        self.counts.rows += 1;
        let record = match RowRecord::read(octets) {
            Ok(record) => record,
            Err(error) => {
                self.findings
                    .add(format!("row {number} of letter {id}: {error}"));
                return Ok(());
            }
        };
        self.counts.held += u64::from(record.held);
        let Some((_, letter, rows)) = self.letter.as_mut().filter(|(own, _, _)| *own == id) else {
            self.findings.add(format!(
                "row {number} belongs to letter {id}, which does not exist"
            ));
            return Ok(());
        };
        *rows += 1;
        let turn = Turn {
            lane: record.lane(letter.priority),
            due: record.due,
            letter: id,
            number,
        };
        let waits = self
            .look
            .get(&key::turn(&record.destination, &turn))?
            .is_some();
        if waits == record.held {
            self.findings.add(format!(
                "row {number} of letter {id} is {} its destination's turns",
                if waits {
                    "held, but among"
                } else {
                    "not among"
                }
            ));
        }
        if let Err(error) = record.row(number) {
            self.findings
                .add(format!("row {number} of letter {id}: {error}"));
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some((id, letter, rows)) = self.letter.take()
            && (letter.rows_left != rows || rows == 0)
        {
            self.findings.add(format!(
                "letter {id} counts {} rows, but has {rows}",
                letter.rows_left
            ));
        }
    }
}

/// As many turns as rows wait (each of those has its own: then there is no other), and each destination's first of a lane in `F4`.
fn turns(look: Look<'_>, waiting: u64, findings: &mut Findings) -> Result<()> {
    let (mut count, mut firsts) = (0_u64, 0_u64);
    let mut before: Vec<u8> = Vec::new();
    for row in look.prefixed(&[key::TURNS])? {
        let (at, _) = row?;
        count += 1;
        let Some((destination, turn)) = key::turn_of(at) else {
            findings.add("a turn has a key of no known shape".into());
            continue;
        };
        let mut group = key::turns_of(destination);
        group.push(turn.lane);
        if group == before {
            continue;
        }
        before = group;
        firsts += 1;
        let row = key::destination(turn.lane, turn.due, destination);
        if look.get(&row)?.is_none() {
            findings.add(format!(
                "{destination} has letter {} due, but is not among the destinations of that time",
                turn.letter
            ));
        }
    }
    if count != waiting {
        findings.add(format!("{waiting} rows wait, but there are {count} turns"));
    }
    let mut named = 0_u64;
    for row in look.prefixed(&[key::DESTINATIONS])? {
        if key::destination_of(row?.0).is_none() {
            findings.add("a destination has a key of no known shape".into());
        }
        named += 1;
    }
    if named != firsts {
        findings.add(format!(
            "{firsts} destinations have something due, but {named} are listed"
        ));
    }
    Ok(())
}

/// Calls `each` for the reference that each letter has to its body.
pub(super) fn each_reference(look: Look<'_>, each: &mut dyn FnMut(Gid, u32)) -> Result<()> {
    for row in look.prefixed(&[key::LETTERS])? {
        let (at, octets) = row?;
        if key::row_of(at).is_none()
            && let Ok(letter) = LetterRecord::read(octets)
        {
            each(Gid(letter.gid), letter.size);
        }
    }
    Ok(())
}

fn outside(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let mut after: Option<String> = None;
    loop {
        match look.notes_after(after.as_deref(), 100) {
            Ok(some) if some.is_empty() => break,
            Ok(some) => after = some.last().map(|(domain, _)| domain.clone()),
            Err(error) => {
                findings.add(format!("what is remembered of a destination: {error}"));
                break;
            }
        }
    }
    if let Err(error) = look.relays() {
        findings.add(format!("a relay: {error}"));
    }
    for row in look.prefixed(&key::DKIM)? {
        let (at, _) = row?;
        let domain = String::from_utf8_lossy(at.get(key::DKIM.len()..).unwrap_or_default());
        if let Err(error) = look.dkim_keys(&domain) {
            findings.add(format!("the DKIM keys of {domain}: {error}"));
        }
    }
    let clock = look.queue_clock();
    if clock.is_err() || clock.is_ok_and(|clock| clock.at == QueueTime(u64::MAX)) {
        findings.add("the queue's clock cannot be read, or has come to its end".into());
    }
    Ok(())
}
