//! A network as bans and counts know it: an address and how much of it counts.
//!
//! IPv4 is held as `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2), so that a client is the same one whichever socket it came through.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use store::NetworkRow;

/// Bits that stand before an IPv4 address.
const BEFORE_V4: u8 = 96;
/// What counts as one guest of an IPv6 network: a household gets a /64 at least, and one machine has 2^64 addresses to come from.
const GUEST_V6: u8 = 64;
/// What counts as one customer of an IPv6 provider (RFC 6177: a /56 or a /48 for a home).
const AROUND_V6: u8 = 56;
/// What counts as one neighbourhood of IPv4: the smallest network that is routed on the internet.
const AROUND_V4: u8 = BEFORE_V4 + 24;

/// A network; nothing of the address stands behind its prefix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Network {
    /// As octets and not as one number: rows of the tables are a third smaller.
    octets: [u8; 16],
    /// Of 128.
    prefix: u8,
}

impl Network {
    /// Who a client is: its IPv4 address, or its IPv6 /64.
    pub fn guest(ip: IpAddr) -> Network {
        match ip.to_canonical() {
            IpAddr::V4(_) => Network::cut(ip, 128),
            IpAddr::V6(_) => Network::cut(ip, GUEST_V6),
        }
    }

    /// Where a client is: its IPv4 /24, or its IPv6 /56.
    pub fn around(ip: IpAddr) -> Network {
        match ip.to_canonical() {
            IpAddr::V4(_) => Network::cut(ip, AROUND_V4),
            IpAddr::V6(_) => Network::cut(ip, AROUND_V6),
        }
    }

    fn cut(ip: IpAddr, prefix: u8) -> Network {
        let bits = match ip.to_canonical() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        let prefix = prefix.min(128);
        let behind = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
        Network {
            octets: (bits & !behind).to_be_bytes(),
            prefix,
        }
    }

    /// Whether the address is in it.
    pub fn contains(self, ip: IpAddr) -> bool {
        Network::of(ip, self.prefix) == Some(self)
    }

    /// The network of so many bits, of 128, that the address is in. All of IPv4 lies in `::/64` and the like as it is held here, and is in none of them.
    pub(super) fn of(ip: IpAddr, prefix: u8) -> Option<Network> {
        let too_short = ip.to_canonical().is_ipv4() && prefix < BEFORE_V4;
        (!too_short).then(|| Network::cut(ip, prefix))
    }

    /// Whether the other one is in it whole.
    pub fn covers(self, other: Network) -> bool {
        self.prefix <= other.prefix && self.contains(other.address())
    }

    /// Whether it is more of the internet than anybody can mean: beyond an IPv4 /8 or an IPv6 /16.
    pub fn is_too_wide(self) -> bool {
        let v4 = matches!(self.address().to_canonical(), IpAddr::V4(_)) && self.prefix >= BEFORE_V4;
        self.prefix < if v4 { BEFORE_V4 + 8 } else { 16 }
    }

    /// Of 128.
    pub(super) fn prefix(self) -> u8 {
        self.prefix
    }

    fn address(self) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from(self.octets))
    }

    pub(super) fn row(self) -> NetworkRow {
        NetworkRow {
            address: self.octets,
            prefix: self.prefix,
        }
    }

    pub(super) fn of_row(row: &NetworkRow) -> Network {
        let bits = u128::from_be_bytes(row.address);
        Network::cut(IpAddr::V6(Ipv6Addr::from_bits(bits)), row.prefix)
    }
}

/// An IPv4 address alone, or with its prefix; an IPv6 network with its prefix.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address().to_canonical(), self.prefix) {
            (IpAddr::V4(v4), 128) => write!(f, "{v4}"),
            (IpAddr::V4(v4), prefix) if prefix >= BEFORE_V4 => {
                write!(f, "{v4}/{}", prefix - BEFORE_V4)
            }
            _ => write!(f, "{}/{}", Ipv6Addr::from(self.octets), self.prefix),
        }
    }
}

/// What people write: an address, which means the guest behind it ([`Network::guest`]), or a network with its prefix.
impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let wrong = || {
            format!(
                "\"{text}\" is neither an address nor a network; write it like 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8:1::/48"
            )
        };
        let (address, prefix) = match text.split_once('/') {
            None => {
                return text.parse().map(Network::guest).map_err(|_| wrong());
            }
            Some((address, prefix)) => (address, prefix),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let prefix: u8 = prefix.parse().map_err(|_| wrong())?;
        match address {
            IpAddr::V4(_) if prefix <= 32 => Ok(Network::cut(address, BEFORE_V4 + prefix)),
            IpAddr::V6(_) if prefix <= 128 => Ok(Network::cut(address, prefix)),
            _ => Err(wrong()),
        }
    }
}

/// The household's own networks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Home {
    /// As set; `None`: all addresses that are not routed on the internet.
    named: Option<Vec<Network>>,
}

impl Home {
    /// These networks and this machine; `None`: all private addresses.
    pub fn new(named: Option<Vec<Network>>) -> Home {
        Home { named }
    }

    /// As set.
    pub fn named(&self) -> Option<&[Network]> {
        self.named.as_deref()
    }

    /// Whether the address is this machine's own or of the household.
    pub fn has(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let Some(named) = &self.named else {
            return match ip {
                IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
                IpAddr::V6(v6) => {
                    v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
                }
            };
        };
        // Not all of 127.0.0.0/8: a forwarder on this machine may give its clients' connections another of them.
        let this_machine = match ip {
            IpAddr::V4(v4) => v4 == std::net::Ipv4Addr::LOCALHOST,
            IpAddr::V6(v6) => v6.is_loopback(),
        };
        this_machine || named.iter().any(|network| network.contains(ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_printed() {
        for (written, printed) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:db8:0:ff::1/56", "2001:db8::/56"),
            ("2001:db8::1/128", "2001:db8::1/128"),
            ("::/0", "::/0"),
        ] {
            let parsed = network(written);
            assert_eq!(parsed.to_string(), printed);
            assert_eq!(Network::of_row(&parsed.row()), parsed);
            assert_eq!(network(printed), parsed);
        }
        for wrong in [
            "",
            "x",
            "192.0.2.7/33",
            "::/129",
            "1.2.3",
            "1.2.3.4/",
            "1.2.3.4/-1",
            "/8",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn who_and_where_a_client_is() {
        assert_eq!(
            Network::guest(ip("::ffff:192.0.2.7")).to_string(),
            "192.0.2.7"
        );
        assert_eq!(Network::around(ip("192.0.2.7")).to_string(), "192.0.2.0/24");
        assert_eq!(
            Network::guest(ip("2001:db8:0:12:3::4")).to_string(),
            "2001:db8:0:12::/64"
        );
        assert_eq!(
            Network::around(ip("2001:db8:0:12:3::4")).to_string(),
            "2001:db8::/56"
        );
        assert!(network("192.0.2.0/24").contains(ip("::ffff:192.0.2.255")));
        assert!(!network("192.0.2.0/24").contains(ip("192.0.3.0")));
        assert!(network("10.0.0.0/8").covers(network("10.2.0.0/16")));
        assert!(!network("10.2.0.0/16").covers(network("10.0.0.0/8")));
        assert!(!network("::/64").contains(ip("10.0.0.1")));
        assert!(network("0.0.0.0/0").is_too_wide() && network("::/8").is_too_wide());
        assert!(!network("10.0.0.0/8").is_too_wide() && !network("2001::/16").is_too_wide());
    }

    #[test]
    fn the_home_is_what_is_not_routed_or_what_is_named() {
        let home = Home::default();
        for inside in [
            "127.8.9.10",
            "10.0.0.1",
            "::ffff:192.168.1.2",
            "169.254.1.1",
            "::1",
            "fe80::1",
            "fd00::1",
        ] {
            assert!(home.has(ip(inside)), "{inside}");
        }
        assert!(!home.has(ip("192.0.2.1")) && !home.has(ip("2001:db8::1")));
        let home = Home::new(Some(vec![network("192.168.1.0/24")]));
        assert!(home.has(ip("192.168.1.7")) && home.has(ip("127.0.0.1")) && home.has(ip("::1")));
        assert!(!home.has(ip("192.168.2.7")) && !home.has(ip("127.0.0.2")));
    }
}
