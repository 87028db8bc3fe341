//! A set of messages: a bit for each number of a stretch of gids.

use crate::ids::Gid;

/// Messages of one segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Set {
    base: u64,
    range: u32,
    bits: Vec<u64>,
}

impl Set {
    /// None of the gids from `base` on, `range` of them.
    pub(crate) fn new(base: u64, range: u32) -> Set {
        let words = usize::try_from(range.div_ceil(64)).unwrap_or(0);
        Set {
            base,
            range,
            bits: vec![0; words],
        }
    }

    /// How many numbers there are in its stretch.
    pub(crate) fn range(&self) -> u32 {
        self.range
    }

    /// Adds the message with this number; one out of range is left out.
    pub(crate) fn insert(&mut self, doc: u32) {
        if doc < self.range
            && let Some(word) = self.bits.get_mut((doc / 64) as usize)
        {
            *word |= 1 << (doc % 64);
        }
    }

    pub(crate) fn contains_doc(&self, doc: u32) -> bool {
        self.bits
            .get((doc / 64) as usize)
            .is_some_and(|word| word & 1 << (doc % 64) != 0)
    }

    /// Adds those of a bitmap of octets, lowest bit first.
    pub(crate) fn insert_bitmap(&mut self, octets: &[u8]) {
        for (word, octets) in self.bits.iter_mut().zip(octets.chunks(8)) {
            let mut eight = [0; 8];
            for (to, from) in eight.iter_mut().zip(octets) {
                *to = *from;
            }
            *word |= u64::from_le_bytes(eight);
        }
        self.trim();
    }

    /// Adds all but those of `absent`.
    pub(crate) fn insert_complement(&mut self, absent: &Set) {
        for (word, absent) in self.bits.iter_mut().zip(&absent.bits) {
            *word |= !absent;
        }
        self.trim();
    }

    fn trim(&mut self) {
        let over = self.range % 64;
        if over != 0
            && let Some(last) = self.bits.last_mut()
        {
            *last &= (1 << over) - 1;
        }
    }

    /// Whether the message is in it.
    #[must_use]
    pub fn contains(&self, gid: Gid) -> bool {
        gid.0
            .checked_sub(self.base)
            .and_then(|doc| u32::try_from(doc).ok())
            .is_some_and(|doc| self.contains_doc(doc))
    }

    /// The stretch of gids: from this one, to before that one.
    #[must_use]
    pub fn stretch(&self) -> (Gid, Gid) {
        (
            Gid(self.base),
            Gid(self.base.saturating_add(u64::from(self.range))),
        )
    }

    /// Adds all messages of its stretch.
    pub fn fill(&mut self) {
        self.bits.fill(u64::MAX);
        self.trim();
    }

    /// Adds what is in `other`, a set of the same stretch.
    pub fn unite(&mut self, other: &Set) {
        for (word, other) in self.bits.iter_mut().zip(&other.bits) {
            *word |= other;
        }
    }

    /// Keeps what is in `other` as well.
    pub fn intersect(&mut self, other: &Set) {
        for (word, other) in self.bits.iter_mut().zip(&other.bits) {
            *word &= other;
        }
    }

    /// Takes out what is in `other`.
    pub fn subtract(&mut self, other: &Set) {
        for (word, other) in self.bits.iter_mut().zip(&other.bits) {
            *word &= !other;
        }
    }

    /// How many are in it.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.bits
            .iter()
            .fold(0, |sum, word| sum.saturating_add(word.count_ones()))
    }

    /// Whether none is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|word| *word == 0)
    }

    /// Whether everything in it is in `other` as well.
    #[must_use]
    pub fn is_within(&self, other: &Set) -> bool {
        self.bits
            .iter()
            .zip(&other.bits)
            .all(|(word, other)| word & !other == 0)
    }

    /// The numbers in it, ascending.
    pub(crate) fn docs(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.bits).flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros();
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }

    /// The messages in it, ascending.
    pub fn gids(&self) -> impl Iterator<Item = Gid> {
        let base = self.base;
        self.docs()
            .map(move |doc| Gid(base.saturating_add(u64::from(doc))))
    }
}
