//! Greek: the pages after setup.

use crate::setup::texts::Household;

/// Greek.
pub(super) const HOUSEHOLD: Household = Household {
    devices_title: "Τηλέφωνα και υπολογιστές",
};
