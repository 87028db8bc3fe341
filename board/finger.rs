//! How a finger makes each gesture, for whoever has none at hand.

use crate::Gesture;

/// Down or up, and for how many milliseconds.
pub type Move = (bool, u32);

/// The moves of a finger that make this gesture, well inside its limits; the last one is the release.
pub fn finger(gesture: Gesture) -> &'static [Move] {
    match gesture {
        Gesture::Short => &[(true, 120), (false, 0)],
        Gesture::Double => &[(true, 120), (false, 150), (true, 120), (false, 0)],
        Gesture::Hold3 => &[(true, 3_400), (false, 0)],
        Gesture::Hold10 => &[(true, 10_400), (false, 0)],
        Gesture::Stuck => &[(true, 31_000), (false, 0)],
    }
}
