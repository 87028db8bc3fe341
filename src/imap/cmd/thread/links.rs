//! Who answers whom: steps 1 to 3 of REFERENCES (RFC 5256 §3).
//!
//! Promises: 16 octets a message or dummy while references are followed, and half as much for the table of identifiers; linear time but for
//! [`DEPTH`]. Dummies stand for messages that are only referred to.

use super::tree::NONE;
use crate::cmd::tight;
use crate::record::Hash;

/// Dummies beyond as many as there are messages; references to further ones are passed over, as if they had been cut (RFC 5256 §3 (1)(A)). More only
/// has a mailbox that was made to have them.
pub(super) const DUMMIES: usize = 65_536;
/// Ancestors that are looked at before a link counts as one that makes a loop. Only a message that is answered before it comes and that goes on a
/// thread of so many generations is judged wrongly; without a bound a thousand of them could keep the box busy for long.
const DEPTH: u32 = 1_024;
/// In a parent: somebody has been made its child.
const ANSWERED: u32 = 1 << 31;

/// Messages, then dummies, by their number.
#[derive(Default)]
pub(super) struct Links {
    /// 0: none, or another message has it
    ids: Vec<u64>,
    /// [`NONE`] or a number, and [`ANSWERED`]
    parents: Vec<u32>,
    /// open addressing by identifier; a number and 1, or 0
    table: Vec<u32>,
    used: usize,
    messages: usize,
}

impl Links {
    /// Takes the next message; of several with one identifier the first has it.
    pub(super) fn add(&mut self, id: Hash) {
        let id = wide(id);
        let taken = id == 0 || self.find(id).is_some();
        self.push(if taken { 0 } else { id });
        self.messages = self.parents.len();
    }

    /// Step 1 for one message, in the order of the mailbox; after all have been added.
    pub(super) fn refer(&mut self, message: usize, references: &[Hash]) {
        let mut before = None;
        for reference in references {
            let Some(node) = self.node(wide(*reference)) else {
                continue;
            };
            if let Some(parent) = before
                && self.parent(node) == NONE
                && !self.descends(parent, node)
            {
                self.link(parent, node);
            }
            before = Some(node);
        }
        let Ok(message) = u32::try_from(message) else {
            return;
        };
        self.set(message, NONE);
        if let Some(parent) = before
            && !self.descends(parent, message)
        {
            self.link(parent, message);
        }
    }

    /// Steps 2 and 3: dummies go, but for those that hold several threads together. The parents of messages, then those of dummies.
    pub(super) fn into_parents(mut self) -> Vec<u32> {
        self.ids = Vec::new();
        self.table = Vec::new();
        let messages = u32::try_from(self.messages).unwrap_or(NONE);
        let mut children = vec![0_u8; self.parents.len().saturating_sub(self.messages)];
        let dummy = |node: u32| (node != NONE).then(|| node.checked_sub(messages)).flatten();
        for message in 0..messages {
            let parent = self.resolve(self.parent(message), messages);
            self.set(message, parent);
            if let Some(count) = dummy(parent).and_then(|at| children.get_mut(at as usize)) {
                *count = count.saturating_add(1);
            }
        }
        for message in 0..messages {
            let parent = self.parent(message);
            let alone = dummy(parent)
                .and_then(|at| children.get(at as usize))
                .is_some_and(|count| *count == 1);
            if alone {
                self.set(message, NONE);
            }
        }
        for parent in &mut self.parents {
            *parent &= !ANSWERED;
        }
        // Dummies under others hold nothing any more.
        self.parents
    }

    /// The nearest message, or the topmost dummy, from `node` upward; dummies on the way are told, so that the next one need not go so far.
    fn resolve(&mut self, node: u32, messages: u32) -> u32 {
        let mut top = node;
        while top != NONE && top >= messages && self.parent(top) != NONE {
            top = self.parent(top);
        }
        let mut at = node;
        while at != top && at != NONE {
            let next = self.parent(at);
            self.set(at, top);
            at = next;
        }
        top
    }

    /// Whether `node` is `ancestor` or stands under it: then it cannot become its parent.
    fn descends(&self, node: u32, ancestor: u32) -> bool {
        let answered = self
            .parents
            .get(ancestor as usize)
            .is_some_and(|parent| parent & ANSWERED != 0);
        if node == ancestor || !answered {
            return node == ancestor;
        }
        let mut at = node;
        for _ in 0..DEPTH {
            at = self.parent(at);
            if at == NONE {
                return false;
            }
            if at == ancestor {
                return true;
            }
        }
        true
    }

    fn link(&mut self, parent: u32, child: u32) {
        self.set(child, parent);
        if let Some(parent) = self.parents.get_mut(parent as usize) {
            *parent |= ANSWERED;
        }
    }

    fn parent(&self, node: u32) -> u32 {
        self.parents
            .get(node as usize)
            .map_or(NONE, |parent| parent & !ANSWERED)
    }

    fn set(&mut self, node: u32, parent: u32) {
        if let Some(old) = self.parents.get_mut(node as usize) {
            *old = *old & ANSWERED | parent;
        }
    }

    /// The message or dummy with this identifier, a new dummy if there is none; `None`: no more dummies are made.
    fn node(&mut self, id: u64) -> Option<u32> {
        if id == 0 {
            return None;
        }
        if let Some(node) = self.find(id) {
            return Some(node);
        }
        let dummies = self.parents.len().saturating_sub(self.messages);
        if dummies >= self.messages.saturating_add(DUMMIES) {
            return None;
        }
        self.push(id)
    }

    fn push(&mut self, id: u64) -> Option<u32> {
        let node = u32::try_from(self.parents.len())
            .ok()
            .filter(|node| *node < NONE)?;
        tight::push(&mut self.ids, id);
        tight::push(&mut self.parents, NONE);
        if id != 0 {
            self.used = self.used.saturating_add(1);
            if self.used.saturating_mul(4) > self.table.len().saturating_mul(3) {
                self.grow();
            } else {
                self.enter(node, id);
            }
        }
        Some(node)
    }

    fn find(&self, id: u64) -> Option<u32> {
        for slot in self.slots(id) {
            let node = self.table.get(slot)?.checked_sub(1)?;
            if self.ids.get(node as usize) == Some(&id) {
                return Some(node);
            }
        }
        None
    }

    fn enter(&mut self, node: u32, id: u64) {
        for slot in self.slots(id) {
            if let Some(free) = self.table.get_mut(slot).filter(|taken| **taken == 0) {
                *free = node.saturating_add(1);
                return;
            }
        }
    }

    /// Where an identifier may lie, in this order.
    fn slots(&self, id: u64) -> impl Iterator<Item = usize> + use<> {
        let size = self.table.len();
        let mask = size.saturating_sub(1);
        // Identifiers are hashes: their low bits are as good as any.
        let start = usize::try_from(id & mask as u64).unwrap_or(0);
        (0..size).map(move |step| start.wrapping_add(step) & mask)
    }

    fn grow(&mut self) {
        let size = self.table.len().saturating_mul(2).max(1_024);
        self.table = Vec::new();
        self.table = vec![0; size];
        for node in 0..self.ids.len() {
            if let (Some(id), Ok(node)) = (self.ids.get(node).copied(), u32::try_from(node))
                && id != 0
            {
                self.enter(node, id);
            }
        }
    }
}

fn wide([a, b, c, d, e, f]: Hash) -> u64 {
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}
