//! What SORT and THREAD read of each message: from the store's columns where they have been filled, else from the message's record.
//!
//! ```text
//! notes: 1 reply, 2 with texts | texts, see [`texts`] | hash of the base subject, of the Message-ID, hashes of the references
//! ```
//!
//! Promises: both say the same, so that an answer does not depend on how far the filling has come. A row of a version before texts were kept is
//! read as one without them, and made anew with the index ([`crate::words::VERSION`]).

mod texts;

use std::borrow::Cow;

use store::{Columns, Gid, NewColumn, Read, WriteTx};

use crate::command::SortKey;
use crate::noted;
use crate::record::{Hash, Record, Threading};
pub(crate) use texts::{kept, text};

/// In the first octet of the notes: texts follow.
const TEXTS: u8 = 2;

/// The rows of these messages, made from their records; those that are no more are left out. Read first, then written in one deed by
/// [`WriteTx::put_columns`], a few hundred at a time.
pub fn rows<T: Read>(tx: &T, gids: impl IntoIterator<Item = Gid>) -> store::Result<Vec<NewColumn>> {
    let mut rows = Vec::new();
    for gid in gids {
        match noted::threading(tx, gid) {
            Ok((head, noted)) => rows.push(NewColumn {
                gid,
                sent: head.sent,
                received: head.received,
                notes: notes(tx, gid, &noted)?,
            }),
            Err(store::Error::NoSuchMessage) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

/// What a row notes.
fn notes<T: Read>(tx: &T, gid: Gid, threading: &[u8]) -> store::Result<Vec<u8>> {
    let record = Record::new(tx.record(gid)?.1);
    let (flags, hashes) = threading.split_first().unwrap_or((&0, &[]));
    let mut notes = vec![flags | TEXTS];
    texts::write(record.as_ref(), &mut notes);
    notes.extend_from_slice(hashes);
    Ok(notes)
}

/// Fills the rows of these messages, inside a deed.
pub fn fill(tx: &mut WriteTx<'_>, gids: impl IntoIterator<Item = Gid>) -> store::Result<()> {
    let rows = rows(tx, gids)?;
    tx.put_columns(&rows)
}

/// One message's facts.
pub(crate) struct Facts<'t> {
    /// the Date field, or else when it was received
    pub(crate) sent: i64,
    /// INTERNALDATE
    pub(crate) received: i64,
    notes: Cow<'t, [u8]>,
}

impl<'t> Facts<'t> {
    /// Reads them; best in ascending order. `None`: the message is no more.
    pub(crate) fn read<T: Read>(
        tx: &'t T,
        columns: &mut Columns<'t>,
        gid: Gid,
    ) -> store::Result<Option<Facts<'t>>> {
        if let Some(stored) = Facts::stored(tx, columns, gid)? {
            return Ok(Some(stored));
        }
        match noted::threading(tx, gid) {
            Ok((head, notes)) => Ok(Some(Facts {
                sent: head.sent,
                received: head.received,
                notes,
            })),
            Err(store::Error::NoSuchMessage) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Those that the columns have.
    pub(crate) fn stored<T: Read>(
        tx: &'t T,
        columns: &mut Columns<'t>,
        gid: Gid,
    ) -> store::Result<Option<Facts<'t>>> {
        Ok(tx.column(columns, gid)?.map(|column| Facts {
            sent: column.sent,
            received: column.received,
            notes: Cow::Borrowed(column.notes),
        }))
    }

    /// Its place among others; `None`: damaged.
    pub(crate) fn threading(&self) -> Option<Threading<'_>> {
        let (flags, rest) = self.notes.split_first()?;
        let hashes = if flags & TEXTS == 0 {
            rest
        } else {
            texts::read(rest)?.1
        };
        Threading::of(*flags, hashes)
    }

    /// The hash of its base subject; 0: it is empty, or the row is damaged.
    pub(crate) fn subject(&self) -> u64 {
        let [a, b, c, d, e, f]: Hash = self
            .threading()
            .map(|threading| threading.subject)
            .unwrap_or_default();
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// How a text begins, [`kept`] octets of it; `None`: the record has to be asked.
    pub(crate) fn beginning(&self, key: SortKey) -> Option<&[u8]> {
        let (flags, rest) = self.notes.split_first()?;
        if flags & TEXTS == 0 {
            return None;
        }
        texts::read(rest)?.0.get(key)
    }
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
