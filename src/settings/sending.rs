//! How mail goes out, and who answers questions about names.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::resolver::ResolverSettings;

/// Who answers questions about names (DNS).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DnsSettings {
    /// Resolvers, asked in this order; empty: those of `/etc/resolv.conf`.
    pub servers: Vec<SocketAddr>,
    /// Whether their word on DNSSEC (the AD bit) is believed. Only for one that runs on this machine or that is reached over a path nobody else is on:
    /// the bit itself is not signed.
    pub trusted: bool,
    /// How long one of them has to answer before the next one is asked.
    pub timeout: Duration,
}

impl Default for DnsSettings {
    fn default() -> Self {
        DnsSettings {
            servers: Vec::new(),
            trusted: false,
            timeout: Duration::from_secs(5),
        }
    }
}

impl DnsSettings {
    /// The same for the resolver.
    pub fn resolver(&self) -> ResolverSettings {
        ResolverSettings {
            servers: self.servers.clone(),
            trusted: self.trusted,
            timeout: self.timeout,
            ..ResolverSettings::default()
        }
    }
}

/// When another host is reached over IPv6.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Ipv6 {
    /// Only if this machine's IPv6 address has a name in DNS that leads back to it: many refuse mail from one that has none (users.md F2).
    #[default]
    Confirmed,
    /// Never.
    Never,
    /// Like IPv4, and before it.
    Always,
}

impl Ipv6 {
    /// All of them, with their names in the file.
    pub(super) const NAMED: [(&'static str, Ipv6); 3] = [
        ("confirmed", Ipv6::Confirmed),
        ("never", Ipv6::Never),
        ("always", Ipv6::Always),
    ];

    /// Its name in the file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Ipv6::Confirmed => "confirmed",
            Ipv6::Never => "never",
            Ipv6::Always => "always",
        }
    }
}

/// How mail goes out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendSettings {
    /// The port at which other hosts take mail.
    pub port: u16,
    /// Whether IPv6 is used.
    pub ipv6: Ipv6,
    /// Whether mail may be delivered to a host on this machine or the local network. A stranger's DNS could otherwise have the box talk to the
    /// household's printer.
    pub local_networks: bool,
    /// How long a message waits after it was sent, so that it can still be held or dropped.
    pub undo: Duration,
    /// Connections to other hosts at one time. Each costs some 40 KB over TLS while mail flows.
    pub connections: usize,
    /// Those to one destination: more would look like an attack to it.
    pub connections_per_destination: usize,
    /// Recipients in one transaction; a host that announces fewer gets fewer (RFC 9422). RFC 5321 §4.5.3.1.8 has every host take 100.
    pub recipients: usize,
    /// Waits between attempts; the last one is repeated (RFC 5321 §4.5.4.1).
    pub retry: Vec<Duration>,
    /// After this a message that could not be delivered is returned. RFC 5321 §4.5.4.1 wants at least 4 to 5 days.
    pub expire: Duration,
    /// After this the sender is told that a message is late.
    pub warn_after: Duration,
    /// The longest time for which a sender may hold a message back (FUTURERELEASE, RFC 4865).
    pub hold_max: Duration,
    /// PEM file of certificates that are believed besides the well-known authorities.
    pub roots: Option<PathBuf>,
}

impl Default for SendSettings {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        SendSettings {
            port: 25,
            ipv6: Ipv6::default(),
            local_networks: false,
            undo: Duration::ZERO,
            connections: 20,
            connections_per_destination: 2,
            recipients: 100,
            retry: [2, 5, 10, 15, 30, 60, 120, 240, 480].map(minutes).to_vec(),
            expire: minutes(5 * 24 * 60),
            warn_after: minutes(4 * 60),
            hold_max: minutes(31 * 24 * 60),
            roots: None,
        }
    }
}

/// What one person may send to other hosts in a day, so that a stolen password does small damage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendingLimits {
    /// Messages.
    pub messages_per_day: u32,
    /// Addresses that this person never wrote to before.
    pub new_recipients_per_day: u32,
}

impl Default for SendingLimits {
    fn default() -> Self {
        SendingLimits {
            messages_per_day: 500,
            new_recipients_per_day: 100,
        }
    }
}
