//! A connection that a web browser opened, for hyper ([`super::WireIo`]): plain, or through TLS after the handshake.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_io::Async;
use rustls::ServerConfig;

use super::Closing;
use super::alarm::Alarm;
use super::patience::Patience;
use super::stream::Stream;
use super::tls_stream::Server;
use super::wire_io::Wired;

/// See the module.
pub struct Guest {
    stream: Stream<Server>,
    /// What came right behind the handshake and was not read yet.
    early: Vec<u8>,
}

impl Guest {
    /// Over an accepted socket; with `tls` after its handshake, which may take as long as `within`.
    ///
    /// # Errors
    /// The network's or TLS's; `TimedOut`, or `ConnectionAborted` when the box goes down.
    pub async fn open(
        socket: Async<TcpStream>,
        tls: Option<Arc<ServerConfig>>,
        within: Duration,
        closing: &Closing,
    ) -> io::Result<Guest> {
        let mut guest = Guest {
            stream: Stream::new(socket),
            early: Vec::new(),
        };
        if let Some(tls) = tls {
            let mut alarm = Alarm::new();
            let patience = Patience {
                alarm: &mut alarm,
                closing,
                deadline: Instant::now() + within,
            };
            let (_, early) = guest.stream.start_tls(tls, patience).await?;
            guest.early = early;
        }
        Ok(guest)
    }
}

impl Wired for Guest {
    fn try_read(
        &mut self,
        most: usize,
        sink: &mut (dyn FnMut(&[u8]) + Send),
    ) -> io::Result<Option<usize>> {
        self.stream.read_some(&mut self.early, most, sink)
    }

    fn try_write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.write(octets)
    }

    fn try_flush(&mut self) -> io::Result<bool> {
        self.stream.flush()
    }

    fn say_goodbye(&mut self) -> io::Result<()> {
        self.stream.close()
    }

    /// A request says itself how long it is; that browsers leave without close_notify is their habit.
    fn was_cut(&self) -> bool {
        false
    }

    fn socket(&self) -> &Async<TcpStream> {
        self.stream.socket()
    }
}
