//! DMARC (RFC 7489): does what SPF and DKIM proved belong to the author, and what does the author's domain want done if not?
//!
//! ```text
//! author  the one domain of the From field     record  a policy, read     check  the machine: two questions at most, alignment, sampling
//! ```
//!
//! What it cannot do: policies of public suffixes (RFC 9091) are not looked for. Reports are in [`crate::report`].

mod author;
mod check;
mod record;

pub use author::NoAuthor;
pub(crate) use author::{Author, author};
pub(crate) use check::Dmarc;
pub(crate) use record::is_dmarc;
pub use record::{DmarcRecord, Policy, REPORTS_MAX};

/// The result (RFC 7489 §11.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DmarcResult {
    /// The domain has no policy.
    None,
    /// SPF or DKIM passed for a name that belongs to the author's.
    Pass,
    /// Neither did.
    Fail,
    /// Nobody can say now.
    TempError,
    /// There is no one author's domain, or no one policy.
    PermError,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DmarcVerdict {
    /// The result.
    pub result: DmarcResult,
    /// The author's domain, in A-labels and lower case; empty if there is no such one.
    pub domain: String,
    /// Where the policy stands, without `_dmarc.`; empty if there is none.
    pub policy_domain: String,
    /// The policy that counts for this domain: `p`, or `sp` below the policy's domain; `None` if there is none.
    pub policy: Option<Policy>,
    /// What to do with this message by the domain's word, `pct` counted in; [`Policy::None`] unless it failed.
    pub disposition: Policy,
    /// SPF passed and belongs to the author.
    pub spf: bool,
    /// A DKIM signature holds and belongs to the author.
    pub dkim: bool,
    /// The whole record, for reports.
    pub record: Option<DmarcRecord>,
    /// Why, as a sentence without its full stop; printable ASCII.
    pub reason: String,
}

impl DmarcResult {
    /// The word of RFC 7489 §11.2.
    pub fn word(self) -> &'static str {
        match self {
            DmarcResult::None => "none",
            DmarcResult::Pass => "pass",
            DmarcResult::Fail => "fail",
            DmarcResult::TempError => "temperror",
            DmarcResult::PermError => "permerror",
        }
    }
}
