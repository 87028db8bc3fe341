//! Records: ours with their data as values, others' as octets with every name spelled out, so that the two can be compared (RFC 6762 §8.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::name::Name;

/// Types of records (RFC 1035 §3.2.2, RFC 3596, RFC 2782, RFC 4034).
pub(crate) mod kind {
    pub(crate) const A: u16 = 1;
    pub(crate) const NS: u16 = 2;
    pub(crate) const CNAME: u16 = 5;
    pub(crate) const SOA: u16 = 6;
    pub(crate) const PTR: u16 = 12;
    pub(crate) const MX: u16 = 15;
    pub(crate) const TXT: u16 = 16;
    pub(crate) const RP: u16 = 17;
    pub(crate) const AFSDB: u16 = 18;
    pub(crate) const RT: u16 = 21;
    pub(crate) const PX: u16 = 26;
    pub(crate) const AAAA: u16 = 28;
    pub(crate) const SRV: u16 = 33;
    pub(crate) const KX: u16 = 36;
    pub(crate) const DNAME: u16 = 39;
    pub(crate) const OPT: u16 = 41;
    pub(crate) const NSEC: u16 = 47;
    pub(crate) const ANY: u16 = 255;
}

/// The class Internet.
pub(crate) const IN: u16 = 1;
/// Any class, in a question.
pub(crate) const ANY_CLASS: u16 = 255;
/// The top bit of a class: cache-flush of a record, unicast wanted of a question (RFC 6762 §18.12, §18.13).
pub(crate) const TOP: u16 = 0x8000;

/// The data of a record of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Ptr(Name),
    /// Priority and weight are 0: one host.
    Srv {
        port: u16,
        target: Name,
    },
    /// Strings with their lengths; a single empty one if there are none (RFC 6763 §6.1).
    Txt(Vec<u8>),
    /// All types that the name has (RFC 6762 §6.1); none above 255.
    Nsec {
        name: Name,
        types: Vec<u16>,
    },
}

impl Data {
    pub(crate) fn address(address: IpAddr) -> Data {
        match address {
            IpAddr::V4(four) => Data::A(four),
            IpAddr::V6(six) => Data::Aaaa(six),
        }
    }

    pub(crate) fn kind(&self) -> u16 {
        match self {
            Data::A(_) => kind::A,
            Data::Aaaa(_) => kind::AAAA,
            Data::Ptr(_) => kind::PTR,
            Data::Srv { .. } => kind::SRV,
            Data::Txt(_) => kind::TXT,
            Data::Nsec { .. } => kind::NSEC,
        }
    }

    /// The data on the wire: what stands before its name, the name, what stands behind it.
    pub(crate) fn parts(&self) -> (Vec<u8>, Option<&Name>, Vec<u8>) {
        match self {
            Data::A(four) => (four.octets().to_vec(), None, Vec::new()),
            Data::Aaaa(six) => (six.octets().to_vec(), None, Vec::new()),
            Data::Ptr(name) => (Vec::new(), Some(name), Vec::new()),
            Data::Srv { port, target } => {
                let [high, low] = port.to_be_bytes();
                (vec![0, 0, 0, 0, high, low], Some(target), Vec::new())
            }
            Data::Txt(text) => (text.clone(), None, Vec::new()),
            Data::Nsec { name, types } => (Vec::new(), Some(name), bitmap(types)),
        }
    }

    /// The data with its name spelled out.
    pub(crate) fn spelled(&self) -> Vec<u8> {
        let (mut octets, name, behind) = self.parts();
        if let Some(name) = name {
            octets.extend_from_slice(name.wire());
            octets.push(0);
        }
        octets.extend(behind);
        octets
    }
}

/// Window 0 of the types, up to the last octet that is not zero.
fn bitmap(types: &[u16]) -> Vec<u8> {
    let mut bits = [0_u8; 32];
    for bit in types {
        if let Some(octet) = bits.get_mut(usize::from(bit / 8)) {
            *octet |= 0x80 >> (bit % 8);
        }
    }
    let length = bits
        .iter()
        .rposition(|octet| *octet != 0)
        .map_or(1, |last| last + 1);
    let mut window = vec![0, u8::try_from(length).unwrap_or(32)];
    window.extend(bits.iter().take(length));
    window
}

/// Whether two records' data of one type, names spelled out, are the same; the case of names does not count.
pub(crate) fn same_data(kind: u16, one: &[u8], other: &[u8]) -> bool {
    match kind {
        kind::PTR | kind::CNAME | kind::NS | kind::DNAME => one.eq_ignore_ascii_case(other),
        kind::SRV => match (one.split_at_checked(6), other.split_at_checked(6)) {
            (Some((one, target)), Some((other, others))) => {
                one == other && target.eq_ignore_ascii_case(others)
            }
            _ => one == other,
        },
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_nsec_says_which_types_there_are() {
        // A and AAAA: bit 1 of octet 0, bit 28 is bit 4 of octet 3.
        assert_eq!(bitmap(&[kind::A, kind::AAAA]), [0, 4, 0x40, 0, 0, 0x08]);
        assert_eq!(bitmap(&[kind::TXT, kind::SRV]), [0, 5, 0, 0, 0x80, 0, 0x40]);
        assert_eq!(bitmap(&[]), [0, 1, 0]);
    }

    #[test]
    fn the_case_of_names_does_not_count_that_of_text_does() {
        assert!(same_data(kind::PTR, b"\x01a\0", b"\x01A\0"));
        assert!(same_data(
            kind::SRV,
            b"\0\0\0\0aa\x01a\0",
            b"\0\0\0\0aa\x01A\0"
        ));
        assert!(!same_data(
            kind::SRV,
            b"\0\0\0\0aa\x01a\0",
            b"\0\0\0\0AA\x01a\0"
        ));
        assert!(!same_data(kind::TXT, b"\x01a", b"\x01A"));
        assert!(!same_data(kind::SRV, b"\0", b"\x01"));
    }
}
