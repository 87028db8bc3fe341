//! What reports are made of, and what they said of the house.

/// What a row tells; the store does not look into it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ReportKind {
    /// What came in a domain's name, for a DMARC report to it.
    Seen = 0,
    /// How TLS toward a domain went, for a TLS report to it.
    Tls = 1,
    /// What somebody reported of mail in the name of this house.
    AboutUs = 2,
    /// What somebody reported of TLS toward this house.
    TlsAboutUs = 3,
}

impl ReportKind {
    /// All of them.
    pub const ALL: [ReportKind; 4] = [
        ReportKind::Seen,
        ReportKind::Tls,
        ReportKind::AboutUs,
        ReportKind::TlsAboutUs,
    ];
}

/// One row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportRow {
    /// Days since 1970, UTC.
    pub day: u32,
    /// Whom it is about, or who reported.
    pub name: String,
    /// What it says.
    pub octets: Vec<u8>,
}
