//! Authentication-Results (RFC 8601): what we found, written; what others wrote in our name, taken out.
//!
//! ```text
//! write  our field, of the verdicts        strip  the fields that claim our name, taken out of a passing message
//! read   what another's results say
//! ```

mod read;
mod strip;
mod write;

pub use read::{Said, said};
pub use strip::{FIELD_MAX, Stripper, claims};
pub use write::{field, payload};
