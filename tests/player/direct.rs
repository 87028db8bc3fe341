//! A house without sockets: the conversations that the network would drive, over a store of their own. What it cannot show: TLS, the network's own limits, and
//! what TCP does to timing.

use std::cell::Cell;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_io::block_on;
use pillarbox::accounts::Accounts;
use pillarbox::clock::Clock;
use pillarbox::health::Health;
use pillarbox::log::{self, Level};
use pillarbox::net::{Arrival, Service};
use pillarbox::reception::FrontDesk;
use pillarbox::send::QueueClock;
use pillarbox::settings::Settings;
use pillarbox::tls::{Certificates, Configs};
use store::Store;

use super::client::Client;
use super::{PEOPLE, Peer};

pub(crate) struct House {
    folder: PathBuf,
    accounts: Accounts,
    front_desk: FrontDesk,
    arrivals: Cell<u64>,
    piece: usize,
}

impl House {
    /// A house with this end of its settings file; its clients' octets arrive `piece` at a time.
    pub(crate) fn start(limits: &str, piece: usize) -> Result<House, String> {
        log::set_level(Level::Error);
        let folder = fresh_folder()?;
        furnish(&folder)?;
        let settings = settings(limits)?;
        let accounts = open(&folder, &settings)?;
        let certificates =
            Certificates::open(&folder, &settings.hostname, Vec::new()).map_err(text)?;
        let configs = Configs::new(&certificates).map_err(text)?;
        Ok(House {
            front_desk: FrontDesk::new(
                &settings,
                accounts.clone(),
                configs,
                Health::default(),
                QueueClock::resume(accounts.store(), Clock::ordinary()).map_err(text)?,
            ),
            folder,
            accounts,
            arrivals: Cell::new(0),
            piece,
        })
    }

    /// Walks the store; an error says what is wrong in it.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self.accounts.store().check().map_err(text)? {
            wrong if wrong.is_empty() => Ok(()),
            wrong => Err(format!("the store is damaged: {}", wrong.join("; "))),
        }
    }
}

impl super::House for House {
    fn connect(&self, service: &str) -> Result<Box<dyn Peer>, String> {
        let (service, tls) = match service {
            "smtp" => (Service::Smtp, false),
            "submission" => (Service::Submission, false),
            "submissions" => (Service::Submissions, true),
            "imap" => (Service::Imap, false),
            "imaps" => (Service::Imaps, true),
            "pop3" => (Service::Pop3, false),
            "pop3s" => (Service::Pop3s, true),
            _ => return Err(format!("no service is called {service}")),
        };
        self.arrivals.set(self.arrivals.get() + 1);
        let arrival = Arrival {
            number: self.arrivals.get(),
            service,
            peer: SocketAddr::from(([127, 0, 0, 1], 40_000)),
        };
        let client = Client::connect(&self.front_desk, &arrival, tls, self.piece)?;
        Ok(Box::new(client))
    }

    fn command(&self, words: &[&str]) -> Result<(), String> {
        let ["alias", "add", alias, targets @ ..] = words else {
            return Err(format!(
                "without sockets the box knows no command {words:?}"
            ));
        };
        let targets = targets.iter().map(|target| target.parse().map_err(text));
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        block_on(self.accounts.set_alias(alias, &targets)).map_err(text)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn settings(limits: &str) -> Result<Settings, String> {
    let file = format!(
        "hostname = \"{}\"\ndomains = [\"{}\"]\n{limits}",
        house::HOSTNAME,
        house::DOMAIN
    );
    Settings::parse(&file, Path::new("settings.toml")).map_err(text)
}

fn open(folder: &Path, settings: &Settings) -> Result<Accounts, String> {
    let store = Store::open(folder, settings.limits.store.clone()).map_err(text)?;
    Accounts::new(store, settings).map_err(text)
}

/// Copies a folder in which everybody already lives, made once: strong hashing is slow by intent.
fn furnish(folder: &Path) -> Result<(), String> {
    static MADE: Mutex<Option<Arc<Path>>> = Mutex::new(None);
    let mut made = MADE.lock().map_err(text)?;
    let from = match &*made {
        Some(from) => from.clone(),
        None => {
            let from = fresh_folder()?;
            let settings = settings("")?;
            let accounts = open(&from, &settings)?;
            for (address, password) in PEOPLE {
                let address = mail::Address::parse(address).map_err(text)?;
                block_on(accounts.add(&address, &sasl::Secret::from(password))).map_err(text)?;
            }
            Certificates::open(&from, &settings.hostname, Vec::new()).map_err(text)?;
            made.insert(from.into()).clone()
        }
    };
    copy(&from, folder).map_err(text)
}

/// Files and folders of `from`.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn fresh_folder() -> Result<PathBuf, String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("pillarbox-direct-{}-{number}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(text)?;
    Ok(folder)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
