//! The newest modseq in each block of entries, 64 blocks a row: who asks what has changed passes over the blocks in which nothing has.
//!
//! A row is there for groups of blocks that are full, and never says less than its blocks hold; where there is none, the blocks themselves are asked.

use crate::ids::ModSeq;

/// Blocks of one row: 1,024 UIDs.
pub(crate) const GROUP: u32 = 64;
/// Octets of one modseq.
const WIDTH: usize = 6;

/// The newest modseqs of 64 blocks.
pub(crate) type Newest = [ModSeq; GROUP as usize];

/// Which row a block is in, and where.
pub(crate) fn group_of_block(block: u32) -> (u32, usize) {
    (block / GROUP, (block % GROUP) as usize)
}

/// A row from its octets.
pub(crate) fn read_newest(octets: &[u8]) -> Newest {
    let mut newest = [0; GROUP as usize];
    for (to, from) in newest.iter_mut().zip(octets.as_chunks::<WIDTH>().0) {
        let [a, b, c, d, e, f] = *from;
        *to = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    }
    newest
}

/// Octets of a row.
pub(crate) fn write_newest(newest: &Newest) -> Vec<u8> {
    let each = newest.iter();
    each.flat_map(|modseq| {
        let [_, _, rest @ ..] = modseq.to_be_bytes();
        rest
    })
    .collect()
}
