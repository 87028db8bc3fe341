//! Names of mailboxes: UTF-8, `/` between levels, INBOX without case at the top.

use crate::error::{Error, Result};

/// The one mailbox everyone has (RFC 9051 §5.1).
pub(crate) const INBOX: &str = "INBOX";
/// Octets of a whole name: an LMDB key holds it.
pub(crate) const NAME_MAX: usize = 400;

/// The name as it is stored.
pub(crate) fn canonical(name: &str) -> Result<String> {
    if name.len() > NAME_MAX {
        return Err(Error::NotAllowed("a mailbox name has at most 400 octets"));
    }
    if name.chars().any(|c| c.is_control() || c == '*' || c == '%') {
        return Err(Error::NotAllowed(
            "a mailbox name holds no control characters, * or %",
        ));
    }
    if name.split('/').any(str::is_empty) {
        return Err(Error::NotAllowed(
            "each level of a mailbox name needs a name",
        ));
    }
    let (first, rest) = match name.split_once('/') {
        Some((first, _)) => (first, name.get(first.len()..).unwrap_or_default()),
        None => (name, ""),
    };
    if first.eq_ignore_ascii_case(INBOX) {
        return Ok(format!("{INBOX}{rest}"));
    }
    Ok(name.to_owned())
}

/// The levels above a name, from the top.
pub(crate) fn levels_above(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').filter_map(|(at, _)| name.get(..at))
}

/// Whether `name` lies below `above`.
pub(crate) fn is_below(name: &str, above: &str) -> bool {
    name.strip_prefix(above)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_and_inbox_has_one_form() {
        for (name, stored) in [
            ("inbox", "INBOX"),
            ("InBox/x", "INBOX/x"),
            ("Inboxes", "Inboxes"),
            ("a/inbox", "a/inbox"),
            ("Gelöscht", "Gelöscht"),
        ] {
            assert_eq!(canonical(name).unwrap(), stored);
        }
        for name in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            "a*",
            "%",
            "a\u{0}b",
            "a\nb",
            &"x".repeat(401),
        ] {
            assert!(canonical(name).is_err(), "{name:?}");
        }
        assert_eq!(levels_above("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
        assert!(is_below("a/b", "a") && !is_below("ab", "a") && !is_below("a", "a"));
    }
}
