//! Reports that mail hosts send each other once a day: who sent mail in a domain's name (DMARC aggregate reports, RFC 7489 §7.2 and appendix C), and how TLS toward a domain
//! went (TLSRPT, RFC 8460). Written, read, unpacked, and who may get them.
//!
//! ```text
//! aggregate  what a DMARC report says     write  as XML    read  from XML     xml  a reader for that much of XML
//! tls        what a TLS report says, as JSON     pack  gzip and zip, bounded     wanted  `rua`: to whom, how large, and may one
//! ```
//!
//! Promises: everything here is total and bounded on hostile input: no entity is expanded but the five of XML, what unpacks to more than [`UNPACKED_MAX`] octets or to more than
//! [`RATIO_MAX`] times its size is refused, no more than [`RECORDS_MAX`] rows are kept (the rest are counted), no recursion on XML.
//!
//! What it cannot do: failure reports (`ruf`, RFC 7489 §7.3), which carry people's letters, are neither made nor read.

mod aggregate;
mod pack;
mod read;
mod tls;
mod tls_json;
mod wanted;
mod write;
mod xml;

pub use aggregate::{
    Aggregate, COUNT_MAX, DKIM_MAX, DkimPart, Published, RECORDS_MAX, Reason, Record, SpfPart,
    TEXT_MAX,
};
pub use pack::{BadPack, RATIO_MAX, UNPACKED_MAX, gzip, unpack};
pub use read::read_aggregate;
pub use tls::{
    DETAILS_MAX, FailureDetail, FailureKind, POLICIES_MAX, PolicyKind, PolicyPart, TlsReport,
    rfc3339,
};
pub use wanted::{Mailto, Permission, TlsRecord, permission_name};
pub use write::write_aggregate;

/// Why a report was not understood: a sentence without its full stop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadReport(pub &'static str);

impl std::fmt::Display for BadReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadReport {}
