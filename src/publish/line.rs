//! Whether the line lets mail out: many home lines do not (users.md F1).
//!
//! It dials port 25 of well-known mail hosts, reads the greeting and takes its leave; nothing is sent. One that answers is enough.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use async_io::{Async, Timer};
use dns::{Data, Kind, MailHosts, mail_hosts};
use futures_lite::future::Boxed;
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _, FutureExt as _};

use super::check::{Ask, Asker, asking};
use super::said::say;
use super::{RelayUse, Said};
use crate::resolver::Resolver;

/// Domains whose mail hosts are dialed, in this order: three large providers that do not share a network, all reachable from everywhere by IPv4.
pub const WELL_KNOWN: [&str; 3] = ["gmail.com", "outlook.com", "gmx.net"];
/// The port of mail between servers (RFC 5321 §4.5.4.2).
const PORT: u16 = 25;
/// How long a host has to take the connection and to greet. A line that is blocked says nothing at all; people wait for this.
const PATIENCE: Duration = Duration::from_secs(8);
/// Longest greeting line that is read, in octets (RFC 5321 §4.5.3.1.5: 512).
const GREETING_MAX: usize = 512;

/// Connects to an address and gives the first line of what the host says.
pub type Dial = dyn Fn(IpAddr) -> Boxed<io::Result<String>> + Send + Sync;

/// What the line does with mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaves {
    /// It goes out.
    Yes,
    /// It does not.
    No,
    /// That could not be found out.
    Unknown,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineReport {
    /// In a word.
    pub leaves: Leaves,
    /// In a sentence, with what to do.
    pub said: Said,
    /// Each host that was tried, and what came of it.
    pub tried: Vec<String>,
}

impl Leaves {
    /// `right`, `wrong`, `unknown`, as for records.
    pub fn word(self) -> &'static str {
        match self {
            Leaves::Yes => "right",
            Leaves::No => "wrong",
            Leaves::Unknown => "unknown",
        }
    }
}

/// Dials port 25 of the [`WELL_KNOWN`] until one answers; half a minute at most, apart from the resolver's own time.
pub async fn can_mail_leave(resolver: &Resolver, relay: &RelayUse) -> LineReport {
    let dial = |address: IpAddr| -> Boxed<io::Result<String>> { Box::pin(greeting(address, PORT)) };
    can_mail_leave_by(&asking(resolver), &dial, relay).await
}

/// [`can_mail_leave`] with questions and connections of the caller's.
pub async fn can_mail_leave_by(ask: &Ask, dial: &Dial, relay: &RelayUse) -> LineReport {
    let asker = Asker::new(ask);
    let mut tried = Vec::new();
    let mut turned_away = None;
    let mut dialed = false;
    for domain in WELL_KNOWN {
        let Some((host, address)) = host_of(&asker, domain).await else {
            tried.push(format!("{domain}: its mail host was not found in the DNS"));
            continue;
        };
        dialed = true;
        match dial(address).await {
            Ok(words) if words.starts_with("220") => {
                tried.push(format!("{host}: {words}"));
                return welcome(&host, &words, tried);
            }
            Ok(words) => {
                tried.push(format!("{host}: {words}"));
                turned_away.get_or_insert((host, words));
            }
            Err(error) => tried.push(format!("{host}: {error}")),
        }
    }
    let (leaves, said) = match (relay, turned_away) {
        (RelayUse::Everything(relay), _) => (Leaves::Yes, say!(findings.line_relay, relay = relay)),
        (_, Some((host, words))) => (
            Leaves::No,
            say!(findings.line_turned_away, host = &host, words = &words),
        ),
        (_, None) if dialed => (Leaves::No, say!(findings.line_shut)),
        (_, None) => (Leaves::Unknown, say!(findings.line_unknown)),
    };
    LineReport {
        leaves,
        said,
        tried,
    }
}

fn welcome(host: &str, words: &str, tried: Vec<String>) -> LineReport {
    // "220 mx.google.com ESMTP ..." of gmail-smtp-in.l.google.com: somebody else's name shows a provider that takes all mail to itself.
    let greeted = words.get(4..).unwrap_or_default();
    let greeted = greeted.split_whitespace().next().unwrap_or_default();
    let said = if organization(greeted) == organization(host) {
        say!(findings.line_open, host = host)
    } else {
        say!(findings.line_caught, host = host, greeted = greeted)
    };
    LineReport {
        leaves: Leaves::Yes,
        said,
        tried,
    }
}

/// The last two labels.
fn organization(host: &str) -> String {
    let mut labels: Vec<&str> = host.trim_end_matches('.').rsplit('.').take(2).collect();
    labels.reverse();
    labels.join(".").to_ascii_lowercase()
}

/// The first mail host of a domain and one of its IPv4 addresses.
async fn host_of(asker: &Asker<'_>, domain: &str) -> Option<(String, IpAddr)> {
    let MailHosts::Hosts(hosts) = mail_hosts(asker.look(domain, Kind::Mx).await, domain, 0) else {
        return None;
    };
    let (_, host) = hosts.hosts.into_iter().next()?;
    let answer = asker.look(&host, Kind::A).await.ok()?;
    let address = answer.data.iter().find_map(|data| match data {
        Data::A(address) => Some(IpAddr::V4(*address)),
        _ => None,
    });
    Some((host, address?))
}

/// The first line of what `address` says on `port`.
async fn greeting(address: IpAddr, port: u16) -> io::Result<String> {
    let talk = async {
        let mut stream = Async::<TcpStream>::connect(SocketAddr::from((address, port))).await?;
        let mut line = Vec::new();
        let mut octet = [0];
        while line.len() < GREETING_MAX && !line.ends_with(b"\n") {
            if stream.read(&mut octet).await? == 0 {
                break;
            }
            line.extend_from_slice(&octet);
        }
        // A courtesy; the connection is dropped anyway.
        let _ = stream.write_all(b"QUIT\r\n").await;
        if line.is_empty() {
            return Err(io::Error::other("it hung up without a word"));
        }
        Ok(printable(&line))
    };
    let impatience = async {
        Timer::after(PATIENCE).await;
        Err(io::Error::new(io::ErrorKind::TimedOut, "no answer"))
    };
    talk.or(impatience).await
}

fn printable(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
