//! One question to one server: a datagram and those that come back, or a connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};

use async_io::{Async, Timer};
use dns::{Ask, Heard, Lookup, Transport};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _, FutureExt as _};
use ring::rand::{SecureRandom as _, SystemRandom};

/// The longest datagram that is heard; we say that we take 1232 octets.
const DATAGRAM_MAX: usize = 4096;
/// Random ports tried before the system chooses one.
const PORT_TRIES: u32 = 10;
/// The first port that is not reserved for services.
const FIRST_PORT: u16 = 1024;
/// Memory for an answer over TCP grows by this much at a time, with what came and not with what was claimed.
const PIECE: usize = 4096;

/// What an exchange came to.
enum End {
    Heard,
    Silent,
}

/// Asks, and tells `lookup` what came of it.
pub(super) async fn exchange(ask: &Ask, lookup: &mut Lookup, random: &SystemRandom) {
    let silence = async {
        Timer::after(ask.patience).await;
        Ok(End::Silent)
    };
    let end = match ask.transport {
        Transport::Udp => over_udp(ask, lookup, random).or(silence).await,
        Transport::Tcp => over_tcp(ask, lookup).or(silence).await,
    };
    match end {
        Ok(End::Heard) => {}
        Ok(End::Silent) => lookup.silent(),
        Err(error) => lookup.failed(&error.to_string()),
    }
}

async fn over_udp(ask: &Ask, lookup: &mut Lookup, random: &SystemRandom) -> io::Result<End> {
    let socket = Async::<UdpSocket>::new(socket(ask.server, random)?)?;
    socket.send(&ask.octets).await?;
    let mut buffer = [0; DATAGRAM_MAX + 1];
    loop {
        let length = socket.recv(&mut buffer).await?;
        // One that is too long is cut by the system, and as a whole worth nothing: heard as empty, a stray.
        let datagram = buffer
            .get(..length)
            .filter(|datagram| datagram.len() <= DATAGRAM_MAX);
        if lookup.heard(datagram.unwrap_or_default()) == Heard::Next {
            return Ok(End::Heard);
        }
    }
}

/// A socket on a random port, connected: datagrams from elsewhere do not arrive (RFC 5452 §9.2).
fn socket(server: SocketAddr, random: &SystemRandom) -> io::Result<UdpSocket> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = (0..PORT_TRIES)
        .find_map(|_| {
            let mut octets = [0; 2];
            random.fill(&mut octets).ok()?;
            let port = u16::from_be_bytes(octets);
            UdpSocket::bind((any, port))
                .ok()
                .filter(|_| port >= FIRST_PORT)
        })
        .map_or_else(|| UdpSocket::bind((any, 0)), Ok)?;
    socket.connect(server)?;
    Ok(socket)
}

async fn over_tcp(ask: &Ask, lookup: &mut Lookup) -> io::Result<End> {
    let mut stream = Async::<TcpStream>::connect(ask.server).await?;
    let length = u16::try_from(ask.octets.len()).map_err(io::Error::other)?;
    // In one write: some servers answer only to a whole message in the first segment (RFC 7766 §8).
    let message = [length.to_be_bytes().as_slice(), &ask.octets].concat();
    stream.write_all(&message).await?;
    loop {
        let answer = message_of(&mut stream).await?;
        if lookup.heard(&answer) == Heard::Next {
            return Ok(End::Heard);
        }
    }
}

async fn message_of(stream: &mut Async<TcpStream>) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).await?;
    let length = usize::from(u16::from_be_bytes(length));
    let mut message = Vec::new();
    while message.len() < length {
        let old = message.len();
        message.resize(length.min(old + PIECE), 0);
        stream
            .read_exact(message.get_mut(old..).unwrap_or_default())
            .await?;
    }
    Ok(message)
}
