//! SIGKILL: at every step of the writer, under load, and during the first start; at every step of mail going out, and of two boxes that write to each other.
//!
//! A power cut, which also takes what was written but not synced, has a test of its own: `powercut`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test may stop at once"
)]

#[path = "crash/first_start.rs"]
mod first_start;
#[path = "crash/indexed.rs"]
mod indexed;
#[path = "crash/judge.rs"]
mod judge;
#[path = "crash/letters.rs"]
mod letters;
#[path = "crash/life.rs"]
mod life;
#[path = "crash/load.rs"]
mod load;
#[path = "crash/outbox.rs"]
mod outbox;
#[path = "crash/place.rs"]
mod place;
#[path = "crash/proxy.rs"]
mod proxy;
#[path = "crash/queue_steps.rs"]
mod queue_steps;
#[path = "journeys/remote.rs"]
#[allow(dead_code, reason = "the journeys use all of it")]
mod remote;
#[path = "crash/sharing.rs"]
mod sharing;
#[path = "crash/sight.rs"]
mod sight;
#[path = "crash/steps.rs"]
mod steps;
#[path = "crash/two_boxes.rs"]
mod two_boxes;
#[path = "journeys/zones.rs"]
#[allow(dead_code, reason = "the journeys use all of it")]
mod zones;
