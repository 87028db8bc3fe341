//! Parting groups by what only the records say: texts behind what the columns keep of them.
//!
//! A group is read whole if its texts are few or short; else its messages are compared by the eight octets behind what all of them begin with, and
//! so on within each part. So every reading of a group parts it or finds it equal. Of subjects with one hash only the first is read.

use ::store::{MailboxId, ReadTx, Uid};

use super::{Item, RECORD, chunk, group_end, is_hashed};
use crate::cmd::sort::value::{entry, text};
use crate::command::{Criterion, SortKey};

/// Octets of texts that are held to sort a group at once, with what a list costs.
const HELD: usize = 512 * 1024;
/// What a held text costs beside its octets.
const LISTED: usize = 64;

/// A way over the groups.
pub(super) struct Ties {
    /// groups before this are in order
    at: usize,
    /// keys are hashes of subjects: before this, none
    hashed: usize,
    reading: Option<Reading>,
}

/// A group that is being read, in several steps if it is long.
struct Reading {
    end: usize,
    next: usize,
    how: How,
    /// a key that others have as well, and what it became
    same: Option<(u64, u64, bool)>,
}

enum How {
    /// texts are held, to be sorted at once; each with the key that stands for it
    Hold(Vec<(Vec<u8>, u32)>, usize),
    /// what do all begin with?
    Compare {
        start: Vec<u8>,
        equal: bool,
        whole: Option<Vec<u8>>,
    },
    /// the eight octets from here on become keys
    Chunks(usize),
}

impl Ties {
    /// At the first group; `hashed`: keys have hashes of subjects below the group's number.
    pub(super) fn new(hashed: bool) -> Ties {
        Ties {
            at: 0,
            hashed: if hashed { 0 } else { usize::MAX },
            reading: None,
        }
    }

    /// Puts the open groups in order (`true`), or does some of it.
    pub(super) fn part(
        &mut self,
        items: &mut [Item],
        criterion: Criterion,
        tx: &ReadTx<'_>,
        mailbox: MailboxId,
        work: &mut u32,
    ) -> ::store::Result<bool> {
        loop {
            if let Some(reading) = self.reading.take() {
                match self.read(items, reading, criterion, tx, mailbox, work)? {
                    Some(paused) if *work == 0 => {
                        self.reading = Some(paused);
                        return Ok(false);
                    }
                    more => self.reading = more,
                }
                continue;
            }
            let Some(item) = items.get(self.at) else {
                return Ok(true);
            };
            let end = group_end(items, self.at);
            if end.saturating_sub(self.at) == 1 || item.ended {
                self.at = end;
                continue;
            }
            self.reading = Some(Reading {
                end,
                next: self.at,
                how: How::Hold(Vec::new(), 0),
                same: None,
            });
        }
    }

    /// Reads on in a group; what is left of it.
    fn read(
        &mut self,
        items: &mut [Item],
        mut reading: Reading,
        criterion: Criterion,
        tx: &ReadTx<'_>,
        mailbox: MailboxId,
        work: &mut u32,
    ) -> ::store::Result<Option<Reading>> {
        let hashed = self.at >= self.hashed;
        while reading.next < reading.end {
            if *work == 0 {
                return Ok(Some(reading));
            }
            let before = reading
                .next
                .checked_sub(1)
                .filter(|before| *before >= self.at);
            let before = before.and_then(|before| items.get(before).copied());
            let Some(item) = items.get_mut(reading.next) else {
                break;
            };
            reading.next = reading.next.saturating_add(1);
            // The key that this one had, and that of the one before.
            let old = item.key;
            let same = match (&reading.how, reading.same) {
                (How::Chunks(_), Some((key, _, _))) => key == old,
                (How::Chunks(_), None) => false,
                _ => before.is_some_and(|before| before.key == old),
            };
            if hashed && same && is_hashed(item) {
                if let (How::Chunks(_), Some((_, key, ended))) = (&reading.how, reading.same) {
                    (item.key, item.ended) = (key, ended);
                }
                *work = work.saturating_sub(1);
                continue;
            }
            *work = work.saturating_sub(RECORD);
            let text = said(criterion.key, tx, mailbox, item.uid)?;
            match &mut reading.how {
                How::Hold(texts, octets) => {
                    *octets = octets.saturating_add(text.len()).saturating_add(LISTED);
                    let at = reading.next.saturating_sub(1).saturating_sub(self.at);
                    texts.push((text, u32::try_from(at).unwrap_or(u32::MAX)));
                    if *octets > HELD {
                        reading.how = How::Compare {
                            start: Vec::new(),
                            equal: true,
                            whole: None,
                        };
                        reading.next = self.at;
                    }
                }
                How::Compare {
                    start,
                    equal,
                    whole,
                } => match whole {
                    None => {
                        start.clone_from(&text);
                        *whole = Some(text);
                    }
                    Some(whole) => {
                        *equal &= text == *whole;
                        let same = start.iter().zip(&text).take_while(|(a, b)| a == b);
                        start.truncate(same.count());
                    }
                },
                How::Chunks(offset) => {
                    let key = chunk(text.get(*offset..).unwrap_or_default());
                    item.key = if criterion.reverse { !key } else { key };
                    item.ended = text.len() < offset.saturating_add(8);
                    reading.same = Some((old, item.key, item.ended));
                }
            }
        }
        let Some(group) = items.get_mut(self.at..reading.end) else {
            return Ok(None);
        };
        match reading.how {
            How::Hold(texts, _) => {
                rank(group, texts, criterion.reverse);
                mark(group);
                self.at = reading.end;
            }
            How::Compare { equal: true, .. } => {
                group.sort_unstable_by_key(|item| item.uid);
                for (at, item) in group.iter_mut().enumerate() {
                    item.first = at == 0;
                }
                self.at = reading.end;
            }
            How::Compare { start, .. } => {
                return Ok(Some(Reading {
                    end: reading.end,
                    next: self.at,
                    how: How::Chunks(start.len()),
                    same: None,
                }));
            }
            How::Chunks(_) => {
                mark(group);
                // Its keys are no hashes any more.
                if hashed {
                    self.hashed = reading.end;
                }
            }
        }
        Ok(None)
    }
}

/// Gives each message the place of its text among the others as its key.
fn rank(group: &mut [Item], mut texts: Vec<(Vec<u8>, u32)>, reverse: bool) {
    texts.sort_unstable();
    // Where the messages of one text begin: they stand one behind the other.
    let mut ranks: Vec<(u32, u32)> = Vec::with_capacity(texts.len());
    let mut rank = 0_u32;
    let mut before: Option<&Vec<u8>> = None;
    for (text, at) in &texts {
        if before.is_some_and(|before| before != text) {
            rank = rank.saturating_add(1);
        }
        before = Some(text);
        ranks.push((*at, rank));
    }
    ranks.sort_unstable();
    let mut ranks = ranks.into_iter().peekable();
    let mut rank = 0;
    for (at, item) in group.iter_mut().enumerate() {
        if let Some((_, next)) = ranks.next_if(|(start, _)| *start as usize <= at) {
            rank = next;
        }
        let key = u64::from(rank);
        item.key = if reverse { !key } else { key };
        item.ended = true;
    }
}

/// Sorts a group by its keys and marks the groups that it falls into.
fn mark(group: &mut [Item]) {
    group.sort_unstable_by_key(Item::place);
    let mut before = None;
    for item in group {
        item.first = before != Some(item.key);
        before = Some(item.key);
    }
}

/// The text of a message; empty if it is no more.
fn said(key: SortKey, tx: &ReadTx<'_>, mailbox: MailboxId, uid: Uid) -> ::store::Result<Vec<u8>> {
    match entry(tx, mailbox, uid)? {
        Some(entry) => text(key, tx, entry.gid),
        None => Ok(Vec::new()),
    }
}
