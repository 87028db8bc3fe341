//! The records of a link: what this box says there of its names, addresses and services (RFC 6763).
//!
//! ```text
//! pillarbox.local                      A AAAA NSEC       unique, probed for
//! 5.1.168.192.in-addr.arpa             PTR NSEC          unique by nature (RFC 6762 §8.1: no probe)
//! _imaps._tcp.local                    PTR               shared
//! _services._dns-sd._udp.local         PTR               shared
//! Pillarbox._imaps._tcp.local          SRV TXT NSEC      unique, probed for
//! ```

use std::net::{IpAddr, SocketAddr};

use crate::identity::{Claim, Identity, Service};
use crate::limits;
use crate::name::Name;
use crate::network::{Network, reverse_labels};
use crate::record::{Data, kind, same_data};
use crate::responder::Time;

/// What a record is to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Unique, under a name that is probed for.
    Probed,
    /// Unique, under the reverse name of an address.
    Reverse,
    /// One of many hosts' under this name.
    Shared,
    /// Says what there is not (RFC 6762 §6.1); only sent where that is the news.
    Nothing,
}

/// A multicast answer that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) at: Time,
    /// The only one who asked; `None`: several did, and no one's known answers can take it back (RFC 6762 §7.2).
    pub(crate) asker: Option<SocketAddr>,
    /// Waits for known answers that are to come; goes out with no others before its time.
    pub(crate) waits: bool,
    /// Against a probe: may follow sooner on its last time.
    pub(crate) defends: bool,
}

/// A record with what became of it on this link.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: Name,
    pub(crate) data: Data,
    /// The data with names spelled out.
    pub(crate) spelled: Vec<u8>,
    /// Seconds.
    pub(crate) ttl: u32,
    pub(crate) role: Role,
    pub(crate) claim: Claim,
    /// When it was last multicast on this link.
    pub(crate) last: Option<Time>,
    pub(crate) due: Option<Due>,
    /// Somebody else says otherwise, and there is no other name to take: not said any more.
    pub(crate) yielded: bool,
}

impl Entry {
    pub(crate) fn kind(&self) -> u16 {
        self.data.kind()
    }

    pub(crate) fn is_unique(&self) -> bool {
        self.role != Role::Shared
    }

    /// Of one set: sent together, the truth and the whole truth (RFC 6762 §10.2).
    pub(crate) fn is_set_of(&self, other: &Entry) -> bool {
        self.kind() == other.kind() && self.name == other.name
    }

    /// The same record.
    pub(crate) fn is(&self, name: &Name, kind: u16, data: &[u8]) -> bool {
        self.kind() == kind && same_data(kind, &self.spelled, data) && self.name == *name
    }
}

/// All records on a link with these addresses.
pub(crate) fn entries(identity: &Identity, networks: &[Network]) -> Vec<Entry> {
    let mut table = Table(Vec::new());
    let host = Name::of([identity.host().as_bytes(), b"local"]);
    let addresses: Vec<IpAddr> = addresses(networks);
    let mut kinds: Vec<u16> = Vec::new();
    for address in &addresses {
        let data = Data::address(*address);
        if !kinds.contains(&data.kind()) {
            kinds.push(data.kind());
        }
        table.add(&host, data, limits::HOST_TTL, Role::Probed, Claim::Host);
    }
    table.nothing_else(&host, kinds, limits::HOST_TTL, Claim::Host);
    for address in addresses.iter().filter(|_| identity.reverse) {
        let mut name = Name::default();
        for label in reverse_labels(*address) {
            name.push(label.as_bytes());
        }
        name.push(b"arpa");
        let data = Data::Ptr(host.clone());
        table.add(&name, data, limits::HOST_TTL, Role::Reverse, Claim::Host);
        table.nothing_else(&name, vec![kind::PTR], limits::HOST_TTL, Claim::Host);
    }
    for service in identity.offered() {
        table.service(&identity.instance(), service, &host);
    }
    table.0
}

/// The addresses that are told, each once.
fn addresses(networks: &[Network]) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = networks.iter().map(|network| network.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(limits::ADDRESSES);
    addresses
}

struct Table(Vec<Entry>);

impl Table {
    fn service(&mut self, instance: &str, service: &Service, host: &Name) {
        let tail = [service.kind.as_bytes(), b"_tcp", b"local"];
        let kind_name = Name::of(tail);
        let name = Name::of([instance.as_bytes()].into_iter().chain(tail));
        let all = Name::of([b"_services".as_slice(), b"_dns-sd", b"_udp", b"local"]);
        let claim = Claim::Instance;
        let listed = Data::Ptr(name.clone());
        self.add(&kind_name, listed, limits::OTHER_TTL, Role::Shared, claim);
        let srv = Data::Srv {
            port: service.port,
            target: host.clone(),
        };
        self.add(&name, srv, limits::HOST_TTL, Role::Probed, claim);
        let text = Data::Txt(text(&service.text));
        self.add(&name, text, limits::OTHER_TTL, Role::Probed, claim);
        let kinds = vec![kind::TXT, kind::SRV];
        self.nothing_else(&name, kinds, limits::OTHER_TTL, claim);
        let kind_listed = Data::Ptr(kind_name);
        self.add(&all, kind_listed, limits::OTHER_TTL, Role::Shared, claim);
    }

    fn nothing_else(&mut self, name: &Name, types: Vec<u16>, ttl: u32, claim: Claim) {
        let data = Data::Nsec {
            name: name.clone(),
            types,
        };
        self.add(name, data, ttl, Role::Nothing, claim);
    }

    fn add(&mut self, name: &Name, data: Data, ttl: u32, role: Role, claim: Claim) {
        let spelled = data.spelled();
        if self
            .0
            .iter()
            .any(|entry| entry.is(name, data.kind(), &spelled))
        {
            return;
        }
        self.0.push(Entry {
            name: name.clone(),
            data,
            spelled,
            ttl,
            role,
            claim,
            last: None,
            due: None,
            yielded: false,
        });
    }
}

/// Strings with their lengths (RFC 6763 §6.1: at least one); what is longer than 255 octets is left out.
fn text(strings: &[String]) -> Vec<u8> {
    let mut octets = Vec::new();
    for string in strings {
        if let Ok(length) = u8::try_from(string.len()) {
            octets.push(length);
            octets.extend_from_slice(string.as_bytes());
        }
    }
    if octets.is_empty() {
        octets.push(0);
    }
    octets
}
