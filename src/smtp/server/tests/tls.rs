//! STARTTLS (RFC 3207): what came before is forgotten, what came behind it ends the connection (users.md B3).

use super::super::*;
use super::player::*;

fn play_tls(kind: Kind, script: &str) -> World {
    play(&profile(kind, Tls::Available), &Limits::default(), script)
}

#[test]
fn everything_is_forgotten() {
    let world = play_tls(
        Kind::World,
        "S: 220 ...
         C: HELO before.example
         S: 250 ...
         C: MAIL FROM:<a@bar.com>
         S: 250 ...
         C: STARTTLS
         S: 220 2.0.0 Ready to start TLS
         TLS
         C: RCPT TO:<alice@example.org>
         S: 503 5.5.1 Say MAIL first
         C: MAIL FROM:<a@bar.com>
         S: 503 5.5.1 Say EHLO or HELO first
         C: EHLO after.example
         S: 250-box.example
         S: 250-PIPELINING
         S: 250-SIZE 52428800
         S: 250-8BITMIME
         S: 250-SMTPUTF8
         S: 250-CHUNKING
         S: 250-BINARYMIME
         S: 250-ENHANCEDSTATUSCODES
         S: 250-LIMITS RCPTMAX=100
         S: 250-DSN
         S: 250-DELIVERBY 60
         S: 250 REQUIRETLS
         C: STARTTLS
         S: 503 5.5.1 TLS is already in use
         C: MAIL FROM:<a@bar.com> REQUIRETLS
         S: 250 ...
         C: RCPT TO:<alice@example.org>
         S: 250 ...
         C: DATA
         S: 354 ...
         C: .
         S: 250 ...",
    );
    let envelope = &world.kept[0].0;
    assert_eq!(
        (envelope.helo.as_str(), envelope.protocol().keyword()),
        ("after.example", "ESMTPS")
    );
    assert_eq!(
        (envelope.tls.as_deref(), envelope.parameters.require_tls),
        (Some("TLSv1.3"), true)
    );
}

#[test]
fn announced_only_where_it_can_be_had() {
    let announced = |kind, tls| {
        let mut stage = Stage::new(profile(kind, tls), Limits::default());
        stage.said();
        stage.feed(b"EHLO a\r\n");
        let said = stage.said();
        ["STARTTLS", "REQUIRETLS", "AUTH "].map(|keyword| said.contains(keyword))
    };
    assert_eq!(announced(Kind::World, Tls::None), [false, false, false]);
    assert_eq!(announced(Kind::World, Tls::Available), [true, false, false]);
    assert_eq!(announced(Kind::World, active()), [false, true, false]);
    assert_eq!(
        announced(Kind::Submission, Tls::None),
        [false, false, false]
    );
    assert_eq!(
        announced(Kind::Submission, Tls::Available),
        [true, false, false]
    );
    assert_eq!(announced(Kind::Submission, active()), [false, true, true]);
}

#[test]
fn nothing_follows_in_the_clear() {
    let mut stage = Stage::new(profile(Kind::World, Tls::Available), Limits::default());
    stage.said();
    stage.feed(b"STARTTLS\r\nEHLO injected.example\r\n");
    let said = "554 5.5.1 Nothing may follow STARTTLS before the handshake\r\n";
    assert_eq!(
        (stage.said().as_str(), stage.closed, stage.securing),
        (said, true, false)
    );

    // It came a moment later, and the driver fed it all the same.
    let mut stage = Stage::new(profile(Kind::World, Tls::Available), Limits::default());
    stage.feed(b"STARTTLS\r\n");
    stage.session.feed(b"EHLO injected.example\r\n");
    stage.said();
    stage.start_tls();
    assert_eq!((stage.said().as_str(), stage.closed), ("", true));
}

#[test]
fn not_to_be_had() {
    world(
        "S: 220 ...
         C: STARTTLS
         S: 502 5.5.1 TLS is not available
         C: STARTTLS now
         S: 501 5.5.4 ...",
    );
    world(
        "S: 220 ...
         C: HELO a
         S: 250 ...
         C: MAIL FROM:<> REQUIRETLS
         S: 555 5.5.4 ...",
    );
}

/// Content of an unfinished message is taken back before the handshake.
#[test]
fn in_the_middle_of_chunks() {
    let world = play_tls(
        Kind::World,
        r"S: 220 ...
         C: HELO a
         S: 250 ...
         C: MAIL FROM:<>
         S: 250 ...
         C: RCPT TO:<alice@example.org>
         S: 250 ...
         C: BDAT 3
         R: a\r\n
         S: 250 ...
         C: STARTTLS
         S: 220 ...
         TLS
         C: BDAT 0 LAST
         S: 503 5.5.1 ...",
    );
    assert_eq!((world.discards, world.kept.len()), (1, 0));
}
