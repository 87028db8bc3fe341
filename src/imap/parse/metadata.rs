//! The commands of RFC 5464: GETMETADATA and SETMETADATA; entry names are LIST's, too (RFC 9590).

use crate::command::{
    Command, Depth, EntryName, GetMetadata, KnownCommand, MetadataValue, SetMetadata,
};
use crate::deed::No;
use crate::parse::mailbox::mailbox;
use crate::parse::{Cursor, Parsed};

/// Entries in one command: ten times what the servers in use allow a mailbox to have of its own.
const ENTRIES: usize = 200;
/// Octets of an entry's name: the vendors' names have some 50.
const NAME: usize = 255;

/// ```abnf
/// getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
/// ```
///
/// The RFC's own examples have the options behind the mailbox, and entries without parentheses: both are taken.
pub(crate) fn get_metadata(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut get = GetMetadata::default();
    let mut ahead = cursor.clone();
    ahead.space()?;
    if ahead.peek() == Some(b'(') {
        *cursor = ahead;
        options(cursor, &mut get)?;
    }
    get.mailbox = mailbox(cursor)?;
    cursor.space()?;
    if cursor.peek() == Some(b'(') && !lists_entries(cursor) {
        options(cursor, &mut get)?;
        cursor.space()?;
    }
    get.entries = entries(cursor)?;
    while cursor.peek() == Some(b' ') && !cursor.clone().end().is_ok_and(|()| true) {
        cursor.space()?;
        if get.entries.len() >= ENTRIES {
            return Err(No::bad("These are more entries than the box takes at once"));
        }
        get.entries.push(entry(cursor, false)?);
    }
    Ok(Command::Known(KnownCommand::GetMetadata(get)))
}

/// ```abnf
/// setmetadata = "SETMETADATA" SP mailbox SP entry-values
/// entry-values = "(" entry-value *(SP entry-value) ")"
/// entry-value = entry SP value
/// value = nstring / literal8
/// ```
pub(crate) fn set_metadata(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mailbox = mailbox(cursor)?;
    cursor.space()?;
    let mut values = Vec::new();
    cursor.list(false, ENTRIES, |cursor| {
        let name = entry(cursor, true)?;
        cursor.space()?;
        let value = if cursor.peek() == Some(b'~') {
            Some(cursor.literal8()?.to_vec())
        } else {
            cursor.nstring()?.map(|value| value.into_owned())
        };
        values.push((name, MetadataValue(value)));
        Ok(())
    })?;
    Ok(Command::Known(KnownCommand::SetMetadata(SetMetadata {
        mailbox,
        values,
    })))
}

/// ```abnf
/// entries = entry / "(" entry *(SP entry) ")"
/// ```
pub(super) fn entries(cursor: &mut Cursor<'_>) -> Parsed<Vec<EntryName>> {
    if cursor.peek() != Some(b'(') {
        return Ok(vec![entry(cursor, false)?]);
    }
    let mut entries = Vec::new();
    cursor.list(false, ENTRIES, |cursor| {
        entries.push(entry(cursor, false)?);
        Ok(())
    })?;
    Ok(entries)
}

/// Options begin with a letter, names of entries with `/` or as a string.
fn lists_entries(cursor: &Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    ahead.eat(b'(');
    !ahead
        .peek()
        .is_some_and(|octet| octet.is_ascii_alphabetic())
}

/// ```abnf
/// getmetadata-options = "(" getmetadata-option *(SP getmetadata-option) ")"
/// getmetadata-option = "MAXSIZE" SP number / "DEPTH" SP ("0" / "1" / "infinity")
/// ```
fn options(cursor: &mut Cursor<'_>, get: &mut GetMetadata) -> Parsed<()> {
    cursor.list(false, 8, |cursor| {
        let name = cursor.atom()?.to_ascii_uppercase();
        cursor.space()?;
        match name.as_str() {
            "MAXSIZE" => get.max_size = Some(cursor.number64()?),
            "DEPTH" => {
                get.depth = match cursor.atom()?.to_ascii_lowercase().as_str() {
                    "0" => Depth::Zero,
                    "1" => Depth::One,
                    "infinity" => Depth::Infinity,
                    _ => return Err(No::bad("DEPTH is 0, 1 or infinity")),
                }
            }
            _ => return Err(No::bad("The options of GETMETADATA are MAXSIZE and DEPTH")),
        }
        Ok(())
    })
}

/// ```abnf
/// entry = astring ; slash-separated path, MUST NOT contain "*" or "%"
/// ```
///
/// A name that cannot be is BAD (RFC 5464 §3.2). `whole`: one that can be set; the others may also be the first component alone, for
/// DEPTH.
fn entry(cursor: &mut Cursor<'_>, whole: bool) -> Parsed<EntryName> {
    let given = cursor.astring()?;
    let name = std::str::from_utf8(&given).ok().and_then(|given| {
        let possible = given.len() <= NAME
            && given
                .bytes()
                .all(|octet| matches!(octet, b' '..=b'~') && !matches!(octet, b'*' | b'%'));
        possible.then(|| EntryName(given.to_owned()))
    });
    let name = name.filter(|name| {
        let folded = name.folded();
        let mut levels = folded.split('/');
        let rooted =
            levels.next() == Some("") && matches!(levels.next(), Some("private" | "shared"));
        let levels: Vec<&str> = levels.collect();
        let vendor = levels.first() == Some(&"vendor");
        // In the vendors' part names have four components (§3.2).
        let enough = if vendor { 3 } else { 1 };
        rooted && levels.iter().all(|level| !level.is_empty()) && (!whole || levels.len() >= enough)
    });
    name.ok_or_else(|| {
        No::bad("An entry such as /private/comment or /shared/vendor/NAME/... was expected")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(line: &str) -> Parsed<GetMetadata> {
        match crate::parse::command(line.as_bytes(), false).unwrap().1? {
            Command::Known(KnownCommand::GetMetadata(get)) => Ok(get),
            other => panic!("{other:?}"),
        }
    }

    fn set(line: &[u8]) -> Parsed<SetMetadata> {
        match crate::parse::command(line, false).unwrap().1? {
            Command::Known(KnownCommand::SetMetadata(set)) => Ok(set),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_stand_before_or_behind_the_mailbox() {
        for line in [
            "a GETMETADATA (MAXSIZE 1024 DEPTH 1) INBOX (/shared/comment /private/comment)",
            "a GETMETADATA \"INBOX\" (maxsize 1024 depth 1) (/shared/comment /private/comment)",
            "a GETMETADATA (DEPTH 1 MAXSIZE 1024) INBOX /shared/comment /private/comment ",
        ] {
            let get = get(line).unwrap();
            assert_eq!(get.mailbox, "INBOX");
            assert_eq!((get.max_size, get.depth), (Some(1024), Depth::One));
            assert_eq!(get.entries.len(), 2, "{line}");
        }
        assert_eq!(
            get("a GETMETADATA \"\" /shared/comment").unwrap().mailbox,
            ""
        );
        assert!(get("a GETMETADATA INBOX /private").is_ok());
    }

    #[test]
    fn values_of_every_kind() {
        let line = b"a SETMETADATA INBOX (/private/comment {8}\r\ntwo\r\nli. /shared/x NIL /shared/y \"\" /shared/z ~{3}\r\na\0b)";
        let values: Vec<_> = set(line)
            .unwrap()
            .values
            .into_iter()
            .map(|(_, MetadataValue(value))| value)
            .collect();
        assert_eq!(
            values,
            [
                Some(b"two\r\nli.".to_vec()),
                None,
                Some(Vec::new()),
                Some(b"a\0b".to_vec())
            ]
        );
    }

    #[test]
    fn what_is_no_entry_is_bad() {
        for name in [
            "/comment",
            "comment",
            "/shared//x",
            "/shared/x/",
            "/shared/*",
            "/shared/%",
            "\"/shared/\u{e9}\"",
            "/shared",
            "/private",
            "/shared/vendor",
            "/shared/vendor/cmu",
            "/other/x",
        ] {
            let line = format!("a SETMETADATA INBOX ({name} \"x\")");
            assert!(set(line.as_bytes()).is_err_and(|no| no.bad), "{name}");
        }
        assert!(set(b"a SETMETADATA INBOX (/Shared/Vendor/cmu/x \"x\")").is_ok());
    }
}
