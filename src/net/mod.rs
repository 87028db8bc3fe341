//! The network: sockets, TLS, limits on connections, and the one loop that runs any conversation.
//!
//! ```text
//! listener  accepts, counts, refuses            seats      who may come in, in all and from one address
//! link      one connection: stream, alarm       stream     plain or TLS, never blocking
//! drive     the loop: look, step, flush, wait   tls_stream rustls without buffers of its own
//! client    a connection that we open           guest      one that a web browser opens
//! wire_io   both for hyper
//! deflate   packed octets, where a client asks for it
//! local     what is no address on the internet
//! ```
//!
//! Promises: an idle connection holds no buffer; a panic in a conversation ends that conversation; nothing here knows a word of
//! SMTP, IMAP or POP3 but the sentence that refuses a client ([`Service::refusal`]).

mod alarm;
mod bind;
mod client;
mod closing;
mod conversation;
mod deflate;
mod drive;
mod guest;
mod link;
mod listener;
mod local;
mod patience;
mod seats;
mod serve;
mod service;
mod stream;
mod tls_stream;
mod turns;
mod wire_io;

pub use bind::bind;
pub(crate) use client::in_words;
pub use client::{Wire, WireTimes};
pub use closing::Closing;
pub use conversation::{Arrival, Conversation, Next};
pub use drive::{End, drive};
pub use guest::Guest;
pub use link::{Link, Times};
pub use listener::{Admission, Door, Held, Listeners, Open, Pass, Reception};
pub use local::is_local;
pub use seats::{ConnectionLimits, Seat, Seats};
pub use service::Service;
pub use tls_stream::{Secured, catch_exporter_secrets, offer_end_point};
pub use turns::run;
pub use wire_io::{WireIo, Wired};

#[cfg(test)]
pub(crate) mod test_support;
