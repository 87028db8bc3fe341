//! A blocking client's end of one TLS connection to the box under test, line by line, within the time that is left.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error,
    SignatureScheme, StreamOwned,
};

use super::house::{HOSTNAME, House};

/// The longest line that a box of ours says.
const LINE_MAX: u64 = 8 * 1024;
/// The longest message that is taken over.
const MESSAGE_MAX: usize = 64 * 1024;
/// One line may take so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
pub(super) struct Talk {
    service: &'static str,
    stream: BufReader<StreamOwned<ClientConnection, TcpStream>>,
}

impl Talk {
    /// Connects, and believes the box by its own certificate, octet for octet.
    pub(super) fn connect(
        service: &'static str,
        port: u16,
        house: &House,
        until: Instant,
    ) -> Result<Talk, String> {
        let told = |error: &dyn std::fmt::Display| format!("{service}: {error}");
        let left = until.saturating_duration_since(Instant::now());
        let patience = left.clamp(Duration::from_millis(1), PATIENCE);
        let socket =
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|error| told(&error))?;
        socket
            .set_read_timeout(Some(patience))
            .map_err(|error| told(&error))?;
        socket
            .set_write_timeout(Some(patience))
            .map_err(|error| told(&error))?;
        let provider = Arc::new(ring::default_provider());
        let known = Known {
            certificate: house.certificate.clone(),
            provider: provider.clone(),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| told(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(known))
            .with_no_client_auth();
        let name = ServerName::try_from(HOSTNAME).map_err(|error| told(&error))?;
        let connection =
            ClientConnection::new(Arc::new(config), name).map_err(|error| told(&error))?;
        Ok(Talk {
            service,
            stream: BufReader::new(StreamOwned::new(connection, socket)),
        })
    }

    /// Says a line.
    pub(super) fn say(&mut self, line: &str) -> Result<(), String> {
        let stream = self.stream.get_mut();
        let said = stream
            .write_all(format!("{line}\r\n").as_bytes())
            .and_then(|()| stream.flush());
        said.map_err(|error| format!("{}: {error}", self.service))
    }

    /// The next line, without its end.
    pub(super) fn line(&mut self) -> Result<String, String> {
        let mut octets = Vec::new();
        let read = (&mut self.stream)
            .take(LINE_MAX)
            .read_until(b'\n', &mut octets);
        read.map_err(|error| format!("{}: {error}", self.service))?;
        let line = octets.strip_suffix(b"\r\n").ok_or_else(|| {
            format!(
                "{}: the box hung up, or said something that is no line",
                self.service
            )
        })?;
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    /// The next line, which begins so.
    pub(super) fn expect(&mut self, begin: &str) -> Result<String, String> {
        let line = self.line()?;
        match line.starts_with(begin) {
            true => Ok(line),
            false => Err(format!(
                "{}: expected \"{begin}\", and the box says \"{line:.120}\"",
                self.service
            )),
        }
    }

    /// Lines up to one that begins so; an answer that refuses ends it.
    pub(super) fn until(&mut self, begin: &str) -> Result<(), String> {
        let tag = begin.split(' ').next().unwrap_or_default();
        loop {
            let line = self.line()?;
            if line.starts_with(begin) {
                return Ok(());
            }
            if line.split(' ').next() == Some(tag) {
                return Err(format!("{}: the box says \"{line:.120}\"", self.service));
            }
        }
    }

    /// So many octets.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<u8>, String> {
        if count > MESSAGE_MAX {
            return Err(format!("{}: {count} octets are too many", self.service));
        }
        let mut octets = vec![0; count];
        let read = self.stream.read_exact(&mut octets);
        read.map_err(|error| format!("{}: {error}", self.service))?;
        Ok(octets)
    }
}

/// Believes one certificate.
#[derive(Debug)]
struct Known {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match *end_entity == self.certificate {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
