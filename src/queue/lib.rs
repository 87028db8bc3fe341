//! Decides what becomes of mail on its way out: when, together with what, and what a reply means. It never dials.
//!
//! ```text
//! Clock     the queue's own time, which no setting of the wall clock moves
//! Schedule  when a row is tried again, when its sender is warned, when it is given up
//! Finding   what came of one attempt at one host; Round: of all hosts of a destination
//! judge     what a finding means for a row: delivered, wait, by the relay, return
//! explain   the same in plain words, for the report to the sender and for `queue show`
//! batch     which rows travel in one transaction
//! ```
//!
//! Promises: nothing is given up because a clock was set; a refusal that one host of several gives is not final before the others were
//! asked; a report is owed to nobody outside the house. What it cannot do: it knows no DNS, no socket and no store beyond the values of a row.

mod batch;
mod clock;
mod explain;
mod finding;
mod round;
#[cfg(test)]
mod samples;
mod verdict;
mod when;

pub use batch::{RECIPIENTS_MAX, batches, seconds_left};
pub use clock::{Clock, GRACE, MAX_GAP, START};
pub use explain::{Explanation, Kind, classify, explain, explain_expired, explain_words};
pub use finding::{Cause, Extension, Finding, WORDS_MAX, one_line};
pub use round::Round;
pub use verdict::{At, Decision, Reason, Tell, judge, judge_unsent, tell_of};
pub use when::{Schedule, jitter};
