//! Messages and dummies as trees: sorted by date, each a list of children (RFC 5256 §3, steps 4 and 6).
//!
//! Numbers below [`Forest::messages`] are messages in the mailbox's order, those from there on dummies. Because all messages are sorted by date once, every
//! list that is filled in that order is sorted.

/// No message.
pub(super) const NONE: u32 = (1 << 31) - 1;

/// The trees.
pub(super) struct Forest {
    messages: u32,
    /// by number; of a dummy only another dummy that took its children
    parents: Vec<u32>,
    /// messages by sent date, then by the mailbox's order
    order: Vec<u32>,
    /// by number, once planted
    children: Vec<u32>,
    nexts: Vec<u32>,
    first_root: u32,
}

impl Forest {
    /// Of parents by number, messages before dummies, and sent dates of the messages.
    pub(super) fn new(parents: Vec<u32>, dates: &[i64]) -> Forest {
        let messages = u32::try_from(dates.len()).unwrap_or(NONE);
        let mut order: Vec<u32> = (0..messages).collect();
        order.sort_unstable_by_key(|message| (dates.get(*message as usize).copied(), *message));
        Forest {
            messages,
            parents,
            order,
            children: Vec::new(),
            nexts: Vec::new(),
            first_root: NONE,
        }
    }

    /// Messages by sent date.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    pub(super) fn parent(&self, node: u32) -> Option<u32> {
        at(&self.parents, node)
    }

    pub(super) fn is_dummy(&self, node: u32) -> bool {
        node >= self.messages
    }

    pub(super) fn set_parent(&mut self, node: u32, parent: u32) {
        put(&mut self.parents, node, parent);
    }

    /// A new dummy at the root.
    pub(super) fn dummy(&mut self) -> u32 {
        let node = u32::try_from(self.parents.len()).unwrap_or(NONE);
        crate::cmd::tight::push(&mut self.parents, NONE);
        node
    }

    /// How many messages and dummies there are.
    pub(super) fn len(&self) -> usize {
        self.parents.len()
    }

    /// Step 6: makes the lists of children and of roots. A dummy stands where its first child would.
    pub(super) fn plant(&mut self) {
        self.children = vec![NONE; self.parents.len()];
        self.nexts = vec![NONE; self.parents.len()];
        let order = std::mem::take(&mut self.order);
        for message in order.iter().rev() {
            let Some(mut parent) = self.parent(*message) else {
                continue;
            };
            // A dummy whose children went to another.
            while self.is_dummy(parent)
                && let Some(other) = self.parent(parent)
            {
                parent = other;
            }
            self.set_parent(*message, parent);
            let first = at(&self.children, parent).unwrap_or(NONE);
            put(&mut self.nexts, *message, first);
            put(&mut self.children, parent, *message);
        }
        let mut last = NONE;
        for message in &order {
            let root = match self.parent(*message) {
                None => *message,
                Some(parent) if self.is_dummy(parent) && self.child(parent) == Some(*message) => {
                    parent
                }
                Some(_) => continue,
            };
            self.root(root, &mut last);
        }
    }

    /// THREAD=REFS's own order: by the latest arrival in each thread. `arrivals` are used up.
    pub(super) fn sort_by_latest(&mut self, arrivals: &mut [i64]) {
        let mut roots = Vec::new();
        let mut next = self.first();
        while let Some(root) = next {
            let latest = self.latest(root, arrivals);
            put(arrivals, self.first_message(root), latest);
            crate::cmd::tight::push(&mut roots, root);
            next = self.next(root);
        }
        roots.sort_by_key(|root| at_any(arrivals, self.first_message(*root)));
        self.first_root = NONE;
        let mut last = NONE;
        for root in roots {
            put(&mut self.nexts, root, NONE);
            self.root(root, &mut last);
        }
    }

    /// The first root.
    pub(super) fn first(&self) -> Option<u32> {
        (self.first_root != NONE).then_some(self.first_root)
    }

    /// The first child.
    pub(super) fn child(&self, node: u32) -> Option<u32> {
        at(&self.children, node)
    }

    /// The next child of the same parent, or the next root.
    pub(super) fn next(&self, node: u32) -> Option<u32> {
        at(&self.nexts, node)
    }

    /// Whether a message or dummy has more than one child.
    pub(super) fn splits(&self, node: u32) -> bool {
        self.child(node)
            .is_some_and(|child| self.next(child).is_some())
    }

    /// Puts a root behind the `last` one.
    fn root(&mut self, root: u32, last: &mut u32) {
        if *last == NONE {
            self.first_root = root;
        } else {
            put(&mut self.nexts, *last, root);
        }
        *last = root;
    }

    /// The message that stands for a root.
    fn first_message(&self, root: u32) -> u32 {
        if self.is_dummy(root) {
            self.child(root).unwrap_or(root)
        } else {
            root
        }
    }

    /// The latest arrival in a tree.
    fn latest(&self, root: u32, arrivals: &[i64]) -> i64 {
        let mut latest = i64::MIN;
        let mut node = root;
        loop {
            latest = latest.max(at_any(arrivals, node));
            if let Some(child) = self.child(node) {
                node = child;
                continue;
            }
            // Upward, to the next one that has not been met.
            loop {
                if node == root {
                    return latest;
                }
                if let Some(next) = self.next(node) {
                    node = next;
                    break;
                }
                match self.parent(node) {
                    Some(parent) => node = parent,
                    None => return latest,
                }
            }
        }
    }
}

fn at(list: &[u32], index: u32) -> Option<u32> {
    list.get(index as usize)
        .copied()
        .filter(|node| *node != NONE)
}

fn at_any(list: &[i64], index: u32) -> i64 {
    list.get(index as usize).copied().unwrap_or(i64::MIN)
}

fn put<T>(list: &mut [T], index: u32, value: T) {
    if let Some(old) = list.get_mut(index as usize) {
        *old = value;
    }
}
