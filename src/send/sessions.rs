//! How TLS with a host went, counted for a report to its domain (RFC 8460 §4).
//!
//! What it cannot do: a policy that could not be fetched is no policy here, so that `sts-policy-fetch-error` is never told; a connection that is used again is the session that it
//! was.

use msgauth::report::{FailureDetail, FailureKind, PolicyKind};
use queue::{Cause, Finding};
use store::Letter;

use super::Office;
use super::conversation::Connection;
use crate::policy::{Destination, TlsDemand};
use crate::reports::Session;
use crate::tls::outgoing::Proof;

impl Office {
    /// Counts what came of reaching `host`, if it says anything of TLS.
    pub(super) fn count_session(
        &self,
        policy: &Destination,
        host: &str,
        letter: &Letter,
        reached: Result<(&TlsDemand, &Connection), &Finding>,
    ) {
        let Some(tally) = self.tally.get() else {
            return;
        };
        // For it no policy counts (RFC 8689 §5), and reports themselves are such letters. An address has no policy.
        if letter.tls_optional || policy.domain().starts_with('[') {
            return;
        }
        let told = policy.told(reached.as_ref().ok().map(|(demand, _)| *demand));
        let failure = match reached {
            Ok((_, connection)) => failure_of(connection.proof, told.kind),
            Err(finding) => match kind_of(finding) {
                Some(kind) => Some((kind, finding.words.as_str())),
                // Nobody was there to speak TLS.
                None => return,
            },
        };
        let session = Session {
            domain: policy.domain(),
            kind: told.kind,
            lines: told.lines,
            hosts: told.hosts,
            failure: failure.map(|(kind, reason)| FailureDetail {
                result: kind.word().to_owned(),
                host: host.to_owned(),
                reason: reason.chars().take(200).collect(),
                ..FailureDetail::default()
            }),
        };
        tally.session(self.clock.machine().date(), session);
    }
}

/// A session that took mail, and was not what the policy promises all the same: in the clear, or in testing mode with a certificate that proves nothing.
fn failure_of(proof: Option<Proof>, kind: PolicyKind) -> Option<(FailureKind, &'static str)> {
    match (proof, kind) {
        (None, _) => Some((FailureKind::StarttlsNotSupported, "")),
        (Some(Proof::None), PolicyKind::Sts) => Some((
            FailureKind::ValidationFailure,
            "the certificate does not prove to be the host's",
        )),
        _ => None,
    }
}

/// What a finding says of TLS; `None`: nothing. By the sentences of [`crate::tls::outgoing`], [`crate::policy`] and `smtp`, which are ours.
fn kind_of(finding: &Finding) -> Option<FailureKind> {
    let says = |words: &str| finding.words.contains(words);
    match finding.cause {
        Cause::Tls if says("it has expired") => Some(FailureKind::CertificateExpired),
        Cause::Tls if says("it is not for ") => Some(FailureKind::CertificateHostMismatch),
        Cause::Tls if says("no known authority vouches") => {
            Some(FailureKind::CertificateNotTrusted)
        }
        Cause::Tls if says("promises TLS (DANE) could not be found out") => {
            Some(FailureKind::DnssecInvalid)
        }
        Cause::Tls if says("does not offer TLS") => Some(FailureKind::StarttlsNotSupported),
        Cause::Tls => Some(FailureKind::ValidationFailure),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_have_their_words() {
        let kind = |words: &str| kind_of(&Finding::of(Cause::Tls, words));
        for (words, expected) in [
            (
                "the certificate of mx.test cannot be trusted: it has expired, or this box's clock is wrong; a.test demands verified TLS (MTA-STS)",
                FailureKind::CertificateExpired,
            ),
            (
                "the certificate of mx.test cannot be trusted: it is not for mx.test; x",
                FailureKind::CertificateHostMismatch,
            ),
            (
                "the certificate of mx.test cannot be trusted: no known authority vouches for it",
                FailureKind::CertificateNotTrusted,
            ),
            (
                "whether mx.test promises TLS (DANE) could not be found out: it took too long",
                FailureKind::DnssecInvalid,
            ),
            (
                "The other server does not offer TLS, and this mail must not go without it; a.test demands it",
                FailureKind::StarttlsNotSupported,
            ),
            (
                "the certificate of mx.test cannot be trusted: it is not the one that the DNS names (TLSA)",
                FailureKind::ValidationFailure,
            ),
        ] {
            assert_eq!(kind(words), Some(expected), "{words}");
        }
        let remote = Finding::of(Cause::Remote, "no such person; it has expired");
        assert_eq!(kind_of(&remote), None);
        assert!(failure_of(None, PolicyKind::None).is_some());
        assert!(failure_of(Some(Proof::None), PolicyKind::Sts).is_some());
        assert!(failure_of(Some(Proof::None), PolicyKind::None).is_none());
        assert!(failure_of(Some(Proof::Dane), PolicyKind::Tlsa).is_none());
    }
}
