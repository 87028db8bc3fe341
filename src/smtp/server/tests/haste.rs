//! Who does not wait is noticed, and served all the same.

use super::super::*;
use super::player::*;

fn haste_of(octets: &[&str]) -> Haste {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    for piece in octets {
        stage.feed(piece.as_bytes());
    }
    assert!(!stage.closed);
    stage.session.haste()
}

#[test]
fn talking_before_the_greeting_is_noticed_and_answered() {
    let mut out = Vec::new();
    let now = Instant::now();
    let mut session = Session::new(profile(Kind::World, Tls::None), Limits::default(), now);
    session.feed(b"EHLO bar.com\r\n");
    assert!(matches!(session.step(now, &mut out), Step::Read));
    assert!(session.haste().before_greeting && !session.haste().before_reply);
    assert!(out.starts_with(b"220 box.example ESMTP pillarbox\r\n250-box.example\r\n"));
}

#[test]
fn a_group_behind_a_command_that_must_come_last_is_noticed() {
    let ehlo = "EHLO bar.com\r\n";
    let group = "MAIL FROM:<a@b.example>\r\nRCPT TO:<jones@foo.com>\r\nDATA\r\n";
    // RFC 2920 §3.1: this is how it is meant.
    assert_eq!(
        haste_of(&[ehlo, group, "x\r\n.\r\nQUIT\r\n".get(..6).unwrap()]),
        Haste::default()
    );
    assert_eq!(haste_of(&[ehlo, "NOOP\r\nRSET\r\n"]), Haste::default());
    let hasty = Haste {
        before_reply: true,
        ..Haste::default()
    };
    assert_eq!(
        haste_of(&["EHLO bar.com\r\nMAIL FROM:<a@b.example>\r\n"]),
        hasty
    );
    assert_eq!(haste_of(&[ehlo, &format!("{group}Subject: x\r\n")]), hasty);
    // Nobody offered pipelining to a client that said HELO.
    assert_eq!(haste_of(&["HELO bar.com\r\n", group]), hasty);
    assert_eq!(
        haste_of(&[
            "HELO bar.com\r\n",
            "MAIL FROM:<a@b.example>\r\n",
            "RCPT TO:<jones@foo.com>\r\n"
        ]),
        Haste::default()
    );
}

#[test]
fn the_envelope_tells_it() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    stage.feed(b"EHLO bar.com\r\nMAIL FROM:<a@b.example>\r\n");
    stage.feed(b"RCPT TO:<jones@foo.com>\r\n");
    stage.feed(b"DATA\r\n");
    stage.feed(b"x\r\n.\r\n");
    assert_eq!(stage.world.kept.len(), 1);
    assert!(stage.world.haste.before_reply && !stage.world.haste.before_greeting);
}

#[test]
fn faults_are_told_to_the_driver() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    stage.feed(b"EHLO bar.com\r\nBLAH\r\nMAIL FROM:<a@b.example>\r\n");
    stage.feed(b"RCPT TO:<nobody@foo.com>\r\nRCPT TO:<none@foo.com>\r\n");
    assert_eq!(stage.session.faults(), (2, 1));
}
