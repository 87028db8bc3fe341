//! Putting messages in order by numbers of 64 bits: dates and sizes whole, of texts what the columns keep of them, their rest as [`ties`] does.
//!
//! ```text
//! criterion 1   | 3 | 1 2 5 | 4 |      groups of what is equal so far, `first` marks where each begins
//!               group 0 1 1 1 2        is the upper part of the next key; back in the mailbox's order, entries and columns are walked together
//! criterion 2   | 3 | 5 | 1 2 | 4 |    and the lower part parts each group
//! ```
//!
//! Subjects that begin alike are equal where their hashes are (44 bits of them: among 100,000 subjects that begin alike two meet with a chance of 1 in
//! 3,500, and then stand in the mailbox's order); only of those that differ one record each is read.
//!
//! Promises: 16 octets a message and [`ties::HELD`] for texts; no recursion; the work is cut where the caller says, but for a sorting in memory,
//! which takes some 5 ms for 100,000 messages.

mod ties;

use ::store::{Columns, Entry, MailboxId, Read, ReadTx, Uid};

use super::value::{best_first, date, entry, is_text, number, text};
use crate::cmd::tight;
use crate::cmd::walk::Met;
use crate::columns::{Facts, kept};
use crate::command::{Criterion, SortKey};
use ties::Ties;

/// Bits of a key below the group's number: 2^20 groups, more than messages are sorted ([`crate::Limits::SORTED`]).
const LOW: u32 = 44;
/// Octets of a text that are compared at once behind a group's number.
const FEW: usize = 5;
/// The same where there are no groups yet.
const MANY: usize = 8;
/// What reading a record costs, as against a row of the columns.
const RECORD: u32 = 16;
/// Where one message of so many is to be read, each is looked up; else all are walked over.
const SPARSE: usize = 16;
/// Sorting so many takes less than a millisecond: what comes next may be done in the same step.
const QUICK: usize = 16_384;
/// Messages that are walked over at a time.
const SPAN: usize = 4_096;

/// A message being sorted.
#[derive(Clone, Copy)]
struct Item {
    key: u64,
    uid: Uid,
    /// how well FUZZY found it (RFC 6203)
    score: u8,
    /// a group begins here
    first: bool,
    /// nothing is left to compare by this criterion
    ended: bool,
    /// to be read
    open: bool,
}

impl Item {
    /// Keys ascending, and what is equal in the mailbox's order.
    fn place(&self) -> u128 {
        u128::from(self.key) << 32 | u128::from(self.uid)
    }
}

/// Messages being sorted.
pub(super) struct Sorter {
    items: Vec<Item>,
    most: usize,
    criteria: Vec<Criterion>,
    /// the criterion whose turn it is
    criterion: usize,
    stage: Stage,
}

enum Stage {
    /// keys have been read; they are to be sorted
    Read {
        part: Part,
        sparse: bool,
    },
    /// keys are being read
    Reading {
        part: Part,
        sparse: bool,
        next: usize,
    },
    /// texts of records are compared
    Ties(Ties),
    Over,
}

/// What is read at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Number,
    /// octets of a text from here on, so many
    Text(usize, usize),
    /// the hash of a subject
    Hash,
}

impl Part {
    fn first(criterion: Criterion, width: usize) -> Part {
        if is_text(criterion.key) {
            Part::Text(0, width)
        } else {
            Part::Number
        }
    }
}

impl Sorter {
    /// For `most` messages at most, `expected` of them: what is not used of that room costs no memory.
    pub(super) fn new(criteria: Vec<Criterion>, most: usize, expected: usize) -> Sorter {
        let stage = criteria.first().map_or(Stage::Over, |first| Stage::Read {
            part: Part::first(*first, MANY),
            sparse: false,
        });
        Sorter {
            items: Vec::with_capacity(expected.min(most)),
            most,
            criteria,
            criterion: 0,
            stage,
        }
    }

    /// Takes a message, in the mailbox's order, and takes from `work` what that cost; `false`: these are too many.
    pub(super) fn push<'t>(
        &mut self,
        tx: &'t ReadTx<'_>,
        columns: &mut Columns<'t>,
        met: &Met,
        score: u8,
        work: &mut u32,
    ) -> ::store::Result<bool> {
        if self.items.len() >= self.most {
            return Ok(false);
        }
        let Some(criterion) = self.criteria.first().copied() else {
            return Ok(true);
        };
        let part = Part::first(criterion, MANY);
        let (key, ended) = value(
            criterion,
            part,
            tx,
            columns,
            (Some(&met.entry), score),
            work,
        )?;
        let item = Item {
            key: if criterion.reverse { !key } else { key },
            uid: met.uid,
            score,
            first: false,
            ended,
            open: false,
        };
        tight::push(&mut self.items, item);
        Ok(true)
    }

    /// The message at a place of the order, counted from its start or its end, and its score.
    pub(super) fn uid(&self, at: usize, from_end: bool) -> Option<(Uid, u8)> {
        let at = if from_end {
            self.items.len().checked_sub(at.checked_add(1)?)?
        } else {
            at
        };
        self.items.get(at).map(|item| (item.uid, item.score))
    }

    /// Puts them in order (`true`), or does some of it and pauses: reads for about `work`, or sorts once.
    pub(super) fn order(
        &mut self,
        tx: &ReadTx<'_>,
        mailbox: MailboxId,
        work: u32,
    ) -> ::store::Result<bool> {
        let mut work = work;
        while let Some(criterion) = self.criteria.get(self.criterion).copied() {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Over => return Ok(true),
                Stage::Read { part, sparse } => {
                    self.sort(part, sparse);
                    self.stage = self.behind(criterion, part);
                    if self.items.len() > QUICK {
                        return Ok(false);
                    }
                }
                Stage::Reading {
                    part,
                    sparse,
                    mut next,
                } => {
                    let all = if sparse {
                        self.look_up(criterion, part, &mut next, tx, mailbox, &mut work)?
                    } else {
                        self.walk(criterion, part, &mut next, tx, mailbox, &mut work)?
                    };
                    if !all {
                        self.stage = Stage::Reading { part, sparse, next };
                        return Ok(false);
                    }
                    self.stage = Stage::Read { part, sparse };
                }
                Stage::Ties(mut ties) => {
                    if !ties.part(&mut self.items, criterion, tx, mailbox, &mut work)? {
                        self.stage = Stage::Ties(ties);
                        return Ok(false);
                    }
                    self.stage = self.next();
                }
            }
        }
        Ok(true)
    }

    /// Sorts by the keys and marks the groups.
    fn sort(&mut self, part: Part, sparse: bool) {
        if sparse {
            // Only groups that had something to read can have changed.
            let mut at = 0;
            while at < self.items.len() {
                let end = group_end(&self.items, at);
                if let Some(group) = self.items.get_mut(at..end)
                    && group.iter().any(|item| item.open)
                {
                    group.sort_unstable_by_key(Item::place);
                }
                at = end;
            }
        } else {
            self.items.sort_unstable_by_key(Item::place);
        }
        // Different hashes part nothing: their order means nothing. They tell which messages need not be read.
        let shift = if part == Part::Hash { LOW } else { 0 };
        let mut before = None;
        for item in &mut self.items {
            let key = item.key >> shift;
            item.first = before != Some(key);
            before = Some(key);
        }
        if part != Part::Hash {
            return;
        }
        let mut at = 0;
        while at < self.items.len() {
            let end = group_end(&self.items, at);
            if let Some(group) = self.items.get_mut(at..end)
                && let (Some(one), Some(last)) = (group.first(), group.last())
                && one.key == last.key
                && is_hashed(one)
            {
                group.iter_mut().for_each(|item| item.ended = true);
            }
            at = end;
        }
    }

    /// What comes behind a part of a criterion.
    fn behind(&mut self, criterion: Criterion, part: Part) -> Stage {
        match part {
            Part::Number => self.next(),
            _ if !self.open() => self.next(),
            Part::Text(from, length) if from.saturating_add(length) < kept(criterion.key) => {
                self.reading(Part::Text(from.saturating_add(length), FEW))
            }
            Part::Text(..) if criterion.key == SortKey::Subject => self.reading(Part::Hash),
            Part::Text(..) | Part::Hash => Stage::Ties(Ties::new(part == Part::Hash)),
        }
    }

    /// Goes on to the next criterion, if there is anything left to compare.
    fn next(&mut self) -> Stage {
        self.criterion = self.criterion.saturating_add(1);
        let Some(criterion) = self.criteria.get(self.criterion).copied() else {
            return Stage::Over;
        };
        for item in &mut self.items {
            item.ended = false;
        }
        if self.open() {
            self.reading(Part::first(criterion, FEW))
        } else {
            Stage::Over
        }
    }

    /// Marks the messages that stand in a group with others and have something left to compare; whether there are any.
    fn open(&mut self) -> bool {
        let mut any = false;
        let mut at = 0;
        while at < self.items.len() {
            let end = group_end(&self.items, at);
            if let Some(group) = self.items.get_mut(at..end) {
                let several = group.len() > 1;
                for item in group {
                    item.open = several && !item.ended;
                    any |= item.open;
                }
            }
            at = end;
        }
        any
    }

    /// Begins to read a part of the open messages.
    fn reading(&mut self, part: Part) -> Stage {
        let mut group = 0_u64;
        let mut open = 0_usize;
        for (at, item) in self.items.iter_mut().enumerate() {
            group = group.saturating_add(u64::from(item.first && at > 0));
            item.key = group << LOW;
            open = open.saturating_add(usize::from(item.open));
        }
        let sparse = open.saturating_mul(SPARSE) < self.items.len();
        if !sparse {
            self.items.sort_unstable_by_key(|item| item.uid);
        }
        Stage::Reading {
            part,
            sparse,
            next: 0,
        }
    }

    /// Reads the open messages one by one; `false`: `work` is used up.
    fn look_up(
        &mut self,
        criterion: Criterion,
        part: Part,
        next: &mut usize,
        tx: &ReadTx<'_>,
        mailbox: MailboxId,
        work: &mut u32,
    ) -> ::store::Result<bool> {
        let mut columns = Columns::default();
        while let Some(item) = self.items.get_mut(*next) {
            if *work == 0 {
                return Ok(false);
            }
            if item.open {
                let found = entry(tx, mailbox, item.uid)?;
                let found = (found.as_ref(), item.score);
                let value = value(criterion, part, tx, &mut columns, found, work)?;
                take(item, criterion, part, value);
            }
            *next = next.saturating_add(1);
        }
        Ok(true)
    }

    /// Reads the open messages in the mailbox's order, walking over all; `false`: `work` is used up.
    fn walk(
        &mut self,
        criterion: Criterion,
        part: Part,
        next: &mut usize,
        tx: &ReadTx<'_>,
        mailbox: MailboxId,
        work: &mut u32,
    ) -> ::store::Result<bool> {
        let mut columns = Columns::default();
        let mut read = |item: &mut Item, found: Option<&Entry>, work: &mut u32| {
            let value = value(criterion, part, tx, &mut columns, (found, item.score), work)?;
            take(item, criterion, part, value);
            Ok(())
        };
        while *next < self.items.len() {
            let rest = self.items.get_mut(*next..).unwrap_or_default();
            let length = rest.len().min(SPAN);
            let some = rest.get_mut(..length).unwrap_or_default();
            let (Some(first), Some(last)) = (some.first(), some.last()) else {
                break;
            };
            let uids = first.uid..=last.uid;
            let mut at = 0;
            let mut outcome = Ok(());
            let entries = tx.entries(mailbox, uids, &mut |uid, found| {
                while let Some(item) = some.get_mut(at).filter(|item| item.uid <= uid) {
                    if *work == 0 {
                        return false;
                    }
                    if item.open {
                        outcome = if item.uid == uid {
                            read(item, Some(found), work)
                        } else {
                            entry(tx, mailbox, item.uid)
                                .and_then(|found| read(item, found.as_ref(), work))
                        };
                    }
                    if outcome.is_err() {
                        return false;
                    }
                    at = at.saturating_add(1);
                }
                at < some.len()
            });
            match entries {
                Ok(()) | Err(::store::Error::NoSuchMailbox) => {}
                Err(error) => return Err(error),
            }
            outcome?;
            // What is behind the last entry was expunged.
            while let Some(item) = some.get_mut(at).filter(|_| *work > 0) {
                if item.open {
                    let found = entry(tx, mailbox, item.uid)?;
                    read(item, found.as_ref(), work)?;
                }
                at = at.saturating_add(1);
            }
            *next = next.saturating_add(at);
            if at < length {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a message's key has the hash of its subject.
fn is_hashed(item: &Item) -> bool {
    item.key & ((1 << LOW) - 1) != 0
}

/// Puts what was read behind the group's number.
fn take(item: &mut Item, criterion: Criterion, part: Part, (value, ended): (u64, bool)) {
    let mask = (1_u64 << LOW) - 1;
    let turned = criterion.reverse && part != Part::Hash;
    item.key |= (if turned { !value } else { value }) & mask;
    item.ended = ended;
}

/// What a message has for a part, and whether a text ends there. Of a message that is no more everything is empty.
fn value<'t>(
    criterion: Criterion,
    part: Part,
    tx: &'t ReadTx<'_>,
    columns: &mut Columns<'t>,
    (found, score): (Option<&Entry>, u8),
    work: &mut u32,
) -> ::store::Result<(u64, bool)> {
    *work = work.saturating_sub(1);
    if criterion.key == SortKey::Relevancy {
        return Ok((best_first(score), true));
    }
    let Some(found) = found else {
        return Ok((0, matches!(part, Part::Text(..))));
    };
    let (from, length) = match part {
        Part::Number if criterion.key == SortKey::Size => return Ok((found.size.into(), true)),
        Part::Number => {
            if let Some(facts) = Facts::stored(tx, columns, found.gid)? {
                return Ok((date(criterion.key, &facts), true));
            }
            *work = work.saturating_sub(RECORD);
            return Ok((number(criterion.key, tx, columns, found)?, true));
        }
        Part::Hash => {
            let facts = Facts::read(tx, columns, found.gid)?;
            return Ok((facts.map_or(0, |facts| facts.subject()) >> 4, false));
        }
        Part::Text(from, length) => (from, length),
    };
    let most = kept(criterion.key);
    let cut = |beginning: &[u8]| {
        let octets = beginning.get(from..).unwrap_or_default();
        let all = chunk(octets) >> (8_usize.saturating_sub(length)).saturating_mul(8);
        let end = most.min(from.saturating_add(length));
        (all, beginning.len() < end)
    };
    if let Some(column) = Facts::stored(tx, columns, found.gid)?
        && let Some(beginning) = column.beginning(criterion.key)
    {
        return Ok(cut(beginning));
    }
    *work = work.saturating_sub(RECORD);
    let text = text(criterion.key, tx, found.gid)?;
    Ok(cut(text.get(..most).unwrap_or(&text)))
}

/// Where the group that begins at `from` ends.
fn group_end(items: &[Item], from: usize) -> usize {
    let behind = from.saturating_add(1);
    let more = items.get(behind..).unwrap_or_default();
    let length = more.iter().position(|item| item.first);
    length.map_or(items.len(), |length| behind.saturating_add(length))
}

/// Eight octets of a text, 0 behind its end; no text has an octet 0.
fn chunk(text: &[u8]) -> u64 {
    let mut octets = [0; 8];
    for (octet, of_text) in octets.iter_mut().zip(text) {
        *octet = *of_text;
    }
    u64::from_be_bytes(octets)
}
