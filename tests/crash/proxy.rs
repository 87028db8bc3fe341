//! A line between two boxes that is cut at octets that chance chooses, in either direction.
//!
//! It sees only TLS records. Every connection goes on from a loopback address of its own, which the receiving box writes into the Received field: so each
//! message that arrived names the connection that it came by, and whether that one broke is known here.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::two_boxes::Chance;

/// Said by the line itself when there is nobody behind it: a host that hangs up without a word is left alone for a minute, and this test has no minute.
const NOBODY: &[u8] = b"421 4.3.2 Nobody is there\r\n";
/// Of a hundred connections so many are cut.
const CUT: u64 = 60;
/// A cut comes before so many octets have passed in one direction.
const OCTETS: [u64; 4] = [600, 3_000, 20_000, 100_000];
/// A connection that ended so shortly before a kill may be one whose end was not written any more.
const JUST_NOW: Duration = Duration::from_millis(500);

/// See the module. It ends with the process.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// Second octet of the addresses that connections go on from.
    net: u8,
    target: AtomicU16,
    /// Cuts are made.
    harsh: AtomicBool,
    /// One of the two boxes is being killed.
    killing: AtomicBool,
    chance: Mutex<Chance>,
    connections: Mutex<Vec<Arc<Trip>>>,
}

/// One connection.
#[derive(Default)]
struct Trip {
    cut: AtomicBool,
    killed: AtomicBool,
    ended: Mutex<Option<Instant>>,
}

/// The direction and number of octets that a connection has.
#[derive(Clone, Copy)]
struct Fuse {
    up: bool,
    octets: u64,
}

impl Proxy {
    /// Listens at `ip`; connections go on from 127.`net`.
    pub(crate) fn start(ip: Ipv4Addr, net: u8, seed: u64) -> Proxy {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let shared = Arc::new(Shared {
            net,
            target: AtomicU16::new(0),
            harsh: AtomicBool::new(true),
            killing: AtomicBool::new(false),
            chance: Mutex::new(Chance(seed)),
            connections: Mutex::default(),
        });
        let proxy = Proxy {
            address: listener.local_addr().unwrap(),
            shared: shared.clone(),
        };
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = shared.clone();
                std::thread::spawn(move || shared.carry(client));
            }
        });
        proxy
    }

    /// Where connections lead from now on.
    pub(crate) fn lead_to(&self, port: u16) {
        self.shared.target.store(port, Ordering::SeqCst);
    }

    /// No cuts any more.
    pub(crate) fn be_gentle(&self) {
        self.shared.harsh.store(false, Ordering::SeqCst);
    }

    /// One of the boxes is killed between a call with true and one with false: connections that are open in that time are broken.
    pub(crate) fn killing(&self, now: bool) {
        self.shared.killing.store(now, Ordering::SeqCst);
        for trip in self.shared.connections.lock().unwrap().iter() {
            let ended = *trip.ended.lock().unwrap();
            if ended.is_none_or(|at| at.elapsed() < JUST_NOW) {
                trip.killed.store(true, Ordering::SeqCst);
            }
        }
    }

    /// Whether connection `number` was cut, and whether it was open when a box was killed.
    pub(crate) fn broke(&self, number: usize) -> (bool, bool) {
        let connections = self.shared.connections.lock().unwrap();
        let trip = &connections[number];
        (
            trip.cut.load(Ordering::SeqCst),
            trip.killed.load(Ordering::SeqCst),
        )
    }

    /// Connections so far, and those of them that were cut.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let connections = self.shared.connections.lock().unwrap();
        let cut = connections.iter().filter(|t| t.cut.load(Ordering::SeqCst));
        (connections.len(), cut.count())
    }
}

impl Shared {
    fn carry(&self, mut client: TcpStream) {
        let (trip, number) = {
            let mut connections = self.connections.lock().unwrap();
            let trip = Arc::new(Trip::default());
            connections.push(trip.clone());
            (trip, connections.len() - 1)
        };
        if self.killing.load(Ordering::SeqCst) {
            trip.killed.store(true, Ordering::SeqCst);
        }
        if let Ok(server) = self.go_on(number) {
            self.both_ways(&mut client, server, &trip);
        } else {
            let _ = client.write_all(NOBODY);
        }
        let _ = client.shutdown(Shutdown::Both);
        *trip.ended.lock().unwrap() = Some(Instant::now());
    }

    fn go_on(&self, number: usize) -> io::Result<TcpStream> {
        let [.., high, low] = u32::try_from(number).unwrap().to_be_bytes();
        let source = SocketAddr::from(([127, self.net, high, low], 0));
        let port = self.target.load(Ordering::SeqCst);
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&source.into())?;
        socket.connect(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
        Ok(socket.into())
    }

    fn both_ways(&self, client: &mut TcpStream, mut server: TcpStream, trip: &Trip) {
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        // The greeting passes whole, for the reason of `NOBODY`.
        let mut greeting = [0; 1024];
        let count = server.read(&mut greeting).unwrap_or(0);
        if count == 0 {
            let _ = client.write_all(NOBODY);
            return;
        }
        if client.write_all(&greeting[..count]).is_err() {
            return;
        }
        let fuse = self.fuse();
        let (Ok(client_up), Ok(server_up)) = (client.try_clone(), server.try_clone()) else {
            return;
        };
        std::thread::scope(|scope| {
            let up = fuse.filter(|fuse| fuse.up).map(|fuse| fuse.octets);
            let down = fuse.filter(|fuse| !fuse.up).map(|fuse| fuse.octets);
            scope.spawn(move || pass(client_up, server_up, up, trip));
            pass(server, client.try_clone().unwrap(), down, trip);
        });
    }

    fn fuse(&self) -> Option<Fuse> {
        let mut chance = self.chance.lock().unwrap();
        if !self.harsh.load(Ordering::SeqCst) || chance.below(100) >= CUT {
            return None;
        }
        let most = OCTETS[chance.below(4) as usize];
        Some(Fuse {
            up: chance.below(2) == 0,
            octets: chance.below(most),
        })
    }
}

/// Passes octets on until somebody closes or so many have passed; then neither side hears of the other any more.
fn pass(mut from: TcpStream, mut to: TcpStream, mut fuse: Option<u64>, trip: &Trip) {
    let mut octets = [0; 16384];
    loop {
        let count = from.read(&mut octets).unwrap_or(0);
        if count == 0 {
            break;
        }
        let mut passing = count;
        if let Some(left) = &mut fuse {
            passing = passing.min(usize::try_from(*left).unwrap());
            *left -= passing as u64;
        }
        // Before anybody can notice.
        if fuse == Some(0) {
            trip.cut.store(true, Ordering::SeqCst);
        }
        if to.write_all(&octets[..passing]).is_err() || fuse == Some(0) {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
