//! The commands of RFC 9208: GETQUOTA, GETQUOTAROOT, SETQUOTA.

use crate::command::{Command, KnownCommand, QuotaLimits};
use crate::deed::No;
use crate::parse::mailbox::mailbox;
use crate::parse::{Cursor, Parsed};

/// Resources in one SETQUOTA: twice as many as RFC 9208 knows.
const RESOURCES: usize = 8;

/// ```abnf
/// getquota = "GETQUOTA" SP quota-root-name
/// ```
pub(crate) fn get_quota(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::GetQuota(root(cursor)?)))
}

/// ```abnf
/// getquotaroot = "GETQUOTAROOT" SP mailbox
/// ```
pub(crate) fn get_quota_root(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    Ok(Command::Known(KnownCommand::GetQuotaRoot(mailbox(cursor)?)))
}

/// ```abnf
/// setquota = "SETQUOTA" SP quota-root-name SP setquota-list
/// setquota-list = "(" [setquota-resource *(SP setquota-resource)] ")"
/// setquota-resource = resource-name SP resource-limit
/// ```
pub(crate) fn set_quota(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let root = root(cursor)?;
    cursor.space()?;
    let mut limits = QuotaLimits::default();
    cursor.list(true, RESOURCES, |cursor| {
        let name = cursor.atom()?.to_ascii_uppercase();
        cursor.space()?;
        let limit = cursor.number64()?;
        match name.as_str() {
            "STORAGE" => limits.storage = Some(limit),
            "MESSAGE" => limits.messages = Some(limit),
            _ => limits.unknown = true,
        }
        Ok(())
    })?;
    Ok(Command::Known(KnownCommand::SetQuota { root, limits }))
}

/// SP quota-root-name.
///
/// ```abnf
/// quota-root-name = astring
/// ```
fn root(cursor: &mut Cursor<'_>) -> Parsed<String> {
    cursor.space()?;
    let root = cursor.astring()?;
    String::from_utf8(root.into_owned()).map_err(|_| No::bad("A quota root's name is UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        let set = |line: &str| crate::parse::command(line.as_bytes(), false).unwrap().1;
        assert_eq!(
            set("a SETQUOTA ann@house.test (STORAGE 510 message 7)"),
            Ok(Command::Known(KnownCommand::SetQuota {
                root: "ann@house.test".into(),
                limits: QuotaLimits {
                    storage: Some(510),
                    messages: Some(7),
                    unknown: false
                },
            }))
        );
        assert_eq!(
            set("a SETQUOTA \"\" ()"),
            Ok(Command::Known(KnownCommand::SetQuota {
                root: String::new(),
                limits: QuotaLimits::default(),
            }))
        );
        for line in [
            "a SETQUOTA x (STORAGE)",
            "a SETQUOTA x (STORAGE -1)",
            "a SETQUOTA x",
            "a SETQUOTA x (STORAGE 9223372036854775808)",
            "a GETQUOTA",
        ] {
            assert!(set(line).is_err_and(|no| no.bad), "{line}");
        }
    }
}
