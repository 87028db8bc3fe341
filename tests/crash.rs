//! SIGKILL: at every step of the writer, under load, and during the first start.
//!
//! A power cut, which also takes what was written but not synced, has a test of its own: `powercut`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at once"
)]

#[path = "crash/first_start.rs"]
mod first_start;
#[path = "crash/judge.rs"]
mod judge;
#[path = "crash/life.rs"]
mod life;
#[path = "crash/load.rs"]
mod load;
#[path = "crash/sight.rs"]
mod sight;
#[path = "crash/steps.rs"]
mod steps;
