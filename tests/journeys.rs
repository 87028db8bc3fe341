//! Journeys of letters to the world: the real queue task, store and resolver in one process, a name server and remotes of the test's own, and a clock that the test
//! moves. Each ends in delivered, waiting with the reason to be seen, or a return with the right words in the sender's INBOX.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test may stop at once"
)]

#[path = "journeys/certificates.rs"]
mod certificates;
#[path = "journeys/clock.rs"]
mod clock;
#[path = "journeys/content.rs"]
mod content;
#[path = "journeys/crash.rs"]
mod crash;
#[path = "journeys/crowd.rs"]
mod crowd;
#[path = "journeys/daily.rs"]
mod daily;
#[path = "journeys/health.rs"]
mod health;
#[path = "journeys/moved.rs"]
mod moved;
#[path = "player/mod.rs"]
#[allow(dead_code, reason = "only its client is used here")]
mod player;
#[path = "journeys/post.rs"]
mod post;
#[path = "journeys/relays.rs"]
mod relays;
#[path = "journeys/remote.rs"]
mod remote;
#[path = "journeys/replies.rs"]
mod replies;
#[path = "journeys/reports.rs"]
mod reports;
#[path = "journeys/routes.rs"]
mod routes;
#[path = "journeys/sealed.rs"]
mod sealed;
#[path = "journeys/times.rs"]
mod times;
#[path = "journeys/tls.rs"]
mod tls;
#[path = "journeys/zones.rs"]
mod zones;
