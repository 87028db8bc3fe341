//! How much of a message's header fields may still be kept.

use crate::limits::{STRUCTURE_MAX, TEXTS_MAX};

/// What one kept value costs beside its octets: its container and the allocator's rounding.
pub(super) const ITEM: usize = 48;

/// Octets that may still be kept. What does not fit is refused; smaller things may still fit.
pub(super) struct Budget {
    structure: usize,
    texts: usize,
    /// Whether something was dropped, here or elsewhere.
    pub(super) cut: bool,
}

impl Budget {
    pub(super) fn new() -> Budget {
        Budget {
            structure: STRUCTURE_MAX,
            texts: TEXTS_MAX,
            cut: false,
        }
    }

    /// For what the structure needs: types, boundaries, encodings, dispositions.
    pub(super) fn structure(&mut self, octets: usize) -> bool {
        let paid = pay(&mut self.structure, octets);
        self.cut |= !paid;
        paid
    }

    /// For what is only shown: an envelope must not be able to crowd out the structure.
    pub(super) fn texts(&mut self, octets: usize) -> bool {
        let paid = pay(&mut self.texts, octets);
        self.cut |= !paid;
        paid
    }

    /// Whether another text could fit at all.
    pub(super) fn has_texts(&self) -> bool {
        self.texts > ITEM
    }
}

fn pay(left: &mut usize, octets: usize) -> bool {
    match left.checked_sub(octets.saturating_add(ITEM)) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    }
}
