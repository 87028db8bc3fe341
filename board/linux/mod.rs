//! Real boards under Linux: their lines, their on-board lights, and what the device tree calls them.
//!
//! Lines are asked of the kernel's character devices: by the second interface (`gpiocdev`; newer kernels are built without the first), or where the
//! kernel has none (before 5.10) by the first (`linux-embedded-hal`). All lines have their real levels here; [`Active`](crate::Active) turns them around.
//! Nothing here is fatal: a board without GPIO, lines that another program has, a user who may not touch them are [`Trouble`]s with a sentence that
//! says what to do, and the box runs on without.

mod chip;
mod contact;
#[cfg(test)]
mod gpio_sim_tests;
mod lamp;
mod onboard;
mod places;
#[cfg(test)]
mod testing;
mod trouble;
mod v1;

pub use contact::{Contact, LineEdge};
pub use lamp::{Lamp, LineError};
pub use onboard::OnBoard;
pub use places::Places;
pub use trouble::Trouble;

/// Who holds a line, in the eyes of other programs (`gpioinfo`).
const CONSUMER: &str = "pillarbox";
