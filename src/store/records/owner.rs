//! Whose the box is.

use crate::ids::AccountId;

/// Whose the box is, as the store knows it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize)]
pub enum Owner {
    /// Nobody has ever said. A box with people is then the one's who was added first: so were boxes before there was this record, and so is one
    /// whose first person was added in a shell.
    #[default]
    Unsaid,
    /// This person.
    Person {
        /// Who.
        account: AccountId,
        /// Their own password was given once to sign in and be replaced; no mail program may use it.
        once: bool,
    },
    /// Nobody any more. It was this person's, if they are still there; their own password is void.
    Forgotten(Option<AccountId>),
}
