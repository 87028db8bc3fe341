//! Which addresses of a host may be dialed, and in which order: IPv4 first, IPv6 when this machine's own address has a name that leads back to it; never this
//! box itself, and no machine of the household unless the settings say so.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dns::{Answer, Data, Failure, Kind};
use queue::{Cause, Finding};

use crate::net::is_local;
use crate::resolver::Resolver;
use crate::settings::Ipv6;

/// Addresses of one host that are tried: a host with more gives each of them less of our time, not itself more.
const ADDRESSES_MAX: usize = 6;
/// How long it is believed that an IPv6 address of ours has, or lacks, a name.
const CONFIRMED_FOR: Duration = Duration::from_secs(60 * 60);
/// IPv6 addresses of this machine whose names are remembered.
const CONFIRMED_MAX: usize = 8;

/// A host's addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Addresses {
    /// In the order in which they are tried; never empty.
    pub(super) ips: Vec<IpAddr>,
    /// The host's name behind all CNAMEs.
    pub(super) canonical: String,
    /// A trusted resolver has verified them (DNSSEC).
    pub(super) validated: bool,
}

/// What may be dialed.
pub(super) struct Rules {
    pub(super) resolver: Resolver,
    pub(super) ipv6: Ipv6,
    /// Whether a stranger's DNS may lead to this machine and its network.
    pub(super) local_networks: bool,
    /// Where this box itself takes mail.
    pub(super) own: Vec<SocketAddr>,
    confirmed: Mutex<Vec<(Ipv6Addr, Instant, bool)>>,
}

impl Rules {
    pub(super) fn new(
        resolver: Resolver,
        ipv6: Ipv6,
        local_networks: bool,
        own: Vec<SocketAddr>,
    ) -> Rules {
        Rules {
            resolver,
            ipv6,
            local_networks,
            own,
            confirmed: Mutex::new(Vec::new()),
        }
    }

    /// The addresses of the host `name` for a connection to `port`. `chosen`: the owner named this host (a relay), so it may lie in the house.
    pub(super) async fn of_host(
        &self,
        name: &str,
        port: u16,
        chosen: bool,
        now: Instant,
    ) -> Result<Addresses, Finding> {
        let v4 = self.resolver.lookup(name, Kind::A).await;
        let v6 = match self.ipv6 {
            Ipv6::Never => Err(Failure::NoData { validated: false }),
            Ipv6::Confirmed | Ipv6::Always => self.resolver.lookup(name, Kind::Aaaa).await,
        };
        if let (Err(four), Err(six)) = (&v4, &v6) {
            return Err(no_address(name, four, six));
        }
        let validated = [&v4, &v6].into_iter().all(|answer| match answer {
            Ok(answer) => answer.validated,
            Err(failure) => self.ipv6 == Ipv6::Never || failure.validated(),
        });
        let canonical = [&v4, &v6]
            .into_iter()
            .find_map(|answer| answer.as_ref().ok())
            .map_or_else(|| name.to_owned(), |answer| answer.name.clone());
        let mut found = ips(&v4);
        let second = ips(&v6);
        if self.ipv6 == Ipv6::Always {
            found.splice(..0, second);
        } else {
            found.extend(second);
        }
        let ips = self.permitted(name, found, port, chosen, now).await?;
        Ok(Addresses {
            ips,
            canonical,
            validated,
        })
    }

    /// Those of `found` that may be dialed; never empty. A finding is about this host alone: others of the destination may be better off.
    pub(super) async fn permitted(
        &self,
        name: &str,
        found: Vec<IpAddr>,
        port: u16,
        chosen: bool,
        now: Instant,
    ) -> Result<Vec<IpAddr>, Finding> {
        let mut refused = None;
        let mut ips = Vec::new();
        for ip in found {
            let ip = ip.to_canonical();
            let in_the_house = !self.local_networks && is_local(ip);
            if ip.is_unspecified() || (!chosen && in_the_house) {
                // Filters and name servers of the house answer so, about hosts that the world reaches: nobody's letter is returned for that at once.
                refused = Some(Finding::of_one_host(
                    Cause::Dns,
                    &format!(
                        "{name} has the address {ip} here, which is no address on the internet: a name server or filter of this network may be wrong (local_networks in [send] would allow it)"
                    ),
                ));
            } else if self.is_this_box(ip, port) {
                refused.get_or_insert_with(|| {
                    Finding::of_one_host(
                        Cause::Loop,
                        &format!("{name} is this box itself ({ip}), which does not take this mail"),
                    )
                });
            } else if !ips.contains(&ip) && self.may_use(ip, now).await {
                ips.push(ip);
            } else {
                refused.get_or_insert_with(|| {
                    Finding::of(
                        Cause::NoNetwork,
                        &format!("{name} can only be reached over IPv6, for which this box has no address with a name of its own"),
                    )
                });
            }
            if ips.len() >= ADDRESSES_MAX {
                break;
            }
        }
        match refused {
            Some(finding) if ips.is_empty() => Err(finding),
            _ => Ok(ips),
        }
    }

    /// Whether mail dialed there would come back in by our own door.
    pub(super) fn is_this_box(&self, ip: IpAddr, port: u16) -> bool {
        self.own
            .iter()
            .filter(|door| door.port() == port)
            .any(|door| {
                let listens = door.ip().to_canonical();
                listens == ip || (listens.is_unspecified() && is_this_machine(ip))
            })
    }

    async fn may_use(&self, ip: IpAddr, now: Instant) -> bool {
        match (ip, self.ipv6) {
            (IpAddr::V4(_), _) | (IpAddr::V6(_), Ipv6::Always) => true,
            (IpAddr::V6(_), Ipv6::Never) => false,
            (IpAddr::V6(to), Ipv6::Confirmed) => match source(to) {
                Some(source) => self.is_confirmed(source, now).await,
                None => false,
            },
        }
    }

    /// Whether our address has a name that leads back to it: many refuse mail from one that has none.
    async fn is_confirmed(&self, ours: Ipv6Addr, now: Instant) -> bool {
        let known = {
            let confirmed = self.confirmed.lock();
            let confirmed = confirmed.unwrap_or_else(PoisonError::into_inner);
            confirmed
                .iter()
                .find(|(known, until, _)| *known == ours && *until > now)
                .map(|(_, _, yes)| *yes)
        };
        if let Some(known) = known {
            return known;
        }
        let yes = self.leads_back(ours).await;
        let mut confirmed = self
            .confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        confirmed.retain(|(known, until, _)| *known != ours && *until > now);
        confirmed.truncate(CONFIRMED_MAX.saturating_sub(1));
        confirmed.push((ours, now + CONFIRMED_FOR, yes));
        yes
    }

    async fn leads_back(&self, ours: Ipv6Addr) -> bool {
        let reverse = dns::reverse_name(IpAddr::V6(ours));
        let Ok(names) = self.resolver.lookup(&reverse, Kind::Ptr).await else {
            return false;
        };
        for name in names.data.iter().take(3) {
            if let Data::Ptr(name) = name
                && ips(&self.resolver.lookup(name, Kind::Aaaa).await).contains(&IpAddr::V6(ours))
            {
                return true;
            }
        }
        false
    }
}

fn ips(answer: &Result<Answer, Failure>) -> Vec<IpAddr> {
    let data = answer.as_ref().map(|answer| answer.data.as_slice());
    data.unwrap_or_default()
        .iter()
        .filter_map(Data::ip)
        .collect()
}

fn no_address(name: &str, four: &Failure, six: &Failure) -> Finding {
    if four.is_permanent() && six.is_permanent() {
        return Finding::of_one_host(
            Cause::NoHost,
            &format!("{name} has no address in the DNS ({four})"),
        );
    }
    let worse = if four.is_permanent() { six } else { four };
    Finding::of_one_host(
        Cause::Dns,
        &format!("the DNS does not say which address {name} has: {worse}"),
    )
}

/// Which address of ours a connection to `to` would come from; sends nothing.
fn source(to: Ipv6Addr) -> Option<Ipv6Addr> {
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((to, 25)).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V6(ip) => Some(ip),
        IpAddr::V4(_) => None,
    }
}

/// Whether an address belongs to this machine: only then can a socket be bound to it.
fn is_this_machine(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_lying_name_server_says_is_not_final_and_one_good_address_is_enough() {
        use smtp::client::{Fate, Scope};
        let permitted = |local_networks: bool, found: &[&str]| {
            let resolver = Resolver::new(crate::resolver::ResolverSettings::default());
            let own = vec!["0.0.0.0:25".parse().unwrap()];
            let rules = Rules::new(resolver, Ipv6::Never, local_networks, own);
            let found = found.iter().map(|ip| ip.parse().unwrap()).collect();
            let permitted = rules.permitted("mx.test", found, 25, false, Instant::now());
            async_io::block_on(permitted).map_err(|finding| {
                assert_eq!(finding.scope, Scope::Host);
                (finding.cause, finding.fate)
            })
        };
        let later = Err((Cause::Dns, Fate::Later));
        for lie in ["0.0.0.0", "::", "10.1.2.3", "127.0.0.1"] {
            assert_eq!(permitted(false, &[lie]), later, "{lie}");
            let good: IpAddr = "193.0.0.1".parse().unwrap();
            assert_eq!(permitted(false, &[lie, "193.0.0.1"]), Ok(vec![good]));
        }
        assert_eq!(permitted(true, &["0.0.0.0"]), later);
        assert_eq!(
            permitted(true, &["127.0.0.1"]),
            Err((Cause::Loop, Fate::Never))
        );
        assert_eq!(permitted(true, &["127.0.0.1", "0.0.0.0"]), later);
        assert_eq!(permitted(true, &["0.0.0.0", "127.0.0.1"]), later);
    }

    #[test]
    fn our_own_door_is_known_by_address_and_port() {
        let rules = |own: &str| {
            let own = vec![own.parse().unwrap()];
            let resolver = Resolver::new(crate::resolver::ResolverSettings::default());
            Rules::new(resolver, Ipv6::Never, true, own)
        };
        let local: IpAddr = "127.0.0.3".parse().unwrap();
        let other: IpAddr = "192.0.2.1".parse().unwrap();
        assert!(rules("0.0.0.0:25").is_this_box(local, 25));
        assert!(!rules("0.0.0.0:25").is_this_box(other, 25));
        assert!(!rules("0.0.0.0:2525").is_this_box(local, 25));
        assert!(!rules("127.0.0.1:25").is_this_box(local, 25));
        assert!(rules("192.0.2.1:25").is_this_box(other, 25));
    }
}
