//! What SORT and THREAD read of each message: from the store's columns where they have been filled, else from the message's record.
//!
//! Promises: both say the same, so that an answer does not depend on how far the filling has come.

use std::borrow::Cow;

use store::{Columns, Gid, NewColumn, Read, WriteTx};

use crate::noted;
use crate::record::Threading;

/// The rows of these messages, made from their records; those that are no more are left out. Read first, then written in one deed by
/// [`WriteTx::put_columns`], a few hundred at a time.
pub fn rows<T: Read>(tx: &T, gids: impl IntoIterator<Item = Gid>) -> store::Result<Vec<NewColumn>> {
    let mut rows = Vec::new();
    for gid in gids {
        match noted::threading(tx, gid) {
            Ok((head, notes)) => rows.push(NewColumn {
                gid,
                sent: head.sent,
                received: head.received,
                notes: notes.into_owned(),
            }),
            Err(store::Error::NoSuchMessage) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
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
        if let Some(column) = tx.column(columns, gid)? {
            return Ok(Some(Facts {
                sent: column.sent,
                received: column.received,
                notes: Cow::Borrowed(column.notes),
            }));
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

    /// Its place among others; `None`: damaged.
    pub(crate) fn threading(&self) -> Option<Threading<'_>> {
        Threading::new(&self.notes)
    }
}
