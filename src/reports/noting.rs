//! A stranger's message, once it is settled what becomes of it, as it will stand in a report to its author's domain.

use msgauth::Verdicts;
use msgauth::dmarc::Policy;
use msgauth::report::Reason;
use smtp::server::Envelope;

use super::Tally;

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    /// The client was told no.
    pub(crate) refused: bool,
    /// Nobody found it in their INBOX.
    pub(crate) aside: bool,
}

/// Counts it, if there is anything to be told.
pub(crate) fn note(
    tally: &Tally,
    wall: Option<i64>,
    envelope: &Envelope,
    verdicts: &Verdicts,
    outcome: Outcome,
) {
    let path = envelope.reverse_path.as_ref();
    let domain = path.map_or("", |path| path.domain());
    let (done, reasons) = told(verdicts, outcome);
    tally.note(wall, envelope.peer, domain, verdicts, done, reasons);
}

/// What was done by the policy, and why no more (RFC 7489 §7.2, appendix C). What a person's own taste did to a message that the policy lets pass is nobody's business, and
/// would tell a sender of junk what works.
fn told(verdicts: &Verdicts, outcome: Outcome) -> (Policy, Vec<Reason>) {
    let Some(dmarc) = &verdicts.dmarc else {
        return (Policy::None, Vec::new());
    };
    let wanted = dmarc.policy.unwrap_or(Policy::None);
    let failed = dmarc.result == msgauth::dmarc::DmarcResult::Fail;
    let after_sampling = dmarc.disposition;
    let done = match after_sampling {
        Policy::None => Policy::None,
        _ if outcome.refused => after_sampling.min(Policy::Reject),
        _ if outcome.aside => Policy::Quarantine,
        _ => Policy::None,
    };
    let reason = |kind: &str, comment: &str| Reason {
        kind: kind.to_owned(),
        comment: comment.to_owned(),
    };
    let mut reasons = Vec::new();
    if failed && after_sampling < wanted {
        reasons.push(reason("sampled_out", ""));
    }
    if done < after_sampling {
        reasons.push(match done {
            Policy::None => reason("trusted_forwarder", "arc=pass"),
            _ => reason("local_policy", ""),
        });
    }
    (done, reasons)
}

#[cfg(test)]
#[path = "noting_tests.rs"]
mod tests;
