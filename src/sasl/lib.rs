//! SASL (RFC 4422) as machines, for both ends of a log-in: PLAIN (RFC 4616), LOGIN, SCRAM-SHA-256 and
//! SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677).
//!
//! A machine takes decoded messages and hands back what to send or what to ask. It never sees a socket, a clock, a
//! table of people or a source of random numbers: nonces come in as arguments, and whoever drives it looks up the
//! password or the keys and answers.
//!
//! ```text
//! let mut server = Server::new(mechanism, channel_binding, nonces.next_nonce());
//! let mut progress = server.start(initial_response);
//! loop { match progress {
//!     Progress::Challenge(bytes) => progress = server.step(&read_response_to(bytes)),
//!     Progress::Ask(Question::Password { .. }) => progress = server.password_verified(right),
//!     Progress::Ask(Question::ScramKeys { .. }) => progress = server.scram_keys(keys),
//!     Progress::Done(success) | Progress::Failed(reason) => break,
//! } }
//! ```
//!
//! What it promises: every message is bounded ([`MAX_MESSAGE`]), secrets are wiped when dropped and never printed,
//! comparisons with secrets take the same time whatever the input. What it cannot do: it does not know whether a
//! channel is encrypted (the protocol refuses passwords in the clear), and it does not count wrong guesses.

mod binding;
mod client;
mod mechanism;
mod nonces;
mod prep;
mod question;
mod scram;
mod secret;
mod server;

pub use binding::ChannelBinding;
pub use client::{Client, ClientError, ClientStep};
pub use mechanism::Mechanism;
pub use nonces::{NONCE_LEN, Nonces};
pub use prep::{opaque_string, saslprep};
pub use question::{Barred, Progress, Question, Reason, Success};
pub use scram::ScramKeys;
pub use secret::{MAX_ENCODED, MAX_MESSAGE, Secret, decode, decode_initial, encode};
pub use server::Server;
