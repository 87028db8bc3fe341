//! Reads a message (RFC 1035 §4): the header, the question, and records as ranges of octets.
//!
//! Why not simple-dns, which writes our questions: its reader (0.13) reserves room for as many records as the header claims (tens of megabytes
//! for a datagram of 12 octets), gives up on a whole message for one record of a class it does not know, refuses questions of types it does not know (TLSA), and
//! hides the octets of TXT strings. The tests use it as the other opinion.
//!
//! Promises: total; linear time; memory within a small multiple of the message. A compression pointer must point before the name that it stands
//! in (RFC 1035 §4.1.4: "a prior occurrence"), so that loops cannot be built. Octets behind the last record are ignored.

use crate::name::{NAME_MAX, Name};

/// The longest message there is (RFC 1035 §4.2.2).
pub const MAX_MESSAGE: usize = 65_535;
/// The most records in a message; sets in use have some dozens.
pub const MAX_RECORDS: usize = 1_024;

/// QR: an answer.
pub(crate) const RESPONSE: u16 = 0x8000;
/// OPCODE.
pub(crate) const OPCODE: u16 = 0x7800;
/// AA: from a server that is in charge.
pub(crate) const AUTHORITATIVE: u16 = 0x0400;
/// TC: did not fit.
pub(crate) const TRUNCATED: u16 = 0x0200;
/// RA: this server follows up.
pub(crate) const RECURSION_AVAILABLE: u16 = 0x0080;
/// AD: verified (RFC 4035 §3.2.3).
pub(crate) const AUTHENTIC: u16 = 0x0020;
/// RCODE.
pub(crate) const RCODE: u16 = 0x000f;

/// The message does not hold what its own counts and lengths say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The twelve octets at the front.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) id: u16,
    pub(crate) flags: u16,
    pub(crate) questions: u16,
    answers: u16,
    authorities: u16,
    additional: u16,
}

/// The question as it came back.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// Its labels as sent, case and all, without the final zero.
    pub(crate) wire: &'a [u8],
    pub(crate) kind: u16,
    pub(crate) class: u16,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Answer,
    Authority,
    Additional,
}

/// A record whose data has not been looked at.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) section: Section,
    pub(crate) owner: Name,
    pub(crate) kind: u16,
    pub(crate) class: u16,
    /// Seconds (for OPT: extended RCODE, version and flags).
    pub(crate) ttl: u32,
    start: usize,
    end: usize,
}

/// A place in a message, from which is read.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    message: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Reader<'a> {
        Reader {
            message,
            at: 0,
            end: message.len(),
        }
    }

    /// Reads the data of `record`, from the same message.
    pub(crate) fn data(&self, record: &Record) -> Reader<'a> {
        Reader {
            message: self.message,
            at: record.start,
            end: record.end,
        }
    }

    pub(crate) fn header(&mut self) -> Result<Header, Malformed> {
        Ok(Header {
            id: self.u16()?,
            flags: self.u16()?,
            questions: self.u16()?,
            answers: self.u16()?,
            authorities: self.u16()?,
            additional: self.u16()?,
        })
    }

    /// The question; it stands first, so that its name cannot be compressed.
    pub(crate) fn question(&mut self) -> Result<Question<'a>, Malformed> {
        let start = self.at;
        loop {
            let length = self.u8()?;
            if length == 0 {
                break;
            }
            if length > 63 || self.at - start > NAME_MAX {
                return Err(Malformed);
            }
            self.take(usize::from(length))?;
        }
        let wire = self
            .message
            .get(start..self.at.saturating_sub(1))
            .ok_or(Malformed)?;
        Ok(Question {
            wire,
            kind: self.u16()?,
            class: self.u16()?,
        })
    }

    /// All records behind the question.
    pub(crate) fn records(&mut self, header: &Header) -> Result<Vec<Record>, Malformed> {
        let sections = [
            (Section::Answer, header.answers),
            (Section::Authority, header.authorities),
            (Section::Additional, header.additional),
        ];
        let claimed: usize = sections.iter().map(|(_, count)| usize::from(*count)).sum();
        if claimed > MAX_RECORDS {
            return Err(Malformed);
        }
        // Grows with what is there, not with what is claimed.
        let mut records = Vec::new();
        for (section, count) in sections {
            for _ in 0..count {
                records.push(self.record(section)?);
            }
        }
        Ok(records)
    }

    fn record(&mut self, section: Section) -> Result<Record, Malformed> {
        let owner = self.name()?;
        let (kind, class) = (self.u16()?, self.u16()?);
        let ttl = u32::from_be_bytes(self.array()?);
        let length = usize::from(self.u16()?);
        let start = self.at;
        self.take(length)?;
        Ok(Record {
            section,
            owner,
            kind,
            class,
            ttl,
            start,
            end: self.at,
        })
    }

    /// A name, compressed or not.
    pub(crate) fn name(&mut self) -> Result<Name, Malformed> {
        let mut name = Name::root();
        // Where the part being read began: a pointer goes before it.
        let mut part = self.at;
        let mut reader = self.clone();
        let mut after = None;
        for _ in 0..=NAME_MAX {
            let length = reader.u8()?;
            match length >> 6 {
                0 if length == 0 => {
                    self.at = after.unwrap_or(reader.at);
                    return Ok(name);
                }
                0 => {
                    if !name.push(reader.take(usize::from(length))?) {
                        return Err(Malformed);
                    }
                }
                3 => {
                    let target = usize::from(u16::from_be_bytes([length & 63, reader.u8()?]));
                    after.get_or_insert(reader.at);
                    if target >= part {
                        return Err(Malformed);
                    }
                    // What lies before may be read beyond the record that the name stands in.
                    (part, reader) = (
                        target,
                        Reader {
                            message: self.message,
                            at: target,
                            end: self.message.len(),
                        },
                    );
                }
                _ => return Err(Malformed),
            }
        }
        Err(Malformed)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        let [octet] = self.array()?;
        Ok(octet)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn take(&mut self, octets: usize) -> Result<&'a [u8], Malformed> {
        let end = self
            .at
            .checked_add(octets)
            .filter(|end| *end <= self.end)
            .ok_or(Malformed)?;
        let taken = self.message.get(self.at..end).ok_or(Malformed)?;
        self.at = end;
        Ok(taken)
    }

    /// Everything up to the end of the record.
    pub(crate) fn rest(&mut self) -> Result<&'a [u8], Malformed> {
        self.take(self.end.saturating_sub(self.at))
    }

    pub(crate) fn is_done(&self) -> bool {
        self.at == self.end
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
