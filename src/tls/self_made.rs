//! The certificate that the box makes for itself when nobody brought one.
//!
//! * **ECDSA P-256**: the one curve that every mail program of the last ten years takes (users.md A45: Android 7 takes no other).
//! * **Valid from 2019-06-01 to 2049-12-31.** A mail program that was told to trust this certificate trusts these very octets, so each new one means a warning
//!   on every device of the house: it should live as long as the box. The start lies in the past because a board without a clock battery may make it before it
//!   knows the time, and before 2019-07-01 because Apple's systems refuse certificates issued later that live longer than 825 days. The end is the last year that
//!   X.509's UTCTime can write. What long life costs others, a stolen key that stays good, it does not cost here: no authority vouches for this key, and removing the
//!   file makes a new one.
//! * **Names**: the host name and `localhost`.
//!
//! Key and certificate lie in one file, written in one rename, so that a power cut leaves both or neither. Only the owner can read it.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use zeroize::Zeroizing;

use super::TlsError;

/// Where it lies in the data folder.
const FILE: &str = "self-made.pem";

/// The path of the self-made pair in `folder`.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Makes a certificate for `hostname` and puts it, with its key, where [`path`] says.
pub(super) fn make(folder: &Path, hostname: &str) -> Result<(), TlsError> {
    let pem = generate(hostname).map_err(|error| {
        TlsError::new(format!("cannot make a certificate for {hostname}: {error}"))
    })?;
    let target = path(folder);
    write_whole(folder, &target, pem.as_bytes())
        .map_err(|error| TlsError::new(format!("cannot write {}: {error}", target.display())))
}

fn generate(hostname: &str) -> Result<Zeroizing<String>, rcgen::Error> {
    let mut names = vec![hostname.to_owned()];
    if hostname != "localhost" {
        names.push("localhost".to_owned());
    }
    let mut params = CertificateParams::new(names)?;
    params.not_before = rcgen::date_time_ymd(2019, 6, 1);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    params.distinguished_name.push(DnType::CommonName, hostname);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.self_signed(&key)?;
    Ok(Zeroizing::new(
        certificate.pem() + &Zeroizing::new(key.serialize_pem()),
    ))
}

/// A file that is there whole or not at all, whenever the power goes.
fn write_whole(folder: &Path, target: &Path, octets: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let draft = target.with_extension("new");
    // A draft left by a power cut could have been made with other permissions.
    fs::remove_file(&draft).ok();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(octets)?;
    file.sync_all()?;
    fs::rename(&draft, target)?;
    File::open(folder)?.sync_all()
}
