//! A web server over real sockets, with a box that stands still around it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what tests share may stop at once"
)]

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_executor::Executor;
use async_io::Timer;
use board::Rhythm;
use event_listener::{Event, EventListener};
use store::AccountId;

use super::attend::attend;
use super::premises::Householder;
use super::server::{Inner, Web, WebDoors, WebTimes};
use super::{Boxed, Language, Method, Premises, Present, Reply, Request, Site, Visitor};
use crate::net::Closing;
use crate::net::test_support::{Client, Folder, trusting};
use crate::tls::{Certificates, Configs};

pub(super) const ANN: AccountId = AccountId(7);
pub(super) const NAME: &str = "pillarbox.local";

/// A box whose window a test opens and closes.
#[derive(Default)]
pub(super) struct Still {
    pub(super) opening: Mutex<Option<u64>>,
    pub(super) changed: Event,
    pub(super) always: AtomicBool,
    /// What mDNS calls it.
    pub(super) local_name: Mutex<Option<String>>,
    pub(super) owner: Mutex<Option<AccountId>>,
    /// How often their password was changed.
    pub(super) password: AtomicUsize,
    pub(super) played: Mutex<Option<Rhythm>>,
    pub(super) present: Mutex<Option<(Configs, Arc<Certificates>)>>,
}

impl Still {
    pub(super) fn open(&self, opening: Option<u64>) {
        *self.opening.lock().unwrap() = opening;
        self.changed.notify(usize::MAX);
    }
}

impl Premises for Still {
    fn opening(&self) -> Option<u64> {
        *self.opening.lock().unwrap()
    }

    fn window_changed(&self) -> EventListener {
        self.changed.listen()
    }

    fn present(&self) -> Boxed<Arc<Present>> {
        let (configs, certificates) = self.present.lock().unwrap().clone().unwrap();
        let present = Arc::new(Present {
            tls: configs.web(),
            certificates,
            names: vec![NAME.to_owned()],
            always: self.always.load(Ordering::Relaxed),
            language: Language::English,
        });
        Box::pin(async move { present })
    }

    fn local_name(&self) -> Option<String> {
        self.local_name.lock().unwrap().clone()
    }

    fn owner(&self) -> Boxed<Option<Householder>> {
        let password = self.password.load(Ordering::Relaxed) as u64;
        let owner = *self.owner.lock().unwrap();
        let owner = owner.map(|account| Householder { account, password });
        Box::pin(async move { owner })
    }

    fn play(&self, rhythm: Option<Rhythm>) {
        *self.played.lock().unwrap() = rhythm;
    }
}

/// Pages that say what they were asked.
#[derive(Default)]
pub(super) struct Echo {
    deeds: Arc<AtomicUsize>,
}

impl Site for Echo {
    fn answer(&self, request: Request) -> Boxed<Reply> {
        let deeds = self.deeds.clone();
        Box::pin(async move {
            let who = match request.visitor {
                Visitor::Owner { session, .. } => format!("owner {session}"),
                Visitor::Stranger => "stranger".to_owned(),
                Visitor::Public => "public".to_owned(),
            };
            if request.method == Method::Post && request.visitor != Visitor::Public {
                deeds.fetch_add(1, Ordering::SeqCst);
            }
            match request.path.as_str() {
                "/in" if request.method == Method::Post => Reply::see_other("/").sign_in(ANN),
                "/other-password" => Reply::text("changed").sign_in_alone(ANN),
                "/out" => Reply::see_other("/").sign_out(),
                "/fault" => panic!("a page with a fault"),
                "/gone" => Reply::not_found(),
                "/light" => Reply::text(request.fingerprint().hex()),
                path => Reply::text(format!(
                    "{path} {who} {} {} {} csrf={}\n",
                    request.language.code(),
                    request.form.text("name"),
                    String::from_utf8_lossy(&request.body),
                    request.csrf(),
                )),
            }
        })
    }
}

pub(super) struct Served {
    pub(super) still: Arc<Still>,
    pub(super) deeds: Arc<AtomicUsize>,
    pub(super) plain: SocketAddr,
    pub(super) tls: SocketAddr,
    pub(super) certificate: Vec<u8>,
    pub(super) end: Option<async_channel::Sender<()>>,
    pub(super) thread: Option<std::thread::JoinHandle<()>>,
    _folder: Folder,
}

impl Served {
    pub(super) fn new() -> Served {
        Served::seen_as(None, WebTimes::default())
    }

    /// `peer`: whoever comes is taken for this one, because a test can come from nowhere else than this machine.
    pub(super) fn seen_as(peer: Option<IpAddr>, times: WebTimes) -> Served {
        let folder = Folder::new();
        let certificates = Certificates::open(&folder.0, NAME, Vec::new()).unwrap();
        let certificate = certificates.default_certificate().unwrap();
        let configs = Configs::new(&certificates).unwrap();
        let still = Arc::new(Still::default());
        *still.present.lock().unwrap() = Some((configs, certificates));
        still.open(Some(1));
        let site = Arc::new(Echo::default());
        let deeds = site.deeds.clone();
        let web = Web::new(still.clone(), site.clone(), site, times).unwrap();
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let doors = WebDoors::bind(&[any_port], &[any_port]).unwrap();
        let of = |wanted| doors.addresses().find(|(tls, _)| *tls == wanted).unwrap().1;
        let (plain, tls) = (of(false), of(true));
        let (end, ended) = async_channel::bounded::<()>(1);
        let served = web.clone();
        let thread = std::thread::spawn(move || {
            let executor = Arc::new(Executor::new());
            let closing = Closing::default();
            match peer {
                None => served.serve(doors, &executor, &closing),
                Some(peer) => as_if(&served.inner, doors, peer, &executor, &closing),
            }
            async_io::block_on(crate::net::run(&executor, async {
                ended.recv().await.ok();
                closing.begin();
                Timer::after(Duration::from_millis(20)).await;
            }));
        });
        Served {
            still,
            deeds,
            plain,
            tls,
            certificate,
            end: Some(end),
            thread: Some(thread),
            _folder: folder,
        }
    }

    /// What is answered to these octets over TLS, until the server closes.
    pub(super) fn tls(&self, octets: &str) -> String {
        let config = trusting(&self.certificate, rustls::ALL_VERSIONS);
        let mut client =
            Client(std::io::BufReader::new(connect(self.tls))).start_tls_as(config, NAME);
        client.0.get_mut().write_all(octets.as_bytes()).unwrap();
        let mut said = Vec::new();
        client.0.read_to_end(&mut said).ok();
        String::from_utf8_lossy(&said).into_owned()
    }

    pub(super) fn plain(&self, octets: &str) -> String {
        let mut socket = connect(self.plain);
        socket.write_all(octets.as_bytes()).unwrap();
        let mut said = Vec::new();
        socket.read_to_end(&mut said).ok();
        String::from_utf8_lossy(&said).into_owned()
    }

    pub(super) fn get(&self, path: &str, fields: &str) -> String {
        self.tls(&get(path, NAME, fields))
    }

    pub(super) fn post(&self, path: &str, fields: &str, form: &str) -> String {
        self.tls(&post(path, fields, form))
    }

    /// A token from a form of a visitor with this cookie.
    pub(super) fn token(&self, cookie: &str) -> String {
        let page = self.get("/form", cookie);
        let (_, token) = page.split_once("csrf=").unwrap();
        token.trim().to_owned()
    }

    /// Signs in; the cookie's line.
    pub(super) fn sign_in(&self) -> String {
        *self.still.owner.lock().unwrap() = Some(ANN);
        let said = self.post("/in", "", &format!("csrf={}", self.token("")));
        let set = said.lines().find(|line| line.starts_with("set-cookie: "));
        let set = set.unwrap_or_else(|| panic!("{said}"));
        let set = set.strip_prefix("set-cookie: ").unwrap();
        let pair = set.split(';').next().unwrap();
        format!("Cookie: {pair}\r\n")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Both doors, but everyone comes from `peer`.
pub(super) fn as_if(
    inner: &Arc<Inner>,
    doors: WebDoors,
    peer: IpAddr,
    executor: &Arc<Executor<'static>>,
    closing: &Closing,
) {
    for (secure, _, door) in doors.bound {
        let (inner, closing) = (inner.clone(), closing.clone());
        let weak = Arc::downgrade(executor);
        let accepting = async move {
            while let Ok((socket, _)) = door.accept().await {
                let (inner, closing) = (inner.clone(), closing.clone());
                let served = attend(inner, secure, socket, peer, weak.clone(), closing);
                weak.upgrade().unwrap().spawn(served).detach();
            }
        };
        executor.spawn(accepting).detach();
    }
}

pub(super) fn connect(to: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(to).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    socket
}

pub(super) fn get(path: &str, host: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n")
}

pub(super) fn post(path: &str, fields: &str, form: &str) -> String {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n{fields}\r\n{form}"
    )
}

pub(super) fn status(said: &str) -> &str {
    said.split(' ').nth(1).unwrap_or("nothing")
}

pub(super) fn header<'s>(said: &'s str, name: &str) -> Option<&'s str> {
    let head = said.split("\r\n\r\n").next()?;
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
