//! A session's log-ins before the accounts: asks, sees to it that a SCRAM log-in that comes to nothing counts as a guess, and
//! notices when what somebody logged in with has become void.

use std::net::IpAddr;

use sasl::{Barred, Question, ScramKeys};
use store::{AccountId, Read as _};

use crate::accounts::{Accounts, Proved, Seen, Verified, used_at};
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
    /// Which of their passwords they came in with.
    proved: Proved,
    /// Whose SCRAM keys were given to be proved in vain, and why.
    barred: Option<(AccountId, Barred)>,
    /// When the log-in was last known to hold.
    seen: Seen,
}

/// What the accounts say, with keys for those who do not exist.
pub(crate) enum Judged {
    /// The password is right.
    Right(AccountId),
    /// It is not.
    Wrong,
    /// It is right, and all the same does not open this door.
    Barred(Barred),
    /// SCRAM keys to go on with, of somebody who is refused once they have proved them.
    KeysBarred(ScramKeys, Barred),
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
            proved: Proved::Own,
            barred: None,
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
                let password = match question {
                    Question::Password { password, .. } => Some(password),
                    Question::ScramKeys { .. } => None,
                };
                match self.accounts.admit(account, password, self.service) {
                    Ok(Ok(proved)) => {
                        self.proved = proved;
                        if proved != Proved::Own {
                            self.seen = self.seen.by_program();
                        }
                        self.logged_in(Some(account));
                        Judged::Right(account)
                    }
                    Ok(Err(barred)) => {
                        self.tell_barred(account, barred);
                        Judged::Barred(barred)
                    }
                    Err(error) => self.cannot_read(&error),
                }
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
                    Some((account, keys)) => {
                        match self.accounts.admit(account, None, self.service) {
                            Ok(Ok(proved)) => {
                                self.proved = proved;
                                Judged::Keys(account, keys)
                            }
                            Ok(Err(barred)) => {
                                self.barred = Some((account, barred));
                                Judged::KeysBarred(keys, barred)
                            }
                            Err(error) => self.cannot_read(&error),
                        }
                    }
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

    /// To be told when somebody has proved what opens nothing here: it was no guess.
    pub(crate) fn proved_in_vain(&mut self) {
        if let Some(user) = self.unproved.take() {
            self.accounts.scram_succeeded(&user, self.peer);
        }
        if let Some((account, barred)) = self.barred.take() {
            self.tell_barred(account, barred);
        }
    }

    fn tell_barred(&self, account: AccountId, barred: Barred) {
        let read = self.accounts.store().read();
        let who = match read.and_then(|read| read.account(account)) {
            Ok(found) => found.address.to_string(),
            Err(_) => format!("person {}", account.0),
        };
        let why = match barred {
            Barred::OwnPassword => {
                "refused: two-step sign-in is on, so their own password opens no mail; the program needs an app password (the setup page, or `pillarbox account app-password add`)"
            }
            Barred::OtherDoor => "refused: this app password was not made for this service",
        };
        log::info(
            self.number,
            format_args!("{} {}: {who} {why}", self.service, self.peer),
        );
    }

    /// What a password may open cannot be said: nobody comes in.
    fn cannot_read(&self, error: &store::Error) -> Judged {
        log::error(
            self.number,
            format_args!("cannot read what a password opens: {error}"),
        );
        Judged::TryLater
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
        let at = used_at(self.service);
        self.accounts.note_use(account, self.proved, at, self.peer);
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
        self.barred = None;
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
