//! Conversations after log-in: the maildrop, its messages, and its deletes.

use super::*;
use crate::player::{LOG_IN, ONE, THREE, TWO, World, after_log_in};
use crate::{Committed, Verified};

#[test]
fn a_session_from_end_to_end() {
    let validity = World::with_mail(&[]).uid_validity();
    let script = format!(
        "C: STAT
        S: +OK 3 81
        C: LIST
        S: +OK scan listing follows
        S: 1 22
        S: 2 43
        S: 3 16
        S: .
        C: list 2
        S: +OK 2 43
        C: UIDL
        S: +OK unique-id listing follows
        S: 1 {validity}.1
        S: 2 {validity}.2
        S: 3 {validity}.3
        S: .
        C: UIDL 3
        S: +OK 3 {validity}.3
        C: RETR 2
        S: +OK 43 octets
        S: Subject: two
        S: From: a@b
        S:
        S: ..
        S: ...two
        S: last
        S: .
        C: TOP 2 1
        S: +OK top of message follows
        S: Subject: two
        S: From: a@b
        S:
        S: ..
        S: .
        C: RETR 3
        S: +OK 16 octets
        S: Subject: three
        S:
        S: .
        C: NOOP
        S: +OK nothing done
        C: DELE 1
        S: +OK message deleted
        C: DELE 1
        S: -ERR no such message
        C: RETR 1
        S: -ERR no such message
        C: LIST 1
        S: -ERR no such message
        C: UIDL
        S: +OK unique-id listing follows
        S: 2 {validity}.2
        S: 3 {validity}.3
        S: .
        C: STAT
        S: +OK 2 59
        C: RSET
        S: +OK maildrop has 3 messages (81 octets)
        C: STAT
        S: +OK 3 81
        C: QUIT
        S: +OK signing off (3 messages left)
        S: (closed)"
    );
    // UIDVALIDITY is the store's choice; it does not depend on the mail.
    let mut world = World::with_mail(&[ONE, TWO, THREE]);
    world.play(&format!(
        "{LOG_IN}\n{}",
        script.replace(
            &format!("{validity}."),
            &format!("{}.", world.uid_validity())
        )
    ));
    assert_eq!(world.uids(), [1, 2, 3]);
}

#[test]
fn numbers_that_are_no_messages() {
    after_log_in(
        &[ONE],
        "C: RETR 0
        S: -ERR no such message
        C: RETR 2
        S: -ERR no such message
        C: RETR 65536
        S: -ERR no such message
        C: RETR 4294967296
        S: -ERR no such message
        C: RETR 4294967297
        S: -ERR no such message
        C: DELE 0
        S: -ERR no such message
        C: UIDL 2
        S: -ERR no such message
        C: RETR -1
        S: -ERR RETR takes the number of a message
        C: TOP 1 -1
        S: -ERR TOP takes the number of a message and a number of lines
        C: TOP 9 1
        S: -ERR no such message
        C: STAT
        S: +OK 1 22",
    );
}

#[test]
fn deletes_are_committed_by_quit() {
    let mut world = World::with_mail(&[ONE, TWO, THREE]);
    world.play(&format!("{LOG_IN}\n C: DELE 1\n S: +OK message deleted\n C: DELE 3\n S: +OK message deleted\n C: QUIT\n S: +OK signing off (1 message left)\n S: (closed)"));
    assert_eq!(world.uids(), [2]);
    // The number is given anew, the unique-id is not.
    world.deliver(THREE);
    let validity = world.uid_validity();
    world.play(&format!(
        "{LOG_IN}\n C: UIDL\n S: +OK unique-id listing follows\n S: 1 {validity}.2\n S: 2 {validity}.4\n S: .\n C: DELE 1\n S: +OK message deleted\n C: DELE 2\n S: +OK message deleted\n C: QUIT\n S: +OK signing off (maildrop empty)"
    ));
    assert_eq!(world.uids(), [] as [u32; 0]);
}

#[test]
fn deletes_are_not_committed_otherwise() {
    let mut world = World::with_mail(&[ONE]);
    world.play(&format!(
        "{LOG_IN}\n C: DELE 1\n S: +OK message deleted\n T: 599\n S: (nothing)\n T: 1\n S: (closed)"
    ));
    assert_eq!(world.uids(), [1]);
    world.play(&format!("{LOG_IN}\n C: DELE 1\n S: +OK message deleted"));
    assert_eq!(world.uids(), [1], "a lost connection");
    let mut session = world.session();
    session.feed(b"USER ann@example.org\r\nPASS secret\r\nDELE 1\r\n");
    let mut out = Vec::new();
    assert!(matches!(session.step(world.now, &mut out), Step::Verify(_)));
    session.shutdown();
    assert!(matches!(session.step(world.now, &mut out), Step::Close));
    assert_eq!(world.uids(), [1]);
}

#[test]
fn the_lock_is_held_until_the_deletes_are_there() {
    let world = World::with_mail(&[ONE]);
    let mut out = Vec::new();
    let log_in = |session: &mut Session, out: &mut Vec<u8>| {
        session.feed(b"USER ann@example.org\r\nPASS secret\r\nDELE 1\r\nQUIT\r\n");
        assert!(matches!(session.step(world.now, out), Step::Verify(_)));
        let account = world.inbox().account;
        session.verified(Verified::Account(account));
        session.step(world.now, out)
    };
    let (mut one, mut two) = (world.session(), world.session());
    let Step::Commit(pending) = log_in(&mut one, &mut out) else {
        panic!("no commit")
    };
    out.clear();
    one.shutdown();
    assert!(
        matches!(one.step(world.now, &mut out), Step::Read),
        "it waits"
    );
    assert!(out.is_empty(), "nothing is promised yet");
    log_in(&mut two, &mut out);
    assert!(String::from_utf8_lossy(&out).contains("-ERR [IN-USE]"));
    out.clear();
    let committed = pending.wait();
    assert!(committed.error().is_none());
    one.committed(committed);
    assert!(matches!(one.step(world.now, &mut out), Step::Close));
    assert_eq!(out, b"+OK signing off (maildrop empty)\r\n");
}

#[test]
fn a_failed_commit_is_an_error() {
    let world = World::with_mail(&[ONE]);
    let (mut session, mut out) = (world.session(), Vec::new());
    session.feed(b"USER ann@example.org\r\nPASS secret\r\nDELE 1\r\nQUIT\r\n");
    session.step(world.now, &mut out);
    session.verified(Verified::Account(world.inbox().account));
    let Step::Commit(pending) = session.step(world.now, &mut out) else {
        panic!("no commit")
    };
    pending.wait();
    out.clear();
    session.committed(Committed(Err(store::Error::Full)));
    assert!(matches!(session.step(world.now, &mut out), Step::Close));
    assert!(out.starts_with(b"-ERR [SYS/TEMP] "));
}

#[test]
fn imap_works_beside_it() {
    after_log_in(
        &[ONE, TWO, THREE],
        "X: 2
        C: STAT
        S: +OK 3 81
        C: RETR 2
        S~ -ERR the message has been removed by another program
        C: TOP 2 0
        S~ -ERR the message has been removed by another program
        C: LIST 2
        S: +OK 2 43
        C: DELE 2
        S: +OK message deleted
        C: DELE 3
        S: +OK message deleted
        C: RETR 1
        S: +OK 22 octets
        S: Subject: one
        S:
        S: body
        S: .
        C: QUIT
        S: +OK signing off (1 message left)",
    );
}

#[test]
fn large_messages_go_out_in_pieces() {
    let mut message = b"Subject: large\r\n\r\n".to_vec();
    let mut line = 0;
    while message.len() < 1_000_000 {
        message.extend_from_slice(
            format!(".line {line} of many, some \0 more than others\r\n").as_bytes(),
        );
        line += 1;
    }
    let mut world = World::with_mail(&[&message]);
    world.limits.piece = 10_000;
    world.go_on(&format!("{LOG_IN}\n C: TOP 1 1\n S~ +OK\n S: Subject: large\n S:\n S~ ..line 0\n S: .\n C: RETR 1\n S~ +OK"));
    let mut expected: Vec<u8> = Vec::new();
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            expected.push(b'.');
        }
        expected.extend(
            line.iter()
                .map(|octet| if *octet == 0 { 0x80 } else { *octet }),
        );
    }
    expected.extend_from_slice(b".\r\n");
    assert!(world.take_all() == expected, "the message differs");
}

#[test]
fn a_message_that_is_being_sent_stays_until_it_is_sent() {
    let message = [
        b"Subject: large\r\n\r\n".as_slice(),
        &b"0123456789abcdef0123456789abcde\r\n".repeat(30_000),
    ]
    .concat();
    let world = World::with_mail(&[&message]);
    let (mut session, mut out) = (world.session(), Vec::new());
    session.feed(b"USER ann@example.org\r\nPASS secret\r\nRETR 1\r\nRETR 1\r\n");
    session.step(world.now, &mut out);
    session.verified(Verified::Account(world.inbox().account));
    let mut received = Vec::new();
    assert!(matches!(session.step(world.now, &mut out), Step::More));
    world.expunge(&[1]);
    // Other mail takes the room of what is gone.
    world.deliver(&b"x".repeat(500_000));
    loop {
        received.append(&mut out);
        match session.step(world.now, &mut out) {
            Step::More => {}
            Step::Read => break,
            other => panic!("{other:?}"),
        }
    }
    received.append(&mut out);
    let text = String::from_utf8(received).unwrap();
    assert!(text.contains(&format!(
        "+OK {} octets\r\n{}.\r\n-ERR the message has been removed",
        message.len(),
        String::from_utf8(message).unwrap()
    )));
}

#[test]
fn a_client_without_utf8_gets_a_surrogate() {
    let message = "Subject: Grüße\r\n\r\nGrüße\r\n".as_bytes();
    let retr = "C: RETR 1\n S: +OK 29 octets\n S: Subject: ";
    let body = "\n S:\n S: Grüße\n S: .";
    after_log_in(&[message], &format!("{retr}=?utf-8?B?R3LDvMOfZQ==?={body}"));
    let mut world = World::with_mail(&[message]);
    world.play(&format!(
        "S~ +OK\n C: UTF8\n S~ +OK\n{}\n {retr}Grüße{body}",
        LOG_IN.replace("S: +OK pop.example.org POP3 server ready", "")
    ));
}

#[test]
fn a_slow_reader_is_not_an_idle_one() {
    let world = World::with_mail(&[&b"x".repeat(1_000_000)]);
    let (mut session, mut out) = (world.session(), Vec::new());
    session.feed(b"USER ann@example.org\r\nPASS secret\r\nRETR 1\r\n");
    session.step(world.now, &mut out);
    session.verified(Verified::Account(world.inbox().account));
    let mut now = world.now;
    let mut pieces = 0;
    while matches!(session.step(now, &mut out), Step::More) {
        now += std::time::Duration::from_secs(500);
        pieces += 1;
        out.clear();
    }
    assert!(pieces >= 14 && out.ends_with(b"\r\n.\r\n"));
    assert!(matches!(session.step(now, &mut out), Step::Read));
}

#[test]
fn listings_go_out_in_pieces() {
    let mut world = World::with_mail(&[ONE; 50]);
    world.limits.piece = 64;
    let (mut session, mut out) = (world.session(), Vec::new());
    session.feed(b"USER ann@example.org\r\nPASS secret\r\nDELE 3\r\nLIST\r\n");
    while matches!(session.step(world.now, &mut out), Step::More) {}
    session.verified(Verified::Account(world.inbox().account));
    let mut said = String::new();
    loop {
        out.clear();
        let step = session.step(world.now, &mut out);
        assert!(out.len() < 64 + 64, "a piece of {} octets", out.len());
        said += std::str::from_utf8(&out).unwrap();
        if !matches!(step, Step::More) {
            break;
        }
    }
    let lines: String = (1..=50)
        .filter(|number| *number != 3)
        .map(|number| format!("{number} 22\r\n"))
        .collect();
    assert!(
        said.ends_with(&format!("+OK scan listing follows\r\n{lines}.\r\n")),
        "{said}"
    );
}

/// A measurement, not a judgement: `cargo test --release -p pop3 drain -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn drain() {
    for (size, count) in [(4096, 20_000), (60_000, 2000), (20_000_000, 5)] {
        let text = b"Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy\r\n";
        let message = [
            b"Subject: drained\r\n\r\n",
            text.repeat(size / text.len()).as_slice(),
        ]
        .concat();
        let world = World::with_mail(&vec![message.as_slice(); count]);
        let (mut session, mut out) = (world.session(), Vec::new());
        session.feed(b"USER ann@example.org\r\nPASS secret\r\n");
        session.step(world.now, &mut out);
        session.verified(Verified::Account(world.inbox().account));
        let begin = std::time::Instant::now();
        let mut octets = 0;
        session.step(world.now, &mut out);
        println!("log-in with {count} messages: {:?}", begin.elapsed());
        let begin = std::time::Instant::now();
        for number in 1..=count {
            session.feed(format!("RETR {number}\r\n").as_bytes());
            while matches!(session.step(world.now, &mut out), Step::More) {
                octets += out.len();
                out.clear();
            }
            octets += out.len();
            out.clear();
        }
        let seconds = begin.elapsed().as_secs_f64();
        println!(
            "{count} messages of {size}: {:.0} MB/s",
            octets as f64 / seconds / 1e6
        );
    }
}
