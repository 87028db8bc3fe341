//! A bouncing contact in, clean edges out.

/// Contacts bounce for a few milliseconds; a level counts when it has lasted this long, in milliseconds.
pub const DEBOUNCE: u64 = 30;

/// A level that counts, and one that may come to count.
///
/// Promises: a level that lasts less than [`DEBOUNCE`] never counts; an edge is dated when it came, not when it was believed; looking more
/// often than necessary changes nothing.
#[derive(Clone, Debug)]
pub(crate) struct Debounce {
    /// The level that counts.
    settled: bool,
    /// The level last read, and since when.
    read: bool,
    since: u64,
    /// When it was last looked at.
    last: u64,
}

/// A level that has come to count, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Edge {
    pub(crate) pressed: bool,
    pub(crate) at: u64,
}

impl Debounce {
    /// Not pressed.
    pub(crate) fn new() -> Debounce {
        Debounce {
            settled: false,
            read: false,
            since: 0,
            last: 0,
        }
    }

    /// The level at `now`. What lasted until now counts before what begins now is looked at.
    pub(crate) fn level(&mut self, level: bool, now: u64) -> Option<Edge> {
        let now = now.max(self.last);
        self.last = now;
        let edge = self.settle(now);
        if level != self.read {
            self.read = level;
            self.since = now;
        }
        edge
    }

    /// An edge that is seen and does not count yet.
    pub(crate) fn pending(&self) -> Option<Edge> {
        (self.read != self.settled).then_some(Edge {
            pressed: self.read,
            at: self.since,
        })
    }

    /// When it was last looked at.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// When the pending edge counts.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.pending().map(|edge| edge.at.saturating_add(DEBOUNCE))
    }

    fn settle(&mut self, now: u64) -> Option<Edge> {
        let edge = self.pending()?;
        if now.saturating_sub(edge.at) < DEBOUNCE {
            return None;
        }
        self.settled = self.read;
        Some(edge)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    /// Levels with their times, and the edges that count.
    type Row = (&'static [(u64, bool)], &'static [(bool, u64)]);

    #[test]
    fn a_level_counts_when_it_has_lasted() {
        let table: &[Row] = &[
            (&[(100, true), (129, true)], &[]),
            (&[(100, true), (130, true)], &[(true, 100)]),
            (
                &[(100, true), (110, false), (115, true), (145, true)],
                &[(true, 115)],
            ),
            // Edges that are heard of late are as good as those heard of in time.
            (
                &[(100, true), (200, false), (260, false)],
                &[(true, 100), (false, 200)],
            ),
            (&[(100, true), (120, false), (500, false)], &[]),
        ];
        for (levels, expected) in table {
            let mut contact = Debounce::new();
            let edges: Vec<(bool, u64)> = levels
                .iter()
                .filter_map(|(at, level)| contact.level(*level, *at))
                .map(|edge| (edge.pressed, edge.at))
                .collect();
            assert_eq!(edges, *expected, "{levels:?}");
        }
    }
}
