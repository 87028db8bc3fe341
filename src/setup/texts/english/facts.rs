//! English: what the box found.

use crate::setup::texts::Facts;

/// English.
pub(super) const FACTS: Facts = Facts {
    all_well: "All is well.",
};
