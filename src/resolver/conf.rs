//! The system's list of resolvers: resolv.conf(5), as far as a stub that needs no search list takes it.
//!
//! Heeded: `nameserver` (the first three, also `fe80::1%eth0`), `options timeout:n`. Not heeded: `trust-ad`, since who may be trusted is the
//! owner's to say in the settings; `attempts`, `edns0`, `rotate`, `search`. A file that is missing or names nobody means a resolver on this machine, as it does to libc.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// The DNS's port (RFC 1035 §4.2).
const PORT: u16 = 53;
/// The most resolvers, as in libc (MAXNS).
const SERVERS_MAX: usize = 3;
/// The longest file that is read: anything longer is no resolv.conf.
const FILE_MAX: u64 = 64 * 1024;
/// The file is looked at this often at most.
const LOOK: Duration = Duration::from_secs(2);
/// libc's bounds on `timeout`, in seconds.
const TIMEOUTS: std::ops::RangeInclusive<u64> = 1..=30;

/// The file and what it said.
pub(super) struct Conf {
    file: PathBuf,
    looked: Option<Instant>,
    /// What the file was like when it was read: its last change, its size, its number.
    stamp: Option<(SystemTime, u64, u64)>,
    said: Said,
}

/// What a file says.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Said {
    servers: Vec<SocketAddr>,
    /// Nobody is named: those above are merely presumed.
    presumed: bool,
    timeout: Option<Duration>,
}

impl Conf {
    pub(super) fn new(file: PathBuf) -> Conf {
        Conf {
            file,
            looked: None,
            stamp: None,
            said: read("", &|_| None),
        }
    }

    /// Reads the file again if it has changed; whether other servers stand in it now.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        if self
            .looked
            .is_some_and(|looked| now.saturating_duration_since(looked) < LOOK)
        {
            return false;
        }
        let first = self.looked.replace(now).is_none();
        let stamp = self.stamp();
        if stamp == self.stamp && !first {
            return false;
        }
        self.stamp = stamp;
        let text = match stamp {
            Some((_, size, _)) if size <= FILE_MAX => match std::fs::read(&self.file) {
                // Another file of this name, which the sandbox does not show: what was known is better than nothing.
                Err(error) if error.kind() == ErrorKind::PermissionDenied && !first => {
                    return false;
                }
                read => read.unwrap_or_default(),
            },
            _ => Vec::new(),
        };
        let said = read(&String::from_utf8_lossy(&text), &interface);
        let changed = said.servers != self.said.servers;
        self.said = said;
        changed
    }

    pub(super) fn servers(&self) -> &[SocketAddr] {
        &self.said.servers
    }

    /// Whether the file names anybody.
    pub(super) fn names_somebody(&self) -> bool {
        !self.said.presumed
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        self.said.timeout
    }

    fn stamp(&self) -> Option<(SystemTime, u64, u64)> {
        use std::os::unix::fs::MetadataExt as _;
        let data = std::fs::metadata(&self.file).ok()?;
        Some((data.modified().ok()?, data.len(), data.ino()))
    }
}

fn read(text: &str, interface: &dyn Fn(&str) -> Option<u32>) -> Said {
    let mut said = Said {
        servers: Vec::new(),
        presumed: false,
        timeout: None,
    };
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("nameserver") if said.servers.len() < SERVERS_MAX => {
                let address = words.next().and_then(|word| server(word, interface));
                said.servers
                    .extend(address.filter(|address| !said.servers.contains(address)));
            }
            Some("options") => {
                let mut seconds =
                    words.filter_map(|word| word.strip_prefix("timeout:")?.parse::<u64>().ok());
                let last = seconds
                    .next_back()
                    .map(|seconds| seconds.clamp(*TIMEOUTS.start(), *TIMEOUTS.end()));
                said.timeout = last.map(Duration::from_secs).or(said.timeout);
            }
            _ => {}
        }
    }
    if said.servers.is_empty() {
        said.presumed = true;
        said.servers.push((Ipv4Addr::LOCALHOST, PORT).into());
    }
    said
}

/// `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`: routers at home often give their link-local address.
fn server(word: &str, interface: &dyn Fn(&str) -> Option<u32>) -> Option<SocketAddr> {
    match word.split_once('%') {
        None => Some(SocketAddr::new(word.parse::<IpAddr>().ok()?, PORT)),
        Some((address, zone)) => {
            let scope = zone.parse().ok().or_else(|| interface(zone))?;
            Some(SocketAddrV6::new(address.parse().ok()?, PORT, 0, scope).into())
        }
    }
}

/// The number of the interface `name`.
fn interface(name: &str) -> Option<u32> {
    let any = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    rustix::net::netdevice::name_to_index(&any, name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<String> {
        let zone = |name: &str| (name == "eth0").then_some(7);
        read(text, &zone)
            .servers
            .iter()
            .map(SocketAddr::to_string)
            .collect()
    }

    #[test]
    fn files_are_read() {
        let table: &[(&str, &[&str])] = &[
            ("", &["127.0.0.1:53"]),
            (
                "# nameserver 192.0.2.1\n;nameserver 192.0.2.1\nnameserver\nnameserver x",
                &["127.0.0.1:53"],
            ),
            ("nameserver 192.0.2.1", &["192.0.2.1:53"]),
            (
                "search a b\nnameserver\t2001:db8::1 \r\nnameserver 192.0.2.1\n",
                &["[2001:db8::1]:53", "192.0.2.1:53"],
            ),
            (
                "nameserver 192.0.2.1\nnameserver 192.0.2.1",
                &["192.0.2.1:53"],
            ),
            (
                "nameserver fe80::1%eth0\nnameserver fe80::1%3\nnameserver fe80::1%none",
                &["[fe80::1%7]:53", "[fe80::1%3]:53"],
            ),
            (
                "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4",
                &["192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53"],
            ),
        ];
        for (text, wanted) in table {
            assert_eq!(addresses(text), *wanted, "{text}");
        }
    }

    #[test]
    fn the_timeout_is_bounded() {
        let table = [
            ("", None),
            ("options timeout:2 edns0", Some(2)),
            ("options timeout:0", Some(1)),
            ("options trust-ad timeout:900\noptions rotate", Some(30)),
        ];
        for (text, seconds) in table {
            assert_eq!(
                read(text, &|_| None).timeout,
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn a_changed_file_is_read_again() {
        let file = std::env::temp_dir().join(format!("pillarbox-resolv-{}", std::process::id()));
        std::fs::write(&file, "nameserver 192.0.2.1\n").unwrap();
        let mut conf = Conf::new(file.clone());
        let start = Instant::now();
        assert!(conf.look(start));
        assert!(!conf.look(start + LOOK * 2), "nothing new");
        std::fs::write(&file, "nameserver 192.0.2.22\n").unwrap();
        assert!(!conf.look(start + LOOK * 5 / 2), "not looked at so soon");
        assert!(conf.look(start + LOOK * 4));
        assert_eq!(conf.servers(), ["192.0.2.22:53".parse().unwrap()]);
        std::fs::remove_file(&file).unwrap();
        assert!(conf.look(start + LOOK * 6) && conf.servers() == ["127.0.0.1:53".parse().unwrap()]);
    }
}
