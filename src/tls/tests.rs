//! Certificates made, loaded, chosen and changed under way.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustls::server::ParsedCertificate;

use super::*;
use crate::net::test_support::{Folder, TestHouse, trusting};
use crate::net::{ConnectionLimits, Service, Times};

/// Writes a pair for `name` into `folder`; returns its certificate.
fn issue(folder: &Path, stem: &str, name: &str) -> (PemPair, Vec<u8>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let pair = PemPair {
        certificate: folder.join(format!("{stem}.crt")),
        key: folder.join(format!("{stem}.key")),
        named_in: String::new(),
    };
    fs::write(&pair.certificate, certificate.pem()).unwrap();
    fs::write(&pair.key, key.serialize_pem()).unwrap();
    (pair, certificate.der().to_vec())
}

fn house(certificates: &Arc<Certificates>) -> TestHouse {
    TestHouse::over(
        certificates.clone(),
        ConnectionLimits::default(),
        Times::default(),
        Duration::from_secs(60),
    )
}

/// Whether a client that trusts only `certificate` and asks for `name` gets in.
fn accepted(house: &TestHouse, certificate: &[u8], name: &str) -> bool {
    let config = trusting(certificate, rustls::ALL_VERSIONS);
    let mut client = house.plain(Service::Imaps).start_tls_as(config, name);
    client.try_line().is_ok_and(|line| line == "hello")
}

#[test]
fn the_box_makes_its_own_certificate_once_for_each_name() {
    let folder = Folder::new();
    let open = |name: &str| {
        let certificates = Certificates::open(&folder.0, name, Vec::new()).unwrap();
        certificates.default_certificate().unwrap()
    };
    let first = open("box.home.arpa");
    let file = self_made::path(&folder.0);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(open("box.home.arpa"), first, "it stays");
    let second = open("mail.example.org");
    assert_ne!(second, first, "another name needs another");
    fs::write(&file, "rubbish").unwrap();
    assert_ne!(
        open("mail.example.org"),
        second,
        "a broken one is made again"
    );
    for name in [
        "mail.example.org",
        "mail.local",
        "mail-2.local",
        "pillarbox.local",
        "pillarbox-4.local",
        "localhost",
    ] {
        let der = second.clone().into();
        let parsed = ParsedCertificate::try_from(&der).unwrap();
        let name = name.try_into().unwrap();
        rustls::client::verify_server_name(&parsed, &name).unwrap();
    }
}

#[test]
fn the_name_asked_for_chooses_the_certificate() {
    let folder = Folder::new();
    let (one, one_der) = issue(&folder.0, "one", "one.example");
    let (two, two_der) = issue(&folder.0, "two", "*.two.example");
    let certificates = Certificates::open(&folder.0, "one.example", vec![one, two]).unwrap();
    let house = house(&certificates);
    assert!(accepted(&house, &one_der, "one.example"));
    assert!(accepted(&house, &two_der, "mail.two.example"));
    assert!(!accepted(&house, &two_der, "one.example"));
}

#[test]
fn a_changed_file_is_taken_without_dropping_anyone() {
    let folder = Folder::new();
    let (pair, old) = issue(&folder.0, "one", "one.example");
    let certificates = Certificates::open(&folder.0, "one.example", vec![pair.clone()]).unwrap();
    let house = house(&certificates);
    let config = trusting(&old, rustls::ALL_VERSIONS);
    let mut inside = house
        .plain(Service::Imaps)
        .start_tls_as(config, "one.example");
    assert_eq!(inside.line(), "hello");
    assert!(certificates.reload_if_changed().is_none());

    let (_, new) = issue(&folder.0, "one", "one.example");
    certificates.reload_if_changed().unwrap().unwrap();
    assert!(accepted(&house, &new, "one.example"));
    assert!(!accepted(&house, &old, "one.example"));
    assert_eq!(inside.ask("still here"), "still here");
    assert!(certificates.reload_if_changed().is_none());

    // The key of another certificate: the old pair stays, and is not tried again until something changes.
    let other = KeyPair::generate().unwrap().serialize_pem();
    fs::write(&pair.key, &other).unwrap();
    let error = certificates
        .reload_if_changed()
        .unwrap()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("does not belong") && error.contains("one.key"),
        "{error}"
    );
    assert!(certificates.reload_if_changed().is_none());
    assert!(accepted(&house, &new, "one.example"));
    for key in other.lines().filter(|line| !line.starts_with('-')) {
        assert!(!error.contains(key), "keys are not quoted");
    }
}

#[test]
fn what_cannot_be_loaded_says_what_was_expected() {
    let folder = Folder::new();
    let (pair, _) = issue(&folder.0, "one", "one.example");
    let missing = folder.0.join("missing.pem");
    let error = |certificate: &Path, key: &Path| {
        let pair = PemPair {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            named_in: "[tls] in /etc/box.toml".to_owned(),
        };
        let opened = Certificates::open(&folder.0, "one.example", vec![pair]);
        opened.err().unwrap().to_string()
    };
    let told = error(&missing, &pair.key);
    assert!(
        told.contains("missing.pem") && told.contains("expected a PEM file"),
        "{told}"
    );
    assert!(
        told.contains("see `certificate` under [tls] in /etc/box.toml"),
        "{told}"
    );
    assert!(error(&pair.certificate, &missing).contains("see `key` under [tls]"));
    assert!(error(&pair.key, &pair.key).contains("BEGIN CERTIFICATE"));
    assert!(error(&pair.certificate, &pair.certificate).contains("BEGIN PRIVATE KEY"));
    let bad = folder.0.join("bad.pem");
    fs::write(
        &bad,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert!(error(&bad, &pair.key).contains("not an X.509 certificate"));
    fs::write(
        &bad,
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    )
    .unwrap();
    assert!(error(&pair.certificate, &bad).contains("cannot be used"));
}

#[test]
fn another_host_name_keeps_the_key_and_what_devices_know() {
    let folder = Folder::new();
    let open = |name: &str| Certificates::open(&folder.0, name, Vec::new()).unwrap();
    let der = |certificates: &Certificates| certificates.default_certificate().unwrap();
    let key = |der: &[u8]| crate::publish::tls_key_hash(der).unwrap();
    let first = open("pillarbox.local");
    let known = der(&first);
    let second = open("mail.example.org");
    let now = der(&second);
    assert_eq!(key(&known), key(&now), "DANE records stay right");
    for (host, expected) in [
        ("pillarbox.local", &known),
        ("mail.example.org", &now),
        ("192.168.1.2", &known),
    ] {
        let shown = second.browsers_certificate(host).unwrap();
        assert_eq!(&shown, expected, "{host}");
    }
    let house = house(&second);
    assert!(accepted(&house, &known, "pillarbox.local"));
    assert!(accepted(&house, &now, "mail.example.org"));
    assert!(accepted(&house, &now, "mail.local"));

    // A third name: what was there first stays beside it.
    let third = open("mail.other.example");
    assert_eq!(key(&der(&third)), key(&known));
    let shown = third.browsers_certificate("pillarbox.local").unwrap();
    assert_eq!(shown, known);
    let mode = fs::metadata(self_made::first_pair(&folder.0).key).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_host_name_that_comes_back_finds_its_certificate() {
    let folder = Folder::new();
    let open = |name: &str| {
        let certificates = Certificates::open(&folder.0, name, Vec::new()).unwrap();
        certificates.default_certificate().unwrap()
    };
    let first = open("mail.one.example");
    let second = open("mail.two.example");
    assert_eq!(open("mail.one.example"), first);
    assert_eq!(open("mail.two.example"), second);
}
