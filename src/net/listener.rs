//! The doors: bind, accept, count, refuse; and the orderly end.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_executor::Executor;
use async_io::{Async, Timer};
use event_listener::listener;
use futures_lite::FutureExt;
use futures_lite::future::yield_now;
use rustls::ServerConfig;
use socket2::{SockRef, TcpKeepalive};

use super::serve::serve;
use super::{
    Arrival, Closing, ConnectionLimits, Conversation, Seats, Secured, Service, Times, bind,
};
use crate::log;

/// A client that is gone without a word is noticed after about this long and a few probes: phones leave the house, routers forget connections.
const KEEPALIVE: Duration = Duration::from_secs(300);
/// Between the probes.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(60);
/// How long accepting rests when the process has no descriptor or memory left. The kernel's queue holds clients meanwhile.
const REST: Duration = Duration::from_millis(200);
/// Clients accepted in a row before those inside get their turn.
const ACCEPTS_IN_A_ROW: u32 = 16;

/// What a client that may come in holds until its session is over.
pub type Pass = Box<dyn Send>;

/// Whether a client may come in.
pub enum Admission {
    /// As long as this is held.
    Welcome(Pass),
    /// It hears these words, if any, as far as its socket takes them at once, and the connection closes.
    TurnedAway(&'static [u8]),
}

/// Who greets the clients.
pub trait Reception: Send + Sync {
    /// Asked first, before a word is said, a seat taken or a key exchanged. The socket is for ending the connection when others need the seat.
    fn admit(&self, _arrival: &Arrival, _socket: &Arc<Async<TcpStream>>) -> Admission {
        Admission::Welcome(Box::new(()))
    }

    /// TLS for this service, with its ALPN name; `None` offers none (a TLS door then refuses everyone).
    fn tls(&self, service: Service) -> Option<Arc<ServerConfig>>;

    /// The session for a client that came in; over TLS already where `secured` says so. Its first step prints the greeting. `None`: it cannot be served
    /// (the reason is in the log), and the connection closes.
    fn converse(
        &self,
        arrival: &Arrival,
        secured: Option<Secured>,
        now: Instant,
    ) -> Option<Box<dyn Conversation>>;
}

/// What every connection needs to know.
pub(super) struct House {
    pub(super) reception: Arc<dyn Reception>,
    pub(super) closing: Closing,
    pub(super) times: Times,
    seats: Seats,
    sessions: Arc<AtomicU64>,
}

/// A bound door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Door {
    /// What is served there.
    pub service: Service,
    /// The address, with the port that the system chose if 0 was asked for.
    pub address: SocketAddr,
}

/// Sockets that listen. The next life takes over those that it wants too, so that clients who come in between wait in the kernel's queue and find the door
/// open.
#[derive(Clone, Default)]
pub struct Held {
    bound: Vec<(Door, Arc<Async<TcpListener>>)>,
    /// Sessions so far: their numbers in the log go on.
    sessions: Arc<AtomicU64>,
}

impl Held {
    /// What is listened on.
    pub fn doors(&self) -> impl Iterator<Item = Door> {
        self.bound.iter().map(|(door, _)| *door)
    }

    /// Whatever it serves now.
    fn at(&self, address: SocketAddr) -> Option<Arc<Async<TcpListener>>> {
        let held = self.bound.iter().find(|(door, _)| door.address == address);
        held.map(|(_, listener)| listener.clone())
    }
}

/// Every bound socket. Binding and serving are two steps, so that a box that cannot bind says so before it does anything, and so that privileges
/// can be dropped between them.
pub struct Listeners {
    held: Held,
    closing: Closing,
    seats: Seats,
    times: Times,
}

impl Listeners {
    /// Binds all of `doors`, or none: the first failure ends it, with a text that names the address and what to do.
    pub fn bind(
        doors: impl IntoIterator<Item = (Service, SocketAddr)>,
        limits: ConnectionLimits,
        times: Times,
    ) -> io::Result<Listeners> {
        Listeners::bind_beside(&Held::default(), doors, limits, times)
    }

    /// The same, with the sockets of `held` for the addresses that are among them.
    pub fn bind_beside(
        held: &Held,
        doors: impl IntoIterator<Item = (Service, SocketAddr)>,
        limits: ConnectionLimits,
        times: Times,
    ) -> io::Result<Listeners> {
        let mut bound = Vec::new();
        for (service, address) in doors {
            let listener = match held.at(address) {
                Some(listener) => listener,
                None => Arc::new(bind(address).map_err(|error| {
                    io::Error::new(error.kind(), format!("{service}: {error}"))
                })?),
            };
            let address = listener.as_ref().get_ref().local_addr()?;
            bound.push((Door { service, address }, listener));
        }
        Ok(Listeners {
            held: Held {
                bound,
                sessions: held.sessions.clone(),
            },
            closing: Closing::default(),
            seats: Seats::new(limits),
            times,
        })
    }

    /// What is listened on.
    pub fn doors(&self) -> impl Iterator<Item = Door> {
        self.held.doors()
    }

    /// The signal that ends it all; [`Open::shut_down`] gives it.
    pub fn closing(&self) -> Closing {
        self.closing.clone()
    }

    /// Accepts from now on: one task a door and one a client, on `executor`.
    pub fn open(self, executor: &Arc<Executor<'static>>, reception: Arc<dyn Reception>) -> Open {
        let house = Arc::new(House {
            reception,
            closing: self.closing.clone(),
            times: self.times,
            seats: self.seats.clone(),
            sessions: self.held.sessions.clone(),
        });
        for (door, listener) in &self.held.bound {
            let loop_ = accept(*door, listener.clone(), house.clone(), executor.clone());
            executor.spawn(loop_).detach();
        }
        Open {
            closing: self.closing,
            seats: self.seats,
            held: self.held,
        }
    }
}

/// The open doors.
pub struct Open {
    closing: Closing,
    seats: Seats,
    held: Held,
}

impl Open {
    /// Connections at this moment.
    pub fn connections(&self) -> usize {
        self.seats.taken()
    }

    /// The sockets, for the next life.
    pub fn held(&self) -> Held {
        self.held.clone()
    }

    /// Stops accepting, tells every client, lets commits that are under way end and be answered; returns when the last client is gone, or after `within`.
    pub async fn shut_down(&self, within: Duration) {
        self.closing.begin();
        let gone = async { self.closing.all_gone().await };
        let late = async {
            Timer::after(within).await;
        };
        gone.or(late).await;
    }
}

/// Accepts at one door until the box goes down.
async fn accept(
    door: Door,
    listener: Arc<Async<TcpListener>>,
    house: Arc<House>,
    executor: Arc<Executor<'static>>,
) {
    let mut in_a_row = 0;
    loop {
        listener!(house.closing.event() => closed);
        if house.closing.has_begun() {
            return;
        }
        let closed = async {
            closed.await;
            None
        };
        let Some(accepted) = async { Some(listener.accept().await) }.or(closed).await else {
            return;
        };
        match accepted {
            Ok((socket, peer)) => {
                admit(door, socket, peer, &house, &executor);
            }
            Err(error) if is_exhaustion(&error) => {
                log::warn(
                    0,
                    format_args!("{}: cannot take more clients now: {error}", door.service),
                );
                Timer::after(REST).await;
            }
            // The client left before we came to it.
            Err(_) => {}
        }
        in_a_row += 1;
        if in_a_row % ACCEPTS_IN_A_ROW == 0 {
            yield_now().await;
        }
    }
}

/// No descriptors or no memory; any other error of accept(2) is about one client.
fn is_exhaustion(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    )
}

fn admit(
    door: Door,
    socket: Async<TcpStream>,
    peer: SocketAddr,
    house: &Arc<House>,
    executor: &Executor<'static>,
) {
    let number = house.sessions.fetch_add(1, Ordering::Relaxed) + 1;
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    let service = door.service;
    let socket = Arc::new(socket);
    let arrival = Arrival {
        number,
        service,
        peer,
    };
    let pass = match house.reception.admit(&arrival, &socket) {
        Admission::Welcome(pass) => pass,
        Admission::TurnedAway(words) => {
            log::debug(number, format_args!("{service} from {peer}: turned away"));
            refuse(words, socket.as_ref().get_ref());
            return;
        }
    };
    let Some(seat) = house.seats.take(peer.ip()) else {
        log::info(
            number,
            format_args!("{service} from {peer}: refused, too many connections"),
        );
        refuse(service.refusal(), socket.as_ref().get_ref());
        return;
    };
    if let Err(error) = prepare(socket.as_ref().get_ref()) {
        log::debug(number, format_args!("{service} from {peer}: {error}"));
        return;
    }
    log::debug(number, format_args!("{service} from {peer}"));
    let session = serve(house.clone(), arrival, socket, Box::new((seat, pass)));
    executor.spawn(session).detach();
}

/// Answers go out at once, and dead clients are found.
fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(KEEPALIVE_INTERVAL);
    SockRef::from(socket).set_tcp_keepalive(&keepalive)
}

/// Tells a client why not, as far as its socket takes it, and closes.
fn refuse(words: &[u8], socket: &TcpStream) {
    if !words.is_empty() {
        super::stream::transmit(socket, words).ok();
    }
    socket.shutdown(std::net::Shutdown::Both).ok();
}
