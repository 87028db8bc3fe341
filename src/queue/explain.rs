//! What happened, and what to do, in plain words: for the report to the sender and for whoever looks at the queue.
//!
//! The remote's own words go beside this, never into it. It judges by the enhanced status (RFC 3463) first, then by the words that large hosts use,
//! then by code and stage. What it cannot do: be right about a host that says one thing and means another.

mod kind;
mod text;

use mail::{Address, EnhancedStatus};
use smtp::client::{Fate, Scope, Stage};

pub use kind::{Kind, classify};

use crate::finding::{Cause, Finding, code_of};

/// Two sentences or so for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// Which case it is.
    pub kind: Kind,
    /// What happened.
    pub what: String,
    /// What to do.
    pub advice: &'static str,
}

/// What happened to the letter to `recipient` at `host`.
pub fn explain(finding: &Finding, recipient: &Address, host: &str) -> Explanation {
    let kind = classify(finding);
    Explanation {
        kind,
        what: text::what(kind, recipient, host),
        advice: text::advice(kind),
    }
}

/// The same for a letter that was given up after `days`: `finding` is the last attempt.
pub fn explain_expired(
    finding: &Finding,
    recipient: &Address,
    host: &str,
    days: u64,
) -> Explanation {
    let last = explain(finding, recipient, host);
    let unit = if days == 1 { "day" } else { "days" };
    Explanation {
        what: format!(
            "It was tried again and again for {days} {unit} and could not be delivered. The last time: {}",
            last.what
        ),
        ..last
    }
}

/// From the words alone that are kept of an attempt ([`store::Attempt`]); for `queue show`.
pub fn explain_words(words: &str, recipient: &Address, host: &str) -> Explanation {
    let code = code_of(words);
    let status = words
        .split_whitespace()
        .nth(1)
        .and_then(EnhancedStatus::parse)
        .filter(|_| code.is_some());
    let finding = Finding {
        fate: match code {
            Some(500..) => Fate::Never,
            _ => Fate::Later,
        },
        scope: Scope::Recipient,
        stage: Stage::Rcpt,
        cause: Cause::Remote,
        code,
        words: words.to_owned(),
        status,
        relayed_dsn: false,
        answer_lost: false,
        again_now: false,
    };
    explain(&finding, recipient, host)
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
