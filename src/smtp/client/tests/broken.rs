//! Servers that speak out of turn, while we speak and while nobody does.

use super::super::*;
use super::player::*;

fn sending() -> Play {
    let mail = [
        (to(&["bob@x.test"]), b"Hi\r\n".repeat(20_000)),
        (to(&["eve@x.test"]), b"Hi\r\n".to_vec()),
    ];
    let mut stage = Play::new(profile(TlsUse::Wanted), Limits::default(), &mail);
    stage.feed(b"220 x\r\n");
    stage.feed(b"250-x\r\n250 PIPELINING\r\n");
    stage.feed(b"250 OK\r\n250 OK\r\n");
    stage.out.clear();
    stage
}

fn only(stage: &Play) -> String {
    assert!(stage.closed, "{:?}", stage.session);
    brief(&stage.outcomes[0].recipients[0])
}

/// What is said before our dot is no answer to it. A refusal counts, a yes does not; and the dot is never sent.
#[test]
fn an_answer_before_the_end() {
    for (early, verdict) in [
        (
            "552 5.3.4 Too large",
            "Never Message Content | 552 5.3.4 Too large",
        ),
        (
            "421 4.3.2 Stopping",
            "Later Session Content | 421 4.3.2 Stopping",
        ),
        (
            "250 Kept",
            "Later Session Content | The other server's answer makes no sense as the end of the message: 250 Kept",
        ),
        (
            "blah",
            "Later Session Content | The other server's answer cannot be understood: expected a code from 200 to 599 and text, but it said \"blah\"",
        ),
    ] {
        let mut stage = sending();
        stage.feed(format!("354 Go\r\n{early}\r\n").as_bytes());
        assert_eq!(only(&stage), verdict);
        assert!(!stage.out.ends_with(b".\r\n"));
        assert_eq!(stage.trouble, None);
        assert_eq!(stage.outcomes.len(), 1);
    }
}

/// Small enough that content and dot go out together: the answer still must not be older than the dot.
#[test]
fn an_answer_that_was_there_before_the_dot() {
    let mail = [(to(&["bob@x.test"]), b"Hi\r\n".to_vec())];
    let mut stage = Play::new(profile(TlsUse::Wanted), Limits::default(), &mail);
    stage.feed(b"220 x\r\n");
    stage.feed(b"250-x\r\n250 PIPELINING\r\n");
    stage.out.clear();
    stage.feed(b"250 OK\r\n250 OK\r\n354 Go\r\n250 Kept\r\n");
    assert!(only(&stage).starts_with("Later Session Content | "));
    assert_eq!(stage.out, b"");
}

/// The write fails in the middle, but the reason had come: it is told.
#[test]
fn cut_while_sending() {
    let mut stage = sending();
    stage.session.feed(b"354 Go\r\n");
    let mut out = Vec::new();
    for _ in 0..3 {
        if let Step::Content { room } = stage.session.step(stage.now, &mut out) {
            stage.session.content(&vec![b'x'; room]);
        }
    }
    stage.session.feed(b"554 5.7.1 I do not like it\r\n");
    stage.session.closed("broken pipe");
    stage.run();
    assert_eq!(
        only(&stage),
        "Never Message Content | 554 5.7.1 I do not like it"
    );

    let mut stage = sending();
    stage.session.feed(b"354 Go\r\n");
    stage.session.step(stage.now, &mut out);
    stage.session.closed("broken pipe");
    stage.run();
    assert_eq!(
        only(&stage),
        "Later Session Content | The connection ended before the end of the message (broken pipe)"
    );

    // The dot was in our hands, not on the wire: nothing can have been delivered.
    let mut stage = sending();
    stage.session.feed(b"354 Go\r\n");
    stage.session.step(stage.now, &mut out);
    stage.session.content_end();
    stage.session.closed("broken pipe");
    stage.run();
    assert!(only(&stage).starts_with("Later Session Content | "));
    // And now it was on the wire.
    let mut stage = sending();
    stage.session.feed(b"354 Go\r\n");
    stage.session.step(stage.now, &mut out);
    stage.session.content_end();
    stage.session.step(stage.now, &mut out);
    stage.session.closed("broken pipe");
    stage.run();
    assert!(only(&stage).starts_with("Later Session End lost | "));
}

/// Nothing moves: each piece has three minutes, the whole what its size allows.
#[test]
fn a_peer_that_does_not_take_the_message() {
    let mut stage = sending();
    stage.session.feed(b"354 Go\r\n");
    let mut out = Vec::new();
    assert!(matches!(
        stage.session.step(stage.now, &mut out),
        Step::Content { .. }
    ));
    assert_eq!(
        stage.session.deadline(),
        stage.now + Duration::from_secs(180)
    );
    stage.now += Duration::from_secs(180);
    stage.run();
    assert!(
        only(&stage)
            .starts_with("Later Session Content | The other server was silent for 180 seconds")
    );
    let mut stage = sending();
    stage.session.feed(b"354 Go\r\n");
    for _ in 0..100 {
        match stage.session.step(stage.now, &mut out) {
            Step::Content { .. } => stage.session.content(b"x\r\n"),
            Step::Done(outcome) => {
                stage.outcomes.push(outcome);
                break;
            }
            other => panic!("{other:?}"),
        }
        stage.now += Duration::from_secs(170);
    }
    stage.run();
    assert!(
        only(&stage).starts_with("Later Session Content | "),
        "a trickle ends too"
    );
}

/// Between transactions: 421, chatter, a hang-up.
#[test]
fn while_ready() {
    for (said, words) in [
        (
            &b"421 4.4.2 Idle\r\n"[..],
            "Later Session Mail | 421 4.4.2 Idle",
        ),
        (
            b"250 OK\r\n",
            "Later Session Mail | The other server spoke without being asked: 250 OK",
        ),
        (
            b"x\r\n",
            "Later Session Mail | The other server's answer cannot be understood",
        ),
        (
            b"",
            "Later Session Mail | The connection ended before the answer to the sender's address",
        ),
    ] {
        for waiting in [true, false] {
            let now = Instant::now();
            let mut session = Session::new(profile(TlsUse::Wanted), Limits::default(), now);
            let mut out = Vec::new();
            session.feed(b"220 x\r\n");
            session.step(now, &mut out);
            session.feed(b"250 x\r\n");
            assert!(matches!(session.step(now, &mut out), Step::Ready));
            assert!(matches!(session.step(now, &mut out), Step::Ready));
            session.feed(said);
            session.closed("");
            out.clear();
            if waiting {
                session.send(to(&["bob@x.test"]));
                let Step::Done(outcome) = session.step(now, &mut out) else {
                    panic!("no verdict")
                };
                assert!(brief(&outcome.recipients[0]).starts_with(words));
                assert!(matches!(session.step(now, &mut out), Step::Close(None)));
            } else {
                let Step::Close(Some(trouble)) = session.step(now, &mut out) else {
                    panic!("no trouble")
                };
                assert!(brief(&trouble).starts_with(words), "{}", brief(&trouble));
            }
            assert_eq!(out, b"");
        }
    }
}

/// However much is said, little is kept.
#[test]
fn endless_answers() {
    for endless in [&b"250-x\r\n"[..], b"2", b"250 OK\r\n"] {
        let mut stage = sending();
        stage.out.clear();
        for _ in 0..100_000 {
            stage.feed(endless);
            if stage.closed {
                break;
            }
        }
        assert!(only(&stage).starts_with("Later Session "));
    }
}

#[test]
fn every_step_is_met() {
    let mut stage = sending();
    stage.feed(b"354 Go\r\n");
    stage.feed(b"250 Kept\r\n");
    stage.feed(b"250 OK\r\n250 OK\r\n354 Go\r\n");
    stage.feed(b"250 Kept\r\n");
    stage.feed(b"221 Bye\r\n");
    assert_eq!(
        stage.steps,
        [
            "Read", "Ready", "Read", "Content", "Flush", "Content", "Flush", "Content", "Flush",
            "Content", "Flush", "Content", "Flush", "Content", "Read", "Done", "Ready", "Read",
            "Content", "Read", "Done", "Ready", "Read", "Close"
        ]
    );
    assert_eq!(stage.outcomes.len(), 2);
    assert_eq!(stage.session.transactions(), 2);
}
