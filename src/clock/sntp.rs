//! One question to one time server: SNTP (RFC 4330 §5), with NTP's packet (RFC 5905 §7.3) as the crate sntpc builds and judges it.
//!
//! * **The origin timestamp is random** and comes back in the answer: who did not see the question cannot answer it. sntpc takes it from a clock; ours starts at a
//!   random moment and runs with the monotonic clock, so that it also tells nobody what this box takes for the time, and setting the system clock meanwhile does no harm.
//! * Only packets from the server itself are seen (a connected socket on a random port); one that is no answer to this question is passed over, and the right
//!   one may still come. A kiss of death, an unsynchronised server, and a time that cannot be are refusals.
//! * NTP's seconds come round every 136 years: of the times that an answer may mean, the first after the release of this program is meant.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use async_io::{Async, Timer};
use futures_lite::FutureExt as _;
use sntpc::{Error, KissOfDeathCode, NtpContext, NtpTimestampGenerator, NtpUdpSocket};

use super::machine::{MICROS, Machine, micros_since};
use super::saved::{RELEASED, is_plausible};

/// Packets of others that are passed over while one waits for the right one.
const STRANGERS: usize = 64;
/// The span of random beginnings, seconds. Half of what an offset may be, so that no sum comes round.
const SPAN: u32 = 1 << 30;
/// After so many seconds NTP's come round.
const ERA: i64 = 1 << 32;

/// What a server answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    /// The time, microseconds since 1970, ...
    pub(super) micros: i64,
    /// ... at this moment.
    pub(super) at: Instant,
    /// By so many microseconds it may be off.
    pub(super) doubt: i64,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// The question could not be sent, or nobody is there.
    Unreachable(String),
    /// Nothing came in time.
    Silent,
    /// It wants to be asked less often (RFC 5905 §7.4, RATE).
    TooOften,
    /// It does not want to be asked by us (DENY, RSTR).
    Unwelcome,
    /// It answers, and does not know the time, or tells none that can be.
    Useless(String),
}

/// Asks `server`, which has `patience` to answer.
pub(super) async fn ask(
    machine: &dyn Machine,
    server: SocketAddr,
    patience: Duration,
) -> Result<Answer, Refusal> {
    let unreachable = |error: &dyn std::fmt::Display| Refusal::Unreachable(error.to_string());
    let socket = Connected::to(server).map_err(|error| unreachable(&error))?;
    let stamps = Stamps::new(machine).ok_or_else(|| unreachable(&"no random numbers"))?;
    let asked = async {
        let sent = sntpc::sntp_send_request(server, &socket, context(stamps))
            .await
            .map_err(|_| unreachable(&"there is no way to it"))?;
        for _ in 0..STRANGERS {
            match sntpc::sntp_process_response(server, &socket, context(stamps), sent).await {
                Ok(result) => return stamps.answer(&result),
                Err(Error::IncorrectOriginTimestamp | Error::IncorrectPayload) => {}
                Err(error) => return Err(refusal(error)),
            }
        }
        Err(Refusal::Useless(
            "it sends packets that are no answers".to_owned(),
        ))
    };
    let late = async {
        Timer::after(patience).await;
        Err(Refusal::Silent)
    };
    asked.or(late).await
}

fn context(stamps: Stamps<'_>) -> NtpContext<Stamps<'_>> {
    NtpContext {
        timestamp_gen: stamps,
    }
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::KissOfDeath(KissOfDeathCode::Rate) => Refusal::TooOften,
        Error::KissOfDeath(KissOfDeathCode::Deny | KissOfDeathCode::Rstr) => Refusal::Unwelcome,
        Error::KissOfDeath(code) => {
            let code: String = code
                .as_str()
                .chars()
                .filter(char::is_ascii_graphic)
                .collect();
            Refusal::Useless(format!("it does not answer now ({code})"))
        }
        Error::Network => Refusal::Unreachable("nobody is there".to_owned()),
        Error::UnsynchronizedClock
        | Error::IncorrectStratumHeaders
        | Error::ExcessiveRootDistance => {
            Refusal::Useless("it does not know the time itself".to_owned())
        }
        _ => Refusal::Useless("its answer makes no sense".to_owned()),
    }
}

/// A clock that began at a random moment.
#[derive(Clone, Copy)]
struct Stamps<'m> {
    machine: &'m dyn Machine,
    begun: Instant,
    /// Since 1970.
    beginning: Duration,
    now: Duration,
}

impl Stamps<'_> {
    fn new(machine: &dyn Machine) -> Option<Stamps<'_>> {
        let random = ring::rand::generate::<[u8; 8]>(&ring::rand::SystemRandom::new()).ok()?;
        let random = u64::from_ne_bytes(random.expose());
        let seconds = u64::try_from(RELEASED).ok()? + (random >> 32) % u64::from(SPAN);
        let beginning = Duration::from_secs(seconds)
            + Duration::from_micros((random & 0xffff_ffff) % 1_000_000);
        Some(Stamps {
            machine,
            begun: machine.now(),
            beginning,
            now: beginning,
        })
    }

    /// What the answer, which has just come, says that the time is.
    fn answer(&self, result: &sntpc::NtpResult) -> Result<Answer, Refusal> {
        let at = self.machine.now();
        let beginning = i64::try_from(self.beginning.as_micros()).unwrap_or(i64::MAX);
        let told = beginning
            .saturating_add(micros_since(at, self.begun))
            .saturating_add(result.offset());
        let first = RELEASED * MICROS;
        let micros = first.saturating_add(told.saturating_sub(first).rem_euclid(ERA * MICROS));
        if !is_plausible(micros / MICROS) {
            return Err(Refusal::Useless(
                "it tells a time before this program was made".to_owned(),
            ));
        }
        // 16 bits before the point and 16 behind it (RFC 5905 §6).
        let short = |value: u32| i64::from(value) * MICROS / 65_536;
        let way = i64::try_from(result.roundtrip() / 2).unwrap_or(i64::MAX);
        let doubt = way
            .saturating_add(short(result.root_delay()) / 2)
            .saturating_add(short(result.root_dispersion()));
        Ok(Answer { micros, at, doubt })
    }
}

impl NtpTimestampGenerator for Stamps<'_> {
    fn init(&mut self) {
        let passed = self.machine.now().saturating_duration_since(self.begun);
        self.now = self.beginning + passed;
    }

    fn timestamp_sec(&self) -> u64 {
        self.now.as_secs()
    }

    fn timestamp_subsec_micros(&self) -> u32 {
        self.now.subsec_micros()
    }
}

/// A socket that hears one server only.
struct Connected {
    socket: Async<UdpSocket>,
    server: SocketAddr,
}

impl Connected {
    fn to(server: SocketAddr) -> std::io::Result<Connected> {
        let any: SocketAddr = match server {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = Async::<UdpSocket>::bind(any)?;
        socket.get_ref().connect(server)?;
        Ok(Connected { socket, server })
    }
}

impl NtpUdpSocket for Connected {
    async fn send_to(&self, octets: &[u8], _: SocketAddr) -> sntpc::Result<usize> {
        self.socket.send(octets).await.map_err(|_| Error::Network)
    }

    async fn recv_from(&self, room: &mut [u8]) -> sntpc::Result<(usize, SocketAddr)> {
        let length = self.socket.recv(room).await.map_err(|_| Error::Network)?;
        Ok((length, self.server))
    }
}

#[cfg(test)]
#[path = "sntp_tests.rs"]
mod tests;
