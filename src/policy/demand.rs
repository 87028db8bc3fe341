//! What is demanded of one mail host: the pure decision, from what was found out.
//!
//! The order, strongest word first:
//! 1. **`TLS-Required: No`** (RFC 8689 §4.2.2): the sender wants it to arrive whatever policies say. TLS is tried, nothing is demanded.
//! 2. **DANE** (RFC 7672): signed by the domain itself; MTA-STS may not overrule it (RFC 8461 §2).
//! 3. **MTA-STS**, mode enforce (RFC 8461 §5).
//! 4. **REQUIRETLS** (RFC 8689 §4.2.1): a verified certificate, and a host whose name comes from DNSSEC or is listed by an MTA-STS policy. Comes on top of 2 and 3.
//! 5. **The ratchet**: a destination that showed a certificate that verified within the last [`RATCHET_HOLDS`] is not quietly written to without one.
//! 6. TLSA records that are all unusable: TLS, with any certificate (RFC 7672 §2.2).
//! 7. Otherwise opportunistic.
//!
//! The ratchet's times. **It holds for 30 days** since the last time: households write to most of those they write to at all within a month, and certificates are
//! renewed within three, so that a change of host to one without any is noticed and not waited for long. **A letter waits 3 days for it**, then goes all the same: unlike DANE and
//! MTA-STS nobody promised anything, so it may delay a letter, with the reason told in the warning after some hours, but must not return it (letters live 5 days). Who strips TLS from
//! a line has to be there for three days and be seen doing it.

use std::time::Duration;

use store::{StsMode, StsRecord};

use super::sts;
use crate::tls::outgoing::{Tlsa, Trust};

/// How long a verified certificate is expected again, in seconds. See the module.
pub(super) const RATCHET_HOLDS: i64 = 30 * 24 * 3600;
/// How long a letter waits for the ratchet. See the module.
const RATCHET_PATIENCE: Duration = Duration::from_secs(3 * 24 * 3600);

/// What the letter asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wishes {
    /// REQUIRETLS (RFC 8689). Leave it out for a null reverse path (§4.2.1, §5).
    pub require_tls: bool,
    /// `TLS-Required: No`.
    pub tls_optional: bool,
    /// How long it has been in the queue.
    pub waited: Duration,
}

/// What is demanded of the connection to one host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsDemand {
    /// What the certificate must prove.
    pub trust: Trust,
    /// Without TLS nothing is sent. If false and the handshake fails for another reason than the certificate, a new connection may do without.
    pub must: bool,
    /// Only a server that announces REQUIRETLS gets the letter.
    pub require_tls: bool,
    /// A sentence that says whose word this is, to be put in front of what went wrong: `example.org demands verified TLS (MTA-STS)`.
    pub why: String,
    /// The ratchet let go: what this connection shows is the new state of things.
    pub(super) let_go: bool,
}

/// The word on one host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ruling {
    /// Connect, on these terms.
    Go(TlsDemand),
    /// Not to this host; the next one may do.
    NotThisHost {
        /// A sentence that says why.
        words: String,
        /// Waiting will not help: if no host does, the letter is returned with 5.7.10 (RFC 8689 §4.2.1).
        permanent: bool,
    },
}

/// What the DNS says about the certificate of a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Dane {
    /// Not asked, not signed, or signed that there is none.
    Absent,
    /// Signed records, and the names for DANE-TA.
    Records(Vec<Tlsa>, Vec<String>),
    /// It could not be found out (RFC 7672 §2.2: the host is not to be used now): why.
    Failed(String),
}

/// All that the decision needs.
pub(super) struct Findings<'a> {
    pub(super) domain: &'a str,
    pub(super) host: &'a str,
    /// The host's name is the domain's own word: signed, or the domain itself.
    pub(super) host_signed: bool,
    /// A policy that has not run out.
    pub(super) sts: Option<&'a StsRecord>,
    pub(super) dane: Dane,
    /// The ratchet holds.
    pub(super) ratchet: bool,
    pub(super) wishes: Wishes,
}

/// Decides.
pub(super) fn decide(findings: Findings<'_>) -> Ruling {
    let Findings {
        domain,
        host,
        host_signed,
        sts,
        dane,
        ratchet,
        wishes,
    } = findings;
    let go = |trust, must, why: String| {
        Ruling::Go(TlsDemand {
            trust,
            must,
            require_tls: wishes.require_tls,
            why,
            let_go: false,
        })
    };
    let verified = || Trust::WebPki {
        names: vec![host.to_owned()],
    };
    let not_this = |words, permanent| Ruling::NotThisHost { words, permanent };

    if wishes.tls_optional && !wishes.require_tls {
        return go(
            Trust::Any,
            false,
            "the letter says TLS-Required: No, so policies are ignored".to_owned(),
        );
    }
    let listed = sts
        .filter(|policy| policy.mode != StsMode::None)
        .is_some_and(|policy| sts::lists(&policy.mx, host));
    let usable = match &dane {
        Dane::Failed(why) => {
            return not_this(
                format!("whether {host} promises TLS (DANE) could not be found out: {why}"),
                false,
            );
        }
        Dane::Records(records, _) => records.iter().any(Tlsa::is_usable),
        Dane::Absent => false,
    };
    let enforced = sts.is_some_and(|policy| policy.mode == StsMode::Enforce);
    if enforced && !usable && !listed {
        return not_this(
            format!("the policy of {domain} (MTA-STS) does not list {host} as a mail host of its"),
            false,
        );
    }
    if wishes.require_tls && !host_signed && !listed {
        return not_this(
            format!(
                "the letter must travel over verified TLS only (REQUIRETLS), and nothing proves that {host} takes mail for {domain}"
            ),
            true,
        );
    }
    match dane {
        Dane::Records(records, names) if usable => {
            let why = format!("{host} promises TLS with a certificate of its own word (DANE)");
            go(Trust::Dane { records, names }, true, why)
        }
        _ if enforced => go(
            verified(),
            true,
            format!("{domain} demands verified TLS (MTA-STS)"),
        ),
        _ if wishes.require_tls => go(
            verified(),
            true,
            "the letter must travel over verified TLS only (REQUIRETLS)".to_owned(),
        ),
        _ if ratchet && wishes.waited < RATCHET_PATIENCE => go(
            verified(),
            true,
            format!(
                "{domain} has shown verified TLS before, so this letter waits for it, up to {} days",
                RATCHET_PATIENCE.as_secs() / (24 * 3600)
            ),
        ),
        dane => {
            let (must, why) = match dane {
                Dane::Records(..) => (true, format!("{host} promises TLS (DANE)")),
                _ => (
                    false,
                    "nobody promises TLS: it is used if offered".to_owned(),
                ),
            };
            Ruling::Go(TlsDemand {
                trust: Trust::Any,
                must,
                require_tls: false,
                why,
                let_go: ratchet,
            })
        }
    }
}

/// The demand on a relay that the owner chose: always TLS, always verified (RFC 8314 §3, RFC 6125).
pub fn relay_demand(host: &str) -> TlsDemand {
    TlsDemand {
        trust: Trust::WebPki {
            names: vec![host.to_owned()],
        },
        must: true,
        require_tls: false,
        why: format!("mail and password go to the relay {host} over verified TLS only"),
        let_go: false,
    }
}

#[cfg(test)]
#[path = "demand_tests.rs"]
mod tests;
