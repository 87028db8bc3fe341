//! A connection's octets, plain or through TLS, without ever blocking: who gets `WouldBlock` waits and comes again.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use async_io::Async;

use super::patience::Patience;
use super::tls_stream::{End, ReadOutcome, Secured, Tls, with_scratch};

/// The socket and what lies around it; `E` is which end of TLS we are.
pub(super) struct Stream<E> {
    /// Shared with whoever may end the connection when others need the seat.
    socket: Arc<Async<TcpStream>>,
    layer: Layer<E>,
}

enum Layer<E> {
    Plain,
    Tls(Box<Tls<E>>),
}

impl<E: End> Stream<E> {
    pub(super) fn new(socket: impl Into<Arc<Async<TcpStream>>>) -> Stream<E> {
        Stream {
            socket: socket.into(),
            layer: Layer::Plain,
        }
    }

    /// Reads what is there, at most `most` octets in one system call, and hands it to `sink`.
    pub(super) fn read(
        &mut self,
        most: usize,
        sink: &mut dyn FnMut(&[u8]),
    ) -> io::Result<ReadOutcome> {
        let socket = self.socket.get_ref();
        match &mut self.layer {
            Layer::Tls(tls) => tls.read(socket, most, sink),
            Layer::Plain => with_scratch(|scratch| {
                let most = most.clamp(1, scratch.incoming.len());
                let room = scratch.incoming.get_mut(..most).unwrap_or_default();
                match receive(socket, room) {
                    Ok(0) => Ok(ReadOutcome::Closed),
                    Ok(read) => {
                        sink(room.get(..read).unwrap_or_default());
                        Ok(ReadOutcome::Some { more: read == most })
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        Ok(ReadOutcome::Blocked)
                    }
                    Err(error) => Err(error),
                }
            }),
        }
    }

    /// Sends some of `octets`; returns how many were taken, at least one. `WouldBlock`: wait until writable.
    pub(super) fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match &mut self.layer {
            Layer::Tls(tls) => tls.write(self.socket.get_ref(), octets),
            Layer::Plain => transmit(self.socket.get_ref(), octets),
        }
    }

    /// What came with the handshake, or else what is there now: octets handed to `sink`, 0 at the end; `None` when there is nothing yet.
    pub(super) fn read_some(
        &mut self,
        early: &mut Vec<u8>,
        most: usize,
        sink: &mut (dyn FnMut(&[u8]) + Send),
    ) -> io::Result<Option<usize>> {
        if !early.is_empty() {
            let early = std::mem::take(early);
            sink(&early);
            return Ok(Some(early.len()));
        }
        loop {
            let mut read = 0;
            let outcome = self.read(most, &mut |octets| {
                read += octets.len();
                sink(octets);
            })?;
            match outcome {
                _ if read > 0 => return Ok(Some(read)),
                // A ticket, or a piece of a record.
                ReadOutcome::Some { .. } => {}
                ReadOutcome::Blocked => return Ok(None),
                ReadOutcome::Closed => return Ok(Some(0)),
            }
        }
    }

    /// Sends what TLS still holds; true when it holds nothing.
    pub(super) fn flush(&mut self) -> io::Result<bool> {
        match &mut self.layer {
            Layer::Tls(tls) => tls.flush(self.socket.get_ref()),
            Layer::Plain => Ok(true),
        }
    }

    /// The handshake; afterwards everything goes through TLS. Returns application data that came right behind it.
    pub(super) async fn start_tls(
        &mut self,
        plan: E::Plan,
        patience: Patience<'_>,
    ) -> io::Result<(Secured, Vec<u8>)> {
        if matches!(self.layer, Layer::Tls(_)) {
            return Err(io::Error::other("TLS inside TLS"));
        }
        let mut tls = Box::new(Tls::new(plan)?);
        let done = tls.handshake(&self.socket, patience).await?;
        self.layer = Layer::Tls(tls);
        Ok(done)
    }

    /// Whether the peer left without the goodbye that TLS asks for, so that what it sent may have been cut short by somebody between.
    pub(super) fn was_cut(&self) -> bool {
        match &self.layer {
            Layer::Tls(tls) => tls.was_cut(),
            Layer::Plain => false,
        }
    }

    /// Says that nothing follows: close_notify and FIN. What the socket does not take at once is lost.
    pub(super) fn close(&mut self) -> io::Result<()> {
        if let Layer::Tls(tls) = &mut self.layer {
            tls.close(self.socket.get_ref())?;
        }
        self.socket.get_ref().shutdown(Shutdown::Write)
    }

    /// Reads and throws away what is there: `Some(true)` at its end, `None` when nothing is there now.
    pub(super) fn discard(&mut self) -> io::Result<Option<bool>> {
        with_scratch(
            |scratch| match receive(self.socket.get_ref(), &mut scratch.incoming) {
                Ok(read) => Ok(Some(read == 0)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                Err(error) => Err(error),
            },
        )
    }

    pub(super) fn socket(&self) -> &Async<TcpStream> {
        &self.socket
    }
}

/// read(2), again if a signal came between.
pub(super) fn receive(mut socket: &TcpStream, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match socket.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// write(2), again if a signal came between; never says that nothing of something was sent.
pub(super) fn transmit(mut socket: &TcpStream, octets: &[u8]) -> io::Result<usize> {
    loop {
        match socket.write(octets) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) if !octets.is_empty() => return Err(io::ErrorKind::WriteZero.into()),
            result => return result,
        }
    }
}
