//! ESEARCH (RFC 7377 §4), whose sources are the mailbox filters of NOTIFY (RFC 5465 §8).

use crate::command::{Command, Esearch, MailboxName, Source};
use crate::deed::No;
use crate::parse::mailbox::name;
use crate::parse::{Cursor, Parsed, search};

/// Sources in one ESEARCH.
const SOURCES: usize = 32;
/// Names behind one specifier.
const NAMES: usize = 512;

/// ```abnf
/// esearch = "ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program
/// esearch-source-opts = "IN" SP "(" source-mbox [SP "(" scope-options ")"] ")"
/// source-mbox = filter-mailboxes *(SP filter-mailboxes)
/// ```
///
/// No scope option has been defined.
pub(crate) fn esearch(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    let mut sources = Vec::new();
    if cursor.word("IN") {
        cursor.space()?;
        cursor.list(false, SOURCES, |cursor| {
            if cursor.peek() == Some(b'(') {
                return Err(No::bad("No scope option of ESEARCH is defined"));
            }
            sources.push(source(cursor)?);
            Ok(())
        })?;
        cursor.space()?;
    }
    let give = search::returned(cursor)?;
    let program = search::program(cursor)?;
    Ok(Command::Esearch(Esearch {
        sources,
        give,
        program,
    }))
}

/// ```abnf
/// filter-mailboxes = "selected" / "inboxes" / "personal" / "subscribed" / "subtree" SP one-or-more-mailbox
///     / "subtree-one" SP one-or-more-mailbox / "mailboxes" SP one-or-more-mailbox
/// ```
fn source(cursor: &mut Cursor<'_>) -> Parsed<Source> {
    Ok(match cursor.atom()?.to_ascii_lowercase().as_str() {
        "selected" => Source::Selected,
        "inboxes" => Source::Inboxes,
        "personal" => Source::Personal,
        "subscribed" => Source::Subscribed,
        "subtree" => Source::Subtree(names(cursor)?),
        "subtree-one" => Source::SubtreeOne(names(cursor)?),
        "mailboxes" => Source::Mailboxes(names(cursor)?),
        _ => {
            return Err(No::bad(
                "selected, inboxes, personal, subscribed, subtree, subtree-one or mailboxes was expected",
            ));
        }
    })
}

/// ```abnf
/// one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"
/// ```
fn names(cursor: &mut Cursor<'_>) -> Parsed<Vec<MailboxName>> {
    cursor.space()?;
    let mut names = Vec::new();
    if cursor.peek() == Some(b'(') {
        cursor.list(false, NAMES, |cursor| {
            names.push(name(cursor)?);
            Ok(())
        })?;
    } else {
        names.push(name(cursor)?);
    }
    Ok(names)
}
