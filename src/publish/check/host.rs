//! Where the box is, who takes the domain's mail, and what the line's reverse name says.

use std::net::IpAddr;

use dns::{Data, Failure, Kind};

use super::{Check, Finding, State};
use crate::publish::RelayUse;

/// Addresses of a host that are looked at.
const ADDRESSES_MAX: usize = 4;

impl Check<'_> {
    /// The box's addresses in the DNS. `Err`: the DNS is silent.
    pub(super) async fn host(&self, findings: &mut Vec<Finding>) -> Result<Vec<IpAddr>, Failure> {
        let host = &self.facts.hostname;
        let mut addresses = Vec::new();
        for kind in [Kind::A, Kind::Aaaa] {
            match self.asker.look(host, kind).await {
                Ok(answer) => addresses.extend(answer.data.iter().filter_map(|data| match data {
                    Data::A(address) => Some(IpAddr::V4(*address)),
                    Data::Aaaa(address) => Some(IpAddr::V6(*address)),
                    _ => None,
                })),
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
        let (state, sentence) = if addresses.is_empty() {
            let sentence = format!(
                "{host} has no address in the DNS, so nobody can reach the box: publish an A record with the public address of your line."
            );
            (State::Missing, sentence)
        } else if !private.is_empty() {
            let sentence = format!(
                "{host} has the address {} in the DNS, which only works inside a house or a provider's network: publish the public address of your line (if the line has none, mail \
                cannot come in directly).",
                comma(&private)
            );
            (State::Wrong, sentence)
        } else if !known.is_empty() && !addresses.iter().any(|address| known.contains(address)) {
            let sentence = format!(
                "{host} has the address {list} in the DNS, but your line has {}: change the record.",
                comma(known)
            );
            (State::Wrong, sentence)
        } else {
            (State::Right, format!("{host} has the address {list}."))
        };
        findings.push(self.finding(host, Kind::A, state, sentence));
        addresses.retain(|address| !is_private(address));
        Ok(addresses)
    }

    pub(super) async fn mx(&self) -> Finding {
        let (domain, host) = (self.domain, &self.facts.hostname);
        let answer = match self.asker.look(domain, Kind::Mx).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_permanent() => {
                let sentence = format!(
                    "{domain} has no MX record, so other servers do not know that {host} takes its mail: publish it."
                );
                return self.finding(domain, Kind::Mx, State::Missing, sentence);
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
        let (state, sentence) = match ours {
            None if others == ["."] => (
                State::Wrong,
                format!(
                    "The MX record of {domain} says that it takes no mail at all: put {host} there instead."
                ),
            ),
            None => (
                State::Wrong,
                format!(
                    "Mail for {domain} goes to {} and not to this box: put {host} there instead, once you want its mail to come here.",
                    others.join(", ")
                ),
            ),
            Some(_) if others.is_empty() => (
                State::Right,
                format!("Mail for {domain} comes to this box ({host})."),
            ),
            Some((preference, _)) if Some(*preference) == first => (
                State::Note,
                format!(
                    "Mail for {domain} comes to this box ({host}) first; {} may take some of it too, which is right only if that is wanted.",
                    others.join(", ")
                ),
            ),
            Some(_) => (
                State::Wrong,
                format!(
                    "Mail for {domain} goes to {} before this box: remove those MX records, or give {host} the lowest number.",
                    others.join(", ")
                ),
            ),
        };
        self.finding(domain, Kind::Mx, state, sentence)
    }

    /// Only ever a note: it is the provider's to set, behind a router it often differs, and with a relay it does not matter.
    pub(super) async fn reverse(&self, addresses: &[IpAddr], findings: &mut Vec<Finding>) {
        if let RelayUse::Everything(relay) = &self.facts.relay {
            let sentence =
                format!("The reverse name of your line does not matter: {relay} sends your mail.");
            findings.push(self.finding(&self.facts.hostname, Kind::Ptr, State::Note, sentence));
            return;
        }
        for address in addresses {
            let (state, sentence) = self.reverse_of(*address).await;
            findings.push(self.finding(&address.to_string(), Kind::Ptr, state, sentence));
        }
    }

    async fn reverse_of(&self, address: IpAddr) -> (State, String) {
        let names = match self
            .asker
            .look(&dns::reverse_name(address), Kind::Ptr)
            .await
        {
            Ok(answer) => answer.data,
            Err(failure) if failure.is_permanent() => {
                let sentence = format!(
                    "{address} has no reverse name, for which large providers turn mail away: ask your internet provider for one ({}), or send through a relay.",
                    self.facts.hostname
                );
                return (State::Note, sentence);
            }
            Err(failure) => {
                let sentence = format!("The reverse name of {address} is not known: {failure}.");
                return (State::Unknown, sentence);
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
            let leads_back = back.is_ok_and(|answer| {
                answer.data.iter().any(|data| match data {
                    Data::A(back) => IpAddr::V4(*back) == address,
                    Data::Aaaa(back) => IpAddr::V6(*back) == address,
                    _ => false,
                })
            });
            if leads_back {
                let sentence = format!("The reverse name of {address} is {name}, and leads back.");
                return (State::Right, sentence);
            }
            last.clone_from(name);
        }
        let sentence = format!(
            "The reverse name of {address} is {last}, which does not lead back to it; some providers turn mail away for that. Your internet provider can set it to {}.",
            self.facts.hostname
        );
        (State::Note, sentence)
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
