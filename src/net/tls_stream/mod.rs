//! TLS over a non-blocking socket by rustls's unbuffered interface, so that an idle connection keeps its keys and nothing else.
//!
//! Records are decrypted and encrypted in two scratch buffers that all connections of the thread share ([`scratch`]). What is left over, a record of which only
//! a part has come or octets that the socket would not take, lies in a `Vec` of exactly its size at the connection, which is freed as soon as it is drained.
//!
//! Promises: plaintext is handed on at once and never kept; a peer can make us keep at most [`End::MOST_KEPT`] of its input and one batch of our output;
//! everything queued before a failure (an alert) is sent before the failure is told. Both ends of a connection are the same code; what they do differently is
//! [`End`]. It cannot: resume with early data, ask for client certificates or show one.

mod end;
mod exporter;
mod handshake;
mod pump;
mod scratch;
mod secured;
#[cfg(test)]
mod tests;

use std::io;
use std::net::TcpStream;

use rustls::unbuffered::{ConnectionState, EncryptError, UnbufferedStatus};

pub(super) use end::{Client, End, Server};
pub use exporter::{catch_exporter_secrets, offer_end_point};
pub(super) use scratch::{Scratch, with as with_scratch};
pub use secured::Secured;

use pump::{Pumped, pump};
use scratch::BATCH;

/// The longest TLS record on the wire: header, 2^14 octets and TLS 1.2's largest expansion (RFC 5246 §6.2.3).
const MAX_RECORD: usize = 5 + (1 << 14) + 2048;

/// One end of one TLS connection. The socket belongs to [`super::stream::Stream`].
pub(super) struct Tls<E> {
    connection: E,
    /// Ciphertext that does not make a whole record (or handshake message) yet.
    incoming: Vec<u8>,
    /// Ciphertext that the socket has not taken yet.
    outgoing: Vec<u8>,
    /// The peer said close_notify or cut the connection; nothing more is read.
    peer_closed: bool,
    /// It cut the connection: what came may be less than what was meant (RFC 8446 §6.1).
    cut: bool,
}

/// What a read came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ReadOutcome {
    /// Octets came. `more` when the buffer was filled, so that reading again before waiting pays.
    Some { more: bool },
    /// Nothing is there now.
    Blocked,
    /// The peer has closed; nothing will come.
    Closed,
}

impl<E: End> Tls<E> {
    pub(super) fn new(plan: E::Plan) -> io::Result<Tls<E>> {
        Ok(Tls {
            connection: E::begin(plan)?,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            peer_closed: false,
            cut: false,
        })
    }

    /// Whether the peer left without saying so.
    pub(super) fn was_cut(&self) -> bool {
        self.cut
    }

    /// Reads what is there, at most `most` octets, hands each record's plaintext to `sink`, and sends what TLS itself has to say.
    pub(super) fn read(
        &mut self,
        socket: &TcpStream,
        most: usize,
        sink: &mut dyn FnMut(&[u8]),
    ) -> io::Result<ReadOutcome> {
        if self.peer_closed {
            return Ok(ReadOutcome::Closed);
        }
        scratch::with(|scratch| self.read_with(socket, most, scratch, sink))
    }

    fn read_with(
        &mut self,
        socket: &TcpStream,
        most: usize,
        scratch: &mut Scratch,
        sink: &mut dyn FnMut(&[u8]),
    ) -> io::Result<ReadOutcome> {
        let kept = scratch.restore(&mut self.incoming);
        // What is kept is less than the buffer (`End::MOST_KEPT`), so there is always room.
        let room = scratch.incoming.get_mut(kept..).unwrap_or_default();
        let space = most.clamp(1, room.len().max(1));
        let room = room.get_mut(..space).unwrap_or_default();
        let read = match super::stream::receive(socket, room) {
            Ok(0) => {
                // rustls remembers positions in an unfinished message, so the octets stay as long as the connection is used.
                self.keep(scratch, 0, kept)?;
                self.peer_closed = true;
                self.cut = true;
                return Ok(ReadOutcome::Closed);
            }
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.keep(scratch, 0, kept)?;
                return Ok(ReadOutcome::Blocked);
            }
            Err(error) => return Err(error),
        };
        let filled = kept + read;
        let Pumped {
            consumed,
            queued,
            closed,
            failure,
        } = pump(&mut self.connection, scratch, filled, sink);
        let sent = self.send(socket, scratch.outgoing.get(..queued).unwrap_or_default());
        if let Some(error) = failure {
            return Err(error);
        }
        sent?;
        if closed {
            self.peer_closed = true;
            return Ok(ReadOutcome::Closed);
        }
        self.keep(scratch, consumed, filled)?;
        Ok(ReadOutcome::Some {
            more: read == space,
        })
    }

    /// Encrypts and sends as much of `plain` as one batch holds; returns how much was taken. `WouldBlock`: earlier octets still wait for the socket.
    pub(super) fn write(&mut self, socket: &TcpStream, plain: &[u8]) -> io::Result<usize> {
        if !self.flush(socket)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let batch = plain.get(..BATCH).unwrap_or(plain);
        scratch::with(|scratch| {
            let queued = self.encrypt(scratch, batch)?;
            self.send(socket, scratch.outgoing.get(..queued).unwrap_or_default())?;
            Ok(batch.len())
        })
    }

    /// Sends what the socket had not taken; true when nothing is left.
    pub(super) fn flush(&mut self, socket: &TcpStream) -> io::Result<bool> {
        while !self.outgoing.is_empty() {
            match super::stream::transmit(socket, &self.outgoing) {
                Ok(sent) if sent < self.outgoing.len() => {
                    self.outgoing = self.outgoing.get(sent..).unwrap_or_default().to_vec();
                }
                Ok(_) => self.outgoing = Vec::new(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Tells the peer that nothing follows (RFC 8446 §6.1), as far as the socket takes it at once.
    pub(super) fn close(&mut self, socket: &TcpStream) -> io::Result<()> {
        scratch::with(|scratch| {
            let mut queued = 0;
            self.traffic(scratch, &mut queued, |state, out| {
                state.queue_close_notify(out)
            })?;
            self.send(socket, scratch.outgoing.get(..queued).unwrap_or_default())
        })
    }

    fn encrypt(&mut self, scratch: &mut Scratch, plain: &[u8]) -> io::Result<usize> {
        let mut queued = 0;
        self.traffic(scratch, &mut queued, |state, out| state.encrypt(plain, out))?;
        Ok(queued)
    }

    /// Brings the connection to the state in which application data may be written, and writes.
    fn traffic(
        &mut self,
        scratch: &mut Scratch,
        queued: &mut usize,
        write: impl FnOnce(
            &mut rustls::unbuffered::WriteTraffic<'_, E::Data>,
            &mut [u8],
        ) -> Result<usize, EncryptError>,
    ) -> io::Result<()> {
        // Whole records never stay in `incoming`, so there is nothing to decrypt here: at most TLS's own messages come first.
        for _ in 0..pump::MOST_STATES {
            let UnbufferedStatus { discard, state } = self.connection.process(&mut self.incoming);
            let room = scratch.outgoing.get_mut(*queued..).unwrap_or_default();
            match state.map_err(io::Error::other)? {
                ConnectionState::WriteTraffic(mut traffic) => {
                    *queued += write(&mut traffic, room).map_err(io::Error::other)?;
                    return Ok(());
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    *queued += data.encode(room).map_err(io::Error::other)?;
                }
                ConnectionState::TransmitTlsData(transmit) => transmit.done(),
                ConnectionState::PeerClosed => {}
                _ => break,
            }
            if discard > 0 {
                self.incoming.drain(..discard.min(self.incoming.len()));
            }
        }
        Err(io::Error::other("TLS is not in a state to send"))
    }

    /// Sends `octets` behind what still waits; what the socket does not take waits too.
    fn send(&mut self, socket: &TcpStream, octets: &[u8]) -> io::Result<()> {
        let mut rest = octets;
        if self.flush(socket)? {
            while !rest.is_empty() {
                match super::stream::transmit(socket, rest) {
                    Ok(sent) => rest = rest.get(sent..).unwrap_or_default(),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        // A peer that makes TLS answer (key updates) without reading the answers could otherwise grow this without end.
        if self.outgoing.len() + rest.len() > 2 * scratch::OUTGOING {
            return Err(io::Error::other("the peer does not read"));
        }
        let mut waiting = Vec::with_capacity(self.outgoing.len() + rest.len());
        waiting.extend_from_slice(&self.outgoing);
        waiting.extend_from_slice(rest);
        self.outgoing = waiting;
        Ok(())
    }

    /// Keeps the octets of the scratch buffer that no whole record was made of.
    fn keep(&mut self, scratch: &Scratch, from: usize, to: usize) -> io::Result<()> {
        let rest = scratch.incoming.get(from..to).unwrap_or_default();
        if rest.len() > E::MOST_KEPT {
            return Err(too_long());
        }
        self.incoming = rest.to_vec();
        Ok(())
    }
}

fn too_long() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a TLS message longer than any honest one",
    )
}
