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

/// One criterion of an order.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Criterion {
    /// what is compared
    pub key: SortKey,
    /// REVERSE: descending
    pub reverse: bool,
}

/// What SORT compares (RFC 5256 §3, RFC 5957 §4).
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
