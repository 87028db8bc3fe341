//! The web server as a whole: what all connections share, its doors, and what is done when the window closes.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use async_executor::Executor;
use async_io::{Async, Timer};
use event_listener::listener;
use futures_lite::FutureExt as _;

use super::Site;
use super::attend::attend;
use super::beacon::Beacon;
use super::deeds::Deeds;
use super::premises::Premises;
use super::seats::Seats;
use super::sessions::Sessions;
use super::throttle::Throttle;
use super::tokens::Tokens;
use crate::log;
use crate::net::{Closing, bind};

/// Devices that have come through TLS in this opening, and need no explanation any more.
const MOST_MET: usize = 16;
/// How long accepting rests when the process has no descriptor or memory left.
const REST: Duration = Duration::from_millis(200);

/// How long each thing may take. Browsers are quick; who is not holds a seat that others want.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WebTimes {
    /// A TLS handshake in all.
    pub handshake: Duration,
    /// A head, and the pause between two requests on a connection.
    pub head: Duration,
    /// A form.
    pub form: Duration,
    /// The client takes nothing of what we send.
    pub stall: Duration,
    /// A connection takes no new request after this.
    pub connection: Duration,
    /// And an answer under way has this long yet: what a page may have to wait for, such as a new life or a probe of port 25.
    pub answer: Duration,
    /// How long a request waits for a new life to begin.
    pub life: Duration,
}

impl Default for WebTimes {
    fn default() -> Self {
        WebTimes {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            form: Duration::from_secs(10),
            stall: Duration::from_secs(20),
            connection: Duration::from_secs(60),
            answer: Duration::from_secs(90),
            life: Duration::from_secs(20),
        }
    }
}

/// The server; clones share it.
#[derive(Clone)]
pub struct Web {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) premises: Arc<dyn Premises>,
    pub(super) setup: Arc<dyn Site>,
    pub(super) public: Arc<dyn Site>,
    pub(super) times: WebTimes,
    pub(super) sessions: Sessions,
    pub(super) tokens: Tokens,
    pub(super) throttle: Throttle,
    pub(super) beacon: Beacon,
    /// POSTs that are being answered.
    pub(super) deeds: Deeds,
    seats: Seats,
    /// The opening, and who came through TLS in it.
    met: Mutex<(Option<u64>, Vec<IpAddr>)>,
    /// The first TLS door's; 0: there is none.
    tls_port: AtomicU16,
}

/// Bound doors.
pub struct WebDoors {
    pub(super) bound: Vec<(bool, SocketAddr, Async<TcpListener>)>,
}

impl WebDoors {
    /// Binds plain doors and TLS doors, or none: the first failure ends it, with a text that names the address and what to do.
    ///
    /// # Errors
    /// An address that is taken, not ours, or a port that this process may not have.
    pub fn bind(plain: &[SocketAddr], tls: &[SocketAddr]) -> io::Result<WebDoors> {
        let doors = (plain.iter().map(|door| (false, door))).chain(tls.iter().map(|d| (true, d)));
        let mut bound = Vec::new();
        for (secure, address) in doors {
            let service = if secure { "https" } else { "http" };
            let listener = bind(*address)
                .map_err(|error| io::Error::new(error.kind(), format!("{service}: {error}")))?;
            let address = listener.get_ref().local_addr()?;
            bound.push((secure, address, listener));
        }
        Ok(WebDoors { bound })
    }

    /// What is listened on, with the ports that the system chose; true: TLS.
    pub fn addresses(&self) -> impl Iterator<Item = (bool, SocketAddr)> {
        self.bound.iter().map(|(tls, address, _)| (*tls, *address))
    }

    /// The same by the names that the services have in the settings.
    pub fn named(&self) -> Vec<(&'static str, SocketAddr)> {
        let name = |tls| if tls { "https" } else { "http" };
        let doors = self.addresses();
        doors.map(|(tls, address)| (name(tls), address)).collect()
    }

    /// Where pages are served: what the local network is told of.
    pub fn tls_addresses(&self) -> Vec<SocketAddr> {
        let doors = self.addresses().filter(|(tls, _)| *tls);
        doors.map(|(_, address)| address).collect()
    }
}

impl Web {
    /// A server without doors. `setup` answers the owner's pages, `public` the endpoints that everyone may ask.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new(
        premises: Arc<dyn Premises>,
        setup: Arc<dyn Site>,
        public: Arc<dyn Site>,
        times: WebTimes,
    ) -> io::Result<Web> {
        Ok(Web {
            inner: Arc::new(Inner {
                premises,
                setup,
                public,
                times,
                sessions: Sessions::default(),
                tokens: Tokens::new(Instant::now())?,
                throttle: Throttle::default(),
                beacon: Beacon::default(),
                deeds: Arc::default(),
                seats: Seats::default(),
                met: Mutex::default(),
                tls_port: AtomicU16::new(0),
            }),
        })
    }

    /// Serves at `doors` until `closing` begins: one task a door and one a client, on `executor`.
    pub fn serve(&self, doors: WebDoors, executor: &Arc<Executor<'static>>, closing: &Closing) {
        let tls_port = doors.addresses().find(|(tls, _)| *tls);
        let tls_port = tls_port.map_or(0, |(_, address)| address.port());
        self.inner.tls_port.store(tls_port, Ordering::Relaxed);
        for (secure, _, listener) in doors.bound {
            let accepting = accept(
                self.inner.clone(),
                secure,
                listener,
                Arc::downgrade(executor),
                closing.clone(),
            );
            executor.spawn(accepting).detach();
        }
        let (inner, closing) = (self.inner.clone(), closing.clone());
        let upkeep = async move {
            listener!(closing.event() => closed);
            if !closing.has_begun() {
                let kept = inner.beacon.keep(&*inner.premises);
                closed.or(kept).or(inner.tidy_up()).await;
            }
        };
        executor.spawn(upkeep).detach();
    }
}

impl Inner {
    /// `https://HOST[:PORT]` for a host of ours; `None`: there is no TLS door.
    pub(super) fn tls_origin(&self, host: &str) -> Option<String> {
        match self.tls_port.load(Ordering::Relaxed) {
            0 => None,
            443 => Some(format!("https://{host}")),
            port => Some(format!("https://{host}:{port}")),
        }
    }

    /// Remembers that this device trusts the box for this opening.
    pub(super) fn meet(&self, peer: IpAddr, opening: Option<u64>) {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if met.0 != opening {
            *met = (opening, Vec::new());
        }
        if met.1.len() < MOST_MET && !met.1.contains(&peer) {
            met.1.push(peer);
        }
    }

    /// Whether it did come through TLS in this opening.
    pub(super) fn has_met(&self, peer: IpAddr, opening: Option<u64>) -> bool {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        opening.is_some() && met.0 == opening && met.1.contains(&peer)
    }

    /// When the window closes, everything of its opening goes, for ever.
    async fn tidy_up(&self) {
        let mut before = self.premises.opening();
        loop {
            let changed = self.premises.window_changed();
            let opening = self.premises.opening();
            if before.is_some() && opening != before {
                // Sessions that a setting lets live on are told from others when they are next used.
                self.beacon.stop();
                self.tokens.forget(Instant::now());
                self.throttle.forget();
                *self.met.lock().unwrap_or_else(PoisonError::into_inner) = (None, Vec::new());
                if !self.premises.present().await.always {
                    self.sessions.end_all();
                }
                crate::process::trim();
            }
            before = opening;
            if self.premises.opening() == opening {
                changed.await;
            }
        }
    }
}

/// Accepts at one door until the box goes down.
async fn accept(
    inner: Arc<Inner>,
    secure: bool,
    door: Async<TcpListener>,
    executor: Weak<Executor<'static>>,
    closing: Closing,
) {
    loop {
        listener!(closing.event() => closed);
        if closing.has_begun() {
            return;
        }
        let closed = async {
            closed.await;
            None
        };
        let Some(accepted) = async { Some(door.accept().await) }.or(closed).await else {
            return;
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Most are about one client that has left; no descriptors left would otherwise be told again and again.
                log::debug(0, format_args!("web: cannot accept: {error}"));
                Timer::after(REST).await;
                continue;
            }
        };
        let peer = peer.ip().to_canonical();
        if inner.premises.keeps_out(peer) {
            log::debug(0, format_args!("web: {peer} is banned"));
            futures_lite::future::yield_now().await;
            continue;
        }
        let Some(seat) = inner.seats.take(peer) else {
            log::debug(0, format_args!("web: {peer} refused, too many connections"));
            futures_lite::future::yield_now().await;
            continue;
        };
        let Some(executor) = executor.upgrade() else {
            return;
        };
        let served = attend(
            inner.clone(),
            secure,
            socket,
            peer,
            Arc::downgrade(&executor),
            closing.clone(),
        );
        let task = async move {
            let _here = seat;
            let served = std::panic::AssertUnwindSafe(served);
            if served.catch_unwind().await.is_err() {
                log::error(0, "web: a fault in the program ended this connection");
            }
        };
        executor.spawn(task).detach();
        futures_lite::future::yield_now().await;
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
