//! Flags, and STORE (RFC 9051 §6.4.6).

use store::Flags;

use crate::Limits;
use crate::code::Code;
use crate::command::{Command, FlagList, OpenCommand, Store, StoreChange};
use crate::deed::No;
use crate::parse::set::set;
use crate::parse::{Cursor, Parsed, modifiers};

/// STORE.
pub(crate) fn store(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    arguments(cursor, false)
}

/// UID STORE.
pub(crate) fn uid_store(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    arguments(cursor, true)
}

/// ```abnf
/// store = "STORE" SP sequence-set [store-modifiers] SP store-att-flags   ; RFC 4466 §2.5
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
fn arguments(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Command> {
    cursor.space()?;
    let set = set(cursor)?;
    cursor.space()?;
    let unchanged_since = modifiers::store(cursor)?;
    let change = match cursor.peek() {
        Some(b'+') => StoreChange::Add,
        Some(b'-') => StoreChange::Remove,
        _ => StoreChange::Replace,
    };
    if change != StoreChange::Replace {
        cursor.take_first();
    }
    let silent = match cursor.atom()? {
        name if name.eq_ignore_ascii_case("FLAGS") => false,
        name if name.eq_ignore_ascii_case("FLAGS.SILENT") => true,
        _ => {
            return Err(No::bad(
                "FLAGS, +FLAGS or -FLAGS, each with or without .SILENT, was expected",
            ));
        }
    };
    cursor.space()?;
    let mut flags = FlagList::default();
    if cursor.peek() == Some(b'(') {
        flags = list(cursor)?;
    } else {
        flag(cursor, &mut flags)?;
        while !cursor.is_at_end() && cursor.eat(b' ') && !cursor.is_at_end() {
            flag(cursor, &mut flags)?;
        }
    }
    Ok(Command::Open(OpenCommand::Store(Store {
        set,
        uid,
        change,
        silent,
        flags,
        unchanged_since,
    })))
}

/// ```abnf
/// flag-list = "(" [flag *(SP flag)] ")"
/// ```
pub(crate) fn list(cursor: &mut Cursor<'_>) -> Parsed<FlagList> {
    let mut flags = FlagList::default();
    cursor.list(true, Limits::KEYWORDS, |cursor| flag(cursor, &mut flags))?;
    Ok(flags)
}

/// ```abnf
/// flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
/// ```
fn flag(cursor: &mut Cursor<'_>, flags: &mut FlagList) -> Parsed<()> {
    if cursor.eat(b'\\') {
        let name = cursor.atom()?;
        let system = match name.to_ascii_lowercase().as_str() {
            "answered" => Flags::ANSWERED,
            "flagged" => Flags::FLAGGED,
            "deleted" => Flags::DELETED,
            "seen" => Flags::SEEN,
            "draft" => Flags::DRAFT,
            // Clients of old send back what they were told; it cannot be set, and that hurts nobody.
            "recent" => Flags::default(),
            _ => return Err(No::bad("There is no such system flag")),
        };
        flags.system = flags.system.union(system);
        return Ok(());
    }
    let name = keyword(cursor)?;
    if !flags
        .keywords
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&name))
    {
        if flags.keywords.len() >= Limits::KEYWORDS {
            return Err(No::with(Code::Limit, "More keywords than the box takes"));
        }
        flags.keywords.push(name);
    }
    Ok(())
}

/// ```abnf
/// flag-keyword = atom
/// ```
pub(super) fn keyword(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let name = cursor.atom()?;
    if name.len() > Limits::KEYWORD {
        return Err(No::with(
            Code::Limit,
            "This keyword is longer than the box takes",
        ));
    }
    Ok(name.to_owned())
}
