//! Writes a message (RFC 1035 §4, RFC 6762 §18) up to a length; what does not fit is left out whole, and its caller told.
//!
//! Names are compressed, those in the data of PTR, SRV and NSEC too (RFC 6762 §18.14); not the target of SRV for plain DNS clients.

use crate::name::Name;
use crate::read::Section;
use crate::record::{Data, IN, TOP, kind};

/// The furthest place that a pointer can name.
const POINTER_MAX: usize = 0x3fff;

/// A message being written.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    octets: Vec<u8>,
    longest: usize,
    counts: [u16; 4],
    /// Tails of names that stand somewhere, and where.
    tails: Vec<(Vec<u8>, u16)>,
    plain: bool,
}

impl Writer {
    /// `plain`: for a plain DNS client (RFC 6762 §6.7).
    pub(crate) fn new(id: u16, flags: u16, longest: usize, plain: bool) -> Writer {
        let mut octets = Vec::with_capacity(256);
        octets.extend_from_slice(&id.to_be_bytes());
        octets.extend_from_slice(&flags.to_be_bytes());
        octets.extend_from_slice(&[0; 8]);
        Writer {
            octets,
            longest,
            counts: [0; 4],
            tails: Vec::new(),
            plain,
        }
    }

    /// `class` with its top bit, if it is to be set.
    pub(crate) fn question(&mut self, name: &Name, kind: u16, class: u16) -> bool {
        self.whole(0, |writer| {
            writer.name(name, true);
            writer.u16(kind);
            writer.u16(class);
        })
    }

    /// `flush`: the cache-flush bit (RFC 6762 §10.2).
    pub(crate) fn record(
        &mut self,
        section: Section,
        name: &Name,
        data: &Data,
        flush: bool,
        ttl: u32,
    ) -> bool {
        let count = match section {
            Section::Answer => 1,
            Section::Authority => 2,
            Section::Additional => 3,
        };
        self.whole(count, |writer| {
            writer.name(name, true);
            writer.u16(data.kind());
            writer.u16(if flush { IN | TOP } else { IN });
            writer.octets.extend_from_slice(&ttl.to_be_bytes());
            let length_at = writer.octets.len();
            writer.u16(0);
            let (before, target, behind) = data.parts();
            writer.octets.extend_from_slice(&before);
            if let Some(target) = target {
                writer.name(target, !(writer.plain && data.kind() == kind::SRV));
            }
            writer.octets.extend_from_slice(&behind);
            let length = writer.octets.len() - length_at - 2;
            writer.set(length_at, u16::try_from(length).unwrap_or(u16::MAX));
        })
    }

    /// Whether it holds no records.
    pub(crate) fn is_empty(&self) -> bool {
        self.counts.iter().skip(1).all(|count| *count == 0)
    }

    /// Sets bits of the header.
    pub(crate) fn flag(&mut self, flags: u16) {
        if let Some(octets) = self.octets.get(2..4) {
            let old = octets
                .iter()
                .fold(0, |sum, octet| sum << 8 | u16::from(*octet));
            self.set(2, old | flags);
        }
    }

    /// The message.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        for (nth, count) in self.counts.into_iter().enumerate() {
            self.set(4 + 2 * nth, count);
        }
        self.octets
    }

    /// Does what `part` does, or nothing if it would become too long.
    fn whole(&mut self, count: usize, part: impl FnOnce(&mut Writer)) -> bool {
        let (octets, tails) = (self.octets.len(), self.tails.len());
        part(self);
        let fits = self.octets.len() <= self.longest;
        match self.counts.get_mut(count) {
            Some(count) if fits && *count < u16::MAX => *count += 1,
            _ => {
                self.octets.truncate(octets);
                self.tails.truncate(tails);
                return false;
            }
        }
        true
    }

    fn name(&mut self, name: &Name, compress: bool) {
        for tail in name.tails() {
            if tail.is_empty() {
                break;
            }
            let known = self.tails.iter().find(|(known, _)| known == tail);
            if let Some((_, at)) = known.filter(|_| compress) {
                let pointer = 0xc000 | *at;
                self.u16(pointer);
                return;
            }
            if let Ok(at) = u16::try_from(self.octets.len().min(POINTER_MAX + 1))
                && usize::from(at) <= POINTER_MAX
                && known.is_none()
            {
                self.tails.push((tail.to_vec(), at));
            }
            let length = tail.first().map_or(0, |length| usize::from(*length));
            self.octets.extend(tail.iter().take(1 + length));
        }
        self.octets.push(0);
    }

    fn u16(&mut self, number: u16) {
        self.octets.extend_from_slice(&number.to_be_bytes());
    }

    fn set(&mut self, at: usize, number: u16) {
        for (octet, value) in self.octets.iter_mut().skip(at).zip(number.to_be_bytes()) {
            *octet = value;
        }
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
