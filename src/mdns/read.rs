//! Reads a message (RFC 1035 §4, RFC 6762 §18): questions and records, one at a time, with every name spelled out.
//!
//! Why not the dns crate's reader or simple-dns: the one reads answers to the one question it asked and lowers the case of names, the other
//! reserves what a header claims and gives up on a whole message for one record that it does not know, which RFC 6762 §6.1 forbids.
//!
//! Promises: total; nothing is kept of a message but what is looked at; a compression pointer must point before the name that it stands in, so that
//! loops cannot be built. A message is walked whole before anything of it is believed. Octets behind the last record are ignored.

use crate::limits;
use crate::name::{NAME_MAX, Name};
use crate::record::{TOP, kind};

/// QR: a response.
pub(crate) const RESPONSE: u16 = 0x8000;
/// AA, set in every response (RFC 6762 §18.4).
pub(crate) const AUTHORITATIVE: u16 = 0x0400;
/// TC: more known answers follow (RFC 6762 §18.5).
pub(crate) const TRUNCATED: u16 = 0x0200;
/// OPCODE and RCODE: a message with any but 0 is ignored (RFC 6762 §18.3, §18.11).
const OPCODE_RCODE: u16 = 0x780f;
/// Octets of the header.
const HEADER: usize = 12;

/// The message does not hold what its own counts and lengths say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Answer,
    Authority,
    Additional,
}

/// A question.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) name: Name,
    pub(crate) kind: u16,
    /// Without the top bit.
    pub(crate) class: u16,
    /// The top bit: a unicast answer will do (RFC 6762 §5.4).
    pub(crate) unicast: bool,
}

/// A record that somebody sent.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) section: Section,
    pub(crate) name: Name,
    pub(crate) kind: u16,
    /// Without the top bit, except for OPT, where it is a size.
    pub(crate) class: u16,
    /// Seconds.
    pub(crate) ttl: u32,
    /// Names spelled out.
    pub(crate) data: Vec<u8>,
}

/// A message that holds together.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    octets: &'a [u8],
    pub(crate) id: u16,
    flags: u16,
    /// Questions, answers, authorities, additional.
    counts: [u16; 4],
    records_at: usize,
}

impl<'a> Message<'a> {
    /// `None`: malformed, too long, too many questions, or of a kind that is to be ignored.
    pub(crate) fn read(octets: &'a [u8]) -> Option<Message<'a>> {
        if octets.len() > limits::PACKET_READ {
            return None;
        }
        let mut reader = Reader::at(octets, 0);
        let mut message = Message {
            octets,
            id: reader.u16().ok()?,
            flags: reader.u16().ok()?,
            counts: [
                reader.u16().ok()?,
                reader.u16().ok()?,
                reader.u16().ok()?,
                reader.u16().ok()?,
            ],
            records_at: 0,
        };
        if message.flags & OPCODE_RCODE != 0 || message.questions_count() > limits::QUESTIONS {
            return None;
        }
        for _ in 0..message.questions_count() {
            reader.question().ok()?;
        }
        message.records_at = reader.at;
        for _ in 0..message.records_count() {
            reader.skip_record().ok()?;
        }
        Some(message)
    }

    pub(crate) fn is_response(&self) -> bool {
        self.flags & RESPONSE != 0
    }

    pub(crate) fn is_truncated(&self) -> bool {
        self.flags & TRUNCATED != 0
    }

    pub(crate) fn questions_count(&self) -> u16 {
        self.counts[0]
    }

    fn records_count(&self) -> u32 {
        self.counts
            .iter()
            .skip(1)
            .map(|count| u32::from(*count))
            .sum()
    }

    pub(crate) fn questions(&self) -> impl Iterator<Item = Question> + use<'a> {
        let mut reader = Reader::at(self.octets, HEADER);
        (0..self.questions_count()).map_while(move |_| reader.question().ok())
    }

    /// All records, section by section.
    pub(crate) fn records(&self) -> impl Iterator<Item = Heard> + use<'a> {
        let mut reader = Reader::at(self.octets, self.records_at);
        let [_, answers, authorities, additional] = self.counts;
        let sections = [
            (Section::Answer, answers),
            (Section::Authority, authorities),
            (Section::Additional, additional),
        ];
        sections
            .into_iter()
            .flat_map(|(section, count)| (0..count).map(move |_| section))
            .map_while(move |section| reader.record(section).ok())
    }

    /// The records of one section.
    pub(crate) fn of(&self, section: Section) -> impl Iterator<Item = Heard> + use<'a> {
        self.records()
            .filter(move |record| record.section == section)
    }
}

/// A place in a message, from which is read.
#[derive(Clone, Debug)]
struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn at(octets: &'a [u8], at: usize) -> Reader<'a> {
        Reader { octets, at }
    }

    fn question(&mut self) -> Result<Question, Malformed> {
        let name = self.name()?;
        let kind = self.u16()?;
        let class = self.u16()?;
        Ok(Question {
            name,
            kind,
            class: class & !TOP,
            unicast: class & TOP != 0,
        })
    }

    fn skip_record(&mut self) -> Result<(), Malformed> {
        self.name()?;
        self.take(8)?;
        let length = self.u16()?;
        self.take(usize::from(length)).map(|_| ())
    }

    fn record(&mut self, section: Section) -> Result<Heard, Malformed> {
        let name = self.name()?;
        let kind = self.u16()?;
        let class = self.u16()?;
        let ttl = u32::from(self.u16()?) << 16 | u32::from(self.u16()?);
        let length = usize::from(self.u16()?);
        let start = self.at;
        let raw = self.take(length)?;
        // What is not laid out as its type is stays as it is: one odd record spoils no message (RFC 6762 §6.1).
        let data = Reader::at(self.octets, start)
            .spelled(kind, self.at)
            .unwrap_or_else(|Malformed| raw.to_vec());
        Ok(Heard {
            section,
            name,
            kind,
            class: if kind == kind::OPT {
                class
            } else {
                class & !TOP
            },
            ttl,
            data,
        })
    }

    /// The data up to `end` with its names spelled out, for the types whose names may be compressed (RFC 6762 §18.14).
    fn spelled(&mut self, kind: u16, end: usize) -> Result<Vec<u8>, Malformed> {
        let (before, names) = match kind {
            kind::NS | kind::CNAME | kind::PTR | kind::DNAME | kind::NSEC => (0, 1),
            kind::MX | kind::AFSDB | kind::RT | kind::KX => (2, 1),
            kind::SRV => (6, 1),
            kind::SOA | kind::RP => (0, 2),
            kind::PX => (2, 2),
            _ => (0, 0),
        };
        let mut data = self.take(before)?.to_vec();
        for _ in 0..names {
            data.extend_from_slice(self.name()?.wire());
            data.push(0);
        }
        let rest = end.checked_sub(self.at).ok_or(Malformed)?;
        data.extend_from_slice(self.take(rest)?);
        Ok(data)
    }

    /// A name, compressed or not.
    fn name(&mut self) -> Result<Name, Malformed> {
        let mut name = Name::default();
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
                    part = target;
                    reader.at = target;
                }
                _ => return Err(Malformed),
            }
        }
        Err(Malformed)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        self.take(1)?.first().copied().ok_or(Malformed)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        let octets = self.take(2)?.try_into().map_err(|_| Malformed)?;
        Ok(u16::from_be_bytes(octets))
    }

    fn take(&mut self, octets: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(octets).ok_or(Malformed)?;
        let taken = self.octets.get(self.at..end).ok_or(Malformed)?;
        self.at = end;
        Ok(taken)
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
