//! Octets to commands (RFC 9051 §9 and the extensions that CAPABILITY names).
//!
//! The session hands over a whole command: its lines with their literals inside, without the last CRLF. First comes the [`tag`], then
//! the row of [`crate::table`] that has the command's name (so that a command out of place is refused before its arguments are read),
//! then that row's own reader.
//!
//! Promises: total (any octets give a value or a [`No`]), no recursion deeper than [`Limits::DEPTH`], lists and sets bounded by the
//! constants of [`Limits`] and by the command's length, linear time. The strictness is the RFC's, but for what clients are known to
//! send: spaces at the end, any case, `/` behind a mailbox name (A23), UTF-8 where modified UTF-7 belongs.

mod acl;
mod any;
mod append;
mod cursor;
mod esearch;
mod fetch;
mod flags;
mod list;
mod mailbox;
mod metadata;
mod modifiers;
mod notify;
mod quota;
mod search;
mod select;
mod set;
mod sort;
mod urlauth;

use crate::Limits;
use crate::command::{Append, Command};
use crate::deed::No;
use crate::table::{self, Row};

pub(crate) use acl::{delete_acl, get_acl, list_rights, my_rights, set_acl};
pub(crate) use any::{authenticate, compress, enable, id, language, login};
pub(crate) use append::{append, replace, uid_replace};
pub use cursor::Cursor;
pub(crate) use esearch::esearch;
pub(crate) use fetch::{fetch, section_spec, uid_fetch};
pub(crate) use flags::{list as flag_list, store, uid_store};
pub(crate) use list::{list, lsub, status};
pub(crate) use mailbox::{
    copy, create, delete, rename, subscribe, uid_copy, uid_move, unsubscribe,
};
pub(crate) use mailbox::{move_messages, uid_expunge};
pub(crate) use metadata::{get_metadata, set_metadata};
pub(crate) use notify::notify;
pub(crate) use quota::{get_quota, get_quota_root, set_quota};
pub(crate) use search::{cancel_update, filter, search, uid_batches, uid_search};
pub(crate) use select::{examine, select};
pub(crate) use sort::{sort, thread, uid_sort, uid_thread};
pub(crate) use urlauth::{gen_url_auth, reset_key, url_fetch};

/// What a reader of arguments gives.
pub type Parsed<T> = Result<T, No>;

/// Takes the tag off a command: what the reply will carry, and the rest behind the space.
///
/// ```abnf
/// tag = 1*<any ASTRING-CHAR except "+">
/// ```
pub fn tag(line: &[u8]) -> Option<(&str, &[u8])> {
    let end = line
        .iter()
        .position(|octet| *octet == b' ')
        .unwrap_or(line.len());
    let (tag, rest) = line.split_at_checked(end)?;
    let fits = !tag.is_empty()
        && tag.len() <= Limits::TAG
        && tag
            .iter()
            .all(|octet| crate::print::is_astring_char(*octet) && *octet != b'+');
    let tag = std::str::from_utf8(tag).ok()?;
    fits.then_some((tag, rest.get(1..).unwrap_or_default()))
}

/// Finds the row of the command whose name stands at the front of `rest` (behind the tag), and the cursor behind that name. `None`: no
/// such command.
pub fn verb(rest: &[u8], utf8: bool) -> Option<(&'static Row, Cursor<'_>)> {
    let mut cursor = Cursor::new(rest, utf8);
    let name = cursor.letters();
    if name.eq_ignore_ascii_case(b"UID") {
        cursor.space().ok()?;
        let name = cursor.letters();
        return table::find(name, true).map(|row| (row, cursor));
    }
    table::find(name, false).map(|row| (row, cursor))
}

/// Reads the arguments of a command and makes sure that nothing follows them.
pub fn arguments(row: &Row, mut cursor: Cursor<'_>) -> Parsed<Command> {
    let command = (row.arguments)(&mut cursor)?;
    cursor.end()?;
    Ok(command)
}

/// One whole command: tag and value.
pub fn command(line: &[u8], utf8: bool) -> Option<(&str, Parsed<Command>)> {
    let (tag, rest) = tag(line)?;
    let Some((row, cursor)) = verb(rest, utf8) else {
        return Some((tag, Err(No::bad("There is no such command"))));
    };
    Some((tag, arguments(row, cursor)))
}

/// An APPEND or REPLACE that is complete up to the mailbox's name: `rest` ends before the `{` of a literal. `None`: another command, or the
/// literal is still the mailbox's name; then the line goes on.
pub fn append_before_literal(rest: &[u8], utf8: bool) -> Option<Parsed<(&'static Row, Append)>> {
    let (row, mut cursor) = verb(rest, utf8)?;
    if !matches!(row.name, "APPEND" | "REPLACE") || append::names_no_mailbox(row, &cursor) {
        return None;
    }
    Some(append::head(row, &mut cursor).map(|append| (row, append)))
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
