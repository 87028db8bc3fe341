//! A TLS report (RFC 8460 §4), written and read as JSON.

use mail::date::civil_from_days;
use serde_json::{Value, json};

use super::aggregate::clean;
use super::tls_json::Report;
use super::{BadReport, UNPACKED_MAX};

/// Policies of a report that are kept; a domain has one or two.
pub const POLICIES_MAX: usize = 50;
/// Kinds of failure that are kept of one policy.
pub const DETAILS_MAX: usize = 100;
/// Seconds.
const DAY: i64 = 24 * 60 * 60;

/// A report of one sender of mail about one domain's mail hosts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TlsReport {
    /// Who reports.
    pub organization: String,
    /// How they are reached.
    pub contact: String,
    /// The report's name among theirs.
    pub id: String,
    /// Unix seconds.
    pub begin: i64,
    /// Unix seconds.
    pub end: i64,
    /// For each policy, how it went.
    pub policies: Vec<PolicyPart>,
}

/// Whose word was gone by (RFC 8460 §4.4, `policy-type`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum PolicyKind {
    /// MTA-STS.
    Sts,
    /// DANE.
    Tlsa,
    /// Nobody's.
    #[default]
    None,
}

/// How it went under one policy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PolicyPart {
    /// Whose word.
    pub kind: PolicyKind,
    /// The policy's lines, or the records.
    pub lines: Vec<String>,
    /// Whose policy: the domain that mail was for.
    pub domain: String,
    /// Patterns of mail hosts, for MTA-STS.
    pub hosts: Vec<String>,
    /// Sessions that went as they should.
    pub successes: u64,
    /// Sessions that did not.
    pub failures: u64,
    /// Why; at most [`DETAILS_MAX`].
    pub details: Vec<FailureDetail>,
}

/// Failures that are alike.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FailureDetail {
    /// A word of RFC 8460 §4.3, or another.
    pub result: String,
    /// Where the sender is.
    pub sending_ip: String,
    /// The host that was tried.
    pub host: String,
    /// Its address.
    pub receiving_ip: String,
    /// Sessions.
    pub count: u64,
    /// What else was said.
    pub reason: String,
}

/// What can go wrong (RFC 8460 §4.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the RFC's own words")]
pub enum FailureKind {
    StarttlsNotSupported,
    CertificateHostMismatch,
    CertificateExpired,
    CertificateNotTrusted,
    ValidationFailure,
    TlsaInvalid,
    DnssecInvalid,
    DaneRequired,
    StsPolicyFetchError,
    StsPolicyInvalid,
    StsWebpkiInvalid,
}

impl FailureKind {
    /// The word of RFC 8460 §4.3.
    pub fn word(self) -> &'static str {
        match self {
            FailureKind::StarttlsNotSupported => "starttls-not-supported",
            FailureKind::CertificateHostMismatch => "certificate-host-mismatch",
            FailureKind::CertificateExpired => "certificate-expired",
            FailureKind::CertificateNotTrusted => "certificate-not-trusted",
            FailureKind::ValidationFailure => "validation-failure",
            FailureKind::TlsaInvalid => "tlsa-invalid",
            FailureKind::DnssecInvalid => "dnssec-invalid",
            FailureKind::DaneRequired => "dane-required",
            FailureKind::StsPolicyFetchError => "sts-policy-fetch-error",
            FailureKind::StsPolicyInvalid => "sts-policy-invalid",
            FailureKind::StsWebpkiInvalid => "sts-webpki-invalid",
        }
    }
}

impl PolicyKind {
    /// The word of RFC 8460 §4.4.
    pub fn word(self) -> &'static str {
        match self {
            PolicyKind::Sts => "sts",
            PolicyKind::Tlsa => "tlsa",
            PolicyKind::None => "no-policy-found",
        }
    }

    pub(super) fn parse(word: &str) -> PolicyKind {
        match word {
            "sts" => PolicyKind::Sts,
            "tlsa" => PolicyKind::Tlsa,
            _ => PolicyKind::None,
        }
    }
}

impl TlsReport {
    /// As JSON (RFC 8460 §4.4), to be packed.
    pub fn write(&self) -> String {
        let policies: Vec<Value> = self.policies.iter().map(policy).collect();
        let report = json!({
            "organization-name": self.organization,
            "date-range": {
                "start-datetime": rfc3339(self.begin),
                "end-datetime": rfc3339(self.end),
            },
            "contact-info": self.contact,
            "report-id": self.id,
            "policies": policies,
        });
        report.to_string()
    }

    /// Reads a report that was unpacked ([`super::unpack`]).
    ///
    /// # Errors
    /// It is no JSON, or no such report.
    pub fn read(octets: &[u8]) -> Result<TlsReport, BadReport> {
        if octets.len() > UNPACKED_MAX {
            return Err(BadReport("it is larger than a report may be"));
        }
        let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets);
        let read: Report = serde_json::from_slice(octets)
            .map_err(|_| BadReport("it is no TLS report as JSON has them"))?;
        let (organization, contact) = (clean(&read.organization), clean(&read.contact));
        if organization.is_empty() && contact.is_empty() {
            return Err(BadReport("it does not say who reports"));
        }
        let time = |text: &str| mail::date::parse_rfc3339(text.trim()).unwrap_or(0);
        Ok(TlsReport {
            organization,
            contact,
            id: clean(&read.id),
            begin: time(&read.range.start),
            end: time(&read.range.end),
            policies: read.policies.into_iter().map(PolicyPart::from).collect(),
        })
    }
}

fn policy(part: &PolicyPart) -> Value {
    let mut policy = json!({
        "policy-type": part.kind.word(),
        "policy-domain": part.domain,
    });
    if let Some(fields) = policy.as_object_mut() {
        if !part.lines.is_empty() {
            fields.insert("policy-string".into(), json!(part.lines));
        }
        if !part.hosts.is_empty() {
            fields.insert("mx-host".into(), json!(part.hosts));
        }
    }
    let details = part.details.iter().map(|detail| {
        let mut fields = serde_json::Map::new();
        let texts = [
            ("result-type", &detail.result),
            ("sending-mta-ip", &detail.sending_ip),
            ("receiving-mx-hostname", &detail.host),
            ("receiving-ip", &detail.receiving_ip),
            ("failure-reason-code", &detail.reason),
        ];
        for (name, text) in texts {
            if !text.is_empty() {
                fields.insert(name.into(), json!(text));
            }
        }
        fields.insert("failed-session-count".into(), json!(detail.count));
        Value::Object(fields)
    });
    let details: Vec<Value> = details.collect();
    let mut out = json!({
        "policy": policy,
        "summary": {
            "total-successful-session-count": part.successes,
            "total-failure-session-count": part.failures,
        },
    });
    if let (false, Some(fields)) = (details.is_empty(), out.as_object_mut()) {
        fields.insert("failure-details".into(), Value::Array(details));
    }
    out
}

/// `2026-11-22T00:00:00Z`.
pub fn rfc3339(unix: i64) -> String {
    let (days, second) = (unix.div_euclid(DAY), unix.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
