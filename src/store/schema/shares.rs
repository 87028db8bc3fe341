//! How many references more (or fewer) a body has than it was born with, 64 bodies a row: whoever copies thousands of messages writes few rows, and
//! reads no index record for it.

use crate::ids::Gid;

/// Bodies of one row.
pub(crate) const SHARES: usize = 64;

/// The differences of 64 bodies.
pub(crate) type Shares = [i32; SHARES];
/// All as they were born.
pub(crate) const AS_BORN: Shares = [0; SHARES];

/// Which row a body is in.
pub(crate) fn group_of(gid: Gid) -> u64 {
    gid.0 / SHARES as u64
}

/// Which place in its row a body has.
pub(crate) fn place_of(gid: Gid) -> usize {
    (gid.0 % SHARES as u64) as usize
}

/// A row from its octets, which may end at the last difference.
pub(crate) fn read_shares(octets: &[u8]) -> Shares {
    let mut shares = AS_BORN;
    for (to, from) in shares.iter_mut().zip(octets.as_chunks().0) {
        *to = i32::from_be_bytes(*from);
    }
    shares
}

/// Octets of a row up to the last difference; none: all are as they were born.
pub(crate) fn write_shares(shares: &Shares) -> Vec<u8> {
    let used = shares
        .iter()
        .rposition(|more| *more != 0)
        .map_or(0, |last| last + 1);
    let used = shares.iter().take(used);
    used.flat_map(|more| more.to_be_bytes()).collect()
}
