//! The loop over real sockets, with the made-up protocol of `test_support`.

use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::test_support::*;
use super::super::{ConnectionLimits, Service, Times};

#[test]
fn plain_and_tls_clients_are_served() {
    let house = TestHouse::new();
    let mut plain = house.plain(Service::Imap);
    assert_eq!(plain.line(), "hello");
    assert_eq!(plain.ask("one"), "one");
    let mut tls = house.tls(Service::Imaps);
    assert_eq!(tls.line(), "hello");
    assert_eq!(tls.ask("two"), "two");
    assert_eq!(tls.ask("QUIT"), "bye");
    assert_eq!(tls.line(), "", "the close is a clean one");
    assert_eq!(plain.ask("three"), "three");
}

#[test]
fn starttls_changes_the_stream_and_octets_behind_it_are_the_sessions_to_refuse() {
    let house = TestHouse::new();
    let mut client = house.plain(Service::Smtp);
    assert_eq!(client.line(), "hello");
    assert_eq!(client.ask("STARTTLS"), "go");
    let mut client = client.start_tls(house.trusting());
    assert_eq!(client.ask("inside"), "inside");
    let mut injecting = house.plain(Service::Smtp);
    injecting.line();
    assert_eq!(injecting.ask("STARTTLS\r\nEVIL"), "bye");
    assert_eq!(injecting.line(), "");
}

#[test]
fn big_answers_come_whole_to_slow_readers_while_others_are_served() {
    const OCTETS: usize = 20_000_000;
    let house = TestHouse::new();
    for tls in [false, true] {
        let mut slow: Box<dyn Read> = if tls {
            let mut client = house.tls(Service::Imaps);
            client.line();
            client.send(&format!("BIG {OCTETS}\r\n"));
            Box::new(client.0)
        } else {
            let mut client = house.plain(Service::Imap);
            client.line();
            client.send(&format!("BIG {OCTETS}\r\n"));
            Box::new(client.0)
        };
        let mut other = house.tls(Service::Imaps);
        other.line();
        for _ in 0..20 {
            assert_eq!(other.ask("still there?"), "still there?");
        }
        let mut octets = vec![0; OCTETS];
        slow.read_exact(&mut octets).unwrap();
        assert!(
            (0..OCTETS).all(|at| octets[at] == (OCTETS - at) as u8),
            "tls: {tls}"
        );
    }
}

/// The thread is never idle, so async-io's helper thread has the sockets. Can fail only alone in its process (or under nextest): other tests' threads take turns at
/// the same sockets.
#[test]
fn others_are_served_while_one_is_busy_for_seconds() {
    const STEPS: usize = 600;
    const OCTETS: usize = 10_000_000;
    let house = TestHouse::new();
    let mut others = [house.tls(Service::Imaps), house.tls(Service::Imaps)];
    let mut busy = house.plain(Service::Imap);
    assert_eq!(busy.line(), "hello");
    let mut still_busy = |what: &str, act: &mut dyn FnMut()| {
        busy.send(&format!("BUSY {STEPS}\r\n"));
        eventually(|| house.shared.busy.load(Ordering::SeqCst) > 0);
        act();
        let left = house.shared.busy.swap(0, Ordering::SeqCst);
        assert!(left > 0, "{what}: not before the other was done");
        assert_eq!(busy.line(), "calm");
    };
    let [first, second] = &mut others;
    assert_eq!(
        (first.line(), second.line()),
        ("hello".into(), "hello".into())
    );
    still_busy("80 answers each", &mut || {
        for _ in 0..80 {
            assert_eq!(first.ask("me?"), "me?");
            assert_eq!(second.ask("and me?"), "and me?");
        }
    });
    still_busy("new clients", &mut || {
        for _ in 0..10 {
            assert_eq!(house.plain(Service::Smtp).line(), "hello");
            assert_eq!(house.tls(Service::Imaps).line(), "hello");
        }
    });
    still_busy("a big answer", &mut || {
        first.send(&format!("BIG {OCTETS}\r\n"));
        first.0.read_exact(&mut vec![0; OCTETS]).unwrap();
    });
}

#[test]
fn large_input_is_taken_whole() {
    let house = TestHouse::new();
    let mut client = house.tls(Service::Submissions);
    client.line();
    client.send("DATA 9000000\r\n");
    client
        .0
        .get_mut()
        .write_all(&vec![b'x'; 9_000_000])
        .unwrap();
    assert_eq!(client.line(), "got 9000000");
    assert_eq!(client.ask("and on"), "and on");
}

#[test]
fn a_wake_between_looking_and_waiting_is_not_lost() {
    let house = TestHouse::new();
    let mut client = house.tls(Service::Imaps);
    client.line();
    assert_eq!(client.ask("IDLE"), "idling");
    for _ in 0..200 {
        house.shared.stored.fetch_add(1, Ordering::SeqCst);
        house.shared.news.notify(usize::MAX);
        assert_eq!(client.line(), "news");
    }
    assert_eq!(client.ask("DONE"), "DONE");
    // News that came before IDLE is told at once: subscribe, then look.
    house.shared.stored.store(1, Ordering::SeqCst);
    assert_eq!(client.ask("IDLE"), "idling");
    assert_eq!(client.line(), "news");
}

#[test]
fn a_panic_ends_one_session() {
    let house = TestHouse::new();
    let mut other = house.plain(Service::Imap);
    other.line();
    let mut client = house.plain(Service::Imap);
    client.line();
    client.send("PANIC\r\n");
    assert_eq!(client.try_line().unwrap_or_default(), "");
    assert_eq!(other.ask("alive"), "alive");
    eventually(|| house.shared.alive.load(Ordering::SeqCst) == 1);
}

#[test]
fn a_late_client_is_told_by_its_session() {
    let house = TestHouse::with(
        ConnectionLimits::default(),
        Times::default(),
        Duration::from_millis(300),
    );
    let start = Instant::now();
    let mut client = house.plain(Service::Pop3);
    assert_eq!(client.line(), "hello");
    assert_eq!(client.ask("in time"), "in time");
    assert_eq!(client.line(), "late");
    assert_eq!(client.line(), "");
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn who_reads_nothing_or_never_shakes_hands_is_dropped() {
    let times = Times {
        handshake: Duration::from_millis(200),
        write_stall: Duration::from_millis(200),
        ..Times::default()
    };
    let house = TestHouse::with(ConnectionLimits::default(), times, Duration::from_secs(60));
    let mut deaf = house.plain(Service::Imap);
    deaf.line();
    deaf.send("BIG 100000000\r\n");
    eventually(|| house.shared.alive.load(Ordering::SeqCst) == 0);
    let mut mute = house.plain(Service::Imaps);
    assert_eq!(mute.try_line().unwrap_or_default(), "");
}

#[test]
fn the_end_is_told_to_the_idle_and_waits_for_work() {
    let mut house = TestHouse::new();
    let mut idle = house.tls(Service::Imaps);
    assert_eq!(
        (idle.line(), idle.ask("IDLE")),
        ("hello".into(), "idling".into())
    );
    let mut quiet = house.plain(Service::Smtp);
    quiet.line();
    let mut working = house.plain(Service::Smtp);
    working.line();
    working.send("WORK\r\n");
    let shared = house.shared.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        shared.work_done.store(true, Ordering::SeqCst);
        shared.work.notify(usize::MAX);
    });
    let took = house.end();
    assert!(
        (Duration::from_millis(100)..Duration::from_millis(1500)).contains(&took),
        "{took:?}"
    );
    assert_eq!(idle.line(), "closing");
    assert_eq!(quiet.line(), "closing");
    assert_eq!(working.line(), "worked");
    assert_eq!(working.line(), "closing");
}

#[test]
fn the_end_does_not_wait_for_ever() {
    let mut house = TestHouse::new();
    let mut stuck = house.plain(Service::Smtp);
    stuck.line();
    stuck.send("WORK\r\n");
    std::thread::sleep(Duration::from_millis(50));
    let took = house.end();
    assert!(
        (Duration::from_millis(1900)..Duration::from_millis(3000)).contains(&took),
        "{took:?}"
    );
}

#[test]
fn a_client_without_a_seat_is_told_in_its_own_words() {
    let limits = ConnectionLimits {
        total: 10,
        per_address: 2,
    };
    let house = TestHouse::with(limits, Times::default(), Duration::from_secs(60));
    let mut first = house.plain(Service::Imap);
    let mut second = house.tls(Service::Imaps);
    assert_eq!(
        (first.line(), second.line()),
        ("hello".into(), "hello".into())
    );
    let refused = |service| house.plain(service).try_line().unwrap_or_default();
    assert!(refused(Service::Smtp).starts_with("421 4.3.2 "));
    assert!(refused(Service::Imap).starts_with("* BYE [UNAVAILABLE] "));
    assert!(refused(Service::Pop3).starts_with("-ERR [SYS/TEMP] "));
    assert_eq!(refused(Service::Imaps), "");
    drop(first);
    eventually(|| {
        house
            .plain(Service::Imap)
            .try_line()
            .is_ok_and(|line| line == "hello")
    });
}

#[test]
fn a_client_that_leaves_in_the_middle_stores_nothing() {
    let house = TestHouse::new();
    let mut client = house.plain(Service::Smtp);
    client.line();
    client.send("DATA 100\r\nonly this");
    drop(client);
    let mut half = house.plain(Service::Smtp);
    half.line();
    half.send("DATA 100\r\nonly this");
    half.0
        .get_ref()
        .shutdown(std::net::Shutdown::Write)
        .unwrap();
    assert_eq!(half.line(), "");
    eventually(|| house.shared.alive.load(Ordering::SeqCst) == 0);
    assert_eq!(house.shared.stored.load(Ordering::SeqCst), 0);
}
