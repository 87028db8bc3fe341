//! The recorder's log, and the device that a power cut leaves behind.

use std::fs;
use std::path::Path;

/// A device tears a write at this unit.
const SECTOR: usize = 512;

pub struct Record {
    pub kind: Kind,
}

pub enum Kind {
    /// `synced`: through a descriptor that syncs each write (LMDB's meta page).
    Write {
        offset: usize,
        octets: Vec<u8>,
        synced: bool,
    },
    Truncate {
        length: usize,
    },
    Sync,
    /// The house told someone that a deed is done; this is how all its mail looked then.
    Acknowledgement(String),
}

/// The records of `data.mdb` and of the file of acknowledgements, in order.
pub fn read(path: &Path) -> Vec<Record> {
    let paths = fs::read_to_string(path.with_extension("paths")).unwrap();
    let names: Vec<&str> = paths
        .lines()
        .map(|p| p.rsplit('/').next().unwrap())
        .collect();
    let log = fs::read(path).unwrap();
    let mut rest = &log[..];
    let mut records = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_at(14);
        let offset = u64::from_ne_bytes(head[2..10].try_into().unwrap()) as usize;
        let length = if head[0] == b't' {
            0
        } else {
            u32::from_ne_bytes(head[10..14].try_into().unwrap()) as usize
        };
        let (octets, after) = after.split_at(length);
        rest = after;
        let kind = match (names[head[1] as usize], head[0]) {
            ("acknowledged", b'w' | b'd') => Kind::Acknowledgement(
                String::from_utf8(octets.to_vec())
                    .unwrap()
                    .trim()
                    .to_owned(),
            ),
            ("data.mdb", b'w') => Kind::Write {
                offset,
                octets: octets.to_vec(),
                synced: false,
            },
            ("data.mdb", b'd') => Kind::Write {
                offset,
                octets: octets.to_vec(),
                synced: true,
            },
            ("data.mdb", b't') => Kind::Truncate { length: offset },
            ("data.mdb", b's') => Kind::Sync,
            _ => continue,
        };
        records.push(Record { kind });
    }
    records
}

/// What is safe on the device, and what is on its way there in unknown order.
#[derive(Default)]
pub struct Device {
    safe: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
    /// A write that syncs itself and has not returned yet.
    in_flight: Vec<(usize, Vec<u8>)>,
    acknowledged: usize,
    steps: usize,
}

impl Device {
    /// `honest`: syncs do what they say.
    pub fn apply(&mut self, record: &Record, honest: bool) {
        self.steps += 1;
        for (offset, octets) in std::mem::take(&mut self.in_flight) {
            put(&mut self.safe, offset, &octets);
        }
        match &record.kind {
            Kind::Write {
                offset,
                octets,
                synced: true,
            } if honest => self.in_flight.push((*offset, octets.clone())),
            Kind::Write { offset, octets, .. } => self.pending.push((*offset, octets.clone())),
            // The file system journals sizes in order with its own syncs; growth alone adds zeros.
            Kind::Truncate { length } => self.safe.resize(*length, 0),
            Kind::Sync if honest => {
                for (offset, octets) in std::mem::take(&mut self.pending) {
                    put(&mut self.safe, offset, &octets);
                }
            }
            Kind::Sync => {}
            Kind::Acknowledgement(_) => self.acknowledged += 1,
        }
    }

    /// The file after a cut now. 0: everything arrived; 1: only what was synced; others: a random part, torn at sectors.
    pub fn after_cut(&self, tearing: u64) -> Vec<u8> {
        let mut image = self.safe.clone();
        let mut random = Random(tearing.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.steps as u64);
        for (offset, octets) in self.pending.iter().chain(&self.in_flight) {
            for (n, sector) in octets.chunks(SECTOR).enumerate() {
                let arrived = match tearing {
                    0 => true,
                    1 => false,
                    _ => random.next() & 1 == 0,
                };
                if arrived {
                    put(&mut image, offset + n * SECTOR, sector);
                }
            }
        }
        image
    }

    /// How many deeds had been acknowledged before the cut.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    pub fn steps(&self) -> usize {
        self.steps
    }
}

fn put(file: &mut Vec<u8>, offset: usize, octets: &[u8]) {
    if file.len() < offset + octets.len() {
        file.resize(offset + octets.len(), 0);
    }
    file[offset..offset + octets.len()].copy_from_slice(octets);
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
