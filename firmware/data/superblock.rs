//! The head of an ext4 file system: whether it is one, how long it is, whether it knows of damage.
//!
//! Read before anything is mounted, so that "nothing is there" and "something is there that cannot be read" are two sentences, and neither is ever taken for a
//! licence to format.

/// Where it lies in the partition, in octets.
pub(crate) const PLACE: u64 = 1024;
/// Its length.
pub(crate) const LENGTH: usize = 1024;
const MAGIC: u16 = 0xef53;
/// `s_state`: errors were found.
const ERRORS: u16 = 0x0002;
/// `s_feature_incompat`: block numbers of 64 bits.
const WIDE: u32 = 0x0080;
/// Blocks of 1 KiB times 2 to this are the largest that exist.
const LARGEST_SHIFT: u32 = 6;

/// What is known of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Superblock {
    pub(crate) block_size: u64,
    pub(crate) blocks: u64,
    /// It has noted errors that nothing has mended.
    pub(crate) wounded: bool,
}

impl Superblock {
    /// `None`: this is none.
    pub(crate) fn parse(octets: &[u8; LENGTH]) -> Option<Superblock> {
        let half = |at: usize| {
            octets
                .get(at..)?
                .first_chunk()
                .copied()
                .map(u16::from_le_bytes)
        };
        let word = |at: usize| {
            octets
                .get(at..)?
                .first_chunk()
                .copied()
                .map(u32::from_le_bytes)
        };
        if half(0x38)? != MAGIC {
            return None;
        }
        let shift = word(0x18)?;
        if shift > LARGEST_SHIFT {
            return None;
        }
        let high = if word(0x60)? & WIDE == 0 {
            0
        } else {
            word(0x150)?
        };
        let blocks = u64::from(high) << 32 | u64::from(word(0x04)?);
        (blocks != 0).then_some(Superblock {
            block_size: 1024 << shift,
            blocks,
            wounded: half(0x3a)? & ERRORS != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> [u8; LENGTH] {
        let mut octets = [0; LENGTH];
        octets[0x04..0x08].copy_from_slice(&16_384u32.to_le_bytes());
        octets[0x18] = 2;
        octets[0x38..0x3a].copy_from_slice(&MAGIC.to_le_bytes());
        octets[0x3a] = 1;
        octets
    }

    #[test]
    fn a_sound_one_a_wounded_one_a_wide_one() {
        let sound = Superblock {
            block_size: 4096,
            blocks: 16_384,
            wounded: false,
        };
        assert_eq!(Superblock::parse(&made()), Some(sound));
        let mut octets = made();
        octets[0x3a] = 3;
        assert!(Superblock::parse(&octets).unwrap().wounded);
        octets[0x150] = 1;
        assert_eq!(Superblock::parse(&octets).unwrap().blocks, 16_384);
        octets[0x60] = 0x80;
        assert_eq!(
            Superblock::parse(&octets).unwrap().blocks,
            (1 << 32) + 16_384
        );
    }

    #[test]
    fn anything_else_is_none() {
        assert_eq!(Superblock::parse(&[0; LENGTH]), None);
        assert_eq!(Superblock::parse(&[0xff; LENGTH]), None);
        for (at, value) in [(0x38, 0), (0x18, 7), (0x05, 0)] {
            let mut octets = made();
            octets[at] = value;
            assert_eq!(Superblock::parse(&octets), None, "{at}");
        }
    }
}
