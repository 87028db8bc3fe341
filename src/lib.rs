//! A mail box for the home: the program.
//!
//! [`run`] tells the story; every part has its own room:
//!
//! ```text
//! settings  one TOML file            cli      subcommands         control  the running box hears its owner
//! accounts  people and passwords     net      sockets, TLS        tls      certificates
//! reception greets the clients       receive  mail that comes in  reading  IMAP and POP3
//! log       one line an event        health   what is wrong  status_light  health -> light
//! clock     what time it is, and whether that is to be believed
//! resolver  asks the DNS             policy   what TLS a destination demands
//! signing   DKIM keys, signatures    publish  the records that a domain's owner should publish
//! send      mail that goes out: the queue's task
//! indexing  the search index, built behind the mail
//! panel     the light plays, the button is heard
//! watch     certificates and the disk looked after
//! web       the HTTP server and its guards
//! client_setup  how mail programs find their settings
//! ```
//!
//! Promises: what was acknowledged is on the disk before [`run`] returns; clients are told when the box goes down.

pub mod accounts;
mod cli;
pub mod client_setup;
pub mod clock;
pub mod control;
pub mod health;
mod indexing;
pub mod life;
pub mod log;
mod login;
pub mod net;
pub mod panel;
pub mod policy;
mod process;
pub mod publish;
mod reading;
mod receive;
pub mod reception;
pub mod resolver;
pub mod send;
pub mod settings;
pub mod setup;
pub mod signing;
pub mod status_light;
pub mod tls;
mod watch;
pub mod web;
mod welcome;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_channel::Receiver;
use async_executor::Executor;
use async_signal::{Signal, Signals};
use board::Gesture;
use futures_lite::{FutureExt as _, StreamExt as _};
use mail::Address;
use sasl::Secret;
use store::{Read as _, Store};

use accounts::{Accounts, readable_password};
use clock::Clock;
use control::{Exit, Household, Running};
use health::Health;
use net::Listeners;
use reception::FrontDesk;
use send::{QueueClock, Sender, SenderParts};
use settings::Settings;
use tls::{Certificates, Configs, PemPair};
use watch::Watch;
use welcome::Person;

pub use cli::main;

/// How long clients get to hear that the box goes down, and commits under way to be answered.
const FAREWELL: Duration = Duration::from_millis(1500);
/// The name of the first person, at the main domain.
const FIRST_PERSON: &str = "owner";
/// Groups of four letters in the first person's password: 72 bits.
const FIRST_PASSWORD_GROUPS: usize = 4;

/// Why the box did not start, or ended badly.
#[derive(Debug)]
pub struct RunError {
    /// The exit code.
    pub exit: Exit,
    /// A sentence that says what to do.
    pub text: String,
}

impl RunError {
    fn new(exit: Exit, text: impl std::fmt::Display) -> RunError {
        RunError {
            exit,
            text: text.to_string(),
        }
    }

    fn failed(text: impl std::fmt::Display) -> RunError {
        RunError::new(Exit::Failed, text)
    }
}

/// Runs the box on the folder `data` until SIGINT, SIGTERM or a double press of the button.
///
/// # Errors
/// Settings that are not understood, a folder that cannot be used, certificates that do not fit, ports that are taken.
pub fn run(data: &Path, config: Option<&Path>) -> Result<(), RunError> {
    let begun = Instant::now();
    process::keep_panics_discreet();
    process::give_memory_back();
    process::take_descriptors();
    let settings =
        Settings::load(config, data).map_err(|error| RunError::new(Exit::Settings, error))?;
    log::set_level(settings.log);
    let health = Health::default();

    make_folder(data)?;
    let time = Clock::start(Arc::new(clock::System), data, (&settings).into());
    let store = open_store(data, &settings)?;
    let control = control::Door::bind(data).map_err(|error| {
        RunError::failed(format!(
            "cannot make the control socket in {}: {error}",
            data.display()
        ))
    })?;
    let accounts = Accounts::new(store, &settings).map_err(RunError::failed)?;
    let certificates = Certificates::open(data, &settings.hostname, pem_pairs(&settings))
        .map_err(|error| RunError::new(Exit::Settings, error))?;
    let configs = Configs::new(&certificates).map_err(RunError::failed)?;
    let listeners = Listeners::bind(
        settings.listen.doors(),
        settings.limits.connections,
        settings.limits.times,
    )
    .map_err(RunError::failed)?;

    let executor = Arc::new(Executor::new());
    let (gestures, pressed) = async_channel::bounded(8);
    let doors: Vec<net::Door> = listeners.doors().collect();
    let clock = QueueClock::resume(accounts.store(), time.clone())
        .map_err(|error| RunError::failed(format!("cannot read the queue's clock: {error}")))?;
    let front_desk = FrontDesk::new(
        &settings,
        accounts.clone(),
        configs,
        health.clone(),
        clock.clone(),
    );
    let world = doors
        .iter()
        .filter(|door| door.service == net::Service::Smtp);
    let going_out = SenderParts::new(
        &settings,
        &accounts,
        clock.clone(),
        &health,
        world.map(|door| door.address).collect(),
        listeners.closing(),
    );
    let signals =
        Signals::new([Signal::Int, Signal::Term, Signal::Hup]).map_err(RunError::failed)?;
    async_io::block_on(net::run(&executor, async {
        let open = Arc::new(listeners.open(&executor, Arc::new(front_desk)));
        let (resolver, signing) = (going_out.resolver.clone(), going_out.signing.clone());
        let policies = going_out.policies.clone();
        let sender = Sender::new(going_out);
        let household = Arc::new(Household {
            accounts: accounts.clone(),
            settings: settings.clone(),
            resolver,
            signing,
            sender: sender.clone(),
            running: Some(Running {
                health: health.clone(),
                gestures,
                doors: doors.clone(),
                connections: Arc::new({
                    let open = open.clone();
                    move || open.connections()
                }),
                queue_time: Arc::new(move || clock.now()),
                mail_key: Arc::new({
                    let certificates = certificates.clone();
                    move || publish::tls_key_hash(&certificates.default_certificate()?)
                }),
                since: begun,
            }),
        });
        let keeper = clock::Keeper::new(household.resolver.clone(), health.clone());
        let keeps_time = executor.spawn(time.clone().keep(keeper));
        let refresh = executor.spawn(policies.keep_fresh());
        let sender = executor.spawn(sender.run());
        let watch = Watch {
            data: data.to_owned(),
            store: accounts.store().clone(),
            certificates: certificates.clone(),
            resolver: household.resolver.clone(),
            clock: time.clone(),
            unread: settings.light.unread,
            health: health.clone(),
        };
        let watch = executor.spawn(watch.run());
        let control = executor.spawn(control::serve(control, household, executor.clone()));
        let indexing = indexing::start(accounts.store().clone()).map_err(RunError::failed)?;
        let person = first_person(&accounts, settings.main_domain()).await?;
        health.running();
        log::info(
            0,
            format_args!("started in {} ms", begun.elapsed().as_millis()),
        );
        say(&welcome::text(&settings.hostname, &doors, person.as_ref()));

        // A task of its own, so that the signals' socket is looked at only when it has something, not at every turn of the loop.
        let reason = executor
            .spawn(end(signals, pressed, certificates, health.clone()))
            .await;
        log::info(0, format_args!("{reason}: the box goes down"));
        // These two hold the executor or what it runs for, and would keep each other alive for ever.
        control.cancel().await;
        watch.cancel().await;
        keeps_time.cancel().await;
        open.shut_down(FAREWELL).await;
        // It heard of the end when the clients did; what its attempts came to is written.
        sender.await;
        refresh.await;
        indexing.stop();
        Ok(())
    }))?;
    drop(executor);
    // The store's last handle but for tasks that are gone with the executor: what it still has to write is written.
    drop(accounts);
    time.save();
    health.ended();
    log::info(0, "ended");
    Ok(())
}

fn make_folder(data: &Path) -> Result<(), RunError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|error| {
            RunError::failed(format!(
                "cannot make the data folder {}: {error}; name another with --data",
                data.display()
            ))
        })
}

fn open_store(data: &Path, settings: &Settings) -> Result<Store, RunError> {
    Store::open(data, settings.limits.store.clone()).map_err(|error| {
        let advice = match error {
            store::Error::InUse(_) => {
                "; another box runs on it: stop that one, or name another folder with --data"
            }
            _ => "",
        };
        RunError::failed(format!(
            "cannot open the store in {}: {error}{advice}",
            data.display()
        ))
    })
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

/// The person whose mail the welcome's example uses; made, with a password that is known only now, if there is nobody.
async fn first_person(accounts: &Accounts, domain: &str) -> Result<Option<Person>, RunError> {
    let first = {
        let read = accounts.store().read().map_err(RunError::failed)?;
        let people = read.accounts().map_err(RunError::failed)?;
        people.into_iter().min_by_key(|account| account.id)
    };
    if let Some(first) = first {
        return Ok(Some(Person {
            address: first.address,
            password: None,
        }));
    }
    let address = Address::new(FIRST_PERSON, domain).map_err(RunError::failed)?;
    let password = readable_password(FIRST_PASSWORD_GROUPS).map_err(RunError::failed)?;
    accounts
        .add(&address, &Secret::from(password.as_str()))
        .await
        .map_err(RunError::failed)?;
    log::info(0, format_args!("made the first person, {address}"));
    Ok(Some(Person {
        address,
        password: Some(password),
    }))
}

/// To the person in front of it; nobody there is no failure.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Waits for the end, and says why it came. SIGHUP only loads the certificates again.
async fn end(
    mut signals: Signals,
    pressed: Receiver<Gesture>,
    certificates: Arc<Certificates>,
    health: Health,
) -> &'static str {
    let signal = async {
        loop {
            match signals.next().await {
                Some(Ok(Signal::Hup)) => {
                    watch::certificates_loaded("SIGHUP", certificates.reload(), &health);
                }
                Some(Ok(Signal::Int)) => return "SIGINT",
                Some(Ok(_)) => return "SIGTERM",
                Some(Err(error)) => log::warn(0, format_args!("a signal was lost: {error}")),
                None => return std::future::pending().await,
            }
        }
    };
    let button = async {
        while let Ok(gesture) = pressed.recv().await {
            match gesture {
                Gesture::Double => return "double press",
                Gesture::Short => log::info(0, "button: pressed"),
                Gesture::Hold3 | Gesture::Hold10 => {
                    log::info(
                        0,
                        "button: held; the setup page does not exist yet, so nothing changes",
                    );
                }
                Gesture::Stuck => log::warn(0, "button: it seems to be stuck and is not heeded"),
            }
        }
        std::future::pending().await
    };
    signal.or(button).await
}
