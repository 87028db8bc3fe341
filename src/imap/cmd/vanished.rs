//! VANISHED (EARLIER): which messages are no more, for a client that comes back (RFC 7162 §3.2.6, §3.2.10.1).
//!
//! Promises: no message that the client counts in this session is named (its going is told by VANISHED without EARLIER), and none that it
//! has not heard of; memory is the ranges that are printed, which are no more than the gaps between the messages that are there.

use store::{ModSeq, Read, Uid};

use crate::command::{SequenceNumber, SequenceSet};
use crate::deed::World;
use crate::sync;
use crate::view::{Ranges, View};

/// The UIDs that a UID FETCH asks about: `*` reaches to the last message that ever was, or those behind the last that is would be forgotten.
pub(super) fn asked(view: &View, set: &SequenceSet) -> Ranges {
    let last = view.uid_next.saturating_sub(1);
    let star = matches!(set, SequenceSet::Ranges(ranges) if ranges
        .iter()
        .any(|range| [range.first, range.last].contains(&SequenceNumber::Largest)));
    let largest = if star {
        last
    } else {
        view.uids.last().unwrap_or(0)
    };
    set.resolve(largest).unwrap_or_default()
}

/// Those of `asked` above `known` that were expunged after `since`, as ranges. Where the log does not reach back that far, all that
/// are not there (RFC 7162 §3.2.6, note).
pub(super) fn earlier(
    world: &World<'_>,
    view: &View,
    asked: Ranges,
    since: ModSeq,
    known: Uid,
) -> store::Result<Ranges> {
    let (low, high) = (known.saturating_add(1), view.uid_next.saturating_sub(1));
    let asked = asked
        .into_iter()
        .map(|(first, last)| (first.max(low), last.min(high)))
        .filter(|(first, last)| first <= last);
    let gone = match world.tx.expunged_since(view.mailbox, since) {
        Ok(gone) => gone,
        Err(store::Error::NoSuchMailbox) => None,
        Err(error) => return Err(error),
    };
    let Some(mut gone) = gone else {
        return Ok(asked.flat_map(|range| holes(view, range)).collect());
    };
    gone.sort_unstable();
    gone.dedup();
    gone.retain(|uid| view.uids.sequence(*uid).is_none());
    let mut found = Ranges::new();
    for (first, last) in asked {
        let from = gone.partition_point(|uid| *uid < first);
        let to = gone.partition_point(|uid| *uid <= last);
        let those = gone.get(from..to).unwrap_or_default();
        found.extend(sync::ranges(those.iter().copied()));
    }
    Ok(found)
}

/// The UIDs of a range that no message has.
fn holes(view: &View, (first, last): (Uid, Uid)) -> Ranges {
    let mut holes = Ranges::new();
    let mut from = Some(first);
    for (low, high) in view.uids.runs_from(first) {
        let Some(start) = from.filter(|_| low <= last) else {
            break;
        };
        if start < low {
            holes.push((start, low.saturating_sub(1)));
        }
        from = high.checked_add(1).filter(|next| *next <= last);
    }
    if let Some(start) = from {
        holes.push((start, last));
    }
    holes
}

/// Prints what there is room for and drops it from `ranges`; whether that was all.
pub(super) fn print(ranges: &mut Ranges, piece: usize, out: &mut Vec<u8>) -> bool {
    let mut printed = 0_usize;
    for line in ranges.chunks(sync::LINE) {
        if out.len() >= piece {
            break;
        }
        sync::vanished(line, true, out);
        printed = printed.saturating_add(line.len());
    }
    if printed < ranges.len() {
        ranges.drain(..printed);
        return false;
    }
    *ranges = Ranges::new();
    true
}

/// The last UID up to which the client knows of every expunge (RFC 7162 §3.2.5.2): the last of its pairs of number and UID that is true here.
/// A pair that is not true shows that something before it is gone, so that no later one can be.
pub(super) fn matched(view: &View, numbers: &SequenceSet, uids: &SequenceSet) -> Uid {
    let mut known = 0;
    let (mut numbers, mut uids) = (each(numbers), each(uids));
    while let (Some(number), Some(uid)) = (numbers.next(), uids.next()) {
        if view.uids.uid(number) != Some(uid) {
            break;
        }
        known = uid;
    }
    known
}

/// The numbers of an ascending set without `*`, one by one.
fn each(set: &SequenceSet) -> impl Iterator<Item = u32> {
    let ranges = match set {
        SequenceSet::Ranges(ranges) => ranges.as_slice(),
        SequenceSet::Saved => &[],
    };
    ranges
        .iter()
        .flat_map(|range| range.first.or_largest(0)..=range.last.or_largest(0))
}

#[cfg(test)]
#[path = "vanished_tests.rs"]
mod tests;
