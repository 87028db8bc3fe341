//! Conversations that a postmaster can read, each played whole, octet by octet and as one blob.

mod any;
mod basics;
mod chunking;
mod delivery;
mod haste;
mod limits;
mod login;
mod player;
mod smuggling;
mod submission;
mod tls;
