//! An address of an interface and the subnet that it lies in: who is on the link (RFC 6762 §11).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of ours with the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// The address of this host.
    pub address: IpAddr,
    /// Bits of the subnet: 0 to 32, or 128.
    pub prefix: u8,
}

impl Network {
    /// Whether `other` lies in this subnet. A prefix of no bits holds nobody: it says nothing about the link.
    #[must_use]
    pub fn holds(&self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => same(
                u128::from(u32::from(mine)) << 96,
                u128::from(u32::from(other)) << 96,
                self.prefix.min(32),
            ),
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                same(u128::from(mine), u128::from(other), self.prefix.min(128))
            }
            _ => false,
        }
    }
}

/// Whether the first `bits` agree.
fn same(one: u128, other: u128, bits: u8) -> bool {
    match 128u32.checked_sub(u32::from(bits)) {
        Some(128) | None => false,
        Some(rest) => (one ^ other).checked_shr(rest) == Some(0),
    }
}

/// Whether `address` can only be on the link itself: 169.254/16 (RFC 3927), fe80::/10.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    }
}

/// The labels of an address's reverse name, without `arpa` (RFC 1035 §3.5, RFC 3596 §2.5).
pub(crate) fn reverse_labels(address: IpAddr) -> Vec<String> {
    match address {
        IpAddr::V4(four) => reversed_four(four),
        IpAddr::V6(six) => reversed_six(six),
    }
}

fn reversed_four(address: Ipv4Addr) -> Vec<String> {
    let octets = address.octets();
    let labels = octets.iter().rev().map(ToString::to_string);
    labels.chain(["in-addr".to_owned()]).collect()
}

fn reversed_six(address: Ipv6Addr) -> Vec<String> {
    let octets = address.octets();
    let nibbles = octets
        .iter()
        .rev()
        .flat_map(|octet| [octet & 15, octet >> 4]);
    nibbles
        .map(|nibble| format!("{nibble:x}"))
        .chain(["ip6".to_owned()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_on_the_link() {
        for (mine, prefix, other, on) in [
            ("192.168.1.5", 24, "192.168.1.200", true),
            ("192.168.1.5", 24, "192.168.2.1", false),
            ("192.168.1.5", 32, "192.168.1.5", true),
            ("192.168.1.5", 0, "8.8.8.8", false),
            ("192.168.1.5", 24, "fe80::1", false),
            ("fe80::1", 64, "fe80::2", true),
            ("2001:db8::1", 64, "2001:db8::ffff", true),
            ("2001:db8::1", 64, "2001:db8:1::", false),
            ("2001:db8::1", 0, "2001:db8::1", false),
            ("10.0.0.1", 200, "10.0.0.2", false),
        ] {
            let network = Network {
                address: mine.parse().unwrap(),
                prefix,
            };
            assert_eq!(
                network.holds(other.parse().unwrap()),
                on,
                "{mine}/{prefix} {other}"
            );
        }
    }

    #[test]
    fn reverse_names() {
        assert_eq!(
            reverse_labels("192.168.1.5".parse().unwrap()).join("."),
            "5.1.168.192.in-addr"
        );
        assert_eq!(
            reverse_labels("fe80::1:2f".parse().unwrap()).join("."),
            "f.2.0.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6"
        );
    }
}
