//! The judge of one handshake's certificate: what is demanded, what was proved, and why not.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature_with_raw_key,
};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::outline::Outline;
use super::{Tlsa, Trust, dane};

/// What a certificate proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// Nothing about who it is.
    None,
    /// A known authority vouches for the name. `dated`: also today; without a trusted clock that cannot be said.
    WebPki {
        /// Expiry was judged.
        dated: bool,
    },
    /// The DNS does (RFC 7672).
    Dane,
}

/// rustls's verifier for one handshake.
pub(super) struct Judge {
    trust: Trust,
    /// Whom we think we talk to; judged under [`Trust::Any`].
    host: ServerName<'static>,
    wall: Option<i64>,
    algorithms: WebPkiSupportedAlgorithms,
    /// Let go once the certificate is judged, for rustls keeps the configuration as long as the connection.
    roots: Mutex<Option<Arc<RootCertStore>>>,
    verdict: Mutex<Option<Result<Proof, String>>>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

impl Judge {
    pub(super) fn new(
        trust: Trust,
        host: ServerName<'static>,
        roots: Arc<RootCertStore>,
        wall: Option<i64>,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Judge {
        Judge {
            trust,
            host,
            wall,
            algorithms,
            roots: Mutex::new(Some(roots)),
            verdict: Mutex::default(),
        }
    }

    /// What the certificate proved.
    pub(super) fn proof(&self) -> Proof {
        match &*lock(&self.verdict) {
            Some(Ok(proof)) => *proof,
            _ => Proof::None,
        }
    }

    /// Why the certificate was refused, if it was.
    pub(super) fn objection(&self) -> Option<String> {
        match &*lock(&self.verdict) {
            Some(Err(words)) => Some(words.clone()),
            _ => None,
        }
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<Proof, Error> {
        let roots = (lock(&self.roots).take()).unwrap_or_else(|| Arc::new(RootCertStore::empty()));
        let web_pki = |names: &[ServerName<'_>]| {
            self.chain(end_entity, intermediates, &roots, names)
                .map(|()| Proof::WebPki {
                    dated: self.wall.is_some(),
                })
        };
        let hosts = std::slice::from_ref(&self.host);
        match &self.trust {
            Trust::Any => Ok(web_pki(hosts).unwrap_or(Proof::None)),
            Trust::WebPki { names } => web_pki(&server_names(names)),
            Trust::Dane { records, .. } if !records.iter().any(Tlsa::is_usable) => {
                Ok(web_pki(hosts).unwrap_or(Proof::None))
            }
            Trust::Dane { records, names } => {
                if dane::names_end_entity(records, end_entity) {
                    return Ok(Proof::Dane);
                }
                let anchors = dane::anchors(records, intermediates);
                if anchors.is_empty() {
                    return Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
                }
                self.chain(end_entity, intermediates, &anchors, &server_names(names))
                    .map(|()| Proof::Dane)
            }
        }
    }

    /// A path to one of `roots`, and one of the names.
    fn chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        roots: &RootCertStore,
        names: &[ServerName<'_>],
    ) -> Result<(), Error> {
        let bad = || Error::InvalidCertificate(CertificateError::BadEncoding);
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let at = match self.wall {
            Some(wall) => wall,
            None => Outline::read(end_entity).ok_or_else(bad)?.not_before,
        };
        let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or(0)));
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            roots,
            intermediates,
            at,
            self.algorithms.all,
        )?;
        let mut objection = Error::InvalidCertificate(CertificateError::NotValidForName);
        for name in names {
            match verify_server_name(&certificate, name) {
                Ok(()) => return Ok(()),
                Err(error) => objection = error,
            }
        }
        Err(objection)
    }

    /// Why, for people.
    fn words(&self, error: &Error) -> String {
        let Error::InvalidCertificate(objection) = error else {
            return error.to_string();
        };
        let dane = matches!(self.trust, Trust::Dane { .. });
        match objection {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "it has expired, or this box's clock is wrong".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "it is not valid yet, or this box's clock is wrong".to_owned()
            }
            CertificateError::UnknownIssuer if dane => {
                "it is not the one that the DNS names (TLSA)".to_owned()
            }
            CertificateError::UnknownIssuer => "no known authority vouches for it".to_owned(),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                let (Trust::WebPki { names } | Trust::Dane { names, .. }) = &self.trust else {
                    return error.to_string();
                };
                format!("it is not for {}", names.join(" or "))
            }
            _ => error.to_string(),
        }
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.judge(end_entity, intermediates);
        *lock(&self.verdict) = Some(match &verdict {
            Ok(proof) => Ok(*proof),
            Err(error) => Err(self.words(error)),
        });
        verdict.map(|_| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    /// By the key alone: a certificate that webpki does not like (X.509 version 1, say) proves nothing, but its key can sign.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let outline = Outline::read(certificate)
            .ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        verify_tls13_signature_with_raw_key(message, &outline.key(), signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Those that are names; nothing can be for the others.
fn server_names(names: &[String]) -> Vec<ServerName<'static>> {
    names
        .iter()
        .filter_map(|name| super::server_name(name))
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
