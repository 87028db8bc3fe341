//! NOTIFY's arguments (RFC 5465 §8).

use crate::command::{FetchItem, MailboxName};

/// NOTIFY SET.
#[derive(Debug, PartialEq)]
pub struct NotifySet {
    /// STATUS: tell at once how the mailboxes are
    pub status: bool,
    /// at least one; SELECTED or SELECTED-DELAYED stands once at most
    pub groups: Vec<NotifyGroup>,
}

/// Which events of which mailboxes.
#[derive(Debug, PartialEq)]
pub struct NotifyGroup {
    /// of these
    pub mailboxes: NotifyMailboxes,
    /// these
    pub events: NotifyEvents,
}

/// Which mailboxes (RFC 5465 §6).
#[derive(Debug, PartialEq)]
pub enum NotifyMailboxes {
    /// the selected one, at once
    Selected,
    /// the selected one, EXPUNGE only where a command allows it
    SelectedDelayed,
    /// own ones to which mail is delivered
    Inboxes,
    /// own ones
    Personal,
    /// subscribed ones
    Subscribed,
    /// these and those under them
    Subtree(Vec<MailboxName>),
    /// these
    Named(Vec<MailboxName>),
}

/// A set of events (RFC 5465 §5).
#[derive(Debug, Default, PartialEq, Clone)]
pub struct NotifyEvents {
    /// of the constants below
    pub bits: u8,
    /// what is told of new messages in the selected mailbox
    pub fetch: Vec<FetchItem>,
}

impl NotifyEvents {
    /// MessageNew
    pub const NEW: u8 = 1;
    /// MessageExpunge
    pub const EXPUNGE: u8 = 2;
    /// both
    pub const MESSAGES: u8 = Self::NEW | Self::EXPUNGE;
    /// FlagChange
    pub const FLAGS: u8 = 4;
    /// what STATUS tells
    pub const STATUS: u8 = Self::MESSAGES | Self::FLAGS;
    /// MailboxName
    pub const NAMES: u8 = 8;
    /// SubscriptionChange
    pub const SUBSCRIPTION: u8 = 16;
    /// MailboxMetadataChange
    pub const METADATA: u8 = 32;
    /// ServerMetadataChange
    pub const SERVER: u8 = 64;

    /// Whether one of these is among them.
    pub fn has(&self, events: u8) -> bool {
        self.bits & events != 0
    }
}
