//! Walking over the messages that a command's set means, in steps, each over its own transaction.
//!
//! Promises: every message of the view that lies in the ranges is met once, in ascending order, with the sequence number the client
//! knows it by; also one that another session has expunged meanwhile, as long as it is readable (A39). One that is not readable any
//! more is counted in [`Walk::lost`]. Memory is the ranges that the client wrote.

use std::ops::RangeInclusive;

use store::{Entry, ModSeq, ReadTx, Uid};

use crate::view::{Ranges, View};

/// Where a verb stands in its set.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    ranges: Ranges,
    index: usize,
    next: Uid,
    /// only messages that have changed after this, and none that is expunged
    since: Option<ModSeq>,
    /// messages that were expunged under way and cannot be read
    pub(crate) lost: u32,
}

/// A message met on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Met {
    /// sequence number
    pub(crate) number: u32,
    /// UID
    pub(crate) uid: Uid,
    /// what the store knows of it
    pub(crate) entry: Entry,
    /// another session has expunged it: it cannot be changed or copied any more
    pub(crate) expunged: bool,
}

/// What to do after a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Go {
    /// take it and go on
    On,
    /// take it and stop
    Stop,
    /// leave it for the next step
    Back,
}

impl Walk {
    /// At the start of these ranges.
    pub(crate) fn new(ranges: Ranges) -> Walk {
        Walk {
            ranges,
            index: 0,
            next: 0,
            since: None,
            lost: 0,
        }
    }

    /// What it was to walk.
    pub(crate) fn into_ranges(self) -> Ranges {
        self.ranges
    }

    /// Meets only those that have changed after `since` (RFC 7162 §3.1.4.1); those that somebody has expunged are passed over.
    pub(crate) fn since(self, since: Option<ModSeq>) -> Walk {
        Walk { since, ..self }
    }

    /// Goes on until the end (`true`) or until `each` says so.
    pub(crate) fn step(
        &mut self,
        tx: &ReadTx<'_>,
        view: &View,
        each: &mut dyn FnMut(&Met) -> store::Result<Go>,
    ) -> store::Result<bool> {
        while let Some((low, high)) = self.ranges.get(self.index).copied() {
            if !self.range(tx, view, low.max(self.next), high, each)? {
                return Ok(false);
            }
            self.index = self.index.saturating_add(1);
        }
        Ok(true)
    }

    /// How far it has got: everything before has been taken.
    pub(crate) fn position(&self) -> (usize, Uid) {
        (self.index, self.next)
    }

    /// Goes on as [`Walk::step`], no further than `until`, another walk's position; `true`: it is there.
    pub(crate) fn step_until(
        &mut self,
        until: (usize, Uid),
        tx: &ReadTx<'_>,
        view: &View,
        each: &mut dyn FnMut(&Met) -> store::Result<Go>,
    ) -> store::Result<bool> {
        let mut there = self.position() == until;
        if there {
            return Ok(true);
        }
        let ended = self.step(tx, view, &mut |met| {
            if met.uid >= until.1 {
                there = true;
                return Ok(Go::Back);
            }
            each(met)
        })?;
        if there || ended {
            (self.index, self.next) = until;
        }
        Ok(there || ended)
    }

    /// One range; whether it was walked to its end.
    fn range(
        &mut self,
        tx: &ReadTx<'_>,
        view: &View,
        low: Uid,
        high: Uid,
        each: &mut dyn FnMut(&Met) -> store::Result<Go>,
    ) -> store::Result<bool> {
        let since = self.since;
        let mut steps = Steps {
            walk: self,
            tx,
            view,
            high,
            run: (1, 0, 0),
            ended: None,
            each,
        };
        let mut expected = steps.next(low);
        let Some(first) = expected else {
            return Ok(true);
        };
        if let Some(since) = since {
            return steps.changed(since, first..=high);
        }
        let entries = view.entries(tx, first..=high, &mut |uid, entry| {
            while let Some(gone) = expected.filter(|expected| *expected < uid) {
                if !steps.gone(gone) {
                    return false;
                }
                expected = steps.after(gone);
            }
            if expected != Some(uid) {
                // Not told yet.
                return expected.is_some();
            }
            if !steps.take(uid, entry, false) {
                return false;
            }
            expected = steps.after(uid);
            true
        });
        match entries {
            // A mailbox that is no more: its messages are gone, each one.
            Ok(()) | Err(store::Error::NoSuchMailbox) => {}
            Err(error) => return Err(error),
        }
        while let Some(gone) = expected.filter(|_| steps.ended.is_none()) {
            if steps.gone(gone) {
                expected = steps.after(gone);
            }
        }
        match steps.ended {
            None => Ok(true),
            Some(ended) => ended.map(|()| false),
        }
    }
}

struct Steps<'w, 's> {
    walk: &'w mut Walk,
    tx: &'w ReadTx<'s>,
    view: &'w View,
    high: Uid,
    /// where in the view the walk is: most messages stand in the run of the one before
    run: (Uid, Uid, u32),
    /// set: no further
    ended: Option<store::Result<()>>,
    each: &'w mut dyn FnMut(&Met) -> store::Result<Go>,
}

impl Steps<'_, '_> {
    fn next(&mut self, from: Uid) -> Option<Uid> {
        if !(self.run.0..=self.run.1).contains(&from) {
            self.run = self.view.uids.run(from)?;
        }
        Some(from.max(self.run.0)).filter(|uid| *uid <= self.high)
    }

    fn after(&mut self, uid: Uid) -> Option<Uid> {
        uid.checked_add(1).and_then(|from| self.next(from))
    }

    /// A range of which only what has changed is met; whether it was walked to its end.
    fn changed(&mut self, since: ModSeq, uids: RangeInclusive<Uid>) -> store::Result<bool> {
        let (tx, view) = (self.tx, self.view);
        match view.changed_since(tx, since, uids, &mut |uid, entry| {
            self.take(uid, entry, false)
        }) {
            Ok(()) | Err(store::Error::NoSuchMailbox) => {}
            Err(error) => return Err(error),
        }
        match self.ended.take() {
            None => Ok(true),
            Some(ended) => ended.map(|()| false),
        }
    }

    /// A message that the client counts and that is not among the entries.
    fn gone(&mut self, uid: Uid) -> bool {
        match self.view.expunged_entry(self.tx, uid) {
            Ok(Some(entry)) => self.take(uid, &entry, true),
            Ok(None) | Err(store::Error::NoSuchMailbox) => {
                self.walk.lost = self.walk.lost.saturating_add(1);
                self.walk.next = uid.saturating_add(1);
                true
            }
            Err(error) => {
                self.ended = Some(Err(error));
                false
            }
        }
    }

    fn take(&mut self, uid: Uid, entry: &Entry, expunged: bool) -> bool {
        let (first, last, before) = self.run;
        let number = if (first..=last).contains(&uid) {
            before.saturating_add(uid - first).saturating_add(1)
        } else {
            match self.view.uids.sequence(uid) {
                Some(number) => number,
                None => return true,
            }
        };
        let go = (self.each)(&Met {
            number,
            uid,
            entry: *entry,
            expunged,
        });
        if !matches!(go, Ok(Go::Back) | Err(_)) {
            self.walk.next = uid.saturating_add(1);
        }
        self.ended = match go {
            Ok(Go::On) => return true,
            Ok(Go::Stop | Go::Back) => Some(Ok(())),
            Err(error) => Some(Err(error)),
        };
        false
    }
}
