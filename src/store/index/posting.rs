//! A list of messages that hold a term, as it lies in the store: the smallest of three forms.
//!
//! ```text
//! kind FF     | bitmap, lowest bit of the first octet first
//! kind k      | count (LEB128) | the gaps between the numbers, less one, in Rice's code with k low bits (k < 32), lowest bit first
//! kind 40 + k | the same, of the numbers of the segment's stretch that are not in the list
//! ```

use super::set::Set;
use super::varint;
use crate::error::{Error, Result};

const BITMAP: u8 = 0xFF;
const ABSENT: u8 = 0x40;
const LOW_BITS: u8 = 0x1F;

/// Writes the list `docs` (ascending, each less than `range`).
pub(super) fn encode(docs: &[u32], range: u32, out: &mut Vec<u8>) {
    let start = out.len();
    let count = u32::try_from(docs.len()).unwrap_or(u32::MAX);
    if count > range / 2 {
        let mut absent = Vec::with_capacity(range.saturating_sub(count) as usize);
        let mut next = 0;
        for doc in docs {
            absent.extend(next..*doc);
            next = doc.saturating_add(1);
        }
        absent.extend(next..range);
        rice(&absent, range, ABSENT, out);
    } else {
        rice(docs, range, 0, out);
    }
    // A bitmap may be a little larger: it is read sixty-four at a time.
    let bitmap = (range / 8).saturating_add(2) as usize;
    if bitmap <= out.len().saturating_sub(start) / 8 * 9 {
        let mut set = Set::new(0, range);
        docs.iter().for_each(|doc| set.insert(*doc));
        out.truncate(start);
        out.push(BITMAP);
        bits(&set, out);
    }
}

fn bits(set: &Set, out: &mut Vec<u8>) {
    let mut octet = 0_u8;
    let mut at = 0_u32;
    for doc in set.docs() {
        while doc / 8 > at {
            out.push(octet);
            octet = 0;
            at += 1;
        }
        octet |= 1 << (doc % 8);
    }
    out.push(octet);
}

fn rice(docs: &[u32], range: u32, kind: u8, out: &mut Vec<u8>) {
    let count = u32::try_from(docs.len()).unwrap_or(u32::MAX);
    let mean = u64::from(range.saturating_sub(count)) * 177 / 256 / u64::from(count.max(1));
    let k = mean.checked_ilog2().unwrap_or(0).min(31);
    out.push(kind | k as u8);
    varint::put(count.into(), out);
    let (mut held, mut filled, mut next) = (0_u64, 0_u32, 0_u32);
    for doc in docs {
        let gap = doc.saturating_sub(next);
        next = doc.saturating_add(1);
        let mut zeros = gap >> k;
        while zeros > 0 {
            let some = zeros.min(24);
            filled += some;
            zeros -= some;
            while filled >= 8 {
                out.push(held as u8);
                held >>= 8;
                filled -= 8;
            }
        }
        held |= 1 << filled;
        filled += 1;
        held |= (u64::from(gap) & ((1 << k) - 1)) << filled;
        filled += k;
        while filled >= 8 {
            out.push(held as u8);
            held >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        out.push(held as u8);
    }
}

/// Puts the list into a set.
pub(super) fn read(payload: &[u8], into: &mut Set) -> Result<()> {
    match payload.split_first() {
        Some((&BITMAP, bitmap)) => {
            into.insert_bitmap(bitmap);
            Ok(())
        }
        Some((kind, rest)) if kind & ABSENT != 0 => {
            let mut absent = Set::new(0, into.range());
            unrice(*kind, rest, into.range(), &mut |doc| absent.insert(doc))?;
            into.insert_complement(&absent);
            Ok(())
        }
        Some((kind, rest)) => unrice(*kind, rest, into.range(), &mut |doc| into.insert(doc)),
        None => Err(broken()),
    }
}

/// Calls `each` for the numbers of the list, ascending.
pub(super) fn each(payload: &[u8], range: u32, each: &mut dyn FnMut(u32)) -> Result<()> {
    match payload.first() {
        Some(kind) if *kind < ABSENT => {
            unrice(*kind, payload.get(1..).unwrap_or_default(), range, each)
        }
        _ => {
            let mut set = Set::new(0, range);
            read(payload, &mut set)?;
            set.docs().for_each(each);
            Ok(())
        }
    }
}

fn unrice(kind: u8, mut rest: &[u8], range: u32, each: &mut dyn FnMut(u32)) -> Result<()> {
    let k = u32::from(kind & LOW_BITS);
    let count = varint::take(&mut rest).ok_or_else(broken)?;
    let mut bits = Bits {
        rest,
        held: 0,
        filled: 0,
    };
    let mut next = 0_u32;
    for _ in 0..count {
        let high = bits.zeros().ok_or_else(broken)?;
        let low = bits.take(k).ok_or_else(broken)?;
        let gap = high
            .checked_shl(k)
            .filter(|gap| gap >> k == high)
            .ok_or_else(broken)?
            | low;
        let doc = next
            .checked_add(gap)
            .filter(|doc| *doc < range)
            .ok_or_else(broken)?;
        each(doc);
        next = doc.saturating_add(1);
    }
    Ok(())
}

struct Bits<'a> {
    rest: &'a [u8],
    held: u64,
    filled: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        if let (Some((eight, _)), true) = (self.rest.split_first_chunk::<8>(), self.filled < 56) {
            let taken = (63 - self.filled) / 8;
            self.held |= u64::from_le_bytes(*eight) << self.filled;
            self.rest = self.rest.get(taken as usize..).unwrap_or_default();
            self.filled += taken * 8;
            self.held &= (1 << self.filled) - 1;
            return;
        }
        while self.filled <= 55 {
            let Some((octet, rest)) = self.rest.split_first() else {
                return;
            };
            self.held |= u64::from(*octet) << self.filled;
            self.filled += 8;
            self.rest = rest;
        }
    }

    /// Takes zeros and the one behind them.
    fn zeros(&mut self) -> Option<u32> {
        let mut zeros = 0_u32;
        loop {
            if self.held != 0 {
                let here = self.held.trailing_zeros();
                self.held >>= here;
                self.held >>= 1;
                self.filled = self.filled.checked_sub(here + 1)?;
                return zeros.checked_add(here);
            }
            zeros = zeros.checked_add(self.filled)?;
            self.filled = 0;
            self.fill();
            if self.filled == 0 {
                return None;
            }
        }
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        if self.filled < count {
            self.fill();
        }
        self.filled = self.filled.checked_sub(count)?;
        let taken = self.held & ((1 << count) - 1);
        self.held >>= count;
        u32::try_from(taken).ok()
    }
}

fn broken() -> Error {
    Error::Damaged("a list of the search index cannot be read".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(docs: &[u32], range: u32) -> usize {
        let mut out = Vec::new();
        encode(docs, range, &mut out);
        let mut seen = Vec::new();
        each(&out, range, &mut |doc| seen.push(doc)).unwrap();
        assert_eq!(seen, docs, "range {range}, kind {}", out[0]);
        let mut set = Set::new(7, range);
        read(&out, &mut set).unwrap();
        assert_eq!(set.docs().collect::<Vec<_>>(), docs);
        assert_eq!(set.count() as usize, docs.len());
        // However it is cut or changed, no panic.
        for at in 0..out.len().min(40) {
            let mut bad = out.clone();
            bad[at] ^= 0x5A;
            let _ = each(&bad, range, &mut |_| {});
            let _ = each(&out[..at], range, &mut |_| {});
        }
        out.len()
    }

    #[test]
    fn lists_of_every_density_come_back_and_are_small() {
        let mut seed = 12345_u64;
        for range in [1_u32, 7, 64, 65, 1000, 20_000] {
            for percent in [0_u64, 1, 2, 5, 10, 30, 50, 70, 95, 99, 100] {
                let docs: Vec<u32> = (0..range)
                    .filter(|_| {
                        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        (seed >> 33) % 100 < percent
                    })
                    .collect();
                let size = through(&docs, range);
                assert!(size <= range as usize / 8 + 8, "{range} {percent}: {size}");
            }
        }
        through(&[0, 1_000_000_000], 1_000_000_001);
        // A hundredth of all: less than a byte each, where one more bit than entropy is spent.
        let docs: Vec<u32> = (0..20_000).filter(|n| n % 97 == 3).collect();
        assert!(through(&docs, 20_000) < docs.len() * 9 / 8);
    }
}
