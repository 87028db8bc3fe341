//! Our client against our server: both ends of the TLS stream, over sockets and through a line that tears everything into pieces.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::version::{TLS12, TLS13};

use super::super::Service;
use super::super::test_support::*;
use super::*;

async fn dial(address: SocketAddr) -> Wire {
    Wire::dial(address, None, WireTimes::default(), Closing::default())
        .await
        .unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// Everything until `count` octets are there.
async fn take(wire: &mut Wire, count: usize) -> Vec<u8> {
    let mut heard = Vec::new();
    while heard.len() < count {
        let mut sink = |octets: &[u8]| heard.extend_from_slice(octets);
        let read = wire.read(soon(), 16 * 1024, &mut sink).await.unwrap();
        assert!(read > 0, "closed after {}", heard.len());
    }
    assert_eq!(heard.len(), count);
    heard
}

async fn ask(wire: &mut Wire, text: &str, answer: &str) {
    wire.send(text.as_bytes()).await.unwrap();
    assert_eq!(
        String::from_utf8(take(wire, answer.len()).await).unwrap(),
        answer
    );
}

fn name() -> ServerName<'static> {
    ServerName::try_from(HOST).unwrap()
}

#[test]
fn both_ends_speak_in_the_clear_and_through_tls() {
    let house = TestHouse::new();
    let certificate = house.certificates.default_certificate().unwrap();
    for version in [&TLS12, &TLS13] {
        for size in [1, 7, 100_000] {
            async_io::block_on(async {
                let mut wire = dial(torn(
                    house.address(Service::Submission),
                    size,
                    Duration::ZERO,
                ))
                .await;
                assert_eq!(take(&mut wire, 7).await, b"hello\r\n");
                ask(&mut wire, "in the clear\r\n", "in the clear\r\n").await;
                ask(&mut wire, "STARTTLS\r\n", "go\r\n").await;
                let config = Arc::new(trusting(&certificate, &[version]));
                let secured = wire.start_tls(config, name()).await.unwrap();
                let agreed = if version.version == TLS12.version {
                    "TLSv1.2"
                } else {
                    "TLSv1.3"
                };
                assert_eq!(secured.version, agreed);
                ask(&mut wire, "a line\r\n", "a line\r\n").await;
                let long = if size == 1 { 3000 } else { 300_000 };
                let data = [format!("DATA {long}\r\n").as_bytes(), &vec![b'x'; long]].concat();
                wire.send(&data).await.unwrap();
                let got = format!("got {long}\r\n");
                assert_eq!(take(&mut wire, got.len()).await, got.as_bytes());
                wire.send(format!("BIG {long}\r\n").as_bytes())
                    .await
                    .unwrap();
                let big = take(&mut wire, long).await;
                assert!((0..long).all(|at| big[at] == (long - at) as u8));
                wire.send(b"QUIT\r\n").await.unwrap();
                take(&mut wire, 5).await;
                assert_eq!(wire.read(soon(), 100, &mut |_| {}).await.unwrap(), 0);
                assert!(!wire.was_cut());
                wire.close().await;
            });
        }
    }
}

#[test]
fn a_greeting_that_comes_right_behind_the_handshake_is_not_lost() {
    let house = TestHouse::new();
    let certificate = house.certificates.default_certificate().unwrap();
    // In TLS 1.3 the client has the last word.
    let config = Arc::new(trusting(&certificate, &[&TLS12]));
    async_io::block_on(async {
        for _ in 0..3 {
            // What the server says in 20 ms comes at once: its last words of the handshake and its first ones behind.
            let thick = torn(
                house.address(Service::Imaps),
                100_000,
                Duration::from_millis(20),
            );
            let mut wire = dial(thick).await;
            wire.start_tls(config.clone(), name()).await.unwrap();
            assert_eq!(take(&mut wire, 7).await, b"hello\r\n");
            // Dropped while it waits, a read has lost nothing.
            let mut heard = Vec::new();
            let mut sink = |octets: &[u8]| heard.extend_from_slice(octets);
            let waiting = wire.read(soon(), 100, &mut sink);
            assert!(futures_lite::future::poll_once(waiting).await.is_none());
            assert!(heard.is_empty());
            ask(&mut wire, "again\r\n", "again\r\n").await;
        }
    });
}

#[test]
fn bindings_are_the_same_at_both_ends() {
    let house = TestHouse::new();
    let certificate = house.certificates.default_certificate().unwrap();
    for version in [&TLS12, &TLS13] {
        let mut config = trusting(&certificate, &[version]);
        crate::net::catch_exporter_secrets(&mut config.key_log);
        async_io::block_on(async {
            let mut wire = dial(house.address(Service::Imaps)).await;
            let secured = wire.start_tls(Arc::new(config), name()).await.unwrap();
            assert!(secured.binding.tls_exporter.is_some());
            let expected = format!(
                "hello\r\n{:?} {} {}\r\n",
                secured.binding, secured.version, secured.cipher
            );
            wire.send(b"BINDING\r\n").await.unwrap();
            assert_eq!(take(&mut wire, expected.len()).await, expected.as_bytes());
        });
    }
}

#[test]
fn every_wait_has_an_end() {
    // It is accepted by the kernel, and nobody ever says anything.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::new(TestHouse::new().trusting());
    let times = WireTimes {
        handshake: Duration::from_millis(50),
        write_stall: Duration::from_millis(50),
        ..WireTimes::default()
    };
    let wire = |closing: &Closing| Wire::dial(address, None, times, closing.clone());
    let much = vec![0; 64 << 20];
    async_io::block_on(async {
        let open = Closing::default();
        let late = Instant::now() + Duration::from_millis(50);
        let error = wire(&open)
            .await
            .unwrap()
            .read(late, 100, &mut |_| {})
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let error = wire(&open).await.unwrap().send(&much).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let error = wire(&open)
            .await
            .unwrap()
            .start_tls(config.clone(), name())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
    // The end of the box is heard in the middle of each.
    for wait in 0..3 {
        let closing = Closing::default();
        let ender = closing.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            ender.begin();
        });
        let patient = WireTimes::default();
        let error = async_io::block_on(async {
            let mut wire = Wire::dial(address, None, patient, closing.clone())
                .await
                .unwrap();
            match wait {
                0 => wire.read(soon(), 100, &mut |_| {}).await.map(|_| ()),
                1 => wire.send(&much).await,
                _ => wire.start_tls(config.clone(), name()).await.map(|_| ()),
            }
            .unwrap_err()
        });
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted, "{wait}");
        thread.join().unwrap();
        let again = async_io::block_on(Wire::dial(address, None, patient, closing));
        assert_eq!(
            again.err().unwrap().kind(),
            io::ErrorKind::ConnectionAborted
        );
    }
}

#[test]
fn what_cannot_be_reached_is_named() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let dial = |address, source| {
        async_io::block_on(Wire::dial(
            address,
            source,
            WireTimes::default(),
            Closing::default(),
        ))
    };
    let error = dial(gone, None).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&gone.to_string()), "{error}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let source = IpAddr::from([127, 0, 0, 9]);
    let wire = dial(address, Some(source)).unwrap();
    assert_eq!(listener.accept().unwrap().1.ip(), source);
    assert_eq!(wire.peer(), address);
    let elsewhere = dial(address, Some(IpAddr::from([192, 0, 2, 1])));
    assert!(elsewhere.is_err(), "not an address of this machine");
    // A listener whose queue is full swallows the question.
    let deaf = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    deaf.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    deaf.listen(0).unwrap();
    let address = deaf.local_addr().unwrap().as_socket().unwrap();
    let _filling: Vec<_> = (0..4)
        .map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(50)))
        .collect();
    let times = WireTimes {
        connect: Duration::from_millis(100),
        ..WireTimes::default()
    };
    let error = async_io::block_on(Wire::dial(address, None, times, Closing::default()))
        .err()
        .unwrap();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.to_string().contains("nobody answers"), "{error}");
}

#[test]
fn an_end_without_goodbye_is_noticed() {
    let house = TestHouse::new();
    let config = Arc::new(house.trusting());
    // Cuts the line once the greeting is through.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let to = house.address(Service::Imaps);
    std::thread::spawn(move || {
        let (mut ours, _) = listener.accept().unwrap();
        let mut theirs = TcpStream::connect(to).unwrap();
        theirs
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        ours.set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        let mut room = [0; 65_536];
        for _ in 0..3 {
            if let Ok(read) = ours.read(&mut room) {
                theirs.write_all(&room[..read]).unwrap();
            }
            if let Ok(read) = theirs.read(&mut room) {
                ours.write_all(&room[..read]).unwrap();
            }
        }
    });
    async_io::block_on(async {
        let mut wire = dial(address).await;
        wire.start_tls(config, name()).await.unwrap();
        take(&mut wire, 7).await;
        assert_eq!(wire.read(soon(), 100, &mut |_| {}).await.unwrap(), 0);
        assert!(wire.was_cut());
    });
}
