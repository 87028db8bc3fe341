//! A message received: the SMTP session driven, its recipients judged, its content collected and parsed once while it comes, and all of it
//! written in one deed before "250" is said.
//!
//! Promises: `250` comes after the commit that holds the message for every recipient ([`keep`]); a message that is refused, broken off or lost with its
//! connection leaves nothing; memory does not grow with the message. Only whoever is logged in can send to other hosts; a stranger's mail leaves the house only
//! where an alias leads ([`ways`]), from wherever the stranger connects.

mod author;
mod content;
mod header;
mod judgement;
mod keep;
mod letters;
mod own;
mod places;
mod refusal;
mod reported;
mod rewriting;
mod stranger;
#[cfg(test)]
mod tests;
mod ways;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use mail::Address;
use sasl::Question;
use smtp::Reply;
use smtp::server::{
    Envelope, Kind, Profile, RecipientQuery, RecipientVerdict, SenderVerdict, Session, Step, Tls,
    Verdict,
};
use store::{AccountId, Read as _};

use crate::accounts::{Recipient, destination};
use crate::bans::Network;
use crate::log;
use crate::login::{self, Logins};
use crate::net::{Arrival, Conversation, Next, Secured, Service};
use crate::reading::some;
use crate::reception::Desk;
use content::{Content, From};
#[allow(
    unused_imports,
    reason = "Noted is for whoever learns from what is stored"
)]
pub(crate) use judgement::{Judged, Noted, Turns, Wish};
use keep::keep;
pub(crate) use own::{Told, write as write_letter};
pub(crate) use rewriting::Rewriting;
use stranger::Stranger;

/// Octets read at once while a message comes, and otherwise.
const CONTENT_APPETITE: usize = 64 * 1024;
const COMMAND_APPETITE: usize = 16 * 1024;

/// An SMTP session.
pub(crate) fn conversation(
    desk: Arc<Desk>,
    arrival: &Arrival,
    secured: Option<Secured>,
    nonce_seed: [u8; 32],
    now: Instant,
) -> Box<dyn Conversation> {
    let (kind, limits) = match arrival.service {
        Service::Smtp => (Kind::World, desk.smtp.clone()),
        _ => (Kind::Submission, desk.submission.clone()),
    };
    let profile = Profile {
        kind,
        hostname: desk.hostname.to_string(),
        tls: match secured {
            Some(secured) => Tls::Active {
                description: describe(&secured),
                channel_binding: some(secured.binding),
            },
            None => Tls::Available,
        },
        peer: arrival.peer.ip(),
        nonce_seed,
        clock: desk.clock.machine().date(),
    };
    Box::new(Receiving {
        session: Session::new(profile, limits, now),
        logins: Logins::new(desk.accounts.clone(), arrival),
        stranger: Stranger::new(desk.accounts.bans(), arrival, kind, now),
        desk,
        number: arrival.number,
        kind,
        network: Network::around(arrival.peer.ip()),
        messages: 0,
        content: None,
        errand: Errand::None,
    })
}

struct Receiving {
    session: Session,
    logins: Logins,
    stranger: Stranger,
    desk: Arc<Desk>,
    number: u64,
    kind: Kind,
    /// Where the client is.
    network: Network,
    /// Messages begun in this session; with the session's number they name one in Received and in the log.
    messages: u32,
    /// The message that is coming.
    content: Option<Box<Content>>,
    errand: Errand,
}

/// What [`Conversation::work`] is to do.
enum Errand {
    None,
    Verify(Question),
    /// A recipient that looks like a rewritten sender: the secret is to be had first.
    Back(Box<RecipientQuery>),
    Keep(Box<Envelope>),
}

impl Conversation for Receiving {
    fn feed(&mut self, octets: &[u8]) {
        self.stranger.talks();
        self.session.feed(octets);
    }

    fn step(&mut self, now: Instant, out: &mut Vec<u8>) -> Next {
        if self.logins.void(self.session.account().map(AccountId)) {
            self.session.shutdown();
        }
        if self.stranger.waits(now).is_some() {
            return Next::Read;
        }
        let next = loop {
            match self.session.step(now, out) {
                Step::Read => break Next::Read,
                Step::Flush => break Next::More,
                Step::StartTls => break Next::StartTls,
                Step::Verify(question) => {
                    self.errand = Errand::Verify(question);
                    break Next::Work;
                }
                Step::Sender(address) => {
                    let verdict = self.judge_sender(&address);
                    self.session.sender(verdict);
                }
                Step::Recipient(query) if self.needs_secret(&query) => {
                    self.errand = Errand::Back(Box::new(query));
                    break Next::Work;
                }
                Step::Recipient(query) => {
                    let verdict = self.judge_recipient(&query);
                    self.session.recipient(verdict);
                }
                Step::Content(octets) => self.content().write(&octets),
                Step::Discard => self.content = None,
                Step::Keep(envelope) => {
                    self.errand = Errand::Keep(Box::new(envelope));
                    break Next::Work;
                }
                Step::Close => {
                    self.content = None;
                    break Next::Close;
                }
            }
        };
        if self.session.proved_in_vain() {
            self.logins.proved_in_vain();
        }
        self.logins.logged_in(self.session.account().map(AccountId));
        next
    }

    fn work(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            match std::mem::replace(&mut self.errand, Errand::None) {
                Errand::None => {}
                Errand::Verify(question) => {
                    let judged = self.logins.judge(&question).await;
                    self.session.verified(match judged {
                        login::Judged::Right(account) => Verdict::Right(account.0),
                        login::Judged::Wrong => Verdict::Wrong,
                        login::Judged::Barred(barred) => Verdict::Barred(barred),
                        login::Judged::KeysBarred(keys, barred) => {
                            Verdict::KeysBarred(keys, barred)
                        }
                        login::Judged::Keys(account, keys) => Verdict::Keys(account.0, keys),
                        login::Judged::Decoy(keys) => Verdict::Decoy(Some(keys)),
                        login::Judged::TryLater => Verdict::Unavailable,
                    });
                }
                Errand::Back(query) => {
                    let verdict = match self.desk.rewriting().await {
                        Ok(_) => self.judge_recipient(&query),
                        Err(error) => RecipientVerdict::Refused(self.trouble(&error)),
                    };
                    self.session.recipient(verdict);
                }
                Errand::Keep(envelope) => {
                    self.stranger.brings();
                    self.content();
                    let outcome = match self.content.take() {
                        Some(content) => keep(&self.desk, &envelope, *content).await,
                        None => Err(local_error()),
                    };
                    // Whoever brings returns and reports only is not known for mail that people want.
                    if outcome.is_ok() && envelope.reverse_path.is_some() {
                        self.stranger.brought();
                    }
                    self.session.kept(outcome);
                }
            }
        })
    }

    fn deadline(&self) -> Instant {
        self.stranger
            .greeted_at()
            .unwrap_or_else(|| self.session.deadline())
    }

    fn appetite(&self) -> usize {
        if self.content.is_some() {
            CONTENT_APPETITE
        } else {
            COMMAND_APPETITE
        }
    }

    fn shutdown(&mut self, out: &mut Vec<u8>) {
        self.stranger.greet();
        self.session.shutdown();
        self.step(Instant::now(), out);
    }

    fn tls_started(&mut self, secured: Secured) {
        let description = describe(&secured);
        self.session.tls_started(some(secured.binding), description);
    }
}

impl Receiving {
    /// The message that is coming, begun if need be.
    fn content(&mut self) -> &mut Content {
        let stranger = self.kind == Kind::World && self.session.account().is_none();
        let network = self.network;
        let (desk, number, kind, messages) =
            (&self.desk, self.number, self.kind, &mut self.messages);
        self.content.get_or_insert_with(|| {
            *messages = messages.saturating_add(1);
            let household = kind == Kind::Submission;
            let from = From {
                household,
                stranger,
                network,
            };
            Box::new(Content::new(desk, number, *messages, from))
        })
    }

    fn judge_sender(&self, address: &Address) -> SenderVerdict {
        let Some(account) = self.session.account() else {
            return SenderVerdict::Foreign;
        };
        match self.desk.accounts.may_send_as(AccountId(account), address) {
            Ok(true) => SenderVerdict::Own,
            Ok(false) => SenderVerdict::Foreign,
            Err(error) => SenderVerdict::Refused(self.trouble(&error)),
        }
    }

    fn judge_recipient(&self, query: &RecipientQuery) -> RecipientVerdict {
        if let Some(reply) = self.stranger.is_too_busy() {
            return RecipientVerdict::Refused(reply);
        }
        let verdict = self.find_recipient(query);
        if matches!(verdict, RecipientVerdict::Accepted) {
            self.stranger.is_earnest();
        }
        verdict
    }

    fn find_recipient(&self, query: &RecipientQuery) -> RecipientVerdict {
        let found = match self.desk.accounts.recipient(&query.address) {
            Ok(found) => found,
            Err(error) => return RecipientVerdict::Refused(self.trouble(&error)),
        };
        match &found {
            Recipient::House(_) | Recipient::Forward(_) => {
                match self.is_full(found.people(), query.size) {
                    Ok(false) => RecipientVerdict::Accepted,
                    Ok(true) => RecipientVerdict::Refused(mailbox_full()),
                    Err(error) => RecipientVerdict::Refused(self.trouble(&error)),
                }
            }
            Recipient::Unknown => self.judge_back(query),
            // Being a neighbour gives no right to relay (users.md B20); only being logged in does.
            Recipient::Remote if query.account.is_none() => RecipientVerdict::Refused(Reply::new(
                550,
                (5, 7, 1),
                "Relaying denied: this host takes mail for its own people only",
            )),
            Recipient::Remote => match destination(&query.address) {
                Some(_) => RecipientVerdict::Accepted,
                None => RecipientVerdict::Refused(Reply::new(
                    553,
                    (5, 1, 2),
                    "There can be no mail domain of this name; check what stands behind the @",
                )),
            },
        }
    }

    /// A name that nobody has: perhaps one that forwarding made. Such an address takes returns (from the null path) and nothing else, or it were a way
    /// to send through this box.
    fn judge_back(&self, query: &RecipientQuery) -> RecipientVerdict {
        let is_srs = mail::srs::is_srs(query.address.local()) && query.account.is_none();
        let Some(rewriting) = self.desk.rewriting.get().filter(|_| is_srs) else {
            return RecipientVerdict::Unknown;
        };
        match rewriting.back(&query.address, self.desk.clock.machine().date()) {
            Err(why) => RecipientVerdict::Refused(Reply::new(550, (5, 1, 1), why.to_string())),
            Ok(_) if query.reverse_path.is_some() => RecipientVerdict::Refused(Reply::new(
                550,
                (5, 7, 1),
                "This address takes returned mail only, which comes from <>",
            )),
            Ok(origin) if destination(&origin).is_none() => RecipientVerdict::Unknown,
            Ok(_) => RecipientVerdict::Accepted,
        }
    }

    fn needs_secret(&self, query: &RecipientQuery) -> bool {
        query.account.is_none()
            && mail::srs::is_srs(query.address.local())
            && self.desk.rewriting.get().is_none()
    }

    /// Whether a message of this size is too much for one of these people. Asked at RCPT, where one of several can be refused alone; the store asks again
    /// when it is kept, and then for all or none.
    fn is_full(&self, people: &[AccountId], size: Option<u64>) -> store::Result<bool> {
        let read = self.desk.store.read()?;
        for person in people {
            let (account, usage) = (read.account(*person)?, read.usage(*person)?);
            // An unsaid size is at least an octet.
            let octets = usage.octets.saturating_add(size.unwrap_or(1).max(1));
            let quota = account.quota.or(self.desk.default_quota);
            if quota.is_some_and(|quota| octets > quota)
                || account
                    .quota_messages
                    .is_some_and(|most| usage.messages >= most)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn trouble(&self, error: &store::Error) -> Reply {
        log::error(self.number, format_args!("looking up an address: {error}"));
        local_error()
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.stranger.leaves(&self.session);
    }
}

fn describe(secured: &Secured) -> String {
    format!("{} {}", secured.version, secured.cipher)
}

fn mailbox_full() -> Reply {
    Reply::new(452, (4, 2, 2), "This mailbox is full; try again later")
}

fn local_error() -> Reply {
    Reply::new(451, (4, 3, 0), "Trouble on this side; try again later")
}
