//! A blocking client's end of one connection, plain or TLS, line by line or in bulk.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use crate::deflated::Deflated;
use crate::{HOSTNAME, Result, text};

/// A line that is expected and does not come is a failure after this long.
const PATIENCE: Duration = Duration::from_secs(10);
const BUFFER: usize = 1 << 16;

/// A connection to this machine from another of its addresses.
pub fn socket_from(source: Ipv4Addr, port: u16) -> io::Result<TcpStream> {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddrV4::new(source, 0))?;
    connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
    Ok(TcpStream::from(socket))
}

pub struct Wire {
    /// None after hanging up.
    stream: Option<BufReader<Stream>>,
    socket: TcpStream,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    Deflated(Box<Deflated<Stream>>),
}

impl Wire {
    pub fn connect(port: u16, tls: bool) -> Result<Wire> {
        let mut wire = Wire::plain(port)?;
        if tls {
            wire.start_tls()?;
        }
        Ok(wire)
    }

    /// TLS from the start with the client's own configuration, so that its sessions can be resumed.
    pub fn connect_tls(port: u16, config: &Arc<ClientConfig>) -> Result<Wire> {
        let mut wire = Wire::plain(port)?;
        wire.start_tls_with(config.clone())?;
        Ok(wire)
    }

    /// From an address of one's own in 127.0.0.0/8: to the box a client of its own kind.
    pub fn connect_from(source: Ipv4Addr, port: u16, tls: bool) -> Result<Wire> {
        let mut wire = Wire::over(socket_from(source, port).map_err(text)?)?;
        if tls {
            wire.start_tls()?;
        }
        Ok(wire)
    }

    fn plain(port: u16) -> Result<Wire> {
        Wire::over(TcpStream::connect(("127.0.0.1", port)).map_err(text)?)
    }

    fn over(socket: TcpStream) -> Result<Wire> {
        socket.set_read_timeout(Some(PATIENCE)).map_err(text)?;
        socket.set_nodelay(true).map_err(text)?;
        let stream =
            BufReader::with_capacity(BUFFER, Stream::Plain(socket.try_clone().map_err(text)?));
        Ok(Wire {
            stream: Some(stream),
            socket,
        })
    }

    /// How long reading, and writing to a server that does not read, may take.
    pub fn patience(&self, time: Duration) -> Result<()> {
        let both = self.socket.set_read_timeout(Some(time));
        both.and_then(|()| self.socket.set_write_timeout(Some(time)))
            .map_err(text)
    }

    /// Takes the handshake now; what the server sent before it is lost, as RFC 3207 §4.2 asks of a client.
    pub fn start_tls(&mut self) -> Result<()> {
        static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        self.start_tls_with(CONFIG.get_or_init(trusting).clone())
    }

    fn start_tls_with(&mut self, config: Arc<ClientConfig>) -> Result<()> {
        let name = ServerName::try_from(HOSTNAME).map_err(text)?;
        let connection = ClientConnection::new(config, name).map_err(text)?;
        let socket = self.socket.try_clone().map_err(text)?;
        let stream = Stream::Tls(Box::new(StreamOwned::new(connection, socket)));
        self.stream = Some(BufReader::with_capacity(BUFFER, stream));
        Ok(())
    }

    /// From here on both directions are packed (RFC 4978); everything said before must have been read.
    pub fn deflate(&mut self) -> Result<()> {
        let stream = self.stream.take().ok_or("the client has hung up")?;
        if !stream.buffer().is_empty() {
            return Err("the server has said something in the clear that was not read".into());
        }
        let stream = Stream::Deflated(Box::new(Deflated::new(stream.into_inner())));
        self.stream = Some(BufReader::with_capacity(BUFFER, stream));
        Ok(())
    }

    /// And from here on neither is.
    pub fn inflate(&mut self) -> Result<()> {
        let stream = self.stream.take().ok_or("the client has hung up")?;
        if !stream.buffer().is_empty() {
            return Err("the server has said something packed that was not read".into());
        }
        let Stream::Deflated(deflated) = stream.into_inner() else {
            return Err("nothing is packed".into());
        };
        self.stream = Some(BufReader::with_capacity(BUFFER, deflated.end()?));
        Ok(())
    }

    pub fn send(&mut self, octets: &[u8]) -> Result<()> {
        let stream = self
            .stream
            .as_mut()
            .ok_or("the client has hung up")?
            .get_mut();
        stream
            .write_all(octets)
            .and_then(|()| stream.flush())
            .map_err(text)
    }

    /// The next line without its CRLF; None: the server has closed; an error: it says nothing, or ends a line wrongly.
    pub fn line(&mut self) -> Result<Option<String>> {
        let Some(stream) = &mut self.stream else {
            return Ok(None);
        };
        let mut line = Vec::new();
        match stream.read_until(b'\n', &mut line) {
            Ok(0) => Ok(None),
            Ok(_) => {
                let end = line.strip_suffix(b"\r\n").ok_or_else(|| {
                    format!("a line without CRLF: {}", String::from_utf8_lossy(&line))
                })?;
                Ok(Some(String::from_utf8_lossy(end).into_owned()))
            }
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof
                ) =>
            {
                Ok(None)
            }
            Err(e) => Err(format!(
                "the server says nothing ({e}); it had begun: {}",
                String::from_utf8_lossy(&line)
            )),
        }
    }

    /// The next line; it is an error that the server has closed.
    pub fn expect(&mut self, start: &str) -> Result<String> {
        match self.line()? {
            Some(line) if line.starts_with(start) => Ok(line),
            Some(line) => Err(format!("expected {start}, the server said {line}")),
            None => Err(format!("expected {start}, the server closed")),
        }
    }

    /// Passes over lines to the one that begins with `start`.
    pub fn until(&mut self, start: &str) -> Result<String> {
        loop {
            match self.line()? {
                Some(line) if line.starts_with(start) => return Ok(line),
                Some(_) => {}
                None => return Err(format!("the server closed before {start}")),
            }
        }
    }

    pub fn read_exact(&mut self, octets: &mut [u8]) -> Result<()> {
        self.stream
            .as_mut()
            .ok_or("the client has hung up")?
            .read_exact(octets)
            .map_err(text)
    }

    /// Reads in bulk until `done` says of the last octets (at most 256) that they are the end; the number of octets read.
    pub fn drain(&mut self, done: impl Fn(&[u8]) -> bool) -> Result<u64> {
        const TAIL: usize = 256;
        let stream = self.stream.as_mut().ok_or("the client has hung up")?;
        let (mut octets, mut tail) = (0, Vec::with_capacity(TAIL * 2));
        loop {
            let piece = stream.fill_buf().map_err(text)?;
            if piece.is_empty() {
                return Err("the server closed in the middle".into());
            }
            let n = piece.len();
            tail.extend_from_slice(&piece[n.saturating_sub(TAIL)..]);
            tail.drain(..tail.len().saturating_sub(TAIL));
            stream.consume(n);
            octets += n as u64;
            if done(&tail) {
                return Ok(octets);
            }
        }
    }

    /// Everything until the server closes, or falls silent.
    pub fn rest(&mut self) -> String {
        let mut said = Vec::new();
        if let Some(stream) = &mut self.stream {
            let _ = stream.read_to_end(&mut said);
        }
        String::from_utf8_lossy(&said).into_owned()
    }

    pub fn hang_up(&mut self) {
        self.stream = None;
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

impl Read for Stream {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(s) => s.read(octets),
            Stream::Tls(s) => s.read(octets),
            Stream::Deflated(s) => s.read(octets),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(s) => s.write(octets),
            Stream::Tls(s) => s.write(octets),
            Stream::Deflated(s) => s.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(s) => s.flush(),
            Stream::Tls(s) => s.flush(),
            Stream::Deflated(s) => s.flush(),
        }
    }
}

/// A client that believes any certificate (the box made its own) and remembers TLS sessions, as a returning phone does.
pub fn trusting() -> Arc<ClientConfig> {
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap_or_else(|e| unreachable!("ring has the default versions: {e}"));
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting))
        .with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(64);
    Arc::new(config)
}

#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
