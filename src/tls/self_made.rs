//! The certificate that the box makes for itself when nobody brought one.
//!
//! * **ECDSA P-256**: the one curve that every mail program of the last ten years takes (users.md A45: Android 7 takes no other).
//! * **Valid from 2019-06-01 to 2049-12-31.** A mail program that was told to trust this certificate trusts these very octets, so each new one means a warning
//!   on every device of the house: it should live as long as the box. The start lies in the past because a board without a clock battery may make it before it
//!   knows the time, and before 2019-07-01 because Apple's systems refuse certificates issued later that live longer than 825 days. The end is the last year that
//!   X.509's UTCTime can write. What long life costs others, a stolen key that stays good, it does not cost here: no authority vouches for this key, and removing the
//!   file makes a new one.
//! * **Names**: the host name, its first label and `pillarbox` under `.local`, both also with the numbers that they get when another in the house has the name
//!   (`pillarbox-2.local`, RFC 6762 §9; the box learns of that after it has made its certificate, and another certificate would be another warning), and
//!   `localhost`. A certificate that lacks only the `.local` ones stays: it is worth more that it
//!   is the one which devices know.
//! * **Another host name** (the second question of the setup) needs another certificate. Its **key stays**, so that DANE records (RFC 6698, `3 1 1`) go on being right, and
//!   **the first one is kept beside it** and shown to whoever asks for one of its names, and on the web to whoever asks for none: a device that was told to trust
//!   `pillarbox.local` sees the octets that it knows, and a browser in the middle of the setup is not warned a second time. If the host name comes back, the
//!   two change places. What changes for devices is only what they were told to ask for. Serial numbers are random: browsers refuse two certificates of one issuer with one number.
//!
//! Key and certificate lie in one file, written in one rename, so that a power cut leaves both or neither. Only the owner can read it.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SerialNumber,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use zeroize::Zeroizing;

use super::{PemPair, TlsError};
use crate::atomic_file::{self, Rights};

/// Where it lies in the data folder.
const FILE: &str = "self-made.pem";
/// Where the first one lies, if the host name has changed since.
const FIRST_FILE: &str = "self-made-first.pem";
/// Octets of a serial number: at most 20 (RFC 5280 §4.1.2.2), and nobody can guess 16.
const SERIAL: usize = 16;
/// Names in `.local` with a number, beside the one without: so many boxes of one name in a house.
const NUMBERS: std::ops::RangeInclusive<u8> = 2..=4;
/// Octets of a label (RFC 1035 §2.3.4).
const LABEL: usize = 63;

/// The pair for the present host name, in `folder`.
pub(super) fn pair(folder: &Path) -> PemPair {
    in_one_file(path(folder))
}

/// The first pair, kept for those who know it; there may be none.
pub(super) fn first_pair(folder: &Path) -> PemPair {
    in_one_file(folder.join(FIRST_FILE))
}

/// The path of the self-made pair in `folder`.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

fn in_one_file(file: PathBuf) -> PemPair {
    PemPair {
        certificate: file.clone(),
        key: file,
        named_in: String::new(),
    }
}

/// Makes a certificate for `hostname` and puts it, with its key, where [`pair`] says. `fits` says whether a pair can be used for the host name.
pub(super) fn make(
    folder: &Path,
    hostname: &str,
    fits: impl Fn(&PemPair) -> bool,
) -> Result<(), TlsError> {
    let target = path(folder);
    let first = folder.join(FIRST_FILE);
    if fits(&first_pair(folder)) && change_places(&target, &first).is_ok() {
        return Ok(());
    }
    let told = |error: std::io::Error| {
        TlsError::new(format!("cannot write {}: {error}", target.display()))
    };
    // Whatever cannot be loaded is no certificate that anyone knows.
    let old = pair(folder).load().is_ok();
    let old = old.then(|| fs::read_to_string(&target).ok()).flatten();
    let old = old.map(Zeroizing::new);
    if let Some(old) = &old
        && !first.exists()
    {
        atomic_file::replace(&first, old.as_bytes(), Rights::Private).map_err(told)?;
    }
    let pem = generate(hostname, old.as_deref().map(String::as_str)).map_err(|error| {
        TlsError::new(format!("cannot make a certificate for {hostname}: {error}"))
    })?;
    fs::create_dir_all(folder).map_err(told)?;
    atomic_file::replace(&target, pem.as_bytes(), Rights::Private).map_err(told)
}

/// In one step, so that a power cut loses neither.
fn change_places(one: &Path, other: &Path) -> std::io::Result<()> {
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?;
    Ok(())
}

/// A certificate and its key, which is the one in `old` if there is one to be read.
fn generate(hostname: &str, old: Option<&str>) -> Result<Zeroizing<String>, rcgen::Error> {
    let mut params = CertificateParams::new(names(hostname))?;
    params.not_before = rcgen::date_time_ymd(2019, 6, 1);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    params.distinguished_name.push(DnType::CommonName, hostname);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let mut serial = [0; SERIAL];
    SystemRandom::new()
        .fill(&mut serial)
        .map_err(|_| rcgen::Error::RingUnspecified)?;
    // Positive, and not zero in front.
    if let Some(front) = serial.first_mut() {
        *front = (*front & 0x7f) | 0x40;
    }
    params.serial_number = Some(SerialNumber::from(serial.to_vec()));
    let key = match old.and_then(|pem| KeyPair::from_pem(key_in(pem)?).ok()) {
        Some(key) => key,
        None => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?,
    };
    let certificate = params.self_signed(&key)?;
    Ok(Zeroizing::new(
        certificate.pem() + &Zeroizing::new(key.serialize_pem()),
    ))
}

/// The names that the certificate is for, the host name first.
fn names(hostname: &str) -> Vec<String> {
    let label = hostname.split('.').next().unwrap_or_default();
    let mut names = vec![hostname.to_owned()];
    if label == "localhost" {
        return names;
    }
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for label in [label, "pillarbox"] {
        // The number takes the place of what would be too much (`mdns::Identity`).
        let short = label.get(..LABEL - "-2".len()).unwrap_or(label);
        add(format!("{label}.local"));
        for number in NUMBERS {
            add(format!("{short}-{number}.local"));
        }
    }
    add("localhost".to_owned());
    names
}

/// The key's part of the file, which has the certificate in front.
fn key_in(pem: &str) -> Option<&str> {
    pem.get(pem.find("-----BEGIN PRIVATE KEY-----")?..)
}
