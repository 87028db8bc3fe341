//! Greek: what the box found.

use crate::setup::texts::Facts;

/// Greek.
pub(super) const FACTS: Facts = Facts {
    all_well: "Όλα πάνε καλά.",
};
