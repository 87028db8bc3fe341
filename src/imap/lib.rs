//! IMAP4rev2 (RFC 9051) and IMAP4rev1 (RFC 3501) over the store.
//!
//! * the grammar: [`command`] (the commands as values), [`parse`] (octets to commands), [`mod@print`] (values to octets),
//!   [`mailbox_name`] (modified UTF-7), [`code`] (response codes);
//! * the stored record: [`record`] renders on arrival what FETCH prints of envelope and structure, and finds the octets of a section;
//! * the conversation: [`session`] (octets in, octets and wishes out), [`table`] (what is allowed when);
//! * the deeds: [`cmd`] (one verb a file), [`view`] (UIDs and sequence numbers), [`sync`] (the only source of untagged news), called
//!   as [`deed`] says; [`words`] (what SEARCH sees of a message, for its scanner and for the index); [`notify`] (news of other mailboxes).
//!
//! Promises: no panic, no recursion and no memory beyond [`Limits`] on what a client sends; nothing is acknowledged before its commit is
//! synced; replies come in the order of their commands. Cannot: it knows no socket, no TLS, no clock and no password; the driver
//! answers its [`Step`]s.

mod annotation;
pub mod cmd;
pub mod code;
pub mod columns;
pub mod command;
pub mod context;
pub mod deed;
mod fold;
mod limits;
pub mod mailbox_name;
mod noted;
mod notification;
pub mod notify;
pub mod objectid;
pub mod parse;
pub mod print;
pub mod record;
mod search_key;
mod search_program;
mod sequence;
pub mod session;
mod sort_program;
pub mod sync;
pub mod table;
pub mod url;
pub mod view;
pub mod words;

pub use limits::Limits;
pub use session::{Now, Outcome, Pending, Profile, Session, Step, Tls, Verified};
