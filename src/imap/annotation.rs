//! The values of RFC 5464's commands: names of entries, what is asked of them, what they are set to.

use std::fmt;

use crate::command::MailboxName;

/// The name of an entry, `/private/...` or `/shared/...`, well-formed, in the client's letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryName(pub String);

impl EntryName {
    /// Names are compared without case (RFC 5464 §3.2).
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Whether everybody sees its value.
    pub fn is_shared(&self) -> bool {
        self.folded().starts_with("/shared")
    }
}

/// How far below an entry GETMETADATA looks (RFC 5464 §4.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// the entry alone
    #[default]
    Zero,
    /// and those immediately below it
    One,
    /// and all below it
    Infinity,
}

/// GETMETADATA (RFC 5464 §4.2).
#[derive(Debug, PartialEq, Default)]
pub struct GetMetadata {
    /// empty: the server
    pub mailbox: MailboxName,
    /// MAXSIZE: larger values are not told, octets
    pub max_size: Option<u64>,
    /// DEPTH
    pub depth: Depth,
    /// at least one
    pub entries: Vec<EntryName>,
}

/// SETMETADATA (RFC 5464 §4.3).
#[derive(Debug, PartialEq)]
pub struct SetMetadata {
    /// empty: the server
    pub mailbox: MailboxName,
    /// at least one
    pub values: Vec<(EntryName, MetadataValue)>,
}

/// What an entry is set to; `None`: it goes. Debug does not show it.
#[derive(PartialEq, Clone)]
pub struct MetadataValue(pub Option<Vec<u8>>);

impl fmt::Debug for MetadataValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Value" } else { "Nil" })
    }
}
