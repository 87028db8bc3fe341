//! What the box remembers of the world outside: destinations, relays, signing keys, what people may send.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What is remembered of a destination.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DestinationNotes {
    /// Its MTA-STS policy (RFC 8461).
    pub sts: Option<StsRecord>,
    /// The ratchet: when its mail hosts last gave TLS with a certificate that verified, unix seconds.
    pub verified_tls: Option<i64>,
    /// When it last refused us for who we are, unix seconds: the fall-back relay is used.
    pub avoid_direct: Option<i64>,
}

/// A cached MTA-STS policy (RFC 8461 §3.2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StsRecord {
    /// The `id` of its TXT record.
    pub id: String,
    /// What it demands.
    pub mode: StsMode,
    /// Patterns of mail hosts.
    pub mx: Vec<String>,
    /// Seconds that it holds from when it was fetched.
    pub max_age: u64,
    /// Unix seconds.
    pub fetched: i64,
}

/// Some destinations with their policies, by name, and behind which to go on.
pub type StsPage = (Vec<(String, StsRecord)>, Option<String>);

/// RFC 8461 §5.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the RFC's own words")]
pub enum StsMode {
    Enforce,
    Testing,
    None,
}

/// A smarthost. Debug shows no password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// What goes through it; names it as well.
    pub scope: RelayScope,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the line is protected.
    pub tls: RelayTls,
    /// User name, if it wants one.
    pub user: Option<String>,
    /// Password, if it wants one; wiped when dropped.
    pub password: Option<Zeroizing<String>>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("scope", &self.scope)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("user", &self.user)
            .field("password", &self.password.is_some())
            .finish()
    }
}

/// Which mail goes through a relay.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum RelayScope {
    /// All of it.
    Everything,
    /// To recipients in this domain (an A-label in lower case).
    Domain(String),
    /// What the destination refuses to take from us.
    Fallback,
}

/// How the line to a relay is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum RelayTls {
    /// From the first octet (RFC 8314 §3.3).
    Implicit,
    /// STARTTLS, or nothing is sent.
    StartTls,
    /// Not at all: only without a password.
    None,
}

/// A domain's DKIM keys. Debug shows no key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimKeys {
    /// Whose they are, as given.
    pub domain: String,
    /// Selector of the Ed25519 key (RFC 8463).
    pub selector_ed25519: String,
    /// Selector of the RSA key.
    pub selector_rsa: String,
    /// PKCS#8; wiped when dropped.
    pub ed25519: Zeroizing<Vec<u8>>,
    /// PKCS#8; wiped when dropped.
    pub rsa: Zeroizing<Vec<u8>>,
    /// Unix seconds.
    pub made: i64,
}

impl fmt::Debug for DkimKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DkimKeys")
            .field("domain", &self.domain)
            .field("selector_ed25519", &self.selector_ed25519)
            .field("selector_rsa", &self.selector_rsa)
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}

/// What one person may send in a day of the queue's time, so that a stolen password does little harm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendingLimits {
    /// Messages.
    pub messages: u32,
    /// Recipients they never wrote to before.
    pub new_recipients: u32,
}
