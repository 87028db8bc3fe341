//! Each limit of [`Limits`], reached.

use super::super::*;
use super::player::*;
use std::time::Duration;

fn plain(limits: &Limits, script: &str) -> World {
    play(&profile(Kind::World, Tls::None), limits, script)
}

const START: &str = "
    S: 220 ...
    C: HELO a
    S: 250 ...
    C: MAIL FROM:<>
    S: 250 ...
    C: RCPT TO:<alice@example.org>
    S: 250 ...
";

#[test]
fn size() {
    let limits = Limits {
        size: 5,
        ..Limits::default()
    };
    // Stuffing and the end do not count.
    let world = plain(
        &limits,
        &format!(
            "{START}
        C: DATA
        S: 354 ...
        C: ..ab
        C: .
        S: 250 ...
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<alice@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: abcd
        C: .
        S: 552 5.3.4 ...
        C: MAIL FROM:<> SIZE=5
        S: 250 ...
        C: RSET
        S: 250 ...
        C: MAIL FROM:<> SIZE=6
        S: 552 5.3.4 ..."
        ),
    );
    assert_eq!(world.kept.len(), 1);
}

/// Behind a refusal only so much is read.
#[test]
fn drain() {
    let limits = Limits {
        size: 5,
        drain: 20,
        ..Limits::default()
    };
    plain(
        &limits,
        &format!(
            "{START}
        C: DATA
        S: 354 ...
        R: 12345678901234567890\\r\\n12345678901234567890\\r\\n
        S: 552 5.3.4 ...
        CLOSED"
        ),
    );
    plain(
        &limits,
        &format!(
            "{START}
        C: BDAT 21 LAST
        S: 552 5.3.4 ...
        CLOSED"
        ),
    );
}

#[test]
fn recipients() {
    let limits = Limits {
        recipients: 2,
        ..Limits::default()
    };
    let world = plain(
        &limits,
        &format!(
            "{START}
        C: RCPT TO:<bob@example.org>
        S: 250 ...
        C: RCPT TO:<Postmaster>
        S: 452 4.5.3 ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 ..."
        ),
    );
    assert_eq!(
        addresses(&world.kept[0].0),
        ["alice@example.org", "bob@example.org"]
    );
}

#[test]
fn unknown_recipients() {
    let limits = Limits {
        unknown_recipients: 2,
        ..Limits::default()
    };
    plain(
        &limits,
        &format!(
            "{START}
        C: RCPT TO:<a@example.org>
        S: 550 5.1.1 ...
        C: RCPT TO:<b@example.org>
        S: 550 5.1.1 ...
        S: 421 4.7.0 Too many unknown recipients
        CLOSED"
        ),
    );
}

#[test]
fn commands() {
    let limits = Limits {
        commands: 3,
        ..Limits::default()
    };
    plain(
        &limits,
        "
        S: 220 ...
        C: NOOP
        S: 250 ...
        C: NOOP
        S: 250 ...
        C: NOOP
        S: 250 ...
        C: NOOP
        S: 421 4.7.0 Too many commands in one session
        CLOSED",
    );
    let limits = Limits {
        commands_before_login: 1,
        ..Limits::default()
    };
    play(
        &profile(Kind::Submission, Tls::Available),
        &limits,
        "
        S: 220 ...
        C: NOOP
        S: 250 ...
        C: NOOP
        S: 421 4.7.0 Too many commands in one session
        CLOSED",
    );
}

#[test]
fn line_length() {
    let limits = Limits {
        command_line: 20,
        ..Limits::default()
    };
    plain(
        &limits,
        "
        S: 220 ...
        C: NOOP 6789012345678
        S: 250 ...
        C: NOOP 67890123456789
        S: 500 5.5.2 Line too long
        C: NOOP 67890123456789 and much more that is all the same line
        S: 500 5.5.2 Line too long
        C: HELO a
        S: 250 ...",
    );
}

/// What stands in the middle of a line that is passed over is not a line's start, however it was cut.
#[test]
fn the_middle_of_a_long_line() {
    for middle in [&b"GET / HTTP/1.1"[..], b"\x16\x03"] {
        let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
        stage.said();
        stage.feed(&[b'x'; 5000]);
        stage.feed(middle);
        stage.feed(b"\r\n");
        assert_eq!(
            (stage.said().as_str(), stage.closed),
            ("500 5.5.2 Line too long\r\n", false)
        );
    }
}

#[test]
fn an_endless_line() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    stage.said();
    for _ in 0..100 {
        stage.feed(&[b'x'; 1000]);
    }
    assert_eq!(
        (stage.said().as_str(), stage.closed),
        ("500 5.5.2 This line never ends\r\n", true)
    );
}

#[test]
fn hops() {
    let received = |count: usize| {
        "R: Received: from a by b;\\r\\n\\tSat, 21 Nov 2026 10:00:00 +0000\\r\\n\n".repeat(count)
    };
    let world = plain(
        &Limits::default(),
        &format!(
            "{START}
        C: DATA
        S: 354 ...
        {}
        C:
        C: Received: in the body
        C: .
        S: 250 ...
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<alice@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        {}
        C:
        C: .
        S: 554 5.4.6 Too many Received fields...",
            received(49),
            received(50)
        ),
    );
    assert_eq!((world.kept.len(), world.kept[0].0.hops), (1, 49));
}

/// The deadline moves with whole commands, not with octets.
#[test]
fn time_for_a_command() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    let start = stage.now;
    assert_eq!(stage.session.deadline(), start + Duration::from_secs(300));
    stage.now += Duration::from_secs(200);
    stage.feed(b"NOOP\r\nHEL");
    assert_eq!(stage.session.deadline(), start + Duration::from_secs(500));
    stage.now += Duration::from_secs(299);
    stage.feed(b"O");
    assert!(!stage.closed);
    stage.said();
    stage.now += Duration::from_secs(1);
    stage.feed(b" a\r\n");
    assert_eq!(
        (stage.said().as_str(), stage.closed),
        ("421 4.4.2 Nothing was heard for too long\r\n", true)
    );
}

#[test]
fn time_for_content_needs_progress() {
    let limits = Limits {
        progress: 100,
        ..Limits::default()
    };
    let mut stage = Stage::new(profile(Kind::World, Tls::None), limits);
    stage.feed(b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n");
    let start = stage.now;
    stage.now += Duration::from_secs(299);
    stage.feed(&[b'x'; 99]);
    assert_eq!(stage.session.deadline(), start + Duration::from_secs(300));
    stage.feed(b"x");
    assert_eq!(
        stage.session.deadline(),
        stage.now + Duration::from_secs(300)
    );
}

#[test]
fn time_in_all() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    for _ in 0..29 {
        stage.now += Duration::from_secs(240);
        stage.feed(b"NOOP\r\n");
    }
    assert!(!stage.closed);
    stage.now += Duration::from_secs(240);
    stage.feed(b"NOOP\r\n");
    assert!(stage.closed);
    // A stranger on submission has far less, and settings that overflow the clock do not.
    let stage = Stage::new(profile(Kind::Submission, active()), Limits::default());
    assert_eq!(
        stage.session.deadline(),
        stage.now + Duration::from_secs(60)
    );
    let forever = Limits {
        command_time: Duration::MAX,
        session_time: Duration::MAX,
        ..Limits::default()
    };
    let stage = Stage::new(profile(Kind::World, Tls::None), forever);
    assert!(stage.session.deadline() > stage.now + Duration::from_secs(1_000_000));
}

/// The disk's time is not the client's.
#[test]
fn slow_answers_of_ours() {
    let mut now = Instant::now();
    let mut session = Session::new(profile(Kind::World, Tls::None), Limits::default(), now);
    let mut out = Vec::new();
    session.feed(b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\n");
    assert!(matches!(session.step(now, &mut out), Step::Recipient(_)));
    now += Duration::from_secs(1000);
    session.recipient(RecipientVerdict::Accepted);
    assert!(matches!(session.step(now, &mut out), Step::Read));
    assert_eq!(session.deadline(), now + Duration::from_secs(300));
}

#[test]
fn shutdown() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    stage.said();
    stage.session.shutdown();
    stage.run();
    assert_eq!(
        (stage.said().as_str(), stage.closed),
        ("421 4.3.2 The server is stopping; try again soon\r\n", true)
    );
}

/// A message that is being kept is answered first.
#[test]
fn shutdown_waits_for_the_disk() {
    let now = Instant::now();
    let mut session = Session::new(profile(Kind::World, Tls::None), Limits::default(), now);
    let mut out = Vec::new();
    session.feed(b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n.\r\n");
    assert!(matches!(session.step(now, &mut out), Step::Recipient(_)));
    session.recipient(RecipientVerdict::Accepted);
    assert!(matches!(session.step(now, &mut out), Step::Keep(_)));
    session.shutdown();
    session.kept(Ok(()));
    out.clear();
    assert!(matches!(session.step(now, &mut out), Step::Close));
    assert!(out.starts_with(b"250 2.0.0 Message kept\r\n421 4.3.2 "));
}

/// An idle client costs little.
#[test]
fn a_session_is_small() {
    assert!(
        size_of::<Session>() <= 1024,
        "{} octets",
        size_of::<Session>()
    );
}

/// Who asks without end is asked to listen: replies do not pile up.
#[test]
fn replies_do_not_pile_up() {
    let now = Instant::now();
    let mut session = Session::new(profile(Kind::World, Tls::None), Limits::default(), now);
    session.feed(&b"EHLO a\r\n".repeat(2000));
    let (mut flushes, mut out) = (0, Vec::new());
    loop {
        match session.step(now, &mut out) {
            Step::Flush => {
                assert!(out.len() < 8192);
                out.clear();
                flushes += 1;
            }
            Step::Read => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(flushes > 10);
}
