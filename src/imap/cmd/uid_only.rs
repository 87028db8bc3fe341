//! UIDONLY (RFC 9586): once it is enabled, no message number is taken from the client, and none is told.
//!
//! It can be enabled and is not announced, because Outlook enables it where it is announced and then uses numbers (A5).

use crate::code::Code;
use crate::command::{Append, Command, KnownCommand, OpenCommand};
use crate::deed::{Dialect, No};

/// Whether a client that has enabled `dialect` may say this (RFC 9586 §3, RFC 7162 §3.2.3). Checked before anything of the command is done.
pub(crate) fn allowed(dialect: Dialect, command: &Command) -> Result<(), No> {
    if let Command::Known(KnownCommand::Select(select)) = command
        && let Some(resync) = &select.resync
    {
        if !dialect.qresync {
            return Err(No::bad("ENABLE QRESYNC before you use it"));
        }
        if dialect.uid_only && resync.matches.is_some() {
            return Err(numbers());
        }
    }
    if let Command::Open(OpenCommand::Fetch(fetch)) = command
        && fetch.vanished
        && !dialect.qresync
    {
        return Err(No::bad("ENABLE QRESYNC before you use VANISHED"));
    }
    let named = match command {
        Command::Open(command) => names_numbers(command),
        // Whether a mailbox is selected decides later whose it is.
        Command::Esearch(search) => search.program.key.names_numbers(),
        Command::Append(append) => return may_replace(dialect, append),
        _ => false,
    };
    if dialect.uid_only && named {
        return Err(numbers());
    }
    Ok(())
}

/// The same for REPLACE, which is known by its first message (RFC 8508).
pub(crate) fn may_replace(dialect: Dialect, append: &Append) -> Result<(), No> {
    match &append.replace {
        Some(replace) if dialect.uid_only && !replace.uid => Err(numbers()),
        _ => Ok(()),
    }
}

/// `BAD [UIDREQUIRED]`.
fn numbers() -> No {
    No {
        bad: true,
        ..No::with(
            Code::UidRequired,
            "UIDONLY is enabled: name messages by their UIDs, not by numbers",
        )
    }
}

/// Whether a command takes or gives message numbers. `$` is none (RFC 5182), but what is told of it would be.
fn names_numbers(command: &OpenCommand) -> bool {
    match command {
        OpenCommand::Fetch(fetch) => !fetch.uid,
        OpenCommand::Store(store) => !store.uid,
        OpenCommand::Copy(transfer) | OpenCommand::Move(transfer) => !transfer.uid,
        OpenCommand::Search(search) => !search.uid || search.program.key.names_numbers(),
        OpenCommand::Esearch(search) => search.program.key.names_numbers(),
        OpenCommand::Sort(sort) => !sort.uid || sort.program.key.names_numbers(),
        OpenCommand::Thread(thread) => !thread.uid || thread.program.key.names_numbers(),
        OpenCommand::Close
        | OpenCommand::Unselect
        | OpenCommand::Expunge(_)
        | OpenCommand::CancelUpdate(_)
        | OpenCommand::UidBatches(_) => false,
    }
}
