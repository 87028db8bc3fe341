//! Flags between the client's words and the store's bits.
//!
//! Promises: a flag prints in the letters in which it was first stored; keywords compare in any case (RFC 9051 §2.3.2).

use store::{AccountId, Flags, Read, WriteTx};

use crate::command::FlagList;

/// The system flags in the order in which they are printed.
const SYSTEM: [(Flags, &[u8]); 5] = [
    (Flags::ANSWERED, b"\\Answered"),
    (Flags::FLAGGED, b"\\Flagged"),
    (Flags::DELETED, b"\\Deleted"),
    (Flags::SEEN, b"\\Seen"),
    (Flags::DRAFT, b"\\Draft"),
];
/// Bits below the first keyword's.
const SYSTEM_BITS: u32 = 5;

/// Number of the highest keyword among `flags`.
pub(crate) fn highest_keyword(flags: Flags) -> Option<usize> {
    let bits = flags.0 >> SYSTEM_BITS;
    usize::try_from(bits.checked_ilog2()?).ok()
}

/// The names of the account's keywords, read when first needed and not before.
#[derive(Debug, Default)]
pub(crate) struct Names(Option<Vec<String>>);

impl Names {
    /// The names; the index is the flag's number.
    pub(crate) fn read(&mut self, tx: &impl Read, account: AccountId) -> store::Result<&[String]> {
        match &mut self.0 {
            Some(names) => Ok(names),
            none => Ok(none.insert(tx.keywords(account)?)),
        }
    }

    /// Prints a FETCH's `FLAGS (...)`.
    pub(crate) fn print_fetch(
        &mut self,
        tx: &impl Read,
        account: AccountId,
        flags: Flags,
        recent: bool,
        out: &mut Vec<u8>,
    ) -> store::Result<()> {
        let names = if highest_keyword(flags).is_some() {
            self.read(tx, account)?
        } else {
            &[]
        };
        out.extend_from_slice(b"FLAGS (");
        print(flags, recent, names, out);
        out.push(b')');
        Ok(())
    }
}

/// Prints flags with a space between them.
pub(crate) fn print(flags: Flags, recent: bool, names: &[String], out: &mut Vec<u8>) {
    let start = out.len();
    let mut word = |name: &[u8]| {
        if out.len() > start {
            out.push(b' ');
        }
        out.extend_from_slice(name);
    };
    for (flag, name) in SYSTEM {
        if flags.contains(flag) {
            word(name);
        }
    }
    if highest_keyword(flags).is_some() {
        for (index, name) in (0_u32..).zip(names) {
            if flags.0 >> SYSTEM_BITS.saturating_add(index).min(63) & 1 == 1 {
                word(name.as_bytes());
            }
        }
    }
    if recent {
        word(b"\\Recent");
    }
}

/// Prints `* FLAGS (...)` (RFC 9051 §7.3.5): all flags there are.
pub(crate) fn print_all(names: &[String], out: &mut Vec<u8>) {
    out.extend_from_slice(b"* FLAGS (");
    print(Flags(u64::MAX), false, names, out);
    out.extend_from_slice(b")\r\n");
}

/// Prints the untagged `OK [PERMANENTFLAGS (...)]` with the flags that may be changed, which may be none.
pub(crate) fn print_permanent(names: &[String], may: Flags, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* OK [PERMANENTFLAGS (");
    if may == Flags::default() {
        return out.extend_from_slice(b")] Nothing may be changed\r\n");
    }
    let start = out.len();
    print(may, false, names, out);
    // Where the table is full, no new keyword can be had.
    if highest_keyword(may).is_some() && names.len() < store::KEYWORDS_MAX {
        out.extend_from_slice(if out.len() > start { b" \\*" } else { b"\\*" });
    }
    out.extend_from_slice(b")] Flags that are kept\r\n");
}

/// The flag of a keyword, if the account has ever had it.
pub(crate) fn find(names: &[String], keyword: &str) -> Option<Flags> {
    let index = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(keyword))?;
    Flags::keyword(u8::try_from(index).ok()?)
}

/// The flags that a client named, new keywords added to the account's table.
pub(crate) fn intern(
    tx: &mut WriteTx<'_>,
    account: AccountId,
    list: &FlagList,
) -> store::Result<Flags> {
    list.keywords.iter().try_fold(list.system, |flags, name| {
        Ok(flags.union(tx.intern_keyword(account, name)?))
    })
}

/// The same without adding: for removing flags, where an unknown keyword is one that no message has.
pub(crate) fn known(tx: &WriteTx<'_>, account: AccountId, list: &FlagList) -> store::Result<Flags> {
    if list.keywords.is_empty() {
        return Ok(list.system);
    }
    let names = tx.keywords(account)?;
    Ok(list
        .keywords
        .iter()
        .filter_map(|name| find(&names, name))
        .fold(list.system, Flags::union))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_print_in_their_own_letters() {
        let names = ["$Forwarded".to_string(), "Work".to_string()];
        let mut out = Vec::new();
        let both = Flags(Flags::SEEN.0 | Flags::ANSWERED.0 | 1 << 6);
        print(both, true, &names, &mut out);
        assert_eq!(out, b"\\Answered \\Seen Work \\Recent");
        assert_eq!(highest_keyword(both), Some(1));
        assert_eq!(highest_keyword(Flags::DRAFT), None);
        let printed = |names: &[String], may| {
            let mut out = Vec::new();
            print_permanent(names, may, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            printed(&names, Flags::ALL),
            "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded Work \\*)] Flags that are kept\r\n"
        );
        assert_eq!(
            printed(&names, Flags::SEEN),
            "* OK [PERMANENTFLAGS (\\Seen)] Flags that are kept\r\n"
        );
        assert_eq!(
            printed(&names, Flags::default()),
            "* OK [PERMANENTFLAGS ()] Nothing may be changed\r\n"
        );
    }
}
