//! What a server gives, judged: a lease is only what a household's network can mean, whatever was sent.
//!
//! Refused (the message is as good as not sent): no server id, no lease time or less than [`LEASE_MIN`]; an address that no host can have
//! (0/8, 127/8, link-local, multicast, reserved, the subnet's own or its broadcast). Mended: a mask that is none or
//! swallows a class A net becomes the one that the address has by its class, as before there were masks; a lease longer than [`LEASE_MAX`]
//! is asked for anew by then; T1 and T2 out of order become the halves and eighths of RFC 2131 §4.4.5. Left out: a router that is outside of the
//! net or is ourselves (except beside a /32, where providers mean it so), resolvers and time servers that are no host.
//!
//! What this cannot do: tell the household's router from a stranger's. DHCP has no proof of who answers, so whoever shares the cable can
//! name himself router and resolver; mail is then as safe as TLS and the checks of names make it, which is what they are for. Plugged
//! straight into a provider's socket, the box gets a public address: [`Lease::is_public`] says so, and the server can say it to people.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::packet::Answer;

/// A lease of fewer seconds cannot be renewed in time over a bad cable, and would make the box a hammer.
pub const LEASE_MIN: Duration = Duration::from_secs(10);
/// A lease is never trusted longer: a renewal a week costs nothing, and "for ever" (0xffffffff) outlives many routers.
pub const LEASE_MAX: Duration = Duration::from_secs(7 * 86_400);

/// An address to use for a while, and what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// Ours.
    pub address: Ipv4Addr,
    /// The net's prefix length, 8 to 32.
    pub prefix: u8,
    /// The way out.
    pub gateway: Option<Ipv4Addr>,
    /// Resolvers.
    pub dns: Vec<Ipv4Addr>,
    /// Time servers.
    pub ntp: Vec<Ipv4Addr>,
    /// What the net calls itself.
    pub domain: Option<String>,
    /// Who gave it.
    pub server: Ipv4Addr,
    /// When it was asked for: its times count from there.
    pub began: Instant,
    /// After this it is renewed (T1).
    pub renew: Duration,
    /// After this anybody may renew it (T2).
    pub rebind: Duration,
    /// After this it must not be used.
    pub lasts: Duration,
    /// A router was named that cannot be reached from this address.
    pub odd_router: Option<Ipv4Addr>,
}

impl Lease {
    /// What `answer` gives, if it gives anything that makes sense.
    pub fn judge(answer: &Answer, began: Instant) -> Option<Lease> {
        let server = answer.server.filter(|server| is_host(*server))?;
        let lasts = Duration::from_secs(answer.lease?.into()).min(LEASE_MAX);
        if lasts < LEASE_MIN || !is_host(answer.address) || answer.address.is_link_local() {
            return None;
        }
        let address = answer.address;
        let prefix = answer
            .mask
            .and_then(prefix)
            .unwrap_or_else(|| by_class(address));
        if prefix < 31 && is_an_end(address, prefix) {
            return None;
        }
        let reaches = |router: Ipv4Addr| {
            prefix == 32 || (same_net(router, address, prefix) && !is_an_end(router, prefix))
        };
        let mut routers = answer
            .routers
            .iter()
            .copied()
            .filter(|router| is_host(*router) && *router != address);
        let gateway = routers.clone().find(|router| reaches(*router));
        let odd_router = routers.find(|router| !reaches(*router));
        let hosts =
            |list: &[Ipv4Addr]| list.iter().copied().filter(|host| is_host(*host)).collect();
        let (renew, rebind) = times(answer, lasts);
        Some(Lease {
            address,
            prefix,
            gateway,
            dns: hosts(&answer.dns),
            ntp: hosts(&answer.ntp),
            domain: answer.domain.clone(),
            server,
            began,
            renew,
            rebind,
            lasts,
            odd_router: odd_router.filter(|_| gateway.is_none()),
        })
    }

    /// Whether a household's router would give it: what lacks a way out or a resolver can wait for a better offer.
    pub fn is_whole(&self) -> bool {
        self.gateway.is_some() && !self.dns.is_empty()
    }

    /// The whole Internet can reach this address: not one of RFC 1918, nor of a provider's shared space (RFC 6598).
    pub fn is_public(&self) -> bool {
        let [a, b, ..] = self.address.octets();
        !(self.address.is_private() || a == 100 && (64..128).contains(&b))
    }

    /// When it ends.
    pub fn ends(&self) -> Instant {
        self.began + self.lasts
    }
}

/// T1 and T2 as the server wants them, if they can be kept.
fn times(answer: &Answer, lasts: Duration) -> (Duration, Duration) {
    let said = |seconds: Option<u32>| seconds.map(|seconds| Duration::from_secs(seconds.into()));
    match (said(answer.renew), said(answer.rebind)) {
        (Some(t1), Some(t2)) if t1 >= LEASE_MIN / 4 && t1 < t2 && t2 < lasts => (t1, t2),
        _ => (lasts / 2, lasts / 8 * 7),
    }
}

/// Length of a mask of ones and then zeros, not shorter than a class A net's.
fn prefix(mask: Ipv4Addr) -> Option<u8> {
    let bits = u32::from(mask);
    let ones = bits.leading_ones();
    (bits.count_ones() == ones && ones >= 8).then_some(ones as u8)
}

fn by_class(address: Ipv4Addr) -> u8 {
    match address.octets() {
        [0..=127, ..] => 8,
        [128..=191, ..] => 16,
        _ => 24,
    }
}

fn same_net(one: Ipv4Addr, other: Ipv4Addr, prefix: u8) -> bool {
    let away = 32_u32.saturating_sub(prefix.into());
    u32::from(one).checked_shr(away) == u32::from(other).checked_shr(away)
}

/// The net itself or its broadcast.
fn is_an_end(address: Ipv4Addr, prefix: u8) -> bool {
    let hosts = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    let host = u32::from(address) & hosts;
    prefix < 31 && (host == 0 || host == hosts)
}

/// An address that one host somewhere can have.
fn is_host(address: Ipv4Addr) -> bool {
    let [first, ..] = address.octets();
    first != 0 && first != 127 && first < 224
}

#[cfg(test)]
#[path = "lease_tests.rs"]
pub(super) mod tests;
