//! What TLS a destination demands: MTA-STS (RFC 8461), DANE (RFC 7672), REQUIRETLS (RFC 8689), and the memory that it was verified before.
//!
//! ```text
//! demand  the decision, pure          sts      the TXT record and the policy file, as text
//! told    whose word it was, for reports
//! fetch   a policy over HTTPS         refresh  policies renewed before they run out
//! ```
//!
//! The sender asks three times: [`Policies::destination`] once a destination, [`Policies::ruling`] for each host, [`Policies::learned`] after a handshake. It asks again at each
//! attempt, so that a policy that was changed is heard of before any letter is returned (RFC 8461 §5).
//!
//! Promises: a policy that was fetched holds until it runs out, whatever happens to the DNS or the web server; a lookup that fails where DNSSEC holds is "not now", never
//! "without TLS"; a fetch that failed is not repeated for five minutes. A policy that could not be fetched is told to nobody (RFC 8460 would).
//!
//! Without a trusted clock a cached policy counts as running, the ratchet as holding, and nothing is noted but new policies, which count as run out once the time is known.

mod demand;
mod fetch;
mod refresh;
mod sts;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;
mod told;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dns::{Data, Kind};
use store::{DestinationNotes, Read as _, Store, StsRecord};

pub use demand::{Ruling, TlsDemand, Wishes, relay_demand};

use crate::log;
use crate::net::Closing;
use crate::resolver::Resolver;
use crate::tls::outgoing::{Outgoing, Proof, Tlsa};
use demand::{Dane, Findings, RATCHET_HOLDS};
use fetch::Fetcher;
use sts::Policy;

/// After a fetch that failed the policy host is left alone for so long (RFC 8461 §3.3 asks for five minutes or more).
const FETCH_AGAIN: Duration = Duration::from_secs(5 * 60);
/// Failed fetches that are remembered.
const MOST_FAILED: usize = 256;
/// How old the ratchet's note may grow before it is written anew, in seconds: a busy destination costs one write a day.
const NOTE_AGAIN: i64 = 24 * 3600;

/// The wall clock, if it can be trusted: unix seconds.
pub type Wall = Arc<dyn Fn() -> Option<i64> + Send + Sync>;

/// What policies are made of.
pub struct PolicyParts {
    /// Where they are kept.
    pub store: Store,
    /// Who answers questions about names.
    pub resolver: Resolver,
    /// TLS for the policy hosts.
    pub outgoing: Outgoing,
    /// Ends what waits.
    pub closing: Closing,
    /// The time.
    pub wall: Wall,
    /// The port of policy hosts: 443 but in tests.
    pub https_port: u16,
    /// Whether policy hosts on this machine and the local network are asked.
    pub local_networks: bool,
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Policies {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    fetcher: Fetcher,
    wall: Wall,
    /// Domains whose policy could not be fetched, and when.
    failed: Mutex<HashMap<String, Instant>>,
}

/// What is known of a destination; holds for one attempt.
#[derive(Clone, Debug)]
pub struct Destination {
    domain: String,
    /// Its name behind all aliases, if another.
    canonical: Option<String>,
    /// Its list of mail hosts is signed.
    mx_validated: bool,
    /// There is no list: it is its own mail host.
    implicit: bool,
    sts: Option<StsRecord>,
    verified_tls: Option<i64>,
    wall: Option<i64>,
}

/// What the resolver said of a destination's mail hosts.
#[derive(Clone, Copy, Debug)]
pub struct MxFacts<'a> {
    /// The name behind all aliases ([`dns::Answer::name`]).
    pub canonical: &'a str,
    /// [`dns::Hosts::validated`].
    pub validated: bool,
    /// [`dns::Hosts::implicit`].
    pub implicit: bool,
}

/// What the resolver said of a host's addresses.
#[derive(Clone, Copy, Debug)]
pub struct AddressFacts<'a> {
    /// The name behind all aliases ([`dns::Answer::name`]).
    pub canonical: &'a str,
    /// The answers used are all validated.
    pub validated: bool,
}

impl Policies {
    /// Remembers what the store remembers.
    pub fn new(parts: PolicyParts) -> Policies {
        Policies {
            inner: Arc::new(Inner {
                store: parts.store,
                fetcher: Fetcher {
                    resolver: parts.resolver,
                    outgoing: parts.outgoing,
                    closing: parts.closing,
                    port: parts.https_port,
                    local_networks: parts.local_networks,
                    patience: fetch::PATIENCE,
                },
                wall: parts.wall,
                failed: Mutex::default(),
            }),
        }
    }

    /// Finds out what holds for `domain` (an A-label in lower case): its MTA-STS policy, fetched if there is a new one (at most a minute), and the ratchet. For an address
    /// literal nothing holds (RFC 8461 §3.4, RFC 7672 §2.2).
    ///
    /// # Errors
    /// The store's.
    pub async fn destination(&self, domain: &str, mx: MxFacts<'_>) -> store::Result<Destination> {
        let wall = (self.inner.wall)();
        let notes = if domain.starts_with('[') {
            DestinationNotes::default()
        } else {
            self.inner.policy(domain, wall).await?
        };
        let canonical = mx.canonical.trim_end_matches('.');
        Ok(Destination {
            domain: domain.to_owned(),
            canonical: (!canonical.is_empty() && canonical != domain).then(|| canonical.to_owned()),
            mx_validated: mx.validated,
            implicit: mx.implicit,
            sts: notes.sts.filter(|sts| is_running(sts, wall)),
            verified_tls: notes.verified_tls,
            wall,
        })
    }

    /// What is demanded of `host`, one of the destination's mail hosts, at `port`, for a letter with these wishes. Asks for TLSA records where they can count.
    pub async fn ruling(
        &self,
        destination: &Destination,
        host: &str,
        addresses: AddressFacts<'_>,
        port: u16,
        wishes: Wishes,
    ) -> Ruling {
        let host = host.trim_end_matches('.');
        let literal = host.starts_with('[');
        let dane = if literal || (wishes.tls_optional && !wishes.require_tls) {
            Dane::Absent
        } else {
            self.dane(destination, host, addresses, port).await
        };
        demand::decide(Findings {
            domain: &destination.domain,
            host,
            host_signed: destination.mx_validated || destination.implicit,
            sts: destination.sts.as_ref(),
            dane,
            ratchet: destination.ratchet_holds(),
            wishes,
        })
    }

    /// After a handshake under `demand`, or after sending in clear (`None`): notes what was seen.
    ///
    /// # Errors
    /// The store's.
    pub async fn learned(
        &self,
        destination: &Destination,
        demand: &TlsDemand,
        proof: Option<Proof>,
    ) -> store::Result<()> {
        let Some(wall) = destination.wall else {
            return Ok(());
        };
        let fresh = destination
            .verified_tls
            .is_some_and(|at| (at..at.saturating_add(NOTE_AGAIN)).contains(&wall));
        let note = match proof {
            Some(Proof::WebPki { dated: true }) if fresh => return Ok(()),
            Some(Proof::WebPki { dated: true }) => Some(wall),
            _ if demand.let_go => None,
            _ => return Ok(()),
        };
        if destination.domain.starts_with('[') {
            return Ok(());
        }
        self.inner
            .note(&destination.domain, move |notes| notes.verified_tls = note)
            .await
    }

    /// RFC 7672 §2.2.2, §2.2.3.
    async fn dane(
        &self,
        destination: &Destination,
        host: &str,
        addresses: AddressFacts<'_>,
        port: u16,
    ) -> Dane {
        if !destination.mx_validated || !addresses.validated {
            return Dane::Absent;
        }
        let canonical = addresses.canonical.trim_end_matches('.');
        let expanded = (!canonical.is_empty() && canonical != host).then_some(canonical);
        for base in expanded.into_iter().chain([host]) {
            let name = dns::tlsa_name(port, base);
            let answer = match self.inner.fetcher.resolver.lookup(&name, Kind::Tlsa).await {
                Ok(answer) if answer.validated => answer,
                Ok(_) => continue,
                Err(failure) if failure.is_permanent() => continue,
                Err(failure) => return Dane::Failed(format!("{name}: {failure}")),
            };
            let records = answer.data.into_iter().filter_map(|data| match data {
                Data::Tlsa {
                    usage,
                    selector,
                    matching,
                    data,
                } => Some(Tlsa {
                    usage,
                    selector,
                    matching,
                    data,
                }),
                _ => None,
            });
            let mut names = vec![base.to_owned(), destination.domain.clone()];
            names.extend(destination.canonical.clone());
            names.dedup();
            return Dane::Records(records.collect(), names);
        }
        Dane::Absent
    }
}

impl Destination {
    fn ratchet_holds(&self) -> bool {
        match (self.verified_tls, self.wall) {
            (Some(seen), Some(wall)) => wall < seen.saturating_add(RATCHET_HOLDS),
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

impl Inner {
    /// What is noted of `domain`, its policy brought up to date.
    async fn policy(&self, domain: &str, wall: Option<i64>) -> store::Result<DestinationNotes> {
        let mut notes = self
            .store
            .read()?
            .destination_notes(domain)?
            .unwrap_or_default();
        let Some(id) = self.announced(domain).await else {
            return Ok(notes);
        };
        let known = notes.sts.as_ref().filter(|sts| is_running(sts, wall));
        if known.is_some_and(|sts| sts.id == id) || self.failed_lately(domain) {
            return Ok(notes);
        }
        match self.fetch(domain, id, wall).await {
            Ok(record) => notes.sts = Some(record),
            Err(words) => log::info(0, format_args!("MTA-STS: {words}")),
        }
        Ok(notes)
    }

    /// The `id` of the policy that the domain says it has.
    async fn announced(&self, domain: &str) -> Option<String> {
        let name = format!("_mta-sts.{domain}");
        let answer = self.fetcher.resolver.lookup(&name, Kind::Txt).await.ok()?;
        sts::record_id(answer.data.iter().filter_map(|data| match data {
            Data::Txt(text) => Some(text.as_slice()),
            _ => None,
        }))
    }

    /// Fetches the policy and keeps it.
    async fn fetch(
        &self,
        domain: &str,
        id: String,
        wall: Option<i64>,
    ) -> Result<StsRecord, String> {
        let Policy { mode, mx, max_age } = match self.fetcher.fetch(domain, wall).await {
            Ok(policy) => policy,
            Err(words) => {
                self.note_failure(domain);
                return Err(words);
            }
        };
        // One that was fetched before the time was known counts as run out afterwards.
        let fetched = wall.unwrap_or(0);
        let record = StsRecord {
            id,
            mode,
            mx,
            max_age,
            fetched,
        };
        let kept = record.clone();
        self.note(domain, move |notes| notes.sts = Some(kept))
            .await
            .map_err(|error| format!("the policy of {domain} could not be kept: {error}"))?;
        Ok(record)
    }

    /// Changes what is noted of a destination.
    async fn note(
        &self,
        domain: &str,
        change: impl FnOnce(&mut DestinationNotes) + Send + 'static,
    ) -> store::Result<()> {
        let domain = domain.to_owned();
        let deed = self.store.write(move |tx| {
            let mut notes = tx.destination_notes(&domain)?.unwrap_or_default();
            change(&mut notes);
            tx.set_destination_notes(&domain, &notes)
        });
        deed.await
    }

    fn failed_lately(&self, domain: &str) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed
            .get(domain)
            .is_some_and(|at| at.elapsed() < FETCH_AGAIN)
    }

    fn note_failure(&self, domain: &str) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.retain(|_, at| at.elapsed() < FETCH_AGAIN);
        if failed.len() < MOST_FAILED {
            failed.insert(domain.to_owned(), Instant::now());
        }
    }
}

/// Whether a policy has not run out. One from the future was fetched by a clock that was wrong; it counts as run out.
fn is_running(sts: &StsRecord, wall: Option<i64>) -> bool {
    let Some(wall) = wall else {
        return true;
    };
    let age = i64::try_from(sts.max_age).unwrap_or(i64::MAX);
    (sts.fetched..sts.fetched.saturating_add(age)).contains(&wall)
}
