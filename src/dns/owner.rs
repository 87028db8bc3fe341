//! Names under which special records lie: reverse names (RFC 1035 §3.5, RFC 3596 §2.5) and TLSA records (RFC 6698 §3).

use std::fmt::Write as _;
use std::net::IpAddr;

/// The name to ask [`crate::Kind::Ptr`] for: `1.2.0.192.in-addr.arpa`, or 32 hex digits and `ip6.arpa`. An IPv4 address that is mapped into IPv6 counts as IPv4.
#[must_use]
pub fn reverse_name(address: IpAddr) -> String {
    let mut name = String::with_capacity(72);
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            let _ = write!(name, "{d}.{c}.{b}.{a}.in-addr.arpa");
        }
        IpAddr::V6(v6) => {
            for octet in v6.octets().iter().rev() {
                let _ = write!(name, "{:x}.{:x}.", octet & 15, octet >> 4);
            }
            name.push_str("ip6.arpa");
        }
    }
    name
}

/// The name to ask [`crate::Kind::Tlsa`] for: `_25._tcp.mx.example`.
#[must_use]
pub fn tlsa_name(port: u16, host: &str) -> String {
    format!("_{port}._tcp.{}", host.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_asked_for_backwards() {
        let table = [
            ("192.0.2.1", "1.2.0.192.in-addr.arpa"),
            ("::ffff:192.0.2.1", "1.2.0.192.in-addr.arpa"),
            (
                // RFC 3596 §2.5
                "4321:0:1:2:3:4:567:89ab",
                "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
            ),
        ];
        for (address, name) in table {
            assert_eq!(reverse_name(address.parse().unwrap()), name);
        }
    }

    #[test]
    fn a_port_has_a_name() {
        assert_eq!(tlsa_name(25, "mx.example."), "_25._tcp.mx.example");
    }
}
