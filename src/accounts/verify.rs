//! A log-in judged: is it remembered, are there too many guesses, and only then the hash.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use async_io::Timer;
use sasl::{Question, ScramKeys, Secret};
use store::{AccountId, Credentials, Read as _};

use super::memory::{Purpose, Treatment};
use super::{Accounts, app_passwords, passwords};
use crate::bans::{Turn, Whom};
use crate::log;

/// The answer to a [`Question`].
#[derive(Debug)]
pub enum Verified {
    /// To [`Question::Password`]: whose password it is; `None`: wrong name or password, or not theirs to act for.
    Password(Option<AccountId>),
    /// To [`Question::ScramKeys`]: the keys and whose they are; `None`: nobody's ([`Accounts::decoy_keys`] makes some that open nothing).
    Scram(Option<(AccountId, ScramKeys)>),
    /// Too many guesses, too many at once, or the store cannot be read: no one is told whether the password was right.
    TryLater,
}

impl Accounts {
    /// Answers what a log-in of a client at `peer` asks. Takes the time of a hash, once in ten minutes for each right password, and longer for a
    /// client that guesses.
    pub async fn verify(&self, question: &Question, peer: IpAddr) -> Verified {
        match question {
            Question::Password {
                authzid,
                user,
                password,
            } => self.verify_password(authzid, user, password, peer).await,
            Question::ScramKeys { authzid, user } => self.scram_keys(authzid, user, peer).await,
        }
    }

    /// A SCRAM log-in for which this answered keys came to nothing: it was a guess. Told by whoever drove it, because the proof
    /// never comes here.
    pub fn scram_failed(&self, user: &str, peer: IpAddr) {
        let memory = &self.inner.memory;
        memory.unseen_was_wrong(peer, self.whom(user), Instant::now());
    }

    /// It has succeeded, and was no guess.
    pub fn scram_succeeded(&self, user: &str, peer: IpAddr) {
        let memory = &self.inner.memory;
        memory.unseen_was_right(peer, self.whom(user), Instant::now());
    }

    /// The person has logged in from there: what others do to their name does not slow them down there any more.
    pub fn logged_in_from(&self, account: AccountId, peer: IpAddr) {
        self.inner
            .memory
            .bans()
            .right(peer, account, Instant::now());
    }

    /// Under whom a log-in with this name is counted.
    pub(super) fn whom(&self, user: &str) -> Whom {
        let found = self.inner.store.read();
        let found = found.and_then(|read| self.account_of(&read, user));
        self.inner.memory.whom(found.ok().flatten(), user)
    }

    /// Keys that no password opens, the same for the same name as long as the box runs.
    pub fn decoy_keys(&self, user: &str) -> ScramKeys {
        ScramKeys::decoy(
            self.inner.decoy_seed.as_slice(),
            user,
            ScramKeys::DEFAULT_ITERATIONS,
        )
    }

    async fn verify_password(
        &self,
        authzid: &str,
        user: &str,
        password: &Secret,
        peer: IpAddr,
    ) -> Verified {
        let look = || self.look_up(user).map(|found| self.for_programs(found));
        match self
            .judge_once(user, password, peer, Purpose::LogIn, look)
            .await
        {
            Some(found) => self.acting_as(authzid, found),
            None => Verified::TryLater,
        }
    }

    /// A name and a password judged: from memory, with the delay that guesses have earned, by one hash however many bring the same. The outer `None`: it cannot be
    /// said now. `look` finds whom they may be of.
    pub(super) async fn judge_once(
        &self,
        user: &str,
        password: &Secret,
        peer: IpAddr,
        purpose: Purpose,
        look: impl Fn() -> store::Result<Option<(AccountId, Credentials)>>,
    ) -> Option<Option<AccountId>> {
        let whom = self.whom(user);
        let (judging, delay, turn) = loop {
            let memory = &self.inner.memory;
            match memory.treat(user, whom, password, peer, purpose, Instant::now()) {
                Treatment::Known(found) => return Some(found),
                Treatment::TryLater => return None,
                Treatment::Wait(first) => first.await,
                Treatment::Judge(judging, delay, turn) => break (judging, delay, turn),
            }
        };
        if delay > Duration::ZERO {
            Timer::after(delay).await;
        }
        let judged = match look() {
            Ok(stored) => self.judge(password, stored, turn).await,
            Err(error) => {
                log::error(0, format_args!("cannot read who logs in: {error}"));
                None
            }
        };
        match judged {
            Some(found) => {
                judging.found(found, Instant::now());
                Some(found)
            }
            None => {
                judging.given_up(Instant::now());
                None
            }
        }
    }

    /// What a program may log in with: an own password that was given to sign in once is not among it.
    fn for_programs(
        &self,
        found: Option<(AccountId, Credentials)>,
    ) -> Option<(AccountId, Credentials)> {
        let (account, credentials) = found?;
        let owner = self.inner.store.read().and_then(|read| read.owner());
        let once = matches!(owner, Ok(store::Owner::Person { account: owner, once: true }) if owner == account);
        if once {
            let apps_alone = Credentials {
                password: None,
                scram: None,
                ..credentials
            };
            return Some((account, apps_alone));
        }
        Some((account, credentials))
    }

    /// One argon2id whatever is found, so that time tells nothing. The outer `None`: the queue is full.
    async fn judge(
        &self,
        password: &Secret,
        stored: Option<(AccountId, Credentials)>,
        turn: Turn,
    ) -> Option<Option<AccountId>> {
        let (account, credentials) = match stored {
            Some((account, credentials)) => (Some(account), credentials),
            None => (None, Credentials::default()),
        };
        let is_app_password = credentials
            .app_passwords
            .iter()
            .any(|stored| app_passwords::matches(password, &stored.hash));
        if is_app_password {
            return Some(account);
        }
        let hash = match credentials.password {
            Some(hash) => hash,
            None => self.inner.decoy_hash.clone(),
        };
        let password = password.clone();
        let right = self
            .inner
            .hasher
            .run(turn, move |scratch| {
                passwords::matches(&password, &hash, scratch)
            })
            .await?;
        Some(account.filter(|_| right))
    }

    async fn scram_keys(&self, authzid: &str, user: &str, peer: IpAddr) -> Verified {
        let (memory, whom) = (&self.inner.memory, self.whom(user));
        match memory.begin_unseen(peer, whom, Instant::now()) {
            None => return Verified::TryLater,
            Some(Duration::ZERO) => {}
            Some(delay) => {
                Timer::after(delay).await;
            }
        }
        let Ok(stored) = self.look_up(user) else {
            memory.unseen_was_right(peer, whom, Instant::now());
            return Verified::TryLater;
        };
        let keys = self
            .for_programs(stored)
            .and_then(|(account, credentials)| {
                let scram = credentials.scram?;
                let keys = ScramKeys {
                    salt: scram.salt.clone(),
                    iterations: scram.iterations,
                    stored_key: scram.stored_key,
                    server_key: scram.server_key,
                };
                Some((account, keys))
            });
        Verified::Scram(keys.filter(|(account, _)| self.may_act(authzid, *account)))
    }

    fn acting_as(&self, authzid: &str, found: Option<AccountId>) -> Verified {
        Verified::Password(found.filter(|account| self.may_act(authzid, *account)))
    }

    /// Nobody acts for anybody else: the identity asked for is empty or the person's own (RFC 4422 §3.4.1).
    fn may_act(&self, authzid: &str, account: AccountId) -> bool {
        authzid.is_empty()
            || self
                .look_up(authzid)
                .is_ok_and(|found| found.is_some_and(|(other, _)| other == account))
    }

    fn look_up(&self, user: &str) -> store::Result<Option<(AccountId, Credentials)>> {
        let look = || {
            let read = self.inner.store.read()?;
            let Some(account) = self.account_of(&read, user)? else {
                return Ok(None);
            };
            Ok(Some((account, read.credentials(account)?)))
        };
        look().inspect_err(|error| log::error(0, format_args!("cannot read who logs in: {error}")))
    }
}
