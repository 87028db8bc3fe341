//! Where the box is, who takes the domain's mail, and what the line's reverse name says.

use std::net::IpAddr;

use dns::{Data, Failure, Kind};

use super::{Check, Finding, State};
use crate::publish::said::say;
use crate::publish::{RelayUse, Said};

/// Addresses of a host that are looked at.
const ADDRESSES_MAX: usize = 4;

impl Check<'_> {
    /// The box's addresses in the DNS. `Err`: the DNS is silent.
    pub(super) async fn host(&self, findings: &mut Vec<Finding>) -> Result<Vec<IpAddr>, Failure> {
        let host = &self.facts.hostname;
        let mut addresses = Vec::new();
        for kind in [Kind::A, Kind::Aaaa] {
            match self.asker.look(host, kind).await {
                Ok(answer) => addresses.extend(answer.data.iter().filter_map(Data::ip)),
                Err(failure) if failure.is_permanent() => {}
                // One of the two is enough to go on with.
                Err(failure) if kind == Kind::A => return Err(failure),
                Err(_) => {}
            }
        }
        addresses.truncate(ADDRESSES_MAX);
        let known = &self.facts.addresses;
        let private: Vec<IpAddr> = addresses.iter().copied().filter(is_private).collect();
        let list = comma(&addresses);
        let (state, said) = if addresses.is_empty() {
            let said = say!(findings.host_missing, host = host);
            (State::Missing, said)
        } else if !private.is_empty() {
            let said = say!(
                findings.host_private,
                host = host,
                addresses = &comma(&private)
            );
            (State::Wrong, said)
        } else if !known.is_empty() && !addresses.iter().any(|address| known.contains(address)) {
            let said = say!(
                findings.host_other,
                host = host,
                addresses = &list,
                line = &comma(known)
            );
            (State::Wrong, said)
        } else {
            (
                State::Right,
                say!(findings.host_right, host = host, addresses = &list),
            )
        };
        findings.push(self.finding(host, Kind::A, state, said));
        addresses.retain(|address| !is_private(address));
        Ok(addresses)
    }

    pub(super) async fn mx(&self) -> Finding {
        let (domain, host) = (self.domain, &self.facts.hostname);
        let answer = match self.asker.look(domain, Kind::Mx).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_permanent() => {
                let said = say!(findings.mx_missing, domain = domain, host = host);
                return self.finding(domain, Kind::Mx, State::Missing, said);
            }
            Err(failure) => return self.silence(domain, Kind::Mx, &failure),
        };
        let mut hosts: Vec<(u16, &str)> = answer
            .data
            .iter()
            .filter_map(|data| match data {
                Data::Mx {
                    preference,
                    exchange,
                } => Some((*preference, exchange.as_str())),
                _ => None,
            })
            .collect();
        hosts.sort_unstable();
        let ours = hosts
            .iter()
            .find(|(_, name)| mail::domains_equal(name, host));
        let others: Vec<&str> = hosts
            .iter()
            .map(|(_, name)| *name)
            .filter(|name| !mail::domains_equal(name, host))
            .collect();
        let first = hosts.first().map(|(preference, _)| *preference);
        let (state, said) = match ours {
            None if others == ["."] => (
                State::Wrong,
                say!(findings.mx_null, domain = domain, host = host),
            ),
            None => (
                State::Wrong,
                say!(
                    findings.mx_elsewhere,
                    domain = domain,
                    host = host,
                    others = &others.join(", ")
                ),
            ),
            Some(_) if others.is_empty() => (
                State::Right,
                say!(findings.mx_right, domain = domain, host = host),
            ),
            Some((preference, _)) if Some(*preference) == first => (
                State::Note,
                say!(
                    findings.mx_shared,
                    domain = domain,
                    host = host,
                    others = &others.join(", ")
                ),
            ),
            Some(_) => (
                State::Wrong,
                say!(
                    findings.mx_behind,
                    domain = domain,
                    host = host,
                    others = &others.join(", ")
                ),
            ),
        };
        self.finding(domain, Kind::Mx, state, said)
    }

    /// Only ever a note: it is the provider's to set, behind a router it often differs, and with a relay it does not matter.
    pub(super) async fn reverse(&self, addresses: &[IpAddr], findings: &mut Vec<Finding>) {
        if let RelayUse::Everything(relay) = &self.facts.relay {
            let said = say!(findings.reverse_relay, relay = relay);
            findings.push(self.finding(&self.facts.hostname, Kind::Ptr, State::Note, said));
            return;
        }
        for address in addresses {
            let (state, said) = self.reverse_of(*address).await;
            findings.push(self.finding(&address.to_string(), Kind::Ptr, state, said));
        }
    }

    async fn reverse_of(&self, address: IpAddr) -> (State, Said) {
        let names = match self
            .asker
            .look(&dns::reverse_name(address), Kind::Ptr)
            .await
        {
            Ok(answer) => answer.data,
            Err(failure) if failure.is_permanent() => {
                let said = say!(
                    findings.reverse_none,
                    address = &address.to_string(),
                    host = &self.facts.hostname
                );
                return (State::Note, said);
            }
            Err(failure) => {
                let said = say!(
                    findings.reverse_unknown,
                    address = &address.to_string(),
                    reason = &failure.to_string()
                );
                return (State::Unknown, said);
            }
        };
        let kind = match address {
            IpAddr::V4(_) => Kind::A,
            IpAddr::V6(_) => Kind::Aaaa,
        };
        let mut last = String::new();
        for name in names.iter().take(ADDRESSES_MAX) {
            let Data::Ptr(name) = name else { continue };
            let back = self.asker.look(name, kind).await;
            let leads_back =
                back.is_ok_and(|answer| answer.data.iter().any(|data| data.ip() == Some(address)));
            if leads_back {
                let said = say!(
                    findings.reverse_right,
                    address = &address.to_string(),
                    name = name
                );
                return (State::Right, said);
            }
            last.clone_from(name);
        }
        let said = say!(
            findings.reverse_astray,
            address = &address.to_string(),
            name = &last,
            host = &self.facts.hostname
        );
        (State::Note, said)
    }
}

fn comma(addresses: &[IpAddr]) -> String {
    let list: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    list.join(", ")
}

/// An address that the world cannot reach: RFC 1918, RFC 6598 (a provider's own network), RFC 4193, link-local, loopback.
fn is_private(address: &IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => {
            let [first, ..] = v6.segments();
            v6.is_loopback()
                || v6.is_unspecified()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
        }
    }
}
