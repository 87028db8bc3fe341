//! A house with one made-up line protocol, and clients for it: for the tests of the network and of TLS.
//!
//! The protocol: `STARTTLS`, `WORK` (answers after an event), `IDLE` (prints `news` at each wake until the next line), `BIG n` (n octets), `DATA n` (takes n octets,
//! then counts them as stored), `BUSY n` (n steps of a few milliseconds with nothing to print, or until `busy` is set to 0), `PANIC`, `QUIT`, `BINDING` (the exporter in hex); anything else is echoed.

use std::future::Future;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_executor::Executor;
use event_listener::Event;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;
use crate::tls::{Certificates, Configs};

pub(crate) const HOST: &str = "box.home.arpa";
const PIECE: usize = 64 * 1024;
const BUSY_STEP: Duration = Duration::from_millis(5);

#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) stored: AtomicUsize,
    pub(crate) news: Arc<Event>,
    pub(crate) work_done: AtomicBool,
    pub(crate) work: Event,
    pub(crate) alive: AtomicUsize,
    /// steps that are left of `BUSY`
    pub(crate) busy: AtomicUsize,
}

pub(crate) struct Echo {
    shared: Arc<Shared>,
    input: Vec<u8>,
    greeted: bool,
    big: usize,
    busy: bool,
    data: Option<(usize, usize)>,
    idle: bool,
    woken: bool,
    worked: bool,
    deadline: Instant,
    secured: Option<Secured>,
}

impl Conversation for Echo {
    fn feed(&mut self, octets: &[u8]) {
        self.input.extend_from_slice(octets);
    }

    fn step(&mut self, now: Instant, out: &mut Vec<u8>) -> Next {
        if now >= self.deadline {
            out.extend(b"late\r\n");
            return Next::Close;
        }
        if !std::mem::replace(&mut self.greeted, true) {
            out.extend(b"hello\r\n");
        }
        if std::mem::take(&mut self.woken)
            && self.idle
            && self.shared.stored.load(Ordering::SeqCst) > 0
        {
            self.shared.stored.fetch_sub(1, Ordering::SeqCst);
            out.extend(b"news\r\n");
        }
        if std::mem::take(&mut self.worked) {
            out.extend(b"worked\r\n");
        }
        loop {
            if self.big > 0 {
                let piece = self.big.min(PIECE);
                out.extend((0..piece).map(|at| (self.big - at) as u8));
                self.big -= piece;
                return Next::More;
            }
            if self.busy {
                let left = &self.shared.busy;
                let left = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                });
                if left.is_ok() {
                    std::thread::sleep(BUSY_STEP);
                    return Next::More;
                }
                self.busy = false;
                out.extend(b"calm\r\n");
            }
            if let Some((wanted, got)) = &mut self.data {
                let take = self.input.len().min(*wanted - *got);
                self.input.drain(..take);
                *got += take;
                if got < wanted {
                    return Next::Read;
                }
                out.extend(format!("got {got}\r\n").bytes());
                self.data = None;
                self.shared.stored.fetch_add(1, Ordering::SeqCst);
            }
            let Some(end) = self.input.iter().position(|octet| *octet == b'\n') else {
                return Next::Read;
            };
            let line: Vec<u8> = self.input.drain(..=end).collect();
            let line = String::from_utf8(line).unwrap();
            self.idle = false;
            let (verb, number) = line
                .trim_end()
                .split_once(' ')
                .unwrap_or((line.trim_end(), "0"));
            match verb {
                "STARTTLS" if self.input.is_empty() => {
                    out.extend(b"go\r\n");
                    return Next::StartTls;
                }
                "STARTTLS" | "QUIT" => {
                    out.extend(b"bye\r\n");
                    return Next::Close;
                }
                "WORK" => return Next::Work,
                "IDLE" => {
                    out.extend(b"idling\r\n");
                    self.idle = true;
                    return Next::Read;
                }
                "BIG" => self.big = number.parse().unwrap(),
                "BUSY" => {
                    self.busy = true;
                    let steps = number.parse().unwrap();
                    self.shared.busy.store(steps, Ordering::SeqCst);
                }
                "DATA" => self.data = Some((number.parse().unwrap(), 0)),
                "PANIC" => panic!("asked for"),
                "BINDING" => {
                    let secured = self.secured.as_ref().unwrap();
                    let text = format!(
                        "{:?} {} {}\r\n",
                        secured.binding, secured.version, secured.cipher
                    );
                    out.extend(text.bytes());
                }
                _ => out.extend(line.bytes()),
            }
        }
    }

    fn work(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            loop {
                event_listener::listener!(self.shared.work => done);
                if self.shared.work_done.load(Ordering::SeqCst) {
                    break;
                }
                done.await;
            }
            self.worked = true;
        })
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn wakes(&self) -> &[Arc<Event>] {
        if self.idle {
            std::slice::from_ref(&self.shared.news)
        } else {
            &[]
        }
    }

    fn woken(&mut self) {
        self.woken = true;
    }

    fn shutdown(&mut self, out: &mut Vec<u8>) {
        out.extend(b"closing\r\n");
    }

    fn tls_started(&mut self, secured: Secured) {
        self.secured = Some(secured);
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.shared.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Front {
    shared: Arc<Shared>,
    configs: Configs,
    patience: Duration,
}

impl Reception for Front {
    fn tls(&self, service: Service) -> Option<Arc<rustls::ServerConfig>> {
        Some(self.configs.of(service))
    }

    fn converse(
        &self,
        _: &Arrival,
        secured: Option<Secured>,
        now: Instant,
    ) -> Option<Box<dyn Conversation>> {
        self.shared.alive.fetch_add(1, Ordering::SeqCst);
        Some(Box::new(Echo {
            shared: self.shared.clone(),
            input: Vec::new(),
            greeted: false,
            big: 0,
            busy: false,
            data: None,
            idle: false,
            woken: false,
            worked: false,
            deadline: now + self.patience,
            secured,
        }))
    }
}

pub(crate) struct TestHouse {
    pub(crate) shared: Arc<Shared>,
    pub(crate) certificates: Arc<Certificates>,
    doors: Vec<Door>,
    end: Option<async_channel::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    folder: Option<Folder>,
}

/// A folder that is removed when dropped.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "pillarbox-net-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::SeqCst)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

impl TestHouse {
    pub(crate) fn new() -> TestHouse {
        TestHouse::with(
            ConnectionLimits::default(),
            Times::default(),
            Duration::from_secs(60),
        )
    }

    pub(crate) fn with(limits: ConnectionLimits, times: Times, patience: Duration) -> TestHouse {
        let folder = Folder::new();
        let certificates = Certificates::open(&folder.0, HOST, Vec::new()).unwrap();
        let mut house = TestHouse::over(certificates, limits, times, patience);
        house.folder = Some(folder);
        house
    }

    pub(crate) fn over(
        certificates: Arc<Certificates>,
        limits: ConnectionLimits,
        times: Times,
        patience: Duration,
    ) -> TestHouse {
        let shared = Arc::new(Shared::default());
        let front = Arc::new(Front {
            shared: shared.clone(),
            configs: Configs::new(&certificates).unwrap(),
            patience,
        });
        let mut house = TestHouse::serving(certificates, limits, times, front);
        house.shared = shared;
        house
    }

    pub(crate) fn serving(
        certificates: Arc<Certificates>,
        limits: ConnectionLimits,
        times: Times,
        reception: Arc<dyn Reception>,
    ) -> TestHouse {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let doors = Service::ALL.map(|service| (service, any_port));
        let listeners = Listeners::bind(doors, limits, times).unwrap();
        let doors = listeners.doors().collect();
        let (end, ended) = async_channel::bounded::<()>(1);
        let thread = std::thread::spawn(move || {
            let executor = Arc::new(Executor::new());
            let open = listeners.open(&executor, reception);
            async_io::block_on(run(&executor, async {
                // No timer here: it would look at the sockets, which is the network's to do.
                ended.recv().await.ok();
                open.shut_down(Duration::from_secs(2)).await;
            }));
        });
        TestHouse {
            shared: Arc::default(),
            certificates,
            doors,
            end: Some(end),
            thread: Some(thread),
            folder: None,
        }
    }

    pub(crate) fn address(&self, service: Service) -> SocketAddr {
        self.doors
            .iter()
            .find(|door| door.service == service)
            .unwrap()
            .address
    }

    pub(crate) fn plain(&self, service: Service) -> Client<TcpStream> {
        let socket = TcpStream::connect(self.address(service)).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        Client(BufReader::new(socket))
    }

    /// A TLS client that trusts the house's default certificate.
    pub(crate) fn trusting(&self) -> ClientConfig {
        trusting(
            &self.certificates.default_certificate().unwrap(),
            rustls::ALL_VERSIONS,
        )
    }

    pub(crate) fn tls(&self, service: Service) -> Client<StreamOwned<ClientConnection, TcpStream>> {
        self.tls_with(service, self.trusting())
    }

    pub(crate) fn tls_with(
        &self,
        service: Service,
        config: ClientConfig,
    ) -> Client<StreamOwned<ClientConnection, TcpStream>> {
        let client = self.plain(service);
        client.start_tls(config)
    }

    /// Shuts the house down; returns how long that took.
    pub(crate) fn end(&mut self) -> Duration {
        let start = Instant::now();
        self.end.take();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
        start.elapsed()
    }
}

impl Drop for TestHouse {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        self.folder.take();
    }
}

pub(crate) fn trusting(
    certificate: &[u8],
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(certificate.to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

pub(crate) struct Client<S: Read + Write>(pub(crate) BufReader<S>);

impl Client<TcpStream> {
    pub(crate) fn start_tls(
        self,
        config: ClientConfig,
    ) -> Client<StreamOwned<ClientConnection, TcpStream>> {
        self.start_tls_as(config, HOST)
    }

    pub(crate) fn start_tls_as(
        self,
        config: ClientConfig,
        name: &str,
    ) -> Client<StreamOwned<ClientConnection, TcpStream>> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        Client(BufReader::with_capacity(
            1 << 16,
            StreamOwned::new(connection, self.0.into_inner()),
        ))
    }
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
        self.0.get_mut().flush().unwrap();
    }

    /// The next line without its end; empty at the end of the stream.
    pub(crate) fn line(&mut self) -> String {
        self.try_line().unwrap()
    }

    pub(crate) fn try_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    pub(crate) fn ask(&mut self, text: &str) -> String {
        self.send(&format!("{text}\r\n"));
        self.line()
    }
}

/// A line to `to` on which everything travels in pieces of at most `size`, each of which took `pause` to gather.
pub(crate) fn torn(to: SocketAddr, size: usize, pause: Duration) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let carry = move |mut from: TcpStream, mut to: TcpStream| {
        to.set_nodelay(true).unwrap();
        let mut room = vec![0; size];
        loop {
            std::thread::sleep(pause);
            let Ok(read @ 1..) = from.read(&mut room) else {
                break;
            };
            if to.write_all(&room[..read]).is_err() {
                break;
            }
        }
        to.shutdown(std::net::Shutdown::Write).ok();
    };
    std::thread::spawn(move || {
        let (ours, _) = listener.accept().unwrap();
        let theirs = TcpStream::connect(to).unwrap();
        let (a, b) = (ours.try_clone().unwrap(), theirs.try_clone().unwrap());
        std::thread::spawn(move || carry(a, theirs));
        carry(b, ours);
    });
    address
}

/// Waits until `true`, at most five seconds.
pub(crate) fn eventually(mut is: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "it never came to be"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}
