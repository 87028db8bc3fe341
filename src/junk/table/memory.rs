//! A table in memory, for trying things and as the model of what a keeper does.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::{Head, Table, TableMut};

/// A table in memory. Empty when new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    head: Head,
    chunks: BTreeMap<u32, Vec<u8>>,
    notes: BTreeMap<u32, Vec<u8>>,
    /// Octets handed to the keeper so far, by number of puts: what a card would have to write.
    written: u64,
}

impl Memory {
    /// Octets of chunks and notes that were written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Octets that are kept.
    pub fn size(&self) -> usize {
        self.chunks
            .values()
            .chain(self.notes.values())
            .map(Vec::len)
            .sum()
    }

    /// The chunks that are there.
    pub fn chunks(&self) -> &BTreeMap<u32, Vec<u8>> {
        &self.chunks
    }
}

impl Table for Memory {
    type Error = Infallible;

    fn head(&self) -> Result<Head, Infallible> {
        Ok(self.head)
    }

    fn chunk(&self, number: u32, look: &mut dyn FnMut(&[u8])) -> Result<(), Infallible> {
        look(self.chunks.get(&number).map_or(&[], Vec::as_slice));
        Ok(())
    }

    fn notes(&self, look: &mut dyn FnMut(&[u8])) -> Result<(), Infallible> {
        self.notes.values().for_each(|note| look(note));
        Ok(())
    }
}

impl TableMut for Memory {
    fn put_head(&mut self, head: Head) -> Result<(), Infallible> {
        self.head = head;
        Ok(())
    }

    fn put_chunk(&mut self, number: u32, octets: &[u8]) -> Result<(), Infallible> {
        self.written += octets.len() as u64;
        if octets.is_empty() {
            self.chunks.remove(&number);
        } else {
            self.chunks.insert(number, octets.to_vec());
        }
        Ok(())
    }

    fn put_note(&mut self, number: u32, octets: &[u8]) -> Result<(), Infallible> {
        self.written += octets.len() as u64;
        self.notes.insert(number, octets.to_vec());
        Ok(())
    }

    fn clear_notes(&mut self) -> Result<(), Infallible> {
        self.notes.clear();
        Ok(())
    }
}
