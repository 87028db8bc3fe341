//! What a session is told about its connection, and what it is told about a person.

use sasl::{ChannelBinding, ScramKeys};
use std::fmt;
use std::sync::Arc;
use store::AccountId;

/// The connection that a session serves.
#[derive(Clone)]
pub struct Profile {
    /// The name in the greeting.
    pub hostname: Arc<str>,
    /// TLS on this connection.
    pub tls: Tls,
    /// Whether names and passwords are taken without TLS as well; no, unless TLS is ended in front of this program.
    pub cleartext_login: bool,
    /// Random octets, new for each connection: SCRAM's nonces come from them.
    pub seed: [u8; 32],
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("hostname", &self.hostname)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// TLS on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// None, and none to be had.
    None,
    /// None yet; STLS starts it.
    Available,
    /// In use, with what log-ins can be bound to; `None`: SCRAM-SHA-256-PLUS is not offered.
    Active(Option<Box<ChannelBinding>>),
}

/// The answer to a [`sasl::Question`].
#[derive(Debug)]
pub enum Verified {
    /// To [`sasl::Question::Password`]: the password is right, and the person may act as the `authzid`.
    Account(AccountId),
    /// To [`sasl::Question::ScramKeys`]: this person's keys.
    Keys(AccountId, ScramKeys),
    /// To [`sasl::Question::ScramKeys`] for a name that nobody has: keys that nothing opens ([`ScramKeys::decoy`]).
    Decoy(ScramKeys),
    /// To [`sasl::Question::Password`]: the password is right, and all the same not taken here; the client is told why with `[AUTH]` (RFC 3206 §4).
    Barred(sasl::Barred),
    /// To [`sasl::Question::ScramKeys`]: keys of somebody who is told so once they have proved it.
    KeysBarred(ScramKeys, sasl::Barred),
    /// To either: there is no such person, the password is wrong, or the `authzid` is somebody else's.
    Wrong,
    /// To either: it cannot be said now (the store fails, too many wait); the client should try again later.
    Unavailable,
}
