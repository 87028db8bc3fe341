//! What others reported of this house in the last 30 days, summed up in plain sentences.
//!
//! They are others' words: a reporter has proved its own domain and nothing else. What it cannot do: tell a forger from a service of the owner's that was never told to sign; the
//! sentences say what to do about either.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use msgauth::dmarc::Policy;
use store::{Read, ReportKind};

use super::arriving::Heard;

/// Sources that are told one by one, those with most messages first.
const SOURCES_MAX: usize = 20;
/// Failures of TLS that are told one by one.
const FAILURES_MAX: usize = 20;

/// Everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Who has reported anything, and how often.
    pub reporters: BTreeMap<String, u64>,
    /// Messages that were proved to be the house's.
    pub passed: u64,
    /// Messages in the house's name that nothing proved.
    pub failed: u64,
    /// Of rows that are not kept.
    pub left_out: u64,
    /// Where those that failed came from; most first.
    pub sources: Vec<Source>,
    /// Sources that are not among them.
    pub more_sources: usize,
    /// TLS sessions toward the house that went well.
    pub sessions: u64,
    /// Those that did not.
    pub troubles: Vec<Trouble>,
}

/// Messages in a domain's name from one address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// From where.
    pub address: IpAddr,
    /// In whose name.
    pub domain: String,
    /// How many.
    pub count: u64,
    /// Of them refused.
    pub refused: u64,
    /// Of them put into Junk.
    pub aside: u64,
    /// By whom they were seen.
    pub seen_by: BTreeSet<String>,
    /// One of the house's signatures was on them, and held no more or was of another key: a letter of the house that was changed on its way.
    pub signed: bool,
    /// A reporter took them for forwarded mail.
    pub forwarded: bool,
    /// The address's name, if somebody has looked it up.
    pub name: Option<String>,
    /// It is of the relay that sends the house's mail.
    pub relay: Option<String>,
}

/// Sessions that failed alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// Who saw it.
    pub seen_by: String,
    /// What: a word of RFC 8460 §4.3.
    pub result: String,
    /// With which host; may be empty.
    pub host: String,
    /// How often.
    pub count: u64,
}

/// Sums up what the store has.
///
/// # Errors
/// The store's; a row that cannot be read is passed over.
pub fn summary(read: &impl Read) -> store::Result<Summary> {
    let mut summary = Summary::default();
    let mut sources: BTreeMap<(IpAddr, String), Source> = BTreeMap::new();
    let mut troubles: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    for kind in [ReportKind::AboutUs, ReportKind::TlsAboutUs] {
        for row in read.reports(kind)? {
            let Some((from, heard)) = Heard::read(kind, &row.octets) else {
                continue;
            };
            let reports = summary.reporters.entry(from.clone()).or_default();
            *reports = reports.saturating_add(1);
            match heard {
                Heard::Mail(report) => {
                    add(&mut summary.left_out, report.left_out);
                    for record in report.records {
                        if record.passed() {
                            add(&mut summary.passed, record.count);
                            continue;
                        }
                        add(&mut summary.failed, record.count);
                        let domain = match record.header_from.is_empty() {
                            true => report.policy.domain.clone(),
                            false => record.header_from,
                        };
                        let source = sources
                            .entry((record.source, domain.clone()))
                            .or_insert_with(|| Source::new(record.source, &domain));
                        add(&mut source.count, record.count);
                        match record.disposition {
                            Policy::Reject => add(&mut source.refused, record.count),
                            Policy::Quarantine => add(&mut source.aside, record.count),
                            Policy::None => {}
                        }
                        source.seen_by.insert(from.clone());
                        source.signed |= record
                            .signatures
                            .iter()
                            .any(|one| mail::domains_equal(&one.domain, &domain));
                        source.forwarded |= record.reasons.iter().any(|one| {
                            let known = ["forwarded", "mailing_list", "trusted_forwarder"];
                            known.contains(&one.kind.as_str())
                        });
                    }
                }
                Heard::Tls(report) => {
                    for policy in report.policies {
                        add(&mut summary.sessions, policy.successes);
                        let told = sum(policy.details.iter().map(|one| one.count));
                        for detail in policy.details {
                            let at = (from.clone(), detail.result, detail.host);
                            add(troubles.entry(at).or_default(), detail.count);
                        }
                        let rest = policy.failures.saturating_sub(told);
                        if rest > 0 {
                            let at = (from.clone(), String::new(), String::new());
                            add(troubles.entry(at).or_default(), rest);
                        }
                    }
                }
            }
        }
    }
    let mut sources: Vec<Source> = sources.into_values().collect();
    sources.sort_by_key(|source| std::cmp::Reverse(source.count));
    summary.more_sources = sources.len().saturating_sub(SOURCES_MAX);
    sources.truncate(SOURCES_MAX);
    summary.sources = sources;
    let troubles = troubles.into_iter().filter(|(_, count)| *count > 0);
    let mut troubles: Vec<Trouble> = troubles
        .map(|((seen_by, result, host), count)| Trouble {
            seen_by,
            result,
            host,
            count,
        })
        .collect();
    troubles.sort_by_key(|trouble| std::cmp::Reverse(trouble.count));
    troubles.truncate(FAILURES_MAX);
    summary.troubles = troubles;
    Ok(summary)
}

impl Source {
    fn new(address: IpAddr, domain: &str) -> Source {
        Source {
            address,
            domain: domain.to_owned(),
            count: 0,
            refused: 0,
            aside: 0,
            seen_by: BTreeSet::new(),
            signed: false,
            forwarded: false,
            name: None,
            relay: None,
        }
    }
}

/// Others' numbers: whatever they are, it ends at the greatest.
pub(super) fn sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

#[cfg(test)]
#[path = "summary_tests.rs"]
mod tests;
