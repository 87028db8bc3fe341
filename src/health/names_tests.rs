//! A name server that falls silent and speaks again.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use super::*;
use crate::resolver::ResolverSettings;

/// Says that there is no such name, or nothing.
struct Server {
    address: std::net::SocketAddr,
    silent: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

fn server() -> Server {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = Server {
        address: socket.local_addr().unwrap(),
        silent: Arc::new(AtomicBool::new(true)),
        asked: Arc::default(),
    };
    let (silent, asked) = (server.silent.clone(), server.asked.clone());
    std::thread::spawn(move || {
        let mut question = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            asked.fetch_add(1, Ordering::Relaxed);
            if silent.load(Ordering::Relaxed) {
                continue;
            }
            let name = question[12..length].iter().position(|octet| *octet == 0);
            let mut answer = question[..12 + name.unwrap() + 5].to_vec();
            // NXDOMAIN, and no records.
            answer[2..12].copy_from_slice(&[0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0]);
            let _ = socket.send_to(&answer, from);
        }
    });
    server
}

#[test]
fn silence_is_told_after_a_while_and_the_first_answer_ends_it() {
    let server = server();
    let resolver = Resolver::new(ResolverSettings {
        servers: vec![server.address],
        timeout: Duration::from_millis(50),
        whole: Duration::from_millis(100),
        ..ResolverSettings::default()
    });
    let health = Health::default();
    let patience = Patience {
        silence: Duration::from_millis(600),
        again: Duration::from_millis(200),
    };
    let watched = names(resolver.clone(), patience, health.clone());
    let pause = async |millis| {
        Timer::after(Duration::from_millis(millis)).await;
    };
    let until = async |broken: bool| {
        let begun = Instant::now();
        while health.has(Part::Dns) != broken {
            assert!(begun.elapsed() < Duration::from_secs(20), "{broken}");
            pause(10).await;
        }
        begun.elapsed()
    };
    let story = async {
        pause(700).await;
        assert_eq!(server.asked.load(Ordering::Relaxed), 0, "nobody asks");
        let begun = Instant::now();
        let lookup = |name: &'static str| resolver.lookup(name, dns::Kind::Mx);
        assert!(lookup("far.test").await.is_err());
        assert!(
            !health.has(Part::Dns),
            "one question in vain is nothing yet"
        );
        until(true).await;
        assert!(begun.elapsed() >= patience.silence);
        let facts = health.facts();
        assert!(
            matches!(&facts[..], [Fact::Dns { servers }] if *servers == server.address.to_string()),
            "{facts:?}"
        );
        // Nobody asks for anything but the watch itself.
        server.silent.store(false, Ordering::Relaxed);
        until(false).await;
        // One name alone in vain, while others are found: the watch finds that out by itself.
        server.silent.store(true, Ordering::Relaxed);
        assert!(lookup("one.test").await.is_err());
        server.silent.store(false, Ordering::Relaxed);
        pause(900).await;
        assert!(health.facts().is_empty());
        assert_eq!(resolver.pulse().silent_since(), None);
    };
    async_io::block_on(watched.or(story));
}

#[test]
fn a_box_that_knows_no_name_server_says_so() {
    let folder = crate::net::test_support::Folder::new();
    let resolver = Resolver::new(ResolverSettings {
        resolv_conf: folder.0.join("none"),
        ..ResolverSettings::default()
    });
    assert_eq!(resolver.asked(), "");
    std::fs::write(folder.0.join("some"), "nameserver 192.0.2.1\n").unwrap();
    let resolver = Resolver::new(ResolverSettings {
        resolv_conf: folder.0.join("some"),
        ..ResolverSettings::default()
    });
    assert_eq!(resolver.asked(), "192.0.2.1");
}
