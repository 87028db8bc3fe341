//! Which addresses are the house: only from there can the box be set up.

use std::net::IpAddr;

/// Whether a client at `ip` is in the house: this machine, private networks (RFC 1918, RFC 4193) and links (RFC 3927, RFC 4291 §2.5.6), also where IPv4 hides in
/// IPv6. Not 100.64/10 (RFC 6598): behind it are the provider's other customers. Not the house's own global IPv6 addresses: from here they look like
/// anyone's. It is to be asked about the socket's other end, never about what a header says.
pub fn is_house_address(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_told_from_everyone_else() {
        for (text, house) in [
            ("127.0.0.1", true),
            ("127.255.255.254", true),
            ("10.0.0.1", true),
            ("172.16.0.1", true),
            ("172.31.255.255", true),
            ("172.32.0.1", false),
            ("192.168.255.1", true),
            ("192.169.0.1", false),
            ("169.254.1.1", true),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("224.0.0.251", false),
            ("8.8.8.8", false),
            ("::1", true),
            ("::", false),
            ("::ffff:192.168.1.1", true),
            ("::ffff:8.8.8.8", false),
            ("::192.168.1.1", false),
            ("64:ff9b::192.168.1.1", false),
            ("2002:c0a8:101::1", false),
            ("fe80::1", true),
            ("febf::1", true),
            ("fec0::1", false),
            ("fc00::1", true),
            ("fdff::1", true),
            ("ff02::fb", false),
            ("2a00:1450::1", false),
        ] {
            assert_eq!(is_house_address(text.parse().unwrap()), house, "{text}");
        }
    }
}
