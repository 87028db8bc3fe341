//! A session's log-ins before the accounts: asks, sees to it that a SCRAM log-in that comes to nothing counts as a guess, and
//! notices when what somebody logged in with has become void.

use std::net::IpAddr;

use sasl::{Question, ScramKeys};
use store::{AccountId, Read as _};

use crate::accounts::{Accounts, Seen, Verified};
use crate::log;
use crate::net::Arrival;

/// One session's log-ins.
pub(crate) struct Logins {
    accounts: Accounts,
    peer: IpAddr,
    number: u64,
    service: crate::net::Service,
    /// Who was given SCRAM keys and has not proved anything yet.
    unproved: Option<Box<str>>,
    told: bool,
    /// When the log-in was last known to hold.
    seen: Seen,
}

/// What the accounts say, with keys for those who do not exist.
pub(crate) enum Judged {
    /// The password is right.
    Right(AccountId),
    /// It is not.
    Wrong,
    /// SCRAM keys to go on with.
    Keys(AccountId, ScramKeys),
    /// SCRAM keys that nothing opens.
    Decoy(ScramKeys),
    /// It cannot be said now.
    TryLater,
}

impl Logins {
    pub(crate) fn new(accounts: Accounts, arrival: &Arrival) -> Logins {
        Logins {
            seen: accounts.seen(),
            accounts,
            peer: arrival.peer.ip(),
            number: arrival.number,
            service: arrival.service,
            unproved: None,
            told: false,
        }
    }

    /// Answers the session's question.
    pub(crate) async fn judge(&mut self, question: &Question) -> Judged {
        self.nothing_proved();
        self.seen = self.accounts.seen();
        let user = match question {
            Question::Password { user, .. } | Question::ScramKeys { user, .. } => user,
        };
        match self.accounts.verify(question, self.peer).await {
            // The password was changed while it was judged.
            Verified::Password(Some(account))
                if self.accounts.outdated(account, &mut self.seen) =>
            {
                Judged::TryLater
            }
            Verified::Password(Some(account)) => {
                if let Question::Password { password, .. } = question
                    && self.accounts.is_of_a_program(account, password)
                {
                    self.seen = self.seen.by_program();
                }
                self.logged_in(Some(account));
                Judged::Right(account)
            }
            Verified::Password(None) => {
                // The name is not told: people type passwords where names belong.
                log::info(
                    self.number,
                    format_args!("{} {}: wrong password", self.service, self.peer),
                );
                Judged::Wrong
            }
            Verified::Scram(keys) => {
                self.unproved = Some(user.as_str().into());
                match keys {
                    Some((account, keys)) => Judged::Keys(account, keys),
                    None => Judged::Decoy(self.accounts.decoy_keys(user)),
                }
            }
            Verified::TryLater => {
                log::info(
                    self.number,
                    format_args!("{} {}: log-in put off", self.service, self.peer),
                );
                Judged::TryLater
            }
        }
    }

    /// To be told after each step who is logged in: with SCRAM only the session sees the proof.
    pub(crate) fn logged_in(&mut self, account: Option<AccountId>) {
        let Some(account) = account else {
            // IMAP's UNAUTHENTICATE: the next one to log in is told again.
            self.told = false;
            return;
        };
        if self.told {
            return;
        }
        self.told = true;
        if let Some(user) = self.unproved.take() {
            self.accounts.scram_succeeded(&user, self.peer);
        }
        self.accounts.logged_in_from(account, self.peer);
        self.accounts.bans().proved(self.number);
        let read = self.accounts.store().read();
        let (service, peer) = (self.service, self.peer);
        match read.and_then(|read| read.account(account)) {
            Ok(found) => {
                log::info(
                    self.number,
                    format_args!("{service} {peer}: {} logged in", found.address),
                );
            }
            Err(error) => log::error(self.number, error),
        }
    }

    /// To be asked before each step: whether what the session logged in with has become void, so that it has to say goodbye. True once.
    pub(crate) fn void(&mut self, account: Option<AccountId>) -> bool {
        let void = account.is_some_and(|account| self.accounts.outdated(account, &mut self.seen));
        if void {
            log::info(
                self.number,
                format_args!(
                    "{} {}: passwords of this person have changed, the session ends",
                    self.service, self.peer
                ),
            );
        }
        void
    }

    fn nothing_proved(&mut self) {
        if let Some(user) = self.unproved.take() {
            log::info(
                self.number,
                format_args!("{} {}: no proof of a password", self.service, self.peer),
            );
            self.accounts.scram_failed(&user, self.peer);
        }
    }
}

impl Drop for Logins {
    fn drop(&mut self) {
        self.nothing_proved();
    }
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
