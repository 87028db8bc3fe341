//! An aggregate report read from its XML: the schema of RFC 7489 appendix C, what is sent in its name, and that of its successor (DMARCbis).
//!
//! Reporters leave fields out, add others, write `unknown` for a result and `hardfail` for a policy: what is not understood is passed over, and a report is refused only
//! when it does not say of whom it is or about whom.

use std::net::IpAddr;

use super::aggregate::{clean, clean_domain};
use super::xml::{Event, Reader};
use super::{
    Aggregate, BadReport, COUNT_MAX, DKIM_MAX, DkimPart, Published, RECORDS_MAX, Reason, Record,
    SpfPart,
};
use crate::dmarc::Policy;

/// Reads a report that was unpacked ([`super::unpack`]).
///
/// # Errors
/// It is no XML that can be read, or no report, or about no domain.
pub fn read_aggregate(document: &[u8]) -> Result<Aggregate, BadReport> {
    let text = String::from_utf8_lossy(document);
    let mut reader = Reader::new(&text);
    let mut reading = Reading::default();
    loop {
        match reader.next()? {
            Event::Start => {
                let (around, name) = reader.path();
                reading.begin(around, name);
            }
            Event::End(text) => {
                let (around, name) = reader.path();
                reading.end(around, name, &text);
            }
            Event::Over => break,
        }
    }
    if !reading.is_report {
        return Err(BadReport("it is no DMARC aggregate report"));
    }
    if reading.report.policy.domain.is_empty() {
        return Err(BadReport("it does not say which domain it is about"));
    }
    if reading.report.organization.is_empty() && reading.report.email.is_empty() {
        return Err(BadReport("it does not say who reports"));
    }
    Ok(reading.report)
}

#[derive(Default)]
struct Reading {
    is_report: bool,
    report: Aggregate,
    /// `sp` was said.
    below: Option<Policy>,
    row: Row,
}

/// A row that is being read.
#[derive(Default)]
struct Row {
    source: Option<IpAddr>,
    count: Option<u64>,
    disposition: Option<Policy>,
    dkim: bool,
    spf: bool,
    reasons: Vec<Reason>,
    header_from: String,
    envelope_from: String,
    signatures: Vec<DkimPart>,
    senders: Vec<SpfPart>,
}

impl Reading {
    /// Of too many signatures, the last ones share a place.
    fn begin(&mut self, around: &str, name: &str) {
        let row = &mut self.row;
        match (around, name) {
            ("", "feedback") => self.is_report = true,
            (_, "record") => *row = Row::default(),
            (_, "reason") if row.reasons.len() < DKIM_MAX => row.reasons.push(Reason {
                kind: String::new(),
                comment: String::new(),
            }),
            ("auth_results", "dkim") if row.signatures.len() < DKIM_MAX => {
                row.signatures.push(DkimPart::default());
            }
            ("auth_results", "spf") if row.senders.len() < DKIM_MAX => {
                row.senders.push(SpfPart::default());
            }
            _ => {}
        }
    }

    fn end(&mut self, around: &str, name: &str, text: &str) {
        let (report, row) = (&mut self.report, &mut self.row);
        let policy = &mut report.policy;
        match (around, name) {
            ("report_metadata", "org_name") => report.organization = clean(text),
            ("report_metadata", "email") => report.email = clean(text),
            ("report_metadata", "report_id") => report.id = clean(text),
            ("date_range", "begin") => report.begin = moment(text),
            ("date_range", "end") => report.end = moment(text),
            ("policy_published", "domain") => policy.domain = clean_domain(text),
            ("policy_published", "adkim") => policy.strict_dkim = text.eq_ignore_ascii_case("s"),
            ("policy_published", "aspf") => policy.strict_spf = text.eq_ignore_ascii_case("s"),
            ("policy_published", "p") => policy.policy = disposition(text).unwrap_or(Policy::None),
            ("policy_published", "sp") => self.below = disposition(text),
            ("policy_published", "pct") => {
                let percent = text.parse().ok().filter(|percent| *percent <= 100);
                policy.percent = percent.unwrap_or(100);
            }
            ("feedback", "policy_published") => {
                policy.subdomains = self.below.unwrap_or(policy.policy);
            }
            ("row", "source_ip") => row.source = address(text),
            ("row", "count") => {
                let count = text.parse::<u64>().ok();
                row.count = count.map(|count| count.min(COUNT_MAX));
            }
            ("policy_evaluated", "disposition") => row.disposition = disposition(text),
            ("policy_evaluated", "dkim") => row.dkim = passes(text),
            ("policy_evaluated", "spf") => row.spf = passes(text),
            ("reason", "type") => {
                if let Some(reason) = row.reasons.last_mut() {
                    reason.kind = clean(text);
                }
            }
            ("reason", "comment") => {
                if let Some(reason) = row.reasons.last_mut() {
                    reason.comment = clean(text);
                }
            }
            ("identifiers", "header_from") => row.header_from = clean_domain(text),
            ("identifiers", "envelope_from") => row.envelope_from = clean_domain(text),
            ("dkim", _) => {
                if let Some(part) = row.signatures.last_mut() {
                    match name {
                        "domain" => part.domain = clean_domain(text),
                        "selector" => part.selector = clean(text),
                        "result" => part.result = clean(text).to_ascii_lowercase(),
                        _ => {}
                    }
                }
            }
            ("spf", _) => {
                if let Some(part) = row.senders.last_mut() {
                    match name {
                        "domain" => part.domain = clean_domain(text),
                        "scope" => part.scope = clean(text),
                        "result" => part.result = clean(text).to_ascii_lowercase(),
                        _ => {}
                    }
                }
            }
            ("feedback", "record") => self.keep(),
            _ => {}
        }
    }

    fn keep(&mut self) {
        let row = std::mem::take(&mut self.row);
        let count = row.count.unwrap_or(1);
        let Some(source) = row
            .source
            .filter(|_| self.report.records.len() < RECORDS_MAX)
        else {
            self.report.left_out = self.report.left_out.saturating_add(count);
            return;
        };
        self.report.records.push(Record {
            source,
            count,
            disposition: row.disposition.unwrap_or(Policy::None),
            dkim: row.dkim,
            spf: row.spf,
            reasons: row.reasons,
            header_from: row.header_from,
            envelope_from: row.envelope_from,
            signatures: row.signatures,
            senders: row.senders,
        });
    }
}

/// Unix seconds; some write a fraction behind them.
fn moment(text: &str) -> i64 {
    let whole = text.split('.').next().unwrap_or_default();
    whole.parse().unwrap_or(0)
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches(['[', ']']);
    let text = text.strip_prefix("IPv6:").unwrap_or(text);
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

fn passes(text: &str) -> bool {
    text.eq_ignore_ascii_case("pass")
}

/// `pass` is DMARCbis's word for a message that was not touched because it passed.
fn disposition(text: &str) -> Option<Policy> {
    match text.to_ascii_lowercase().as_str() {
        "none" | "pass" => Some(Policy::None),
        "quarantine" => Some(Policy::Quarantine),
        "reject" => Some(Policy::Reject),
        _ => None,
    }
}

/// The policy in words that are published as they stand.
impl Published {
    /// What failing mail of this domain is to meet, `p` or `sp`.
    pub fn for_domain(&self, domain: &str) -> Policy {
        if domain.eq_ignore_ascii_case(&self.domain) {
            self.policy
        } else {
            self.subdomains
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
