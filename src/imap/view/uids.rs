//! A set of UIDs that knows the sequence number of each.
//!
//! Kept as runs of adjoining UIDs, 12 bytes a run: a mailbox of 200,000 messages with few gaps costs a few KB, one where every
//! other message is gone 12 bytes a message. Looking up is a binary search over the runs.
//!
//! Cannot: a UID is added only behind all others, which is how a mailbox hands them out.

use store::Uid;

/// `first..=last`, with `before` messages in the runs before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Run {
    first: Uid,
    last: Uid,
    before: u32,
}

impl Run {
    fn len(self) -> u32 {
        (self.last - self.first).saturating_add(1)
    }
}

/// UIDs in ascending order; the first one's sequence number is 1 (RFC 9051 §2.3.1.2).
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Uids {
    runs: Vec<Run>,
}

impl Uids {
    /// How many.
    pub fn len(&self) -> u32 {
        self.runs
            .last()
            .map_or(0, |run| run.before.saturating_add(run.len()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The largest.
    pub fn last(&self) -> Option<Uid> {
        self.runs.last().map(|run| run.last)
    }

    /// Adds a UID larger than all others; any other is ignored.
    pub fn push(&mut self, uid: Uid) {
        let before = self.len();
        match self.runs.last_mut() {
            Some(run) if uid <= run.last => {}
            Some(run) if uid == run.last + 1 => run.last = uid,
            _ if uid > 0 => self.runs.push(Run {
                first: uid,
                last: uid,
                before,
            }),
            _ => {}
        }
    }

    /// Adds `first..=last`, larger than all others; what is not is ignored.
    pub fn push_run(&mut self, first: Uid, last: Uid) {
        let behind = self.last().map_or(1, |last| last.saturating_add(1));
        let first = first.max(behind);
        if first > last {
            return;
        }
        self.push(first);
        if let Some(run) = self.runs.last_mut() {
            run.last = last;
        }
    }

    /// The sequence number of `uid`, 1 for the first; `None` if it is not here.
    pub fn sequence(&self, uid: Uid) -> Option<u32> {
        let at = self.runs.partition_point(|run| run.last < uid);
        let run = self.runs.get(at).filter(|run| run.first <= uid)?;
        Some(run.before.saturating_add(uid - run.first).saturating_add(1))
    }

    /// The UID with this sequence number.
    pub fn uid(&self, sequence: u32) -> Option<Uid> {
        let index = sequence.checked_sub(1)?;
        let at = self
            .runs
            .partition_point(|run| run.before <= index)
            .checked_sub(1)?;
        let run = self.runs.get(at)?;
        run.first
            .checked_add(index - run.before)
            .filter(|uid| *uid <= run.last)
    }

    /// The smallest UID that is not smaller than `from`.
    pub fn next(&self, from: Uid) -> Option<Uid> {
        let at = self.runs.partition_point(|run| run.last < from);
        self.runs.get(at).map(|run| run.first.max(from))
    }

    /// The run that holds `from`, or else the first behind it: first and last UID, and how many messages lie before it.
    pub fn run(&self, from: Uid) -> Option<(Uid, Uid, u32)> {
        let at = self.runs.partition_point(|run| run.last < from);
        self.runs
            .get(at)
            .map(|run| (run.first, run.last, run.before))
    }

    /// How many lie in `low..=high`.
    pub fn count(&self, low: Uid, high: Uid) -> u32 {
        self.smaller_than(high.saturating_add(1))
            .saturating_sub(self.smaller_than(low))
    }

    /// The runs, ascending: first and last UID of each.
    pub fn runs(&self) -> impl Iterator<Item = (Uid, Uid)> {
        self.runs.iter().map(|run| (run.first, run.last))
    }

    /// The runs that reach to `from` or beyond, ascending; the first may begin before it.
    pub fn runs_from(&self, from: Uid) -> impl Iterator<Item = (Uid, Uid)> {
        let at = self.runs.partition_point(|run| run.last < from);
        let rest = self.runs.get(at..).unwrap_or_default();
        rest.iter().map(|run| (run.first, run.last))
    }

    /// Removes those of `gone` (ascending) that are here. `each` gets the sequence number that each has at its turn, as EXPUNGE
    /// responses count (RFC 9051 §7.5.1). One pass, however many.
    pub fn remove(&mut self, gone: &[Uid], mut each: impl FnMut(u32)) {
        let Some((first, rest)) = gone.split_first() else {
            return;
        };
        let mut kept = Vec::with_capacity(self.runs.len().saturating_add(1));
        let (mut next, mut rest) = (Some(*first), rest.iter().copied());
        let mut before = 0_u32;
        let mut keep = |kept: &mut Vec<Run>, first: Uid, last: Uid| {
            let run = Run {
                first,
                last,
                before,
            };
            before = before.saturating_add(run.len());
            kept.push(run);
            before
        };
        let mut count = 0;
        for run in self.runs.drain(..) {
            let mut first = Some(run.first);
            while let Some(uid) = next.filter(|uid| *uid <= run.last) {
                next = rest.next();
                let Some(start) = first.filter(|start| *start <= uid) else {
                    continue;
                };
                if start < uid {
                    count = keep(&mut kept, start, uid - 1);
                }
                each(count.saturating_add(1));
                first = uid.checked_add(1).filter(|start| *start <= run.last);
                if first.is_none() {
                    break;
                }
            }
            if let Some(start) = first {
                count = keep(&mut kept, start, run.last);
            }
        }
        self.runs = kept;
    }

    fn smaller_than(&self, uid: Uid) -> u32 {
        let at = self.runs.partition_point(|run| run.last < uid);
        match self.runs.get(at) {
            Some(run) => run.before.saturating_add(uid.saturating_sub(run.first)),
            None => self.len(),
        }
    }
}

#[cfg(test)]
#[path = "uids_tests.rs"]
mod tests;
