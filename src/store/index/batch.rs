//! Terms of some messages, collected in memory until they make a segment.
//!
//! A term is kept once, four octets and the message's number for each message that has it: about 1.5 KiB for a letter of 4 KiB.

use super::writing::SegmentWriter;
use super::{BATCH, CLASSES, DOCS, DOCS_TERM, TERM_MAX};
use crate::ids::Gid;

/// Octets of terms of one message after which no more are taken: what is that long is not written by people.
const MESSAGE_OCTETS: usize = 512 << 10;

/// Messages that are to become a segment.
pub struct IndexBatch {
    base: u64,
    /// Behind the last message.
    end: u64,
    arena: Vec<u8>,
    terms: Vec<Term>,
    /// Open addressing: number of a term, plus one.
    table: Vec<u32>,
    /// Terms of each message, message after message.
    uses: Vec<u32>,
    /// The message's number, and where its uses begin.
    messages: Vec<(u32, usize)>,
    /// Octets of new terms and uses of this message.
    spent: usize,
}

struct Term {
    at: u32,
    length: u16,
    class: u8,
    /// The last message that has it, counted in the batch from 1: so that a message has a term once.
    last: u32,
}

impl IndexBatch {
    /// None yet; `from` is the first gid that it may hold.
    pub fn new(from: Gid) -> IndexBatch {
        IndexBatch {
            base: from.0,
            end: from.0,
            arena: Vec::new(),
            terms: Vec::new(),
            table: vec![0; 1024],
            uses: Vec::new(),
            messages: Vec::new(),
            spent: 0,
        }
    }

    /// The next message: gids ascend. `false`: it cannot be in this batch.
    pub fn message(&mut self, gid: Gid) -> bool {
        let Some(doc) = gid
            .0
            .checked_sub(self.base)
            .and_then(|doc| u32::try_from(doc).ok())
            .filter(|doc| *doc < u32::MAX / 2 && gid.0 >= self.end)
        else {
            return false;
        };
        self.messages.push((doc, self.uses.len()));
        self.end = gid.0.saturating_add(1);
        self.spent = 0;
        self.intern(DOCS, DOCS_TERM);
        true
    }

    /// The message has this term, of a class below [`CLASSES`] less one; a 00 ends it, and so do [`TERM_MAX`] octets. `false`: the message has
    /// more terms than are kept.
    pub fn add(&mut self, class: u8, term: &[u8]) -> bool {
        let end = memchr::memchr(0, term).unwrap_or(term.len()).min(TERM_MAX);
        let term = term.get(..end).unwrap_or_default();
        if self.spent > MESSAGE_OCTETS {
            return false;
        }
        if !term.is_empty() && class < DOCS {
            self.intern(class, term);
        }
        true
    }

    /// Adds a term however many the message has: what says that it has too many.
    pub fn add_always(&mut self, class: u8, term: &[u8]) {
        self.spent = 0;
        self.add(class, term);
    }

    /// How many messages.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether it has taken the memory that it may take.
    pub fn is_full(&self) -> bool {
        self.size() >= BATCH
    }

    fn size(&self) -> usize {
        // The uses are sorted by term in as much memory again.
        self.arena
            .len()
            .saturating_add(self.terms.len().saturating_mul(size_of::<Term>()))
            .saturating_add(self.table.len().saturating_mul(4))
            .saturating_add(self.uses.len().saturating_mul(8))
    }

    fn intern(&mut self, class: u8, term: &[u8]) {
        if self.terms.len().saturating_mul(2) >= self.table.len() {
            self.grow();
        }
        let message = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        let mask = self.table.len().saturating_sub(1);
        let mut slot = hash(class, term) as usize & mask;
        let number = loop {
            let held = self.table.get(slot).copied().unwrap_or_default();
            let Some(number) = held.checked_sub(1) else {
                break None;
            };
            if self.is(number, class, term) {
                break Some(number);
            }
            slot = slot.wrapping_add(1) & mask;
        };
        let number = number.unwrap_or_else(|| {
            let number = self.terms.len() as u32;
            self.terms.push(Term {
                at: self.arena.len() as u32,
                length: term.len() as u16,
                class,
                last: 0,
            });
            self.arena.extend_from_slice(term);
            if let Some(held) = self.table.get_mut(slot) {
                *held = number.saturating_add(1);
            }
            self.spent = self.spent.saturating_add(term.len().saturating_add(12));
            number
        });
        if let Some(term) = self.terms.get_mut(number as usize)
            && term.last != message
        {
            term.last = message;
            self.uses.push(number);
            self.spent = self.spent.saturating_add(4);
        }
    }

    fn is(&self, number: u32, class: u8, term: &[u8]) -> bool {
        self.terms
            .get(number as usize)
            .is_some_and(|held| held.class == class && self.octets(held) == term)
    }

    fn octets(&self, term: &Term) -> &[u8] {
        let at = term.at as usize;
        self.arena
            .get(at..at.saturating_add(term.length.into()))
            .unwrap_or_default()
    }

    fn grow(&mut self) {
        let size = self.table.len().saturating_mul(2);
        let mut table = vec![0_u32; size];
        for (number, term) in (1_u32..).zip(&self.terms) {
            let mut slot = hash(term.class, self.octets(term)) as usize & (size - 1);
            while table.get(slot).is_some_and(|held| *held != 0) {
                slot = slot.wrapping_add(1) & (size - 1);
            }
            if let Some(held) = table.get_mut(slot) {
                *held = number;
            }
        }
        self.table = table;
    }

    /// Writes it as a segment whose stretch ends before `end`; `full` is called whenever rows are ready.
    pub(super) fn write(
        self,
        id: u32,
        full: &mut dyn FnMut(&mut SegmentWriter) -> crate::Result<()>,
    ) -> crate::Result<SegmentWriter> {
        let range = u32::try_from(self.end.saturating_sub(self.base)).unwrap_or(u32::MAX);
        let docs = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        let mut writer = SegmentWriter::new(id, self.base, range, docs);
        // Where each term's messages begin, then the messages, term after term.
        let mut starts = vec![0_u32; self.terms.len().saturating_add(1)];
        for number in &self.uses {
            if let Some(start) = starts.get_mut((*number as usize).saturating_add(1)) {
                *start += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut docs = vec![0_u32; self.uses.len()];
        let mut next = starts.clone();
        let ends = self
            .messages
            .iter()
            .skip(1)
            .map(|(_, at)| *at)
            .chain([self.uses.len()]);
        for ((doc, at), end) in self.messages.iter().zip(ends) {
            for number in self.uses.get(*at..end).unwrap_or_default() {
                if let Some(place) = next.get_mut(*number as usize) {
                    if let Some(to) = docs.get_mut(*place as usize) {
                        *to = *doc;
                    }
                    *place += 1;
                }
            }
        }
        let mut order: Vec<u32> = (0..self.terms.len() as u32).collect();
        let sort_key = |number: &u32| {
            self.terms
                .get(*number as usize)
                .map(|term| (term.class, self.octets(term)))
        };
        order.sort_unstable_by(|one, other| sort_key(one).cmp(&sort_key(other)));
        for number in order {
            let at = number as usize;
            let (Some(term), Some(start), Some(end)) = (
                self.terms.get(at),
                starts.get(at),
                starts.get(at.saturating_add(1)),
            ) else {
                continue;
            };
            let docs = docs.get(*start as usize..*end as usize).unwrap_or_default();
            writer.push(term.class, self.octets(term), docs);
            full(&mut writer)?;
        }
        Ok(writer)
    }
}

/// Fowler, Noll and Vo's, eight octets at a time.
fn hash(class: u8, term: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ u64::from(class);
    let (eights, rest) = term.as_chunks::<8>();
    for eight in eights {
        hash = (hash ^ u64::from_le_bytes(*eight)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        hash ^= hash >> 29;
    }
    for octet in rest {
        hash = (hash ^ u64::from(*octet)).wrapping_mul(0x100_0000_01b3);
    }
    hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
}

const _: () = assert!(CLASSES > DOCS);
