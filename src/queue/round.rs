//! A destination's hosts, asked one after the other: whether to go on to the next, and what they said together.

use smtp::client::{Fate, Scope};

use crate::finding::{Cause, Finding};

/// What the hosts of one destination answered, so far.
#[derive(Default, Debug)]
pub struct Round {
    best: Option<(String, Finding)>,
    /// One of them may take the letter another time.
    any_later: bool,
}

impl Round {
    /// Whether the next host is to be asked after this. A host that turns the whole session away, even for good (554 greeting, RFC 5321 §4.3.2),
    /// speaks for itself only; what is said about a recipient or the letter holds everywhere.
    pub fn goes_on(finding: &Finding) -> bool {
        let about_the_host = matches!(finding.scope, Scope::Session | Scope::Host);
        let ends_here = matches!(finding.cause, Cause::Own | Cause::RelayLogin);
        finding.fate != Fate::Delivered && !finding.answer_lost && about_the_host && !ends_here
    }

    /// What one host answered, asked in the order of preference.
    pub fn add(&mut self, host: &str, finding: Finding) {
        self.any_later |= finding.fate == Fate::Later;
        let better = match &self.best {
            Some((_, best)) => telling(&finding) > telling(best),
            None => true,
        };
        if better {
            self.best = Some((host.to_owned(), finding));
        }
    }

    /// What it comes to: never only if no host may take it later; in the words that tell most, the preferred host's first. `None`: no
    /// host was asked.
    pub fn sum(self) -> Option<(String, Finding)> {
        let (host, mut finding) = self.best?;
        if self.any_later && finding.fate == Fate::Never {
            finding.fate = Fate::Later;
        }
        Some((host, finding))
    }
}

/// How much the words help whoever reads them.
fn telling(finding: &Finding) -> u8 {
    match (finding.fate, finding.cause) {
        (Fate::Delivered, _) => 7,
        (_, Cause::Remote | Cause::RelayLogin) if finding.code.is_some() => 6,
        (_, Cause::Tls | Cause::Lacks(_)) => 5,
        (_, Cause::Remote) => 4,
        (_, Cause::Refused) => 3,
        (_, Cause::TimedOut) => 2,
        // A host that is merely not known now is why the letter waits, and not one that is gone for good.
        (Fate::Later, _) => 1,
        (Fate::Never, _) => 0,
    }
}

#[cfg(test)]
#[path = "round_tests.rs"]
mod tests;
