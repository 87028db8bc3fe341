//! A name server of the test's own: zones are a text that a postmaster can read, answered over UDP and TCP on one loopback port.
//!
//! ```text
//! example.test  MX     10 mx.example.test
//! mx            A      127.0.0.2          (names are whole; there is no origin)
//! *.broken.test SERVFAIL                  (every name below)
//! slow.test     SILENT                    (no answer ever)
//! signed.test   SIGNED                    (answers at and below this name carry the AD bit)
//! ```
//!
//! A name that stands nowhere does not exist (NXDOMAIN); one that stands there without the wanted type has no data. It is written without any DNS library, so that a
//! fault in ours is not answered by the same fault here.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Seconds that every record may be kept.
const TTL: u32 = 60;
/// What fits into a UDP answer whose question had no EDNS, and one that had (RFC 6891 §6.2.5).
const PLAIN: usize = 512;
const EDNS: usize = 1232;

/// A running name server; it ends with the value.
pub(crate) struct Zones {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    rows: Mutex<Vec<Row>>,
    asked: Mutex<Vec<String>>,
    ended: AtomicBool,
}

#[derive(Clone, Debug)]
struct Row {
    name: String,
    kind: String,
    data: String,
}

impl Zones {
    pub(crate) fn start(text: &str) -> Zones {
        let (tcp, udp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
                break (tcp, udp);
            }
        };
        let zones = Zones {
            address: tcp.local_addr().unwrap(),
            shared: Arc::new(Shared::default()),
        };
        zones.set(text);
        udp.set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        let shared = zones.shared.clone();
        std::thread::spawn(move || {
            let mut question = [0; 4096];
            while !shared.ended.load(Ordering::Relaxed) {
                if let Ok((length, peer)) = udp.recv_from(&mut question)
                    && let Some(answer) = shared.answer(&question[..length], true)
                {
                    let _ = udp.send_to(&answer, peer);
                }
            }
        });
        let shared = zones.shared.clone();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = tcp.accept() {
                if shared.ended.load(Ordering::Relaxed) {
                    return;
                }
                let shared = shared.clone();
                std::thread::spawn(move || {
                    let mut length = [0; 2];
                    while stream.read_exact(&mut length).is_ok() {
                        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                        if stream.read_exact(&mut question).is_err() {
                            return;
                        }
                        let Some(answer) = shared.answer(&question, false) else {
                            return;
                        };
                        let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                        if stream.write_all(&[&length[..], &answer].concat()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        zones
    }

    /// Other zones from now on.
    pub(crate) fn set(&self, text: &str) {
        *self.shared.rows.lock().unwrap() = text
            .lines()
            .map(|line| line.split(" (").next().unwrap().trim())
            .filter(|line| !line.is_empty())
            .map(|line| {
                let mut words = line.splitn(2, char::is_whitespace);
                let name = words.next().unwrap().to_lowercase();
                let rest = words.next().unwrap_or_default().trim();
                let (kind, data) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                Row {
                    name: name.trim_end_matches('.').to_owned(),
                    kind: kind.to_owned(),
                    data: data.trim().to_owned(),
                }
            })
            .collect();
    }

    /// Every question so far, as `MX example.test`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for Zones {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Lets the accepting thread look.
        let _ = std::net::TcpStream::connect(self.address);
    }
}

impl Shared {
    fn answer(&self, question: &[u8], udp: bool) -> Option<Vec<u8>> {
        let (name, end) = read_name(question)?;
        let number = u16::from_be_bytes([*question.get(end)?, *question.get(end + 1)?]);
        let kind = kind_of(number);
        self.asked.lock().unwrap().push(format!("{kind} {name}"));
        let rows = self.rows.lock().unwrap().clone();
        let marked = |mark: &str| {
            rows.iter()
                .any(|row| row.kind == mark && covers(row, &name))
        };
        if marked("SILENT") {
            return None;
        }
        let mut answers = Vec::new();
        let mut code = 2;
        if !marked("SERVFAIL") {
            code = walk(&rows, &name, &kind, &mut answers);
        }
        let edns = question.get(10..12)? != [0, 0];
        let mut message = header(question, code, marked("SIGNED"), answers.len());
        message.extend_from_slice(question.get(12..end + 4)?);
        message.extend(answers.concat());
        let room = if edns { EDNS } else { PLAIN };
        if udp && message.len() > room {
            message = header(question, code, false, 0);
            message[2] |= 0x02;
            message.extend_from_slice(question.get(12..end + 4)?);
        }
        Some(message)
    }
}

/// Follows CNAMEs as a resolver does; the answer code.
fn walk(rows: &[Row], name: &str, kind: &str, answers: &mut Vec<Vec<u8>>) -> u8 {
    let mut at = name.to_owned();
    for _ in 0..16 {
        let here: Vec<&Row> = rows.iter().filter(|row| row.name == at).collect();
        let data: Vec<&&Row> = here.iter().filter(|row| row.kind == kind).collect();
        if !data.is_empty() {
            answers.extend(data.iter().map(|row| record(row)));
            return 0;
        }
        let Some(alias) = here.iter().find(|row| row.kind == "CNAME") else {
            let below = format!(".{at}");
            let exists = here
                .iter()
                .any(|row| !matches!(row.kind.as_str(), "SIGNED"))
                || rows.iter().any(|row| row.name.ends_with(&below));
            return if exists { 0 } else { 3 };
        };
        answers.push(record(alias));
        at = alias.data.to_lowercase();
    }
    2
}

fn covers(row: &Row, name: &str) -> bool {
    let below = |parent: &str| name.ends_with(&format!(".{parent}"));
    match row.name.strip_prefix("*.") {
        Some(parent) => below(parent),
        None => row.name == name || (row.kind == "SIGNED" && below(&row.name)),
    }
}

/// QR, RD and RA; AD where asked for; one question.
fn header(question: &[u8], code: u8, signed: bool, answers: usize) -> Vec<u8> {
    let mut header = vec![question[0], question[1], 0x81, 0x80 | code];
    if signed {
        header[3] |= 0x20;
    }
    header.extend([0, 1]);
    header.extend(u16::try_from(answers).unwrap().to_be_bytes());
    header.extend([0; 4]);
    header
}

fn record(row: &Row) -> Vec<u8> {
    let words: Vec<&str> = row.data.split_whitespace().collect();
    let number = |at: usize| words[at].parse::<u16>().unwrap().to_be_bytes();
    let data = match row.kind.as_str() {
        "A" => row.data.parse::<Ipv4Addr>().unwrap().octets().to_vec(),
        "AAAA" => row.data.parse::<Ipv6Addr>().unwrap().octets().to_vec(),
        "MX" => [&number(0)[..], &write_name(words[1])].concat(),
        "SRV" => [
            &number(0)[..],
            &number(1),
            &number(2),
            &write_name(words[3]),
        ]
        .concat(),
        "CNAME" | "PTR" => write_name(&row.data),
        "TXT" => row
            .data
            .as_bytes()
            .chunks(255)
            .flat_map(|piece| [&[u8::try_from(piece.len()).unwrap()], piece].concat())
            .collect(),
        "TLSA" => {
            let digits = words[3].as_bytes();
            let octet =
                |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            words[..3]
                .iter()
                .map(|word| word.parse::<u8>().unwrap())
                .chain(digits.chunks(2).map(octet))
                .collect()
        }
        other => panic!("no record is called {other}"),
    };
    let mut record = write_name(&row.name);
    record.extend(number_of(&row.kind).to_be_bytes());
    record.extend([0, 1]);
    record.extend(TTL.to_be_bytes());
    record.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    record.extend(data);
    record
}

const KINDS: [(u16, &str); 8] = [
    (1, "A"),
    (5, "CNAME"),
    (12, "PTR"),
    (15, "MX"),
    (16, "TXT"),
    (28, "AAAA"),
    (33, "SRV"),
    (52, "TLSA"),
];

fn kind_of(number: u16) -> String {
    KINDS
        .iter()
        .find(|(known, _)| *known == number)
        .map_or_else(|| format!("TYPE{number}"), |(_, name)| (*name).to_owned())
}

fn number_of(kind: &str) -> u16 {
    KINDS.iter().find(|(_, name)| *name == kind).unwrap().0
}

/// The question's name in lower case, and where its type begins.
fn read_name(message: &[u8]) -> Option<(String, usize)> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        let label = message.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += length;
    }
}

fn write_name(name: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        octets.push(u8::try_from(label.len()).unwrap());
        octets.extend(label.as_bytes());
    }
    octets.push(0);
    octets
}
