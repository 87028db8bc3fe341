//! What is counted while mail comes and goes: in memory, for the day (UTC) that is.
//!
//! **Bounds.** A stranger chooses the names that are counted here, so that there are at most [`DOMAINS_MAX`] domains a day, [`RECORDS_MAX`] rows of one and
//! [`TOTAL_MAX`] in all, each with at most [`PARTS_MAX`] signatures; a message that finds no room is counted in its domain's `left_out`, or dropped when its domain has no room
//! either. That is some MB when somebody tries for it, and some KB in a house.
//!
//! A crash loses what was counted since it was last kept: reports are estimates, and a sync for each message would cost more than they are worth.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use msgauth::Verdicts;
use msgauth::dmarc::Policy;
use msgauth::report::{FailureDetail, PolicyKind, PolicyPart, Published, Reason, Record};

use super::day_of;

/// Domains of one kind and day.
pub(super) const DOMAINS_MAX: usize = store::REPORTS_A_DAY_MAX;
/// Rows of one domain and day: as XML they stay within a row of the store.
pub(super) const RECORDS_MAX: usize = 50;
/// Rows of all domains.
pub(super) const TOTAL_MAX: usize = 1_500;
/// Signatures of a message that are told; the author's own is among the first of them.
const PARTS_MAX: usize = 3;
/// Kinds of failure of one destination and policy.
const DETAILS_MAX: usize = 20;
/// Policies of one destination and day: one, or two when it changes.
const POLICIES_MAX: usize = 4;

/// What is counted. Clones share it.
#[derive(Clone, Default)]
pub struct Tally {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Whether anything of DMARC is counted at all.
    dmarc: AtomicBool,
    /// And of TLS.
    tls: AtomicBool,
    days: Mutex<Days>,
}

/// By day and domain.
#[derive(Default)]
pub(super) struct Days {
    pub(super) seen: BTreeMap<(u32, String), Seen>,
    pub(super) tls: BTreeMap<(u32, String), Toward>,
}

/// What came in a domain's name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Seen {
    pub(super) policy: Published,
    /// `rua`, as it stands.
    pub(super) wanted: Vec<String>,
    pub(super) records: Vec<Record>,
    pub(super) left_out: u64,
    /// Counted since it was kept.
    pub(super) fresh: bool,
}

/// How TLS toward a domain went.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Toward {
    pub(super) policies: Vec<PolicyPart>,
    pub(super) fresh: bool,
}

/// One session with a host of a destination (RFC 8460 §4.4).
#[derive(Clone, Debug)]
pub struct Session<'a> {
    /// Whom the mail was for.
    pub domain: &'a str,
    /// Whose word was gone by.
    pub kind: PolicyKind,
    /// The policy's lines, or its TLSA records.
    pub lines: Vec<String>,
    /// Patterns of mail hosts.
    pub hosts: Vec<String>,
    /// What went wrong; its count is not looked at.
    pub failure: Option<FailureDetail>,
}

impl Tally {
    /// Whether it counts: for DMARC reports, for TLS reports. At first it does neither.
    pub fn set(&self, dmarc: bool, tls: bool) {
        self.inner.dmarc.store(dmarc, Ordering::Relaxed);
        self.inner.tls.store(tls, Ordering::Relaxed);
    }

    /// Counts a message of the world that was judged: `wall` is the time if it is trusted, `source` the client, `envelope_from` the domain of the return path (empty
    /// for a bounce), `done` what became of the message, `reasons` why that is not what the policy asks, if it is not.
    ///
    /// Nothing is counted without a trusted time, for a domain without a policy, or for one that wants no reports. Not to be called for mail to the reports
    /// address, or two hosts would tell each other of their reports for ever.
    pub fn note(
        &self,
        wall: Option<i64>,
        source: IpAddr,
        envelope_from: &str,
        verdicts: &Verdicts,
        done: Policy,
        reasons: Vec<Reason>,
    ) {
        let Some(wall) = wall.filter(|_| self.inner.dmarc.load(Ordering::Relaxed)) else {
            return;
        };
        let policy = verdicts.dmarc.as_ref();
        let Some((dmarc, record)) = policy.and_then(|one| Some((one, one.record.as_ref()?))) else {
            return;
        };
        if record.reports.is_empty() {
            return;
        }
        let row = Record::of(source, envelope_from, verdicts, done, reasons);
        let Some(mut row) = row else {
            return;
        };
        row.signatures.truncate(PARTS_MAX);
        row.reasons.truncate(PARTS_MAX);
        let mut days = self.days();
        let total: usize = days.seen.values().map(|one| one.records.len()).sum();
        let at = (day_of(wall), dmarc.policy_domain.clone());
        if !days.seen.contains_key(&at) && days.seen.len() >= DOMAINS_MAX {
            return;
        }
        let seen = days.seen.entry(at).or_default();
        seen.policy = Published::of(&dmarc.policy_domain, record);
        seen.wanted.clone_from(&record.reports);
        seen.fresh = true;
        let room = seen.records.len() < RECORDS_MAX && total < TOTAL_MAX;
        match seen.records.iter_mut().find(|known| known.is_like(&row)) {
            Some(known) => known.count = known.count.saturating_add(1),
            None if room => seen.records.push(row),
            None => seen.left_out = seen.left_out.saturating_add(1),
        }
    }

    /// Counts a session with a host of a destination. Nothing is counted without a trusted time. Not to be called for a letter that no policy counts for
    /// (`TLS-Required: No`, and so reports themselves, RFC 8460 §3).
    pub fn session(&self, wall: Option<i64>, session: Session<'_>) {
        let Some(wall) = wall.filter(|_| self.inner.tls.load(Ordering::Relaxed)) else {
            return;
        };
        let mut days = self.days();
        let at = (day_of(wall), session.domain.to_owned());
        if !days.tls.contains_key(&at) && days.tls.len() >= DOMAINS_MAX {
            return;
        }
        let toward = days.tls.entry(at).or_default();
        let known = toward
            .policies
            .iter()
            .position(|one| one.kind == session.kind && one.lines == session.lines);
        let place = match known {
            Some(place) => place,
            None if toward.policies.len() < POLICIES_MAX => {
                toward.policies.push(PolicyPart {
                    kind: session.kind,
                    lines: session.lines,
                    domain: session.domain.to_owned(),
                    hosts: session.hosts,
                    ..PolicyPart::default()
                });
                toward.policies.len().saturating_sub(1)
            }
            None => return,
        };
        let Some(part) = toward.policies.get_mut(place) else {
            return;
        };
        toward.fresh = true;
        let Some(failure) = session.failure else {
            part.successes = part.successes.saturating_add(1);
            return;
        };
        part.failures = part.failures.saturating_add(1);
        let like = |known: &&mut FailureDetail| {
            (&known.result, &known.host, &known.receiving_ip)
                == (&failure.result, &failure.host, &failure.receiving_ip)
        };
        let room = part.details.len() < DETAILS_MAX;
        match part.details.iter_mut().find(like) {
            Some(known) => known.count = known.count.saturating_add(1),
            None if room => part.details.push(FailureDetail {
                count: 1,
                ..failure
            }),
            None => {}
        }
    }

    pub(super) fn days(&self) -> MutexGuard<'_, Days> {
        let days = &self.inner.days;
        days.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
pub(super) mod tests;
