//! Our client against servers of rustls's own and of OpenSSL's, with every kind of certificate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::test_pki::*;
use super::*;
use crate::net::test_support::{Folder, torn};
use crate::net::{Closing, WireTimes};

pub(super) const HOST: &str = "mx.example.org";
pub(super) const VERSIONS: [&rustls::SupportedProtocolVersion; 2] =
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
pub(super) fn shake(
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
        records: vec![Tlsa {
            usage: 3,
            selector: 1,
            matching: 1,
            data: digest(&SHA256, &victim.public_key).as_ref().to_vec(),
        }],
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
