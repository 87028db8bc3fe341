//! What changes messages that are there: STORE, COPY and MOVE (RFC 9051 §6.4.6-8).

use store::ModSeq;

use crate::command::{FlagList, MailboxName, SequenceSet};

/// STORE.
#[derive(Debug, PartialEq)]
pub struct Store {
    /// which messages
    pub set: SequenceSet,
    /// whether `set` counts UIDs
    pub uid: bool,
    /// FLAGS, +FLAGS or -FLAGS
    pub change: StoreChange,
    /// .SILENT
    pub silent: bool,
    /// the flags
    pub flags: FlagList,
    /// (UNCHANGEDSINCE n): leave messages alone that have changed after n (RFC 7162 §3.1.3)
    pub unchanged_since: Option<ModSeq>,
}

/// Whether STORE replaces, adds or removes.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum StoreChange {
    /// FLAGS
    Replace,
    /// +FLAGS
    Add,
    /// -FLAGS
    Remove,
}

/// COPY or MOVE.
#[derive(Debug, PartialEq)]
pub struct Transfer {
    /// which messages
    pub set: SequenceSet,
    /// whether `set` counts UIDs
    pub uid: bool,
    /// where to
    pub mailbox: MailboxName,
}
