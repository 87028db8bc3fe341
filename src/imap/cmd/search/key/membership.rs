//! What a message's membership says of a key, alone or with the index: no record is read for it. And days, in which dates are asked for.

use ::store::{Entry, ReadTx, Uid};

use super::Node;
use crate::cmd::date;
use crate::cmd::search::text::Text;
use crate::cmd::walk::Met;
use crate::view::View;

/// How much it takes to answer: 0 the entry, 1 the record, 2 octets of the message.
pub(super) fn cost(node: &Node) -> u8 {
    match node {
        Node::Text(_) | Node::Fuzzy(_) => 2,
        Node::Received(_) | Node::Sent(_) | Node::Older(_) | Node::Younger(_) | Node::Thread(_) => {
            1
        }
        Node::Not(node) => cost(node),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().map(cost).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether there is nothing in it but texts and what a message's membership answers.
pub(super) fn is_indexed(node: &Node) -> bool {
    match node {
        Node::Text(_) => true,
        Node::Not(node) => is_indexed(node),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().all(is_indexed),
        node => cost(node) == 0,
    }
}

/// What the index and a message's membership say; `None`: they do not say all.
pub(super) fn by_index(
    node: &Node,
    texts: &[Text],
    tx: &ReadTx<'_>,
    view: &View,
    met: &Met,
) -> ::store::Result<Option<bool>> {
    let (nodes, decides) = match node {
        Node::Text(index) => {
            return match texts.get(*index) {
                Some(text) => text.known(tx, met.entry.gid),
                None => Ok(Some(false)),
            };
        }
        Node::Not(node) => {
            let answer = by_index(node, texts, tx, view, met)?;
            return Ok(answer.map(|answer| !answer));
        }
        Node::And(nodes) => (nodes, false),
        Node::Or(nodes) => (nodes, true),
        node => return Ok(Some(plainly(node, view, met.uid, &met.entry))),
    };
    for node in nodes {
        match by_index(node, texts, tx, view, met)? {
            Some(answer) if answer != decides => {}
            other => return Ok(other),
        }
    }
    Ok(Some(!decides))
}

/// What a message's membership says; other nodes are not asked.
pub(super) fn plainly(node: &Node, view: &View, uid: Uid, entry: &Entry) -> bool {
    match node {
        Node::Always(answer) => *answer,
        Node::Flags(flags) => entry.flags.contains(*flags),
        Node::Keyword(_, flags) => flags.is_some_and(|flags| entry.flags.contains(flags)),
        Node::Recent => view.is_recent(uid),
        Node::Larger(size) => u64::from(entry.size) > *size,
        Node::Smaller(size) => u64::from(entry.size) < *size,
        Node::Ranges(ranges) => {
            let at = ranges.partition_point(|(_, high)| *high < uid);
            ranges.get(at).is_some_and(|(low, _)| *low <= uid)
        }
        Node::Modseq(since) => entry.modseq >= *since,
        Node::Saved(days) => days.contain(i64::from(entry.saved).div_euclid(86_400)),
        Node::Gid(gid) => entry.gid == *gid,
        Node::Not(node) => !plainly(node, view, uid, entry),
        Node::And(nodes) => nodes.iter().all(|node| plainly(node, view, uid, entry)),
        Node::Or(nodes) => nodes.iter().any(|node| plainly(node, view, uid, entry)),
        Node::Older(_)
        | Node::Younger(_)
        | Node::Thread(_)
        | Node::Received(_)
        | Node::Sent(_)
        | Node::Text(_)
        | Node::Fuzzy(_) => false,
    }
}

/// Minutes that no zone is further away than: `+9959` and less.
const ZONE: i16 = 100 * 60;

/// From this day on, to before that one.
pub(super) struct Days(pub(super) i64, pub(super) i64);

impl Days {
    pub(super) fn contain(&self, day: i64) -> bool {
        (self.0..self.1).contains(&day)
    }

    /// Whether a moment's day is one of them, if that is so, or not, in every zone.
    pub(super) fn contain_in_any_zone(&self, unix: i64) -> Option<bool> {
        let (low, high) = (date::day(unix, -ZONE), date::day(unix, ZONE));
        if self.contain(low) && self.contain(high) {
            return Some(true);
        }
        (high < self.0 || low >= self.1).then_some(false)
    }
}
