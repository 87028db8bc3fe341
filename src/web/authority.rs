//! What a client calls us: the `Host` field, or the authority of an absolute target (RFC 9112 §3.2).
//!
//! The setup pages answer to names and addresses of this house only. A page on the internet whose name is made to lead to an address in here (DNS rebinding) can have its
//! visitor's browser ask us, but the browser then says that page's name. An address cannot be forged in this way: whoever writes one gets it.

use std::net::{IpAddr, Ipv6Addr};

use super::is_house_address;

/// Octets of a host name (RFC 1035 §2.3.4) and a port.
const MOST: usize = 262;
/// Where the routers of a house put its machines: names that nobody outside can have.
const HOUSE_SUFFIXES: [&str; 7] = [
    "",
    ".local",
    ".lan",
    ".home",
    ".home.arpa",
    ".internal",
    ".localdomain",
];

/// A host and perhaps a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authority {
    /// The name in lower case without a final dot, or the address as we write it, without brackets.
    pub host: String,
    /// The address, if it is one.
    pub address: Option<IpAddr>,
    /// The port, if one was named.
    pub port: Option<u16>,
}

impl Authority {
    /// Reads the field; `None`: it is no host (RFC 9112 §3.2: the request is refused).
    pub fn parse(text: &str) -> Option<Authority> {
        if text.len() > MOST {
            return None;
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (inside, after) = rest.split_once(']')?;
            let address: IpAddr = inside.parse::<Ipv6Addr>().ok()?.into();
            return Some(Authority {
                host: address.to_string(),
                address: Some(address),
                port: port(after)?,
            });
        }
        let (name, after) = match text.find(':') {
            Some(at) => (text.get(..at)?, text.get(at..)?),
            None => (text, ""),
        };
        let port = port(after)?;
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if name.split('.').any(str::is_empty) || !name.bytes().all(plain) {
            return None;
        }
        Some(Authority {
            address: name.parse().ok(),
            host: name,
            port,
        })
    }

    /// As it stands in an address of ours: brackets around IPv6, the port if there is one.
    pub fn text(&self) -> String {
        let host = match self.address {
            Some(IpAddr::V6(six)) => format!("[{six}]"),
            _ => self.host.clone(),
        };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// Whether it is a name or an address of this box: `names` are its full names (`mail.example.org`, `pillarbox.local`), `local` is the address at which the client
    /// reached it. A first label is also ours where the house's router would put it (`pillarbox.lan`). Any address of a house will do: behind a port that is
    /// forwarded inside the house the box cannot know it.
    pub fn is_ours(&self, names: &[String], local: IpAddr) -> bool {
        if let Some(address) = self.address {
            return is_house_address(address) || address.to_canonical() == local.to_canonical();
        }
        let host = self.host.as_str();
        host == "localhost"
            || names.iter().any(|name| {
                let label = name.split('.').next().unwrap_or_default();
                let in_house = |suffix: &str| host.strip_suffix(suffix) == Some(label);
                name.eq_ignore_ascii_case(host) || HOUSE_SUFFIXES.into_iter().any(in_house)
            })
    }
}

/// `:PORT` or nothing; an empty port is none (RFC 3986 §3.2.3).
#[allow(clippy::option_option, reason = "a wrong port is not a missing one")]
fn port(text: &str) -> Option<Option<u16>> {
    let digits = match text.strip_prefix(':') {
        Some(digits) => digits,
        None if text.is_empty() => return Some(None),
        None => return None,
    };
    if digits.is_empty() {
        return Some(None);
    }
    let all_digits = digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_and_rubbish_is_refused() {
        for (text, written) in [
            ("Pillarbox.Local", Some("pillarbox.local")),
            ("pillarbox.local.:8443", Some("pillarbox.local:8443")),
            ("192.168.1.2:443", Some("192.168.1.2:443")),
            ("[FE80::1]:8443", Some("[fe80::1]:8443")),
            ("[::1]", Some("[::1]")),
            ("host:", Some("host")),
            ("", None),
            (".", None),
            ("a..", None),
            (".a", None),
            ("a..b", None),
            (":443", None),
            ("host:65536", None),
            ("host:+1", None),
            ("host:1:2", None),
            ("fe80::1", None),
            ("[fe80::1", None),
            ("[fe80::1%25eth0]", None),
            ("[1.2.3.4]", None),
            ("[::1]x", None),
            ("a b", None),
            ("user@host", None),
            ("a/b", None),
            ("α.gr", None),
            ("host\0", None),
        ] {
            let read = Authority::parse(text).map(|authority| authority.text());
            assert_eq!(read.as_deref(), written, "{text}");
        }
        assert_eq!(Authority::parse(&"a".repeat(263)), None);
    }

    #[test]
    fn only_names_and_addresses_of_ours_will_do() {
        let names = ["mail.example.org".to_owned(), "pillarbox.local".to_owned()];
        let local = "2a00::5".parse().unwrap();
        for (host, ours) in [
            ("mail.example.org", true),
            ("MAIL.example.org:8443", true),
            ("pillarbox.local", true),
            ("pillarbox", true),
            ("pillarbox.lan", true),
            ("mail.home.arpa", true),
            ("localhost", true),
            ("192.168.7.7", true),
            ("127.0.0.1", true),
            ("[2a00::5]", true),
            ("[2a00::6]", false),
            ("8.8.8.8", false),
            ("evil.example", false),
            ("pillarbox.evil.example", false),
            ("pillarbox.local.evil.example", false),
            ("example.org", false),
            ("lan", false),
            ("127.0.0.1.evil.example", false),
            ("2130706433", false),
            ("0x7f000001", false),
        ] {
            let authority = Authority::parse(host).unwrap();
            assert_eq!(authority.is_ours(&names, local), ours, "{host}");
        }
    }
}
