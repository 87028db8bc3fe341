//! Which certificate a client gets, and reloading them under way.
//!
//! A client that names a host (SNI) gets the first pair whose certificate is for that name and whose key it can verify; all others, also with an unknown
//! name or none, get the first pair: mail servers of the world ask for all kinds of names and must not be turned away (users.md A43). Nothing is remembered about
//! names that were asked for (B18). Connections keep what they have shaken hands with; the next handshake takes what is loaded by then.
//! A self-made certificate of before, for another host name, comes first for its names ([`self_made`]).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::ServerName;
use sasl::ChannelBinding;

use super::outgoing::outline::Outline;
use super::{PemPair, TlsError, self_made};
use crate::net::offer_end_point;

/// The certificates in use.
#[derive(Debug)]
pub struct Certificates {
    pairs: Vec<PemPair>,
    /// The box made its certificate itself.
    is_own: bool,
    /// Which of them devices know from before.
    known: usize,
    loaded: RwLock<Arc<Vec<Loaded>>>,
    stamps: Mutex<Vec<Option<Stamp>>>,
}

/// The same, for browsers: who asks for no name gets the self-made certificate that was there first, so that nobody is warned twice during the setup.
#[derive(Debug)]
pub(super) struct ForBrowsers(pub(super) Arc<Certificates>);

#[derive(Clone, Debug)]
struct Loaded {
    /// Devices of the house know it: it is chosen before others for its names.
    known: bool,
    key: Arc<CertifiedKey>,
    /// RFC 5929's binding to this certificate.
    end_point: Option<Vec<u8>>,
}

/// What shows that a file is another one now.
type Stamp = (u64, u64, i64, i64, u64);

impl Certificates {
    /// Loads `pairs`, the first being the default; with none, the self-made one in `folder`, which is made if it is not there, cannot be read, or is for
    /// another host than `hostname`.
    pub fn open(
        folder: &Path,
        hostname: &str,
        pairs: Vec<PemPair>,
    ) -> Result<Arc<Certificates>, TlsError> {
        let mut pairs = pairs;
        let is_own = pairs.is_empty();
        let mut known = usize::MAX;
        if pairs.is_empty() {
            let pair = self_made::pair(folder);
            let fits = |pair: &PemPair| pair.load().is_ok_and(|key| is_for(&key, hostname));
            if !fits(&pair) {
                self_made::make(folder, hostname, fits)?;
            }
            pairs.push(pair);
            let first = self_made::first_pair(folder);
            if first.load().is_ok() {
                known = pairs.len();
                pairs.push(first);
            }
        }
        let stamps = pairs.iter().map(stamp).collect();
        let loaded = load_all(&pairs, known)?;
        Ok(Arc::new(Certificates {
            pairs,
            is_own,
            known,
            loaded: RwLock::new(Arc::new(loaded)),
            stamps: Mutex::new(stamps),
        }))
    }

    /// The default certificate (DER): what a person compares when their program asks whether to trust it.
    pub fn default_certificate(&self) -> Option<Vec<u8>> {
        let loaded = self.loaded();
        let certificate = loaded.first()?.key.end_entity_cert().ok()?;
        Some(certificate.to_vec())
    }

    /// The certificate (DER) that a browser gets which asks for `host`, a name or an address.
    pub fn browsers_certificate(&self, host: &str) -> Option<Vec<u8>> {
        // For an address browsers name nothing (RFC 6066 §3).
        let name = host.parse::<std::net::IpAddr>().is_err().then_some(host);
        let chosen = choose(&self.loaded(), name, true, |_| true)?;
        Some(chosen.key.end_entity_cert().ok()?.to_vec())
    }

    /// Loads everything again (SIGHUP). If one pair cannot be used, all stay as they were, and the error says what was expected.
    pub fn reload(&self) -> Result<(), TlsError> {
        *self.stamps() = self.pairs.iter().map(stamp).collect();
        let loaded = load_all(&self.pairs, self.known)?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
        Ok(())
    }

    /// [`Certificates::reload`] if a file is another one than when last loaded; `None` if not. A pair that is found bad is tried again when it changes.
    pub fn reload_if_changed(&self) -> Option<Result<(), TlsError>> {
        let now: Vec<_> = self.pairs.iter().map(stamp).collect();
        let changed = *self.stamps() != now;
        changed.then(|| self.reload())
    }

    /// Of the certificates in use that somebody brought, the one that ends first: its file, and when, unix seconds. One that the box made is never told: it
    /// ends when the box has long gone.
    pub fn first_to_end(&self) -> Option<(PathBuf, i64)> {
        let loaded = self.loaded();
        let brought = self.pairs.iter().zip(loaded.iter());
        let ends = brought.filter_map(|(pair, entry)| {
            let der = entry.key.end_entity_cert().ok()?;
            Some((pair, Outline::read(der)?.not_after))
        });
        let (pair, ends) = ends
            .filter(|_| !self.is_own)
            .min_by_key(|(_, ends)| *ends)?;
        Some((pair.certificate.clone(), ends))
    }

    fn loaded(&self) -> Arc<Vec<Loaded>> {
        self.loaded
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn stamps(&self) -> std::sync::MutexGuard<'_, Vec<Option<Stamp>>> {
        self.stamps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Certificates {
    fn answer(&self, hello: &ClientHello<'_>, browsers: bool) -> Option<Arc<CertifiedKey>> {
        // rustls has judged the name; one with a final dot or that is an address counts as none (A44).
        let chosen = choose(&self.loaded(), hello.server_name(), browsers, |entry| {
            let schemes = hello.signature_schemes();
            entry.key.key.choose_scheme(schemes).is_some()
        })?;
        offer_end_point(chosen.end_point.as_deref());
        Some(chosen.key)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.answer(&hello, false)
    }
}

impl ResolvesServerCert for ForBrowsers {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.answer(&hello, true)
    }
}

/// The first for the name, known ones before others, that the client can verify; or else the first at all.
fn choose(
    loaded: &[Loaded],
    name: Option<&str>,
    browsers: bool,
    usable: impl Fn(&Loaded) -> bool,
) -> Option<Loaded> {
    let named = || {
        let known = loaded.iter().filter(|entry| entry.known);
        let all = known.chain(loaded);
        all.filter(|entry| match name {
            Some(name) => is_for(&entry.key, name),
            None => browsers && entry.known,
        })
    };
    let chosen = (named().find(|entry| usable(entry)))
        .or_else(|| named().next())
        .or_else(|| loaded.iter().find(|entry| usable(entry)))
        .or_else(|| loaded.first())?;
    Some(chosen.clone())
}

fn load_all(pairs: &[PemPair], known: usize) -> Result<Vec<Loaded>, TlsError> {
    let load = |(at, pair)| load(pair, at == known);
    pairs.iter().enumerate().map(load).collect()
}

fn load(pair: &PemPair, known: bool) -> Result<Loaded, TlsError> {
    let key = pair.load()?;
    let end_point = (key.cert.first()).and_then(|der| ChannelBinding::server_end_point(der));
    Ok(Loaded {
        known,
        key: Arc::new(key),
        end_point,
    })
}

fn is_for(key: &CertifiedKey, name: &str) -> bool {
    let Ok(name) = ServerName::try_from(name) else {
        return false;
    };
    key.end_entity_cert()
        .and_then(ParsedCertificate::try_from)
        .and_then(|certificate| rustls::client::verify_server_name(&certificate, &name))
        .is_ok()
}

/// Both files' device, inode, time and size, folded into one.
fn stamp(pair: &PemPair) -> Option<Stamp> {
    let of = |path: &PathBuf| fs::metadata(path).ok();
    let (certificate, key) = (of(&pair.certificate)?, of(&pair.key)?);
    Some((
        certificate.ino(),
        key.ino(),
        certificate.mtime_nsec() ^ certificate.mtime().rotate_left(20),
        key.mtime_nsec() ^ key.mtime().rotate_left(20),
        certificate.size() ^ key.size().rotate_left(32),
    ))
}
