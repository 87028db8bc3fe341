//! SEARCH's keys as a tree (RFC 9051 §6.4.4), at most [`crate::Limits::DEPTH`] deep and [`crate::Limits::SEARCH_KEYS`] keys in all,
//! so that walking it may recurse.

use std::num::NonZeroU32;

use store::Flags;

use crate::command::SequenceSet;

/// A text to look for: UTF-8 (whatever CHARSET said), not folded; may be empty, which everything contains.
pub type SearchText = String;

/// One key. Days are counted from 1970-01-01 and compare with the date as written, without its time zone (RFC 9051 §6.4.4).
#[derive(Debug, PartialEq, Clone)]
pub enum SearchKey {
    /// all of these (keys beside each other, a list in parentheses); never empty
    And(Vec<SearchKey>),
    /// OR
    Or(Box<SearchKey>, Box<SearchKey>),
    /// NOT
    Not(Box<SearchKey>),
    /// ALL
    All,
    /// ANSWERED, DELETED, DRAFT, FLAGGED, SEEN: has this system flag
    Flag(Flags),
    /// UNANSWERED ...: has it not
    NoFlag(Flags),
    /// KEYWORD
    Keyword(String),
    /// UNKEYWORD
    NoKeyword(String),
    /// RECENT (RFC 3501)
    Recent,
    /// NEW (RFC 3501): RECENT UNSEEN
    New,
    /// OLD (RFC 3501): not RECENT
    Old,
    /// BCC, CC, FROM, SUBJECT, TO and HEADER: the field's name in lower case, and a text in it; an empty text: the field exists
    Header(String, SearchText),
    /// BODY
    Body(SearchText),
    /// TEXT: header or body
    Text(SearchText),
    /// BEFORE: INTERNALDATE's day is earlier
    Before(i64),
    /// ON
    On(i64),
    /// SINCE: that day or later
    Since(i64),
    /// SENTBEFORE: the same with the Date field
    SentBefore(i64),
    /// SENTON
    SentOn(i64),
    /// SENTSINCE
    SentSince(i64),
    /// LARGER: more octets than
    Larger(u64),
    /// SMALLER: fewer octets than
    Smaller(u64),
    /// OLDER: INTERNALDATE is so many seconds ago, or more (RFC 5032)
    Older(NonZeroU32),
    /// YOUNGER: INTERNALDATE is so many seconds ago, or less (RFC 5032)
    Younger(NonZeroU32),
    /// SAVEDBEFORE: the save date's day is earlier (RFC 8514 §4.3); the box writes save dates in UTC
    SavedBefore(i64),
    /// SAVEDON
    SavedOn(i64),
    /// SAVEDSINCE
    SavedSince(i64),
    /// SAVEDATESUPPORTED: always
    SaveDateSupported,
    /// MODSEQ: changed by then or later (RFC 7162 §3.1.5); entry name and type are read and, as the box keeps one mod-sequence a message,
    /// do not count
    ModSeq(u64),
    /// EMAILID (RFC 8474 §6), as written
    EmailId(String),
    /// THREADID (RFC 8474 §6), as written
    ThreadId(String),
    /// FILTER: a search that is kept under this name (RFC 5466 §3.1)
    Filter(String),
    /// FUZZY: this key, matched as the box thinks best (RFC 6203 §3)
    Fuzzy(Box<SearchKey>),
    /// UID set
    Uid(SequenceSet),
    /// a set of sequence numbers, also in UID SEARCH (A34)
    Sequence(SequenceSet),
}

impl SearchKey {
    /// Whether a message number stands in it: nothing may be expunged meanwhile (RFC 7162 §3.2.10.2), and UIDONLY forbids it (RFC 9586). `$`
    /// is no number.
    pub fn names_numbers(&self) -> bool {
        match self {
            SearchKey::And(keys) => keys.iter().any(SearchKey::names_numbers),
            SearchKey::Or(one, other) => one.names_numbers() || other.names_numbers(),
            SearchKey::Not(key) | SearchKey::Fuzzy(key) => key.names_numbers(),
            SearchKey::Sequence(SequenceSet::Ranges(_)) => true,
            _ => false,
        }
    }
}
