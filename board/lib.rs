//! The status light and the one button: patterns, debounce, gestures. Simulated where there are no pins ([`sim`]).
//!
//! Time is an argument, in milliseconds of any clock that only moves forward, so that everything here is tested with tables. It imports
//! nothing but embedded-hal: whatever has an `OutputPin` and an `InputPin` is a board.

mod button;
mod light;
mod pattern;
mod shown;
pub mod sim;

pub use button::{Button, Gesture, Stage};
pub use light::Light;
pub use pattern::{PATTERNS, Pattern, Sign};
pub use shown::{Rhythm, Shown};
