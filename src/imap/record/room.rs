//! What stands behind the parts of a record.
//!
//! ```text
//! preview: 0, or its length and 1 (LEB128), UTF-8 | threading: length (LEB128), octets | note: length (LEB128), octets
//! ```
//!
//! The note is of whoever took the message, about who sent it; nothing in this crate reads it.
//!
//! Records of before have nothing here, and readers skip what stands behind: more may come.

use mail::Message;

use super::parts::{put, take};
use super::preview;
use super::threading::Threading;

/// The room of a record; all of it may be missing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room<'a> {
    pub(super) preview: Option<&'a str>,
    pub(super) threading: Option<&'a [u8]>,
    pub(super) note: Option<&'a [u8]>,
}

pub(super) fn write(message: &Message, out: &mut Vec<u8>) {
    match preview::of(message) {
        None => put(0, out),
        Some(preview) => {
            put((preview.len() as u64).saturating_add(1), out);
            out.extend_from_slice(preview.as_bytes());
        }
    }
    let mut threading = Vec::new();
    Threading::write(message, &mut threading);
    put(threading.len() as u64, out);
    out.extend_from_slice(&threading);
}

/// Appends a note to a record that was just rendered.
pub(super) fn append(note: &[u8], record: &mut Vec<u8>) {
    put(note.len() as u64, record);
    record.extend_from_slice(note);
}

impl<'a> Room<'a> {
    /// `None`: damaged.
    pub(super) fn new(mut rest: &'a [u8]) -> Option<Room<'a>> {
        let mut room = Room::default();
        if rest.is_empty() {
            return Some(room);
        }
        if let Some(length) = take(&mut rest)?.checked_sub(1) {
            let (preview, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            room.preview = Some(std::str::from_utf8(preview).ok()?);
            rest = behind;
        }
        if rest.is_empty() {
            return Some(room);
        }
        let length = usize::try_from(take(&mut rest)?).ok()?;
        let (threading, mut rest) = rest.split_at_checked(length)?;
        room.threading = Some(threading);
        if rest.is_empty() {
            return Some(room);
        }
        let length = usize::try_from(take(&mut rest)?).ok()?;
        room.note = Some(rest.get(..length)?);
        Some(room)
    }
}
