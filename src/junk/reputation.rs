//! What the person's own marks say of a sender: of the address, of the domain, of the network that handed the message over.
//!
//! It promises that nobody earns a good name by writing another's: a From address or a domain counts in favour only if the message proves it
//! ([`Sender::proven`]: DMARC passed, or an aligned SPF or DKIM pass); a bad name counts whoever uses it. A network counts by itself, because a
//! connection cannot be forged: /24 of IPv4, /56 of IPv6, which is what one household or one rented machine has.

use std::net::IpAddr;

use crate::hash::hash;
use crate::table::{Counts, Kind};

/// Octets of a key.
pub const KEY_OCTETS: usize = 9;
/// Octets of a record: [`Record::encode`].
pub const RECORD_OCTETS: usize = 8;
/// Marks of a kind at which a record's counters are halved: a sender who changed is known anew after some 30 marks.
pub const MARKS_MAX: u16 = 60;
/// Records a person may have; the keeper deletes those of the oldest day first. 20,000 of 17 octets are 340 KB.
pub const RECORDS_MAX: usize = 20_000;

/// Who a message is from, as far as it is known on arrival.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The From address; `None` if there is none or there are several.
    pub address: Option<&'a str>,
    /// The organizational domain of the From address.
    pub domain: Option<&'a str>,
    /// Whether the message proves that it is from that domain.
    pub proven: bool,
    /// Who connected; `None` for mail that did not come by SMTP.
    pub peer: Option<IpAddr>,
}

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A proven address.
    Address,
    /// An address that anyone may have written.
    Claimed,
    /// A proven domain.
    Domain,
    /// A network.
    Network,
}

/// A record's key: what it is about and a hash under the person's seed, so that the store holds no list of correspondents here.
pub type Key = [u8; KEY_OCTETS];

/// The marks of one sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// How many of each kind.
    pub marks: Counts,
    /// The last day with a mark, in days since 1970.
    pub day: u32,
}

impl Record {
    /// As it is stored: two counters of 16 bits, then the day, big-endian.
    pub fn encode(&self) -> [u8; RECORD_OCTETS] {
        let ([a, b], [c, d], [e, f, g, h]) = (
            self.marks.wanted.to_be_bytes(),
            self.marks.unwanted.to_be_bytes(),
            self.day.to_be_bytes(),
        );
        [a, b, c, d, e, f, g, h]
    }

    /// Reads what [`Record::encode`] wrote; `None` for anything else.
    pub fn decode(octets: &[u8]) -> Option<Record> {
        let &[a, b, c, d, e, f, g, h] = octets else {
            return None;
        };
        Some(Record {
            marks: Counts {
                wanted: u16::from_be_bytes([a, b]),
                unwanted: u16::from_be_bytes([c, d]),
            },
            day: u32::from_be_bytes([e, f, g, h]),
        })
    }

    /// Counts a mark made on `day`.
    pub fn learn(&mut self, kind: Kind, day: u32) {
        *self.marks.of(kind) += 1;
        if *self.marks.of(kind) > MARKS_MAX {
            self.marks.wanted /= 2;
            self.marks.unwanted /= 2;
        }
        self.day = self.day.max(day);
    }

    /// Takes a mark back; the keeper deletes the record when none is left.
    pub fn unlearn(&mut self, kind: Kind) {
        let count = self.marks.of(kind);
        *count = count.saturating_sub(1);
    }
}

/// The keys that a mark of a message from `sender` counts under, and that a judgement asks for; at most three.
pub fn keys(seed: u64, sender: &Sender<'_>) -> Vec<(About, Key)> {
    let mut keys = Vec::with_capacity(3);
    let mut push = |about: About, text: &[u8]| {
        let kind = match about {
            About::Address => 1,
            About::Claimed => 2,
            About::Domain => 3,
            About::Network => 4,
        };
        keys.push((about, key(seed, kind, text)));
    };
    if let Some(address) = sender.address {
        let about = if sender.proven {
            About::Address
        } else {
            About::Claimed
        };
        push(about, address.to_lowercase().as_bytes());
    }
    if let Some(domain) = sender.domain.filter(|_| sender.proven) {
        push(About::Domain, domain.to_ascii_lowercase().as_bytes());
    }
    if let Some(peer) = sender.peer {
        push(About::Network, &network(peer));
    }
    keys
}

/// The key of an ARC sealer (`d=` of its seal, RFC 8617 §4.1.3): what the person thinks of mail that came through it with a chain that passed.
pub fn sealer(seed: u64, domain: &str) -> Key {
    key(seed, 5, domain.to_ascii_lowercase().as_bytes())
}

fn key(seed: u64, kind: u8, text: &[u8]) -> Key {
    let [a, b, c, d, e, f, g, h] = hash(seed, u64::from(kind), text).to_be_bytes();
    [kind, a, b, c, d, e, f, g, h]
}

/// The /24 or the /56; an IPv4 address in an IPv6 one is IPv4.
fn network(peer: IpAddr) -> Vec<u8> {
    match peer.to_canonical() {
        IpAddr::V4(v4) => v4.octets().into_iter().take(3).collect(),
        IpAddr::V6(v6) => v6.octets().into_iter().take(7).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(proven: bool, peer: &str) -> Sender<'static> {
        Sender {
            address: Some("Ann@News.Example"),
            domain: Some("news.example"),
            proven,
            peer: peer.parse().ok(),
        }
    }

    #[test]
    fn a_name_that_is_not_proven_is_another_name() {
        let (proven, claimed) = (
            keys(1, &sender(true, "192.0.2.1")),
            keys(1, &sender(false, "192.0.2.9")),
        );
        assert_eq!(
            proven.iter().map(|k| k.0).collect::<Vec<_>>(),
            [About::Address, About::Domain, About::Network]
        );
        assert_eq!(
            claimed.iter().map(|k| k.0).collect::<Vec<_>>(),
            [About::Claimed, About::Network]
        );
        assert_ne!(proven[0].1, claimed[0].1);
        assert_eq!(proven[2].1, claimed[1].1, "one /24");
        assert_ne!(
            keys(2, &sender(true, ""))[0],
            proven[0],
            "each person's keys are theirs"
        );
        let net = |peer| keys(1, &sender(false, peer))[1].1;
        assert_eq!(net("2001:db8:1:aa01::1"), net("2001:db8:1:aaff::2"));
        assert_ne!(net("2001:db8:1:aa01::1"), net("2001:db8:1:bb01::1"));
        assert_eq!(net("::ffff:192.0.2.200"), net("192.0.2.1"));
    }

    #[test]
    fn records_come_back_count_and_forget() {
        let mut record = Record::default();
        for day in 0..100 {
            record.learn(Kind::Unwanted, day);
        }
        record.learn(Kind::Wanted, 3);
        assert!(record.marks.unwanted <= MARKS_MAX && record.day == 99);
        assert_eq!(Record::decode(&record.encode()), Some(record));
        assert_eq!(Record::decode(b"123"), None);
        let before = record;
        record.learn(Kind::Wanted, 99);
        record.unlearn(Kind::Wanted);
        assert_eq!(record, before);
        Record::default().unlearn(Kind::Wanted);
    }
}
