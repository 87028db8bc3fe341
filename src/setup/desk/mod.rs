//! What is behind the pages: each fetches what is in force, judges what was typed, and does what was asked.
//!
//! ```text
//! door   hello, sign-in, password, close      you, address, sending, arriving, place   the five questions
//! steps  the second step of the sign-in
//! ```

pub(super) mod address;
pub(super) mod arriving;
pub(super) mod door;
pub(super) mod place;
pub(super) mod sending;
pub(super) mod steps;
pub(super) mod you;
