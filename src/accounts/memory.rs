//! What the box remembers of log-ins while it runs: passwords judged of late, guesses, and who is being judged at this moment.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_listener::{Event, EventListener};
use sasl::Secret;
use store::AccountId;

use super::guesses::{Guesses, Who, is_home};
use super::proofs::{Proof, Proofs};
use crate::settings::LoginLimits;

/// A handle; clones share it. The lock is held for a few table look-ups and never across a wait.
#[derive(Clone)]
pub(super) struct Memory {
    tables: Arc<Mutex<Tables>>,
}

struct Tables {
    proofs: Proofs,
    guesses: Guesses,
    /// The same password for the same name is hashed once, however many connections bring it at once: they wait for the first.
    judging: HashMap<Proof, Arc<Event>>,
    /// How many are judged for each address on the internet.
    by_address: HashMap<Who, usize>,
    per_address: usize,
    /// Counts changes of people and passwords: what was judged before one is not remembered after it.
    changes: u64,
}

/// What a password is to open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// A session of a mail program.
    LogIn,
    /// The setup page.
    SignIn,
}

/// How a password that came in is to be treated.
pub(super) enum Treatment {
    /// It was judged a short while ago.
    Known(Option<AccountId>),
    /// Another connection brought the same: wait, then ask again.
    Wait(EventListener),
    /// Judge it after this delay.
    Judge(Judging, Duration),
    /// Too many guesses, or too many at once.
    TryLater,
}

impl Memory {
    pub(super) fn new(limits: &LoginLimits) -> io::Result<Memory> {
        let tables = Tables {
            proofs: Proofs::new(limits.proof_time, limits.proofs)?,
            guesses: Guesses::new(limits),
            judging: HashMap::new(),
            by_address: HashMap::new(),
            per_address: limits.hashes_per_address,
            changes: 0,
        };
        Ok(Memory {
            tables: Arc::new(Mutex::new(tables)),
        })
    }

    pub(super) fn treat(
        &self,
        user: &str,
        password: &Secret,
        peer: IpAddr,
        purpose: Purpose,
        now: Instant,
    ) -> Treatment {
        let mut tables = self.lock();
        let proof = tables.proofs.of(user, password, purpose);
        let known = tables.proofs.look(&proof, now);
        if let Some(Some(account)) = known {
            return Treatment::Known(Some(account));
        }
        let Some(delay) = tables.guesses.delay(peer, user, now) else {
            return Treatment::TryLater;
        };
        if known.is_some() {
            return Treatment::Known(None);
        }
        if let Some(event) = tables.judging.get(&proof) {
            return Treatment::Wait(event.listen());
        }
        let address = (!is_home(peer)).then(|| Who::address(peer));
        if let Some(address) = &address {
            let most = tables.per_address;
            let here = tables.by_address.entry(address.clone()).or_default();
            if *here >= most {
                return Treatment::TryLater;
            }
            *here += 1;
            // Counted before it is judged, so that many at once do not all find a count of zero.
            tables.guesses.wrong(peer, user, now);
        }
        tables.judging.insert(proof, Arc::default());
        let judging = Judging {
            memory: self.clone(),
            proof,
            address,
            peer,
            user: user.to_owned(),
            changes: tables.changes,
        };
        Treatment::Judge(judging, delay)
    }

    /// The delay for a log-in whose password is never seen (SCRAM); `None`: come back later.
    pub(super) fn delay(&self, user: &str, peer: IpAddr, now: Instant) -> Option<Duration> {
        self.lock().guesses.delay(peer, user, now)
    }

    /// A SCRAM log-in that failed.
    pub(super) fn wrong(&self, user: &str, peer: IpAddr, now: Instant) {
        self.lock().guesses.wrong(peer, user, now);
    }

    /// People or passwords have changed.
    pub(super) fn changed(&self) {
        let mut tables = self.lock();
        tables.changes += 1;
        tables.proofs.forget();
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A password on its way to the hash and back. Dropped at any point (the client left), it lets those who wait for it try themselves.
pub(super) struct Judging {
    memory: Memory,
    proof: Proof,
    address: Option<Who>,
    peer: IpAddr,
    user: String,
    changes: u64,
}

impl Judging {
    /// What it came to.
    pub(super) fn found(self, account: Option<AccountId>, now: Instant) {
        let mut tables = self.memory.lock();
        if tables.changes == self.changes {
            tables.proofs.remember(self.proof, account, now);
        }
        match (account, &self.address) {
            (Some(_), Some(_)) => tables.guesses.take_back(self.peer, &self.user, now),
            (None, None) => tables.guesses.wrong(self.peer, &self.user, now),
            (Some(_), None) | (None, Some(_)) => {}
        }
    }

    /// Nobody could judge it (the queue is full): it was no guess.
    pub(super) fn given_up(self, now: Instant) {
        if self.address.is_some() {
            self.memory
                .lock()
                .guesses
                .take_back(self.peer, &self.user, now);
        }
    }
}

impl Drop for Judging {
    fn drop(&mut self) {
        let mut tables = self.memory.lock();
        if let Some(event) = tables.judging.remove(&self.proof) {
            event.notify(usize::MAX);
        }
        if let Some(address) = &self.address
            && let Some(here) = tables.by_address.get_mut(address)
        {
            *here = here.saturating_sub(1);
            if *here == 0 {
                tables.by_address.remove(address);
            }
        }
    }
}
