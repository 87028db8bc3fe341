//! Real boards under Linux: their lines, their on-board lights, and what the device tree calls them.
//!
//! Nothing here is fatal: a board without GPIO, lines that another program has, a user who may not touch them are errors with a sentence that says
//! what to do, and the box runs on without.

mod model;

pub use model::Places;
