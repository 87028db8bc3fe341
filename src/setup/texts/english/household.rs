//! English: the pages after setup.

use crate::setup::texts::Household;

/// English.
pub(super) const HOUSEHOLD: Household = Household {
    devices_title: "Phones and computers",
};
