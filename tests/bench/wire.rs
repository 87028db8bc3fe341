//! A blocking line client over TCP or TLS, and the few dialogues that the figures need.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use crate::Outcome;
use crate::server::{PASSWORD, Server, address};

const SILENCE: Duration = Duration::from_secs(30);
/// A tagged answer is shorter than this.
const TAIL: usize = 200;

pub trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

pub struct Line {
    stream: BufReader<Box<dyn Stream>>,
    /// Of the TCP connection, for time-outs.
    socket: TcpStream,
}

impl Line {
    pub fn plain(port: u16) -> Outcome<Line> {
        let socket = connect(port)?;
        Ok(Line {
            stream: BufReader::with_capacity(1 << 16, Box::new(socket.try_clone()?)),
            socket,
        })
    }

    pub fn tls(port: u16, config: &Arc<ClientConfig>) -> Outcome<Line> {
        let socket = connect(port)?;
        let connection =
            ClientConnection::new(config.clone(), ServerName::try_from("mail.house.test")?)?;
        let stream = StreamOwned::new(connection, socket.try_clone()?);
        Ok(Line {
            stream: BufReader::with_capacity(1 << 16, Box::new(stream)),
            socket,
        })
    }

    pub fn send(&mut self, octets: &[u8]) -> Outcome<()> {
        let stream = self.stream.get_mut();
        stream.write_all(octets)?;
        stream.flush()?;
        Ok(())
    }

    pub fn line(&mut self) -> Outcome<String> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line)? == 0 {
            return Err("the box closed the connection".into());
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// Reads to the line that begins with `start`; the number of octets read.
    pub fn until(&mut self, start: &str) -> Outcome<u64> {
        let mut line = Vec::with_capacity(1024);
        let mut octets = 0;
        loop {
            line.clear();
            let n = self.stream.read_until(b'\n', &mut line)?;
            octets += n as u64;
            if n == 0 {
                return Err(format!("closed while waiting for {start}").into());
            }
            if line.starts_with(start.as_bytes()) {
                return Ok(octets);
            }
        }
    }

    /// Reads octets until those last read end with `end`; their number.
    pub fn drain_until(&mut self, end: &[u8]) -> Outcome<u64> {
        let (mut octets, mut tail) = (0, Vec::new());
        loop {
            let piece = self.stream.fill_buf()?;
            if piece.is_empty() {
                return Err("closed while draining".into());
            }
            let n = piece.len();
            tail.extend_from_slice(&piece[n.saturating_sub(end.len())..]);
            tail.drain(..tail.len().saturating_sub(end.len()));
            self.stream.consume(n);
            octets += n as u64;
            if tail == end {
                return Ok(octets);
            }
        }
    }

    /// Reads large pieces until the last line begins with `tag`; the number of octets read.
    pub fn drain_until_tagged(&mut self, tag: &str) -> Outcome<u64> {
        let tag = format!("\r\n{tag}").into_bytes();
        let (mut octets, mut tail) = (0, Vec::with_capacity(TAIL * 2));
        loop {
            let piece = self.stream.fill_buf()?;
            if piece.is_empty() {
                return Err("closed while draining".into());
            }
            let n = piece.len();
            tail.extend_from_slice(&piece[n.saturating_sub(TAIL)..]);
            tail.drain(..tail.len().saturating_sub(TAIL));
            self.stream.consume(n);
            octets += n as u64;
            if tail.ends_with(b"\r\n") && tail.windows(tag.len()).any(|w| w == tag) {
                return Ok(octets);
            }
        }
    }

    /// Reads exactly `n` octets at most `rate` a second.
    pub fn read_slowly(&mut self, n: u64, rate: u64) -> Outcome<()> {
        let mut left = n;
        let mut piece = vec![0; (rate / 50).max(1) as usize];
        while left > 0 {
            let want = piece.len().min(left as usize);
            self.stream.read_exact(&mut piece[..want])?;
            left -= want as u64;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub fn patience(&self, time: Duration) -> Outcome<()> {
        self.socket.set_read_timeout(Some(time)).map_err(Into::into)
    }
}

fn connect(port: u16) -> Outcome<TcpStream> {
    let socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(SILENCE))?;
    Ok(socket)
}

/// A client that believes any certificate and remembers one TLS session, as a returning phone does.
pub fn trusting() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting))
        .with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(64);
    Arc::new(config)
}

/// An IMAP client, logged in; `select` opens INBOX.
pub fn imap(
    server: &Server,
    person: usize,
    config: &Arc<ClientConfig>,
    select: bool,
) -> Outcome<Line> {
    let mut line = Line::tls(server.port("imaps"), config)?;
    line.line()?;
    line.send(format!("a LOGIN {} \"{PASSWORD}\"\r\n", address(person)).as_bytes())?;
    line.until("a OK")?;
    if select {
        line.send(b"b SELECT INBOX\r\n")?;
        line.until("b OK")?;
    }
    Ok(line)
}

/// Greeting and EHLO on port 25.
pub fn smtp(server: &Server) -> Outcome<Line> {
    let mut line = Line::plain(server.port("smtp"))?;
    line.line()?;
    line.send(b"EHLO bench.test\r\n")?;
    line.until("250 ")?;
    Ok(line)
}

/// One message to `person`, its commands pipelined as RFC 2920 allows; returns at the final 250.
pub fn deliver(line: &mut Line, person: usize, message: &[u8]) -> Outcome<()> {
    let envelope = format!(
        "MAIL FROM:<eve@elsewhere.test>\r\nRCPT TO:<{}>\r\nDATA\r\n",
        address(person)
    );
    line.send(envelope.as_bytes())?;
    for expected in ["250", "250", "354"] {
        let said = line.line()?;
        if !said.starts_with(expected) {
            return Err(format!("expected {expected}, the box said {said}").into());
        }
    }
    line.send(message)?;
    let said = line.line()?;
    if said.starts_with("250") {
        Ok(())
    } else {
        Err(format!("after the final dot: {said}").into())
    }
}

/// A letter of about `size` octets with its final dot. `unique` makes subject and id differ.
pub fn letter(size: usize, unique: u64) -> Vec<u8> {
    let mut text = format!(
        "From: Eve Example <eve@elsewhere.test>\r\nTo: Person <p@house.test>\r\nSubject: Letter number {unique} about nothing much\r\n\
         Date: Sun, 22 Nov 2026 02:23:54 +0000\r\nMessage-ID: <{unique}.bench@elsewhere.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    .into_bytes();
    while text.len() + 5 < size {
        let left = size - 5 - text.len();
        let line =
            b"The quick brown fox jumps over the lazy dog and writes home about it, again.\r\n";
        text.extend_from_slice(&line[line.len().saturating_sub(left.max(2))..]);
    }
    text.extend_from_slice(b".\r\n");
    text
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
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
