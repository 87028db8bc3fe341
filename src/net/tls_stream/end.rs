//! What the two ends of a TLS connection do differently; everything else in this folder serves both.

use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{UnbufferedConnectionCommon, UnbufferedStatus};
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::ServerName;

use super::MAX_RECORD;

/// One end of a TLS connection. rustls's two have the same verbs and no trait in common.
pub(in crate::net) trait End:
    DerefMut + Deref<Target = UnbufferedConnectionCommon<Self::Data>> + Send + Sized
{
    /// rustls's own part of it.
    type Data;
    /// What a connection is made of.
    type Plan;
    /// Who is at the other end, for messages.
    const PEER: &'static str;
    /// The most ciphertext that is kept because it does not make a whole record, or handshake message, yet. A client's handshake messages fit in a record; a
    /// server's chain of certificates need not, and rustls takes 64 KiB.
    const MOST_KEPT: usize;
    /// Whether the ServerHello comes in (or goes out).
    const HEARS_HELLO: bool;

    /// A connection that has said nothing yet.
    fn begin(plan: Self::Plan) -> io::Result<Self>;

    /// rustls's `process_tls_records`.
    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

/// The server's end.
pub(in crate::net) type Server = UnbufferedServerConnection;
/// The client's end.
pub(in crate::net) type Client = UnbufferedClientConnection;

impl End for Server {
    type Data = ServerConnectionData;
    type Plan = Arc<ServerConfig>;
    const PEER: &'static str = "the client";
    const MOST_KEPT: usize = MAX_RECORD;
    const HEARS_HELLO: bool = false;

    fn begin(config: Arc<ServerConfig>) -> io::Result<Server> {
        Server::new(config).map_err(io::Error::other)
    }

    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, ServerConnectionData> {
        self.process_tls_records(incoming)
    }
}

impl End for Client {
    type Data = ClientConnectionData;
    type Plan = (Arc<ClientConfig>, ServerName<'static>);
    const PEER: &'static str = "the server";
    const MOST_KEPT: usize = 0x10000 + MAX_RECORD;
    const HEARS_HELLO: bool = true;

    fn begin((config, name): Self::Plan) -> io::Result<Client> {
        Client::new(config, name).map_err(io::Error::other)
    }

    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, ClientConnectionData> {
        self.process_tls_records(incoming)
    }
}
