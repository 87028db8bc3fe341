//! RFC 5321's own scenarios (appendix D), RFC 2920's, and the order of commands.

use super::super::*;
use super::player::*;

const EHLO: &str = "
    S: 220 box.example ESMTP pillarbox
    C: EHLO bar.com
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
    S: 250 DELIVERBY 60
";

fn after_ehlo(script: &str) -> World {
    world(&format!("{EHLO}{script}"))
}

#[test]
fn appendix_d1_typical() {
    let world = after_ehlo(
        "C: MAIL FROM:<Smith@bar.com>
         S: 250 2.1.0 Sender OK
         C: RCPT TO:<Jones@foo.com>
         S: 250 2.1.5 Recipient OK
         C: RCPT TO:<Green@foo.com>
         S: 550 5.1.1 No such mailbox here
         C: RCPT TO:<Brown@foo.com>
         S: 250 2.1.5 Recipient OK
         C: DATA
         S: 354 ...
         C: Blah blah blah...
         C: ...etc. etc. etc.
         C: .
         S: 250 2.0.0 Message kept
         C: QUIT
         S: 221 2.0.0 Bye
         CLOSED",
    );
    let (envelope, content) = &world.kept[0];
    assert_eq!(
        envelope.reverse_path.as_ref().unwrap().to_string(),
        "Smith@bar.com"
    );
    assert_eq!(addresses(envelope), ["Jones@foo.com", "Brown@foo.com"]);
    assert_eq!(
        (
            envelope.helo.as_str(),
            envelope.protocol().keyword(),
            envelope.account
        ),
        ("bar.com", "ESMTP", None)
    );
    // The client of the RFC forgot to stuff its dots; one is lost, as §4.5.2 says.
    assert_eq!(content, b"Blah blah blah...\r\n..etc. etc. etc.\r\n");
}

#[test]
fn appendix_d2_aborted() {
    let world = after_ehlo(
        "C: MAIL FROM:<Smith@bar.com>
         S: 250 ...
         C: RCPT TO:<Jones@foo.com>
         S: 250 ...
         C: RCPT TO:<Green@foo.com>
         S: 550 5.1.1 ...
         C: RSET
         S: 250 2.0.0 Reset
         C: DATA
         S: 503 5.5.1 Say MAIL and RCPT first",
    );
    assert!(world.kept.is_empty());
}

#[test]
fn appendix_d3_relayed() {
    let world = after_ehlo(
        "C: MAIL FROM:<JQP@bar.com>
         S: 250 ...
         C: RCPT TO:<Jones@XYZ.COM>
         S: 250 ...
         C: DATA
         S: 354 ...
         C: Received: from bar.com by foo.com ; Thu, 21 May 1998
         C:     05:33:29 -0700
         C: Date: Thu, 21 May 1998 05:33:22 -0700
         C: From: John Q. Public <JQP@bar.com>
         C: Subject:  The Next Meeting of the Board
         C: To: Jones@xyz.com
         C:
         C: Bill:
         C: The next meeting of the board of directors will be
         C: on Tuesday.
         C:                         John.
         C: .
         S: 250 ...
         C: QUIT
         S: 221 ...
         CLOSED",
    );
    assert_eq!(
        (world.kept[0].0.hops, addresses(&world.kept[0].0)),
        (1, vec!["Jones@XYZ.COM".to_owned()])
    );
}

#[test]
fn rfc2920_helo() {
    let world = world(
        "S: 220 ...
         C: HELO dbc.mtview.ca.us
         S: 250 box.example
         C: MAIL FROM:<mrose@dbc.mtview.ca.us>
         S: 250 ...
         C: RCPT TO:<ned@innosoft.com>
         S: 250 ...
         C: DATA
         S: 354 ...
         C: .
         S: 250 ...
         C: QUIT
         S: 221 ...
         CLOSED",
    );
    assert_eq!(
        (
            world.kept[0].0.protocol().keyword(),
            world.kept[0].1.as_slice()
        ),
        ("SMTP", &b""[..])
    );
}

/// A group in one segment is answered in one flush (RFC 2920 §3.2).
#[test]
fn rfc2920_group() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    stage.feed(b"EHLO dbc.mtview.ca.us\r\n");
    stage.said();
    let before = stage.flushes;
    stage.feed(
        b"MAIL FROM:<mrose@dbc.mtview.ca.us>\r\nRCPT TO:<ned@innosoft.com>\r\nRCPT TO:<x@innosoft.com>\r\nDATA\r\n",
    );
    let codes: Vec<String> = stage
        .said()
        .lines()
        .map(|line| line.get(..3).unwrap().to_owned())
        .collect();
    assert_eq!(
        (codes.join(" ").as_str(), stage.flushes - before),
        ("250 250 550 354", 1)
    );
    stage.feed(b".\r\nQUIT\r\n");
    let codes: Vec<String> = stage
        .said()
        .lines()
        .map(|line| line.get(..3).unwrap().to_owned())
        .collect();
    assert_eq!((codes.join(" ").as_str(), stage.closed), ("250 221", true));
}

/// RFC 2920 §4, all recipients refused: a client that waits goes on, one that does not is cut off before its message could be
/// read as commands.
#[test]
fn data_without_recipients() {
    let script = "
         S: 220 ...
         C: HELO bar.com
         S: 250 ...
         C: MAIL FROM:<a@bar.com>
         S: 250 ...
         C: RCPT TO:<nsb@thumper.bellcore.com>
         S: 550 ...
         C: DATA
         S: 554 5.5.1 No valid recipients
         C: QUIT
         S: 221 ...
         CLOSED";
    let (plain, limits) = (profile(Kind::World, Tls::None), Limits::default());
    play_cut(&plain, &limits, script, Cut::Lines);
    play_cut(&plain, &limits, script, Cut::Octets);
    play_cut(
        &plain,
        &limits,
        &script.replace("S: 221 ...", ""),
        Cut::Blob,
    );
}

#[test]
fn order_of_commands() {
    world(
        "S: 220 ...
         C: MAIL FROM:<a@bar.com>
         S: 503 5.5.1 Say EHLO or HELO first
         C: RCPT TO:<alice@example.org>
         S: 503 5.5.1 Say MAIL first
         C: RSET
         S: 250 2.0.0 Reset
         C: NOOP
         S: 250 2.0.0 OK
         C: VRFY alice
         S: 252 2.0.0 ...
         C: EXPN people
         S: 502 5.7.2 ...
         C: HELP
         S: 214-2.0.0 ...
         S: 214 2.0.0 ...
         C: EHLO one.example
         S: 250-box.example
         S: 250-PIPELINING
         S: 250-SIZE ...
         S: 250-8BITMIME
         S: 250-SMTPUTF8
         S: 250-CHUNKING
         S: 250-BINARYMIME
         S: 250-ENHANCEDSTATUSCODES
         S: 250-LIMITS ...
         S: 250-DSN
         S: 250 DELIVERBY ...
         C: MAIL FROM:<a@bar.com>
         S: 250 ...
         C: MAIL FROM:<b@bar.com>
         S: 503 5.5.1 ...
         C: RCPT TO:<alice@example.org>
         S: 250 ...
         C: HELO two.example
         S: 250 box.example
         C: RCPT TO:<alice@example.org>
         S: 503 5.5.1 Say MAIL first
         C: QUIT
         S: 221 ...
         CLOSED",
    );
}

#[test]
fn paths_of_the_rfc() {
    let world = world(
        "S: 220 ...
         C: EHLO [192.0.2.9]
         S: 250-...
         S: 250-...
         S: 250-...
         S: 250-...
         S: 250-...
         S: 250-...
         S: 250-...
         S: 250-...
         S: 250-...
         S: 250-...
         S: 250 ...
         C: MAIL FROM:<>
         S: 250 2.1.0 ...
         C: RCPT TO:<Postmaster>
         S: 250 2.1.5 ...
         C: RCPT TO:<@one.example,@two.example:alice@example.org>
         S: 250 2.1.5 ...
         C: RCPT TO:<\"alice\"@example.org>
         S: 250 2.1.5 ...
         C: DATA
         S: 354 ...
         C: .
         S: 250 ...
         C: MAIL FROM: <a@bar.com>
         S: 501 5.5.2 ...
         C: MAIL FROM:<a@bar.com> SIZE=52428801
         S: 552 5.3.4 ...
         C: MAIL FROM:<a@bar.com> HOLDFOR=60
         S: 555 5.5.4 ...
         C: WHAT
         S: 500 5.5.1 ...
         S: 421 4.7.0 Too many errors
         CLOSED",
    );
    let envelope = &world.kept[0].0;
    assert_eq!(envelope.reverse_path, None);
    assert_eq!(
        addresses(envelope),
        [
            "postmaster@box.example",
            "alice@example.org",
            "alice@example.org"
        ]
    );
    assert_eq!(
        world
            .queries
            .iter()
            .map(|query| query.postmaster)
            .collect::<Vec<_>>(),
        [true, false, false]
    );
}

#[test]
fn smtputf8() {
    let world = after_ehlo(
        "C: MAIL FROM:<ö@bar.com>
         S: 550 5.6.7 ...
         C: MAIL FROM:<a@bar.com>
         S: 250 ...
         C: RCPT TO:<ü@example.org>
         S: 553 5.6.7 ...
         C: RSET
         S: 250 ...
         C: MAIL FROM:<ö@bar.com> SMTPUTF8
         S: 250 ...
         C: RCPT TO:<ü@example.org>
         S: 250 ...
         C: DATA
         S: 354 ...
         C: .
         S: 250 ...",
    );
    let envelope = &world.kept[0].0;
    assert_eq!(
        (envelope.protocol().keyword(), envelope.parameters.smtputf8),
        ("UTF8SMTP", true)
    );
    assert_eq!(addresses(envelope), ["ü@example.org"]);
}

/// What the driver refuses is said in its words; a refusal that says yes is not believed.
#[test]
fn what_the_driver_says() {
    for (reply, expected) in [
        (
            Reply::new(452, (4, 3, 1), "Disk full"),
            "452 4.3.1 Disk full\r\n",
        ),
        (
            Reply::new(250, (2, 0, 0), "OK"),
            "451 4.3.0 Internal trouble; try again later\r\n",
        ),
    ] {
        let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
        stage.world.keep_reply = Some(reply);
        stage.feed(b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n");
        stage.said();
        stage.feed(b"x\r\n.\r\n");
        assert_eq!(stage.said(), expected);
        stage.feed(b"MAIL FROM:<>\r\n");
        assert_eq!(stage.said(), "250 2.1.0 Sender OK\r\n");
    }
}

/// Nothing positive before `kept`; and a driver that forgets to answer gets no second chance.
#[test]
fn the_answer_waits_for_the_disk() {
    let now = Instant::now();
    let mut session = Session::new(profile(Kind::World, Tls::None), Limits::default(), now);
    let mut out = Vec::new();
    session.feed(b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\nx\r\n.\r\n");
    assert!(matches!(session.step(now, &mut out), Step::Recipient(_)));
    session.recipient(RecipientVerdict::Accepted);
    assert!(matches!(session.step(now, &mut out), Step::Content(_)));
    assert!(matches!(session.step(now, &mut out), Step::Keep(_)));
    assert!(out.ends_with(b"line of its own\r\n"));
    let length = out.len();
    session.recipient(RecipientVerdict::Accepted);
    session.verified(Verdict::Right(1));
    session.sender(SenderVerdict::Own);
    assert!(matches!(session.step(now, &mut out), Step::Close));
    assert!(out[length..].starts_with(b"421 "));
}

/// Input never comes back, and Debug shows no content.
#[test]
fn nothing_is_echoed() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    stage
        .feed(b"EHLO marker\r\nMAIL FROM:<marker@example.org>\r\nRCPT TO:<marker@example.org>\r\n");
    stage.feed(b"RSET marker\r\nmarker\r\nVRFY marker\r\nHELP marker\r\n");
    assert!(!stage.said().contains("marker"));
    assert_eq!(
        format!("{:?}", Step::Content(b"secret".to_vec())),
        "Content(6 octets)"
    );
    assert!(!format!("{:?}", stage.session).contains("marker"));
}
