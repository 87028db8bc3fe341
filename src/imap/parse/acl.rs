//! The commands of RFC 4314: SETACL, DELETEACL, GETACL, LISTRIGHTS, MYRIGHTS.

use store::Rights;

use crate::command::{Command, Identifier, KnownCommand, RightsChange};
use crate::deed::No;
use crate::parse::mailbox::mailbox;
use crate::parse::{Cursor, Parsed};

/// ```abnf
/// setacl = "SETACL" SP mailbox SP identifier SP mod-rights
/// mod-rights = astring ; +rights to add, -rights to remove, rights to replace
/// ```
pub(crate) fn set_acl(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mailbox = mailbox(cursor)?;
    let identifier = identifier(cursor)?;
    cursor.space()?;
    let letters = cursor.astring()?;
    let change = match letters.split_first() {
        Some((b'+', letters)) => RightsChange::Add(rights(letters)?),
        Some((b'-', letters)) => RightsChange::Remove(rights(letters)?),
        _ => RightsChange::Replace(rights(&letters)?),
    };
    Ok(Command::Known(KnownCommand::SetAcl {
        mailbox,
        identifier,
        change,
    }))
}

/// ```abnf
/// deleteacl = "DELETEACL" SP mailbox SP identifier
/// ```
pub(crate) fn delete_acl(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::DeleteAcl {
        mailbox: mailbox(cursor)?,
        identifier: identifier(cursor)?,
    }))
}

/// ```abnf
/// getacl = "GETACL" SP mailbox
/// ```
pub(crate) fn get_acl(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::GetAcl(mailbox(cursor)?)))
}

/// ```abnf
/// listrights = "LISTRIGHTS" SP mailbox SP identifier
/// ```
pub(crate) fn list_rights(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::ListRights {
        mailbox: mailbox(cursor)?,
        identifier: identifier(cursor)?,
    }))
}

/// ```abnf
/// myrights = "MYRIGHTS" SP mailbox
/// ```
pub(crate) fn my_rights(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::MyRights(mailbox(cursor)?)))
}

/// SP identifier; what SASLprep refuses or empties is BAD (RFC 4314 §3).
fn identifier(cursor: &mut Cursor<'_>) -> Parsed<Identifier> {
    cursor.space()?;
    let given = cursor.astring()?;
    let given = std::str::from_utf8(&given)
        .ok()
        .filter(|given| given.len() <= Identifier::LONGEST);
    let prepared = given.and_then(|given| Some((given, sasl::saslprep(given)?)));
    let (given, prepared) = prepared
        .filter(|(_, prepared)| !prepared.trim_start_matches('-').is_empty())
        .ok_or_else(|| No::bad("An address of the house or \"anyone\" was expected"))?;
    let (negative, name) = match prepared.strip_prefix('-') {
        Some(name) => (true, name.to_owned()),
        None => (false, prepared),
    };
    Ok(Identifier {
        given: given.to_owned(),
        negative,
        name,
    })
}

/// Rights; one that the box does not know is BAD (RFC 4314 §3.1), also in upper case and as a digit.
fn rights(letters: &[u8]) -> Parsed<Rights> {
    let letters = std::str::from_utf8(letters).ok();
    letters
        .and_then(Rights::parse)
        .ok_or_else(|| No::bad("The rights are lrswipkxtea, and c for kx, d for te; in lower case"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(line: &str) -> Parsed<RightsChange> {
        let (_, command) = crate::parse::command(line.as_bytes(), false).unwrap();
        match command? {
            Command::Known(KnownCommand::SetAcl { change, .. }) => Ok(change),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn obsolete_rights_stand_for_two() {
        let both = Rights::DELETE_MESSAGES.union(Rights::EXPUNGE);
        assert_eq!(change("a SETACL INBOX bob +d"), Ok(RightsChange::Add(both)));
        let both = Rights::CREATE_CHILD.union(Rights::DELETE_MAILBOX);
        assert_eq!(
            change("a SETACL INBOX bob -c"),
            Ok(RightsChange::Remove(both))
        );
        assert_eq!(
            change("a setacl INBOX bob \"\""),
            Ok(RightsChange::Replace(Rights::default()))
        );
        assert_eq!(
            change("a SETACL INBOX bob lrswipkxtecda"),
            Ok(RightsChange::Replace(Rights::ALL))
        );
    }

    #[test]
    fn what_is_no_right_is_bad() {
        for line in [
            "a SETACL INBOX bob lrQ",
            "a SETACL INBOX bob lrq",
            "a SETACL INBOX bob +0",
            "a SETACL INBOX bob l+r",
            "a SETACL INBOX \"\" l",
            "a SETACL INBOX - l",
            "a SETACL INBOX bob",
            "a SETACL INBOX {3}\r\na\u{7}b l",
        ] {
            assert!(change(line).is_err_and(|no| no.bad), "{line}");
        }
    }

    #[test]
    fn a_dash_is_a_negative_right() {
        let (_, command) =
            crate::parse::command(b"a DELETEACL INBOX \"-Bob@House.test\"", false).unwrap();
        let Ok(Command::Known(KnownCommand::DeleteAcl { identifier, .. })) = command else {
            panic!("{command:?}");
        };
        assert!(identifier.negative);
        assert_eq!(identifier.name, "Bob@House.test");
        assert_eq!(identifier.given, "-Bob@House.test");
    }
}
