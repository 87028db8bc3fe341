//! Every key and every record of the store, and what a crash can leave of them.
//!
//! One LMDB tree (the unnamed database), keys compared as octets, numbers in keys big-endian. `aaaa` is an account,
//! `mmmm` a mailbox's number in it, `ggggg` a global arrival number.
//!
//! ```text
//! key                           value                                                                 written by
//! 00 01                         Schema: magic, version                                                open, migration
//! 00 02                         next gid, u64: only there if the newest body was ever deleted         reaping
//! 00 03                         next account, u32                                                     create_account
//! 00 10 aaaa                    AccountRecord                                                         accounts
//! 00 11 aaaa                    Credentials                                                           accounts
//! 00 12 address                 account, u32                                                          accounts
//! 00 13 address                 targets of an alias                                                   aliases
//! 00 14 domain                  targets of a catch-all                                                aliases
//! 00 20 aaaa name               MailboxRecord                                                         mailboxes
//! 00 21 aaaa name               nothing: a subscription                                               subscribe
//! 00 22 aaaa                    the account's keyword table                                           intern_keyword
//! 00 23 aaaa mmmm               its `released`, u64: a deleted mailbox whose entries wait for the reaper
//! 00 24 ggggg                   nothing: a body without index record: staged, or waiting for the reaper
//! 01 aaaa mmmm modseq[6]        a run of the expunge log: kind, then (uid, entry) up to LOG_RUN times  expunge, move
//! 02 aaaa mmmm uid/16 [4]       Block: entries of 16 UIDs, slot = uid % 16, gid 0 = hole
//! 03 ggggg                      references to the body, u32; absent: as many as the index record was born with
//! F0 ggggg 000000               index record: IndexHead, then the opaque record. Never changes
//! F0 ggggg chunk[3]             body octets, CHUNK each, the last one the rest; chunks count from 1. Never change
//! FF 00000000 aaaa              AccountHead: usage and allocators
//! FF mmmm aaaa                  MailboxHead: counters; then the Block of uid_next/16 as far as it is used
//! ```
//!
//! A delivery touches the right-most leaf of F0 (index record and the last chunk), one overflow page for each full chunk, and the leaf of FF
//! beside it, where the mailbox's number comes first so that everyone's INBOX lies together; every sixteenth of a mailbox a leaf of 02 as well.
//!
//! # What a crash leaves
//!
//! Every deed is one LMDB transaction, so that after a crash it is there whole or not at all, and an answered one is there. What spans
//! several transactions says so in a row of its own, written in the first of them and deleted in the last:
//! * a large body being staged, or a large deleted one being freed, has its row in `00 24`: swept at open;
//! * the entries of a deleted mailbox have their row in `00 23`: reaped from open on;
//! * an expunged message's reference stays with its run in `01` until the mailbox's `released` passes that run's modseq: resumed at open.
//!
//! Numbers are never reused: the next gid is one past the newest body (kept in `00 02` when that body goes), mailbox numbers and UIDVALIDITY are
//! counted in `FF 00000000 aaaa`, UIDs in the mailbox's counters, accounts in `00 03`, each in the transaction that hands the number out.

pub(crate) mod key;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::ids::{AccountId, Flags, Gid, ModSeq, Uid};
use crate::records::{Counters, Entry, Head, SpecialUse};

/// The newest schema this program knows; `migrate` has a step to each one from the one before.
pub(crate) const SCHEMA: u32 = 1;
/// First octets of the schema record: tells our file from any other LMDB file.
pub(crate) const MAGIC: [u8; 12] = *b"pillarbox 01";

/// Octets of a body chunk: an LMDB overflow page without its header, so that no page is part empty and no run of pages is needed.
pub(crate) const CHUNK: usize = 4080;
/// Octets of a packed [`Entry`].
pub(crate) const ENTRY: usize = 24;
/// Entries of a [`Block`].
pub(crate) const BLOCK: usize = 16;
/// Messages in one run of the expunge log: 1 + 64 * 28 octets still lie inside a leaf.
pub(crate) const LOG_RUN: usize = 64;
/// Octets of one message in a run of the expunge log.
pub(crate) const LOG_ENTRY: usize = 4 + ENTRY;

/// Flags an entry can hold: 40 bits.
pub(crate) const FLAG_BITS: u64 = (1 << 40) - 1;
/// Largest modseq an entry can hold (RFC 7162 allows 63 bits; 2^48 changes outlast any mailbox).
pub(crate) const MODSEQ_MAX: ModSeq = (1 << 48) - 1;
/// Largest gid a key can hold.
pub(crate) const GID_MAX: u64 = (1 << 40) - 1;
/// Largest chunk number a key can hold.
pub(crate) const CHUNK_MAX: u32 = (1 << 24) - 1;

// ---- membership ---------------------------------------------------------------------------------------------------

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

/// A mailbox's fixed record; the newest entries stand behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MailboxHead {
    pub(crate) counters: Counters,
    /// Runs of the log up to this modseq are no longer there.
    pub(crate) log_floor: ModSeq,
    /// Runs of the log up to this modseq hold no references any more.
    pub(crate) released: ModSeq,
    /// Messages in the log.
    pub(crate) log_entries: u32,
}

impl MailboxHead {
    pub(crate) const SIZE: usize = 56;

    pub(crate) fn new(uid_validity: u32) -> MailboxHead {
        let counters = Counters {
            uid_validity,
            uid_next: 1,
            highest_modseq: 1,
            messages: 0,
            unseen: 0,
            deleted: 0,
            size: 0,
        };
        MailboxHead {
            counters,
            log_floor: 0,
            released: 0,
            log_entries: 0,
        }
    }

    /// The head and the octets of the newest block.
    pub(crate) fn read(octets: &[u8]) -> Result<(MailboxHead, &[u8])> {
        let mut fields = Fields(octets);
        let counters = Counters {
            uid_validity: fields.u32()?,
            uid_next: fields.u32()?,
            highest_modseq: fields.u64()?,
            messages: fields.u32()?,
            unseen: fields.u32()?,
            deleted: fields.u32()?,
            size: fields.u64()?,
        };
        let head = MailboxHead {
            counters,
            log_floor: fields.u64()?,
            released: fields.u64()?,
            log_entries: fields.u32()?,
        };
        Ok((head, fields.0))
    }

    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        let c = &self.counters;
        to.extend_from_slice(&c.uid_validity.to_be_bytes());
        to.extend_from_slice(&c.uid_next.to_be_bytes());
        to.extend_from_slice(&c.highest_modseq.to_be_bytes());
        to.extend_from_slice(&c.messages.to_be_bytes());
        to.extend_from_slice(&c.unseen.to_be_bytes());
        to.extend_from_slice(&c.deleted.to_be_bytes());
        to.extend_from_slice(&c.size.to_be_bytes());
        to.extend_from_slice(&self.log_floor.to_be_bytes());
        to.extend_from_slice(&self.released.to_be_bytes());
        to.extend_from_slice(&self.log_entries.to_be_bytes());
    }
}

/// An account's usage and allocators.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct AccountHead {
    pub(crate) messages: u64,
    pub(crate) octets: u64,
    pub(crate) next_mailbox: u32,
    pub(crate) last_uid_validity: u32,
}

impl AccountHead {
    pub(crate) fn read(octets: &[u8]) -> Result<AccountHead> {
        let mut fields = Fields(octets);
        Ok(AccountHead {
            messages: fields.u64()?,
            octets: fields.u64()?,
            next_mailbox: fields.u32()?,
            last_uid_validity: fields.u32()?,
        })
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(24);
        to.extend_from_slice(&self.messages.to_be_bytes());
        to.extend_from_slice(&self.octets.to_be_bytes());
        to.extend_from_slice(&self.next_mailbox.to_be_bytes());
        to.extend_from_slice(&self.last_uid_validity.to_be_bytes());
        to
    }
}

// ---- bodies and log -----------------------------------------------------------------------------------------------

/// The fixed beginning of an index record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct IndexHead {
    /// References the body was born with.
    pub(crate) births: u32,
    /// Octets of each chunk but the last.
    pub(crate) chunk: u16,
    pub(crate) head: Head,
}

impl IndexHead {
    pub(crate) const SIZE: usize = 28;

    /// The head and the opaque record behind it.
    pub(crate) fn read(octets: &[u8]) -> Result<(IndexHead, &[u8])> {
        let mut fields = Fields(octets);
        let (births, chunk) = (fields.u32()?, fields.u16()?);
        let zone = fields.u16()?.cast_signed();
        let (received, sent) = (fields.u64()?.cast_signed(), fields.u64()?.cast_signed());
        let head = Head {
            received,
            zone,
            sent,
            size: fields.u32()?,
        };
        Ok((
            IndexHead {
                births,
                chunk,
                head,
            },
            fields.0,
        ))
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(IndexHead::SIZE);
        to.extend_from_slice(&self.births.to_be_bytes());
        to.extend_from_slice(&self.chunk.to_be_bytes());
        to.extend_from_slice(&self.head.zone.to_be_bytes());
        to.extend_from_slice(&self.head.received.to_be_bytes());
        to.extend_from_slice(&self.head.sent.to_be_bytes());
        to.extend_from_slice(&self.head.size.to_be_bytes());
        to
    }

    /// How many chunks the body has.
    pub(crate) fn chunks(&self) -> u32 {
        self.head.size.div_ceil(u32::from(self.chunk).max(1))
    }

    /// Octets of chunk `number` (1 and up).
    pub(crate) fn chunk_size(&self, number: u32) -> u32 {
        let before = u32::from(self.chunk).saturating_mul(number.saturating_sub(1));
        self.head
            .size
            .saturating_sub(before)
            .min(u32::from(self.chunk))
    }
}

/// Whether a run of the expunge log holds a reference to each of its bodies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RunKind {
    /// Until `released` passes it.
    Holds = 0,
    /// Moved while nobody watched: the reference went along to the other mailbox.
    Moved = 1,
}

/// The messages of a run of the expunge log, UIDs ascending.
pub(crate) fn read_run(
    octets: &[u8],
) -> Result<(RunKind, impl Iterator<Item = (Uid, Option<Entry>)>)> {
    let (kind, rest) = match octets.split_first() {
        Some((0, rest)) => (RunKind::Holds, rest),
        Some((1, rest)) => (RunKind::Moved, rest),
        _ => {
            return Err(Error::Damaged(
                "a run of the expunge log is of no known kind".into(),
            ));
        }
    };
    let each = rest.as_chunks::<LOG_ENTRY>().0.iter().filter_map(|octets| {
        let (uid, rest) = octets.split_first_chunk()?;
        let (packed, _) = rest.split_first_chunk()?;
        Some((u32::from_be_bytes(*uid), unpack(packed)))
    });
    Ok((kind, each))
}

// ---- rare records, in postcard ------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
pub(crate) struct Schema {
    pub(crate) magic: [u8; 12],
    pub(crate) version: u32,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    pub(crate) address: String,
    pub(crate) quota: Option<u64>,
    pub(crate) created: i64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct MailboxRecord {
    pub(crate) number: u32,
    pub(crate) special_use: Option<SpecialUse>,
    pub(crate) selectable: bool,
}

/// An alias's target: a person, or an address elsewhere.
#[derive(Serialize, Deserialize)]
pub(crate) enum TargetRecord {
    Account(AccountId),
    Remote(String),
}

/// Fixed fields read one after the other; a short record is damage.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (first, rest) = self
            .0
            .split_first_chunk()
            .ok_or_else(|| Error::Damaged("a record is shorter than its fixed fields".into()))?;
        self.0 = rest;
        Ok(*first)
    }

    fn u16(&mut self) -> Result<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64> {
        self.take().map(u64::from_be_bytes)
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
