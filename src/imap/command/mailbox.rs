//! What is asked of mailboxes as a whole: SELECT, CREATE, LIST, STATUS (RFC 9051 §6.3).

use store::{ModSeq, SpecialUse};

use crate::command::{EntryName, MailboxName, SequenceSet};

/// SELECT or EXAMINE.
#[derive(Debug, PartialEq)]
pub struct Select {
    /// which mailbox
    pub mailbox: MailboxName,
    /// EXAMINE: nothing may change
    pub read_only: bool,
    /// (CONDSTORE): tell MODSEQ from here on (RFC 7162 §3.1.8)
    pub condstore: bool,
    /// (QRESYNC (...)): what the client knows of the mailbox (RFC 7162 §3.2.5)
    pub resync: Option<Resync>,
}

/// SELECT's QRESYNC parameter (RFC 7162 §3.2.5). No set of it holds `*` or `$`.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Resync {
    /// the UIDVALIDITY that the client knows; of another one nothing is told
    pub uid_validity: u32,
    /// what the client has heard of: every change up to this
    pub modseq: ModSeq,
    /// the UIDs that the client knows; none: all there ever were
    pub known: Option<SequenceSet>,
    /// message numbers and their UIDs as the client knows them, each ascending, as many of the one as of the other (§3.2.5.2)
    pub matches: Option<(SequenceSet, SequenceSet)>,
}

/// CREATE, with the use that the new mailbox is for (RFC 6154 §3).
#[derive(Debug, PartialEq)]
pub struct Create {
    /// the new name
    pub mailbox: MailboxName,
    /// CREATE ... (USE (\Sent))
    pub special_use: Option<SpecialUse>,
}

/// LIST with RFC 5258's options. A plain LIST has no selection, one pattern and `extended` false.
#[derive(Debug, PartialEq, Default)]
pub struct List {
    /// the reference name
    pub reference: String,
    /// one or more patterns, UTF-8, with wildcards `*` and `%`
    pub patterns: Vec<String>,
    /// which mailboxes
    pub select: ListSelect,
    /// what of each
    pub give: ListReturn,
    /// whether any option or a list of patterns was there
    pub extended: bool,
}

/// Selection options (RFC 5258 §3.1, RFC 6154 §2).
#[derive(Debug, PartialEq, Default, Clone, Copy)]
pub struct ListSelect {
    /// SUBSCRIBED
    pub subscribed: bool,
    /// REMOTE: there are none
    pub remote: bool,
    /// RECURSIVEMATCH; the grammar has made sure that a base option stands beside it
    pub recursive_match: bool,
    /// SPECIAL-USE
    pub special_use: bool,
}

/// Return options (RFC 5258 §3.2, RFC 5819, RFC 6154 §2).
#[derive(Debug, PartialEq, Default, Clone)]
pub struct ListReturn {
    /// SUBSCRIBED
    pub subscribed: bool,
    /// CHILDREN
    pub children: bool,
    /// SPECIAL-USE
    pub special_use: bool,
    /// STATUS (...): empty if not asked
    pub status: Vec<StatusItem>,
    /// MYRIGHTS (RFC 8440)
    pub my_rights: bool,
    /// METADATA (...) (RFC 9590): empty if not asked
    pub metadata: Vec<EntryName>,
}

/// What STATUS can say (RFC 9051 §6.3.11, RFC 7889).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum StatusItem {
    /// MESSAGES
    Messages,
    /// RECENT (RFC 3501)
    Recent,
    /// UIDNEXT
    UidNext,
    /// UIDVALIDITY
    UidValidity,
    /// UNSEEN
    Unseen,
    /// DELETED
    Deleted,
    /// SIZE (RFC 8438)
    Size,
    /// APPENDLIMIT (RFC 7889)
    AppendLimit,
    /// MAILBOXID (RFC 8474 §4.3)
    MailboxId,
    /// HIGHESTMODSEQ (RFC 7162 §3.1.7)
    HighestModSeq,
    /// DELETED-STORAGE (RFC 9208 §4.1.4)
    DeletedStorage,
}
