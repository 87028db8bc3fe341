//! The world outside a house that is measured: names, hosts that take mail, hosts that do not, a Postfix and a Dovecot to compare with. Loopback only.

pub mod dovecot;
pub mod mailhouse;
pub mod names;
pub mod post;
pub mod postfix;
pub mod processes;
pub mod prose;
pub mod sink;

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use crate::Outcome;
use sink::Sink;

/// Destinations whose hosts take mail.
pub const DESTINATIONS: u8 = 20;
/// Hosts that swallow every attempt to connect.
pub const HOLES: u8 = 10;

/// What there is, made once a process.
pub struct World {
    /// The port at which all hosts take mail.
    pub port: u16,
    pub dns: SocketAddr,
    pub sink: Sink,
    /// Each with connections that fill its queue: Linux drops the next SYN.
    _holes: Vec<(TcpListener, Vec<std::os::fd::OwnedFd>)>,
}

/// The world; its threads last as long as the process.
pub fn world() -> Outcome<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    let made = WORLD.get_or_init(|| make().map_err(|error| error.to_string()));
    made.as_ref().map_err(|error| error.clone().into())
}

fn make() -> Outcome<World> {
    let port = TcpListener::bind((host(1), 0))?.local_addr()?.port();
    let sink = Sink::start((1..=DESTINATIONS).map(|n| SocketAddr::from((host(n), port))))?;
    Ok(World {
        port,
        dns: names::serve()?,
        sink,
        _holes: (1..=HOLES)
            .map(|n| hole(SocketAddr::from((names::hole(n), port))))
            .collect::<Outcome<_>>()?,
    })
}

/// The address of destination `number`.
pub fn host(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 98, 1, number)
}

/// Where Debian's smtp-sink listens.
pub fn plain_host() -> Ipv4Addr {
    Ipv4Addr::new(127, 98, 2, 1)
}

/// An address at which a connection is neither taken nor refused.
fn hole(address: SocketAddr) -> Outcome<(TcpListener, Vec<std::os::fd::OwnedFd>)> {
    let socket = || {
        rustix::net::socket_with(
            AddressFamily::INET,
            SocketType::STREAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            None,
        )
    };
    let listener = socket()?;
    rustix::net::bind(&listener, &address)?;
    rustix::net::listen(&listener, 0)?;
    let mut fill = Vec::new();
    for _ in 0..2 {
        let one = socket()?;
        // In progress, or done: both are what is wanted.
        let _ = rustix::net::connect(&one, &address);
        fill.push(one);
    }
    Ok((TcpListener::from(listener), fill))
}

/// Debian's smtp-sink, in the clear; it counts aloud. One for a whole figure: a host that goes away between runs would be left alone by who finds it gone.
pub struct SmtpSink {
    child: Child,
    /// Letters so far.
    count: Arc<AtomicU64>,
}

impl SmtpSink {
    pub fn start(port: u16) -> Outcome<SmtpSink> {
        let address = format!("{}:{port}", plain_host());
        let mut child = Command::new("smtp-sink")
            .args(["-u", "postfix", "-c", &address, "100"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let said = child.stdout.take().ok_or("smtp-sink has no output")?;
        let count = Arc::new(AtomicU64::new(0));
        let counted = count.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(said).split(b'\r').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                let number = line
                    .rsplit("mesg=")
                    .next()
                    .and_then(|n| n.trim().parse().ok());
                if let Some(number) = number {
                    counted.store(number, Ordering::Relaxed);
                }
            }
        });
        let sink = SmtpSink { child, count };
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            if begun.elapsed() > Duration::from_secs(5) {
                return Err("smtp-sink does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(sink)
    }

    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Until it has so many.
    pub fn wait(&self, letters: u64, patience: Duration) -> Outcome<()> {
        let begun = Instant::now();
        while self.count() < letters {
            if begun.elapsed() > patience {
                return Err("smtp-sink did not get all letters".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
