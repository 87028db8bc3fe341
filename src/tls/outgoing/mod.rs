//! TLS toward others: what is demanded of their certificates, and the handshake that judges them.
//!
//! ```text
//! judge    rustls's verifier of certificates: ours      dane     TLSA records against a chain
//! roots    authorities, there only while needed         outline  the few fields of a certificate that are looked at
//! ```
//!
//! * TLS 1.2 and 1.3 with ring. No ALPN toward mail servers: `smtp` is no registered protocol (RFC 7301's registry has `imap` and `pop3`), and a server that knows a
//!   list without it would have to refuse us. A web server is offered `http/1.1`.
//! * No resumption: we come seldom, and nothing is to grow with the number of hosts that were met.
//! * **The signature of the handshake is always checked**, also where any certificate is taken: who listens in cannot also pretend.
//!
//! **Dates and a clock that nobody trusts.** A board without a clock battery may think that it is 1970 until it has asked the network. No certificate is judged by
//! that: until the clock is trusted the queue lets nothing leave, policies are not renewed, and a relay is not tried. A policy that demands a certificate is therefore neither broken nor
//! failed, it waits. What is left is a clock that loses its trust (somebody sets it to 1970) while a handshake is under way (`wall: None`): its chain is judged at the moment at
//! which its first certificate became valid: names, signatures, authorities and uses all count, only expiry does not.

mod dane;
#[cfg(test)]
mod dane_tests;
mod judge;
#[cfg(test)]
mod openssl_tests;
pub(super) mod outline;
mod roots;
#[cfg(test)]
pub(crate) mod test_pki;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls_pki_types::{IpAddr, ServerName};

pub use dane::Tlsa;
pub use judge::Proof;

use crate::net::{Secured, Wire, catch_exporter_secrets};
use judge::Judge;
use roots::Roots;

/// What is demanded of the other side's certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trust {
    /// Nothing: opportunistic TLS (RFC 7435). What it would have proved is found out all the same ([`Agreed::proof`]).
    Any,
    /// That it leads to a known authority, is in date and is for one of these names (RFC 8461 §4.2, RFC 8689 §4.2.1, RFC 6125 for a relay).
    WebPki {
        /// Host names.
        names: Vec<String>,
    },
    /// That it is what the DNS says (RFC 7672). If no record is usable ([`Tlsa::is_usable`]) every certificate is taken, but TLS there must be (RFC 7672 §2.2).
    Dane {
        /// All records, also those that are not usable.
        records: Vec<Tlsa>,
        /// Names for DANE-TA, the TLSA base domain first (RFC 7672 §3.2.2).
        names: Vec<String>,
    },
}

/// Whom the handshake is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A mail server of the world.
    Mail,
    /// A relay that we log in to: channel bindings are made for SCRAM.
    Relay,
    /// A web server.
    Web,
}

/// A handshake that succeeded.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// Version, cipher and, for [`Purpose::Relay`], bindings.
    pub secured: Secured,
    /// What the certificate proved, whether that was demanded or not.
    pub proof: Proof,
}

/// What kind of failure it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsTrouble {
    /// The certificate is not what was demanded. Trying in clear is out of the question.
    Certificate,
    /// The handshake failed: nothing in common, a broken server, a hang-up, silence. Where TLS is opportunistic, a new connection may do without.
    Handshake,
    /// The box goes down; nothing is wrong.
    Closing,
}

/// A handshake that failed. The connection is of no use afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsFailure {
    /// What to do about it.
    pub trouble: TlsTrouble,
    /// A sentence for people that names the host.
    pub words: String,
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for TlsFailure {}

/// Shakes hands with others. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outgoing {
    provider: Arc<CryptoProvider>,
    roots: Arc<Roots>,
}

impl Outgoing {
    /// Trusts the well-known authorities and those in the PEM file `extra`, which is read whenever a handshake needs it.
    pub fn new(extra: Option<PathBuf>) -> Outgoing {
        Outgoing {
            provider: Arc::new(default_provider()),
            roots: Arc::new(Roots::new(extra)),
        }
    }

    /// Shakes hands over `wire` with `host` (a name, or an address as in `[192.0.2.1]`; it is also what SNI says, RFC 7672 §8.1). `wall` is unix time in
    /// seconds, if it can be trusted.
    ///
    /// # Errors
    /// [`TlsFailure`]; see [`TlsTrouble`].
    pub async fn secure(
        &self,
        wire: &mut Wire,
        trust: &Trust,
        host: &str,
        purpose: Purpose,
        wall: Option<i64>,
    ) -> Result<Agreed, TlsFailure> {
        let failed = |trouble, words: String| TlsFailure { trouble, words };
        let name = server_name(host)
            .unwrap_or_else(|| ServerName::IpAddress(IpAddr::from(wire.peer().ip())));
        let roots = self.roots.load();
        let judge = Arc::new(Judge::new(
            trust.clone(),
            name.clone(),
            roots,
            wall,
            self.provider.signature_verification_algorithms,
        ));
        let config = self.config(judge.clone(), purpose).map_err(|error| {
            failed(TlsTrouble::Handshake, format!("cannot set up TLS: {error}"))
        })?;
        match wire.start_tls(config, name).await {
            Ok(secured) => Ok(Agreed {
                secured,
                proof: judge.proof(),
            }),
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {
                Err(failed(TlsTrouble::Closing, "the box goes down".to_owned()))
            }
            Err(error) => Err(match judge.objection() {
                Some(objection) => failed(
                    TlsTrouble::Certificate,
                    format!("the certificate of {host} cannot be trusted: {objection}"),
                ),
                None if error.kind() == io::ErrorKind::TimedOut => failed(
                    TlsTrouble::Handshake,
                    format!("{host} did not finish the TLS handshake in time"),
                ),
                None => failed(
                    TlsTrouble::Handshake,
                    format!("the TLS handshake with {host} failed: {error}"),
                ),
            }),
        }
    }

    /// A configuration for one handshake: it is made of a few counted references, and carries that handshake's judge.
    fn config(
        &self,
        judge: Arc<Judge>,
        purpose: Purpose,
    ) -> Result<Arc<ClientConfig>, rustls::Error> {
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .dangerous()
            .with_custom_certificate_verifier(judge)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        match purpose {
            Purpose::Mail => {}
            Purpose::Relay => catch_exporter_secrets(&mut config.key_log),
            Purpose::Web => config.alpn_protocols = vec![b"http/1.1".to_vec()],
        }
        Ok(Arc::new(config))
    }
}

/// A host as rustls wants it; `None` if it is neither a name nor an address literal.
fn server_name(host: &str) -> Option<ServerName<'static>> {
    let literal = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(literal) = literal {
        let literal = literal.strip_prefix("IPv6:").unwrap_or(literal);
        let address: std::net::IpAddr = literal.parse().ok()?;
        return Some(ServerName::IpAddress(IpAddr::from(address)));
    }
    ServerName::try_from(host.trim_end_matches('.').to_owned()).ok()
}
