//! Each record of a domain looked up, and one plain sentence about it.
//!
//! ```text
//! host  where the box is, who takes mail, reverse name   spf   who may send          keys  DKIM
//! rest  DMARC, DANE, MTA-STS, reports, names for mail programs
//! ```
//!
//! A question that fails is asked once more before anything is said (users.md F14); one that fails twice without a word from the DNS makes the state
//! *unknown*, never *wrong*.

mod host;
mod keys;
mod rest;
mod spf;

use std::time::Duration;

use async_io::Timer;
use dns::{Answer, Data, Failure, Kind};
use futures_lite::future::Boxed;

use super::{Facts, Record, Said, records};
use crate::resolver::Resolver;

/// Between a question that nobody answered and its second try.
const PAUSE: Duration = Duration::from_secs(1);

/// How one record is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// It is there, and does harm.
    Wrong,
    /// It should be there.
    Missing,
    /// The DNS did not answer.
    Unknown,
    /// Nothing to do; good to know.
    Note,
    /// As it should be.
    Right,
}

/// One sentence about one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The record: `MX house.test`.
    pub about: String,
    /// How it is.
    pub state: State,
    /// What is right, missing or wrong, and what to do.
    pub said: Said,
    /// What to publish.
    pub record: Option<Record>,
}

/// Asks the DNS: name and kind.
pub type Ask = dyn Fn(String, Kind) -> Boxed<Result<Answer, Failure>> + Send + Sync;

impl State {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            State::Wrong => "wrong",
            State::Missing => "missing",
            State::Unknown => "unknown",
            State::Note => "note",
            State::Right => "right",
        }
    }
}

/// Looks up every record that [`records`] advises for `domain` (A-labels), and what surrounds them. Takes as long as some twenty questions.
pub async fn check(domain: &str, facts: &Facts, resolver: &Resolver) -> Vec<Finding> {
    check_by(domain, facts, &asking(resolver)).await
}

/// [`check`] with questions of the caller's.
pub async fn check_by(domain: &str, facts: &Facts, ask: &Ask) -> Vec<Finding> {
    let check = Check {
        domain,
        facts,
        wanted: records(domain, facts),
        asker: Asker::new(ask),
    };
    let mut findings = Vec::new();
    let addresses = match check.host(&mut findings).await {
        Ok(addresses) => addresses,
        Err(silence) => {
            findings.clear();
            findings.push(Finding {
                about: "DNS".to_owned(),
                state: State::Unknown,
                said: Said::new(
                    |texts| texts.findings.dns_silent,
                    [("reason", &silence.to_string())],
                ),
                record: None,
            });
            return findings;
        }
    };
    findings.push(check.mx().await);
    findings.push(check.spf(&addresses).await);
    check.keys(&mut findings).await;
    findings.push(check.dmarc().await);
    check.reverse(&addresses, &mut findings).await;
    check.dane(&mut findings).await;
    check.policy(&mut findings).await;
    check.services(&mut findings).await;
    findings
}

/// Questions for a resolver.
pub(super) fn asking(resolver: &Resolver) -> Box<Ask> {
    let resolver = resolver.clone();
    Box::new(move |name, kind| {
        let resolver = resolver.clone();
        Box::pin(async move { resolver.lookup(&name, kind).await })
    })
}

/// Asks twice before it believes that there is nothing.
pub(super) struct Asker<'a> {
    ask: &'a Ask,
}

impl<'a> Asker<'a> {
    pub(super) fn new(ask: &'a Ask) -> Asker<'a> {
        Asker { ask }
    }

    pub(super) async fn look(&self, name: &str, kind: Kind) -> Result<Answer, Failure> {
        let first = (self.ask)(name.to_owned(), kind).await;
        let Err(failure) = first else {
            return first;
        };
        if !failure.is_permanent() {
            Timer::after(PAUSE).await;
        }
        (self.ask)(name.to_owned(), kind).await
    }

    /// The TXT records at `name` that begin with `version` (`v=spf1`); none if there are none.
    async fn texts(&self, name: &str, version: &str) -> Result<Vec<String>, Failure> {
        let answer = match self.look(name, Kind::Txt).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_permanent() => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
        };
        let texts = answer.data.into_iter().filter_map(|data| match data {
            Data::Txt(octets) => Some(String::from_utf8_lossy(&octets).into_owned()),
            _ => None,
        });
        Ok(texts.filter(|text| begins(text, version)).collect())
    }
}

/// Whether `text` is `version`, alone or with a blank or semicolon behind it.
fn begins(text: &str, version: &str) -> bool {
    let text = text.trim_start();
    let Some((start, rest)) = text.split_at_checked(version.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(version) && (rest.is_empty() || rest.starts_with([' ', '\t', ';']))
}

struct Check<'a> {
    domain: &'a str,
    facts: &'a Facts,
    wanted: Vec<Record>,
    asker: Asker<'a>,
}

impl Check<'_> {
    /// What should stand at a name.
    fn wanted(&self, name: &str, kind: Kind) -> Option<Record> {
        let mut wanted = self.wanted.iter();
        wanted
            .find(|record| record.name == name && record.kind == kind)
            .cloned()
    }

    fn finding(&self, name: &str, kind: Kind, state: State, said: Said) -> Finding {
        Finding {
            about: format!("{kind} {name}"),
            state,
            said,
            record: self.wanted(name, kind),
        }
    }

    /// Nobody answered, twice.
    fn silence(&self, name: &str, kind: Kind, failure: &Failure) -> Finding {
        let said = Said::new(
            |texts| texts.findings.silence,
            [
                ("kind", &kind.to_string()),
                ("name", name),
                ("reason", &failure.to_string()),
            ],
        );
        self.finding(name, kind, State::Unknown, said)
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
