//! What URLFETCH names (RFC 4467, RFC 5524).

/// A URL of URLFETCH.
#[derive(Debug, PartialEq, Eq)]
pub struct UrlFetch {
    /// as the client sent it
    pub url: Vec<u8>,
    /// in parentheses behind it (RFC 5524); none: the plain form
    pub wanted: Vec<UrlWanted>,
}

/// What URLFETCH is to give of a URL (RFC 5524 §3.1).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum UrlWanted {
    /// BODY: the octets
    Body,
    /// BINARY: the octets decoded
    Binary,
    /// BODYPARTSTRUCTURE: what BODYSTRUCTURE has of the part
    BodyPartStructure,
}
