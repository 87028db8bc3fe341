//! Records and findings as text for people and as JSON for programs.

use std::fmt::Write as _;

use dns::Kind;
use serde_json::{Value, json};

use super::{
    Facts, Finding, LineReport, Need, Record, Said, State, TTL, advice, policy_text, records,
};

/// Longest TXT value that needs no line of its own for web forms.
const ONE_STRING: usize = 255;

/// What `pillarbox dns` prints: a piece of a zone file, everything else in it as comments.
pub fn records_text(domain: &str, facts: &Facts) -> String {
    let mut out = format!(
        "; DNS records of {domain}. Lines that begin with ; are comments: all of this can be pasted into a zone file.\n\
        ; A web form wants them one by one; for texts without the quotes (pillarbox dns --json has them so).\n"
    );
    let mut need = None;
    for record in records(domain, facts) {
        if need != Some(record.need) {
            need = Some(record.need);
            let _ = write!(out, ";\n; --- {} ---\n", heading(record.need));
        }
        let _ = writeln!(out, "; {}", record.why.english());
        let _ = writeln!(out, "{}", record.zone_line());
        if record.kind == Kind::Txt && record.value.len() > ONE_STRING {
            let _ = writeln!(out, "; for a web form: {}", record.value);
        }
    }
    out.push_str(";\n; --- Besides ---\n");
    for sentence in advice(domain, facts) {
        let _ = writeln!(out, "; {}", sentence.english());
    }
    out
}

/// The same for programs.
pub fn records_json(domain: &str, facts: &Facts) -> Value {
    let list: Vec<Value> = records(domain, facts)
        .iter()
        .map(|record| record_json(domain, record))
        .collect();
    json!({
        "domain": domain,
        "records": list,
        "advice": advice(domain, facts).iter().map(Said::english).collect::<Vec<_>>(),
        "mta_sts_policy": policy_text(facts),
    })
}

/// What `pillarbox dns check` prints: what is wrong first, and what is right in short; `line` is left out if it was not tried.
pub fn findings_text(domain: &str, findings: &[Finding], line: Option<&LineReport>) -> String {
    let mut out = String::new();
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.state);
    for finding in &sorted {
        let _ = writeln!(
            out,
            "{:<8} {}",
            finding.state.word(),
            finding.said.english()
        );
        if let (State::Missing | State::Wrong, Some(record)) = (finding.state, &finding.record) {
            let _ = writeln!(out, "         publish: {}", record.zone_line());
        }
    }
    if let Some(line) = line {
        let _ = writeln!(out, "{:<8} {}", line.leaves.word(), line.said.english());
    }
    let bad = sorted
        .iter()
        .filter(|finding| matches!(finding.state, State::Missing | State::Wrong))
        .count();
    let _ = match bad {
        0 => writeln!(out, "Nothing needs to be done for {domain}."),
        1 => writeln!(out, "One record of {domain} needs you; it stands first."),
        _ => writeln!(
            out,
            "{bad} records of {domain} need you; begin with the first."
        ),
    };
    out
}

/// The same for programs.
pub fn findings_json(domain: &str, findings: &[Finding], line: Option<&LineReport>) -> Value {
    let list: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "about": finding.about,
                "state": finding.state.word(),
                "sentence": finding.said.english(),
                "record": finding.record.as_ref().map(|record| record_json(domain, record)),
            })
        })
        .collect();
    json!({
        "domain": domain,
        "findings": list,
        "line": line.map(|line| json!({
            "leaves": line.leaves.word(),
            "sentence": line.said.english(),
            "tried": line.tried,
        })),
    })
}

fn record_json(domain: &str, record: &Record) -> Value {
    json!({
        "name": record.name,
        "host": record.host(domain),
        "type": record.kind.to_string(),
        "ttl": TTL,
        "value": record.value,
        "zone": record.zone_line(),
        "need": match record.need {
            Need::Must => "must",
            Need::Should => "should",
            Need::May => "may",
            Need::Later => "later",
        },
        "why": record.why.english(),
    })
}

fn heading(need: Need) -> &'static str {
    match need {
        Need::Must => "Needed: without these mail does not arrive, or lands among the junk",
        Need::Should => "Useful",
        Need::May => "For those who want it",
        Need::Later => "Not yet: the box does not serve what these point at",
    }
}
