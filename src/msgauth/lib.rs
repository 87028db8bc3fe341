//! Who sent this: SPF, DKIM, DMARC and ARC judged, DKIM and ARC signed, as machines.
//!
//! ```text
//! verify   a message and its client judged by everything at once: octets in, questions out, verdicts at the end
//! spf      may the address send for the domain?             iprev    does its name lead back?
//! dkim     signatures made and judged                       arc      chains of those who passed it on, judged and continued
//! dmarc    is it the author's?                              results  Authentication-Results, ours and foreign
//! suffix   where an organization's names begin           report   what others are told of it once a day, and tell us
//! ```
//!
//! Everything here is fed octets and asked for values: no socket, no clock, no store. Time is an argument, and what must be known of the DNS is asked for
//! as a [`Question`] and given as a [`Reply`].

pub mod arc;
mod cfws;
pub mod dkim;
pub mod dmarc;
mod head;
mod iprev;
mod question;
pub mod report;
pub mod results;
pub mod spf;
pub mod suffix;
#[cfg(test)]
mod testing;
mod verify;

pub use head::{FIELDS_MAX, HEAD_MAX};
pub use iprev::{IpRev, IpRevResult, IpRevVerdict};
pub use question::{Question, Reply};
pub use verify::{Circumstances, Verdicts, Verifier};
