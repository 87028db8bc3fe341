//! SELECT and EXAMINE with their parameters (RFC 9051 §6.3.2, RFC 4466 §2.1, RFC 7162 §3.1.8 and §3.2.5).

use crate::command::{
    Command, KnownCommand, Resync, Select, SequenceNumber, SequenceRange, SequenceSet,
};
use crate::deed::No;
use crate::parse::mailbox::mailbox;
use crate::parse::modifiers::modseq;
use crate::parse::set::set;
use crate::parse::{Cursor, Parsed};

/// Parameters of one command: more than there are.
const MOST: usize = 8;

/// SELECT.
pub(crate) fn select(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    arguments(cursor, false)
}

/// EXAMINE.
pub(crate) fn examine(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    arguments(cursor, true)
}

/// ```abnf
/// select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"]
/// select-param = "CONDSTORE" / "QRESYNC" SP "(" ... ")"
/// ```
fn arguments(cursor: &mut Cursor<'_>, read_only: bool) -> Parsed<Command> {
    let mut select = Select {
        mailbox: mailbox(cursor)?,
        read_only,
        condstore: false,
        resync: None,
    };
    if cursor.clone().end().is_err() {
        cursor.space()?;
        cursor.list(false, MOST, |cursor| {
            if cursor.word("CONDSTORE") {
                select.condstore = true;
            } else if cursor.word("QRESYNC") {
                cursor.space()?;
                if select.resync.replace(resync(cursor)?).is_some() {
                    return Err(No::bad("QRESYNC stands twice"));
                }
            } else {
                return Err(No::bad("The box does not know this parameter of SELECT"));
            }
            Ok(())
        })?;
    }
    Ok(Command::Known(KnownCommand::Select(select)))
}

/// ```abnf
/// select-param =/ "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"
/// seq-match-data = "(" known-sequence-set SP known-uid-set ")"
/// ```
fn resync(cursor: &mut Cursor<'_>) -> Parsed<Resync> {
    cursor.expect(b'(', "QRESYNC's arguments in parentheses were expected")?;
    let uid_validity = cursor.nz_number()?.get();
    cursor.space()?;
    let mut resync = Resync {
        uid_validity,
        modseq: modseq(cursor)?,
        known: None,
        matches: None,
    };
    if cursor.eat(b' ') {
        if cursor.peek() != Some(b'(') {
            resync.known = Some(plain(cursor)?);
            if cursor.eat(b' ') {
                resync.matches = Some(matches(cursor)?);
            }
        } else {
            resync.matches = Some(matches(cursor)?);
        }
    }
    cursor.expect(b')', "The end of QRESYNC's arguments was expected")?;
    Ok(resync)
}

/// Numbers and UIDs, as many of the one as of the other, both ascending.
fn matches(cursor: &mut Cursor<'_>) -> Parsed<(SequenceSet, SequenceSet)> {
    cursor.expect(b'(', "Numbers and UIDs in parentheses were expected")?;
    let numbers = plain(cursor)?;
    cursor.space()?;
    let uids = plain(cursor)?;
    cursor.expect(b')', "The end of the numbers and UIDs was expected")?;
    match (ascending(&numbers), ascending(&uids)) {
        (Some(numbers_count), Some(uids_count)) if numbers_count == uids_count => {
            Ok((numbers, uids))
        }
        _ => Err(No::bad(
            "As many numbers as UIDs, both ascending, were expected",
        )),
    }
}

/// How many numbers there are in an ascending set; `None`: it does not ascend.
fn ascending(set: &SequenceSet) -> Option<u64> {
    let SequenceSet::Ranges(ranges) = set else {
        return None;
    };
    let (mut before, mut count) = (0, 0_u64);
    for range in ranges {
        let (first, last) = (range.first.or_largest(0), range.last.or_largest(0));
        if first <= before || last < first {
            return None;
        }
        count = count
            .saturating_add(u64::from(last - first))
            .saturating_add(1);
        before = last;
    }
    Some(count)
}

/// ```abnf
/// known-uids = sequence-set   ; "*" is not allowed
/// ```
fn plain(cursor: &mut Cursor<'_>) -> Parsed<SequenceSet> {
    let set = set(cursor)?;
    let star = |range: &SequenceRange| [range.first, range.last].contains(&SequenceNumber::Largest);
    match &set {
        SequenceSet::Ranges(ranges) if !ranges.iter().any(star) => Ok(set),
        _ => Err(No::bad("A set without * was expected")),
    }
}
