//! IMAP and POP3 sessions as the network drives them: each step's wish goes to the accounts, the store's writer or the network.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use event_listener::Event;
use sasl::{ChannelBinding, Question};
use store::AccountId;

use crate::log;
use crate::login::{Judged, Logins};
use crate::net::{Arrival, Conversation, Next, Secured};
use crate::reception::Desk;

/// Octets read at once from someone who is logged in: APPEND brings messages.
const LOGGED_IN_APPETITE: usize = 64 * 1024;
/// The same from a stranger, whose commands are short.
const STRANGER_APPETITE: usize = 4 * 1024;

/// An IMAP session.
pub(crate) fn imap(
    desk: Arc<Desk>,
    arrival: &Arrival,
    secured: Option<Secured>,
    nonce_seed: [u8; 32],
    now: Instant,
) -> Box<dyn Conversation> {
    let profile = imap::Profile {
        hostname: desk.hostname.clone(),
        tls: match secured {
            Some(secured) => imap::Tls::Active(some(secured.binding)),
            None => imap::Tls::Available,
        },
        nonce_seed,
    };
    Box::new(Imap {
        session: imap::Session::new(desk.store.clone(), profile, desk.imap.clone(), now),
        logins: Logins::new(desk.accounts.clone(), arrival),
        number: arrival.number,
        desk,
        errand: Errand::None,
        waits_for: Vec::new(),
        wakes: Vec::new(),
    })
}

/// A POP3 session.
pub(crate) fn pop3(
    desk: Arc<Desk>,
    arrival: &Arrival,
    secured: Option<Secured>,
    seed: [u8; 32],
    now: Instant,
) -> Box<dyn Conversation> {
    let profile = pop3::Profile {
        hostname: desk.hostname.clone(),
        tls: match secured {
            Some(secured) => pop3::Tls::Active(some(secured.binding).map(Box::new)),
            None => pop3::Tls::Available,
        },
        cleartext_login: false,
        seed,
    };
    Box::new(Pop3 {
        session: pop3::Session::new(desk.store.clone(), profile, desk.pop3.clone(), now),
        logins: Logins::new(desk.accounts.clone(), arrival),
        number: arrival.number,
        errand: Errand::None,
    })
}

/// What [`Conversation::work`] is to do.
enum Errand<P> {
    None,
    Verify(Question),
    Commit(P),
}

struct Imap {
    session: imap::Session,
    logins: Logins,
    /// Of the session in the log.
    number: u64,
    desk: Arc<Desk>,
    errand: Errand<imap::Pending>,
    /// Whose news the client waits for, and their wakes: one and the same length.
    waits_for: Vec<AccountId>,
    wakes: Vec<Arc<Event>>,
}

impl Conversation for Imap {
    fn feed(&mut self, octets: &[u8]) {
        self.session.feed(octets);
    }

    fn step(&mut self, now: Instant, out: &mut Vec<u8>) -> Next {
        if self.logins.void(self.session.account()) {
            self.session.shutdown();
        }
        let now = imap::Now {
            instant: now,
            unix: self.desk.clock.unix(),
        };
        let next = match self.session.step(now, out) {
            imap::Step::Read => Next::Read,
            imap::Step::More => Next::More,
            imap::Step::StartTls => Next::StartTls,
            imap::Step::Compress => Next::Compress,
            imap::Step::Uncompress => Next::Uncompress,
            imap::Step::Verify(question) => {
                self.errand = Errand::Verify(question);
                Next::Work
            }
            imap::Step::Commit(pending) => {
                self.errand = Errand::Commit(pending);
                Next::Work
            }
            // Every answer is given before the next step, so there is nothing to wait for.
            imap::Step::Wait | imap::Step::Close => Next::Close,
        };
        if self.session.proved_in_vain() {
            self.logins.proved_in_vain();
        }
        self.logins.logged_in(self.session.account());
        if let Some(trouble) = self.session.trouble() {
            log::error(self.number, format_args!("IMAP: {trouble}"));
            self.desk.health.cannot_keep_mail(&trouble);
        }
        let wanted = self.session.wants_wakes();
        if wanted != self.waits_for {
            let store = &self.desk.store;
            self.wakes = wanted.iter().map(|who| store.wake(*who)).collect();
            self.waits_for = wanted;
        }
        next
    }

    fn work(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            match std::mem::replace(&mut self.errand, Errand::None) {
                Errand::None => {}
                Errand::Commit(pending) => self.session.committed(pending.await),
                Errand::Verify(question) => {
                    let judged = self.logins.judge(&question).await;
                    self.session.verified(match judged {
                        Judged::Right(account) => imap::Verified::Password(Some(account)),
                        Judged::Wrong => imap::Verified::Password(None),
                        Judged::Barred(barred) => imap::Verified::Barred(barred),
                        Judged::KeysBarred(keys, barred) => {
                            imap::Verified::KeysBarred(keys, barred)
                        }
                        Judged::Keys(account, keys) => imap::Verified::Scram(Some((account, keys))),
                        Judged::Decoy(keys) => imap::Verified::Decoy(keys),
                        Judged::TryLater => imap::Verified::TryLater,
                    });
                }
            }
        })
    }

    fn deadline(&self) -> Instant {
        self.session.deadline()
    }

    fn wakes(&self) -> &[Arc<Event>] {
        &self.wakes
    }

    fn woken(&mut self) {
        self.session.woken();
    }

    fn appetite(&self) -> usize {
        appetite(self.session.account().is_some())
    }

    fn shutdown(&mut self, out: &mut Vec<u8>) {
        self.session.shutdown();
        self.step(Instant::now(), out);
    }

    fn tls_started(&mut self, secured: Secured) {
        self.session.tls_started(some(secured.binding));
    }

    fn compression_begun(&mut self) -> Vec<u8> {
        self.session.compression_begun()
    }
}

struct Pop3 {
    session: pop3::Session,
    logins: Logins,
    number: u64,
    errand: Errand<pop3::Pending>,
}

impl Conversation for Pop3 {
    fn feed(&mut self, octets: &[u8]) {
        self.session.feed(octets);
    }

    fn step(&mut self, now: Instant, out: &mut Vec<u8>) -> Next {
        if self.logins.void(self.session.account()) {
            self.session.shutdown();
        }
        let next = match self.session.step(now, out) {
            pop3::Step::Read => Next::Read,
            pop3::Step::More => Next::More,
            pop3::Step::StartTls => Next::StartTls,
            pop3::Step::Verify(question) => {
                self.errand = Errand::Verify(question);
                Next::Work
            }
            pop3::Step::Commit(pending) => {
                self.errand = Errand::Commit(pending);
                Next::Work
            }
            pop3::Step::Close => Next::Close,
        };
        if self.session.proved_in_vain() {
            self.logins.proved_in_vain();
        }
        self.logins.logged_in(self.session.account());
        if let Some(trouble) = self.session.trouble() {
            log::error(self.number, format_args!("reading mail: {trouble}"));
        }
        next
    }

    fn work(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            match std::mem::replace(&mut self.errand, Errand::None) {
                Errand::None => {}
                Errand::Commit(pending) => {
                    let committed = pending.await;
                    if let Some(error) = committed.error() {
                        log::error(self.number, format_args!("deleting mail: {error}"));
                    }
                    self.session.committed(committed);
                }
                Errand::Verify(question) => {
                    let judged = self.logins.judge(&question).await;
                    self.session.verified(match judged {
                        Judged::Right(account) => pop3::Verified::Account(account),
                        Judged::Wrong => pop3::Verified::Wrong,
                        Judged::Barred(barred) => pop3::Verified::Barred(barred),
                        Judged::KeysBarred(keys, barred) => {
                            pop3::Verified::KeysBarred(keys, barred)
                        }
                        Judged::Keys(account, keys) => pop3::Verified::Keys(account, keys),
                        Judged::Decoy(keys) => pop3::Verified::Decoy(keys),
                        Judged::TryLater => pop3::Verified::Unavailable,
                    });
                }
            }
        })
    }

    fn deadline(&self) -> Instant {
        self.session.deadline()
    }

    fn appetite(&self) -> usize {
        STRANGER_APPETITE
    }

    fn shutdown(&mut self, out: &mut Vec<u8>) {
        self.session.shutdown();
        self.step(Instant::now(), out);
    }

    fn tls_started(&mut self, secured: Secured) {
        self.session.tls_started(some(secured.binding));
    }
}

fn appetite(logged_in: bool) -> usize {
    if logged_in {
        LOGGED_IN_APPETITE
    } else {
        STRANGER_APPETITE
    }
}

/// A binding that binds nothing is none.
pub(crate) fn some(binding: ChannelBinding) -> Option<ChannelBinding> {
    Some(binding).filter(|binding| !binding.is_empty())
}
