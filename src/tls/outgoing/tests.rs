//! Our client against servers of rustls's own and of OpenSSL's, with every kind of certificate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, SHA512, digest};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::*;
use crate::net::test_support::{Folder, torn};
use crate::net::{Closing, WireTimes};
use test_pki::*;

/// Chains made to measure; the policy's tests use them too.
pub(crate) mod test_pki {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
        PublicKeyData,
    };
    use rustls_pki_types::{CertificateDer, PrivateKeyDer};

    /// The day on which the tests take place: 2026-11-22.
    pub(crate) const TODAY: i64 = 1_795_300_000;

    pub(crate) struct Authority {
        issuer: CertifiedIssuer<'static, KeyPair>,
    }

    pub(crate) struct Leaf {
        pub(crate) certificate: CertificateDer<'static>,
        pub(crate) public_key: Vec<u8>,
        pub(crate) key: PrivateKeyDer<'static>,
    }

    fn params(names: &[&str], years: (i32, i32)) -> CertificateParams {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        params
    }

    fn authority_params(name: &str) -> CertificateParams {
        let mut params = params(&[], (2020, 2040));
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params
    }

    impl Authority {
        pub(crate) fn new(name: &str) -> Authority {
            let key = KeyPair::generate().unwrap();
            Authority {
                issuer: CertifiedIssuer::self_signed(authority_params(name), key).unwrap(),
            }
        }

        pub(crate) fn below(&self, name: &str) -> Authority {
            let key = KeyPair::generate().unwrap();
            let params = authority_params(name);
            Authority {
                issuer: CertifiedIssuer::signed_by(params, key, &self.issuer).unwrap(),
            }
        }

        pub(crate) fn certificate(&self) -> CertificateDer<'static> {
            self.issuer.der().clone()
        }

        pub(crate) fn public_key(&self) -> Vec<u8> {
            self.issuer.key().subject_public_key_info()
        }

        pub(crate) fn pem(&self) -> String {
            self.issuer.pem()
        }

        pub(crate) fn leaf(&self, names: &[&str], years: (i32, i32)) -> Leaf {
            let key = KeyPair::generate().unwrap();
            let certificate = params(names, years).signed_by(&key, &self.issuer).unwrap();
            Leaf::of(certificate.der(), &key)
        }
    }

    impl Leaf {
        pub(crate) fn self_signed(names: &[&str], years: (i32, i32)) -> Leaf {
            let key = KeyPair::generate().unwrap();
            let certificate = params(names, years).self_signed(&key).unwrap();
            Leaf::of(certificate.der(), &key)
        }

        fn of(certificate: &CertificateDer<'static>, key: &KeyPair) -> Leaf {
            Leaf {
                certificate: certificate.clone(),
                public_key: key.subject_public_key_info(),
                key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            }
        }
    }
}

const HOST: &str = "mx.example.org";
const VERSIONS: [&rustls::SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'static>,
    version: &'static rustls::SupportedProtocolVersion,
) -> Arc<ServerConfig> {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key.clone_key())
        .unwrap();
    Arc::new(config)
}

/// Serves `count` connections: greets, then echoes lines.
fn echo(config: Arc<ServerConfig>, count: usize) -> (SocketAddr, JoinHandle<Vec<Option<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        (0..count)
            .map(|_| {
                let (socket, _) = listener.accept().unwrap();
                socket
                    .set_read_timeout(Some(Duration::from_secs(10)))
                    .unwrap();
                let connection = rustls::ServerConnection::new(config.clone()).unwrap();
                let mut tls = rustls::StreamOwned::new(connection, socket);
                tls.write_all(b"hello\r\n").ok();
                let name = tls.conn.server_name().map(str::to_owned);
                let mut lines = BufReader::new(tls);
                let mut line = String::new();
                while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
                    if line.starts_with("BINDING") {
                        let exported = lines.get_ref().conn.export_keying_material(
                            [0; 32],
                            sasl::ChannelBinding::EXPORTER_LABEL,
                            Some(b""),
                        );
                        line = format!("{:?}\r\n", exported.unwrap());
                    }
                    lines.get_mut().write_all(line.as_bytes()).ok();
                    line.clear();
                }
                lines.get_mut().conn.send_close_notify();
                lines.get_mut().flush().ok();
                name
            })
            .collect()
    });
    (address, thread)
}

pub(crate) async fn dial(address: SocketAddr) -> Wire {
    Wire::dial(address, None, WireTimes::default(), Closing::default())
        .await
        .unwrap()
}

/// Reads until `until` was seen.
pub(crate) async fn hear(wire: &mut Wire, until: &str) -> String {
    let mut heard = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !String::from_utf8_lossy(&heard).contains(until) {
        let read = wire
            .read(deadline, 16 * 1024, &mut |octets| {
                heard.extend_from_slice(octets)
            })
            .await
            .unwrap();
        assert!(
            read > 0,
            "closed after {:?}",
            String::from_utf8_lossy(&heard)
        );
    }
    String::from_utf8(heard).unwrap()
}

/// One handshake; `Err` holds the trouble and the words.
fn shake(
    outgoing: &Outgoing,
    chain: &[CertificateDer<'static>],
    key: &PrivateKeyDer<'static>,
    version: &'static rustls::SupportedProtocolVersion,
    trust: &Trust,
    wall: Option<i64>,
) -> Result<Proof, (TlsTrouble, String)> {
    let (address, thread) = echo(server_config(chain.to_vec(), key, version), 1);
    let result = async_io::block_on(async {
        let mut wire = dial(address).await;
        let agreed = outgoing
            .secure(&mut wire, trust, HOST, Purpose::Mail, wall)
            .await;
        let agreed = agreed.map_err(|failure| (failure.trouble, failure.words))?;
        // The greeting came with the handshake or behind it.
        hear(&mut wire, "hello\r\n").await;
        wire.send(b"a line\r\n").await.unwrap();
        assert_eq!(hear(&mut wire, "\r\n").await, "a line\r\n");
        wire.close().await;
        Ok(agreed.proof)
    });
    let names = thread.join().unwrap();
    if result.is_ok() {
        assert_eq!(names, [Some(HOST.to_owned())], "SNI");
    }
    result
}

fn with_roots(authority: &Authority) -> (Outgoing, Folder) {
    let folder = Folder::new();
    let file = folder.0.join("roots.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    (Outgoing::new(Some(file)), folder)
}

#[test]
fn known_authorities_names_and_dates() {
    let root = Authority::new("root");
    let middle = root.below("middle");
    let (outgoing, _folder) = with_roots(&root);
    let names = |names: &[&str]| Trust::WebPki {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let demanded = names(&[HOST]);
    let good = middle.leaf(&[HOST], (2026, 2027));
    let wildcard = middle.leaf(&["*.example.org"], (2026, 2027));
    let other = middle.leaf(&["mx.example.net"], (2026, 2027));
    let expired = middle.leaf(&[HOST], (2024, 2025));
    let early = middle.leaf(&[HOST], (2027, 2028));
    let stranger = Leaf::self_signed(&[HOST], (2026, 2027));
    let dated = Proof::WebPki { dated: true };
    let undated = Proof::WebPki { dated: false };
    let now = Some(TODAY);
    // leaf, demand, time, what is proved (or which words say why not), what it proves when nothing is demanded
    type Row<'a> = (
        &'a str,
        &'a Leaf,
        &'a Trust,
        Option<i64>,
        Result<Proof, &'a str>,
        Proof,
    );
    let table: [Row<'_>; 10] = [
        ("good", &good, &demanded, now, Ok(dated), dated),
        ("wildcard", &wildcard, &demanded, now, Ok(dated), dated),
        (
            "second name",
            &other,
            &names(&[HOST, "mx.example.net"]),
            now,
            Ok(dated),
            Proof::None,
        ),
        (
            "wrong name",
            &other,
            &demanded,
            now,
            Err("not for mx.example.org"),
            Proof::None,
        ),
        ("no name", &good, &names(&[]), now, Err("not for"), dated),
        (
            "expired",
            &expired,
            &demanded,
            now,
            Err("expired"),
            Proof::None,
        ),
        (
            "not yet",
            &early,
            &demanded,
            now,
            Err("not valid yet"),
            Proof::None,
        ),
        (
            "expired, no clock",
            &expired,
            &demanded,
            None,
            Ok(undated),
            undated,
        ),
        (
            "wrong name, no clock",
            &other,
            &demanded,
            None,
            Err("not for"),
            Proof::None,
        ),
        (
            "stranger",
            &stranger,
            &demanded,
            None,
            Err("no known authority"),
            Proof::None,
        ),
    ];
    for version in VERSIONS {
        for (what, leaf, trust, wall, expected, proves) in &table {
            let chain = [leaf.certificate.clone(), middle.certificate()];
            let result = shake(&outgoing, &chain, &leaf.key, version, trust, *wall);
            match (expected, &result) {
                (Ok(proof), Ok(got)) => assert_eq!(proof, got, "{what}"),
                (Err(words), Err((TlsTrouble::Certificate, said))) => {
                    assert!(
                        said.contains(words) && said.contains(HOST),
                        "{what}: {said}"
                    );
                }
                _ => panic!("{what}: {result:?}"),
            }
            let any = shake(&outgoing, &chain, &leaf.key, version, &Trust::Any, *wall);
            assert_eq!(any, Ok(*proves), "{what}, opportunistic");
        }
    }
    // Without the one in the middle there is no path.
    let alone = [good.certificate.clone()];
    assert!(shake(&outgoing, &alone, &good.key, VERSIONS[1], &demanded, now).is_err());
    // Nor without the file.
    let chain = [
        good.certificate.clone(),
        middle.certificate(),
        root.certificate(),
    ];
    let bare = Outgoing::new(None);
    assert!(shake(&bare, &chain, &good.key, VERSIONS[1], &demanded, now).is_err());
    assert_eq!(
        shake(&bare, &chain, &good.key, VERSIONS[1], &Trust::Any, now),
        Ok(Proof::None)
    );
}

fn tlsa(usage: u8, selector: u8, matching: u8, certificate: &[u8], public_key: &[u8]) -> Tlsa {
    let selected = if selector == 0 {
        certificate
    } else {
        public_key
    };
    let data = match matching {
        1 => digest(&SHA256, selected).as_ref().to_vec(),
        2 => digest(&SHA512, selected).as_ref().to_vec(),
        _ => selected.to_vec(),
    };
    Tlsa {
        usage,
        selector,
        matching,
        data,
    }
}

#[test]
fn every_combination_of_dane() {
    let root = Authority::new("root");
    let middle = root.below("middle");
    let elsewhere = Authority::new("elsewhere");
    let outgoing = Outgoing::new(None);
    let good = middle.leaf(&[HOST], (2026, 2027));
    let expired = middle.leaf(&["old.example"], (2020, 2021));
    let misnamed = middle.leaf(&["mx.example.net"], (2026, 2027));
    let domain = middle.leaf(&["example.org"], (2026, 2027));
    let stranger = Leaf::self_signed(&["x.example"], (2026, 2027));
    let chain = |leaf: &Leaf| {
        vec![
            leaf.certificate.clone(),
            middle.certificate(),
            root.certificate(),
        ]
    };
    let names = vec![HOST.to_owned(), "example.org".to_owned()];
    let run = |records: Vec<Tlsa>, leaf: &Leaf, chain: Vec<CertificateDer<'static>>, wall| {
        let trust = Trust::Dane {
            records,
            names: names.clone(),
        };
        shake(&outgoing, &chain, &leaf.key, VERSIONS[1], &trust, wall)
    };
    let now = Some(TODAY);
    for selector in 0..=2 {
        for matching in 0..=3 {
            let ee = |usage, leaf: &Leaf| {
                tlsa(
                    usage,
                    selector,
                    matching,
                    &leaf.certificate,
                    &leaf.public_key,
                )
            };
            let ta = |usage, authority: &Authority| {
                tlsa(
                    usage,
                    selector,
                    matching,
                    &authority.certificate(),
                    &authority.public_key(),
                )
            };
            let usable = selector < 2 && matching < 3;
            let at = format!("selector {selector} matching {matching}");
            for usage in 0..=4 {
                let record = ee(usage, &good);
                assert_eq!(
                    record.is_usable(),
                    usable && (2..=3).contains(&usage),
                    "{at} usage {usage}"
                );
                if !record.is_usable() {
                    // TLS without a demand on the certificate, whatever it is (RFC 7672 §2.2).
                    assert_eq!(
                        run(
                            vec![record],
                            &stranger,
                            vec![stranger.certificate.clone()],
                            now
                        ),
                        Ok(Proof::None),
                        "{at} usage {usage}"
                    );
                }
            }
            if !usable {
                continue;
            }
            let refused = |result: Result<Proof, (TlsTrouble, String)>, what: &str| {
                let (trouble, words) = result.expect_err(what);
                assert_eq!(trouble, TlsTrouble::Certificate, "{at} {what}: {words}");
            };
            // DANE-EE: neither name nor date nor issuer matters.
            for leaf in [&good, &expired, &misnamed] {
                assert_eq!(
                    run(vec![ee(3, leaf)], leaf, chain(leaf), now),
                    Ok(Proof::Dane),
                    "{at}"
                );
            }
            assert_eq!(
                run(
                    vec![ee(3, &stranger)],
                    &stranger,
                    vec![stranger.certificate.clone()],
                    now
                ),
                Ok(Proof::Dane),
                "{at}"
            );
            refused(
                run(vec![ee(3, &stranger)], &good, chain(&good), now),
                "another's key",
            );
            // An authority's record is not for the server's own certificate, and the other way round.
            refused(
                run(vec![ee(2, &good)], &good, chain(&good), now),
                "leaf as authority",
            );
            refused(
                run(vec![ta(3, &root)], &good, chain(&good), now),
                "authority as leaf",
            );
            // DANE-TA: any authority of the chain; names and dates count.
            for authority in [&root, &middle] {
                assert_eq!(
                    run(vec![ta(2, authority)], &good, chain(&good), now),
                    Ok(Proof::Dane),
                    "{at}"
                );
                assert_eq!(
                    run(vec![ta(2, authority)], &domain, chain(&domain), now),
                    Ok(Proof::Dane),
                    "{at}"
                );
                refused(
                    run(vec![ta(2, authority)], &misnamed, chain(&misnamed), now),
                    "wrong name",
                );
                refused(
                    run(vec![ta(2, authority)], &expired, chain(&expired), now),
                    "wrong name and expired",
                );
            }
            refused(
                run(vec![ta(2, &elsewhere)], &good, chain(&good), now),
                "not of the chain",
            );
            let mut padded = chain(&good);
            padded.push(elsewhere.certificate());
            refused(
                run(vec![ta(2, &elsewhere)], &good, padded, now),
                "shown, but did not sign",
            );
            // The authority is not shown: only a record that holds it whole can help.
            let short = vec![good.certificate.clone(), middle.certificate()];
            let alone = run(vec![ta(2, &root)], &good, short, now);
            if (selector, matching) == (0, 0) {
                assert_eq!(alone, Ok(Proof::Dane), "{at}");
            } else {
                refused(alone, "authority not shown");
            }
            // One that fits is enough, and one that is not usable spoils nothing.
            let several = vec![ee(1, &good), ta(2, &elsewhere), ee(3, &good)];
            assert_eq!(
                run(several, &good, chain(&good), now),
                Ok(Proof::Dane),
                "{at}"
            );
        }
    }
    // Expiry alone: only a clock can tell.
    let late = middle.leaf(&[HOST], (2020, 2021));
    let record = tlsa(2, 0, 1, &root.certificate(), &[]);
    let (trouble, words) = run(vec![record.clone()], &late, chain(&late), now).unwrap_err();
    assert_eq!(trouble, TlsTrouble::Certificate);
    assert!(words.contains("expired"), "{words}");
    assert_eq!(
        run(vec![record], &late, chain(&late), None),
        Ok(Proof::Dane)
    );
}

#[test]
fn a_digest_of_the_wrong_length_is_not_usable() {
    for (matching, length) in [(0, 0), (1, 31), (1, 33), (1, 64), (2, 32), (2, 0)] {
        let record = Tlsa {
            usage: 3,
            selector: 1,
            matching,
            data: vec![7; length],
        };
        assert!(!record.is_usable(), "{matching} {length}");
    }
}

/// A server that shows somebody's certificate without having its key.
#[test]
fn the_signature_is_checked_even_when_any_certificate_is_taken() {
    #[derive(Debug)]
    struct Liar(Arc<rustls::sign::CertifiedKey>);
    impl rustls::server::ResolvesServerCert for Liar {
        fn resolve(
            &self,
            _: rustls::server::ClientHello<'_>,
        ) -> Option<Arc<rustls::sign::CertifiedKey>> {
            Some(self.0.clone())
        }
    }
    let victim = Leaf::self_signed(&[HOST], (2026, 2027));
    let thief = Leaf::self_signed(&[HOST], (2026, 2027));
    let key = rustls::crypto::ring::sign::any_supported_type(&thief.key).unwrap();
    let shown = Arc::new(rustls::sign::CertifiedKey::new(
        vec![victim.certificate.clone()],
        key,
    ));
    let dane = Trust::Dane {
        records: vec![tlsa(3, 1, 1, &[], &victim.public_key)],
        names: vec![],
    };
    for version in VERSIONS {
        for trust in [&Trust::Any, &dane] {
            let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
                .with_protocol_versions(&[version])
                .unwrap()
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(Liar(shown.clone())));
            let (address, thread) = echo(Arc::new(config), 1);
            let failure = async_io::block_on(async {
                let mut wire = dial(address).await;
                Outgoing::new(None)
                    .secure(&mut wire, trust, HOST, Purpose::Mail, None)
                    .await
                    .unwrap_err()
            });
            assert_eq!(failure.trouble, TlsTrouble::Handshake, "{failure}");
            thread.join().unwrap();
        }
    }
}

#[test]
fn bindings_for_a_relay_are_the_servers() {
    let root = Authority::new("root");
    let (outgoing, _folder) = with_roots(&root);
    let leaf = root.leaf(&[HOST], (2026, 2027));
    for version in VERSIONS {
        let (address, thread) = echo(
            server_config(vec![leaf.certificate.clone()], &leaf.key, version),
            2,
        );
        async_io::block_on(async {
            for (purpose, bound) in [(Purpose::Relay, true), (Purpose::Mail, false)] {
                let trust = Trust::WebPki {
                    names: vec![HOST.to_owned()],
                };
                let mut wire = dial(address).await;
                let agreed = outgoing
                    .secure(&mut wire, &trust, HOST, purpose, Some(TODAY))
                    .await
                    .unwrap();
                wire.send(b"BINDING\r\n").await.unwrap();
                let told = hear(&mut wire, "]\r\n").await;
                let binding = agreed.secured.binding;
                if bound {
                    assert_eq!(
                        told,
                        format!("hello\r\n{:?}\r\n", binding.tls_exporter.unwrap())
                    );
                } else {
                    assert_eq!(binding.tls_exporter, None);
                }
                assert_eq!(
                    binding.tls_server_end_point,
                    sasl::ChannelBinding::server_end_point(&leaf.certificate)
                );
                assert!(binding.tls_server_end_point.is_some());
                wire.close().await;
            }
        });
        thread.join().unwrap();
    }
}

#[test]
fn what_is_no_handshake_is_told_apart() {
    let told = |answer: &'static [u8], stay: bool| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            // The injected octets are there before the client says its first word.
            socket.write_all(answer).unwrap();
            let mut hello = [0; 1024];
            assert!(socket.read(&mut hello).unwrap() > 0);
            if stay {
                socket.read_to_end(&mut Vec::new()).ok();
            }
        });
        let failure = async_io::block_on(async {
            let times = WireTimes {
                handshake: Duration::from_millis(300),
                ..WireTimes::default()
            };
            let mut wire = Wire::dial(address, None, times, Closing::default())
                .await
                .unwrap();
            Outgoing::new(None)
                .secure(&mut wire, &Trust::Any, HOST, Purpose::Mail, None)
                .await
                .unwrap_err()
        });
        thread.join().unwrap();
        failure
    };
    for (answer, stay, words) in [
        (&b""[..], false, "left in the middle"),
        (b"", true, "in time"),
        (b"250 injected\r\n250 behind STARTTLS\r\n", true, "failed"),
        (&[21, 3, 3, 0, 2, 2, 40], true, "failed"),
    ] {
        let failure = told(answer, stay);
        assert_eq!(failure.trouble, TlsTrouble::Handshake, "{failure}");
        assert!(
            failure.words.contains(words) && failure.words.contains(HOST),
            "{failure}"
        );
    }
}

#[test]
fn hosts_become_names_or_addresses() {
    let of = |host: &str| server_name(host).map(|name| name.to_str().into_owned());
    assert_eq!(of("mx.example.org."), Some("mx.example.org".to_owned()));
    assert_eq!(of("mx_1.example.org"), Some("mx_1.example.org".to_owned()));
    assert_eq!(of("[192.0.2.1]"), Some("192.0.2.1".to_owned()));
    assert_eq!(of("[IPv6:2001:db8::1]"), Some("2001:db8::1".to_owned()));
    assert_eq!(of("[nonsense]"), None);
    assert_eq!(of("not a name"), None);
}

#[test]
fn the_roots_are_gone_after_the_handshake() {
    let leaf = Leaf::self_signed(&[HOST], (2026, 2027));
    let (address, thread) = echo(
        server_config(vec![leaf.certificate.clone()], &leaf.key, VERSIONS[1]),
        1,
    );
    let outgoing = Outgoing::new(None);
    async_io::block_on(async {
        let mut wire = dial(address).await;
        outgoing
            .secure(&mut wire, &Trust::Any, HOST, Purpose::Mail, None)
            .await
            .unwrap();
        assert!(outgoing.roots.are_idle(), "the connection holds them");
        wire.close().await;
    });
    thread.join().unwrap();
}

/// A child that ends with the test.
struct Ended(Child);
impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn openssl_is_understood() {
    let folder = Folder::new();
    let made = Command::new("openssl")
        .current_dir(&folder.0)
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "k.pem",
            "-out",
            "c.pem",
            "-days",
            "2",
            "-subj",
            "/CN=mx.example.org",
            "-addext",
            "subjectAltName=DNS:mx.example.org",
        ])
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return; // a machine without OpenSSL
    }
    for version in ["-tls1_2", "-tls1_3"] {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let server = Command::new("openssl")
            .current_dir(&folder.0)
            .args([
                "s_server",
                "-quiet",
                "-rev",
                version,
                "-cert",
                "c.pem",
                "-key",
                "k.pem",
                "-accept",
                &format!("127.0.0.1:{port}"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _server = Ended(server);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "s_server does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        async_io::block_on(async {
            let mut wire = dial(address).await;
            let agreed = Outgoing::new(None)
                .secure(&mut wire, &Trust::Any, HOST, Purpose::Mail, None)
                .await
                .unwrap();
            assert_eq!(agreed.proof, Proof::None);
            assert_eq!(
                agreed.secured.version,
                if version == "-tls1_2" {
                    "TLSv1.2"
                } else {
                    "TLSv1.3"
                }
            );
            wire.send(b"abc\n").await.unwrap();
            assert_eq!(hear(&mut wire, "\n").await, "cba\n");
            wire.close().await;
        });
    }
}

#[test]
fn a_chain_longer_than_a_record_is_taken() {
    let root = Authority::new("root");
    let (outgoing, _folder) = with_roots(&root);
    let leaf = root.leaf(&[HOST], (2026, 2027));
    let others = (0..90).map(|number| Authority::new(&format!("other {number}")).certificate());
    let chain: Vec<_> = [leaf.certificate.clone()]
        .into_iter()
        .chain(others)
        .collect();
    let length: usize = chain.iter().map(|certificate| certificate.len()).sum();
    assert!(length > 20_000, "{length}");
    for version in VERSIONS {
        let (address, thread) = echo(server_config(chain.clone(), &leaf.key, version), 1);
        async_io::block_on(async {
            // In pieces, so that what came of it must be kept.
            let mut wire = dial(torn(address, 1000, Duration::from_millis(1))).await;
            let trust = Trust::Any;
            let agreed = outgoing.secure(&mut wire, &trust, HOST, Purpose::Mail, Some(TODAY));
            assert_eq!(agreed.await.unwrap().proof, Proof::WebPki { dated: true });
            hear(&mut wire, "hello\r\n").await;
            wire.close().await;
        });
        thread.join().unwrap();
    }
}
