//! Ten thousand addresses at once, each in a neighbourhood of its own and back every five seconds: harvesting names, talking nonsense, guessing passwords over TLS.
//! How long a wanted message takes meanwhile, beside the same before and after; what the box holds in memory.
//!
//! The attackers run on the same machine and take their part of its processors: the ratio is no better than an attack from outside would make it.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use house::wire::socket_from;
use house::{House, Plan, Wire};

use crate::talk::{PASSWORD, address, deliver, letter};
use crate::{Outcome, Row, median};

const ADDRESSES: usize = 10_000;
/// Every address comes back after so long.
const ROUND: Duration = Duration::from_secs(5);
/// Addresses of those that guess over TLS, and how many do so at one moment.
const GUESSERS: usize = 2_000;
const GUESSING: usize = 4;
/// Deliveries before, in, and after the attack.
const DELIVERIES: usize = 200;
/// Between two of them, so that they see more of the attack than a moment.
const PAUSE: Duration = Duration::from_millis(40);
/// First-time senders while it goes on.
const NEW: usize = 40;
const SIZE: usize = 4096;
/// 127.0.0.1 alone is at home; strangers are greeted at once, or their figure would be that of the wait; and one sender brings more than a household gets.
const SETTINGS: &str = "[log]\nlevel = \"error\"\n[limits.bans]\nhome = []\ngreeting_delay = 0\nmessages_a_minute = 100000\nconnections_a_minute = 1000\n";

pub fn measure() -> Outcome<Vec<Row>> {
    let house = House::start(&Plan {
        program: house::program_beside(),
        people: vec![(address(0), PASSWORD.to_owned())],
        settings: SETTINGS.to_owned(),
    })?;
    let message = letter(SIZE, 1);
    let known = Ipv4Addr::new(127, 200, 0, 1);
    one(&house, known, &message)?;
    log_in(&house, known)?;
    let before = several(&house, known, &message)?;
    let quiet_kb = house.memory_kb()?;
    let attack = Attack::default();
    let under = thread::scope(|scope| -> Outcome<Under> {
        let ports = [house.port("smtp")?, house.port("imap")?];
        let imaps = house.port("imaps")?;
        let attack = &attack;
        scope.spawn(move || attack.crowd(ports));
        for first in 0..GUESSING {
            scope.spawn(move || attack.guess(imaps, first));
        }
        let under = attacked(&house, known, &message, attack);
        attack.over.store(true, Ordering::Relaxed);
        under
    })?;
    let after = several(&house, known, &message)?;
    let bans = house.command(&["ban", "list"], "")?.lines().count();
    let base = (before + after) / 2.0;
    Ok(vec![
        Row {
            what: format!(
                "{ADDRESSES} attacking addresses, {:.0} connections/s: one message of a known sender, connection to 250; ratio to the same in peace",
                under.rate
            ),
            measured: format!(
                "{:.1} ms, **{:.2}** (slowest of 100: {:.1} ms)",
                under.known,
                under.known / base,
                under.slow
            ),
            limit: format!("{before:.1} ms before, {after:.1} ms after"),
            aim: "2",
        },
        Row {
            what: "the same, of senders that never came before: taken at the first try; median"
                .to_owned(),
            measured: format!("{} of {NEW}; {:.1} ms", under.taken, under.fresh),
            limit: String::new(),
            aim: "",
        },
        Row {
            what: "the same: most memory; a log-in from a known place; bans".to_owned(),
            measured: format!(
                "**{:.1} MB**; {:.1} ms; {bans}",
                under.most_kb as f64 / 1024.0,
                under.log_in
            ),
            limit: format!("{:.1} MB before", quiet_kb as f64 / 1024.0),
            aim: "bounded",
        },
    ])
}

/// What was seen while it went on.
struct Under {
    known: f64,
    slow: f64,
    fresh: f64,
    taken: usize,
    log_in: f64,
    most_kb: u64,
    rate: f64,
}

fn attacked(house: &House, known: Ipv4Addr, message: &[u8], attack: &Attack) -> Outcome<Under> {
    // Everybody has come at least once.
    thread::sleep(ROUND + Duration::from_secs(1));
    let (begun, came) = (Instant::now(), attack.came.load(Ordering::Relaxed));
    let (mut times, mut logins, mut most_kb) = (Vec::new(), Vec::new(), 0);
    for number in 0..DELIVERIES {
        times.push(one(house, known, message)?);
        if number % 10 == 0 {
            most_kb = most_kb.max(house.memory_kb()?);
            logins.push(log_in(house, known)?);
        }
        thread::sleep(PAUSE);
    }
    let mut fresh = Vec::new();
    for number in 0..NEW {
        let from = Ipv4Addr::new(127, 210, u8::try_from(number)?, 1);
        if let Ok(time) = one(house, from, message) {
            fresh.push(time);
        }
        thread::sleep(PAUSE);
    }
    let came = attack.came.load(Ordering::Relaxed) - came;
    times.sort_by(f64::total_cmp);
    Ok(Under {
        slow: times.get(times.len() * 99 / 100).copied().unwrap_or(0.0),
        known: median(times),
        taken: fresh.len(),
        fresh: median(fresh),
        log_in: median(logins),
        most_kb,
        rate: came as f64 / begun.elapsed().as_secs_f64(),
    })
}

fn several(house: &House, from: Ipv4Addr, message: &[u8]) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..DELIVERIES {
        times.push(one(house, from, message)?);
        thread::sleep(PAUSE / 4);
    }
    Ok(median(times))
}

/// One message on a connection of its own, in milliseconds.
fn one(house: &House, from: Ipv4Addr, message: &[u8]) -> Outcome<f64> {
    let begun = Instant::now();
    let mut wire = Wire::connect_from(from, house.port("smtp")?, false)?;
    wire.expect("220")?;
    wire.send(b"EHLO wanted.test\r\n")?;
    wire.until("250 ")?;
    deliver(&mut wire, 0, message)?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

/// A mail program that was here before, in milliseconds.
fn log_in(house: &House, from: Ipv4Addr) -> Outcome<f64> {
    let begun = Instant::now();
    let mut wire = Wire::connect_from(from, house.port("imaps")?, true)?;
    wire.expect("* OK")?;
    wire.send(format!("a LOGIN {} \"{PASSWORD}\"\r\n", address(0)).as_bytes())?;
    wire.until("a OK")?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

#[derive(Default)]
struct Attack {
    over: AtomicBool,
    came: AtomicUsize,
}

/// One address of the attackers', each in a /24 of its own.
fn attacker(number: usize) -> Ipv4Addr {
    let [.., high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 10 + high, low, 7)
}

impl Attack {
    /// All that need no TLS: half of them at port 25, half at IMAP. Each connects, says its nonsense a moment later without listening, and holds on until its next
    /// turn.
    fn crowd(&self, ports: [u16; 2]) {
        let count = ADDRESSES - GUESSERS;
        let mut held: Vec<Option<TcpStream>> = (0..count).map(|_| None).collect();
        let begun = Instant::now();
        let step = ROUND / u32::try_from(count).unwrap_or(1);
        // So many behind the one that connects speaks.
        let lag = count / 10;
        for turn in 0_usize.. {
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            let due = step * u32::try_from(turn).unwrap_or(u32::MAX);
            if let Some(early) = due.checked_sub(begun.elapsed()) {
                thread::sleep(early);
            }
            let port = ports[turn % 2];
            if let Some(place) = held.get_mut(turn % count) {
                *place = None;
                *place = socket_from(attacker(turn % count), port).ok();
                self.came.fetch_add(1, Ordering::Relaxed);
            }
            let speaker = (turn + count - lag) % count;
            if let Some(Some(socket)) = held.get_mut(speaker) {
                socket.set_nonblocking(true).ok();
                let words: &[u8] = if speaker.is_multiple_of(2) {
                    b"EHLO spam.test\r\nMAIL FROM:<x@spam.test>\r\nRCPT TO:<a@house.test>\r\nRCPT TO:<b@house.test>\r\nRCPT TO:<c@house.test>\r\n"
                } else {
                    b"a LOGIN p0@house.test secret\r\nb NONSENSE\r\nc NONSENSE\r\n"
                };
                let _ = socket.write(words);
            }
        }
    }

    /// Different wrong passwords over TLS, each from another address.
    fn guess(&self, port: u16, first: usize) {
        let mut number = first;
        while !self.over.load(Ordering::Relaxed) {
            number += GUESSING;
            let from = attacker(ADDRESSES - GUESSERS + number % GUESSERS);
            self.came.fetch_add(1, Ordering::Relaxed);
            let Ok(mut wire) = Wire::connect_from(from, port, true) else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            let guess = format!("a LOGIN p0@house.test \"guess {number}\"\r\n");
            if wire.send(guess.as_bytes()).is_ok() {
                let _ = wire.patience(Duration::from_secs(1));
                let _ = wire.until("a ");
            }
        }
    }
}
