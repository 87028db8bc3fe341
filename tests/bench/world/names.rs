//! A resolver that knows the bench's names and no others: UDP, A and MX, negative answers with an SOA so that they can be remembered.
//!
//! `tN.dest.test` has a host that takes mail, `plain.dest.test` is smtp-sink, `rN.dead.test` refuses connections, `hN.dead.test` swallows them.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use super::{HOLES, host, plain_host};
use crate::Outcome;

/// `/etc/resolv.conf` has no ports, so Postfix needs the well-known one.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 98, 0, 53);
const TTL: u32 = 300;
const A: u16 = 1;
const SOA: u16 = 6;
const MX: u16 = 15;
const NO_SUCH_NAME: u16 = 3;

/// Starts it; on port 53 if that may be had, else on any.
pub fn serve() -> Outcome<SocketAddr> {
    let socket = UdpSocket::bind((ADDRESS, 53)).or_else(|_| UdpSocket::bind((ADDRESS, 0)))?;
    let address = socket.local_addr()?;
    std::thread::spawn(move || {
        let mut question = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            if let Some(answer) = answer(&question[..length]) {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    Ok(address)
}

/// The address of the hole with this number, from 1.
pub fn hole(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 98, 4, number)
}

fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let (name, after) = name(question)?;
    let kind = u16::from_be_bytes([*question.get(after)?, *question.get(after + 1)?]);
    let asked = question.get(12..after + 4)?;
    let address = address(&name);
    let is_host = name.starts_with("mx.");
    let data = match (kind, address) {
        (A, Some(address)) if is_host => Some(address.octets().to_vec()),
        // Preference 10, "mx" before the name that was asked for.
        (MX, Some(_)) if !is_host => Some(vec![0, 10, 2, b'm', b'x', 0xc0, 12]),
        _ => None,
    };
    let code = if address.is_some() { 0 } else { NO_SUCH_NAME };
    let mut out = question.get(..2)?.to_vec();
    // An answer, recursion wanted and had.
    out.extend((0x8180 | code).to_be_bytes());
    let found = u16::from(data.is_some());
    for count in [1, found, 1 - found, 0] {
        out.extend(count.to_be_bytes());
    }
    out.extend(asked);
    let (kind, data) = data.map_or_else(|| (SOA, soa()), |data| (kind, data));
    out.extend([0xc0, 12]);
    out.extend(kind.to_be_bytes());
    out.extend(1_u16.to_be_bytes());
    out.extend(TTL.to_be_bytes());
    out.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
    out.extend(data);
    Some(out)
}

/// Two root names and five numbers, of which only the last matters: how long a negative answer lasts.
fn soa() -> Vec<u8> {
    let numbers = [1, TTL, TTL, TTL, TTL];
    let numbers = numbers.iter().flat_map(|n: &u32| n.to_be_bytes());
    [0, 0].into_iter().chain(numbers).collect()
}

/// The name asked for, lower case, and where the type stands.
fn name(question: &[u8]) -> Option<(String, usize)> {
    let (mut name, mut at) = (String::new(), 12);
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            return Some((name, at));
        }
        if !name.is_empty() {
            name.push('.');
        }
        let label = question.get(at..at + length)?;
        name.push_str(&String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
}

fn address(name: &str) -> Option<Ipv4Addr> {
    let name = name.strip_prefix("mx.").unwrap_or(name);
    let (label, rest) = name.split_once('.')?;
    let number = || label.get(1..)?.parse::<u16>().ok();
    match (label.get(..1)?, rest) {
        ("t", "dest.test") => Some(host(u8::try_from(number()?).ok()?)),
        ("p", "dest.test") => Some(plain_host()),
        ("h", "dead.test") => Some(hole(u8::try_from(number()? % u16::from(HOLES)).ok()? + 1)),
        ("r", "dead.test") => {
            let [high, low] = number()?.to_be_bytes();
            Some(Ipv4Addr::new(127, 99, high, low))
        }
        _ => None,
    }
}
