//! The kernel's messages about interfaces and their addresses (rtnetlink(7)), read: links with names and flags, addresses with prefixes.
//!
//! Total: what is cut short or laid out otherwise is left out. Numbers are in the machine's own order of octets.

use std::net::IpAddr;

/// Wanted: all interfaces.
pub(super) const GET_LINK: u16 = 18;
/// Wanted: all addresses.
pub(super) const GET_ADDRESS: u16 = 22;
/// An interface (`RTM_NEWLINK`).
const LINK: u16 = 16;
/// An address (`RTM_NEWADDR`).
const ADDRESS: u16 = 20;
/// The end of a list.
const DONE: u16 = 3;
/// A refusal.
const ERROR: u16 = 2;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const REQUEST_ALL: u16 = 0x301;
/// Octets of `nlmsghdr`.
const HEADER: usize = 16;
/// Octets of `ifinfomsg` and of `ifaddrmsg`.
const LINK_HEADER: usize = 16;
const ADDRESS_HEADER: usize = 8;
/// Attributes: `IFLA_IFNAME`, `IFA_ADDRESS`, `IFA_LOCAL`, `IFA_FLAGS`.
const IFLA_NAME: u16 = 3;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;
/// Addresses that are not told: failed, deprecated, tentative (`IFA_F_*`).
const UNTOLD: u32 = 0x08 | 0x20 | 0x40;
/// Of IPv6 also those that change for privacy; of IPv4 this bit says that it is not the first of its subnet.
const TEMPORARY: u32 = 0x01;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Link {
        index: u32,
        flags: u32,
        name: String,
    },
    Address {
        index: u32,
        address: IpAddr,
        prefix: u8,
    },
    /// The list is complete, or was refused.
    End,
}

/// A request for a whole list.
pub(super) fn request(kind: u16) -> Vec<u8> {
    let mut octets = Vec::with_capacity(HEADER + LINK_HEADER);
    let length = u32::try_from(HEADER + LINK_HEADER).unwrap_or(0);
    octets.extend(length.to_ne_bytes());
    octets.extend(kind.to_ne_bytes());
    octets.extend(REQUEST_ALL.to_ne_bytes());
    octets.extend([0; 8]);
    // Any family; the longer of the two headers serves both.
    octets.extend([0; LINK_HEADER]);
    octets
}

/// The messages of a datagram.
pub(super) fn read(datagram: &[u8]) -> Vec<Told> {
    let mut told = Vec::new();
    let mut rest = datagram;
    while let Some((length, kind)) = u32_at(rest, 0).zip(u16_at(rest, 4)) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(body) = rest.get(HEADER..length) else {
            break;
        };
        match kind {
            LINK => told.extend(link(body)),
            ADDRESS => told.extend(address(body)),
            DONE | ERROR => told.push(Told::End),
            _ => {}
        }
        rest = rest.get(aligned(length)..).unwrap_or_default();
    }
    told
}

fn link(body: &[u8]) -> Option<Told> {
    let attributes = body.get(LINK_HEADER..)?;
    let name = attribute(attributes, IFLA_NAME)?;
    let name = name.split(|octet| *octet == 0).next()?;
    Some(Told::Link {
        index: u32_at(body, 4)?,
        flags: u32_at(body, 8)?,
        name: String::from_utf8_lossy(name).into_owned(),
    })
}

fn address(body: &[u8]) -> Option<Told> {
    let (prefix, flags) = (*body.get(1)?, *body.get(2)?);
    let attributes = body.get(ADDRESS_HEADER..)?;
    let flags = attribute(attributes, IFA_FLAGS)
        .and_then(|flags| u32_at(flags, 0))
        .unwrap_or(u32::from(flags));
    // Of a link between two, IFA_ADDRESS is the other end's.
    let octets = attribute(attributes, IFA_LOCAL).or(attribute(attributes, IFA_ADDRESS))?;
    let address = match octets.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(octets).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(octets).ok()?),
        _ => return None,
    };
    let untold = if address.is_ipv6() {
        UNTOLD | TEMPORARY
    } else {
        UNTOLD
    };
    (flags & untold == 0).then_some(Told::Address {
        index: u32_at(body, 4)?,
        address,
        prefix,
    })
}

/// The value of the first attribute of this kind.
fn attribute(mut rest: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (length, kind) = u16_at(rest, 0).zip(u16_at(rest, 2))?;
        let length = usize::from(length);
        let value = rest.get(4..length)?;
        if kind == wanted {
            return Some(value);
        }
        rest = rest.get(aligned(length)..)?;
    }
}

/// Lengths are rounded up to four octets; never to nothing, so that reading goes on.
fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    let field = octets.get(at..at.checked_add(2)?)?;
    Some(u16::from_ne_bytes(field.try_into().ok()?))
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    let field = octets.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(field.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute_of(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut octets = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        octets.extend(value);
        octets.resize(aligned(octets.len()), 0);
        octets
    }

    fn message(kind: u16, body: &[Vec<u8>]) -> Vec<u8> {
        let body = body.concat();
        let length = u32::try_from(HEADER + body.len()).unwrap();
        let mut octets = length.to_ne_bytes().to_vec();
        octets.extend(kind.to_ne_bytes());
        octets.extend([0; 10]);
        octets.extend(body);
        octets
    }

    fn datagram() -> Vec<u8> {
        let link_header = [[0; 4], 7u32.to_ne_bytes(), 0x1043u32.to_ne_bytes(), [0; 4]].concat();
        let address_header = |flags| [vec![2, 24, flags, 0], 7u32.to_ne_bytes().to_vec()].concat();
        [
            message(
                LINK,
                &[
                    link_header,
                    attribute_of(99, b"x"),
                    attribute_of(IFLA_NAME, b"eth0\0"),
                ],
            ),
            message(99, &[vec![0; 5]]),
            vec![0; 3], // up to four
            message(
                ADDRESS,
                &[
                    address_header(1),
                    attribute_of(IFA_ADDRESS, &[10, 0, 0, 9]),
                    attribute_of(IFA_LOCAL, &[10, 0, 0, 1]),
                ],
            ),
            message(
                ADDRESS,
                &[
                    address_header(0x40),
                    attribute_of(IFA_LOCAL, &[10, 0, 0, 2]),
                ],
            ),
            message(
                ADDRESS,
                &[
                    address_header(0),
                    attribute_of(IFA_FLAGS, &0x101u32.to_ne_bytes()),
                    attribute_of(IFA_ADDRESS, &[1; 16]),
                ],
            ),
            message(DONE, &[vec![0; 4]]),
        ]
        .concat()
    }

    #[test]
    fn links_and_addresses_are_read() {
        assert_eq!(
            read(&datagram()),
            [
                Told::Link {
                    index: 7,
                    flags: 0x1043,
                    name: "eth0".to_owned()
                },
                Told::Address {
                    index: 7,
                    address: [10, 0, 0, 1].into(),
                    prefix: 24
                },
                Told::End,
            ]
        );
    }

    #[test]
    fn what_is_cut_short_or_odd_is_left_out() {
        let whole = datagram();
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).len() <= 3);
            let mut odd = whole.clone();
            odd[end] ^= 0xff;
            read(&odd);
            odd[end] = 0;
            read(&odd);
        }
        assert!(read(&[0; 64]).is_empty());
    }
}
