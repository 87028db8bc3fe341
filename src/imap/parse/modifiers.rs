//! The modifiers of FETCH and STORE (RFC 4466 §2.4, §2.5; RFC 7162 §7; RFC 9394 §4).

use store::ModSeq;

use crate::command::{Fetch, FetchItem};
use crate::deed::No;
use crate::parse::{Cursor, Parsed, search};

/// Modifiers of one command: more than there are.
const MOST: usize = 8;

/// What stands behind FETCH's items, if anything does.
///
/// ```abnf
/// fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")"
/// fetch-modifier = "CHANGEDSINCE" SP mod-sequence-value / "VANISHED" / "PARTIAL" SP partial-range
/// ```
pub(super) fn fetch(cursor: &mut Cursor<'_>, fetch: &mut Fetch) -> Parsed<()> {
    if cursor.clone().end().is_ok() {
        return Ok(());
    }
    cursor.space()?;
    cursor.list(false, MOST, |cursor| {
        if cursor.word("CHANGEDSINCE") {
            cursor.space()?;
            let since = modseq(cursor)?;
            if fetch.changed_since.replace(since).is_some() {
                return Err(No::bad("CHANGEDSINCE stands twice"));
            }
            if !fetch.items.contains(&FetchItem::ModSeq) {
                fetch.items.push(FetchItem::ModSeq);
            }
        } else if cursor.word("VANISHED") {
            fetch.vanished = true;
        } else if cursor.word("PARTIAL") {
            cursor.space()?;
            let page = search::page(cursor)?;
            if fetch.partial.replace(page).is_some() {
                return Err(No::bad("PARTIAL stands twice"));
            }
        } else {
            return Err(No::bad("The box does not know this modifier of FETCH"));
        }
        Ok(())
    })?;
    if fetch.vanished && (!fetch.uid || fetch.changed_since.is_none()) {
        return Err(No::bad(
            "VANISHED stands beside CHANGEDSINCE, in a UID FETCH, and nowhere else",
        ));
    }
    if fetch.partial.is_some() && !fetch.uid {
        // RFC 9394 §3.3 extends UID FETCH alone.
        return Err(No::bad("PARTIAL stands in a UID FETCH and nowhere else"));
    }
    Ok(())
}

/// What stands before STORE's flags, if anything does, with the space behind it: UNCHANGEDSINCE's value.
///
/// ```abnf
/// store-modifiers = "(" store-modifier *(SP store-modifier) ")" SP
/// store-modifier = "UNCHANGEDSINCE" SP mod-sequence-valzer
/// ```
pub(super) fn store(cursor: &mut Cursor<'_>) -> Parsed<Option<ModSeq>> {
    if cursor.peek() != Some(b'(') {
        return Ok(None);
    }
    let mut since = None;
    cursor.list(false, MOST, |cursor| {
        if !cursor.word("UNCHANGEDSINCE") {
            return Err(No::bad("The box does not know this modifier of STORE"));
        }
        cursor.space()?;
        if since.replace(cursor.number64()?).is_some() {
            return Err(No::bad("UNCHANGEDSINCE stands twice"));
        }
        Ok(())
    })?;
    cursor.space()?;
    Ok(since)
}

/// ```abnf
/// mod-sequence-value = 1*DIGIT   ; 1 to 2^63 - 1
/// ```
///
/// 0 is forgiven: some clients begin with it, and it means what it says.
pub(super) fn modseq(cursor: &mut Cursor<'_>) -> Parsed<ModSeq> {
    cursor.number64()
}
