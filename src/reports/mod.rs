//! Reports: what came in the names of domains and how TLS toward them went, told to those who ask (DMARC, RFC 7489 §7.2; TLSRPT, RFC 8460), and what others tell of this house.
//!
//! ```text
//! noting  what became of a message, for its author's domain
//! tally  counted in memory, a day (UTC) at a time     kept   the same in the store, every quarter of an hour
//! task    days that are over become letters           letter  a report as one
//! arriving  what others report of this house       summary  the last 30 days of it     words    in plain sentences
//! ```
//!
//! Promises: counting costs a delivery no write and no wait; what is held is bounded, and what does not fit is dropped and told as a number.

mod arriving;
mod kept;
mod letter;
mod noting;
mod summary;
mod tally;
mod task;
mod words;

pub(crate) use arriving::{Heard, find};
pub(crate) use noting::{Outcome, note};
pub use summary::{Source, Summary, Trouble, summary};
pub use tally::{Session, Tally};
pub use task::Reports;
pub use words::{Told, sentences, summary_json, summary_text};

/// Seconds.
pub(crate) const DAY: i64 = 24 * 60 * 60;

/// The day of a moment, since 1970, UTC; 0 before.
pub(crate) fn day_of(unix: i64) -> u32 {
    u32::try_from(unix.div_euclid(DAY)).unwrap_or(0)
}
