//! ARC (RFC 8617): what those said who passed a message on, and whether that chain holds.
//!
//! ```text
//! chain  all sets of a message, judged        set  one set's fields, read        seal  one more set, for a message that we pass on
//! ```
//!
//! A chain that holds proves who handled the message and what they say they saw. Whether they are to be believed is not to be seen in it.

mod chain;
mod seal;
mod set;

pub(crate) use chain::Chain;
pub use seal::{SealError, Sealer};

/// Most sets of a chain (RFC 8617 §4.2.1).
pub const SETS_MAX: u32 = 50;
/// Octets of an ARC-Authentication-Results field that a verdict keeps.
pub const RESULTS_MAX: usize = 2000;

/// The state of a chain (RFC 8617 §4.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArcResult {
    /// There is no chain.
    None,
    /// It holds, from the first to the last.
    Pass,
    /// It does not: as if there were none.
    Fail,
}

/// What came of the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArcVerdict {
    /// The state.
    pub result: ArcResult,
    /// Who sealed, oldest first; empty unless the chain holds.
    pub sets: Vec<ArcSet>,
    /// Why, as a sentence without its full stop; printable ASCII.
    pub reason: String,
}

/// One set of a chain that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArcSet {
    /// Who sealed (`d=` of the ARC-Seal), in A-labels and lower case.
    pub domain: String,
    /// What it says that it saw: the ARC-Authentication-Results behind `i=`, unfolded, at most [`RESULTS_MAX`] octets.
    pub results: String,
}

impl ArcResult {
    /// The word of RFC 8617 §4.4.
    pub fn word(self) -> &'static str {
        match self {
            ArcResult::None => "none",
            ArcResult::Pass => "pass",
            ArcResult::Fail => "fail",
        }
    }
}

#[cfg(test)]
#[path = "arc/arc_tests.rs"]
mod tests;
