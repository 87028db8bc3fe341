//! What looks for messages: SEARCH (RFC 9051 §6.4.4), ESEARCH in many mailboxes (RFC 7377), UIDBATCHES (RFC 10022). The keys are
//! [`crate::search_key`]'s.

use std::num::NonZeroU32;

use crate::command::{MailboxName, Program, SearchReturn};

/// SEARCH.
#[derive(Debug, PartialEq)]
pub struct Search {
    /// UID SEARCH: the answer is UIDs (the key's plain set is sequence numbers all the same)
    pub uid: bool,
    /// RETURN (...): none = the plain `* SEARCH` of RFC 3501 unless rev2 is enabled. `RETURN ()` is `all`.
    pub give: Option<SearchReturn>,
    /// what to look for
    pub program: Program,
}

/// ESEARCH.
#[derive(Debug, PartialEq)]
pub struct Esearch {
    /// where to look; none: the selected mailbox
    pub sources: Vec<Source>,
    /// RETURN (...); none: ALL
    pub give: Option<SearchReturn>,
    /// what to look for
    pub program: Program,
}

/// Mailboxes to look in (RFC 7377 §2.2).
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum Source {
    /// the selected one
    Selected,
    /// those that mail is delivered to
    Inboxes,
    /// all of one's own
    Personal,
    /// those subscribed to
    Subscribed,
    /// these and all below
    Subtree(Vec<MailboxName>),
    /// these and those one level below
    SubtreeOne(Vec<MailboxName>),
    /// these
    Mailboxes(Vec<MailboxName>),
}

/// UIDBATCHES.
#[derive(Debug, PartialEq, Eq)]
pub struct UidBatches {
    /// messages in a batch
    pub size: NonZeroU32,
    /// which batches, counted from the newest; the first is not behind the last. `None`: all
    pub range: Option<(NonZeroU32, NonZeroU32)>,
}
