//! What the tests share: questions with known randomness, and answers written by hand, right or wrong octet by octet.

use crate::query::Style;
use crate::{Entropy, Kind, Name, Query, Transport};

/// Bits: id 0x0102, every letter in upper case.
pub(crate) const LOUD: Entropy = {
    let mut octets = [0xff; 34];
    (octets[0], octets[1]) = (1, 2);
    Entropy(octets)
};

pub(crate) fn query(name: &str, kind: Kind, transport: Transport) -> Query {
    let style = Style {
        transport,
        mixed_case: true,
        edns: true,
        dnssec: false,
    };
    Query::styled(&Name::parse(name).unwrap(), kind, style, &LOUD).unwrap()
}

/// A message being written.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) id: u16,
    pub(crate) flags: u16,
    pub(crate) question: Option<(Vec<u8>, u16)>,
    pub(crate) records: [Vec<Vec<u8>>; 3],
}

impl Message {
    /// An answer (QR, RD, RA) that repeats the question in upper case.
    pub(crate) fn to(name: &str, kind: u16) -> Message {
        Message {
            id: 0x0102,
            flags: 0x8180,
            question: Some((wire(&name.to_ascii_uppercase()), kind)),
            records: Default::default(),
        }
    }

    /// An answer to a question as it came.
    pub(crate) fn echo(asked: &[u8]) -> Message {
        let end = 12 + asked[12..].iter().position(|octet| *octet == 0).unwrap() + 1;
        Message {
            id: u16::from_be_bytes([asked[0], asked[1]]),
            flags: 0x8180,
            question: Some((
                asked[12..end].to_vec(),
                u16::from_be_bytes([asked[end], asked[end + 1]]),
            )),
            records: Default::default(),
        }
    }

    pub(crate) fn flags(mut self, set: u16) -> Message {
        self.flags |= set;
        self
    }

    pub(crate) fn id(mut self, id: u16) -> Message {
        self.id = id;
        self
    }

    pub(crate) fn no_question(mut self) -> Message {
        self.question = None;
        self
    }

    pub(crate) fn lower_case(mut self) -> Message {
        if let Some((wire, _)) = &mut self.question {
            wire.make_ascii_lowercase();
        }
        self
    }

    pub(crate) fn answer(mut self, owner: &str, kind: u16, ttl: u32, data: &[u8]) -> Message {
        self.records[0].push(record(owner, kind, 1, ttl, data));
        self
    }

    pub(crate) fn raw(mut self, section: usize, record: Vec<u8>) -> Message {
        self.records[section].push(record);
        self
    }

    /// A SOA of `zone`.
    pub(crate) fn soa(self, zone: &str, ttl: u32, minimum: u32) -> Message {
        let data = [
            wire("ns.x"),
            wire("admin.x"),
            vec![0; 16],
            minimum.to_be_bytes().to_vec(),
        ]
        .concat();
        self.raw(1, record(zone, 6, 1, ttl, &data))
    }

    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        let counts = [
            usize::from(self.question.is_some()),
            self.records[0].len(),
            self.records[1].len(),
            self.records[2].len(),
        ];
        for number in [self.id, self.flags]
            .into_iter()
            .chain(counts.map(|n| n as u16))
        {
            octets.extend(number.to_be_bytes());
        }
        if let Some((wire, kind)) = &self.question {
            octets.extend(wire);
            octets.extend(kind.to_be_bytes());
            octets.extend([0, 1]);
        }
        octets.extend(self.records.iter().flatten().flatten());
        octets
    }
}

/// A name on the wire, final zero included.
pub(crate) fn wire(name: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        wire.push(label.len() as u8);
        wire.extend(label.bytes());
    }
    wire.push(0);
    wire
}

pub(crate) fn record(owner: &str, kind: u16, class: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut record = wire(owner);
    record.extend(kind.to_be_bytes());
    record.extend(class.to_be_bytes());
    record.extend(ttl.to_be_bytes());
    record.extend((data.len() as u16).to_be_bytes());
    record.extend(data);
    record
}

/// An MX record's data.
pub(crate) fn mx(preference: u16, exchange: &str) -> Vec<u8> {
    [preference.to_be_bytes().to_vec(), wire(exchange)].concat()
}

/// Random numbers that are the same in every run (xorshift).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }
}
