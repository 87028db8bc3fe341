//! A connection that we open: to another mail server, to a relay, to a web server for its policy.
//!
//! Promises: every wait has a deadline and ends at once when the box goes down ([`Closing`]); a wire that waits holds its socket, a timer and its keys, no
//! buffer; the futures may be dropped while they wait without losing an octet that came. It cannot: resolve names, go through a proxy.
//!
//! Errors are the network's (`io::Error`), their texts made for people. [`io::ErrorKind::TimedOut`]: a deadline passed. [`io::ErrorKind::ConnectionAborted`]: the box
//! goes down; nothing is wrong with the other side.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_io::Async;
use rustix::io::Errno;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use socket2::{Domain, Protocol, Socket, Type};

use super::alarm::Alarm;
use super::patience::{Patience, Ready};
use super::stream::Stream;
use super::tls_stream::Client;
use super::{Closing, Secured};

/// How long a wire waits by itself; what is waited for while reading is the caller's to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WireTimes {
    /// Until the other side has taken the connection. A host that is up answers within a second; a filter swallows the question for ever.
    pub connect: Duration,
    /// A TLS handshake in all.
    pub handshake: Duration,
    /// The other side takes not one octet of what we send. RFC 5321 §4.5.3.2.5 asks for 3 minutes for a block of a message.
    pub write_stall: Duration,
    /// After our last octet, until the other side closes too.
    pub linger: Duration,
}

impl Default for WireTimes {
    fn default() -> Self {
        WireTimes {
            connect: Duration::from_secs(30),
            handshake: Duration::from_secs(60),
            write_stall: Duration::from_secs(180),
            linger: Duration::from_secs(1),
        }
    }
}

/// Octets thrown away after closing before we stop being polite.
const MOST_LINGER_READS: usize = 16;

/// One connection of ours.
pub struct Wire {
    stream: Stream<Client>,
    alarm: Alarm,
    closing: Closing,
    times: WireTimes,
    peer: SocketAddr,
    /// Application data that came right behind the TLS handshake and was not read yet.
    early: Vec<u8>,
}

impl Wire {
    /// Connects to `address`, from `source` if one is given (an address of this machine, of the same family).
    ///
    /// # Errors
    /// Refused, unreachable, no answer within [`WireTimes::connect`], or the box goes down.
    pub async fn dial(
        address: SocketAddr,
        source: Option<IpAddr>,
        times: WireTimes,
        closing: Closing,
    ) -> io::Result<Wire> {
        let mut alarm = Alarm::new();
        let deadline = Instant::now() + times.connect;
        let connected = connect(address, source, &mut alarm, &closing, deadline).await;
        let socket = connected.map_err(|error| {
            let kind = error.kind();
            let words = match kind {
                io::ErrorKind::TimedOut => format!(
                    "nobody answers at {address} within {} seconds",
                    times.connect.as_secs()
                ),
                io::ErrorKind::ConnectionAborted => return error,
                _ => format!("cannot connect to {address}: {}", in_words(&error)),
            };
            io::Error::new(kind, words)
        })?;
        Ok(Wire {
            stream: Stream::new(socket),
            alarm,
            closing,
            times,
            peer: address,
            early: Vec::new(),
        })
    }

    /// Where it leads.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Hands all of `octets` to the kernel. Fails with `TimedOut` when not one of them is taken for [`WireTimes::write_stall`].
    pub async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut sent = 0;
        while !self.try_send(octets, &mut sent)? {
            self.ready(Ready::ToWrite, Instant::now() + self.times.write_stall)
                .await?;
        }
        Ok(())
    }

    /// Waits until octets are there, hands at most about `appetite` of them (a TLS record more at the most) to `sink`, and says how many; 0: the other side
    /// has closed. Dropped while it waits it has lost nothing, so that an idle wire can be watched for other news at the same time.
    ///
    /// # Errors
    /// `TimedOut` at `deadline`, `ConnectionAborted` when the box goes down, else the network's or TLS's.
    pub async fn read(
        &mut self,
        deadline: Instant,
        appetite: usize,
        sink: &mut (dyn FnMut(&[u8]) + Send),
    ) -> io::Result<usize> {
        loop {
            if let Some(read) = self.try_read(appetite, sink)? {
                return Ok(read);
            }
            self.ready(Ready::ToRead, deadline).await?;
        }
    }

    /// [`Wire::read`] without waiting: `None` when nothing is there now.
    pub fn try_read(
        &mut self,
        appetite: usize,
        sink: &mut (dyn FnMut(&[u8]) + Send),
    ) -> io::Result<Option<usize>> {
        self.stream.read_some(&mut self.early, appetite, sink)
    }

    /// Whether the other side ended TLS without its goodbye (close_notify): who reads to the end cannot tell that from an end made by somebody between.
    pub fn was_cut(&self) -> bool {
        self.stream.was_cut()
    }

    /// The client's handshake, asking for `name` (SNI; none for an address); afterwards everything goes through TLS. Octets that the other side sent in the
    /// clear after it agreed to STARTTLS are taken for TLS, and so end the connection: what a caller has read before the call it must have looked at.
    ///
    /// # Errors
    /// As [`Wire::read`]; what TLS and the verifier say is the `rustls::Error` inside ([`io::Error::get_ref`]). The wire is of no use afterwards.
    pub async fn start_tls(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> io::Result<Secured> {
        let patience = Patience {
            alarm: &mut self.alarm,
            closing: &self.closing,
            deadline: Instant::now() + self.times.handshake,
        };
        let handshake = Box::pin(self.stream.start_tls((config, name), patience));
        let (secured, early) = handshake.await?;
        self.early = early;
        Ok(secured)
    }

    /// Says that nothing follows and gives the other side a moment to say the same, so that what it sent meanwhile does not reset the connection.
    pub async fn close(mut self) {
        if self.stream.close().is_err() {
            return;
        }
        let deadline = Instant::now() + self.times.linger;
        for _ in 0..MOST_LINGER_READS {
            match self.stream.discard() {
                Ok(Some(false)) => {}
                Ok(None) => {
                    if self.ready(Ready::ToRead, deadline).await.is_err() {
                        return;
                    }
                }
                Ok(Some(true)) | Err(_) => return,
            }
        }
    }

    /// One write that does not wait; says how many octets were taken.
    pub(super) fn try_write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.write(octets)
    }

    /// Sends what TLS still holds; true when it holds nothing.
    pub(super) fn try_flush(&mut self) -> io::Result<bool> {
        self.stream.flush()
    }

    /// Says that nothing follows, without waiting.
    pub(super) fn say_goodbye(&mut self) -> io::Result<()> {
        self.stream.close()
    }

    pub(super) fn socket(&self) -> &Async<TcpStream> {
        self.stream.socket()
    }

    /// Sends from `sent` on; true when everything is with the kernel.
    fn try_send(&mut self, octets: &[u8], sent: &mut usize) -> io::Result<bool> {
        while let Some(rest) = octets.get(*sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(taken) => *sent += taken,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.stream.flush()
    }

    async fn ready(&mut self, what_for: Ready, deadline: Instant) -> io::Result<()> {
        let mut patience = Patience {
            alarm: &mut self.alarm,
            closing: &self.closing,
            deadline,
        };
        patience.ready(self.stream.socket(), what_for).await
    }
}

async fn connect(
    address: SocketAddr,
    source: Option<IpAddr>,
    alarm: &mut Alarm,
    closing: &Closing,
    deadline: Instant,
) -> io::Result<Async<TcpStream>> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    // A session writes a whole batch at once and then waits for the answer: there is nothing to gather.
    socket.set_tcp_nodelay(true)?;
    if let Some(source) = source {
        socket.bind(&SocketAddr::new(source, 0).into())?;
    }
    match socket.connect(&address.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error()) => {}
        Err(error) => return Err(error),
    }
    let socket = Async::new(TcpStream::from(socket))?;
    let mut patience = Patience {
        alarm,
        closing,
        deadline,
    };
    loop {
        patience.ready(&socket, Ready::ToWrite).await?;
        if let Some(error) = socket.get_ref().take_error()? {
            return Err(error);
        }
        // A writable socket without an error is connected; but the waiting may also have ended for no reason.
        match socket.get_ref().peer_addr() {
            Ok(_) => return Ok(socket),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {}
            Err(error) => return Err(error),
        }
    }
}

/// The error without the number that the system adds, which says nothing to a person.
pub(crate) fn in_words(error: &io::Error) -> String {
    let said = error.to_string();
    match said.rsplit_once(" (os error ") {
        Some((words, number)) if number.ends_with(')') => words.to_owned(),
        _ => said,
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
