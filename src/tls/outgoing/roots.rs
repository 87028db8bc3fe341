//! The authorities that are believed: Mozilla's list, and those that the owner's file adds.
//!
//! They are put together for a handshake and gone after it, shared by those that run at the same time: the list is some 150 names and keys that lie in the program's
//! own file, and what points to them is about 20 KB, which a box that sends a letter an hour need not hold.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::log;

/// The largest file of authorities that is read: a whole system's list is 230 KB.
const MAX_FILE: u64 = 1024 * 1024;

/// See the module.
#[derive(Debug)]
pub(super) struct Roots {
    extra: Option<PathBuf>,
    shared: Mutex<Weak<RootCertStore>>,
}

impl Roots {
    pub(super) fn new(extra: Option<PathBuf>) -> Roots {
        Roots {
            extra,
            shared: Mutex::default(),
        }
    }

    /// Whether nobody holds them.
    #[cfg(test)]
    pub(super) fn are_idle(&self) -> bool {
        self.shared.lock().unwrap().strong_count() == 0
    }

    /// All of them. A file that cannot be read is told in the log; the well-known ones hold all the same.
    pub(super) fn load(&self) -> Arc<RootCertStore> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(roots) = shared.upgrade() {
            return roots;
        }
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(path) = &self.extra {
            match read(path) {
                Ok(extra) => {
                    roots.add_parsable_certificates(extra);
                }
                Err(words) => log::warn(0, format_args!("{words}")),
            }
        }
        let roots = Arc::new(roots);
        *shared = Arc::downgrade(&roots);
        roots
    }
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let told = |what: String| {
        format!(
            "cannot use {} (`roots` under [send]): {what}; expected PEM text with \"-----BEGIN CERTIFICATE-----\"",
            path.display()
        )
    };
    let size = fs::metadata(path)
        .map_err(|error| told(error.to_string()))?
        .len();
    if size > MAX_FILE {
        return Err(told(format!(
            "it is {size} octets long, {MAX_FILE} are the most"
        )));
    }
    let octets = fs::read(path).map_err(|error| told(error.to_string()))?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&octets)
        .filter_map(Result::ok)
        .collect();
    if found.is_empty() {
        return Err(told("it holds no certificate".to_owned()));
    }
    Ok(found)
}
