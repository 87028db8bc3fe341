//! What a message's record notes beside envelope and structure, also where it was rendered before that was noted: then it is made of the
//! message, each time anew.
//!
//! Promises: at most [`HEADER`] octets of a header or [`BODY`] of a text are looked at, whatever the message. Cannot: keep what it makes; records
//! never change.

use std::borrow::Cow;
use std::ops::Range;

use store::{Gid, Head, Read};

use crate::record::{Record, Threading};

/// Octets of a header in which references are looked for.
const HEADER: u64 = 256 * 1024;
/// Octets of a text of which a preview is made: what stands before the words of the largest newsletters.
const BODY: u64 = 256 * 1024;

/// A message's scalars and its threading, for [`Threading::new`]. A damaged record has none. Error: `NoSuchMessage`.
pub(crate) fn threading<T: Read>(tx: &T, gid: Gid) -> store::Result<(Head, Cow<'_, [u8]>)> {
    let (head, stored) = tx.record(gid)?;
    let Some(record) = Record::new(stored) else {
        return Ok((head, Cow::Borrowed(NOTHING)));
    };
    Ok((head, threading_of(tx, gid, &record)?))
}

/// The same for who has the record.
pub(crate) fn threading_of<'t, T: Read>(
    tx: &'t T,
    gid: Gid,
    record: &Record<'t>,
) -> store::Result<Cow<'t, [u8]>> {
    if let Some(noted) = record.threading() {
        return Ok(Cow::Borrowed(noted));
    }
    let header = record.part(&[]).map(|part| part.header).unwrap_or_default();
    let block = octets(tx, gid, &header, HEADER)?;
    Ok(Cow::Owned(Threading::of_header(&block)))
}

/// PREVIEW (RFC 8970); with `lazy` `None` where it would have to be made.
pub(crate) fn preview<'t, T: Read>(
    tx: &'t T,
    gid: Gid,
    record: &Record<'t>,
    lazy: bool,
) -> store::Result<Option<Cow<'t, str>>> {
    if let Some(preview) = record.preview() {
        return Ok(Some(Cow::Borrowed(preview)));
    }
    if lazy {
        return Ok(None);
    }
    let Some(part) = record.preview_part() else {
        return Ok(Some(Cow::Borrowed("")));
    };
    let beginning = octets(tx, gid, &part.body, BODY)?;
    Ok(Some(Cow::Owned(Record::preview_from(&part, &beginning))))
}

/// Of a message whose record cannot be read.
const NOTHING: &[u8] = &[0; 13];

/// Octets of the stored message, `most` of them at most.
fn octets<'t, T: Read>(
    tx: &'t T,
    gid: Gid,
    range: &Range<u64>,
    most: u64,
) -> store::Result<Cow<'t, [u8]>> {
    let length = range.end.saturating_sub(range.start).min(most);
    let wanted = usize::try_from(length).unwrap_or(usize::MAX);
    if wanted == 0 {
        return Ok(Cow::Borrowed(&[]));
    }
    let first = tx.body(gid, range.start)?;
    if let Some(all) = first.get(..wanted) {
        return Ok(Cow::Borrowed(all));
    }
    let mut all = first.to_vec();
    while all.len() < wanted {
        let more = tx.body(gid, range.start.saturating_add(all.len() as u64))?;
        if more.is_empty() {
            break;
        }
        let left = wanted.saturating_sub(all.len());
        all.extend_from_slice(more.get(..left).unwrap_or(more));
    }
    Ok(Cow::Owned(all))
}
