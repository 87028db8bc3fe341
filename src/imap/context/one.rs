//! One context: what its result holds, and the line that says how it has changed.
//!
//! Promises: [`Context::look`] holds changed messages against the key, [`CHANGES`] of them and [`WORK`] octets of text at a time; a line names
//! removals before additions, each in the order in which they are to be made (RFC 5267 §4.3.2).

use std::cell::Cell;
use std::cmp::Ordering;

use store::{Entry, ModSeq, Read, Uid};

use crate::cmd::results::Kept;
use crate::cmd::search::matches::Judge;
use crate::cmd::walk::Met;
use crate::command::{Fetch, FetchItem, SequenceNumber, SequenceRange, SequenceSet};
use crate::context::Order;
use crate::deed::World;
use crate::print;
use crate::view::{Ranges, Uids, View};

/// Octets of text that are looked at before a pause.
const WORK: u64 = 512 * 1024;
/// Changed messages that are held against one context before its line is printed.
const CHANGES: usize = 1_024;

/// A search whose result is kept up to date.
pub(super) struct Context {
    pub(super) tag: Box<str>,
    pub(super) uid: bool,
    pub(super) judge: Judge,
    pub(super) order: Option<Box<dyn Order>>,
    pub(super) fetch: Vec<FetchItem>,
    pub(super) members: Kept,
    /// every change up to this has been looked at
    pub(super) since: ModSeq,
    /// every expunge up to this
    pub(super) expunges: ModSeq,
    /// messages from here on are new to the context
    pub(super) uid_next: Uid,
    /// a look that did not end: up to which change, and from which UID on
    pub(super) unfinished: Option<(ModSeq, Uid)>,
    /// names of keywords when they were last looked up
    pub(super) keywords: usize,
}

/// What one ESEARCH line is to say.
#[derive(Default)]
pub(super) struct Update {
    /// position and message; position 0 where the order is the mailbox's
    removed: Vec<(u32, Uid)>,
    added: Vec<(u32, Uid)>,
    /// those added that were not there when the context last looked
    new: Vec<Uid>,
}

impl Context {
    /// Holds what has changed against the key; whether there is more.
    pub(super) fn look(
        &mut self,
        world: &World<'_>,
        view: &View,
        highest: ModSeq,
    ) -> store::Result<(Update, bool)> {
        let (target, from) = self.unfinished.take().unwrap_or((highest, 1));
        let mut changed: Vec<(Uid, Entry)> = Vec::new();
        let mut stopped = None;
        // The last change before the first message that the client has not been told of.
        let mut until = target;
        world.tx.changed_since(
            view.viewer,
            view.mailbox,
            self.since,
            from..=Uid::MAX,
            &mut |uid, entry| {
                if view.uids.sequence(uid).is_none() {
                    until = until.min(entry.modseq.saturating_sub(1)).max(self.since);
                    return true;
                }
                if changed.len() >= CHANGES {
                    stopped = Some(uid);
                    return false;
                }
                changed.push((uid, *entry));
                true
            },
        )?;
        let mut update = Update::default();
        let mut work = WORK;
        for (uid, entry) in changed {
            let met = Met {
                number: view.uids.sequence(uid).unwrap_or_default(),
                uid,
                entry,
                expunged: false,
            };
            let verdict = if work == 0 {
                None
            } else {
                self.judge
                    .judge(world, view, &met, &Cell::default(), &mut work)?
            };
            match verdict {
                None => {
                    stopped = Some(uid);
                    break;
                }
                Some(None) => self.remove(uid, &view.uids, &mut update),
                Some(Some(_)) => self.add(world, view, uid, &mut update)?,
            }
        }
        match stopped {
            Some(uid) => self.unfinished = Some((target, uid)),
            None => {
                self.since = until;
                self.uid_next = view.uid_next;
            }
        }
        Ok((update, stopped.is_some()))
    }

    fn add(
        &mut self,
        world: &World<'_>,
        view: &View,
        uid: Uid,
        update: &mut Update,
    ) -> store::Result<()> {
        match &mut self.members {
            Kept::Mailbox(ranges) => {
                if !insert(ranges, uid, &view.uids) {
                    return Ok(());
                }
                update.added.push((0, uid));
            }
            Kept::Sorted(order) => {
                if order.contains(&uid) {
                    return Ok(());
                }
                let (mut low, mut high) = (0, order.len());
                while low < high {
                    let middle = low.midpoint(high);
                    let before = match (&mut self.order, order.get(middle)) {
                        (Some(by), Some(other)) => {
                            by.compare(world, view, *other, uid)? != Ordering::Greater
                        }
                        _ => true,
                    };
                    if before {
                        low = middle.saturating_add(1);
                    } else {
                        high = middle;
                    }
                }
                order.insert(low, uid);
                update.added.push((position(low), uid));
            }
        }
        if uid >= self.uid_next {
            update.new.push(uid);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, uid: Uid, uids: &Uids, update: &mut Update) {
        match &mut self.members {
            Kept::Mailbox(ranges) => {
                if take_out(ranges, uid, uids) {
                    update.removed.push((0, uid));
                }
            }
            Kept::Sorted(order) => {
                if let Some(at) = order.iter().position(|other| *other == uid) {
                    order.remove(at);
                    update.removed.push((position(at), uid));
                }
            }
        }
    }

    /// The FETCH of what is new (RFC 5465 §7).
    pub(super) fn news(&self, update: &Update) -> Option<Fetch> {
        if self.fetch.is_empty() || update.new.is_empty() {
            return None;
        }
        let number = |uid: &Uid| std::num::NonZeroU32::new(*uid).map(SequenceNumber::Number);
        let ranges = update
            .new
            .iter()
            .filter_map(number)
            .map(|number| SequenceRange {
                first: number,
                last: number,
            });
        Some(Fetch {
            set: SequenceSet::Ranges(ranges.collect()),
            uid: true,
            items: self.fetch.clone(),
            changed_since: None,
            vanished: false,
            partial: None,
        })
    }

    /// One ESEARCH line, or none. The removals come first; within each the order is the one in which they were made.
    pub(super) fn print(&self, update: Update, uids: &Uids, out: &mut Vec<u8>) {
        if update.removed.is_empty() && update.added.is_empty() {
            return;
        }
        out.extend_from_slice(b"* ESEARCH (TAG \"");
        out.extend_from_slice(self.tag.as_bytes());
        out.extend_from_slice(if self.uid { b"\") UID" } else { b"\")" });
        for (word, pairs) in [
            (&b" REMOVEFROM ("[..], update.removed),
            (&b" ADDTO ("[..], update.added),
        ] {
            if pairs.is_empty() {
                continue;
            }
            out.extend_from_slice(word);
            let number = |uid: Uid| match self.uid {
                true => uid,
                false => uids.sequence(uid).unwrap_or_default(),
            };
            if self.order.is_none() {
                out.extend_from_slice(b"0 ");
                let numbers: Vec<u32> = pairs.iter().map(|(_, uid)| number(*uid)).collect();
                print::uid_set(&numbers, out);
            } else {
                for (at, (position, uid)) in pairs.into_iter().enumerate() {
                    if at > 0 {
                        out.push(b' ');
                    }
                    print::number(position.into(), out);
                    out.push(b' ');
                    print::number(number(uid).into(), out);
                }
            }
            out.push(b')');
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// Positions count from 1.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
}

pub(super) fn octets(members: &Kept) -> usize {
    match members {
        Kept::Mailbox(ranges) => ranges.len().saturating_mul(size_of::<(Uid, Uid)>()),
        Kept::Sorted(order) => order.len().saturating_mul(size_of::<Uid>()),
    }
}

/// Puts a UID into ascending ranges; `false`: it is in there already.
fn insert(ranges: &mut Ranges, uid: Uid, uids: &Uids) -> bool {
    let at = ranges.partition_point(|(_, high)| *high < uid);
    if ranges.get(at).is_some_and(|(low, _)| *low <= uid) {
        return false;
    }
    let adjoins =
        |low: Uid, high: Uid| low.checked_add(1).and_then(|next| uids.next(next)) == Some(high);
    let joins = at
        .checked_sub(1)
        .and_then(|before| ranges.get_mut(before))
        .filter(|(_, high)| adjoins(*high, uid));
    match joins {
        Some((_, high)) => *high = uid,
        None => ranges.insert(at, (uid, uid)),
    }
    true
}

/// Takes a UID out of ascending ranges, which then hold other messages of the view only.
fn take_out(ranges: &mut Ranges, uid: Uid, uids: &Uids) -> bool {
    let at = ranges.partition_point(|(_, high)| *high < uid);
    let Some((low, high)) = ranges.get(at).copied().filter(|(low, _)| *low <= uid) else {
        return false;
    };
    let above = uid
        .checked_add(1)
        .and_then(|next| uids.next(next))
        .filter(|next| *next <= high)
        .map(|next| (next, high));
    let below = uids
        .uid(uids.count(0, uid.saturating_sub(1)))
        .filter(|before| *before >= low)
        .map(|before| (low, before));
    let left: Ranges = below.into_iter().chain(above).collect();
    ranges.splice(at..=at, left);
    true
}
