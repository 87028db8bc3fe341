//! The unbuffered stream against rustls's own client.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConnection, HandshakeKind};

use super::super::Service;
use super::super::test_support::*;

/// A client connection whose ciphertext the test moves by hand.
struct Manual {
    connection: ClientConnection,
    socket: TcpStream,
}

impl Manual {
    fn new(house: &TestHouse, service: Service, name: &str) -> Manual {
        let socket = TcpStream::connect(house.address(service)).unwrap();
        socket.set_nodelay(true).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(house.trusting()), name).unwrap();
        Manual { connection, socket }
    }

    fn ciphertext(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut octets).unwrap();
        }
        octets
    }

    /// Sends what there is in pieces of `size`.
    fn push(&mut self, size: usize) {
        for piece in self.ciphertext().chunks(size) {
            self.socket.write_all(piece).unwrap();
        }
    }

    fn pull(&mut self) -> Result<usize, rustls::Error> {
        let read = self.connection.read_tls(&mut self.socket).unwrap_or(0);
        self.connection.process_new_packets()?;
        Ok(read)
    }

    fn shake(&mut self, size: usize) {
        while self.connection.is_handshaking() {
            self.push(size);
            self.pull().unwrap();
        }
        self.push(size);
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        while !line.ends_with('\n') {
            let mut octet = [0];
            match self.connection.reader().read(&mut octet) {
                Ok(1) => line.push(char::from(octet[0])),
                Ok(_) => return line,
                Err(_) => assert!(self.pull().unwrap() > 0, "cut short after {line:?}"),
            }
        }
        line.trim_end().to_owned()
    }
}

#[test]
fn records_may_come_in_any_pieces() {
    let house = TestHouse::new();
    for size in [1, 2, 5, 7, 1000, 100_000] {
        let mut client = Manual::new(&house, Service::Imaps, HOST);
        client.shake(size);
        assert_eq!(client.line(), "hello");
        for text in ["a", "some words", &"long ".repeat(9000)] {
            client.connection.set_buffer_limit(None);
            client
                .connection
                .writer()
                .write_all(text.as_bytes())
                .unwrap();
            client.connection.writer().write_all(b"\r\n").unwrap();
            client.push(size);
            assert_eq!(client.line(), text.trim_end());
        }
    }
}

#[test]
fn application_data_may_come_with_the_clients_last_flight() {
    let house = TestHouse::new();
    let mut client = Manual::new(&house, Service::Imaps, HOST);
    client.push(10_000);
    while client.connection.is_handshaking() && !client.connection.wants_write() {
        client.pull().unwrap();
    }
    client
        .connection
        .writer()
        .write_all(b"at once\r\nand twice\r\n")
        .unwrap();
    client.push(100_000);
    assert_eq!(client.line(), "hello");
    assert_eq!(client.line(), "at once");
    assert_eq!(client.line(), "and twice");
}

#[test]
fn alpn_is_judged_when_offered() {
    let house = TestHouse::new();
    let offer = |service, names: &[&str]| {
        let mut config = house.trusting();
        config.alpn_protocols = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        house.tls_with(service, config).try_line()
    };
    for (service, name) in [
        (Service::Imaps, "imap"),
        (Service::Pop3s, "pop3"),
        (Service::Submissions, "smtp"),
    ] {
        assert_eq!(offer(service, &["h2", name]).unwrap(), "hello");
        assert_eq!(offer(service, &[]).unwrap(), "hello");
        let refused = offer(service, &["h2", "http/1.1"]).unwrap_err().to_string();
        assert!(refused.contains("NoApplicationProtocol"), "{refused}");
    }
    assert!(offer(Service::Imaps, &["pop3"]).is_err());
}

#[test]
fn the_household_gets_tickets_and_the_world_gets_none() {
    let house = TestHouse::new();
    for version in [&TLS12, &TLS13] {
        let certificate = house.certificates.default_certificate().unwrap();
        let config = trusting(&certificate, &[version]);
        let mut kinds = Vec::new();
        let mut tickets = 0;
        for service in [Service::Smtp, Service::Submission] {
            // One client configuration for both doors would resume across them; each has its own memory.
            let mut config = config.clone();
            config.resumption = rustls::client::Resumption::in_memory_sessions(8);
            for _ in 0..2 {
                let mut client = house.plain(service);
                client.line();
                assert_eq!(client.ask("STARTTLS"), "go");
                let mut client = client.start_tls(config.clone());
                assert_eq!(client.ask("x"), "x");
                let connection = &client.0.get_ref().conn;
                kinds.push(connection.handshake_kind().unwrap());
                tickets = connection.tls13_tickets_received();
            }
            let expected = if service == Service::Smtp { 0 } else { 2 };
            if version.version == rustls::ProtocolVersion::TLSv1_3 {
                assert_eq!(tickets, expected, "{service} NewSessionTickets");
            }
        }
        use HandshakeKind::{Full, Resumed};
        assert_eq!(kinds, [Full, Full, Full, Resumed], "{version:?}");
    }
}

#[test]
fn the_exporter_is_the_clients() {
    let house = TestHouse::new();
    let certificate = house.certificates.default_certificate().unwrap();
    for version in [&TLS12, &TLS13] {
        let config = trusting(&certificate, &[version]);
        // The second time resumes.
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut client = house.tls_with(Service::Imaps, config.clone());
            assert_eq!(client.line(), "hello");
            let told = client.ask("BINDING");
            let connection = &client.0.get_ref().conn;
            assert_eq!(connection.handshake_kind(), Some(kind));
            let exported = connection
                .export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""))
                .unwrap();
            let end_point = sasl::ChannelBinding::server_end_point(&certificate).unwrap();
            let binding = sasl::ChannelBinding {
                tls_exporter: Some(exported),
                tls_server_end_point: Some(end_point),
            };
            let suite = connection.negotiated_cipher_suite().unwrap().suite();
            let suite = suite.as_str().unwrap().replace("TLS13_", "TLS_");
            let version = connection.protocol_version().unwrap();
            let version = version.as_str().unwrap().replace("v1_", "v1.");
            assert_eq!(told, format!("{binding:?} {version} {suite}"));
        }
    }
}

#[test]
fn the_worlds_port_keeps_no_secret_for_bindings() {
    let house = TestHouse::new();
    let mut client = house.plain(Service::Smtp);
    client.line();
    client.ask("STARTTLS");
    let mut client = client.start_tls(house.trusting());
    assert!(client.ask("BINDING").contains("tls_exporter: None"));
}

#[test]
fn keys_are_updated_as_often_as_the_client_likes() {
    let house = TestHouse::new();
    let mut client = house.tls(Service::Imaps);
    client.line();
    for round in 0..50 {
        client.0.get_mut().conn.refresh_traffic_keys().unwrap();
        let text = format!("round {round}");
        assert_eq!(client.ask(&text), text);
    }
}

#[test]
fn a_flood_of_key_updates_ends_the_connection() {
    let house = TestHouse::new();
    let mut client = house.tls(Service::Imaps);
    client.line();
    for _ in 0..20_000 {
        client.0.get_mut().conn.refresh_traffic_keys().unwrap();
        if client.0.get_mut().flush().is_err() {
            break;
        }
    }
    eventually(|| house.shared.alive.load(Ordering::SeqCst) == 0);
    assert_eq!(house.tls(Service::Imaps).line(), "hello");
}

#[test]
fn a_connection_cut_in_the_middle_of_a_record_is_just_gone() {
    let house = TestHouse::new();
    for cut in [1, 5, 20] {
        let mut client = Manual::new(&house, Service::Imaps, HOST);
        client.shake(10_000);
        client.line();
        client
            .connection
            .writer()
            .write_all(b"a whole line of words\r\n")
            .unwrap();
        let record = client.ciphertext();
        client.socket.write_all(&record[..cut]).unwrap();
        drop(client);
        eventually(|| house.shared.alive.load(Ordering::SeqCst) == 0);
    }
}

#[test]
fn close_notify_in_the_middle_ends_the_session_whatever_follows() {
    let house = TestHouse::new();
    let mut client = Manual::new(&house, Service::Submissions, HOST);
    client.shake(10_000);
    assert_eq!(client.line(), "hello");
    client
        .connection
        .writer()
        .write_all(b"DATA 20\r\nten octets")
        .unwrap();
    client.connection.send_close_notify();
    let mut octets = client.ciphertext();
    octets.extend_from_slice(b"ten octets, plain");
    client.socket.write_all(&octets).unwrap();
    while client.pull().unwrap_or(0) > 0 {}
    eventually(|| house.shared.alive.load(Ordering::SeqCst) == 0);
    assert_eq!(house.shared.stored.load(Ordering::SeqCst), 0);
}

#[test]
fn garbage_gets_an_alert_and_the_door() {
    let house = TestHouse::new();
    for garbage in [
        b"GET / HTTP/1.1\r\nHost: box\r\n\r\n".to_vec(),
        vec![0; 4000],
        [&[22, 3, 1, 0xff, 0xff][..], &[0; 70_000]].concat(),
        // A ClientHello that says it is 16 MB long, in honest records.
        (0..40)
            .flat_map(|n| {
                let header = if n == 0 {
                    [1, 0xff, 0xff, 0xff]
                } else {
                    [0; 4]
                };
                [&[22, 3, 1, 0x40, 0][..], &header, &[0; (1 << 14) - 4]].concat()
            })
            .collect(),
    ] {
        let mut client = house.plain(Service::Imaps);
        client.0.get_mut().write_all(&garbage).ok();
        let mut answer = Vec::new();
        client.0.read_to_end(&mut answer).ok();
        assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
    }
    assert_eq!(house.tls(Service::Imaps).line(), "hello");
}

#[test]
fn names_with_a_final_dot_and_unknown_names_are_served() {
    let house = TestHouse::new();
    let dotted = |name: &str| {
        let mut client = Manual::new(&house, Service::Submissions, name);
        let mut hello = client.ciphertext();
        let at = hello
            .windows(name.len())
            .position(|window| window == name.as_bytes());
        hello[at.unwrap() + name.len() - 1] = b'.';
        client.socket.write_all(&hello).unwrap();
        let mut answer = [0; 6];
        client.socket.read_exact(&mut answer).unwrap();
        (answer[0], answer[5])
    };
    assert_eq!(dotted("box.home.arpax"), (22, 2), "a ServerHello");
    let mut client = Manual::new(&house, Service::Submissions, "another.example");
    client.push(10_000);
    let error = loop {
        if let Err(error) = client.pull() {
            break error.to_string();
        }
    };
    assert!(
        error.contains("not valid for name") && error.contains(HOST),
        "it was shown the default certificate: {error}"
    );
}

#[test]
fn a_partial_record_outlives_a_read_that_finds_nothing() {
    let house = TestHouse::new();
    let mut client = Manual::new(&house, Service::Submissions, HOST);
    client.shake(10_000);
    assert_eq!(client.line(), "hello");
    client.connection.set_buffer_limit(None);
    let message = [b"DATA 40000\r\n".as_slice(), &[b'x'; 40_000]].concat();
    client.connection.writer().write_all(&message).unwrap();
    let octets = client.ciphertext();
    // Exactly one read of a session without great appetite, so that the next one comes at once and finds nothing.
    let (first, rest) = octets.split_at(16 * 1024);
    client.socket.write_all(first).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    client.socket.write_all(rest).unwrap();
    assert_eq!(client.line(), "got 40000");
}
