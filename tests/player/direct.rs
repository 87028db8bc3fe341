//! Plays a transcript straight into the conversations that the network would drive: no socket, a store of its own, and a clock that can be moved.
//!
//! It does what `pillarbox::net::drive` does, in the same order, and insists on what that relies on: a step prints a bounded amount, news come by the wake and not
//! by looking, a deadline that has passed ends a session. What it cannot show: TLS, and what TCP does to timing.

use std::cell::Cell;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use event_listener::{EventListener, Listener};
use pillarbox::accounts::Accounts;
use pillarbox::control::{Exit, Household, Request};
use pillarbox::log::{self, Level};
use pillarbox::net::{Arrival, Conversation, Next, Reception, Secured, Service};
use pillarbox::reception::FrontDesk;
use pillarbox::settings::Settings;
use pillarbox::status_light::StatusLight;
use pillarbox::tls::{Certificates, Configs};
use sasl::ChannelBinding;
use smol::block_on;
use store::Store;

use super::{PEOPLE, Peer};

/// News that have not come after this long do not come.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most that one step may print: the trait says about 64 KiB.
const MOST: usize = 80 * 1024;

pub(crate) struct House {
    folder: PathBuf,
    accounts: Accounts,
    settings: Settings,
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
                StatusLight::default(),
            ),
            folder,
            accounts,
            settings,
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
        let now = Instant::now();
        let secured = tls.then(|| secured(service));
        let talk = self
            .front_desk
            .converse(&arrival, secured, now)
            .ok_or("nobody is served")?;
        let mut client = Client {
            talk: Some(talk),
            service,
            now,
            piece: self.piece,
            heard: Vec::new(),
            news: None,
            handshake: false,
        };
        client.advance()?;
        Ok(Box::new(client))
    }

    fn command(&self, words: &[&str]) -> Result<(), String> {
        let ["alias", "add", alias, targets @ ..] = words else {
            return Err(format!(
                "without sockets the box knows no command {words:?}"
            ));
        };
        let household = Household {
            accounts: self.accounts.clone(),
            settings: self.settings.clone(),
            running: None,
        };
        let answer = block_on(household.perform(Request::AliasAdd {
            alias: (*alias).to_owned(),
            targets: targets.iter().map(|target| (*target).to_owned()).collect(),
        }));
        match answer.exit {
            Exit::Done => Ok(()),
            _ => Err(answer.text),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

struct Client {
    /// None: the server has closed, or the client.
    talk: Option<Box<dyn Conversation>>,
    service: Service,
    now: Instant,
    piece: usize,
    heard: Vec<u8>,
    /// What the session waits for besides octets.
    news: Option<EventListener>,
    /// The server waits for the client's TLS handshake.
    handshake: bool,
}

impl Client {
    /// Steps until only the world can bring something new.
    fn advance(&mut self) -> Result<(), String> {
        while let Some(talk) = &mut self.talk {
            // Subscribe, then look.
            let subscribed = talk.wake().map(|event| event.listen());
            self.news = subscribed;
            if self.news.is_some() {
                talk.woken();
            }
            loop {
                let before = self.heard.len();
                let next = talk.step(self.now, &mut self.heard);
                if self.heard.len() - before > MOST {
                    return Err(format!(
                        "one step printed {} octets",
                        self.heard.len() - before
                    ));
                }
                match next {
                    Next::More => {}
                    Next::Work => block_on(talk.work()),
                    Next::Read => break,
                    Next::StartTls => {
                        self.handshake = true;
                        return Ok(());
                    }
                    Next::Close => {
                        self.talk = None;
                        return Ok(());
                    }
                }
            }
            if talk.wake().is_some() == self.news.is_some() {
                break;
            }
        }
        Ok(())
    }
}

impl Peer for Client {
    fn send(&mut self, octets: &[u8]) -> Result<(), String> {
        for piece in octets.chunks(self.piece) {
            if self.handshake {
                // These octets are no ClientHello: the handshake fails.
                self.talk = None;
            }
            // To a server that has closed one can still write for a while.
            let Some(talk) = &mut self.talk else {
                return Ok(());
            };
            talk.feed(piece);
            self.advance()?;
        }
        Ok(())
    }

    fn line(&mut self) -> Result<Option<String>, String> {
        loop {
            if let Some(end) = self.heard.iter().position(|octet| *octet == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line).into_owned();
                return match line.strip_suffix("\r\n") {
                    Some(line) => Ok(Some(line.to_owned())),
                    None => Err(format!("a line without CRLF: {line}")),
                };
            }
            if self.talk.is_none() {
                return match self.heard.is_empty() {
                    true => Ok(None),
                    false => Err(format!(
                        "it closed within a line: {}",
                        String::from_utf8_lossy(&self.heard)
                    )),
                };
            }
            let news = self.news.take().ok_or("the server says nothing")?;
            if news.wait_timeout(PATIENCE).is_none() {
                return Err("the server says nothing, and no news wake it".into());
            }
            self.advance()?;
        }
    }

    fn start_tls(&mut self) -> Result<(), String> {
        let talk = self.talk.as_mut().ok_or("the server has closed")?;
        if !std::mem::take(&mut self.handshake) {
            return Err("the server does not wait for a TLS handshake".into());
        }
        if !self.heard.is_empty() {
            return Err("the server has said something in the clear that was not read".into());
        }
        talk.tls_started(secured(self.service));
        self.advance()
    }

    fn hang_up(&mut self) {
        self.talk = None;
        self.heard.clear();
    }

    fn wait(&mut self, time: Duration) -> Result<(), String> {
        let end = self.now + time;
        while let Some(talk) = &self.talk {
            let deadline = talk.deadline();
            if deadline > end {
                break;
            }
            self.now = self.now.max(deadline);
            self.advance()?;
            if self
                .talk
                .as_ref()
                .is_some_and(|talk| talk.deadline() <= deadline)
            {
                self.talk = None;
            }
        }
        self.now = end;
        Ok(())
    }

    fn unread(&mut self) -> Option<String> {
        (!self.heard.is_empty()).then(|| String::from_utf8_lossy(&self.heard).into_owned())
    }
}

/// What a finished TLS handshake leaves; on the world's port nothing can be bound to.
fn secured(service: Service) -> Secured {
    Secured {
        version: "TLSv1.3",
        cipher: "TLS_AES_256_GCM_SHA384",
        binding: ChannelBinding {
            tls_exporter: (service != Service::Smtp).then_some([7; 32]),
            tls_server_end_point: None,
        },
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
