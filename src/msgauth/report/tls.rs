//! A TLS report (RFC 8460 §4), written and read as JSON.

use std::fmt;

use mail::date::civil_from_days;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::aggregate::clean;
use super::{BadReport, UNPACKED_MAX};

/// Policies of a report that are kept; a domain has one or two.
pub const POLICIES_MAX: usize = 50;
/// Kinds of failure that are kept of one policy.
pub const DETAILS_MAX: usize = 100;
/// Lines of a policy and names of mail hosts that are kept.
const LINES_MAX: usize = 50;
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

    fn parse(word: &str) -> PolicyKind {
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
        if read.organization.is_empty() && read.contact.is_empty() {
            return Err(BadReport("it does not say who reports"));
        }
        let time = |text: &str| mail::date::parse_rfc3339(text.trim()).unwrap_or(0);
        Ok(TlsReport {
            organization: clean(&read.organization),
            contact: clean(&read.contact),
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct Report {
    #[serde(rename = "organization-name", deserialize_with = "text")]
    organization: String,
    #[serde(rename = "contact-info", deserialize_with = "text")]
    contact: String,
    #[serde(rename = "report-id", deserialize_with = "text")]
    id: String,
    #[serde(rename = "date-range")]
    range: Range,
    #[serde(deserialize_with = "some::<_, _, POLICIES_MAX>")]
    policies: Vec<PolicyEntry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Range {
    #[serde(rename = "start-datetime", deserialize_with = "text")]
    start: String,
    #[serde(rename = "end-datetime", deserialize_with = "text")]
    end: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PolicyEntry {
    policy: PolicyText,
    summary: Summary,
    #[serde(
        rename = "failure-details",
        deserialize_with = "some::<_, _, DETAILS_MAX>"
    )]
    details: Vec<Detail>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PolicyText {
    #[serde(rename = "policy-type", deserialize_with = "text")]
    kind: String,
    #[serde(rename = "policy-string", deserialize_with = "lines")]
    lines: Vec<String>,
    #[serde(rename = "policy-domain", deserialize_with = "text")]
    domain: String,
    /// One of them is no list with some reporters.
    #[serde(
        rename = "mx-host",
        alias = "mx-host-pattern",
        deserialize_with = "lines"
    )]
    hosts: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Summary {
    #[serde(rename = "total-successful-session-count", deserialize_with = "number")]
    successes: u64,
    #[serde(rename = "total-failure-session-count", deserialize_with = "number")]
    failures: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Detail {
    #[serde(rename = "result-type", deserialize_with = "text")]
    result: String,
    #[serde(rename = "sending-mta-ip", deserialize_with = "text")]
    sending_ip: String,
    #[serde(rename = "receiving-mx-hostname", deserialize_with = "text")]
    host: String,
    #[serde(rename = "receiving-ip", deserialize_with = "text")]
    receiving_ip: String,
    #[serde(rename = "failed-session-count", deserialize_with = "number")]
    count: u64,
    #[serde(rename = "failure-reason-code", deserialize_with = "text")]
    reason: String,
}

impl From<PolicyEntry> for PolicyPart {
    fn from(entry: PolicyEntry) -> PolicyPart {
        let all = |texts: Vec<String>| texts.iter().map(|text| clean(text)).collect();
        PolicyPart {
            kind: PolicyKind::parse(&entry.policy.kind),
            lines: all(entry.policy.lines),
            domain: clean(&entry.policy.domain)
                .trim_end_matches('.')
                .to_ascii_lowercase(),
            hosts: all(entry.policy.hosts),
            successes: entry.summary.successes,
            failures: entry.summary.failures,
            details: entry.details.into_iter().map(FailureDetail::from).collect(),
        }
    }
}

impl From<Detail> for FailureDetail {
    fn from(detail: Detail) -> FailureDetail {
        FailureDetail {
            result: clean(&detail.result),
            sending_ip: clean(&detail.sending_ip),
            host: clean(&detail.host),
            receiving_ip: clean(&detail.receiving_ip),
            count: detail.count,
            reason: clean(&detail.reason),
        }
    }
}

/// A value as text, whatever it is; what cannot be one is empty.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match One::deserialize(from)? {
        One::Text(text) => text,
        One::Number(number) => number.to_string(),
        One::Other => String::new(),
    })
}

/// A count; some write it in quotes.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(match One::deserialize(from)? {
        One::Number(number) => number,
        One::Text(text) => text.trim().parse().unwrap_or(0),
        One::Other => 0,
    })
}

fn lines<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    from.deserialize_any(Kept::<One, LINES_MAX>::default())
        .map(|all| {
            let texts = all.into_iter().filter_map(|one| match one {
                One::Text(text) => Some(text),
                _ => None,
            });
            texts.collect()
        })
}

fn some<'de, D, T, const MOST: usize>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + FromText,
{
    from.deserialize_any(Kept::<T, MOST>::default())
}

/// What stands where a list should: a text alone is one of one.
trait FromText {
    fn from_text(text: &str) -> Option<Self>
    where
        Self: Sized;
}

impl FromText for PolicyEntry {
    fn from_text(_: &str) -> Option<Self> {
        None
    }
}

impl FromText for Detail {
    fn from_text(_: &str) -> Option<Self> {
        None
    }
}

impl FromText for One {
    fn from_text(text: &str) -> Option<Self> {
        Some(One::Text(text.to_owned()))
    }
}

/// The first of a list's values; the rest are passed over and held by nobody.
struct Kept<T, const MOST: usize>(std::marker::PhantomData<T>);

impl<T, const MOST: usize> Default for Kept<T, MOST> {
    fn default() -> Self {
        Kept(std::marker::PhantomData)
    }
}

impl<'de, T: Deserialize<'de> + FromText, const MOST: usize> Visitor<'de> for Kept<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < MOST {
            match list.next_element()? {
                Some(one) => kept.push(one),
                None => return Ok(kept),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(kept)
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(T::from_text(text).into_iter().collect())
    }
}

/// One value, of which lists and objects do not matter.
enum One {
    Text(String),
    Number(u64),
    Other,
}

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<One, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = One;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<One, E> {
                Ok(One::Text(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<One, E> {
                Ok(One::Number(number))
            }

            fn visit_i64<E>(self, _: i64) -> Result<One, E> {
                Ok(One::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<One, E> {
                Ok(One::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<One, E> {
                Ok(One::Other)
            }

            fn visit_unit<E>(self) -> Result<One, E> {
                Ok(One::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<One, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(One::Other)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<One, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(One::Other)
            }
        }
        from.deserialize_any(Any)
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
