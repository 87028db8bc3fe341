//! The internet, told from the house: which addresses a stranger's DNS may not lead this box to.
//!
//! It cannot know addresses of the internet that this network keeps for itself.

use std::net::{IpAddr, Ipv4Addr};

/// Whether it is no address on the internet: this machine, the house, the provider's inside, or no host at all (RFC 6890). What carries an IPv4 address inside
/// (mapped, NAT64, 6to4) is judged by that.
pub fn is_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_local_v4(ip),
        IpAddr::V6(ip) => match ip.segments() {
            // NAT64 (RFC 6052); a network's own prefix for it (64:ff9b:1::/48, RFC 8215) leads wherever that network likes.
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_local_v4(inner(high, low)),
            // 6to4 (RFC 3056).
            [0x2002, high, low, ..] => is_local_v4(inner(high, low)),
            // Teredo is no more, and 2001:db8 is for books.
            [0x2001, 0 | 0xdb8, ..] => true,
            // Of the rest only 2000::/3 is given out.
            [first, ..] => first & 0xe000 != 0x2000,
        },
    }
}

fn inner(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

fn is_local_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || a == 0
        || a >= 224
        // Shared between a provider and its customers (RFC 6598).
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internet_is_told_from_the_house() {
        for local in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "::1",
            "::",
            "::10.0.0.1",
            "::ffff:127.0.0.1",
            "fe80::1",
            "fec0::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "64:ff9b::7f00:1",
            "64:ff9b::192.168.0.1",
            "64:ff9b:1::8.8.8.8",
            "2002:c0a8:101::1",
        ] {
            assert!(is_local(local.parse().unwrap()), "{local}");
        }
        for world in [
            "8.8.8.8",
            "192.0.2.1",
            "193.0.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "::ffff:8.8.8.8",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert!(!is_local(world.parse().unwrap()), "{world}");
        }
    }
}
