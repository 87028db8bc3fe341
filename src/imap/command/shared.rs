//! What is changed of whom a mailbox is open to and of how much it may hold: ACL (RFC 4314) and QUOTA (RFC 9208).

/// An identifier of an access control list as a client names it (RFC 4314 §2), prepared by SASLprep.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Identifier {
    /// as sent: LISTRIGHTS answers with it (RFC 4314 §3.4)
    pub given: String,
    /// `-` before it: the rights are taken away
    pub negative: bool,
    /// without the `-`; not empty
    pub name: String,
}

impl Identifier {
    /// Octets: the longest address, its `-`, and room for what SASLprep drops.
    pub const LONGEST: usize = 320;
}

/// What SETACL does to a line (RFC 4314 §3.1).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum RightsChange {
    /// no prefix
    Replace(store::Rights),
    /// `+`
    Add(store::Rights),
    /// `-`
    Remove(store::Rights),
}

impl RightsChange {
    /// What these rights become.
    pub fn apply(self, rights: store::Rights) -> store::Rights {
        match self {
            RightsChange::Replace(new) => new,
            RightsChange::Add(more) => rights.union(more),
            RightsChange::Remove(less) => rights.without(less),
        }
    }
}

/// SETQUOTA's list; a resource that is not named is not limited (RFC 9208 §4.1.3).
#[derive(Debug, PartialEq, Eq, Default, Clone, Copy)]
pub struct QuotaLimits {
    /// STORAGE, in units of 1024 octets
    pub storage: Option<u64>,
    /// MESSAGE
    pub messages: Option<u64>,
    /// a resource was named that the box does not limit
    pub unknown: bool,
}
