//! The commands that name a mailbox: SELECT to UNSUBSCRIBE, COPY and MOVE, and UID EXPUNGE.

use store::SpecialUse;

use crate::cmd::special_use;
use crate::code::Code;
use crate::command::{Command, Create, KnownCommand, MailboxName, OpenCommand, Transfer};
use crate::deed::No;
use crate::mailbox_name;
use crate::parse::set::set;
use crate::parse::{Cursor, Parsed};

/// SP mailbox.
///
/// ```abnf
/// mailbox = "INBOX" / astring
/// ```
pub(super) fn mailbox(cursor: &mut Cursor<'_>) -> Parsed<MailboxName> {
    cursor.space()?;
    name(cursor)
}

/// The same without its space.
pub(super) fn name(cursor: &mut Cursor<'_>) -> Parsed<MailboxName> {
    let name = cursor.astring()?;
    mailbox_name::decode(&name, cursor.utf8).ok_or_else(|| {
        No::with(Code::Cannot, "This is no mailbox name: modified UTF-7 (or UTF-8 after ENABLE IMAP4rev2), parted by single '/'")
    })
}

/// A name for a mailbox to be made.
fn new_mailbox(cursor: &mut Cursor<'_>) -> Parsed<MailboxName> {
    let name = mailbox(cursor)?;
    if name.is_empty() || name.contains(['*', '%']) {
        return Err(No::with(
            Code::Cannot,
            "A mailbox's name may not be empty nor hold '*' or '%'",
        ));
    }
    Ok(name)
}

/// ```abnf
/// create = "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]   ; RFC 6154 §6
/// ```
pub(crate) fn create(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mailbox = new_mailbox(cursor)?;
    let mut special_use = None;
    if cursor.peek() == Some(b' ') && !cursor.clone().end().is_ok_and(|()| true) {
        cursor.space()?;
        cursor.expect(b'(', "CREATE parameters in parentheses were expected")?;
        if !cursor.word("USE") {
            return Err(No::bad("USE is the only parameter of CREATE"));
        }
        cursor.space()?;
        cursor.list(true, 8, |cursor| {
            let usage = special(cursor)?;
            match special_use.replace(usage) {
                Some(before) if before != usage => Err(No::with(
                    Code::UseAttr,
                    "A mailbox has one special use at most",
                )),
                _ => Ok(()),
            }
        })?;
        cursor.expect(b')', "USE is the only parameter of CREATE")?;
    }
    Ok(Command::Known(KnownCommand::Create(Create {
        mailbox,
        special_use,
    })))
}

/// ```abnf
/// use-attr = "\\" atom
/// ```
///
/// \All and \Flagged are views over other mailboxes (RFC 6154 §2), which the box does not make: a mailbox made for them would stay empty.
fn special(cursor: &mut Cursor<'_>) -> Parsed<SpecialUse> {
    cursor.expect(b'\\', "A special use such as \\Sent was expected")?;
    special_use::settable_word(cursor.atom()?)
}

/// DELETE.
pub(crate) fn delete(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::Delete(mailbox(cursor)?)))
}

/// RENAME.
pub(crate) fn rename(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::Rename {
        from: mailbox(cursor)?,
        to: new_mailbox(cursor)?,
    }))
}

/// SUBSCRIBE.
pub(crate) fn subscribe(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::Subscribe(mailbox(cursor)?)))
}

/// UNSUBSCRIBE.
pub(crate) fn unsubscribe(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::Unsubscribe(mailbox(cursor)?)))
}

/// ```abnf
/// copy = "COPY" SP sequence-set SP mailbox
/// ```
pub(crate) fn copy(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Open(OpenCommand::Copy(transfer(cursor, false)?)))
}

/// UID COPY.
pub(crate) fn uid_copy(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Open(OpenCommand::Copy(transfer(cursor, true)?)))
}

/// MOVE.
pub(crate) fn move_messages(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Open(OpenCommand::Move(transfer(cursor, false)?)))
}

/// UID MOVE.
pub(crate) fn uid_move(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Open(OpenCommand::Move(transfer(cursor, true)?)))
}

fn transfer(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Transfer> {
    cursor.space()?;
    Ok(Transfer {
        set: set(cursor)?,
        uid,
        mailbox: mailbox(cursor)?,
    })
}

/// UID EXPUNGE.
pub(crate) fn uid_expunge(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    Ok(Command::Open(OpenCommand::Expunge(Some(set(cursor)?))))
}
