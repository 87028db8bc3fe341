//! A time server of the test's own (NTP, RFC 5905 §7.3), on a loopback address: honest or not. Written octet by octet, so that a fault in the client's packets is
//! not answered by the same fault here.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Seconds from NTP's first to 1970.
const EPOCH: u64 = 2_208_988_800;
/// How often a server looks whether it is to end.
const LOOK: Duration = Duration::from_millis(20);

/// How a server answers.
#[derive(Clone, PartialEq, Debug)]
pub enum Manner {
    /// With the right time, and so many seconds more.
    Tells(i64),
    /// Not at all.
    Silent,
    /// Rightly, after a while.
    Late(Duration),
    /// Only answers to questions that nobody asked, with a time far away.
    Astray,
    /// Those first, then the right one.
    AstrayThenRight,
    /// With a packet that is cut.
    Short,
    /// With a kiss of death (RFC 5905 §7.4).
    Kiss([u8; 4]),
    /// It knows no time itself.
    Unsynchronised,
}

/// A running server; it ends with the value.
pub struct TimeServer {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    manner: Mutex<Manner>,
    questions: Mutex<Vec<Vec<u8>>>,
    ended: AtomicBool,
}

impl TimeServer {
    /// A server that asks `time` for the right time, microseconds since 1970. Port 0: any.
    pub fn start(
        ip: Ipv4Addr,
        port: u16,
        manner: Manner,
        time: impl Fn() -> i64 + Send + 'static,
    ) -> TimeServer {
        let socket = UdpSocket::bind((ip, port)).expect("a port for the time server");
        socket
            .set_read_timeout(Some(LOOK))
            .expect("a socket that can be waited for");
        let address = socket.local_addr().expect("a socket with an address");
        let shared = Arc::new(Shared {
            manner: Mutex::new(manner),
            questions: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let served = shared.clone();
        std::thread::spawn(move || served.serve(&socket, &time));
        TimeServer { address, shared }
    }

    /// From now on it answers otherwise.
    pub fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().expect("the manner") = manner;
    }

    /// Every packet that came.
    pub fn questions(&self) -> Vec<Vec<u8>> {
        self.shared.questions.lock().expect("questions").clone()
    }

    /// How many.
    pub fn asked(&self) -> usize {
        self.shared.questions.lock().expect("questions").len()
    }
}

impl Drop for TimeServer {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn serve(&self, socket: &UdpSocket, time: &dyn Fn() -> i64) {
        let mut room = [0; 1024];
        while !self.ended.load(Ordering::Relaxed) {
            let Ok((length, peer)) = socket.recv_from(&mut room) else {
                continue;
            };
            let question = room[..length].to_vec();
            let manner = self.manner.lock().expect("the manner").clone();
            self.questions
                .lock()
                .expect("questions")
                .push(question.clone());
            let say = |packet: &[u8]| {
                let _ = socket.send_to(packet, peer);
            };
            let right = || answer(&question, time());
            let astray = || {
                let mut packet = answer(&question, time() + 1_000_000_000_000_000);
                packet[31] ^= 1;
                packet
            };
            match manner {
                Manner::Silent => {}
                Manner::Tells(off) => say(&answer(&question, time() + off * 1_000_000)),
                Manner::Late(wait) => {
                    std::thread::sleep(wait);
                    say(&right());
                }
                Manner::Astray => (0..3).for_each(|_| say(&astray())),
                Manner::AstrayThenRight => {
                    say(&astray());
                    say(&right()[..40]);
                    // From another socket: a liar beside the line, who has seen the question.
                    if let Ok(other) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)) {
                        let _ = other.send_to(&answer(&question, time() + 9_000_000_000), peer);
                    }
                    std::thread::sleep(Duration::from_millis(50));
                    say(&right());
                }
                Manner::Short => say(&right()[..40]),
                Manner::Kiss(code) => {
                    let mut packet = right();
                    packet[0] |= 0b1100_0000;
                    packet[1] = 0;
                    packet[12..16].copy_from_slice(&code);
                    say(&packet);
                }
                Manner::Unsynchronised => {
                    let mut packet = right();
                    packet[0] |= 0b1100_0000;
                    packet[1] = 16;
                    say(&packet);
                }
            }
        }
    }
}

/// The answer of a server for which it is `micros` since 1970.
fn answer(question: &[u8], micros: i64) -> [u8; 48] {
    let mut packet = [0; 48];
    // No warning, version 4, server; stratum 2; poll 6; precision 2^-20.
    packet[..4].copy_from_slice(&[0b0010_0100, 2, 6, 0xec]);
    // Delay and dispersion to the root: 1/64 s each.
    packet[4..8].copy_from_slice(&1024_u32.to_be_bytes());
    packet[8..12].copy_from_slice(&1024_u32.to_be_bytes());
    packet[12..16].copy_from_slice(&[127, 0, 0, 9]);
    packet[16..24].copy_from_slice(&stamp(micros - 60_000_000));
    if let Some(sent) = question.get(40..48) {
        packet[24..32].copy_from_slice(sent);
    }
    packet[32..40].copy_from_slice(&stamp(micros));
    packet[40..48].copy_from_slice(&stamp(micros));
    packet
}

fn stamp(micros: i64) -> [u8; 8] {
    let seconds = micros.div_euclid(1_000_000).cast_unsigned();
    let fraction = (micros.rem_euclid(1_000_000).cast_unsigned() << 32) / 1_000_000;
    let seconds = seconds.wrapping_add(EPOCH) & 0xffff_ffff;
    (seconds << 32 | fraction).to_be_bytes()
}
