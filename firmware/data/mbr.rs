//! The first sector of the card: a master boot record with four entries.
//!
//! Read totally, changed in one place: an entry's length, or an entry that was empty. Everything else of the sector stays as it is.

/// A sector, in octets.
pub(crate) const SECTOR: usize = 512;
/// Of the first entry.
const ENTRIES: usize = 446;
const ENTRY: usize = 16;
/// The last two octets.
const SIGNATURE: [u8; 2] = [0x55, 0xaa];
/// Linux, which is all that anybody needs to know of the data partition.
const LINUX: u8 = 0x83;

/// A partition, in sectors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: u8,
    pub(crate) start: u32,
    pub(crate) length: u32,
}

/// The sector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mbr([u8; SECTOR]);

impl Mbr {
    /// `None`: no such record.
    pub(crate) fn parse(sector: [u8; SECTOR]) -> Option<Mbr> {
        sector.ends_with(&SIGNATURE).then_some(Mbr(sector))
    }

    pub(crate) fn octets(&self) -> &[u8; SECTOR] {
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

    /// The same with a partition of Linux there, whose cylinders and heads are as meaningless as they have been for thirty years.
    pub(crate) fn with_entry(&self, number: u8, start: u32, length: u32) -> Mbr {
        let mut changed = self.clone();
        if let Some(at) = place(number) {
            changed.put(at, &[0, 0xfe, 0xff, 0xff, LINUX, 0xfe, 0xff, 0xff]);
            changed.put(at + 8, &start.to_le_bytes());
            changed.put(at + 12, &length.to_le_bytes());
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
