//! Octets to and from a slot of the disk, past every cache.
//!
//! What is read back must come from the medium and not from memory, so the disk is opened past the cache; its pieces are then whole blocks, in memory that begins
//! at a block's border. Where the file system has no such thing (a file as a disk, in tests) the same is done with ordinary writes, a sync, and a request to
//! forget what is cached.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::fs::{Advice, OFlags, fadvise};

use crate::past_cache;

/// Octets of one write: as much as init may spend on one turn of its loop, and one of these is all the memory that writing takes.
pub(super) const PIECE: usize = 256 * 1024;
/// Every medium's blocks divide this.
const BLOCK: usize = 4096;

/// A part of a disk, from `start` on, `length` octets: a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Where it begins on the disk, in octets; a multiple of 4096.
    pub start: u64,
    /// Octets; a multiple of 4096.
    pub length: u64,
}

/// A slot, open for writing or for reading back.
pub(super) struct Slot {
    disk: File,
    place: Place,
    direct: bool,
}

/// Memory for one piece that begins at a block's border.
pub(super) struct Piece {
    memory: Vec<u8>,
    begin: usize,
}

impl Piece {
    pub(super) fn new() -> Piece {
        let memory = vec![0; PIECE + BLOCK];
        let begin = memory.as_ptr().align_offset(BLOCK).min(BLOCK);
        Piece { memory, begin }
    }

    /// All of it.
    pub(super) fn octets(&mut self) -> &mut [u8] {
        let end = self.begin + PIECE;
        self.memory.get_mut(self.begin..end).unwrap_or_default()
    }

    /// Fills it from `source`, with zeros behind its end; how many octets came.
    pub(super) fn fill(&mut self, source: &mut impl Read) -> io::Result<usize> {
        let octets = self.octets();
        let mut filled = 0;
        while let Some(rest) = octets.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match source.read(rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        octets.get_mut(filled..).unwrap_or_default().fill(0);
        Ok(filled)
    }
}

impl Slot {
    /// Opens the part of the disk.
    pub(super) fn open(disk: &Path, place: Place, write: bool) -> io::Result<Slot> {
        if !place.start.is_multiple_of(BLOCK as u64) || !place.length.is_multiple_of(BLOCK as u64) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a slot begins and ends at a multiple of 4096 octets",
            ));
        }
        let (disk, direct) = past_cache::open(disk, write, OFlags::empty())?;
        Ok(Slot {
            disk,
            place,
            direct,
        })
    }

    /// Writes the piece's first octets at `offset` of the slot, in whole blocks; it must fit.
    pub(super) fn write(&self, piece: &mut Piece, length: usize, offset: u64) -> io::Result<()> {
        let whole = length.next_multiple_of(BLOCK).min(PIECE);
        if offset.saturating_add(whole as u64) > self.place.length {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the slot is smaller than the system",
            ));
        }
        let octets = piece.octets().get(..whole).unwrap_or_default();
        self.disk.write_all_at(octets, self.place.start + offset)
    }

    /// Everything written is on the medium, as far as the medium tells the truth.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.disk.sync_data()
    }

    /// What follows is read from the medium, as far as that can be had.
    pub(super) fn forget_cached(&self) {
        if !self.direct {
            fadvise(&self.disk, 0, None, Advice::DontNeed).ok();
        }
    }

    /// Reads `length` octets, at most a piece, from `offset` of the slot.
    pub(super) fn read<'p>(
        &self,
        piece: &'p mut Piece,
        length: usize,
        offset: u64,
    ) -> io::Result<&'p [u8]> {
        let length = length.min(PIECE);
        let whole = length.next_multiple_of(BLOCK);
        if offset.saturating_add(whole as u64) > self.place.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let octets = piece.octets().get_mut(..whole).unwrap_or_default();
        self.disk.read_exact_at(octets, self.place.start + offset)?;
        Ok(octets.get(..length).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::verify::tests::Folder;

    #[test]
    fn what_is_written_is_read_back_and_nothing_beside_it_is_touched() {
        let folder = Folder::new();
        let disk = folder.path("disk");
        std::fs::write(&disk, vec![7; 4 * PIECE]).unwrap();
        let place = Place {
            start: PIECE as u64,
            length: 2 * PIECE as u64,
        };
        let slot = Slot::open(&disk, place, true).unwrap();
        let mut piece = Piece::new();
        let system: Vec<u8> = (0..PIECE + 5000).map(|n| (n % 251) as u8).collect();
        let mut source = system.as_slice();
        let mut offset = 0;
        loop {
            let count = piece.fill(&mut source).unwrap();
            if count == 0 {
                break;
            }
            slot.write(&mut piece, count, offset).unwrap();
            offset += count as u64;
        }
        slot.sync().unwrap();
        slot.forget_cached();
        let mut back = slot.read(&mut piece, PIECE, 0).unwrap().to_vec();
        back.extend_from_slice(slot.read(&mut piece, 5000, PIECE as u64).unwrap());
        assert!(back == system);
        assert!(slot.read(&mut piece, 1, 2 * PIECE as u64).is_err());
        let all = std::fs::read(&disk).unwrap();
        assert!(all[..PIECE].iter().all(|octet| *octet == 7));
        // The last block is filled with zeros, and what follows it is as it was.
        let end = PIECE + system.len().next_multiple_of(BLOCK);
        assert!(
            all[PIECE + system.len()..end]
                .iter()
                .all(|octet| *octet == 0)
        );
        assert!(all[end..].iter().all(|octet| *octet == 7));
        assert!(slot.write(&mut piece, 1, 2 * PIECE as u64).is_err());
    }

    #[test]
    fn a_slot_at_an_odd_place_is_refused() {
        let folder = Folder::new();
        let disk = folder.path("disk");
        std::fs::write(&disk, [0; 8192]).unwrap();
        let place = Place {
            start: 512,
            length: 4096,
        };
        assert!(Slot::open(&disk, place, true).is_err());
    }
}
