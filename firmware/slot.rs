//! What a slot holds: one system, that is a kernel and its initramfs, and a first sector that says where they are.
//!
//! ```text
//! octet    0  "PBsl"
//! octet    4  1, the form of this sector                                   (32-bit words, lowest octet first)
//! octet    8  kernel: first sector, counted from the slot's beginning
//! octet   12  kernel: sectors
//! octet   16  initramfs: first sector
//! octet   20  initramfs: sectors
//! octet   64  text: `version=0.1.0`, `target=pi64`, one a line, then zeros
//! octet  508  CRC-32 of the 508 octets before it
//! octet 4096  kernel, as an image of U-Boot's ([`crate::uboot`]): a head of 64 octets with the sum of what follows, then the compressed kernel
//!             initramfs, the same, at the next multiple of 4096
//! ```
//!
//! Why no FIT with SHA-256: of Debian's U-Boots (2025.01) only those for QEMU know FIT and SHA; those for the Pi, `rpi_arm64` and the armel `rpi`, know the older
//! image with a CRC-32. The sum need only tell whole from not whole. Who made a system is decided by its signature, before a slot is written and again when
//! it has been read back ([`crate::update`]); who can write to the card by hand needs no update. Why a sector of our own before it: the older image's length
//! is written highest octet first, which U-Boot's script cannot read, and without it the script would load 64 MiB at every start.
//!
//! Promises: parsing is total, and what it accepts lies within the slot. A slot is written first sector last ([`crate::update`] zeroes it first), so that half a
//! system is none.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::disk_map::{SECTOR, Slot};
use crate::uboot::{Compression, Kind, crc32, image};

/// "PBsl".
pub const MAGIC: [u8; 4] = *b"PBsl";
/// The form of the first sector that this crate writes and reads.
pub const FORM: u32 = 1;
/// Octets of the first sector.
pub const HEAD: usize = SECTOR as usize;
/// Parts begin at multiples of this.
pub const PAGE: usize = 4096;
/// Octets that a slot holds.
pub const MOST: u64 = Slot::A.stretch().length;

/// Octets of the text.
const TEXT_AT: usize = 64;
const CRC_AT: usize = HEAD - 4;
/// Of U-Boot's head before each part.
const LEAST_SECTORS: u32 = 1;

/// The first sector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The kernel's first sector in the slot, and its sectors.
    pub kernel: (u32, u32),
    /// The initramfs's.
    pub initramfs: (u32, u32),
    /// `0.1.0`.
    pub version: String,
    /// `pi64`, `pi32`.
    pub target: String,
}

/// A whole system as it stands in a slot: what an update carries.
///
/// `kernel` is compressed as `compression` says (`Image` or `zImage` plainly: [`Compression::None`]); the initramfs is as the kernel wants it.
///
/// # Errors
/// It does not fit into a slot, or a name is not one.
pub fn make(
    version: &str,
    target: &str,
    cpu: crate::uboot::Cpu,
    kernel: &[u8],
    compression: Compression,
    initramfs: &[u8],
) -> Result<Vec<u8>, TooLarge> {
    let kernel = image(
        cpu,
        Kind::Kernel,
        compression,
        &format!("pillarbox {version} kernel"),
        kernel,
    );
    let initramfs = image(
        cpu,
        Kind::Initramfs,
        Compression::None,
        &format!("pillarbox {version} system"),
        initramfs,
    );
    let second = PAGE.saturating_add(kernel.len()).next_multiple_of(PAGE);
    let whole = second
        .saturating_add(initramfs.len())
        .next_multiple_of(PAGE);
    if whole as u64 > MOST {
        return Err(TooLarge(whole));
    }
    let head = Head {
        kernel: (sectors(PAGE), sectors(kernel.len())),
        initramfs: (sectors(second), sectors(initramfs.len())),
        version: version.to_owned(),
        target: target.to_owned(),
    };
    let mut slot = head.print().to_vec();
    slot.resize(PAGE, 0);
    slot.extend_from_slice(&kernel);
    slot.resize(second, 0);
    slot.extend_from_slice(&initramfs);
    slot.resize(whole, 0);
    Ok(slot)
}

/// The system is larger than a slot: so many octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge(pub usize);

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the system has {} octets, a slot holds {MOST}: leave modules out, or compress the kernel better",
            self.0
        )
    }
}

impl std::error::Error for TooLarge {}

impl Head {
    /// Reads the first sector (or a longer beginning). None: there is no whole system.
    pub fn parse(slot: &[u8]) -> Option<Head> {
        let head = slot.get(..HEAD)?;
        let word = |at: usize| -> Option<u32> {
            let octets = head.get(at..at.checked_add(4)?)?;
            Some(u32::from_le_bytes(octets.try_into().ok()?))
        };
        if head.get(..4)? != MAGIC
            || word(4)? != FORM
            || word(CRC_AT)? != crc32(head.get(..CRC_AT)?)
        {
            return None;
        }
        let text = head.get(TEXT_AT..CRC_AT)?;
        let text = text.split(|octet| *octet == 0).next()?;
        let text = std::str::from_utf8(text).ok()?;
        let value = |name: &str| -> Option<String> {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        let parsed = Head {
            kernel: (word(8)?, word(12)?),
            initramfs: (word(16)?, word(20)?),
            version: value("version")?,
            target: value("target")?,
        };
        [parsed.kernel, parsed.initramfs]
            .into_iter()
            .all(lies_within)
            .then_some(parsed)
    }

    /// The first sector. A version or target too long for it is cut (both together may have some 400 octets).
    pub fn print(&self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let mut put = |at: usize, octets: &[u8]| {
            let end = at.saturating_add(octets.len()).min(HEAD);
            if let Some(place) = head.get_mut(at..end) {
                place.copy_from_slice(octets.get(..place.len()).unwrap_or_default());
            }
        };
        put(0, &MAGIC);
        let words = [
            FORM,
            self.kernel.0,
            self.kernel.1,
            self.initramfs.0,
            self.initramfs.1,
        ];
        for (number, word) in words.into_iter().enumerate() {
            put(4 + 4 * number, &word.to_le_bytes());
        }
        let text = format!("version={}\ntarget={}\n", self.version, self.target);
        let text = text.as_bytes();
        put(TEXT_AT, text.get(..CRC_AT - TEXT_AT - 1).unwrap_or(text));
        let crc = crc32(head.get(..CRC_AT).unwrap_or_default());
        if let Some(place) = head.get_mut(CRC_AT..) {
            place.copy_from_slice(&crc.to_le_bytes());
        }
        head
    }
}

/// Reads the first sector of a slot: of the slot's own device (`/dev/mmcblk0p2`), or a file. None: no whole system stands there.
///
/// # Errors
/// It cannot be opened or read.
pub fn read_head(partition: &Path) -> io::Result<Option<Head>> {
    let mut sector = [0; HEAD];
    match File::open(partition)?.read_exact(&mut sector) {
        Ok(()) => Ok(Head::parse(&sector)),
        Err(short) if short.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(other) => Err(other),
    }
}

fn sectors(octets: usize) -> u32 {
    u32::try_from(octets.div_ceil(HEAD)).unwrap_or(u32::MAX)
}

fn lies_within((first, count): (u32, u32)) -> bool {
    let end = u64::from(first).saturating_add(u64::from(count));
    first >= 1 && count >= LEAST_SECTORS && end.saturating_mul(SECTOR) <= MOST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uboot::Cpu;

    fn one() -> Vec<u8> {
        make(
            "1.2.3",
            "pi64",
            Cpu::Arm64,
            &[7; 5000],
            Compression::Gzip,
            &[9; 600],
        )
        .unwrap()
    }

    #[test]
    fn a_system_is_found_where_its_head_says() {
        let slot = one();
        let head = Head::parse(&slot).unwrap();
        assert_eq!(
            (head.version.as_str(), head.target.as_str()),
            ("1.2.3", "pi64")
        );
        assert_eq!(head.kernel, (8, 10));
        assert_eq!(head.initramfs, (24, 2));
        assert_eq!(slot.len(), 16384);
        assert_eq!(slot[4096..4100], [0x27, 0x05, 0x19, 0x56]);
        assert_eq!(slot[24 * 512..24 * 512 + 4], [0x27, 0x05, 0x19, 0x56]);
        assert_eq!(slot[4096 + 64..4096 + 64 + 5000], [7; 5000]);
        assert_eq!(head.print()[..], slot[..512]);
    }

    #[test]
    fn any_harmed_octet_of_the_head_is_seen() {
        let slot = one();
        for at in 0..HEAD {
            let mut harmed = slot.clone();
            harmed[at] ^= 0x10;
            assert_eq!(Head::parse(&harmed), None, "{at}");
            assert_eq!(Head::parse(&slot[..at]), None);
        }
    }

    #[test]
    fn a_head_that_points_out_of_the_slot_is_none() {
        let mut head = Head::parse(&one()).unwrap();
        for parts in [(0, 1), (8, 0), (131_071, 2), (u32::MAX, u32::MAX)] {
            head.kernel = parts;
            assert_eq!(Head::parse(&head.print()), None, "{parts:?}");
        }
        head.kernel = (131_071, 1);
        assert!(Head::parse(&head.print()).is_some());
        head.version = "9".repeat(1000);
        assert_eq!(
            Head::parse(&head.print()),
            None,
            "the target was cut away, so it is none"
        );
    }

    #[test]
    fn a_system_larger_than_a_slot_is_refused() {
        let kernel = vec![0; MOST as usize];
        let refused = make(
            "1.2.3",
            "pi64",
            Cpu::Arm64,
            &kernel,
            Compression::None,
            b"x",
        )
        .unwrap_err();
        assert_eq!(refused.0, MOST as usize + 3 * PAGE);
    }
}
