//! The status light and the one button: signs, rhythms, debounce, gestures, and which board has them where.
//!
//! ```text
//! sign      what the light can say         rhythm  a fingerprint as long and short flashes
//! beats     on and off in turn             led     plays them on a pin
//! debounce  a bouncing contact             button  gestures and stages of a press
//! boards    which line on which board      active  pins whose low level means "on"
//! linux     lines of real chips, on-board lights (feature `linux`)
//! sim       pins that are flags (feature `sim`)
//! ```
//!
//! Time is an argument, in milliseconds of any clock that only moves forward, so that everything here is tested with tables. The core needs no
//! `std` and nothing but embedded-hal: whatever has an `OutputPin` and an `InputPin` is a board. What it cannot do: wait. Whoever drives it asks
//! for the next deadline and sleeps.

#![no_std]

#[cfg(any(test, feature = "linux", feature = "sim"))]
extern crate std;

mod active;
mod beats;
mod boards;
mod button;
mod debounce;
mod finger;
mod led;
#[cfg(feature = "linux")]
pub mod linux;
mod rhythm;
mod shown;
mod sign;
#[cfg(any(test, feature = "sim"))]
pub mod sim;

pub use active::Active;
pub use beats::{BEATS_MAX, Beat, Beats};
pub use boards::{BOARDS, Board, Pull};
pub use button::{Button, Gesture, Stage};
pub use debounce::DEBOUNCE;
pub use finger::{Move, finger};
pub use led::Led;
pub use rhythm::{RHYTHM_LENGTH, Rhythm};
pub use shown::Shown;
pub use sign::{PATTERNS, Pattern, Sign};
