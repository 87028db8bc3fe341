//! Where a letter goes: into the house, to a relay, to the hosts that DNS names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dns::{Kind, MailHosts, mail_hosts};
use queue::{Cause, Finding};
use store::{DestinationNotes, Relay, RelayScope};

use super::random;
use super::seats::Way;
use crate::resolver::Resolver;

/// After a rejection for who we are a destination is sent to by the fall-back relay for so long, then tried directly again, seconds: 30 days.
const AVOID: i64 = 30 * 86_400;

/// A host to be tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Host {
    /// Its name, or the address literal.
    pub(super) name: String,
    /// The address that the literal names.
    pub(super) literal: Option<IpAddr>,
}

/// The hosts of a destination in the order in which they are tried; never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hosts {
    pub(super) hosts: Vec<Host>,
    /// The destination's name behind all aliases.
    pub(super) canonical: String,
    /// A trusted resolver has verified the list (DANE needs it).
    pub(super) validated: bool,
    /// There is no list: the domain is its own mail host.
    pub(super) implicit: bool,
}

/// The relay that mail for `destination` goes by, if it goes by one. `fallback`: what the destination's notes say about going directly.
pub(super) fn relay_for<'r>(
    relays: &'r [Relay],
    destination: &str,
    notes: Option<&DestinationNotes>,
    wall: i64,
) -> Option<&'r Relay> {
    let find = |scope: &RelayScope| relays.iter().find(|relay| relay.scope == *scope);
    let avoids = notes
        .and_then(|notes| notes.avoid_direct)
        // A clock that was set back makes the note neither younger nor eternal.
        .is_some_and(|since| {
            (since.saturating_sub(AVOID)..since.saturating_add(AVOID)).contains(&wall)
        });
    find(&RelayScope::Domain(destination.to_owned()))
        .or_else(|| find(&RelayScope::Everything))
        .or_else(|| find(&RelayScope::Fallback).filter(|_| avoids))
}

/// Whether the destination's notes matter for its way: not where a relay is set for it, or none to fall back to.
pub(super) fn asks_for_notes(relays: &[Relay], destination: &str) -> bool {
    has_fallback(relays) && relay_for(relays, destination, None, 0).is_none()
}

/// Whether all letters go the same way, whatever their destination.
pub(super) fn is_one_way(relays: &[Relay]) -> bool {
    let has = |kind: fn(&RelayScope) -> bool| relays.iter().any(|relay| kind(&relay.scope));
    has(|scope| *scope == RelayScope::Everything)
        && !has(|scope| matches!(scope, RelayScope::Domain(_)))
}

/// Whether there is a relay to fall back to.
pub(super) fn has_fallback(relays: &[Relay]) -> bool {
    relays
        .iter()
        .any(|relay| relay.scope == RelayScope::Fallback)
}

/// What connections to it are counted by.
pub(super) fn way(relay: Option<&Relay>, destination: &str) -> Way {
    match relay {
        Some(relay) => Way::Relay {
            host: relay.host.to_ascii_lowercase(),
            port: relay.port,
            user: relay.user.clone(),
        },
        None => Way::Direct(destination.to_owned()),
    }
}

/// The hosts of a destination (RFC 5321 §5.1): a domain's by MX, or the one of an address literal. Never this box itself.
pub(super) async fn hosts(
    resolver: &Resolver,
    destination: &str,
    hostname: &str,
) -> Result<Hosts, Finding> {
    if let Some(literal) = destination.strip_prefix('[') {
        let ip = literal_address(literal.strip_suffix(']').unwrap_or(literal));
        let ip = ip.ok_or_else(|| {
            let words = format!("{destination} is not an address that mail can be sent to");
            Finding::of(Cause::NoHost, &words)
        })?;
        return Ok(Hosts {
            hosts: vec![Host {
                name: destination.to_owned(),
                literal: Some(ip),
            }],
            canonical: destination.to_owned(),
            validated: false,
            implicit: true,
        });
    }
    let mx = resolver.lookup(destination, Kind::Mx).await;
    let canonical = mx
        .as_ref()
        .map_or(destination, |answer| answer.name.as_str())
        .to_owned();
    let found = match mail_hosts(mx, destination, u64::from_ne_bytes(random())) {
        MailHosts::Hosts(found) => found,
        MailHosts::NullMx => {
            let words = format!("{destination} takes no mail (its MX record says so)");
            return Err(Finding::of(Cause::NullMx, &words));
        }
        MailHosts::NoSuchDomain => {
            let words = format!("there is no domain {destination} in the DNS");
            return Err(Finding::of(Cause::NoSuchDomain, &words));
        }
        MailHosts::Unusable(words) => return Err(Finding::of(Cause::NoHost, &words)),
        MailHosts::Later(words) => {
            let words = format!("the DNS does not say who takes mail for {destination}: {words}");
            return Err(Finding::of(Cause::Dns, &words));
        }
    };
    let hosts = better_than_us(found.hosts, hostname);
    if hosts.is_empty() {
        let words = format!(
            "{destination} names this box ({hostname}) as its best mail host, but the box does not know the domain"
        );
        return Err(Finding::of(Cause::Loop, &words));
    }
    Ok(Hosts {
        hosts: hosts
            .into_iter()
            .map(|name| Host {
                name,
                literal: None,
            })
            .collect(),
        canonical,
        validated: found.validated,
        implicit: found.implicit,
    })
}

/// If this box is among the hosts, only those are left that are preferred to it: the others would send the mail back (RFC 5321 §5.1).
pub(super) fn better_than_us(hosts: Vec<(u16, String)>, hostname: &str) -> Vec<String> {
    let ours = hosts
        .iter()
        .filter(|(_, name)| mail::domains_equal(name, hostname))
        .map(|(preference, _)| *preference)
        .min();
    hosts
        .into_iter()
        .filter(|(preference, _)| ours.is_none_or(|ours| *preference < ours))
        .map(|(_, name)| name)
        .collect()
}

/// `192.0.2.1` or `IPv6:2001:db8::1` (RFC 5321 §4.1.3).
fn literal_address(text: &str) -> Option<IpAddr> {
    if let Ok(ip) = text.parse::<Ipv4Addr>() {
        return Some(ip.into());
    }
    let (tag, address) = text.split_at_checked("IPv6:".len())?;
    tag.eq_ignore_ascii_case("IPv6:")
        .then(|| address.parse::<Ipv6Addr>().ok().map(IpAddr::from))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::RelayTls;

    fn relay(scope: RelayScope, host: &str) -> Relay {
        Relay {
            scope,
            host: host.to_owned(),
            port: 587,
            tls: RelayTls::StartTls,
            user: None,
            password: None,
        }
    }

    #[test]
    fn relays_go_from_the_narrowest_to_the_widest_and_the_fallback_only_where_we_were_rejected() {
        let domain = relay(RelayScope::Domain("a.test".to_owned()), "d");
        let all = relay(RelayScope::Everything, "e");
        let fallback = relay(RelayScope::Fallback, "f");
        let both = [all, domain.clone(), fallback.clone()];
        let host = |relays: &[Relay], destination: &str, avoid: Option<i64>| {
            let notes = DestinationNotes {
                avoid_direct: avoid,
                ..DestinationNotes::default()
            };
            relay_for(relays, destination, Some(&notes), 5_000_000).map(|relay| relay.host.clone())
        };
        assert_eq!(host(&both, "a.test", None).as_deref(), Some("d"));
        assert_eq!(host(&both, "b.test", None).as_deref(), Some("e"));
        assert!(!asks_for_notes(&both, "b.test") && !is_one_way(&both));
        assert!(is_one_way(&both[..1]) && !is_one_way(&[]));
        let some = [domain, fallback];
        assert!(asks_for_notes(&some, "b.test") && !asks_for_notes(&some, "a.test"));
        assert!(!asks_for_notes(&some[..1], "b.test") && !is_one_way(&some));
        assert_eq!(host(&some, "b.test", None), None);
        assert_eq!(host(&some, "b.test", Some(4_000_000)).as_deref(), Some("f"));
        assert_eq!(host(&some, "b.test", Some(2_000_000)), None, "long ago");
    }

    #[test]
    fn only_hosts_that_are_preferred_to_us_are_left() {
        let list = |names: &[(u16, &str)]| {
            names
                .iter()
                .map(|(preference, name)| (*preference, (*name).to_owned()))
                .collect::<Vec<_>>()
        };
        let hosts = list(&[
            (5, "a.test"),
            (10, "Us.test"),
            (10, "b.test"),
            (20, "c.test"),
        ]);
        assert_eq!(better_than_us(hosts.clone(), "us.test"), ["a.test"]);
        assert_eq!(better_than_us(hosts, "other.test").len(), 4);
        assert!(better_than_us(list(&[(0, "us.test")]), "us.test").is_empty());
    }

    #[test]
    fn literals_are_addresses() {
        assert_eq!(
            literal_address("192.0.2.1"),
            Some([192, 0, 2, 1].map(u8::from).into())
        );
        let six: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(literal_address("IPv6:2001:db8::1"), Some(six));
        assert_eq!(literal_address("ipv6:2001:DB8::1"), Some(six));
        for bad in ["2001:db8::1", "192.0.2", "IPv6:", "tag:x", ""] {
            assert_eq!(literal_address(bad), None, "{bad}");
        }
    }
}
