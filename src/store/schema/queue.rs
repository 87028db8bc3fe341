//! Records of the queue. Letters and rows are postcard: they are read by tens, not by millions.

use mail::Address;
use serde::{Deserialize, Serialize};

use super::Fields;
use crate::error::{Error, Result};
use crate::ids::{AccountId, Gid};
use crate::records::{
    Attempt, BodyKind, DeliverBy, Lane, Letter, LetterId, NewLetter, NewRow, Notify, Origin,
    QueueCounts, QueueTime, Ret, Row,
};

/// The queue's counters and its allocator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct QueueHead {
    pub(crate) counts: QueueCounts,
    pub(crate) next_letter: u64,
}

impl Default for QueueHead {
    fn default() -> QueueHead {
        QueueHead {
            counts: QueueCounts::default(),
            next_letter: 1,
        }
    }
}

impl QueueHead {
    pub(crate) fn read(octets: &[u8]) -> Result<QueueHead> {
        let mut fields = Fields(octets);
        Ok(QueueHead {
            counts: QueueCounts {
                letters: fields.u64()?,
                rows: fields.u64()?,
                held: fields.u64()?,
            },
            next_letter: fields.u64()?,
        })
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let QueueCounts {
            letters,
            rows,
            held,
        } = self.counts;
        [letters, rows, held, self.next_letter]
            .map(u64::to_be_bytes)
            .concat()
    }
}

/// A lane as it sorts in keys.
pub(crate) fn lane_octet(lane: Lane) -> u8 {
    u8::from(lane.retry) << 7
        | 9_i8
            .saturating_sub(lane.priority)
            .clamp(0, 18)
            .cast_unsigned()
}

/// The lane of a key.
pub(crate) fn lane_of(octet: u8) -> Lane {
    Lane {
        retry: octet >> 7 == 1,
        priority: 9 - (octet & 0x7F).min(18).cast_signed(),
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum OriginRecord {
    Submission,
    Forward(String),
    Return,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LetterRecord {
    pub(crate) gid: u64,
    pub(crate) size: u32,
    pub(crate) rows_left: u32,
    sender: Option<AccountId>,
    reverse_path: Option<String>,
    body: BodyKind,
    smtputf8: bool,
    require_tls: bool,
    tls_optional: bool,
    envid: Option<String>,
    ret: Option<Ret>,
    pub(crate) priority: i8,
    accepted: i64,
    enqueued: QueueTime,
    expires: QueueTime,
    deliver_by: Option<DeliverBy>,
    origin: OriginRecord,
}

impl LetterRecord {
    pub(crate) fn new(new: &NewLetter, gid: Gid, size: u32) -> LetterRecord {
        LetterRecord {
            gid: gid.0,
            size,
            rows_left: u32::try_from(new.rows.len()).unwrap_or(u32::MAX),
            sender: new.sender,
            reverse_path: new.reverse_path.as_ref().map(Address::to_string),
            body: new.body,
            smtputf8: new.smtputf8,
            require_tls: new.require_tls,
            tls_optional: new.tls_optional,
            envid: new.envid.clone(),
            ret: new.ret,
            priority: new.priority,
            accepted: new.accepted,
            enqueued: new.enqueued,
            expires: new.expires,
            deliver_by: new.deliver_by,
            origin: match &new.origin {
                Origin::Submission => OriginRecord::Submission,
                Origin::Forward { alias } => OriginRecord::Forward(alias.to_string()),
                Origin::Return => OriginRecord::Return,
            },
        }
    }

    pub(crate) fn read(octets: &[u8]) -> Result<LetterRecord> {
        Ok(postcard::from_bytes(octets)?)
    }

    pub(crate) fn letter(self, id: LetterId) -> Result<Letter> {
        Ok(Letter {
            id,
            gid: Gid(self.gid),
            size: self.size,
            rows_left: self.rows_left,
            sender: self.sender,
            reverse_path: self.reverse_path.as_deref().map(address).transpose()?,
            body: self.body,
            smtputf8: self.smtputf8,
            require_tls: self.require_tls,
            tls_optional: self.tls_optional,
            envid: self.envid,
            ret: self.ret,
            priority: self.priority,
            accepted: self.accepted,
            enqueued: self.enqueued,
            expires: self.expires,
            deliver_by: self.deliver_by,
            origin: match self.origin {
                OriginRecord::Submission => Origin::Submission,
                OriginRecord::Forward(alias) => Origin::Forward {
                    alias: address(&alias)?,
                },
                OriginRecord::Return => Origin::Return,
            },
        })
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RowRecord {
    pub(crate) recipient: String,
    pub(crate) destination: String,
    pub(crate) orcpt: Option<String>,
    pub(crate) notify: Notify,
    pub(crate) due: QueueTime,
    pub(crate) held: bool,
    pub(crate) attempts: u16,
    pub(crate) warned: bool,
    pub(crate) last: Option<Attempt>,
    /// The run of the store in which it was claimed, until it is settled; 0: none.
    pub(crate) claimed: u64,
}

impl RowRecord {
    pub(crate) fn new(new: &NewRow) -> RowRecord {
        RowRecord {
            recipient: new.recipient.to_string(),
            destination: new.destination.clone(),
            orcpt: new.orcpt.clone(),
            notify: new.notify,
            due: new.due,
            held: false,
            attempts: 0,
            warned: false,
            last: None,
            claimed: 0,
        }
    }

    pub(crate) fn read(octets: &[u8]) -> Result<RowRecord> {
        Ok(postcard::from_bytes(octets)?)
    }

    /// The lane it is in, as octet.
    pub(crate) fn lane(&self, priority: i8) -> u8 {
        lane_octet(Lane {
            retry: self.attempts > 0,
            priority,
        })
    }

    pub(crate) fn row(self, number: u32) -> Result<Row> {
        Ok(Row {
            number,
            recipient: address(&self.recipient)?,
            destination: self.destination,
            orcpt: self.orcpt,
            notify: self.notify,
            due: self.due,
            held: self.held,
            attempts: self.attempts,
            warned: self.warned,
            last: self.last,
        })
    }
}

/// What a person sent on a day of the queue's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct SendingCount {
    pub(crate) day: u32,
    pub(crate) messages: u32,
    pub(crate) new_recipients: u32,
}

impl SendingCount {
    pub(crate) fn read(octets: &[u8]) -> Result<SendingCount> {
        let mut fields = Fields(octets);
        Ok(SendingCount {
            day: fields.u32()?,
            messages: fields.u32()?,
            new_recipients: fields.u32()?,
        })
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        [self.day, self.messages, self.new_recipients]
            .map(u32::to_be_bytes)
            .concat()
    }
}

fn address(text: &str) -> Result<Address> {
    Address::parse(text).map_err(|_| Error::Damaged("an address in the queue is none".into()))
}
