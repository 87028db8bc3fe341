//! Packed membership: an entry of a mailbox in 24 octets, sixteen of them a block.

use super::{BLOCK, ENTRY, FLAG_BITS};
use crate::ids::{Flags, Gid, ModSeq, Uid};
use crate::records::Entry;

/// A packed entry: gid 5, modseq 6, flags 5, size 4, saved 4 octets.
pub(crate) type Packed = [u8; ENTRY];
/// The entries of 16 UIDs.
pub(crate) type Block = [Packed; BLOCK];
/// A block of holes.
pub(crate) const EMPTY: Block = [[0; ENTRY]; BLOCK];

pub(crate) fn pack(entry: &Entry) -> Packed {
    let [_, _, _, a, b, c, d, e] = entry.gid.0.to_be_bytes();
    let [_, _, f, g, h, i, j, k] = entry.modseq.to_be_bytes();
    let [_, _, _, l, m, n, o, p] = (entry.flags.0 & FLAG_BITS).to_be_bytes();
    let ([q, r, s, t], [u, v, w, x]) = (entry.size.to_be_bytes(), entry.saved.to_be_bytes());
    [
        a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x,
    ]
}

/// `None` for a hole.
pub(crate) fn unpack(packed: &Packed) -> Option<Entry> {
    let [
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
        m,
        n,
        o,
        p,
        q,
        r,
        s,
        t,
        u,
        v,
        w,
        x,
    ] = *packed;
    let gid = Gid(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]));
    (gid.0 != 0).then(|| Entry {
        gid,
        modseq: u64::from_be_bytes([0, 0, f, g, h, i, j, k]),
        flags: Flags(u64::from_be_bytes([0, 0, 0, l, m, n, o, p])),
        size: u32::from_be_bytes([q, r, s, t]),
        saved: u32::from_be_bytes([u, v, w, x]),
    })
}

/// The hole of a message that was expunged by the run of the log at `modseq`, in which its entry can be found.
pub(crate) fn grave(modseq: ModSeq) -> Packed {
    let [_, _, f, g, h, i, j, k] = modseq.to_be_bytes();
    let mut packed = [0; ENTRY];
    if let Some(to) = packed.get_mut(5..11) {
        to.copy_from_slice(&[f, g, h, i, j, k]);
    }
    packed
}

/// The modseq of a packed entry or a grave, read in place.
pub(crate) fn modseq_of(packed: &Packed) -> ModSeq {
    let [_, _, _, _, _, f, g, h, i, j, k, ..] = *packed;
    u64::from_be_bytes([0, 0, f, g, h, i, j, k])
}

/// Whether no message is there.
pub(crate) fn is_hole(packed: &Packed) -> bool {
    matches!(packed, [0, 0, 0, 0, 0, ..])
}

/// Which block a UID's entry is in.
pub(crate) fn block_of(uid: Uid) -> u32 {
    uid / BLOCK as u32
}

/// Which slot of its block a UID has.
pub(crate) fn slot_of(uid: Uid) -> usize {
    (uid % BLOCK as u32) as usize
}

/// The UID of a block's slot; nothing valid reaches past `u32::MAX`.
pub(crate) fn uid_of(block: u32, slot: usize) -> Uid {
    block
        .saturating_mul(BLOCK as u32)
        .saturating_add(slot as u32)
}

/// A block from its octets, which may end at the last entry.
pub(crate) fn read_block(octets: &[u8]) -> Block {
    let mut block = EMPTY;
    for (to, from) in block.iter_mut().zip(octets.as_chunks::<ENTRY>().0) {
        *to = *from;
    }
    block
}
