//! One file a figure; each starts its own box and returns rows of the table.

pub mod attack;
pub mod bodies;
pub mod deliver;
pub mod idle;
pub mod imap;
pub mod large;
pub mod list;
pub mod log_in;
pub mod queue;
pub mod send;
pub mod setup;
pub mod start;
