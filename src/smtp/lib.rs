//! SMTP (RFC 5321) as machines without sockets, clocks or tables of people.
//!
//! [`command`] is the grammar, [`Reply`] what is said back, [`data`] and [`bdat`] the two ways in which a message
//! travels, [`server`] the conversation from the receiving end. The client's end gets a module of its own beside it and
//! shares the grammar and the replies.
//!
//! What it promises: every input is bounded by a field of [`Limits`] or a named constant, no octet that a client sent is
//! ever echoed to it, and how the octets are cut into pieces changes nothing. What it cannot do: it knows no
//! recipient, no password, no disk and no TLS; it asks for them in [`server::Step`]s.

pub mod bdat;
pub mod client;
pub mod command;
pub mod data;
mod hops;
mod limits;
mod moment;
mod reply;
pub mod server;

pub use limits::{COMMAND_LINE, EXTENSION_LINE, Limits, TEXT_LINE};
pub use reply::Reply;
