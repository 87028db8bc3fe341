//! A certificate chain and its private key from PEM files.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use rustls::crypto::ring::default_provider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// The largest PEM file read, in octets: a chain of a dozen certificates is 25 KB, and a wrong path may lead anywhere.
const MAX_FILE: u64 = 1024 * 1024;

/// Where a certificate and its key lie. Both may be in one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PemPair {
    /// The chain: the server's certificate first, then the intermediate ones.
    pub certificate: PathBuf,
    /// The private key: PKCS #8, PKCS #1 (RSA) or SEC1 (EC).
    pub key: PathBuf,
    /// Where the owner named both, for messages: `[tls] in /etc/box/pillarbox.toml`; empty if nobody did.
    pub named_in: String,
}

/// Why a certificate cannot be used: a sentence that names the file, what was expected and what to do. It never quotes the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsError {
    text: String,
}

impl TlsError {
    pub(super) fn new(text: String) -> TlsError {
        TlsError { text }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for TlsError {}

impl PemPair {
    /// Reads both files and proves that they belong together.
    pub(super) fn load(&self) -> Result<CertifiedKey, TlsError> {
        let chain = self
            .chain()
            .map_err(|error| self.located(error, "`certificate`"))?;
        let key = self
            .private_key()
            .map_err(|error| self.located(error, "`key`"))?;
        CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| {
            TlsError::new(match error {
                rustls::Error::InconsistentKeys(_) => format!(
                    "the key in {} does not belong to the first certificate in {}: expected the pair that was issued together, with the server's own certificate first",
                    self.key.display(),
                    self.certificate.display()
                ),
                rustls::Error::InvalidCertificate(_) => format!(
                    "{} is not an X.509 certificate that can be read: expected the server's certificate in PEM form",
                    self.certificate.display()
                ),
                _ => format!(
                    "the key in {} cannot be used: expected an RSA key of 2048 to 8192 bits, an ECDSA key on P-256, P-384 or P-521, or an Ed25519 key, not encrypted with a password",
                    self.key.display()
                ),
            })
        })
        .map_err(|error| self.located(error, "`certificate` and `key`"))
    }

    /// Says which lines of the settings it is about.
    fn located(&self, error: TlsError, keys: &str) -> TlsError {
        if self.named_in.is_empty() {
            return error;
        }
        TlsError::new(format!(
            "{error}; see {keys} under {}, and leave both lines out for a certificate of the box's own",
            self.named_in
        ))
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let path = &self.certificate;
        let octets = read(path)?;
        let chain = CertificateDer::pem_slice_iter(&octets)
            .collect::<Result<Vec<_>, _>>()
            .unwrap_or_default();
        if chain.is_empty() {
            return Err(TlsError::new(format!(
                "{} holds no certificate: expected PEM text with \"-----BEGIN CERTIFICATE-----\", the server's own certificate first",
                path.display()
            )));
        }
        Ok(chain)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let path = &self.key;
        let octets = read(path)?;
        PrivateKeyDer::from_pem_slice(&octets).map_err(|_| {
            TlsError::new(format!(
                "{} holds no private key: expected PEM text with \"-----BEGIN PRIVATE KEY-----\" (or RSA or EC PRIVATE KEY), not encrypted with a password",
                path.display()
            ))
        })
    }
}

/// The file's octets, wiped when dropped.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let cannot = |error: std::io::Error| {
        TlsError::new(format!(
            "cannot read {}: {error}; expected a PEM file that the user pillarbox runs as may read: correct the path or the file's rights",
            path.display()
        ))
    };
    let size = fs::metadata(path).map_err(cannot)?.len();
    if size > MAX_FILE {
        return Err(TlsError::new(format!(
            "{} is {size} octets long: expected a PEM file of at most {MAX_FILE}",
            path.display()
        )));
    }
    fs::read(path).map(Zeroizing::new).map_err(cannot)
}
