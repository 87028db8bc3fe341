//! The fixed beginning of an index record, and runs of the expunge log.

use super::{Fields, LOG_ENTRY, unpack};
use crate::error::{Error, Result};
use crate::ids::Uid;
use crate::records::{Entry, Head};

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
