//! A responder for Multicast DNS (RFC 6762) and DNS-SD (RFC 6763) as a machine: time and packets in, packets and news out. No socket, no clock.
//!
//! ```text
//! responder  the machine: links in, wishes out     identity  what it is called, what it offers, how it is renamed
//! link       one interface in one family           probe     whose name is it? the tie-break
//! query      what is answered to whom, and when    response  what others say: conflicts, duplicates
//! send       the packets that go out               table     the records of a link
//! read       messages, read    write  messages, written    name, record  what they are made of
//! ```
//!
//! Promises: no octets from the network make it panic or keep more than a fixed amount (a record's few dozen octets, [`limits::REPLIES`] waiting
//! answers); a record is multicast at most once a second on a link (four times to defend a name that another probes for, RFC 6762 §6),
//! unicast answers go to addresses of the link only, a bounded number a second; nothing that is not this box's own is ever sent.
//!
//! It cannot look names up: it is a responder and asks only for its own names (RFC 6762 §8.1). It keeps no cache.

mod echo;
mod identity;
pub mod limits;
mod link;
mod name;
mod network;
mod probe;
mod query;
mod random;
mod read;
mod record;
mod responder;
mod response;
mod send;
mod table;
#[cfg(test)]
mod testing;
mod write;

pub use identity::{Identity, Numbers, Service};
pub use link::{Family, LinkId};
pub use network::Network;
pub use responder::{Packet, Responder, Time, To, Wish};
