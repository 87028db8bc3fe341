//! What a client session is told about its connection before the first octet.

use sasl::{ChannelBinding, Secret};
use std::fmt;

/// Where the connection stands with TLS, and what is wanted of it.
#[derive(Clone)]
pub enum TlsUse {
    /// The connection is encrypted from the start (RFC 8314 §3.3).
    Active {
        /// What SCRAM-SHA-256-PLUS can be bound to; `None` leaves the mechanism out.
        channel_binding: Option<ChannelBinding>,
        /// Protocol and cipher, such as `TLSv1.3 TLS_AES_128_GCM_SHA256`.
        description: String,
    },
    /// STARTTLS if it is offered, else in the clear (RFC 7435). With a [`Login`] it counts as `Required`.
    Wanted,
    /// STARTTLS or nothing: a policy (MTA-STS, DANE, REQUIRETLS) or a password asks for it.
    Required,
    /// In the clear even if STARTTLS is offered: the handshake failed before, and nothing asks for TLS.
    Never,
}

impl TlsUse {
    /// Whether octets are encrypted now.
    pub fn is_active(&self) -> bool {
        matches!(self, TlsUse::Active { .. })
    }

    pub(super) fn channel_binding(&self) -> Option<&ChannelBinding> {
        match self {
            TlsUse::Active {
                channel_binding, ..
            } => channel_binding
                .as_ref()
                .filter(|binding| !binding.is_empty()),
            TlsUse::Wanted | TlsUse::Required | TlsUse::Never => None,
        }
    }
}

/// The description only: a channel binding is nobody else's business.
impl fmt::Debug for TlsUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsUse::Active { description, .. } => {
                f.debug_tuple("Active").field(description).finish()
            }
            TlsUse::Wanted => f.write_str("Wanted"),
            TlsUse::Required => f.write_str("Required"),
            TlsUse::Never => f.write_str("Never"),
        }
    }
}

/// Name and password at a relay. Debug shows neither.
#[derive(Clone)]
pub struct Login {
    /// The name, as it goes out.
    pub user: String,
    /// The password; wiped when dropped.
    pub password: Secret,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(...)")
    }
}

/// Which greeting to begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hello {
    /// EHLO, and HELO if it is refused with 5xx (RFC 5321 §3.2).
    #[default]
    Ehlo,
    /// HELO at once: for a second try at a host that closed the connection on EHLO. No TLS and no log-in are possible.
    Helo,
}

/// One connection as the driver knows it.
#[derive(Clone)]
pub struct Profile {
    /// Our own name for EHLO: a domain, or an address literal such as `[192.0.2.1]` (RFC 5321 §4.1.1.1). What cannot stand in a command is left out.
    pub hostname: String,
    /// Where the connection stands with TLS.
    pub tls: TlsUse,
    /// Whom to log in as; `None` on the way to an MX.
    pub login: Option<Login>,
    /// Which greeting to begin with.
    pub hello: Hello,
    /// 32 octets from the system's random source, new for every connection: the log-ins' nonces come from them.
    pub nonce_seed: [u8; 32],
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("hostname", &self.hostname)
            .field("tls", &self.tls)
            .field("login", &self.login)
            .field("hello", &self.hello)
            .finish_non_exhaustive()
    }
}
