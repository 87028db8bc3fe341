//! The machine: the policy is looked for at the author's domain and then at its organization's (RFC 7489 §6.6.3); with it and what SPF and DKIM found, the verdict.

use dns::Kind;

use super::record::is_dmarc;
use super::{Author, DmarcRecord, DmarcResult, DmarcVerdict, Policy};
use crate::dkim::{DkimResult, DkimVerdict};
use crate::question::{Question, Reply, is_void, shown, texts};
use crate::spf::{SpfResult, SpfVerdict};
use crate::suffix::organizational_domain;

/// One message's author.
pub(crate) struct Dmarc {
    author: String,
    state: State,
}

enum State {
    /// Asked at this domain.
    Asking(String, Question),
    /// The policy of this domain.
    Found(String, DmarcRecord),
    /// There is none, for this reason.
    Over(DmarcResult, String),
}

impl Dmarc {
    pub(crate) fn of(author: Author) -> Dmarc {
        let (author, state) = match author {
            Ok(author) => {
                let state = ask(&author);
                (author, state)
            }
            Err(reason) => (
                String::new(),
                State::Over(DmarcResult::PermError, reason.words().to_owned()),
            ),
        };
        Dmarc { author, state }
    }

    pub(crate) fn wants(&self) -> Option<&Question> {
        match &self.state {
            State::Asking(_, question) => Some(question),
            _ => None,
        }
    }

    pub(crate) fn give(&mut self, asked: &Question, reply: &Reply) {
        let State::Asking(domain, question) = &self.state else {
            return;
        };
        if question != asked {
            return;
        }
        let found: Vec<&[u8]> = match reply {
            Ok(answer) => texts(answer)
                .filter(|text| str::from_utf8(text).is_ok_and(is_dmarc))
                .take(2)
                .collect(),
            Err(failure) if is_void(failure) => Vec::new(),
            Err(failure) => {
                let failure = shown(&failure.to_string(), 200);
                let reason = format!("the policy of {domain} could not be asked for: {failure}");
                self.state = State::Over(DmarcResult::TempError, reason);
                return;
            }
        };
        let organization = organizational_domain(&self.author);
        self.state = match found.as_slice() {
            [] if domain != organization => ask(organization),
            [] => State::Over(
                DmarcResult::None,
                format!("{} has no DMARC policy", self.author),
            ),
            // RFC 7489 §6.6.3 steps 5 and 6.
            [one] => match DmarcRecord::parse(one) {
                Some(record) => State::Found(domain.clone(), record),
                None => State::Over(
                    DmarcResult::PermError,
                    format!("the DMARC record of {domain} says nothing that could be done"),
                ),
            },
            _ => State::Over(
                DmarcResult::PermError,
                format!("{domain} has more than one DMARC record, so that none counts"),
            ),
        };
    }

    /// The verdict, once the policy is known. `sample`, 0 to 99, should be random: `pct` goes by it.
    pub(crate) fn verdict(
        &self,
        spf: Option<&SpfVerdict>,
        dkim: &[DkimVerdict],
        sample: u8,
    ) -> Option<DmarcVerdict> {
        let mut verdict = DmarcVerdict {
            result: DmarcResult::None,
            domain: self.author.clone(),
            policy_domain: String::new(),
            policy: None,
            disposition: Policy::None,
            spf: false,
            dkim: false,
            record: None,
            reason: String::new(),
        };
        let (domain, record) = match &self.state {
            State::Asking(..) => return None,
            State::Over(result, reason) => {
                verdict.result = *result;
                verdict.reason = reason.clone();
                return Some(verdict);
            }
            State::Found(domain, record) => (domain, record),
        };
        let author = &self.author;
        let policy = if author == domain {
            record.policy
        } else {
            record.subdomains
        };
        let spf_is_ours = |spf: &&SpfVerdict| aligned(&spf.domain, author, record.strict_spf);
        let dkim_is_ours = |dkim: &&DkimVerdict| aligned(&dkim.domain, author, record.strict_dkim);
        let spf = spf.filter(spf_is_ours);
        let dkim: Vec<&DkimVerdict> = dkim.iter().filter(dkim_is_ours).collect();
        verdict.spf = spf.is_some_and(|spf| spf.result == SpfResult::Pass);
        let proof = dkim.iter().find(|dkim| dkim.result == DkimResult::Pass);
        verdict.dkim = proof.is_some();
        let unclear = spf.is_some_and(|spf| spf.result == SpfResult::TempError)
            || dkim.iter().any(|dkim| dkim.result == DkimResult::TempError);
        (verdict.result, verdict.reason) = match (proof, spf) {
            (Some(proof), _) => (
                DmarcResult::Pass,
                format!("the author is of {author}, and {} has signed", proof.domain),
            ),
            (None, Some(spf)) if verdict.spf => (
                DmarcResult::Pass,
                format!(
                    "the author is of {author}, and the client may send for {}",
                    spf.domain
                ),
            ),
            _ if unclear => (
                DmarcResult::TempError,
                format!("whether the message is of {author} could not be found out now"),
            ),
            _ => (
                DmarcResult::Fail,
                format!(
                    "nothing proves that the message is of {author}, which asks to {}",
                    asks(policy)
                ),
            ),
        };
        if verdict.result == DmarcResult::Fail {
            let sampled = sample < record.percent;
            verdict.disposition = if sampled { policy } else { policy.milder() };
        }
        verdict.policy = Some(policy);
        verdict.policy_domain = domain.clone();
        verdict.record = Some(record.clone());
        Some(verdict)
    }
}

fn asks(policy: Policy) -> &'static str {
    match policy {
        Policy::None => "do nothing about that",
        Policy::Quarantine => "treat such mail with suspicion",
        Policy::Reject => "refuse such mail",
    }
}

fn ask(domain: &str) -> State {
    match Question::new(&format!("_dmarc.{domain}"), Kind::Txt) {
        Some(question) => State::Asking(domain.to_owned(), question),
        // A name that is too long for it has none.
        None => State::Over(
            DmarcResult::None,
            format!("{domain} can have no DMARC policy"),
        ),
    }
}

/// Identifier alignment (RFC 7489 §3.1): the same domain, or, if relaxed, the same organization.
fn aligned(domain: &str, author: &str, strict: bool) -> bool {
    !domain.is_empty()
        && (domain == author
            || !strict && organizational_domain(domain) == organizational_domain(author))
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
