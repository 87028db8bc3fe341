//! What a session is told about its connection before the first octet.

use sasl::ChannelBinding;
use std::fmt;
use std::net::IpAddr;

/// Which service answers: the rules differ, the grammar does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Port 25: anyone may bring mail for the people here. No AUTH, paths by the letter.
    World,
    /// Ports 587 and 465 (RFC 6409, RFC 8314): the household sends. Nothing without TLS and a log-in; a space
    /// behind the colon of MAIL FROM and RCPT TO is tolerated, because Outlook sends it.
    Submission,
}

/// Where the connection stands with TLS.
#[derive(Clone)]
pub enum Tls {
    /// There is none to be had: STARTTLS is not announced, and neither is AUTH.
    None,
    /// STARTTLS may be asked for (RFC 3207).
    Available,
    /// The connection is encrypted: from the start (RFC 8314 §3.3), or since [`super::Session::tls_started`].
    Active {
        /// What SCRAM-SHA-256-PLUS can be bound to; `None` leaves the mechanism out.
        channel_binding: Option<ChannelBinding>,
        /// Protocol and cipher for the Received field, such as `TLSv1.3 TLS_AES_128_GCM_SHA256`.
        description: String,
    },
}

impl Tls {
    /// Whether octets are encrypted now.
    pub fn is_active(&self) -> bool {
        matches!(self, Tls::Active { .. })
    }

    pub(crate) fn channel_binding(&self) -> Option<&ChannelBinding> {
        match self {
            Tls::Active {
                channel_binding, ..
            } => channel_binding
                .as_ref()
                .filter(|binding| !binding.is_empty()),
            Tls::None | Tls::Available => None,
        }
    }
}

/// The description only: a channel binding is nobody else's business.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tls::None => f.write_str("None"),
            Tls::Available => f.write_str("Available"),
            Tls::Active { description, .. } => f.debug_tuple("Active").field(description).finish(),
        }
    }
}

/// One connection as the driver knows it.
#[derive(Clone)]
pub struct Profile {
    /// The service that listens on this port.
    pub kind: Kind,
    /// Our own name, for the greeting, EHLO and the Received field.
    pub hostname: String,
    /// Where the connection stands with TLS at its start.
    pub tls: Tls,
    /// Who connects, for the Received field. It gives no right to anything: not even a neighbour may relay.
    pub peer: IpAddr,
    /// 32 octets from the system's random source, new for every connection: the log-ins' nonces come from them.
    pub nonce_seed: [u8; 32],
    /// Seconds of Unix time at the session's start, if the clock can be trusted: HOLDUNTIL is measured by it, and without it
    /// FUTURERELEASE is not offered.
    pub clock: Option<i64>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("kind", &self.kind)
            .field("hostname", &self.hostname)
            .field("tls", &self.tls)
            .field("peer", &self.peer)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
