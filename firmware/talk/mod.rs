//! What process 1 and the server tell each other over their socket pair: one datagram (SOCK_SEQPACKET), one [`Order`] or one [`News`].
//!
//! Text, so that a trace of the channel can be read; at most [`LONGEST`] octets. Parsers are total: what is not understood is `None` and is dropped
//! by whoever reads. Both ends are the same file, so there is no version and nothing optional. The server is the side that the world talks to:
//! process 1 believes an order only as far as the order can do no harm (a time is bounded, a file is a name in one folder, a format needs a
//! data partition that is not in use).
//!
//! One order it believes unseen: `Format`. Whoever presses is seen by the server alone, since a line of GPIO has one reader, and process 1 would need settings, debounce and the light to
//! be that reader. What a rescue's server could do that was taken over through its page: destroy, without a press, a partition that a person with Linux might have saved. What it could not:
//! reach a mail box that works. Process 1 takes the order only from a rescue, only for reasons that formatting mends ([`RescueReason::may_format`]), only while nothing of the partition
//! is mounted; the rescue's server reads nothing from the card, has one page without people, sessions or files to take in, and is in the sandbox. Therefore it is accepted, and said in the
//! README; the way out would be a second line, or a button that the kernel hands out as an input device.

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
