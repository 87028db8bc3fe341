//! What the box found out about itself: one sentence each, with what to do.

use super::section;

section!(
    /// What the box found.
    Facts {
        all_well,
    }
);
