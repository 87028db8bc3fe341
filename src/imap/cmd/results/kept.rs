//! UIDs of a result that are kept beyond its answer: for `$` (RFC 5182) and for contexts (RFC 5267).

use ::store::Uid;

use crate::view::{Ranges, Uids};

/// UIDs that are kept beyond the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// in the mailbox's order: ranges in which every message of the view belongs to the result
    Mailbox(Ranges),
    /// in the order of SORT
    Sorted(Vec<Uid>),
}

impl Kept {
    pub(super) fn push(&mut self, uid: Uid, uids: &Uids, backward: bool) {
        let adjoin = |low: Uid, high: Uid| {
            low < high && low.checked_add(1).and_then(|next| uids.next(next)) == Some(high)
        };
        match self {
            Kept::Sorted(order) => order.push(uid),
            Kept::Mailbox(ranges) => match ranges.last_mut() {
                // Nothing of the view lies between: one range.
                Some((_, high)) if !backward && adjoin(*high, uid) => *high = uid,
                Some((low, _)) if backward && adjoin(uid, *low) => *low = uid,
                _ => ranges.push((uid, uid)),
            },
        }
    }

    pub(super) fn in_order(mut self, backward: bool) -> Kept {
        if backward {
            match &mut self {
                Kept::Mailbox(ranges) => ranges.reverse(),
                Kept::Sorted(order) => order.reverse(),
            }
        }
        self
    }

    pub(super) fn ranges(self, backward: bool) -> Ranges {
        match self.in_order(backward) {
            Kept::Mailbox(ranges) => ranges,
            Kept::Sorted(order) => merged(order.into_iter().map(|uid| (uid, uid)).collect()),
        }
    }
}

/// Ascending and disjoint.
pub(crate) fn merged(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    ranges.dedup_by(|next, range| {
        let joins = next.0 <= range.1.saturating_add(1);
        if joins {
            range.1 = range.1.max(next.1);
        }
        joins
    });
    ranges
}
