//! The data partition grows to the end of the card: at the first start, and at the first start on a larger card that the old one was copied to.
//!
//! Three steps, each looked at anew at every start and done only if it is due, so no note says how far a former start came:
//!
//! ```text
//! 1  the MBR's entry becomes longer      one sector, which a card writes whole or not at all; synced
//! 2  the kernel hears of it              in memory only; at a start after step 1 it reads the longer entry by itself
//! 3  ext4 grows, mounted                 in the kernel, under its journal, block group after block group
//! ```
//!
//! A cut before or in 1: the old entry, the old file system. After 1: a partition that is longer than its file system, which every ext4 may be; the next start does 3.
//! In 3: journalled; the file system is as long as the groups that were added, and the next start adds the rest. No step ever makes anything shorter, and none writes
//! where the file system has data: step 1 changes four octets of sector 0, step 3 writes behind the old end. A card that tore the one sector would lose its
//! partitions, not their contents; none is known to.
//!
//! What it cannot do: use more than 2 TiB, the MBR's limit.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::mbr::{Mbr, SECTOR};
use crate::sys;

/// Partitions end at multiples of this many sectors (1 MiB), as they begin.
const ALIGN: u64 = 2048;
/// Less than this is not worth a step: 4 MiB.
const WORTH: u64 = 8192;

/// What the entry of partition `number` should say on a disk of so many sectors; `None`: it is right.
pub(crate) fn due(mbr: &Mbr, number: u8, disk: u64) -> Option<u32> {
    let entry = mbr.entry(number)?;
    let start = u64::from(entry.start);
    let room = disk.checked_sub(start)?;
    let length = room - room % ALIGN;
    let length = u32::try_from(length).unwrap_or(u32::MAX - u32::MAX % 2048);
    (u64::from(length) >= u64::from(entry.length) + WORTH).then_some(length)
}

/// Steps 1 and 2; whether there was anything to do.
///
/// # Errors
/// The card cannot be read or written. Nothing was changed, or step 2 is left to the next start.
pub(crate) fn partition(disk: &File, sectors: u64, number: u8) -> io::Result<bool> {
    let mbr = read(disk)?;
    let Some(length) = due(&mbr, number, sectors) else {
        return Ok(false);
    };
    let start = mbr.entry(number).map_or(0, |entry| entry.start);
    write(disk, &mbr.with_length(number, length))?;
    let octets = |sectors: u32| u64::from(sectors) * SECTOR as u64;
    sys::resize_partition(disk, number, octets(start), octets(length))?;
    Ok(true)
}

/// Step 3: the file system mounted at `folder` takes all of a partition of `length` octets; how many blocks it then has, if there was anything to do.
///
/// # Errors
/// The kernel cannot; the file system is as it was, or grown by a part.
pub(crate) fn file_system(
    folder: &Path,
    block_size: u64,
    blocks: u64,
    length: u64,
) -> io::Result<Option<u64>> {
    let wanted = length / block_size.max(1);
    if wanted < blocks + WORTH * SECTOR as u64 / block_size.max(1) {
        return Ok(None);
    }
    sys::resize_file_system(File::open(folder)?, wanted)?;
    Ok(Some(wanted))
}

/// The first sector.
pub(crate) fn read(disk: &File) -> io::Result<Mbr> {
    let mut sector = [0; SECTOR];
    disk.read_exact_at(&mut sector, 0)?;
    Mbr::parse(sector).ok_or_else(|| io::Error::other("the card has no partitions"))
}

/// The first sector, lasting when this returns.
pub(crate) fn write(disk: &File, mbr: &Mbr) -> io::Result<()> {
    disk.write_all_at(mbr.octets(), 0)?;
    disk.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mbr(start: u32, length: u32) -> Mbr {
        let mut sector = [0; SECTOR];
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        Mbr::parse(sector).unwrap().with_entry(4, start, length)
    }

    #[test]
    fn it_grows_to_the_end_once() {
        let small = mbr(393_216, 131_072);
        // 1 GiB and a bit: to the last whole MiB.
        let length = due(&small, 4, 2_097_152 + 77).unwrap();
        assert_eq!(length, 2_097_152 - 393_216);
        assert_eq!(due(&small.with_length(4, length), 4, 2_097_152 + 77), None);
    }

    #[test]
    fn it_never_shrinks_and_leaves_trifles() {
        assert_eq!(due(&mbr(2048, 1_000_000), 4, 500_000), None);
        assert_eq!(due(&mbr(500_000, 100_000), 4, 400_000), None);
        assert_eq!(due(&mbr(2048, 100_000), 4, 2048 + 100_000 + 4096), None);
        assert_eq!(due(&mbr(2048, 100_000), 3, 1 << 30), None);
    }

    #[test]
    fn a_disk_beyond_the_mbr_is_used_as_far_as_it_goes() {
        let length = due(&mbr(2048, 100_000), 4, 1 << 40).unwrap();
        assert_eq!(length, u32::MAX - 2047);
    }
}
