//! The pages after setup: overview, records, people, devices.

use super::section;

section!(
    /// The pages after setup.
    Household {
        devices_title,
    }
);
