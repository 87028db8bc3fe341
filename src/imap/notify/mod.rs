//! NOTIFY (RFC 5465): news of mailboxes that are not selected, and which news of the selected one the client wants.

use store::AccountId;

/// What a client has asked to be told.
#[derive(Debug, Default)]
pub struct Notify {
    /// Whose mail is watched, besides the selected mailbox's owner; ascending.
    pub(crate) accounts: Vec<AccountId>,
}
