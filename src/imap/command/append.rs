//! What brings messages: APPEND (RFC 9051 §6.3.12) and REPLACE (RFC 8508), and the flags that a client names.

use store::Flags;

use crate::command::MailboxName;

/// APPEND or REPLACE up to the mailbox's name: what stands behind it is read as it comes.
#[derive(Debug, PartialEq)]
pub struct Append {
    /// REPLACE: which message goes
    pub replace: Option<Replace>,
    /// where to
    pub mailbox: MailboxName,
    /// what the line has behind the name, without the literal at its end
    pub rest: Vec<u8>,
}

/// The message that a REPLACE replaces (RFC 8508 §3.2).
#[derive(Debug, PartialEq, Eq)]
pub struct Replace {
    /// its number
    pub number: u32,
    /// whether that is a UID
    pub uid: bool,
}

/// Flags as a client names them; \Recent is dropped by the grammar (it cannot be set).
#[derive(Debug, PartialEq, Default, Clone)]
pub struct FlagList {
    /// the five system flags
    pub system: Flags,
    /// keywords in the client's letters, no two alike in any case
    pub keywords: Vec<String>,
}
