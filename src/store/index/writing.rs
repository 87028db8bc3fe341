//! Writing a segment: terms come in order, rows go out as they are full.

use super::directory::{ClassRecord, SegmentRecord};
use super::row::NewRow;
use super::{TERM_MAX, posting, varint};
use crate::schema::{CHUNK, key};

/// A list up to so many octets lies with its term.
const HERE: usize = 48;

/// A key and its record.
pub(super) type NewRecord = (Vec<u8>, Vec<u8>);

/// A segment being written.
pub(super) struct SegmentWriter {
    record: SegmentRecord,
    class: ClassRecord,
    row: NewRow,
    lists: Vec<u8>,
    /// Records that are ready to be written.
    pub(super) ready: Vec<NewRecord>,
    list: Vec<u8>,
    place: Vec<u8>,
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
            class: ClassRecord {
                class: 0,
                rows: 0,
                lists: 0,
            },
            row: NewRow::default(),
            lists: Vec::new(),
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
        if class != self.class.class {
            self.end_class();
            self.class.class = class;
        }
        let term = term.get(..TERM_MAX).unwrap_or(term);
        self.place.clear();
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
                    varint::put(length << 2 | 2, &mut self.place);
                    varint::put(self.class.lists.into(), &mut self.place);
                    self.put_list();
                }
            }
        }
        if self.row.with(term, &self.place) > CHUNK {
            self.end_row();
        }
        self.row.push(term, &self.place);
    }

    fn put_list(&mut self) {
        let before = self.class.lists;
        self.class.lists =
            before.saturating_add(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.lists.append(&mut self.list);
        let mut number = before / CHUNK as u32;
        while self.lists.len() >= CHUNK {
            let rest = self.lists.split_off(CHUNK);
            let full = std::mem::replace(&mut self.lists, rest);
            self.put(
                key::index_lists(self.record.id, self.class.class, number).to_vec(),
                full,
            );
            number = number.saturating_add(1);
        }
    }

    fn end_row(&mut self) {
        if self.row.is_empty() {
            return;
        }
        let octets = self.row.take();
        let at = key::index_row(self.record.id, self.class.class, self.class.rows);
        self.class.rows = self.class.rows.saturating_add(1);
        self.put(at.to_vec(), octets);
    }

    fn end_class(&mut self) {
        self.end_row();
        if !self.lists.is_empty() {
            let number = self.class.lists / CHUNK as u32;
            let rest = std::mem::take(&mut self.lists);
            self.put(
                key::index_lists(self.record.id, self.class.class, number).to_vec(),
                rest,
            );
        }
        if self.class.rows > 0 {
            self.record.classes.push(self.class);
        }
        (self.class.rows, self.class.lists) = (0, 0);
    }

    fn put(&mut self, at: Vec<u8>, octets: Vec<u8>) {
        self.record.octets = self.record.octets.saturating_add(octets.len() as u64);
        self.ready.push((at, octets));
    }

    /// The last rows are ready; what the directory is to say of it.
    pub(super) fn end(mut self) -> (SegmentRecord, Vec<NewRecord>) {
        self.end_class();
        (self.record, self.ready)
    }
}
