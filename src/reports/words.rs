//! The summary in plain sentences, in any language, and as text and JSON for `pillarbox reports`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Source, Summary, Trouble};
use crate::publish::{Said, say};

/// Reporters that are named.
const NAMED_MAX: usize = 10;

/// A sentence, and what belongs under it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// What there is.
    pub said: Said,
    /// What to do about it, if anything.
    pub advice: Option<Said>,
    /// Whether somebody should look at it.
    pub matters: bool,
}

/// Everything, what matters first.
pub fn sentences(summary: &Summary) -> Vec<Told> {
    let plain = |said| Told {
        said,
        advice: None,
        matters: false,
    };
    if summary.reporters.is_empty() {
        return vec![plain(say!(reports.none))];
    }
    let mut told: Vec<Told> = summary.sources.iter().map(source).collect();
    let forgers = told.iter().any(|one| one.matters);
    if summary.more_sources > 0 {
        let count = summary.more_sources.to_string();
        told.push(plain(say!(reports.more_sources, count = &count)));
    }
    if forgers {
        told.push(plain(say!(reports.what_to_do)));
    }
    told.extend(summary.troubles.iter().map(trouble));
    told.push(plain(say!(
        reports.passed,
        count = &summary.passed.to_string()
    )));
    if summary.left_out > 0 {
        let count = summary.left_out.to_string();
        told.push(plain(say!(reports.left_out, count = &count)));
    }
    if summary.sessions > 0 {
        let count = summary.sessions.to_string();
        told.push(plain(say!(reports.tls_well, count = &count)));
    }
    let reporters = list(summary.reporters.keys());
    told.push(plain(say!(reports.from, reporters = &reporters)));
    told
}

fn source(source: &Source) -> Told {
    let address = match &source.name {
        Some(name) => format!("{} ({name})", source.address),
        None => source.address.to_string(),
    };
    let (count, seen) = (source.count.to_string(), list(source.seen_by.iter()));
    let (domain, address) = (source.domain.as_str(), address.as_str());
    let (count, seen) = (count.as_str(), seen.as_str());
    let said = match (source.refused, source.aside) {
        (refused, _) if refused == source.count => {
            say!(
                reports.forger_refused,
                source = address,
                domain = domain,
                count = count,
                seen = seen
            )
        }
        (_, aside) if aside == source.count => {
            say!(
                reports.forger_aside,
                source = address,
                domain = domain,
                count = count,
                seen = seen
            )
        }
        (0, 0) if source.forwarded || source.signed => {
            say!(
                reports.forger,
                source = address,
                domain = domain,
                count = count,
                seen = seen
            )
        }
        (0, 0) => {
            say!(
                reports.forger_taken,
                source = address,
                domain = domain,
                count = count,
                seen = seen
            )
        }
        (refused, aside) => say!(
            reports.forger_partly,
            source = address,
            domain = domain,
            count = count,
            seen = seen,
            refused = &refused.to_string(),
            aside = &aside.to_string()
        ),
    };
    let advice = match &source.relay {
        Some(relay) => Some(say!(reports.relay, relay = relay)),
        None if source.forwarded || source.signed => Some(say!(reports.forwarded)),
        None => None,
    };
    Told {
        said,
        // What was passed on is nobody's forgery.
        matters: source.relay.is_some() || advice.is_none(),
        advice,
    }
}

fn trouble(trouble: &Trouble) -> Told {
    let (seen, host) = (trouble.seen_by.as_str(), trouble.host.as_str());
    let host = if host.is_empty() { "?" } else { host };
    let count = trouble.count.to_string();
    let count = count.as_str();
    let said = match trouble.result.as_str() {
        "certificate-expired" => {
            say!(reports.tls_expired, seen = seen, host = host, count = count)
        }
        "certificate-host-mismatch" => {
            say!(
                reports.tls_mismatch,
                seen = seen,
                host = host,
                count = count
            )
        }
        "certificate-not-trusted" | "sts-webpki-invalid" => {
            say!(
                reports.tls_untrusted,
                seen = seen,
                host = host,
                count = count
            )
        }
        "starttls-not-supported" => {
            say!(reports.tls_plain, seen = seen, host = host, count = count)
        }
        result => {
            let result = if result.is_empty() { "?" } else { result };
            say!(
                reports.tls_other,
                seen = seen,
                host = host,
                count = count,
                result = result
            )
        }
    };
    Told {
        said,
        advice: None,
        matters: true,
    }
}

/// Names, the first of them.
fn list<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let names: Vec<&str> = names.take(NAMED_MAX).map(String::as_str).collect();
    match more {
        0 => names.join(", "),
        more => format!("{} +{more}", names.join(", ")),
    }
}

/// As `pillarbox reports` prints it.
pub fn summary_text(summary: &Summary) -> String {
    let mut out = String::new();
    for told in sentences(summary) {
        writeln!(out, "{}", told.said.english()).ok();
        if let Some(advice) = told.advice {
            writeln!(out, "  {}", advice.english()).ok();
        }
    }
    out
}

/// The same for programs.
pub fn summary_json(summary: &Summary) -> Value {
    let sources = summary.sources.iter().map(|source| {
        json!({
            "address": source.address.to_string(),
            "name": source.name,
            "domain": source.domain,
            "messages": source.count,
            "refused": source.refused,
            "quarantined": source.aside,
            "seen_by": source.seen_by,
            "forwarded": source.forwarded || source.signed,
            "relay": source.relay,
        })
    });
    let troubles = summary.troubles.iter().map(|trouble| {
        json!({
            "seen_by": trouble.seen_by,
            "result": trouble.result,
            "host": trouble.host,
            "sessions": trouble.count,
        })
    });
    json!({
        "reporters": summary.reporters,
        "passed": summary.passed,
        "failed": summary.failed,
        "left_out": summary.left_out,
        "sources": sources.collect::<Vec<_>>(),
        "more_sources": summary.more_sources,
        "tls": {"well": summary.sessions, "failures": troubles.collect::<Vec<_>>()},
    })
}
