//! The one place where the store looks at a clock: SAVEDATE and the lower bound of UIDVALIDITY.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix seconds in 32 bits without a sign: until 2106. A clock before 1970 counts as 0.
pub(crate) fn now() -> u32 {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
