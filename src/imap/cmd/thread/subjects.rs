//! Threads of one base subject: ORDEREDSUBJECT, and step 5 of REFERENCES (RFC 5256 §3).

use super::tree::{Forest, NONE};
use crate::record::Threading;

/// A reply or forward.
const REPLY: u64 = 1 << 63;

/// A message's base subject and whether it is a reply, in one number; the subject is 0 if empty.
pub(super) fn packed(threading: &Threading<'_>) -> u64 {
    let [a, b, c, d, e, f] = threading.subject;
    let reply = if threading.reply { REPLY } else { 0 };
    u64::from_be_bytes([0, 0, a, b, c, d, e, f]) | reply
}

/// The subject table: for each base subject the message that stands for its thread; of a dummy its first child.
pub(super) struct Subjects {
    /// by message, see [`packed`]
    subjects: Vec<u64>,
    /// open addressing by subject; a message and 1, or 0
    table: Vec<u32>,
}

impl Subjects {
    /// Of what each message's subject is.
    pub(super) fn new(subjects: Vec<u64>) -> Subjects {
        let size = (subjects.len() / 2).saturating_mul(3).max(16);
        Subjects {
            table: vec![0; size.saturating_add(1)],
            subjects,
        }
    }

    /// ORDEREDSUBJECT: the first message of a subject by date is the parent of the others.
    pub(super) fn gather(&mut self, forest: &mut Forest) {
        for at in 0..forest.order().len() {
            let Some(message) = forest.order().get(at).copied() else {
                break;
            };
            match self.entry(self.subject(message)) {
                Some(0) | None => self.enter(message),
                Some(first) => forest.set_parent(message, first.saturating_sub(1)),
            }
        }
    }

    /// Step 5 of REFERENCES.
    pub(super) fn merge(&mut self, forest: &mut Forest) {
        let mut seen = Seen::new(forest.len());
        for at in 0..forest.order().len() {
            let Some((message, root)) = seen.thread(forest, at) else {
                continue;
            };
            let subject = self.subject(message);
            if subject == 0 {
                continue;
            }
            let Some(other) = self.found(subject) else {
                self.enter(message);
                continue;
            };
            let replaces = forest.is_dummy(root) || self.is_reply(other) && !self.is_reply(message);
            if !forest.is_dummy(root_of(forest, other)) && replaces {
                self.enter(message);
            }
        }
        let mut seen = Seen::new(forest.len());
        for at in 0..forest.order().len() {
            let Some((message, root)) = seen.thread(forest, at) else {
                continue;
            };
            let subject = self.subject(message);
            let Some(other) = self.found(subject).filter(|_| subject != 0) else {
                continue;
            };
            let into = root_of(forest, other);
            if into == root {
                continue;
            }
            if forest.is_dummy(into) || self.is_reply(message) && !self.is_reply(other) {
                forest.set_parent(root, into);
            } else {
                let dummy = forest.dummy();
                forest.set_parent(root, dummy);
                forest.set_parent(into, dummy);
            }
        }
    }

    fn subject(&self, message: u32) -> u64 {
        self.subjects.get(message as usize).copied().unwrap_or(0) & !REPLY
    }

    fn is_reply(&self, message: u32) -> bool {
        self.subjects
            .get(message as usize)
            .is_some_and(|subject| subject & REPLY != 0)
    }

    fn found(&self, subject: u64) -> Option<u32> {
        self.entry(subject)?.checked_sub(1)
    }

    /// The slot's content for a subject: 0 where it is not there.
    fn entry(&self, subject: u64) -> Option<u32> {
        self.table.get(self.slot(subject)?).copied()
    }

    /// Has the message stand for its subject.
    fn enter(&mut self, message: u32) {
        if let Some(slot) = self.slot(self.subject(message))
            && let Some(entry) = self.table.get_mut(slot)
        {
            *entry = message.saturating_add(1);
        }
    }

    /// Where a subject lies, or would.
    fn slot(&self, subject: u64) -> Option<usize> {
        let size = self.table.len();
        let start = usize::try_from(subject % (size as u64).max(1)).ok()?;
        (start..size).chain(0..start).find(|slot| {
            self.table.get(*slot).is_none_or(|entry| {
                entry
                    .checked_sub(1)
                    .is_none_or(|message| self.subject(message) == subject)
            })
        })
    }
}

/// The root of the thread that a message stands for.
fn root_of(forest: &Forest, message: u32) -> u32 {
    match forest.parent(message) {
        Some(parent) if forest.is_dummy(parent) => parent,
        _ => message,
    }
}

/// Dummies that have been met as roots, a bit each.
struct Seen(Vec<u8>);

impl Seen {
    fn new(nodes: usize) -> Seen {
        Seen(vec![0; nodes / 8 + 1])
    }

    /// The thread that the message at this place of the order begins, and its root; `None`: it begins none.
    fn thread(&mut self, forest: &Forest, at: usize) -> Option<(u32, u32)> {
        let message = *forest.order().get(at)?;
        let root = forest.parent(message).unwrap_or(NONE);
        if root == NONE {
            return Some((message, message));
        }
        if !forest.is_dummy(root) {
            return None;
        }
        let (byte, bit) = (root as usize / 8, 1_u8 << (root % 8));
        // A dummy that this step has made holds threads that have been met.
        let seen = self.0.get_mut(byte)?;
        let first = *seen & bit == 0;
        *seen |= bit;
        first.then_some((message, root))
    }
}
