//! APPEND and REPLACE up to the mailbox's name (RFC 9051 §6.3.12, RFC 8508 §5). What stands behind it is read by the session, piece by piece
//! as the messages come.

use crate::command::{Append, Command, Replace};
use crate::parse::mailbox::mailbox;
use crate::parse::{Cursor, Parsed};
use crate::table::Row;

/// ```abnf
/// append = "APPEND" SP mailbox 1*append-message
/// ```
pub(crate) fn append(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    rest(cursor, None)
}

/// ```abnf
/// replace = "REPLACE" SP seq-number SP mailbox append-message
/// ```
pub(crate) fn replace(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    let number = cursor.nz_number()?.get();
    rest(cursor, Some(Replace { number, uid: false }))
}

/// UID REPLACE.
pub(crate) fn uid_replace(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    let number = cursor.nz_number()?.get();
    rest(cursor, Some(Replace { number, uid: true }))
}

fn rest(cursor: &mut Cursor<'_>, replace: Option<Replace>) -> Parsed<Command> {
    Ok(Command::Append(Append {
        replace,
        mailbox: mailbox(cursor)?,
        rest: cursor.take_while(|_| true).to_vec(),
    }))
}

/// The command of this row, whose first literal is a message or a part of one.
pub(super) fn head(row: &Row, cursor: &mut Cursor<'_>) -> Parsed<Append> {
    match (row.arguments)(cursor)? {
        Command::Append(append) => Ok(append),
        // No other row has this name.
        _ => Err(crate::deed::No::bad("A message was expected")),
    }
}

/// Whether what is there ends where the mailbox's name is expected.
pub(super) fn names_no_mailbox(row: &Row, cursor: &Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    let spaces = ahead.space().is_ok()
        && (row.name != "REPLACE" || (ahead.nz_number().is_ok() && ahead.space().is_ok()));
    spaces && ahead.is_at_end()
}
