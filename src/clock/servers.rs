//! Whom to ask for the time: the servers that DHCP named, then those of the settings, or else well-known ones.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use dns::{Data, Kind};

use crate::resolver::Resolver;

/// NTP's port (RFC 5905 §7.2).
pub(super) const PORT: u16 = 123;
/// So many are asked at a time.
const ASKED: usize = 6;
/// With fewer than this the addresses that need no DNS are asked too.
const FEW: usize = 3;

/// Asked where nobody was named. Three houses that serve everybody; pool.ntp.org wants no device to have it built in without a zone of its own
/// (<https://www.ntppool.org/en/vendors.html>), an owner may well write it into the settings.
const WELL_KNOWN: [&str; 3] = [
    "time.cloudflare.com",
    "time.google.com",
    "time.facebook.com",
];
/// The same where names cannot be looked up: a resolver that judges signatures may not answer before it knows the time, and it asks the same clock (users.md F10).
const WITHOUT_DNS: [Ipv4Addr; 3] = [
    Ipv4Addr::new(162, 159, 200, 1),
    Ipv4Addr::new(216, 239, 35, 0),
    Ipv4Addr::new(129, 134, 28, 123),
];

/// Who may be asked.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Named {
    /// By the network.
    pub(super) dhcp: Vec<IpAddr>,
    /// In the settings: names or addresses.
    pub(super) settings: Vec<String>,
}

impl Named {
    /// Whether anybody was named.
    pub(super) fn anybody(&self) -> bool {
        !self.dhcp.is_empty() || !self.settings.is_empty()
    }

    /// Whether one server is all that the owner wants to be asked.
    pub(super) fn is_one(&self) -> bool {
        self.dhcp.is_empty() && self.settings.len() == 1
    }

    /// Where they are, [`ASKED`] at the most.
    pub(super) async fn addresses(&self, resolver: &Resolver, port: u16) -> Vec<SocketAddr> {
        let mut found: Vec<SocketAddr> = Vec::new();
        let mut add = |ip: IpAddr| {
            let address = SocketAddr::new(ip.to_canonical(), port);
            let fits = !ip.is_unspecified() && !ip.is_multicast() && found.len() < ASKED;
            if fits && !found.contains(&address) {
                found.push(address);
            }
            found.len()
        };
        self.dhcp.iter().for_each(|ip| {
            add(*ip);
        });
        let well_known = WELL_KNOWN.map(str::to_owned);
        let names = match self.settings.as_slice() {
            [] => well_known.as_slice(),
            named => named,
        };
        // One name may be many servers, as pool.ntp.org is.
        let of_each = (ASKED / names.len().max(1)).max(1);
        let mut count = 0;
        for name in names {
            let ips = match name.parse() {
                Ok(ip) => vec![ip],
                Err(_) => look_up(resolver, name).await,
            };
            count = ips
                .into_iter()
                .take(of_each)
                .map(&mut add)
                .last()
                .unwrap_or(count);
            if count >= ASKED {
                break;
            }
        }
        if self.settings.is_empty() && count < FEW {
            WITHOUT_DNS.into_iter().for_each(|ip| {
                add(ip.into());
            });
        }
        found
    }
}

/// The addresses of a name; the older protocol first, which more houses have.
async fn look_up(resolver: &Resolver, name: &str) -> Vec<IpAddr> {
    for kind in [Kind::A, Kind::Aaaa] {
        let Ok(answer) = resolver.lookup(name, kind).await else {
            continue;
        };
        let ips: Vec<IpAddr> = answer.data.iter().filter_map(Data::ip).collect();
        if !ips.is_empty() {
            return ips;
        }
    }
    Vec::new()
}
