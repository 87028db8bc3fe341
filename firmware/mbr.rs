//! The first sector of the card: a master boot record with four entries.
//!
//! The image builder makes one; process 1 reads it totally and changes one place: an entry's length, or an entry that was empty. Everything else of the sector stays as
//! it is. Cylinders and heads are not said: whoever reads this counts sectors.

use crate::disk_map;

/// A sector, in octets.
pub const SECTOR: usize = disk_map::SECTOR as usize;
/// The disk's own number, by which the kernel's `PARTUUID=` knows it.
const DISK_NUMBER: usize = 440;
/// Of the first entry.
const ENTRIES: usize = 446;
const ENTRY: usize = 16;
/// The last two octets.
const SIGNATURE: [u8; 2] = [0x55, 0xaa];
/// FAT32 by sectors; nothing that an operating system would offer to read; Linux, which is all that anybody needs to know of the data partition.
pub const FAT32: u8 = 0x0c;
/// See [`FAT32`].
pub const NO_FILE_SYSTEM: u8 = 0xda;
/// See [`FAT32`].
pub const LINUX: u8 = 0x83;
/// What stands before an entry's first head if a disk is started from there: some chips ask.
const STARTED_FROM: u8 = 0x80;

/// A partition, in sectors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What is in it: [`FAT32`] and its neighbours; 0 is no partition.
    pub kind: u8,
    /// Its first sector.
    pub start: u32,
    /// How many it has.
    pub length: u32,
}

/// The sector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mbr([u8; SECTOR]);

impl Mbr {
    /// One of a new disk, without partitions.
    #[must_use]
    pub fn new(number: [u8; 4]) -> Mbr {
        let mut made = Mbr([0; SECTOR]);
        made.put(DISK_NUMBER, &number);
        made.put(SECTOR - SIGNATURE.len(), &SIGNATURE);
        made
    }

    /// `None`: no such record.
    pub(crate) fn parse(sector: [u8; SECTOR]) -> Option<Mbr> {
        sector.ends_with(&SIGNATURE).then_some(Mbr(sector))
    }

    /// As it stands on the disk.
    #[must_use]
    pub fn octets(&self) -> &[u8; SECTOR] {
        &self.0
    }

    /// Partition `number`, 1 to 4; `None`: there is none.
    pub(crate) fn entry(&self, number: u8) -> Option<Entry> {
        let at = place(number)?;
        let entry = Entry {
            kind: *self.0.get(at + 4)?,
            start: self.word(at + 8),
            length: self.word(at + 12),
        };
        (entry.kind != 0 && entry.start != 0 && entry.length != 0).then_some(entry)
    }

    /// The same with another length of partition `number`.
    pub(crate) fn with_length(&self, number: u8, length: u32) -> Mbr {
        let mut changed = self.clone();
        if let Some(at) = place(number) {
            changed.put(at + 12, &length.to_le_bytes());
        }
        changed
    }

    /// The same with partition `number` there, 1 to 4.
    #[must_use]
    pub fn with(&self, number: u8, entry: Entry) -> Mbr {
        let mut changed = self.clone();
        if let Some(at) = place(number) {
            changed.put(at, &[0, 0xfe, 0xff, 0xff, entry.kind, 0xfe, 0xff, 0xff]);
            changed.put(at + 8, &entry.start.to_le_bytes());
            changed.put(at + 12, &entry.length.to_le_bytes());
        }
        changed
    }

    /// The same with a partition of Linux there.
    pub(crate) fn with_entry(&self, number: u8, start: u32, length: u32) -> Mbr {
        let kind = LINUX;
        let entry = Entry {
            kind,
            start,
            length,
        };
        self.with(number, entry)
    }

    /// The same, started from partition `number`.
    #[must_use]
    pub fn started_from(&self, number: u8) -> Mbr {
        let mut changed = self.clone();
        if let Some(at) = place(number) {
            changed.put(at, &[STARTED_FROM]);
        }
        changed
    }

    fn word(&self, at: usize) -> u32 {
        let octets = self.0.get(at..).and_then(<[u8]>::first_chunk);
        u32::from_le_bytes(octets.copied().unwrap_or_default())
    }

    fn put(&mut self, at: usize, octets: &[u8]) {
        if let Some(place) = self.0.get_mut(at..at + octets.len()) {
            place.copy_from_slice(octets);
        }
    }
}

fn place(number: u8) -> Option<usize> {
    (1..=4)
        .contains(&number)
        .then(|| ENTRIES + ENTRY * (usize::from(number) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Mbr {
        let mut sector = [7; SECTOR];
        sector[ENTRIES..SECTOR - 2].fill(0);
        sector[SECTOR - 2..].copy_from_slice(&SIGNATURE);
        Mbr::parse(sector).unwrap()
    }

    #[test]
    fn an_entry_is_written_grown_and_read() {
        let made = empty().with_entry(4, 393_216, 131_072);
        assert_eq!(empty().entry(4), None);
        assert_eq!(
            made.entry(4),
            Some(Entry {
                kind: LINUX,
                start: 393_216,
                length: 131_072
            })
        );
        let grown = made.with_length(4, 1_000_000);
        assert_eq!(grown.entry(4).unwrap().length, 1_000_000);
        // Nothing but the twelve octets of the length differs.
        let differ = made
            .octets()
            .iter()
            .zip(grown.octets())
            .filter(|(a, b)| a != b)
            .count();
        assert!(differ <= 4);
        assert_eq!(grown.entry(1), None);
    }

    #[test]
    fn numbers_that_are_none_change_nothing() {
        for number in [0, 5, 255] {
            assert_eq!(empty().with_entry(number, 1, 1), empty());
            assert_eq!(empty().with_length(number, 1), empty());
            assert_eq!(empty().entry(number), None);
        }
        assert_eq!(Mbr::parse([0; SECTOR]), None);
    }
}
