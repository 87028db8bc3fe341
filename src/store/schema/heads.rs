//! The fixed records of `FF`: a mailbox's counters, an account's usage.

use super::Fields;
use crate::error::Result;
use crate::ids::ModSeq;
use crate::records::Counters;

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
