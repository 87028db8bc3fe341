//! Who greets the clients: the session for each service, given what it needs of the house.

use std::net::{IpAddr, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_io::Async;
use ring::rand::{SystemRandom, generate};
use rustls::ServerConfig;
use store::Store;

use crate::accounts::Accounts;
use crate::health::Health;
use crate::net::{Admission, Arrival, Conversation, Reception, Secured, Service};
use crate::receive::{Rewriting, Told, Turns};
use crate::reports::Tally;
use crate::resolver::Resolver;
use crate::send::QueueClock;
use crate::settings::Settings;
use crate::tls::Configs;
use crate::wanted::Blocklists;
use crate::{bans, log, reading, receive};

/// What the sessions need of the house.
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) hostname: Arc<str>,
    /// The domain that letters of the box itself are from.
    pub(crate) main_domain: Arc<str>,
    /// For people who have no quota of their own, octets.
    pub(crate) default_quota: Option<u64>,
    pub(crate) smtp: smtp::Limits,
    pub(crate) submission: smtp::Limits,
    pub(crate) imap: Arc<imap::Limits>,
    pub(crate) pop3: pop3::Limits,
    /// Hears when mail cannot be kept.
    pub(crate) health: Health,
    /// When what leaves the house is to be tried.
    pub(crate) clock: QueueClock,
    pub(crate) sending: Sending,
    /// Made when something is forwarded or comes back for the first time.
    pub(crate) rewriting: OnceLock<Rewriting>,
    pub(crate) told: Told,
    /// Whom strangers' mail is asked about; without one, nothing is found out of who sent it.
    pub(crate) resolver: OnceLock<Resolver>,
    /// Asked about strangers' addresses.
    pub(crate) blocklists: Blocklists,
    /// What is certainly unwanted is refused.
    pub(crate) refuses: bool,
    pub(crate) turns: Turns,
    /// Forwarders and lists whose word on what they saw is taken, by the owner's; folded.
    pub(crate) sealers: Vec<String>,
    /// What is counted for reports.
    pub(crate) tally: OnceLock<Tally>,
}

/// What the settings say of mail that is sent.
pub(crate) struct Sending {
    /// It waits so long before it leaves.
    pub(crate) undo: Duration,
    /// It is given up after so long.
    pub(crate) expire: Duration,
    /// It can be held back so long.
    pub(crate) hold_max: Duration,
    /// A person's day.
    pub(crate) limits: store::SendingLimits,
}

impl Desk {
    /// The blocklists that list this address; none while nobody is asked who sent what.
    pub(crate) async fn listing(&self, peer: IpAddr) -> Vec<String> {
        match self.resolver.get() {
            Some(resolver) => self.blocklists.listing(peer, resolver).await,
            None => Vec::new(),
        }
    }

    /// The sender rewriting, which is ready from the first call on.
    pub(crate) async fn rewriting(&self) -> store::Result<&Rewriting> {
        if let Some(ready) = self.rewriting.get() {
            return Ok(ready);
        }
        let ready = Rewriting::open(&self.store).await?;
        Ok(self.rewriting.get_or_init(|| ready))
    }
}

/// The reception: greets every client with the session of its service.
pub struct FrontDesk {
    desk: Arc<Desk>,
    configs: Configs,
    judges: bool,
}

impl FrontDesk {
    /// A reception for these people and this store.
    pub fn new(
        settings: &Settings,
        accounts: Accounts,
        configs: Configs,
        health: Health,
        clock: QueueClock,
    ) -> FrontDesk {
        let limits = &settings.limits;
        let sending = Sending {
            undo: settings.send.undo,
            expire: settings.send.expire,
            hold_max: settings.send.hold_max,
            limits: store::SendingLimits {
                messages: limits.sending.messages_per_day,
                new_recipients: limits.sending.new_recipients_per_day,
            },
        };
        FrontDesk {
            desk: Arc::new(Desk {
                store: accounts.store().clone(),
                accounts,
                hostname: settings.hostname.as_str().into(),
                main_domain: settings.main_domain().into(),
                default_quota: limits.store.default_quota,
                smtp: limits.smtp.clone(),
                // What is announced is what is kept.
                submission: smtp::Limits {
                    hold: settings.send.hold_max,
                    ..limits.submission.clone()
                },
                imap: Arc::new(limits.imap.clone()),
                pop3: limits.pop3.clone(),
                health,
                clock,
                sending,
                rewriting: OnceLock::new(),
                told: Told::default(),
                resolver: OnceLock::new(),
                blocklists: Blocklists::new(&settings.junk.blocklists),
                refuses: settings.junk.refuse,
                turns: Turns::default(),
                sealers: settings.verify.sealers.clone(),
                tally: OnceLock::new(),
            }),
            configs,
            judges: settings.verify.strangers,
        }
    }

    /// The blocklists that are asked, with what is known of them.
    pub(crate) fn blocklists(&self) -> Blocklists {
        self.desk.blocklists.clone()
    }

    /// The same, asking `resolver` who sent what strangers bring, if the settings want that.
    #[must_use]
    pub fn asking(self, resolver: Resolver) -> FrontDesk {
        if self.judges {
            let _ = self.desk.resolver.set(resolver);
        }
        self
    }

    /// The same, counting for reports what strangers bring.
    #[must_use]
    pub fn counting(self, tally: Tally) -> FrontDesk {
        let _ = self.desk.tally.set(tally);
        self
    }
}

impl FrontDesk {
    /// What the sessions share.
    pub(crate) fn desk(&self) -> Arc<Desk> {
        self.desk.clone()
    }
}

impl Reception for FrontDesk {
    fn admit(&self, arrival: &Arrival, socket: &Arc<Async<TcpStream>>) -> Admission {
        let bans = self.desk.accounts.bans();
        match bans.admit(arrival, socket, Instant::now()) {
            bans::Verdict::Welcome(pass) => Admission::Welcome(Box::new(pass)),
            bans::Verdict::Banned(for_ever) => {
                Admission::TurnedAway(bans::farewell(arrival.service, for_ever))
            }
            bans::Verdict::Busy => Admission::TurnedAway(arrival.service.refusal()),
        }
    }

    fn tls(&self, service: Service) -> Option<Arc<ServerConfig>> {
        Some(self.configs.of(service))
    }

    fn converse(
        &self,
        arrival: &Arrival,
        secured: Option<Secured>,
        now: Instant,
    ) -> Option<Box<dyn Conversation>> {
        let Ok(seed) = generate::<[u8; 32]>(&SystemRandom::new()) else {
            log::error(
                arrival.number,
                "the system gives no random numbers, so nobody can be served",
            );
            return None;
        };
        let desk = self.desk.clone();
        let seed = seed.expose();
        Some(match arrival.service {
            Service::Smtp | Service::Submission | Service::Submissions => {
                receive::conversation(desk, arrival, secured, seed, now)
            }
            Service::Imap | Service::Imaps => reading::imap(desk, arrival, secured, seed, now),
            Service::Pop3 | Service::Pop3s => reading::pop3(desk, arrival, secured, seed, now),
        })
    }
}
