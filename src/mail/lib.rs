//! The message: addresses, header fields, MIME parts as byte ranges, dates, status codes and trace text.
//!
//! Everything here is a pure function over bytes. The crate promises that no input makes it panic, recurse or
//! keep more than a named number of bytes, and that what it prints holds no CR, LF or NUL that came from outside.
//! It knows no socket, no store and no clock: time and random octets are arguments.

mod address;
pub mod content;
pub mod date;
mod domain;
pub mod downgrade;
pub mod dsn;
mod envelope;
pub mod header;
pub mod idna;
pub mod limits;
mod message;
pub mod msgid;
pub mod needs;
pub mod notice;
mod parse;
mod plain;
pub mod source;
#[cfg(test)]
mod splits;
pub mod srs;
mod status;
pub mod subject;
pub mod trace;
pub mod xtext;

pub use address::{ADDRESS_MAX, Address, AddressError, LOCAL_MAX};
pub use date::DateTime;
pub use domain::{
    DOMAIN_MAX, LABEL_MAX, address_literal, domains_equal, literal_ip, valid_domain, valid_literal,
};
pub use envelope::{Envelope, EnvelopeAddress, parse_addresses};
pub use message::{Message, Params, Part, Sample};
pub use parse::Parser;
pub use status::EnhancedStatus;
