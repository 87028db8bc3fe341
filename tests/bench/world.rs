//! The world outside a house that is measured: names, hosts that take mail, hosts that do not, and a Postfix to compare with. Loopback only.

pub mod names;
pub mod post;
pub mod postfix;
pub mod sink;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
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

/// Debian's smtp-sink: takes so many messages, in the clear, and ends.
pub struct SmtpSink(Child);

impl SmtpSink {
    pub fn start(messages: u64, port: u16) -> Outcome<SmtpSink> {
        let address = format!("{}:{port}", plain_host());
        let child = Command::new("smtp-sink")
            .args([
                "-u",
                "postfix",
                "-M",
                &messages.to_string(),
                &address,
                "100",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            if begun.elapsed() > Duration::from_secs(5) {
                return Err("smtp-sink does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(SmtpSink(child))
    }

    /// Until it has them all.
    pub fn wait(&mut self, patience: Duration) -> Outcome<()> {
        let begun = Instant::now();
        while self.0.try_wait()?.is_none() {
            if begun.elapsed() > patience {
                return Err("smtp-sink did not get all messages".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
