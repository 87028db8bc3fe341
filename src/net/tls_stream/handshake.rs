//! The handshake, from either end: rare, so its future is boxed by the caller and gone afterwards.

use std::io;
use std::net::TcpStream;

use async_io::Async;

use super::exporter::{self, Caught, ServerHello};
use super::pump::{Pumped, pump};
use super::secured::{cipher_name, version_name};
use super::{End, Secured, Tls, scratch};
use crate::net::patience::{Patience, Ready};

impl<E: End> Tls<E> {
    /// Shakes hands, with this much patience. Application data that came right behind the handshake is returned.
    pub(in crate::net) async fn handshake(
        &mut self,
        socket: &Async<TcpStream>,
        mut patience: Patience<'_>,
    ) -> io::Result<(Secured, Vec<u8>)> {
        let mut caught = Caught::default();
        let mut server_hello = None;
        let mut early = Vec::new();
        let tcp = socket.get_ref();
        // The client speaks first.
        scratch::with(|scratch| self.begin(tcp, scratch))?;
        while self.connection.is_handshaking() || !self.outgoing.is_empty() {
            if !self.flush(tcp)? {
                patience.ready(socket, Ready::ToWrite).await?;
                continue;
            }
            let progress = scratch::with(|scratch| {
                self.shake(tcp, scratch, &mut caught, &mut server_hello, &mut early)
            })?;
            if !progress && self.outgoing.is_empty() {
                patience.ready(socket, Ready::ToRead).await?;
            }
        }
        // Only a client sees one: ours is the server that asks for none.
        if let Some(certificate) = self.connection.peer_certificates().and_then(<[_]>::first) {
            caught.seen(certificate);
        }
        let suite = self.connection.negotiated_cipher_suite();
        let secured = Secured {
            version: version_name(self.connection.protocol_version()),
            cipher: cipher_name(suite.map(|suite| suite.suite())),
            binding: caught.binding(suite, server_hello),
        };
        Ok((secured, early))
    }

    /// What there is to say before anything was heard.
    fn begin(&mut self, socket: &TcpStream, scratch: &mut super::Scratch) -> io::Result<()> {
        let pumped = pump(&mut self.connection, scratch, 0, &mut |_| {});
        let hello = scratch.outgoing.get(..pumped.queued).unwrap_or_default();
        self.send(socket, hello)?;
        pumped.failure.map_or(Ok(()), Err)
    }

    /// One read and what follows from it; false when there was nothing to read.
    fn shake(
        &mut self,
        socket: &TcpStream,
        scratch: &mut super::Scratch,
        caught: &mut Caught,
        server_hello: &mut Option<ServerHello>,
        early: &mut Vec<u8>,
    ) -> io::Result<bool> {
        let kept = scratch.restore(&mut self.incoming);
        let room = scratch.incoming.get_mut(kept..).unwrap_or_default();
        let read = match crate::net::stream::receive(socket, room) {
            Ok(0) => {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("{} left in the middle of the TLS handshake", E::PEER),
                ));
            }
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.keep(scratch, 0, kept)?;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let filled = kept + read;
        if E::HEARS_HELLO && server_hello.is_none() {
            *server_hello = ServerHello::read(scratch.incoming.get(..filled).unwrap_or_default());
        }
        exporter::clear();
        let Pumped {
            consumed,
            queued,
            closed,
            failure,
        } = pump(&mut self.connection, scratch, filled, &mut |octets| {
            early.extend_from_slice(octets);
        });
        caught.collect();
        let flight = scratch.outgoing.get(..queued).unwrap_or_default();
        if !E::HEARS_HELLO && server_hello.is_none() {
            *server_hello = ServerHello::read(flight);
        }
        let sent = self.send(socket, flight);
        if let Some(error) = failure {
            return Err(error);
        }
        sent?;
        self.peer_closed = closed;
        if closed && self.connection.is_handshaking() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.keep(scratch, consumed, filled)?;
        Ok(true)
    }
}
