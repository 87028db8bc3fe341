//! Special uses of mailboxes (RFC 6154, RFC 8457): their words, and which a client may give.

use ::store::{Mailbox, SpecialUse};

use crate::code::Code;
use crate::deed::No;

/// The mailbox attribute of a use. RFC 6154 §2: it is `\Drafts`, the message flag is `\Draft`.
pub(crate) fn word(usage: SpecialUse) -> &'static str {
    match usage {
        SpecialUse::Sent => "\\Sent",
        SpecialUse::Drafts => "\\Drafts",
        SpecialUse::Trash => "\\Trash",
        SpecialUse::Junk => "\\Junk",
        SpecialUse::Archive => "\\Archive",
        SpecialUse::Flagged => "\\Flagged",
        SpecialUse::All => "\\All",
        SpecialUse::Important => "\\Important",
    }
}

/// The use of this word, in any case, with its backslash.
pub(crate) fn parse(text: &str) -> Option<SpecialUse> {
    let all = [
        SpecialUse::Sent,
        SpecialUse::Drafts,
        SpecialUse::Trash,
        SpecialUse::Junk,
        SpecialUse::Archive,
        SpecialUse::Flagged,
        SpecialUse::All,
        SpecialUse::Important,
    ];
    let mut all = all.into_iter();
    all.find(|usage| word(*usage).eq_ignore_ascii_case(text))
}

/// The use that SETMETADATA gives a mailbox (RFC 6154 §4: "MUST NOT just blindly accept"): NIL and "" mean none; one use at most; INBOX
/// has its own.
pub(crate) fn settable(mailbox: &Mailbox, value: Option<&[u8]>) -> Result<Option<SpecialUse>, No> {
    let refused = |why| Err(No::with(Code::UseAttr, why));
    let Ok(text) = std::str::from_utf8(value.unwrap_or_default()) else {
        return refused("The box does not know this special use");
    };
    let mut words = text.split_ascii_whitespace();
    let Some(first) = words.next() else {
        return Ok(None);
    };
    if words.next().is_some() {
        return refused("A mailbox has one special use at most");
    }
    if mailbox.name == "INBOX" {
        return refused("INBOX has a use of its own");
    }
    if !mailbox.selectable {
        return refused("This name only holds other mailboxes");
    }
    settable_word(first.strip_prefix('\\').unwrap_or_default()).map(Some)
}

/// The use of this word, without its backslash, if a client may give it to a mailbox.
pub(crate) fn settable_word(word: &str) -> Result<SpecialUse, No> {
    match parse(&format!("\\{word}")) {
        Some(SpecialUse::All | SpecialUse::Flagged) => Err(No::with(
            Code::UseAttr,
            "The box makes no mailbox that shows the messages of others",
        )),
        Some(usage) => Ok(usage),
        None => Err(No::with(
            Code::UseAttr,
            "The box does not know this special use",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_both_ways() {
        for text in ["\\Drafts", "\\important", "\\SENT"] {
            let usage = parse(text).unwrap();
            assert!(word(usage).eq_ignore_ascii_case(text));
        }
        assert_eq!(parse("\\Draft"), None);
        assert_eq!(parse("Sent"), None);
    }
}
