//! Who sent this: SPF, DKIM, DMARC and ARC judged, DKIM and ARC signed, as machines.
//!
//! Everything here is fed octets and asked for values: no socket, no clock, no store. Time is an argument, and what must be known of the DNS is asked for
//! as a [`Question`] and given as a [`Reply`].

pub mod dkim;
mod iprev;
mod question;
pub mod spf;
#[cfg(test)]
mod testing;

pub use iprev::{IpRev, IpRevResult, IpRevVerdict};
pub use question::{Question, Reply};
