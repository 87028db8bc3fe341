//! What the box remembers of log-ins while it runs: passwords judged of late, guesses, and who is being judged at this moment.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_listener::{Event, EventListener};
use sasl::Secret;
use store::AccountId;

use super::proofs::{Proof, Proofs};
use crate::bans::{Bans, Network, Turn, Whom};
use crate::settings::LoginLimits;

/// A handle; clones share it. The lock is held for a few table look-ups and never across a wait.
#[derive(Clone)]
pub(super) struct Memory {
    tables: Arc<Mutex<Tables>>,
    bans: Bans,
    /// Keys the hash of names that nobody has.
    names: RandomState,
}

struct Tables {
    proofs: Proofs,
    /// The same password for the same name is hashed once, however many connections bring it at once: they wait for the first.
    judging: HashMap<Proof, Arc<Event>>,
    /// How many are judged for each address on the internet.
    by_address: HashMap<Network, usize>,
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
    /// Judge it after this delay, in its turn.
    Judge(Judging, Duration, Turn),
    /// Too many guesses, or too many at once.
    TryLater,
}

impl Memory {
    pub(super) fn new(limits: &LoginLimits, bans: Bans) -> io::Result<Memory> {
        let tables = Tables {
            proofs: Proofs::new(limits.proof_time, limits.proofs)?,
            judging: HashMap::new(),
            by_address: HashMap::new(),
            per_address: limits.hashes_per_address,
            changes: 0,
        };
        Ok(Memory {
            tables: Arc::new(Mutex::new(tables)),
            bans,
            names: RandomState::new(),
        })
    }

    /// The bans that it counts in.
    pub(super) fn bans(&self) -> &Bans {
        &self.bans
    }

    /// Under whom a log-in is counted. Names that nobody has are counted like others; what differs behind the first 64 characters is the same to it.
    pub(super) fn whom(&self, account: Option<AccountId>, user: &str) -> Whom {
        account.map(Whom::Person).unwrap_or_else(|| {
            let mut name: String = user.chars().take(64).collect();
            name.make_ascii_lowercase();
            Whom::Name(self.names.hash_one(name))
        })
    }

    pub(super) fn treat(
        &self,
        user: &str,
        whom: Whom,
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
        let Some(delay) = self.bans.delay(peer, whom, now) else {
            return Treatment::TryLater;
        };
        if known.is_some() {
            return Treatment::Known(None);
        }
        if let Some(event) = tables.judging.get(&proof) {
            return Treatment::Wait(event.listen());
        }
        let turn = self.bans.turn(peer, whom, now);
        let address = (!self.bans.is_home(peer)).then(|| Network::guest(peer));
        if let Some(address) = address {
            let most = tables.per_address;
            let here = tables.by_address.entry(address).or_default();
            if *here >= most {
                return Treatment::TryLater;
            }
            *here += 1;
            // Counted before it is judged, so that many at once do not all find a count of zero.
            self.bans.guess(peer, whom, now);
        }
        tables.judging.insert(proof, Arc::default());
        let judging = Judging {
            memory: self.clone(),
            proof,
            address,
            peer,
            whom,
            changes: tables.changes,
        };
        Treatment::Judge(judging, delay, turn)
    }

    /// A log-in whose password is never seen (SCRAM) begins: its delay; `None`: come back later. From outside the house it counts until it has succeeded.
    pub(super) fn begin_unseen(&self, peer: IpAddr, whom: Whom, now: Instant) -> Option<Duration> {
        let delay = self.bans.delay(peer, whom, now)?;
        if !self.bans.is_home(peer) {
            self.bans.guess(peer, whom, now);
        }
        Some(delay)
    }

    /// It has succeeded, or nobody could judge it: it was no guess.
    pub(super) fn unseen_was_right(&self, peer: IpAddr, whom: Whom, now: Instant) {
        if !self.bans.is_home(peer) {
            self.bans.take_back(peer, whom, now);
        }
    }

    /// It came to nothing.
    pub(super) fn unseen_was_wrong(&self, peer: IpAddr, whom: Whom, now: Instant) {
        if self.bans.is_home(peer) {
            self.bans.guess(peer, whom, now);
        }
        self.bans.failed(peer, whom, now);
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
    address: Option<Network>,
    peer: IpAddr,
    whom: Whom,
    changes: u64,
}

impl Judging {
    /// What it came to.
    pub(super) fn found(self, account: Option<AccountId>, now: Instant) {
        let mut tables = self.memory.lock();
        if tables.changes == self.changes {
            tables.proofs.remember(self.proof, account, now);
        }
        let bans = &self.memory.bans;
        match (account, &self.address) {
            (Some(_), Some(_)) => bans.take_back(self.peer, self.whom, now),
            (None, None) => {
                bans.guess(self.peer, self.whom, now);
                bans.failed(self.peer, self.whom, now);
            }
            (None, Some(_)) => bans.failed(self.peer, self.whom, now),
            (Some(_), None) => {}
        }
    }

    /// Nobody could judge it (the queue is full): it was no guess.
    pub(super) fn given_up(self, now: Instant) {
        if self.address.is_some() {
            self.memory.bans.take_back(self.peer, self.whom, now);
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
