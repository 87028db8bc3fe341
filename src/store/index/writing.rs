//! Writing a segment: terms come in order, rows go out as they are full.

use super::directory::{ClassRecord, SegmentRecord};
use super::row::NewRow;
use super::{COMMON, TERM_MAX, posting, varint};
use crate::schema::{CHUNK, key};

/// A list up to so many octets lies with its term.
const HERE: usize = 48;

/// A key and its record.
pub(super) type NewRecord = (Vec<u8>, Vec<u8>);

/// A segment being written.
pub(super) struct SegmentWriter {
    record: SegmentRecord,
    class: u8,
    rare: Stream,
    common: Stream,
    /// Records that are ready to be written.
    pub(super) ready: Vec<NewRecord>,
    list: Vec<u8>,
    place: Vec<u8>,
}

/// The rare or the common terms of a class.
struct Stream {
    segment: u32,
    class: ClassRecord,
    row: NewRow,
    lists: Vec<u8>,
}

impl SegmentWriter {
    pub(super) fn new(id: u32, base: u64, range: u32, docs: u32) -> SegmentWriter {
        SegmentWriter {
            record: SegmentRecord {
                id,
                base,
                range,
                docs,
                octets: 0,
                classes: Vec::new(),
            },
            class: 0,
            rare: Stream::new(id, 0),
            common: Stream::new(id, COMMON),
            ready: Vec::new(),
            list: Vec::new(),
            place: Vec::new(),
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.record.id
    }

    /// The next term; classes come in order, and terms in each. A term that no message has is left out.
    pub(super) fn push(&mut self, class: u8, term: &[u8], docs: &[u32]) {
        if class != self.class {
            self.end_class();
            self.class = class;
            self.rare = Stream::new(self.record.id, class);
            self.common = Stream::new(self.record.id, class | COMMON);
        }
        let term = term.get(..TERM_MAX).unwrap_or(term);
        self.place.clear();
        let mut stream = &mut self.rare;
        match docs {
            [] => return,
            [one] => varint::put(u64::from(*one) << 2, &mut self.place),
            _ => {
                self.list.clear();
                posting::encode(docs, self.record.range, &mut self.list);
                let length = self.list.len() as u64;
                if self.list.len() <= HERE {
                    varint::put(length << 2 | 1, &mut self.place);
                    self.place.extend_from_slice(&self.list);
                } else {
                    stream = &mut self.common;
                    varint::put(length << 2 | 2, &mut self.place);
                    varint::put(stream.class.lists.into(), &mut self.place);
                    stream.list(&mut self.list, &mut self.ready);
                }
            }
        }
        stream.push(term, &self.place, &mut self.ready);
    }

    fn end_class(&mut self) {
        for stream in [&mut self.rare, &mut self.common] {
            stream.end(&mut self.ready);
            if stream.class.rows > 0 {
                self.record.classes.push(stream.class);
            }
        }
    }

    /// Counts what is ready, which goes to be written.
    pub(super) fn take(&mut self) -> Vec<NewRecord> {
        let octets: usize = self.ready.iter().map(|(_, octets)| octets.len()).sum();
        self.record.octets = self.record.octets.saturating_add(octets as u64);
        std::mem::take(&mut self.ready)
    }

    /// The last rows are ready; what the directory is to say of it.
    pub(super) fn end(mut self) -> (SegmentRecord, Vec<NewRecord>) {
        self.end_class();
        let rest = self.take();
        (self.record, rest)
    }
}

impl Stream {
    fn new(segment: u32, class: u8) -> Stream {
        Stream {
            segment,
            class: ClassRecord {
                class,
                rows: 0,
                lists: 0,
            },
            row: NewRow::default(),
            lists: Vec::new(),
        }
    }

    fn push(&mut self, term: &[u8], place: &[u8], ready: &mut Vec<NewRecord>) {
        if self.row.with(term, place) > CHUNK {
            self.end_row(ready);
        }
        self.row.push(term, place);
    }

    fn list(&mut self, list: &mut Vec<u8>, ready: &mut Vec<NewRecord>) {
        let mut number = self.class.lists / CHUNK as u32;
        let more = u32::try_from(list.len()).unwrap_or(u32::MAX);
        self.class.lists = self.class.lists.saturating_add(more);
        self.lists.append(list);
        while self.lists.len() >= CHUNK {
            let rest = self.lists.split_off(CHUNK);
            let full = std::mem::replace(&mut self.lists, rest);
            let at = key::index_lists(self.segment, self.class.class, number);
            ready.push((at.to_vec(), full));
            number = number.saturating_add(1);
        }
    }

    fn end_row(&mut self, ready: &mut Vec<NewRecord>) {
        if self.row.is_empty() {
            return;
        }
        let at = key::index_row(self.segment, self.class.class, self.class.rows);
        ready.push((at.to_vec(), self.row.take()));
        self.class.rows = self.class.rows.saturating_add(1);
    }

    fn end(&mut self, ready: &mut Vec<NewRecord>) {
        self.end_row(ready);
        if !self.lists.is_empty() {
            let number = self.class.lists / CHUNK as u32;
            let at = key::index_lists(self.segment, self.class.class, number);
            ready.push((at.to_vec(), std::mem::take(&mut self.lists)));
        }
    }
}
