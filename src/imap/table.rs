//! The commands, one row each: in which state a command is allowed, what may be said while it runs, and who reads its arguments.
//!
//! The laws of the protocol are columns here and nowhere else: the session checks the row before the arguments are read.

use crate::command::{Command, KnownCommand, OpenCommand};
use crate::parse::{self, Cursor, Parsed};

/// In which states a command is allowed (RFC 9051 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// in all
    Always,
    /// only before log-in
    Stranger,
    /// after log-in, also with a mailbox selected
    Known,
    /// only with a mailbox selected
    Open,
}

/// One command.
pub struct Row {
    /// its name, upper case, without UID
    pub name: &'static str,
    /// whether UID stands before the name
    pub uid: bool,
    /// where it is allowed
    pub when: When,
    /// Whether EXPUNGE may be told before its tagged reply (RFC 9051 §7.5.1: not with FETCH, STORE and SEARCH by sequence number, because the
    /// client may have sent more sequence numbers already).
    pub expunges: bool,
    /// reads what stands behind the name
    pub arguments: fn(&mut Cursor<'_>) -> Parsed<Command>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn row(
    name: &'static str,
    when: When,
    arguments: fn(&mut Cursor<'_>) -> Parsed<Command>,
) -> Row {
    Row {
        name,
        uid: false,
        when,
        expunges: true,
        arguments,
    }
}

const fn uid(name: &'static str, arguments: fn(&mut Cursor<'_>) -> Parsed<Command>) -> Row {
    Row {
        name,
        uid: true,
        when: When::Open,
        expunges: true,
        arguments,
    }
}

/// By sequence numbers, which must stay what they are until the reply.
const fn numbered(name: &'static str, arguments: fn(&mut Cursor<'_>) -> Parsed<Command>) -> Row {
    Row {
        name,
        uid: false,
        when: When::Open,
        expunges: false,
        arguments,
    }
}

/// Every command of RFC 9051 and RFC 3501, and of the extensions that CAPABILITY names.
pub static TABLE: &[Row] = &[
    row("CAPABILITY", When::Always, |_| Ok(Command::Capability)),
    row("NOOP", When::Always, |_| Ok(Command::Noop)),
    row("LOGOUT", When::Always, |_| Ok(Command::Logout)),
    row("ID", When::Always, parse::id),
    row("LANGUAGE", When::Always, parse::language),
    row("STARTTLS", When::Stranger, |_| Ok(Command::StartTls)),
    row("AUTHENTICATE", When::Stranger, parse::authenticate),
    row("LOGIN", When::Stranger, parse::login),
    row("ENABLE", When::Known, parse::enable),
    row("NOTIFY", When::Known, parse::notify),
    row("COMPRESS", When::Known, parse::compress),
    row("UNAUTHENTICATE", When::Known, |_| {
        Ok(Command::Unauthenticate)
    }),
    row("SELECT", When::Known, parse::select),
    row("EXAMINE", When::Known, parse::examine),
    row("CREATE", When::Known, parse::create),
    row("DELETE", When::Known, parse::delete),
    row("RENAME", When::Known, parse::rename),
    row("SUBSCRIBE", When::Known, parse::subscribe),
    row("UNSUBSCRIBE", When::Known, parse::unsubscribe),
    row("LIST", When::Known, parse::list),
    row("LSUB", When::Known, parse::lsub),
    row("NAMESPACE", When::Known, |_| {
        Ok(Command::Known(KnownCommand::Namespace))
    }),
    row("STATUS", When::Known, parse::status),
    row("APPEND", When::Known, parse::append),
    row("REPLACE", When::Open, parse::replace),
    row("GENURLAUTH", When::Known, parse::gen_url_auth),
    row("URLFETCH", When::Known, parse::url_fetch),
    row("RESETKEY", When::Known, parse::reset_key),
    row("SETACL", When::Known, parse::set_acl),
    row("DELETEACL", When::Known, parse::delete_acl),
    row("GETACL", When::Known, parse::get_acl),
    row("LISTRIGHTS", When::Known, parse::list_rights),
    row("MYRIGHTS", When::Known, parse::my_rights),
    row("GETMETADATA", When::Known, parse::get_metadata),
    row("SETMETADATA", When::Known, parse::set_metadata),
    row("GETQUOTA", When::Known, parse::get_quota),
    row("GETQUOTAROOT", When::Known, parse::get_quota_root),
    row("SETQUOTA", When::Known, parse::set_quota),
    row("IDLE", When::Known, |_| Ok(Command::Idle)),
    row("CHECK", When::Open, |_| Ok(Command::Check)),
    row("CLOSE", When::Open, |_| {
        Ok(Command::Open(OpenCommand::Close))
    }),
    row("UNSELECT", When::Open, |_| {
        Ok(Command::Open(OpenCommand::Unselect))
    }),
    row("EXPUNGE", When::Open, |_| {
        Ok(Command::Open(OpenCommand::Expunge(None)))
    }),
    numbered("SEARCH", parse::search),
    row("ESEARCH", When::Known, parse::esearch),
    numbered("SORT", parse::sort),
    numbered("THREAD", parse::thread),
    row("CANCELUPDATE", When::Open, parse::cancel_update),
    row("UIDBATCHES", When::Open, parse::uid_batches),
    numbered("FETCH", parse::fetch),
    numbered("STORE", parse::store),
    row("COPY", When::Open, parse::copy),
    row("MOVE", When::Open, parse::move_messages),
    uid("SEARCH", parse::uid_search),
    // RFC 7377 §2 writes it so in an example.
    uid("ESEARCH", parse::esearch),
    uid("SORT", parse::uid_sort),
    uid("THREAD", parse::uid_thread),
    uid("FETCH", parse::uid_fetch),
    uid("STORE", parse::uid_store),
    uid("COPY", parse::uid_copy),
    uid("MOVE", parse::uid_move),
    uid("EXPUNGE", parse::uid_expunge),
    uid("REPLACE", parse::uid_replace),
];

/// The row of this name, in any case.
pub fn find(name: &[u8], uid: bool) -> Option<&'static Row> {
    TABLE
        .iter()
        .find(|row| row.uid == uid && row.name.as_bytes().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once() {
        for (at, row) in TABLE.iter().enumerate() {
            assert!(
                std::ptr::eq(
                    find(row.name.to_ascii_lowercase().as_bytes(), row.uid).unwrap(),
                    &TABLE[at]
                ),
                "{row:?}"
            );
        }
        assert!(find(b"FETCHED", false).is_none());
        assert!(find(b"NOOP", true).is_none());
    }

    #[test]
    fn sequence_numbers_stay_during_five_commands() {
        let silent: Vec<_> = TABLE
            .iter()
            .filter(|row| !row.expunges)
            .map(|row| row.name)
            .collect();
        assert_eq!(silent, ["SEARCH", "SORT", "THREAD", "FETCH", "STORE"]);
    }
}
