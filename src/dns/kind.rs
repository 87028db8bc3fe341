//! What is asked and what is answered: values for the rest of the house.
//!
//! Names in them are text: lower case, no final dot, the root is `.`; octets that are no printable ASCII, dots inside a label and backslashes
//! stand as `\DDD` (RFC 1035 §5.1), so that a name can be logged as it is.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of record is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An IPv4 address (RFC 1035 §3.4.1).
    A,
    /// An IPv6 address (RFC 3596).
    Aaaa,
    /// Who takes mail for a domain (RFC 1035 §3.3.9).
    Mx,
    /// Text (RFC 1035 §3.3.14): SPF, DKIM, DMARC, MTA-STS.
    Txt,
    /// The name of an address (RFC 1035 §3.3.12).
    Ptr,
    /// The name that this one is an alias of; answered as it stands, not followed.
    Cname,
    /// A certificate's association with a port (RFC 6698).
    Tlsa,
    /// Where a service is (RFC 2782).
    Srv,
}

impl Kind {
    /// The TYPE on the wire.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Kind::A => 1,
            Kind::Cname => 5,
            Kind::Ptr => 12,
            Kind::Mx => 15,
            Kind::Txt => 16,
            Kind::Aaaa => 28,
            Kind::Srv => 33,
            Kind::Tlsa => 52,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::A => "A",
            Kind::Aaaa => "AAAA",
            Kind::Mx => "MX",
            Kind::Txt => "TXT",
            Kind::Ptr => "PTR",
            Kind::Cname => "CNAME",
            Kind::Tlsa => "TLSA",
            Kind::Srv => "SRV",
        })
    }
}

/// What one record says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// A mail exchanger; `.` as `exchange` says that there is none (RFC 7505).
    Mx {
        /// Lower is tried first.
        preference: u16,
        /// The host's name.
        exchange: String,
    },
    /// The record's strings, joined with nothing between them (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
    Txt(Vec<u8>),
    /// The name of an address.
    Ptr(String),
    /// What the name is an alias of.
    Cname(String),
    /// Which certificate to expect (RFC 6698 §2.1), numbers as they came.
    Tlsa {
        /// 2 is DANE-TA, 3 is DANE-EE.
        usage: u8,
        /// 0 is the whole certificate, 1 its public key.
        selector: u8,
        /// 0 is exact, 1 SHA-256, 2 SHA-512.
        matching: u8,
        /// The association data.
        data: Vec<u8>,
    },
    /// Where a service is; `.` as `target` says that it is not offered.
    Srv {
        /// Lower is tried first.
        priority: u16,
        /// Share among equals.
        weight: u16,
        /// TCP or UDP port.
        port: u16,
        /// The host's name.
        target: String,
    },
}

impl Data {
    /// The address, of either family, if it says one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Data::A(ip) => Some(IpAddr::V4(*ip)),
            Data::Aaaa(ip) => Some(IpAddr::V6(*ip)),
            _ => None,
        }
    }
}

/// An answer with at least one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Records of the kind asked for, in the order in which they came; never empty.
    pub data: Vec<Data>,
    /// The canonical name: whom the records belong to, behind all CNAMEs.
    pub name: String,
    /// A resolver that the settings trust said that all of it is signed and verified (the AD bit, RFC 4035 §3.2.3).
    pub validated: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The name does not exist at all (NXDOMAIN).
    NoSuchName {
        /// A trusted resolver has verified that.
        validated: bool,
    },
    /// The name may exist, but has no record of this kind.
    NoData {
        /// A trusted resolver has verified that.
        validated: bool,
    },
    /// No resolver answered in time.
    TimedOut,
    /// The resolvers answered, but not what was asked (SERVFAIL, REFUSED, nonsense), or could not be reached: a sentence.
    Refused(String),
    /// What was asked is not a name: empty, too long, or not ASCII.
    BadName,
}

impl Failure {
    /// Whether asking again soon would only give the same.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Failure::NoSuchName { .. } | Failure::NoData { .. } | Failure::BadName => true,
            Failure::TimedOut | Failure::Refused(_) => false,
        }
    }

    /// Whether a trusted resolver has verified the absence.
    #[must_use]
    pub fn validated(&self) -> bool {
        match self {
            Failure::NoSuchName { validated } | Failure::NoData { validated } => *validated,
            Failure::TimedOut | Failure::Refused(_) | Failure::BadName => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NoSuchName { .. } => f.write_str("the name does not exist in the DNS"),
            Failure::NoData { .. } => f.write_str("the name has no record of this kind in the DNS"),
            Failure::TimedOut => f.write_str("no DNS server answered in time"),
            Failure::Refused(words) => f.write_str(words),
            Failure::BadName => f.write_str("this is not a name that the DNS can be asked about"),
        }
    }
}

impl std::error::Error for Failure {}
