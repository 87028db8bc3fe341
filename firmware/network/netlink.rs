//! rtnetlink(7) as bytes: what the kernel tells of links, addresses and announcements of routers, and the few orders that the box gives.
//!
//! Written here and not taken from netlink-packet-route, which knows every attribute of every kind of device (some 40 000 lines) for the
//! fifteen that are needed. Reading is total and bounded: lengths are checked, what is unknown is skipped, an attribute
//! that is too short is as good as not there. The kernel is trusted, but not to be of one version.
//!
//! Process 1 keeps the interfaces by it; the server reads the same lists to know where it may be announced.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::packet::Mac;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_GETLINK: u16 = 18;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_GETADDR: u16 = 22;
const RTM_NEWROUTE: u16 = 24;
const RTM_NEWNDUSEROPT: u16 = 68;

const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_REPLACE: u16 = 0x100;
const NLM_F_DUMP: u16 = 0x300;
const NLM_F_CREATE: u16 = 0x400;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const ARPHRD_ETHER: u16 = 1;
/// Flags of an interface (netdevice(7)): it is switched on.
pub const IFF_UP: u32 = 1;
/// It is this machine's own.
pub const IFF_LOOPBACK: u32 = 1 << 3;
/// It leads to one other machine and to no net.
pub const IFF_POINTOPOINT: u32 = 1 << 4;
/// It can be used now: switched on, connected, and whoever must let it in has done so.
pub const IFF_RUNNING: u32 = 1 << 6;
/// It can send to a group.
pub const IFF_MULTICAST: u32 = 1 << 12;
/// There is something at the other end of the cable.
pub const IFF_LOWER_UP: u32 = 1 << 16;
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_BROADCAST: u16 = 4;
const IFA_CACHEINFO: u16 = 6;
const IFA_FLAGS: u16 = 8;
const IFA_F_TEMPORARY: u32 = 0x01;
const IFA_F_DADFAILED: u32 = 0x08;
const IFA_F_DEPRECATED: u32 = 0x20;
const IFA_F_TENTATIVE: u32 = 0x40;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RTA_PREFSRC: u16 = 7;
const RT_TABLE_MAIN: u8 = 254;
/// Routes of ours carry the number that the kernel's headers give to DHCP clients.
const RTPROT_DHCP: u8 = 16;
const RTNH_F_ONLINK: u32 = 4;
const RTN_UNICAST: u8 = 1;
const SCOPE_UNIVERSE: u8 = 0;
const SCOPE_LINK: u8 = 253;
const ICMP_ROUTER_ADVERTISEMENT: u8 = 134;
/// The option of RFC 8106 §5.1.
const RDNSS: u8 = 25;
/// More resolvers than this in one announcement are not taken over.
const RDNSS_MAX: usize = 4;
/// The longest name of an interface (IFNAMSIZ, without its zero).
const NAME_MAX: usize = 15;

/// What the kernel says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// An interface is there, or has changed.
    Link(Link),
    /// An interface is gone.
    LinkGone(u32),
    /// An interface has an address.
    Address(HasAddress),
    /// An interface no longer has it.
    AddressGone(HasAddress),
    /// A router announces resolvers.
    Resolvers {
        /// Of which interface.
        index: u32,
        /// For so many seconds; 0: no longer.
        seconds: u32,
        /// Them.
        servers: Vec<Ipv6Addr>,
    },
    /// The end of a list.
    Done,
    /// An order was carried out (0), or not (an errno).
    Result(i32),
}

/// An interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its hardware address, if it is Ethernet.
    pub mac: Option<Mac>,
    /// What it is and how it is, in bits (`IFF_*`).
    pub flags: u32,
}

impl Link {
    /// It has been switched on.
    #[must_use]
    pub fn up(&self) -> bool {
        self.flags & IFF_UP != 0
    }

    /// There is something at the other end of the cable.
    #[must_use]
    pub fn cable(&self) -> bool {
        self.flags & IFF_LOWER_UP != 0
    }
}

/// An address of an interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HasAddress {
    /// The interface's number.
    pub index: u32,
    /// The address.
    pub address: IpAddr,
    /// Length of the net's prefix.
    pub prefix: u8,
    /// It can be used: the kernel has found no other host with it, and it is not on its way out.
    pub usable: bool,
    /// One of IPv6 that changes for privacy (RFC 8981).
    pub temporary: bool,
}

/// Everything that a datagram of the kernel says and that matters here.
pub fn read(mut bytes: &[u8]) -> Vec<Told> {
    let mut told = Vec::new();
    while let Some(length) = u32_at(bytes, 0).map(|length| length as usize) {
        let (Some(kind), Some(message)) = (u16_at(bytes, 4), bytes.get(16..length)) else {
            break;
        };
        told.extend(one(kind, message));
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    told
}

fn one(kind: u16, message: &[u8]) -> Option<Told> {
    match kind {
        RTM_NEWLINK => link(message).map(Told::Link),
        RTM_DELLINK => u32_at(message, 4).map(Told::LinkGone),
        RTM_NEWADDR => address(message).map(Told::Address),
        RTM_DELADDR => address(message).map(Told::AddressGone),
        RTM_NEWNDUSEROPT => resolvers(message),
        NLMSG_DONE => Some(Told::Done),
        NLMSG_ERROR => {
            u32_at(message, 0).map(|errno| Told::Result(errno.cast_signed().saturating_neg()))
        }
        _ => None,
    }
}

/// struct ifinfomsg: family, pad, type (16 bits), index, flags, change.
fn link(message: &[u8]) -> Option<Link> {
    let (kind, index, flags) = (
        u16_at(message, 2)?,
        u32_at(message, 4)?,
        u32_at(message, 8)?,
    );
    let (mut name, mut mac) = (None, None);
    for (attribute, value) in Attributes(message.get(16..)?) {
        match attribute {
            IFLA_IFNAME => {
                let text = value.split(|byte| *byte == 0).next().unwrap_or_default();
                name = std::str::from_utf8(text).ok().filter(|name| is_name(name));
            }
            IFLA_ADDRESS => mac = value.try_into().ok(),
            _ => {}
        }
    }
    Some(Link {
        index,
        name: name?.to_owned(),
        mac: mac.filter(|_| kind == ARPHRD_ETHER),
        flags,
    })
}

/// A name that can stand in a path below /proc/sys and behind a `%`.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '@');
    (1..=NAME_MAX).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('.')
}

/// struct ifaddrmsg: family, prefix length, flags, scope, index.
fn address(message: &[u8]) -> Option<HasAddress> {
    let (family, prefix) = (*message.first()?, *message.get(1)?);
    let mut flags = u32::from(*message.get(2)?);
    let index = u32_at(message, 4)?;
    let (mut local, mut address) = (None, None);
    for (attribute, value) in Attributes(message.get(8..)?) {
        match attribute {
            IFA_LOCAL => local = ip(family, value),
            IFA_ADDRESS => address = ip(family, value),
            IFA_FLAGS => flags = u32_at(value, 0).unwrap_or(flags),
            _ => {}
        }
    }
    Some(HasAddress {
        index,
        address: local.or(address)?,
        prefix,
        usable: flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED) == 0,
        // With IPv4 the same bit says that it is not the first of its net.
        temporary: family == AF_INET6 && flags & IFA_F_TEMPORARY != 0,
    })
}

fn ip(family: u8, value: &[u8]) -> Option<IpAddr> {
    match family {
        AF_INET => <[u8; 4]>::try_from(value).ok().map(IpAddr::from),
        AF_INET6 => <[u8; 16]>::try_from(value).ok().map(IpAddr::from),
        _ => None,
    }
}

/// struct nduseroptmsg: family, pad, length of the options (16 bits), index, ICMP type and code, pad to 16; then options as they came
/// (type, length in units of 8, and for RDNSS: 2 reserved, lifetime, addresses).
fn resolvers(message: &[u8]) -> Option<Told> {
    let index = u32_at(message, 4)?;
    let length = usize::from(u16_at(message, 2)?);
    if *message.get(8)? != ICMP_ROUTER_ADVERTISEMENT {
        return None;
    }
    let mut options = message.get(16..)?;
    options = options.get(..length).unwrap_or(options);
    while let (Some(kind), Some(units)) = (options.first(), options.get(1)) {
        let length = usize::from(*units) * 8;
        let option = options.get(..length).filter(|option| option.len() >= 8)?;
        if *kind == RDNSS {
            let seconds = <[u8; 4]>::try_from(option.get(4..8)?).ok()?;
            let servers = option.get(8..)?.chunks_exact(16);
            return Some(Told::Resolvers {
                index,
                seconds: u32::from_be_bytes(seconds),
                servers: servers
                    .filter_map(|bytes| <[u8; 16]>::try_from(bytes).ok())
                    .map(Ipv6Addr::from)
                    .filter(|server| {
                        !server.is_multicast() && !server.is_unspecified() && !server.is_loopback()
                    })
                    .take(RDNSS_MAX)
                    .collect(),
            });
        }
        options = options.get(length..)?;
    }
    None
}

/// struct rtattr: length with its four bytes of head, type; aligned to four.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(u16_at(self.0, 0)?);
        let kind = u16_at(self.0, 2)? & 0x3fff;
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(aligned(length)..).unwrap_or_default();
        Some((kind, value))
    }
}

/// What the box asks of the kernel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Tell every link.
    Links,
    /// Tell every address.
    Addresses,
    /// Switch an interface on.
    Up(u32),
    /// Have an address, for so many seconds (for ever without).
    Add(u32, Ipv4Addr, u8, Option<u32>),
    /// No longer have it; routes that leave from it go with it.
    Remove(u32, Ipv4Addr, u8),
    /// The way out over this interface, from this address; a smaller metric is the better way.
    Route {
        /// The interface's number.
        index: u32,
        /// The router.
        gateway: Ipv4Addr,
        /// Our address on the way out.
        from: Ipv4Addr,
        /// Preference.
        metric: u32,
    },
}

impl Order {
    /// The request's bytes.
    pub fn write(&self, sequence: u32) -> Vec<u8> {
        match *self {
            Order::Links => message(RTM_GETLINK, NLM_F_DUMP, sequence, &[0; 16], &[]),
            Order::Addresses => message(RTM_GETADDR, NLM_F_DUMP, sequence, &[0; 8], &[]),
            Order::Up(index) => {
                let head = [0, index, IFF_UP, IFF_UP].map(u32::to_ne_bytes).concat();
                message(RTM_NEWLINK, NLM_F_ACK, sequence, &head, &[])
            }
            Order::Add(index, address, prefix, seconds) => {
                let scope = if address.is_link_local() {
                    SCOPE_LINK
                } else {
                    SCOPE_UNIVERSE
                };
                let broadcast =
                    u32::from(address) | u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
                let valid = seconds.unwrap_or(u32::MAX);
                // struct ifa_cacheinfo: preferred, valid, and two times that the kernel fills in.
                let cache = [valid, valid, 0, 0].map(u32::to_ne_bytes).concat();
                let attributes: [(u16, &[u8]); 4] = [
                    (IFA_LOCAL, &address.octets()),
                    (IFA_ADDRESS, &address.octets()),
                    (IFA_BROADCAST, &broadcast.to_be_bytes()),
                    (IFA_CACHEINFO, &cache),
                ];
                let flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
                message(
                    RTM_NEWADDR,
                    flags,
                    sequence,
                    &of_address(index, prefix, scope),
                    &attributes,
                )
            }
            Order::Remove(index, address, prefix) => {
                let attributes: [(u16, &[u8]); 1] = [(IFA_LOCAL, &address.octets())];
                let head = of_address(index, prefix, SCOPE_UNIVERSE);
                message(RTM_DELADDR, NLM_F_ACK, sequence, &head, &attributes)
            }
            Order::Route {
                index,
                gateway,
                from,
                metric,
            } => {
                // struct rtmsg: family, lengths of destination and source, tos, table, protocol, scope, type, flags. Onlink: what lease.rs lets
                // through may lie outside of a /32, and the kernel refuses such a router otherwise.
                let mut head = vec![
                    AF_INET,
                    0,
                    0,
                    0,
                    RT_TABLE_MAIN,
                    RTPROT_DHCP,
                    SCOPE_UNIVERSE,
                    RTN_UNICAST,
                ];
                head.extend(RTNH_F_ONLINK.to_ne_bytes());
                let attributes: [(u16, &[u8]); 4] = [
                    (RTA_GATEWAY, &gateway.octets()),
                    (RTA_OIF, &index.to_ne_bytes()),
                    (RTA_PRIORITY, &metric.to_ne_bytes()),
                    (RTA_PREFSRC, &from.octets()),
                ];
                let flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
                message(RTM_NEWROUTE, flags, sequence, &head, &attributes)
            }
        }
    }
}

fn of_address(index: u32, prefix: u8, scope: u8) -> Vec<u8> {
    let mut head = vec![AF_INET, prefix, 0, scope];
    head.extend(index.to_ne_bytes());
    head
}

/// struct nlmsghdr (length, type, flags, sequence, port), the kind's own head, attributes.
fn message(
    kind: u16,
    flags: u16,
    sequence: u32,
    head: &[u8],
    attributes: &[(u16, &[u8])],
) -> Vec<u8> {
    let mut body = head.to_vec();
    for (attribute, value) in attributes {
        body.extend((value.len() as u16 + 4).to_ne_bytes());
        body.extend(attribute.to_ne_bytes());
        body.extend_from_slice(value);
        body.resize(aligned(body.len()), 0);
    }
    let mut bytes = (body.len() as u32 + 16).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend((flags | NLM_F_REQUEST).to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend(body);
    bytes
}

fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    bytes.try_into().ok().map(u16::from_ne_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_ne_bytes)
}

#[cfg(test)]
#[path = "netlink_tests.rs"]
mod tests;
