//! The household: people, their passwords, app passwords and aliases; whose mail an address is; and how many guesses anyone gets.
//!
//! ```text
//! verify        a log-in judged: remembered? too many guesses? the hash
//! passwords     argon2id and SCRAM keys      app_passwords  long random ones for programs
//! hashing       the one thread that hashes   proofs           passwords judged of late, in memory only (guesses: [`crate::bans`])
//! generations   which open sessions came in with a secret that is void now
//! admission     what a password that is right may open          uses      when, where and from where each was last used
//! totp, recovery  one-time codes, and those for when their device is lost   two_steps  the second step before the setup page
//! recipient     whose mail an address is     people, aliases  deeds of the owner
//! owner         whose the box is             sign_in          the owner before the setup page
//! ```
//!
//! Promises: a password is never stored, logged or kept in memory longer than its check; a name that nobody has costs a guesser the same time as
//! one that somebody has; guessing is slowed by address and by person, and neither a right password nor a program that repeats one wrong password
//! counts as guessing; all tables are bounded. What it cannot do: it cannot tell a repeated wrong password from a new one with SCRAM, where
//! the password never arrives; and SCRAM works with a person's own password only, because it names the person before it is known which app password
//! is meant.

mod admission;
mod aliases;
mod app_passwords;
mod generations;
mod hashing;
mod memory;
mod owner;
mod passwords;
mod people;
mod proofs;
mod random;
mod recipient;
mod recovery;
mod refusal;
mod sign_in;
mod totp;
mod two_steps;
mod uses;
mod verify;

use std::sync::Arc;

use mail::Address;
use store::{AccountId, Read, Store};
use zeroize::Zeroizing;

pub use admission::USUAL_DOORS;
pub(crate) use admission::{Proved, door_names, parse_doors, used_at};
pub(crate) use aliases::destination;
pub(crate) use generations::Seen;
pub use owner::Owner;
pub use passwords::{ARGON2_MEMORY_KIB, ARGON2_PASSES};
pub(crate) use passwords::{acceptable as acceptable_password, acceptable_hash};
pub use people::{AppMember, Member, NewAppPassword, UNLIMITED};
pub use random::readable_password;
pub(crate) use recipient::REPORTS;
pub use recipient::{Forward, Recipient};
pub use refusal::{Refusal, RefusalKind};
pub use two_steps::{Enrolment, SecondStep, TwoSteps};
pub(crate) use uses::network_text;
pub use verify::Verified;

use crate::bans::Bans;
use crate::settings::{LoginLimits, Settings};
use generations::Generations;
use hashing::Hasher;
use memory::Memory;
use two_steps::WrongCodes;
use uses::Uses;

/// A handle to the household; clones share it.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    /// Folded.
    hostname: String,
    /// As set, folded; empty: the host name and the domains of the people.
    domains: Vec<String>,
    hasher: Hasher,
    memory: Memory,
    generations: Arc<Generations>,
    uses: Arc<Uses>,
    wrong_codes: Arc<WrongCodes>,
    /// What hashing and memory were made for.
    limits: LoginLimits,
    /// What an unknown name's password is checked against.
    decoy_hash: String,
    decoy_seed: Zeroizing<[u8; 32]>,
}

impl Accounts {
    /// The household in this store. Starts the hashing thread.
    ///
    /// # Errors
    /// No thread, or no random numbers.
    pub fn new(store: Store, settings: &Settings) -> std::io::Result<Accounts> {
        let limits = &settings.limits.login;
        let mut decoy_seed = Zeroizing::new([0; 32]);
        random::fill(&mut *decoy_seed)?;
        let hasher = Hasher::start(limits.hashes_waiting)?;
        let bans = Bans::open(&store, &settings.limits, std::time::Instant::now());
        let memory = Memory::new(limits, bans)?;
        Ok(Accounts {
            inner: Arc::new(Inner {
                store,
                hostname: settings.hostname.to_ascii_lowercase(),
                domains: settings.domains.clone(),
                hasher,
                memory,
                generations: Arc::default(),
                uses: Arc::default(),
                wrong_codes: Arc::default(),
                limits: limits.clone(),
                decoy_hash: passwords::decoy()?,
                decoy_seed,
            }),
        })
    }

    /// The same people under other settings: who has guessed, who has logged in and whose secrets have changed is remembered on, and no thread is made, unless the limits
    /// of log-ins are others.
    ///
    /// # Errors
    /// No thread, or no random numbers.
    pub fn under(&self, settings: &Settings) -> std::io::Result<Accounts> {
        let (old, limits) = (&self.inner, &settings.limits.login);
        let bans = self.bans();
        bans.under(&settings.limits, std::time::Instant::now());
        let (hasher, memory) = if old.limits == *limits {
            (old.hasher.clone(), old.memory.clone())
        } else {
            (
                Hasher::start(limits.hashes_waiting)?,
                Memory::new(limits, bans.clone())?,
            )
        };
        Ok(Accounts {
            inner: Arc::new(Inner {
                store: old.store.clone(),
                hostname: settings.hostname.to_ascii_lowercase(),
                domains: settings.domains.clone(),
                hasher,
                memory,
                generations: old.generations.clone(),
                uses: old.uses.clone(),
                wrong_codes: old.wrong_codes.clone(),
                limits: limits.clone(),
                decoy_hash: old.decoy_hash.clone(),
                decoy_seed: old.decoy_seed.clone(),
            }),
        })
    }

    /// What is remembered of strangers.
    pub(crate) fn bans(&self) -> &Bans {
        self.inner.memory.bans()
    }

    /// The store that they live in.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// What a session keeps to ask [`Accounts::outdated`] with; to be taken before its log-in is judged.
    pub(crate) fn seen(&self) -> Seen {
        self.inner.generations.now()
    }

    /// Whether what the person logged in with has become void since; says so once, and costs a look at one number as long as nobody's password changes.
    pub(crate) fn outdated(&self, account: AccountId, seen: &mut Seen) -> bool {
        self.inner.generations.outdated(account, seen)
    }

    /// The person's secrets have changed on the disk: forgets what is remembered of the old ones, and has idle sessions look.
    fn secrets_changed(&self, account: AccountId) {
        self.inner.memory.changed();
        self.inner.generations.bump(account);
        self.inner.store.wake(account).notify(usize::MAX);
    }

    /// One of the person's app passwords has gone; their own password is what it was.
    fn programs_changed(&self, account: AccountId) {
        self.inner.memory.changed();
        self.inner.generations.bump_programs(account);
        self.inner.store.wake(account).notify(usize::MAX);
    }

    /// The number of the last change of this person's own password, for those who came in with it.
    pub(crate) fn own_password_number(&self, account: AccountId) -> u64 {
        self.inner.generations.own(account)
    }

    /// The person's own password is another, or none; their app passwords are what they were. Sessions that came in with one of those go on.
    fn own_password_changed(&self, account: AccountId) {
        self.inner.memory.changed();
        self.inner.generations.bump_own(account);
        self.inner.store.wake(account).notify(usize::MAX);
    }

    /// Whether mail to `domain` is the house's own.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn is_own_domain(&self, read: &impl Read, domain: &str) -> store::Result<bool> {
        let domain = domain.strip_suffix('.').unwrap_or(domain);
        let known = |own: &str| mail::domains_equal(own, domain);
        if known(&self.inner.hostname) || self.inner.domains.iter().any(|own| known(own)) {
            return Ok(true);
        }
        let by_people = self.inner.domains.is_empty();
        Ok(by_people
            && read
                .accounts()?
                .iter()
                .any(|account| known(account.address.domain())))
    }

    /// Every domain whose mail the house takes, as [`Accounts::is_own_domain`] judges: folded, each once, the main one first.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn own_domains(&self) -> store::Result<Vec<String>> {
        let mut domains = self.inner.domains.clone();
        domains.push(self.inner.hostname.clone());
        if self.inner.domains.is_empty() {
            let people = self.inner.store.read()?.accounts()?;
            domains.extend(
                people
                    .iter()
                    .map(|person| person.address.fold().domain().to_owned()),
            );
        }
        let mut seen = std::collections::HashSet::new();
        domains.retain(|domain| seen.insert(aliases::folded(domain)));
        Ok(domains)
    }

    /// The person who logs in as `user`: a whole address, or a bare name that only one person has.
    fn account_of(&self, read: &impl Read, user: &str) -> store::Result<Option<AccountId>> {
        if user.contains('@') {
            return match Address::parse(user) {
                Ok(address) => read.account_by_address(&address.fold()),
                Err(_) => Ok(None),
            };
        }
        let name = user.to_ascii_lowercase();
        let accounts = read.accounts()?;
        let mut matching = accounts
            .iter()
            .filter(|account| account.address.fold().local() == name);
        let first = matching.next().map(|account| account.id);
        Ok(first.filter(|_| matching.next().is_none()))
    }
}

#[cfg(test)]
#[path = "accounts_tests.rs"]
mod tests;
