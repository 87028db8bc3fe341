//! The index's directory: which segments there are, and up to where the index reaches.

use serde::{Deserialize, Serialize};

use super::FAN;
use crate::error::{Error, Result};
use crate::look::Look;
use crate::schema::key;

/// The form of rows and lists; an index of another one is built anew.
const FORM: u32 = 2;

/// `F6 00000000`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Directory {
    form: u32,
    /// What whoever fills it means by its terms.
    pub(crate) version: u32,
    /// Grows whenever the index is dropped: who was about to write into the one before gives up.
    pub(crate) generation: u64,
    /// The next segment's number.
    pub(crate) next: u32,
    /// Messages with smaller gids are in the index, or are no more.
    pub(crate) watermark: u64,
    /// By gid.
    pub(crate) segments: Vec<SegmentRecord>,
}

/// A segment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct SegmentRecord {
    pub(crate) id: u32,
    /// Its first gid.
    pub(crate) base: u64,
    /// How many gids from there on are its.
    pub(crate) range: u32,
    /// Messages in it when it was written.
    pub(crate) docs: u32,
    pub(crate) octets: u64,
    pub(crate) classes: Vec<ClassRecord>,
}

/// Rows of one class of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct ClassRecord {
    pub(crate) class: u8,
    pub(crate) rows: u32,
    /// Octets of the lists that do not lie with their terms.
    pub(crate) lists: u32,
}

impl Directory {
    /// That of an index with nothing in it.
    pub(crate) fn empty(version: u32, generation: u64, next: u32) -> Directory {
        Directory {
            form: FORM,
            version,
            generation,
            next: next.max(1),
            watermark: 1,
            segments: Vec::new(),
        }
    }

    /// `None`: there is none, or it is of another form.
    pub(crate) fn read(look: Look<'_>) -> Result<Option<Directory>> {
        let Some(octets) = look.get(&key::INDEX)? else {
            return Ok(None);
        };
        if postcard::take_from_bytes::<u32>(octets)?.0 != FORM {
            return Ok(None);
        }
        Ok(Some(postcard::from_bytes(octets)?))
    }

    pub(crate) fn write(&self) -> Result<Vec<u8>> {
        Ok(postcard::to_stdvec(self)?)
    }

    /// Whether stretches follow each other and lie below the watermark.
    pub(crate) fn is_sound(&self) -> bool {
        let mut end = 1;
        self.segments.iter().all(|segment| {
            let sound = segment.base >= end && segment.id < self.next && segment.id > 0;
            end = segment.end();
            sound && end <= self.watermark
        })
    }

    pub(crate) fn generation(look: Look<'_>) -> Result<u64> {
        match Directory::read(look) {
            Ok(found) => Ok(found.map_or(0, |directory| directory.generation)),
            Err(Error::Damaged(_)) => Ok(0),
            Err(error) => Err(error),
        }
    }
}

impl SegmentRecord {
    /// Behind its last gid.
    pub(crate) fn end(&self) -> u64 {
        self.base.saturating_add(u64::from(self.range))
    }

    pub(crate) fn class(&self, class: u8) -> Option<ClassRecord> {
        self.classes
            .iter()
            .find(|found| found.class == class)
            .copied()
    }

    /// Segments of one kind are merged: each kind is [`FAN`] times as large as the one before.
    pub(crate) fn kind(&self) -> u32 {
        (self.octets / 4096)
            .max(1)
            .checked_ilog(FAN as u64)
            .unwrap_or(0)
    }
}
