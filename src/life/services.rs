//! One life: the mail services under one set of settings, from their sockets to their goodbye.
//!
//! A life is made in two steps. [`Prepared`] has everything that can fail (settings that fit together, certificates, sockets) and serves nobody yet, so that
//! it can be thrown away while the old life goes on; [`Prepared::begin`] cannot fail.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_executor::{Executor, Task};

use super::Ground;
use crate::accounts::Accounts;
use crate::announce::offer_of;
use crate::clock::Keeper;
use crate::control::{Exit, Household, Running};
use crate::net::{self, Door, Held, Listeners, Open, Service};
use crate::panel::Panel;
use crate::reason::Reason;
use crate::reception::FrontDesk;
use crate::reports::Reports;
use crate::send::{Sender, SenderParts};
use crate::settings::{DEFAULT_HOSTNAME, Settings};
use crate::tls::{Certificates, Configs, PemPair};
use crate::wanted::Blocklists;
use crate::watch::Watch;
use crate::{RunError, bans, publish, watch, web};

/// What every life stands on beside the [`Ground`].
#[derive(Clone)]
pub(crate) struct Footing {
    pub(crate) ground: Ground,
    pub(crate) executor: Arc<Executor<'static>>,
    /// People; each life knows them under its own settings.
    pub(crate) accounts: Accounts,
    /// The light and the button; each life may name other lines.
    pub(crate) panel: Panel,
    /// Since when the box runs.
    pub(crate) since: Instant,
    /// Nothing leaves: a box on trial must not settle a letter in a store that may be put back.
    pub(crate) holds_mail: bool,
}

/// A life that can begin.
pub(crate) struct Prepared {
    settings: Settings,
    accounts: Accounts,
    certificates: Arc<Certificates>,
    configs: Configs,
    listeners: Listeners,
}

/// The mail services at work.
pub(crate) struct Life {
    settings: Settings,
    open: Arc<Open>,
    certificates: Arc<Certificates>,
    sender: Task<()>,
    refresh: Task<()>,
    reports: Task<()>,
    watch: Task<()>,
    keeps_time: Task<()>,
    keeps_bans: Task<()>,
    keeps_uses: Task<()>,
    /// To be written once more at the end.
    accounts: Accounts,
    ground: Ground,
}

impl Prepared {
    /// Gets everything ready that `settings` ask for, beside an old life whose sockets are shared where both want them.
    ///
    /// # Errors
    /// Certificates that cannot be used, ports that are taken.
    pub(crate) fn new(
        footing: &Footing,
        settings: Settings,
        old: Option<&Life>,
    ) -> Result<Prepared, RunError> {
        let accounts = footing
            .accounts
            .under(&settings)
            .map_err(RunError::failed)?;
        let data = &footing.ground.data;
        let certificates = Certificates::open(data, &settings.hostname, pem_pairs(&settings))
            .map_err(|error| RunError::new(Exit::Settings, error))
            .map_err(|error| error.because(|words| Reason::Certificate { words }))?;
        let configs = Configs::new(&certificates)
            .map_err(RunError::failed)
            .map_err(|error| error.because(|words| Reason::Certificate { words }))?;
        let held = old.map(|old| old.open.held()).unwrap_or_default();
        let listeners = Listeners::bind_beside(
            &held,
            doors(&settings, old.map(|old| (&old.settings, &held))),
            settings.limits.connections,
            settings.limits.times,
        )
        .map_err(RunError::failed)
        .map_err(|error| error.because(|words| Reason::NoListener { words }))?;
        Ok(Prepared {
            settings,
            accounts,
            certificates,
            configs,
            listeners,
        })
    }

    /// What will be listened on.
    pub(crate) fn doors(&self) -> Vec<Door> {
        self.listeners.doors().collect()
    }

    /// Opens the doors.
    pub(crate) fn begin(self, footing: &Footing) -> Life {
        let Footing {
            ground, executor, ..
        } = footing;
        let Prepared {
            settings,
            accounts,
            certificates,
            configs,
            listeners,
        } = self;
        crate::log::set_level(settings.log);
        ground.clock.configure((&settings).into());
        footing.panel.wire(&settings.light, &settings.button);
        let (health, clock) = (&ground.health, &ground.queue_clock);
        let doors: Vec<Door> = listeners.doors().collect();
        let present = web::Present::of(&settings, &configs, &certificates);
        let front_desk = FrontDesk::new(
            &settings,
            accounts.clone(),
            configs,
            health.clone(),
            clock.clone(),
        );
        let world = doors.iter().filter(|door| door.service == Service::Smtp);
        let going_out = SenderParts::new(
            &settings,
            &accounts,
            clock.clone(),
            health,
            world.map(|door| door.address).collect(),
            listeners.closing(),
        );
        let front_desk = front_desk.asking(going_out.resolver.clone());
        let front_desk = front_desk.counting(ground.tally.clone());
        let keeps_bans = executor.spawn(bans::keep(front_desk.desk()));
        let blocklists = front_desk.blocklists();
        let open = Arc::new(listeners.open(executor, Arc::new(front_desk)));
        let (resolver, signing) = (going_out.resolver.clone(), going_out.signing.clone());
        let policies = going_out.policies.clone();
        let keeper = Keeper::new(resolver.clone(), health.clone());
        let keeps_time = ground.clock.clone().keep(keeper);
        let watch = Watch {
            data: ground.data.clone(),
            store: accounts.store().clone(),
            certificates: certificates.clone(),
            resolver: resolver.clone(),
            clock: ground.clock.clone(),
            unread: settings.light.unread,
            health: health.clone(),
        };
        let reports = Reports {
            tally: ground.tally.clone(),
            store: accounts.store().clone(),
            accounts: accounts.clone(),
            resolver: resolver.clone(),
            clock: clock.clone(),
            settings: settings.clone(),
            closing: going_out.closing.clone(),
        };
        // A box on trial counts nothing and tells nobody.
        let counts = !footing.holds_mail;
        let told = &settings.reports;
        ground.tally.set(counts && told.dmarc, counts && told.tls);
        let sender = Sender::new(going_out).counting(ground.tally.clone());
        let household = accounts.clone();
        ground.announcer.offer(offer_of(&settings, &doors));
        ground.window.set_lasts(window_lasts(&settings));
        ground.certificates.set(certificates.clone());
        ground.household.set(Arc::new(Household {
            accounts: accounts.clone(),
            settings: settings.clone(),
            resolver,
            signing,
            sender: sender.clone(),
            updates: ground.updates.clone(),
            running: Some(Running {
                blocklists,
                ..running(footing, &settings, doors, &open, &certificates)
            }),
        }));
        ground.web.set(Arc::new(present));
        health.running();
        Life {
            settings,
            sender: match footing.holds_mail {
                true => executor.spawn(async {}),
                false => executor.spawn(sender.run()),
            },
            refresh: executor.spawn(policies.keep_fresh()),
            reports: match counts {
                true => executor.spawn(reports.run()),
                false => executor.spawn(async {}),
            },
            watch: executor.spawn(watch.run()),
            keeps_time: executor.spawn(keeps_time),
            keeps_bans,
            keeps_uses: executor.spawn(household.clone().keep_uses()),
            accounts: household,
            certificates,
            open,
            ground: ground.clone(),
        }
    }
}

impl Life {
    /// The settings that it goes by.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether these settings want a port that it has at another address (`0.0.0.0:25` for `127.0.0.1:25`): both at once cannot be bound.
    pub(crate) fn stands_in_the_way(&self, settings: &Settings) -> bool {
        let held = self.open.held();
        let wanted = doors(settings, Some((&self.settings, &held)));
        wanted.iter().any(|(_, wanted)| {
            let same_port = |door: Door| door.address.port() == wanted.port();
            held.doors().any(same_port) && !held.doors().any(|door| door.address == *wanted)
        })
    }

    /// Loads the certificates again.
    pub(crate) fn reload_certificates(&self, reason: &str) {
        let ground = &self.ground;
        watch::reload_certificates(reason, &self.certificates, &ground.clock, &ground.health);
    }

    /// Ends it in good order: no new clients, each client is told, commits under way are answered, attempts to deliver come to their end; within
    /// `farewell` and the moment that the sender needs. What is served after that is cut.
    pub(crate) async fn end(self, farewell: Duration) {
        self.ground.web.clear();
        self.ground.household.clear();
        self.ground.certificates.clear();
        self.watch.cancel().await;
        self.keeps_time.cancel().await;
        self.keeps_bans.cancel().await;
        self.open.shut_down(farewell).await;
        let accounts = &self.accounts;
        if let Err(error) = accounts.bans().save(accounts.store()).await {
            crate::log::error(0, format_args!("writing down who is banned: {error}"));
        }
        // It heard of the end when the clients did; what its attempts came to is written.
        self.sender.await;
        self.refresh.await;
        self.reports.await;
        // Nobody logs in any more.
        self.keeps_uses.cancel().await;
        self.accounts.write_uses().await;
    }
}

fn running(
    footing: &Footing,
    settings: &Settings,
    doors: Vec<Door>,
    open: &Arc<Open>,
    certificates: &Arc<Certificates>,
) -> Running {
    let (open, certificates) = (open.clone(), certificates.clone());
    let (clock, ground) = (footing.ground.queue_clock.clone(), footing.ground.clone());
    let (hostname, shown) = (settings.hostname.clone(), certificates.clone());
    let presented = move || {
        let local = ground.announcer.name();
        let local = local.as_deref().unwrap_or(DEFAULT_HOSTNAME);
        web::presented(&shown, &[local, &hostname])
    };
    Running {
        announcer: footing.ground.announcer.clone(),
        web_doors: footing.ground.web_doors.clone(),
        health: footing.ground.health.clone(),
        window: footing.ground.window.clone(),
        clock: footing.ground.clock.clone(),
        doors,
        connections: Arc::new(move || open.connections()),
        queue_time: Arc::new(move || clock.now()),
        mail_key: Arc::new(move || publish::tls_key_hash(&certificates.default_certificate()?)),
        presented: Arc::new(presented),
        blocklists: Blocklists::default(),
        since: footing.since,
    }
}

/// How long an opening of the setup window lasts.
pub(crate) fn window_lasts(settings: &Settings) -> Duration {
    Duration::from_secs(u64::from(settings.setup.minutes) * 60)
}

/// Where it listens: a service for which the settings say the same as before stays where it is, whatever ports are free now.
fn doors(settings: &Settings, old: Option<(&Settings, &Held)>) -> Vec<(Service, SocketAddr)> {
    let of = |service: Service| -> Vec<SocketAddr> {
        match old {
            Some((before, held)) if before.listen.of(service) == settings.listen.of(service) => {
                let same = held.doors().filter(|door| door.service == service);
                same.map(|door| door.address).collect()
            }
            _ => settings.listen.addresses(service),
        }
    };
    let doors = net::Service::ALL
        .into_iter()
        .flat_map(|service| of(service).into_iter().map(move |at| (service, at)));
    doors.collect()
}

fn pem_pairs(settings: &Settings) -> Vec<PemPair> {
    let files = &settings.tls;
    let place = |section: &str| match &settings.file {
        Some(file) => format!("{section} in {}", file.display()),
        None => section.to_owned(),
    };
    let first = files.certificate.iter().zip(&files.key);
    let first = first.map(|(certificate, key)| (certificate, key, place("[tls]")));
    let more = files.more.iter().enumerate().map(|(at, pair)| {
        let section = format!("`more` number {} of [tls]", at + 1);
        (&pair.certificate, &pair.key, place(&section))
    });
    first
        .chain(more)
        .map(|(certificate, key, named_in)| PemPair {
            certificate: certificate.clone(),
            key: key.clone(),
            named_in,
        })
        .collect()
}
