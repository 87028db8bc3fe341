//! Sets of message numbers (RFC 9051 §9, sequence-set).

use std::num::NonZeroU32;

/// A set of message numbers: UIDs or sequence numbers, as the command says.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum SequenceSet {
    /// in the client's order, as written
    Ranges(Vec<SequenceRange>),
    /// `$`: the saved result (RFC 5182)
    Saved,
}

/// `a`, `a:b`, `*`, `a:*`; either end may be the larger.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct SequenceRange {
    /// one end
    pub first: SequenceNumber,
    /// the other; the same for a single number
    pub last: SequenceNumber,
}

/// A number, or `*`: the largest in use.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum SequenceNumber {
    /// a number as written
    Number(NonZeroU32),
    /// `*`
    Largest,
}

impl SequenceNumber {
    /// The number, where `largest` is the largest in use (0: the mailbox is empty).
    pub fn or_largest(self, largest: u32) -> u32 {
        match self {
            SequenceNumber::Number(number) => number.get(),
            SequenceNumber::Largest => largest,
        }
    }
}

impl SequenceRange {
    /// Lower and upper end, where `largest` is the largest number in use; both included. `559:*` in a mailbox whose largest
    /// is 300 is 300 to 559 (RFC 9051 §9, seq-range).
    pub fn resolve(self, largest: u32) -> (u32, u32) {
        let (first, last) = (
            self.first.or_largest(largest),
            self.last.or_largest(largest),
        );
        (first.min(last), first.max(last))
    }
}

impl SequenceSet {
    /// Ascending, disjoint, not adjoining ranges of the set. `largest` is what `*` stands for (0 in an empty mailbox: a `*`
    /// alone is then nothing). `None`: the set is `$`.
    pub fn resolve(&self, largest: u32) -> Option<Vec<(u32, u32)>> {
        let SequenceSet::Ranges(ranges) = self else {
            return None;
        };
        let mut all: Vec<(u32, u32)> = ranges
            .iter()
            .map(|range| range.resolve(largest))
            .map(|(low, high)| (low.max(1), high))
            .collect();
        all.retain(|(low, high)| low <= high);
        all.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (low, high) in all {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Some(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[(u32, u32)]) -> SequenceSet {
        let number = |n| NonZeroU32::new(n).map_or(SequenceNumber::Largest, SequenceNumber::Number);
        SequenceSet::Ranges(
            ranges
                .iter()
                .map(|(a, b)| SequenceRange {
                    first: number(*a),
                    last: number(*b),
                })
                .collect(),
        )
    }

    #[test]
    fn sets_resolve_to_ascending_ranges() {
        // 0 stands for `*` here.
        assert_eq!(
            set(&[(2, 4), (4, 4), (7, 7), (9, 0)]).resolve(15),
            Some(vec![(2, 4), (7, 7), (9, 15)])
        );
        assert_eq!(set(&[(559, 0)]).resolve(300), Some(vec![(300, 559)]));
        assert_eq!(
            set(&[(0, 4), (5, 7), (1, 1)]).resolve(10),
            Some(vec![(1, 1), (4, 10)])
        );
        assert_eq!(
            set(&[(0, 0)]).resolve(0),
            Some(vec![]),
            "`*` of an empty mailbox"
        );
        assert_eq!(set(&[(1, 0)]).resolve(0), Some(vec![(1, 1)]));
        assert_eq!(
            set(&[(u32::MAX, u32::MAX), (1, 0)]).resolve(u32::MAX),
            Some(vec![(1, u32::MAX)])
        );
        assert_eq!(SequenceSet::Saved.resolve(3), None);
    }
}
