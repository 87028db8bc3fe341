//! Certificates and the TLS configurations of the doors.
//!
//! ```text
//! self_made     a certificate of the box's own, when nobody brought one
//! pair          a certificate chain and its key from PEM files
//! certificates  which one a client gets (SNI), and reloading when files change
//! configs       rustls configurations: the world's port, and one for each protocol of the household
//! outgoing      TLS toward others: what their certificates must prove
//! ```

mod certificates;
mod configs;
pub mod outgoing;
mod pair;
mod self_made;
#[cfg(test)]
mod tests;

pub use certificates::Certificates;
pub use configs::Configs;
pub use pair::{PemPair, TlsError};
