//! What process 1 and the server tell each other over their socket pair: one datagram (SOCK_SEQPACKET), one [`Order`] or one [`News`].
//!
//! Text, so that a trace of the channel can be read; at most [`LONGEST`] octets. Parsers are total: what is not understood is `None` and is dropped
//! by whoever reads. Both ends are the same file, so there is no version and nothing optional. The server is the side that the world talks to:
//! process 1 believes an order only as far as the order can do no harm (a time is bounded, a file is a name in one folder, a format needs a
//! data partition that is not in use).

mod lines;
mod news;
mod order;

pub use news::{DataState, Finding, Network, News, Phase, Reach, RescueReason, Step, Systems};
pub use order::{FileName, Order};

/// The longest datagram, in octets: a network with all its addresses needs a tenth, last words fill the rest.
pub const LONGEST: usize = 8 * 1024;

/// The most addresses of one kind that are told: what a home's router announces is two or three.
pub const MOST_ADDRESSES: usize = 16;

#[cfg(test)]
#[path = "talk_tests.rs"]
mod tests;
