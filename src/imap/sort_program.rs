//! What SORT and THREAD ask for (RFC 5256, RFC 5957, RFC 5267 §3).

use crate::search_program::{Program, SearchReturn};

/// SORT and UID SORT.
#[derive(Debug, PartialEq)]
pub struct Sort {
    /// UID SORT: the answer is UIDs
    pub uid: bool,
    /// RETURN (...): none = the plain `* SORT`
    pub give: Option<SearchReturn>,
    /// the first decides, the next among those that it leaves equal; no key twice
    pub criteria: Vec<Criterion>,
    /// which messages
    pub program: Program,
}

impl Sort {
    /// Whether RELEVANCY stands among the criteria (RFC 6203 §6).
    pub(crate) fn by_relevancy(&self) -> bool {
        let is = |criterion: &Criterion| criterion.key == SortKey::Relevancy;
        self.criteria.iter().any(is)
    }
}

/// One criterion of an order.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Criterion {
    /// what is compared
    pub key: SortKey,
    /// REVERSE: descending
    pub reverse: bool,
}

/// What SORT compares (RFC 5256 §3, RFC 5957 §4, RFC 6203 §6).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum SortKey {
    /// ARRIVAL
    Arrival,
    /// CC
    Cc,
    /// DATE
    Date,
    /// DISPLAYFROM
    DisplayFrom,
    /// DISPLAYTO
    DisplayTo,
    /// FROM
    From,
    /// RELEVANCY: how well FUZZY found it
    Relevancy,
    /// SIZE
    Size,
    /// SUBJECT
    Subject,
    /// TO
    To,
}

/// THREAD and UID THREAD.
#[derive(Debug, PartialEq)]
pub struct Thread {
    /// UID THREAD: the answer is UIDs
    pub uid: bool,
    /// how messages are put together
    pub algorithm: Algorithm,
    /// which messages
    pub program: Program,
}

/// How THREAD puts messages together.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Algorithm {
    /// ORDEREDSUBJECT (RFC 5256 §3)
    OrderedSubject,
    /// REFERENCES (RFC 5256 §3)
    References,
    /// REFS (draft-ietf-morg-inthread §4)
    Refs,
}
