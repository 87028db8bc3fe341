//! What the other side announced in its answer to EHLO.

/// The extensions that matter to a sender. All absent after HELO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether EHLO was accepted at all.
    pub esmtp: bool,
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// SIZE (RFC 1870): `Some(0)` announces no fixed limit.
    pub size: Option<u64>,
    /// 8BITMIME (RFC 6152).
    pub eight_bit_mime: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// CHUNKING (RFC 3030 §2).
    pub chunking: bool,
    /// BINARYMIME (RFC 3030 §3); only counts together with CHUNKING.
    pub binary_mime: bool,
    /// DSN (RFC 3461).
    pub dsn: bool,
    /// DELIVERBY (RFC 2852): the shortest time in mode R, in seconds; 0 if none was named.
    pub deliver_by: Option<u64>,
    /// MT-PRIORITY (RFC 6710).
    pub mt_priority: bool,
    /// REQUIRETLS (RFC 8689).
    pub require_tls: bool,
    /// ENHANCEDSTATUSCODES (RFC 2034).
    pub enhanced_status: bool,
    /// STARTTLS (RFC 3207).
    pub start_tls: bool,
    /// AUTH's mechanisms (RFC 4954), in upper case; those of `AUTH=` lines too, which old servers wrote.
    pub mechanisms: Vec<String>,
    /// LIMITS RCPTMAX (RFC 9422): recipients in one transaction.
    pub rcpt_max: Option<u32>,
    /// LIMITS MAILMAX (RFC 9422): transactions in one session.
    pub mail_max: Option<u32>,
    /// LIMITS RCPTDOMAINMAX (RFC 9422): domains in one transaction.
    pub rcpt_domain_max: Option<u32>,
}
