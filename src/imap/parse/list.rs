//! LIST with its extensions (RFC 9051 §6.3.9, RFC 5258, 5819, 6154, 8440, 9590), LSUB and STATUS.

use crate::Limits;
use crate::command::{Command, KnownCommand, List, ListReturn, ListSelect, StatusItem};
use crate::deed::No;
use crate::mailbox_name;
use crate::parse::mailbox::mailbox;
use crate::parse::{Cursor, Parsed, metadata};

/// ```abnf
/// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// patterns = "(" list-mailbox *(SP list-mailbox) ")"
/// ```
pub(crate) fn list(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut list = List::default();
    cursor.space()?;
    if cursor.peek() == Some(b'(') {
        list.extended = true;
        list.select = selection(cursor)?;
        cursor.space()?;
    }
    list.reference = mailbox_name::decode_pattern(&cursor.astring()?, cursor.utf8);
    cursor.space()?;
    if cursor.peek() == Some(b'(') {
        list.extended = true;
        cursor.list(true, Limits::PATTERNS, |cursor| {
            let pattern = cursor.list_mailbox()?;
            list.patterns
                .push(mailbox_name::decode_pattern(&pattern, cursor.utf8));
            Ok(())
        })?;
    } else {
        let pattern = cursor.list_mailbox()?;
        list.patterns
            .push(mailbox_name::decode_pattern(&pattern, cursor.utf8));
    }
    if cursor.eat(b' ') && !cursor.is_at_end() {
        if !cursor.word("RETURN") {
            return Err(No::bad("RETURN was expected"));
        }
        list.extended = true;
        cursor.space()?;
        list.give = returned(cursor)?;
    }
    Ok(Command::Known(KnownCommand::List(list)))
}

/// ```abnf
/// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
/// ```
fn selection(cursor: &mut Cursor<'_>) -> Parsed<ListSelect> {
    let mut select = ListSelect::default();
    cursor.list(true, 16, |cursor| {
        match cursor.atom()?.to_ascii_uppercase().as_str() {
            "SUBSCRIBED" => select.subscribed = true,
            "REMOTE" => select.remote = true,
            "RECURSIVEMATCH" => select.recursive_match = true,
            "SPECIAL-USE" => select.special_use = true,
            _ => {
                return Err(No::bad(
                    "The box does not know this selection option of LIST",
                ));
            }
        }
        Ok(())
    })?;
    if select.recursive_match && !select.subscribed && !select.special_use {
        return Err(No::bad(
            "RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE beside it",
        ));
    }
    Ok(select)
}

/// ```abnf
/// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
/// ```
fn returned(cursor: &mut Cursor<'_>) -> Parsed<ListReturn> {
    let mut give = ListReturn::default();
    cursor.list(true, 16, |cursor| {
        match cursor.atom()?.to_ascii_uppercase().as_str() {
            "SUBSCRIBED" => give.subscribed = true,
            "CHILDREN" => give.children = true,
            "SPECIAL-USE" => give.special_use = true,
            "STATUS" => {
                cursor.space()?;
                give.status = status_items(cursor)?;
            }
            "MYRIGHTS" => give.my_rights = true,
            "METADATA" => {
                cursor.space()?;
                give.metadata = metadata::entries(cursor)?;
            }
            _ => return Err(No::bad("The box does not know this return option of LIST")),
        }
        Ok(())
    })?;
    Ok(give)
}

/// ```abnf
/// lsub = "LSUB" SP mailbox SP list-mailbox   ; RFC 3501
/// ```
pub(crate) fn lsub(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    let reference = mailbox_name::decode_pattern(&cursor.astring()?, cursor.utf8);
    cursor.space()?;
    let pattern = mailbox_name::decode_pattern(&cursor.list_mailbox()?, cursor.utf8);
    Ok(Command::Known(KnownCommand::Lsub { reference, pattern }))
}

/// ```abnf
/// status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
/// ```
pub(crate) fn status(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mailbox = mailbox(cursor)?;
    cursor.space()?;
    Ok(Command::Known(KnownCommand::Status {
        mailbox,
        items: status_items(cursor)?,
    }))
}

fn status_items(cursor: &mut Cursor<'_>) -> Parsed<Vec<StatusItem>> {
    let mut items = Vec::new();
    cursor.list(false, 32, |cursor| {
        let item = match cursor.atom()?.to_ascii_uppercase().as_str() {
            "MESSAGES" => StatusItem::Messages,
            "RECENT" => StatusItem::Recent,
            "UIDNEXT" => StatusItem::UidNext,
            "UIDVALIDITY" => StatusItem::UidValidity,
            "UNSEEN" => StatusItem::Unseen,
            "DELETED" => StatusItem::Deleted,
            "SIZE" => StatusItem::Size,
            "APPENDLIMIT" => StatusItem::AppendLimit,
            "MAILBOXID" => StatusItem::MailboxId,
            "HIGHESTMODSEQ" => StatusItem::HighestModSeq,
            "DELETED-STORAGE" => StatusItem::DeletedStorage,
            _ => return Err(No::bad("The box does not know this item of STATUS")),
        };
        if !items.contains(&item) {
            items.push(item);
        }
        Ok(())
    })?;
    Ok(items)
}
