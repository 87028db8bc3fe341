//! The device under the store's file, and what a power cut leaves of it.

use crate::log::Record;

/// A device tears a write at this unit.
const SECTOR: usize = 512;

/// What is safe on the device, and what is on its way there in unknown order.
#[derive(Default)]
pub(crate) struct Device {
    safe: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
    /// A write that syncs itself and has not returned yet.
    in_flight: Vec<(usize, Vec<u8>)>,
    name: Name,
    answered: usize,
    steps: u64,
}

/// Whether the file bears its name in the folder.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Name {
    #[default]
    Unborn,
    /// Renamed, but the folder was not synced since.
    Perhaps,
    Named,
}

/// What is found after a cut.
pub(crate) struct Remains {
    pub(crate) file: Vec<u8>,
    /// Whether the file has its name; otherwise it lies where it was being made.
    pub(crate) named: bool,
}

impl Device {
    /// `honest`: syncs do what they say.
    pub(crate) fn apply(&mut self, record: &Record, honest: bool) {
        self.steps += 1;
        for (offset, octets) in std::mem::take(&mut self.in_flight) {
            put(&mut self.safe, offset, &octets);
        }
        match record {
            Record::Write {
                offset,
                octets,
                synced: true,
            } if honest => self.in_flight.push((*offset, octets.clone())),
            Record::Write { offset, octets, .. } => self.pending.push((*offset, octets.clone())),
            // The file system journals sizes in order with its own syncs; growth alone adds zeros.
            Record::Truncate { length } => self.safe.resize(*length, 0),
            Record::Sync if honest => {
                for (offset, octets) in std::mem::take(&mut self.pending) {
                    put(&mut self.safe, offset, &octets);
                }
            }
            Record::Sync => {}
            Record::Named => self.name = Name::Perhaps,
            Record::FolderSync if self.name == Name::Perhaps => self.name = Name::Named,
            Record::FolderSync => {}
            Record::Answered => self.answered += 1,
        }
    }

    /// Which tearings leave states that differ from each other and from those a step earlier, `most` random ones at most.
    pub(crate) fn tearings(&self, record: &Record, most: u64) -> std::ops::Range<u64> {
        let unknown = self.pending.len() + usize::from(self.name == Name::Perhaps);
        match record {
            Record::Sync | Record::FolderSync => 0..0,
            // Into one sector, and what comes before it is synced: it is there, or all is as it was.
            Record::Write { synced: true, .. } if unknown == 0 => 0..1,
            _ if unknown == 0 => 0..1,
            _ => 0..2 + most,
        }
    }

    /// What a cut now leaves. 0: everything arrived; 1: only what was synced; others: a random part, torn at sectors.
    pub(crate) fn after_cut(&self, tearing: u64) -> Remains {
        let mut file = self.safe.clone();
        let mut random =
            Random(tearing.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (self.steps << 1 | 1));
        let mut arrives = || match tearing {
            0 => true,
            1 => false,
            _ => random.next() & 1 == 0,
        };
        for (offset, octets) in self.pending.iter().chain(&self.in_flight) {
            let (mut at, mut rest) = (*offset, &octets[..]);
            while !rest.is_empty() {
                let (sector, after) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
                if arrives() {
                    put(&mut file, at, sector);
                }
                at += sector.len();
                rest = after;
            }
        }
        let named = match self.name {
            Name::Unborn => false,
            Name::Perhaps => arrives(),
            Name::Named => true,
        };
        Remains { file, named }
    }

    /// How many deeds had been answered before the cut.
    pub(crate) fn answered(&self) -> usize {
        self.answered
    }

    pub(crate) fn steps(&self) -> u64 {
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
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
