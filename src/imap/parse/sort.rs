//! SORT and THREAD (RFC 5256 §5, RFC 5957 §5, RFC 5267 §3, RFC 6203 §6).

use crate::Limits;
use crate::command::{Algorithm, Command, Criterion, OpenCommand, Program, Sort, SortKey, Thread};
use crate::deed::No;
use crate::parse::search::{criteria, returned};
use crate::parse::{Cursor, Parsed};

/// SORT.
pub(crate) fn sort(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    sort_arguments(cursor, false)
}

/// UID SORT.
pub(crate) fn uid_sort(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    sort_arguments(cursor, true)
}

/// THREAD.
pub(crate) fn thread(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    thread_arguments(cursor, false)
}

/// UID THREAD.
pub(crate) fn uid_thread(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    thread_arguments(cursor, true)
}

/// ```abnf
/// sort = ["UID" SP] "SORT" [search-return-opts] SP sort-criteria SP search-criteria
/// sort-criteria = "(" sort-criterion *(SP sort-criterion) ")"
/// sort-criterion = ["REVERSE" SP] sort-key
/// ```
fn sort_arguments(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Command> {
    cursor.space()?;
    let give = returned(cursor)?;
    let mut criteria = Vec::new();
    cursor.list(false, Limits::SORT_CRITERIA, |cursor| {
        let criterion = criterion(cursor)?;
        // What has been compared once is equal the second time.
        if !criteria
            .iter()
            .any(|other: &Criterion| other.key == criterion.key)
        {
            criteria.push(criterion);
        }
        Ok(())
    })?;
    cursor.space()?;
    Ok(Command::Open(OpenCommand::Sort(Sort {
        uid,
        give,
        criteria,
        program: search_criteria(cursor)?,
    })))
}

/// ```abnf
/// sort-key = "ARRIVAL" / "CC" / "DATE" / "FROM" / "SIZE" / "SUBJECT" / "TO" / "DISPLAYFROM" / "DISPLAYTO" / "RELEVANCY"
/// ```
fn criterion(cursor: &mut Cursor<'_>) -> Parsed<Criterion> {
    let mut name = cursor.atom()?.to_ascii_uppercase();
    let reverse = name == "REVERSE";
    if reverse {
        cursor.space()?;
        name = cursor.atom()?.to_ascii_uppercase();
    }
    let key = match name.as_str() {
        "ARRIVAL" => SortKey::Arrival,
        "CC" => SortKey::Cc,
        "DATE" => SortKey::Date,
        "DISPLAYFROM" => SortKey::DisplayFrom,
        "DISPLAYTO" => SortKey::DisplayTo,
        "FROM" => SortKey::From,
        "RELEVANCY" => SortKey::Relevancy,
        "SIZE" => SortKey::Size,
        "SUBJECT" => SortKey::Subject,
        "TO" => SortKey::To,
        _ => return Err(No::bad("The box does not know this sort key")),
    };
    Ok(Criterion { key, reverse })
}

/// ```abnf
/// thread = ["UID" SP] "THREAD" SP thread-alg SP search-criteria
/// thread-alg = "ORDEREDSUBJECT" / "REFERENCES" / "REFS"
/// ```
fn thread_arguments(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Command> {
    cursor.space()?;
    let algorithm = match cursor.atom()?.to_ascii_uppercase().as_str() {
        "ORDEREDSUBJECT" => Algorithm::OrderedSubject,
        "REFERENCES" => Algorithm::References,
        "REFS" => Algorithm::Refs,
        _ => return Err(No::bad("The box does not know this threading algorithm")),
    };
    cursor.space()?;
    Ok(Command::Open(OpenCommand::Thread(Thread {
        uid,
        algorithm,
        program: search_criteria(cursor)?,
    })))
}

/// ```abnf
/// search-criteria = charset 1*(SP search-key)
/// ```
fn search_criteria(cursor: &mut Cursor<'_>) -> Parsed<Program> {
    let charset = cursor.astring()?.into_owned();
    cursor.space()?;
    criteria(cursor, Some(&charset))
}
