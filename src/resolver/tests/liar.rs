//! A DNS server on loopback, over UDP and TCP on one port, that says what a test wants it to say.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was asked.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) octets: Vec<u8>,
    pub(super) tcp: bool,
    pub(super) from: SocketAddr,
    /// Which question this is, from 0.
    pub(super) number: usize,
}

impl Asked {
    pub(super) fn id(&self) -> [u8; 2] {
        [self.octets[0], self.octets[1]]
    }

    /// The labels with their lengths, as they came, without the final zero.
    pub(super) fn name(&self) -> &[u8] {
        let end = self.octets[12..]
            .iter()
            .position(|octet| *octet == 0)
            .unwrap();
        &self.octets[12..12 + end]
    }

    pub(super) fn has_edns(&self) -> bool {
        self.octets[11] == 1
    }

    /// An answer without records.
    pub(super) fn reply(&self) -> Message {
        let mut octets = self.octets[..12 + self.name().len() + 5].to_vec();
        octets[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]);
        Message(octets)
    }
}

/// An answer being written; records go in the order of the sections.
#[derive(Clone)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn raw(octets: Vec<u8>) -> Message {
        Message(octets)
    }

    pub(super) fn octets(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn id(mut self, id: [u8; 2]) -> Message {
        self.0[..2].copy_from_slice(&id);
        self
    }

    pub(super) fn flags(mut self, flags: u16) -> Message {
        self.0[2..4].copy_from_slice(&flags.to_be_bytes());
        self
    }

    /// Another name in the question, of the same length.
    pub(super) fn question(mut self, name: &[u8]) -> Message {
        self.0[12..12 + name.len()].copy_from_slice(name);
        self
    }

    pub(super) fn lower_case(mut self) -> Message {
        self.0[12..].make_ascii_lowercase();
        self
    }

    pub(super) fn record(self, record: Vec<u8>) -> Message {
        self.counted(7, record)
    }

    pub(super) fn authority(self, record: Vec<u8>) -> Message {
        self.counted(9, record)
    }

    fn counted(mut self, count: usize, record: Vec<u8>) -> Message {
        self.0[count] += 1;
        self.0.extend(record);
        self
    }

    pub(super) fn udp(self) -> Act {
        Act {
            octets: self.0,
            piece: usize::MAX,
            pause: Duration::ZERO,
        }
    }

    pub(super) fn tcp(self) -> Act {
        let length = (self.0.len() as u16).to_be_bytes().to_vec();
        Act {
            octets: [length, self.0].concat(),
            ..Message(Vec::new()).udp()
        }
    }
}

/// Something to send.
pub(super) struct Act {
    octets: Vec<u8>,
    piece: usize,
    /// Before each piece.
    pause: Duration,
}

impl Act {
    pub(super) fn in_pieces(self, piece: usize, pause: Duration) -> Act {
        Act {
            piece,
            pause,
            ..self
        }
    }

    pub(super) fn after(self, pause: Duration) -> Act {
        Act { pause, ..self }
    }

    pub(super) fn claiming(mut self, length: u16) -> Act {
        self.octets[..2].copy_from_slice(&length.to_be_bytes());
        self
    }
}

/// The server; gone when dropped.
pub(super) struct Liar {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    over: Arc<AtomicBool>,
}

impl Liar {
    pub(super) fn new(say: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> Liar {
        let (udp, tcp) = sockets();
        let address = udp.local_addr().unwrap();
        let say = Arc::new(say);
        let liar = Liar {
            address,
            asked: Arc::default(),
            over: Arc::default(),
        };
        let note = {
            let asked = liar.asked.clone();
            move |octets: Vec<u8>, tcp, from| {
                let mut all = asked.lock().unwrap();
                let one = Asked {
                    octets,
                    tcp,
                    from,
                    number: all.len(),
                };
                all.push(one.clone());
                one
            }
        };
        std::thread::spawn({
            let (say, note, over, udp) =
                (say.clone(), note.clone(), liar.over.clone(), Arc::new(udp));
            move || {
                let mut buffer = [0; 4096];
                while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                    if over.load(Ordering::Acquire) {
                        return;
                    }
                    let asked = note(buffer[..length].to_vec(), false, from);
                    let (say, udp) = (say.clone(), udp.clone());
                    std::thread::spawn(move || {
                        for act in say(&asked) {
                            std::thread::sleep(act.pause);
                            let _ = udp.send_to(&act.octets, from);
                        }
                    });
                }
            }
        });
        std::thread::spawn({
            let over = liar.over.clone();
            move || {
                while let Ok((mut stream, from)) = tcp.accept() {
                    if over.load(Ordering::Acquire) {
                        return;
                    }
                    let mut length = [0; 2];
                    stream.read_exact(&mut length).unwrap();
                    let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
                    stream.read_exact(&mut octets).unwrap();
                    'all: for act in say(&note(octets, true, from)) {
                        for piece in act.octets.chunks(act.piece) {
                            std::thread::sleep(act.pause);
                            if stream.write_all(piece).is_err() {
                                break 'all;
                            }
                        }
                    }
                }
            }
        });
        liar
    }

    /// Every question so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // Wakes both threads.
        let _ = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"", self.address));
        let _ = std::net::TcpStream::connect(self.address);
    }
}

/// Both on one port.
fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}

fn wire(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut wire: Vec<u8> = labels
        .flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat())
        .collect();
    wire.push(0);
    wire
}

fn record(owner: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let (kind, length) = (kind.to_be_bytes(), (data.len() as u16).to_be_bytes());
    [
        &wire(owner),
        kind.as_slice(),
        &[0, 1],
        &ttl.to_be_bytes(),
        &length,
        data,
    ]
    .concat()
}

pub(super) fn a(owner: &str, ttl: u32, last: u8) -> Vec<u8> {
    record(owner, 1, ttl, &[192, 0, 2, last])
}

pub(super) fn cname(owner: &str, target: &str) -> Vec<u8> {
    record(owner, 5, 60, &wire(target))
}

pub(super) fn mx(owner: &str, preference: u16, exchange: &str) -> Vec<u8> {
    record(
        owner,
        15,
        60,
        &[preference.to_be_bytes().to_vec(), wire(exchange)].concat(),
    )
}

pub(super) fn soa(zone: &str, minimum: u32) -> Vec<u8> {
    let data = [
        wire("ns.x"),
        wire("m.x"),
        vec![0; 16],
        minimum.to_be_bytes().to_vec(),
    ]
    .concat();
    record(zone, 6, 60, &data)
}
