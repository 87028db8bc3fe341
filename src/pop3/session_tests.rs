//! Conversations: log-in, maildrop, deletes, two at a time, and what must end a connection.

use super::*;
use crate::player::{World, binding};
use sasl::{Client, ClientStep, Mechanism, Secret};
use std::time::Duration;

const ONE: &[u8] = b"Subject: one\r\n\r\nbody\r\n";
const TWO: &[u8] = b"Subject: two\r\nFrom: a@b\r\n\r\n.\r\n..two\r\nlast\r\n";
const THREE: &[u8] = b"Subject: three\r\n";

/// Greeting and log-in of the first connection.
const LOG_IN: &str = "
    S: +OK pop.example.org POP3 server ready
    C: USER ann@example.org
    S: +OK now the password
    C: PASS secret
    S~ +OK maildrop has ";

/// Plays the rest of a session after log-in, fed whole and octet by octet, each in a world of its own.
#[track_caller]
fn after_log_in(messages: &[&[u8]], script: &str) {
    for octet_by_octet in [false, true] {
        let mut world = World::with_mail(messages);
        world.octet_by_octet = octet_by_octet;
        world.play(&format!("{LOG_IN}\n{script}"));
    }
}

/// Plays a whole session in a world with no mail.
#[track_caller]
fn before_log_in(tls: Tls, script: &str) {
    for octet_by_octet in [false, true] {
        let mut world = World::new();
        world.tls = tls.clone();
        world.octet_by_octet = octet_by_octet;
        world.play(script);
    }
}

#[test]
fn a_session_from_end_to_end() {
    let validity = World::with_mail(&[]).uid_validity();
    let script = format!(
        "C: STAT
        S: +OK 3 84
        C: LIST
        S: +OK scan listing follows
        S: 1 22
        S: 2 46
        S: 3 16
        S: .
        C: list 2
        S: +OK 2 46
        C: UIDL
        S: +OK unique-id listing follows
        S: 1 {validity}.1
        S: 2 {validity}.2
        S: 3 {validity}.3
        S: .
        C: UIDL 3
        S: +OK 3 {validity}.3
        C: RETR 2
        S: +OK 46 octets
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
        S: +OK 2 62
        C: RSET
        S: +OK maildrop has 3 messages (84 octets)
        C: STAT
        S: +OK 3 84
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
fn one_session_at_a_time() {
    let mut world = World::with_mail(&[ONE]);
    world.play(&format!(
        "{LOG_IN}
        S2~ +OK
        C2: USER ann@example.org
        S2: +OK now the password
        C2: PASS secret
        S2~ -ERR [IN-USE]
        C3: USER bob@example.org
        S3~ +OK
        S3~ +OK
        C3: PASS hümmer und sichel
        S3: +OK maildrop has 0 messages (0 octets)
        C: QUIT
        S~ +OK
        C2: USER ann@example.org
        S2: +OK now the password
        C2: PASS secret
        S2: +OK maildrop has 1 messages (22 octets)"
    ));
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
        S: +OK 3 84
        C: RETR 2
        S~ -ERR the message has been removed by another program
        C: TOP 2 0
        S~ -ERR the message has been removed by another program
        C: LIST 2
        S: +OK 2 46
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
fn capabilities_grow_with_tls() {
    before_log_in(
        Tls::Available,
        "C: CAPA
        S: +OK pop.example.org POP3 server ready
        S: +OK capability list follows
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: UTF8 USER
        S: LANG
        S: STLS
        S: IMPLEMENTATION pillarbox
        S: .
        C: USER ann@example.org
        S~ -ERR [AUTH] passwords are taken under TLS only
        C: PASS secret
        S~ -ERR [AUTH] passwords are taken under TLS only
        C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
        S~ -ERR [AUTH] passwords are taken under TLS only
        C: STLS
        S: +OK begin TLS negotiation
        S: (tls)
        C: CAPA
        S: +OK capability list follows
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: UTF8 USER
        S: LANG
        S: USER
        S: SASL PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS
        S: IMPLEMENTATION pillarbox
        S: .
        C: STLS
        S: -ERR TLS is already in use
        C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
        S: +OK maildrop has 0 messages (0 octets)
        C: STLS
        S: -ERR you have logged in already",
    );
}

#[test]
fn no_tls_means_no_password() {
    before_log_in(
        Tls::None,
        "C: STLS
        S~ +OK
        S: -ERR TLS is not available here
        C: USER ann@example.org
        S~ -ERR [AUTH]",
    );
    let mut world = World::new();
    (world.tls, world.cleartext_login) = (Tls::None, true);
    world.play(&format!("{LOG_IN}\n C: QUIT\n S~ +OK"));
}

#[test]
fn what_was_said_before_tls_is_forgotten() {
    let mut world = World::new();
    (world.tls, world.cleartext_login) = (Tls::Available, true);
    world.play(
        "C: USER ann@example.org
        S~ +OK
        S: +OK now the password
        C: STLS
        S: +OK begin TLS negotiation
        S: (tls)
        C: PASS secret
        S: -ERR give USER first",
    );
}

#[test]
fn octets_behind_stls_end_the_connection() {
    for injected in [
        "STLS\\r\\nNOOP",
        "STLS\\r\\nUSER ann@example.org\\r\\nPASS secret",
        "STLS\\r\\n",
    ] {
        let mut world = World::new();
        world.tls = Tls::Available;
        world.play(&format!("S~ +OK\n C: {injected}\n S: (closed)"));
        assert_eq!(world.questions, 0);
    }
    // The same octets later, but still before the handshake has ended.
    let world = World::new();
    let mut session = world.session();
    session.profile.tls = Tls::Available;
    let mut out = Vec::new();
    session.feed(b"STLS\r\n");
    assert!(matches!(session.step(world.now, &mut out), Step::StartTls));
    session.feed(b"NOOP\r\n");
    session.tls_started(None);
    assert!(matches!(session.step(world.now, &mut out), Step::Close));
    let mut session = world.session();
    session.tls_started(None);
    assert!(
        matches!(session.step(world.now, &mut out), Step::Close),
        "nobody asked for TLS"
    );
}

#[test]
fn auth_in_every_form() {
    let base = |words: &str| sasl::encode(words.as_bytes());
    let (user, password) = (base("ann@example.org"), base("secret"));
    let plain = base("\0ann@example.org\0secret");
    let end = "C: QUIT\n S: +OK signing off (maildrop empty)\n S: (closed)";
    let good = "S: +OK maildrop has 0 messages (0 octets)";
    for exchange in [
        format!("C: AUTH PLAIN {plain}\n S~ +OK\n {good}"),
        format!("C: auth plain\n S~ +OK\n S: + \n C: {plain}\n {good}"),
        // A1, A2: Outlook's LOGIN.
        format!(
            "C: AUTH LOGIN\n S~ +OK\n S: + VXNlcm5hbWU6\n C: {user}\n S: + UGFzc3dvcmQ6\n C: {password}\n {good}"
        ),
        format!("C: auth login {user}\n S~ +OK\n S: + UGFzc3dvcmQ6\n C: {password}\n {good}"),
        format!(
            "C: AUTH LOGIN =\n S~ +OK\n S: + VXNlcm5hbWU6\n C: {user}\n S: + UGFzc3dvcmQ6\n C: {password}\n {good}"
        ),
    ] {
        // The player trims lines; an empty challenge has a space behind its plus.
        before_log_in(
            Tls::Active(None),
            &format!("{}\n {end}", exchange.replace("S: + \n", "S~ +\n")),
        );
    }
}

#[test]
fn auth_that_fails_leaves_the_session_as_it_was() {
    let wrong = sasl::encode(b"\0ann@example.org\0wrong");
    let nobody = sasl::encode(b"\0nobody@example.org\0secret");
    let borrowed = sasl::encode(b"bob@example.org\0ann@example.org\0secret");
    before_log_in(
        Tls::Active(None),
        &format!(
            "C: AUTH
            S~ +OK
            S: +OK mechanisms follow
            S: PLAIN
            S: LOGIN
            S: SCRAM-SHA-256
            S: .
            C: AUTH CRAM-MD5
            S: -ERR this mechanism is not offered; CAPA lists those that are
            C: AUTH SCRAM-SHA-256-PLUS
            S: -ERR this mechanism is not offered; CAPA lists those that are
            C: AUTH PLAIN
            S~ +
            C: *
            S: -ERR authentication cancelled
            C: AUTH PLAIN =AAA
            S: -ERR authentication ended: that is not base64
            C: AUTH PLAIN
            S~ +
            C: ann secret
            S: -ERR authentication ended: that is not base64
            C: AUTH PLAIN =
            S: -ERR the authentication message is not in the form that the mechanism asks for
            C: AUTH PLAIN {wrong}
            S: -ERR [AUTH] the name or the password is wrong
            C: AUTH PLAIN {nobody}
            S: -ERR [AUTH] the name or the password is wrong
            C: USER ann@example.org
            S: +OK now the password
            C: PASS secret
            S: +OK maildrop has 0 messages (0 octets)"
        ),
    );
    before_log_in(
        Tls::Active(None),
        &format!("C: AUTH PLAIN {borrowed}\n S~ +OK\n S~ -ERR [AUTH]"),
    );
}

#[test]
fn quit_is_always_answered() {
    before_log_in(
        Tls::Active(None),
        "C: QUIT\n S~ +OK\n S: +OK signing off\n S: (closed)",
    );
    before_log_in(
        Tls::Available,
        "C: quit\n S~ +OK\n S: +OK signing off\n S: (closed)",
    );
    before_log_in(
        Tls::Active(None),
        "C: AUTH PLAIN\n S~ +OK\n S~ +\n C: QUIT\n S: +OK signing off\n S: (closed)",
    );
    after_log_in(
        &[ONE],
        "C: quit\n S: +OK signing off (1 message left)\n S: (closed)",
    );
    after_log_in(
        &[ONE],
        "C: DELE 1\n S~ +OK\n X: 1\n C: QUIT\n S: +OK signing off (maildrop empty)\n S: (closed)",
    );
}

#[test]
fn guesses_and_commands_are_counted() {
    let guess = "C: USER ann@example.org\n S: +OK now the password\n C: PASS wrong\n S: -ERR [AUTH] the name or the password is wrong\n";
    before_log_in(
        Tls::Active(None),
        &format!("S~ +OK\n {guess} {guess} {guess} S: (closed)"),
    );
    let bad = "C: LAST\n S~ -ERR unknown command\n";
    before_log_in(
        Tls::Active(None),
        &format!(
            "S~ +OK\n {} S: -ERR too many bad commands; closing\n S: (closed)",
            bad.repeat(5)
        ),
    );
    let many = "C: UTF8\n S~ +OK\n".repeat(40);
    before_log_in(
        Tls::Active(None),
        &format!(
            "S~ +OK\n {many} C: UTF8\n S: -ERR too many commands without a log-in; closing\n S: (closed)"
        ),
    );
    let cancelled = "C: AUTH PLAIN\n S~ +\n C: *\n S~ -ERR\n".repeat(20);
    before_log_in(
        Tls::Active(None),
        &format!("S~ +OK\n {cancelled} C: NOOP\n S~ -ERR too many commands\n S: (closed)"),
    );
    after_log_in(
        &[],
        &format!(
            "{} S: -ERR too many bad commands; closing\n S: (closed)",
            bad.repeat(30)
        ),
    );
}

#[test]
fn long_lines_end_the_connection() {
    let longest = "x".repeat(505);
    before_log_in(
        Tls::Active(None),
        &format!("C: USER {longest}\n S~ +OK\n S: +OK now the password"),
    );
    before_log_in(
        Tls::Active(None),
        &format!(
            "C: USER {longest}x\n S~ +OK\n S: -ERR the line is too long; closing\n S: (closed)"
        ),
    );
    let longest = "A".repeat(sasl::MAX_ENCODED);
    before_log_in(
        Tls::Active(None),
        &format!(
            "C: AUTH PLAIN\n S~ +OK\n S~ +\n C: {longest}\n S~ -ERR the authentication message"
        ),
    );
    before_log_in(
        Tls::Active(None),
        &format!(
            "C: AUTH PLAIN\n S~ +OK\n S~ +\n C: {longest}A\n S: -ERR the line is too long; closing\n S: (closed)"
        ),
    );
    let world = World::new();
    let (mut session, mut out) = (world.session(), Vec::new());
    session.feed(&vec![b'x'; 1 << 20]);
    assert!(matches!(session.step(world.now, &mut out), Step::Close));
}

#[test]
fn foreign_protocols_end_the_connection() {
    for line in [
        "GET / HTTP/1.1",
        "POST /x HTTP/1.0",
        "PRI * HTTP/2.0",
        "OPTIONS *",
    ] {
        before_log_in(
            Tls::Active(None),
            &format!("S~ +OK\n C: {line}\n S: (closed)"),
        );
    }
    let world = World::new();
    let (mut session, mut out) = (world.session(), Vec::new());
    session.feed(b"\x16\x03\x01\x02");
    assert!(matches!(session.step(world.now, &mut out), Step::Close));
}

#[test]
fn time_runs_out() {
    before_log_in(
        Tls::Active(None),
        "S~ +OK\n T: 59\n C: CAP\\n\n S~ -ERR\n S~ -ERR\n T: 1\n S: (closed)",
    );
    let world = World::with_mail(&[ONE]);
    let (mut session, mut out) = (world.session(), Vec::new());
    assert_eq!(session.deadline(), world.now + Duration::from_secs(60));
    session.feed(b"USER ann@example.org\r\nPASS secret\r\n");
    session.step(world.now, &mut out);
    session.verified(Verified::Account(world.inbox().account));
    let later = world.now + Duration::from_secs(30);
    assert!(matches!(session.step(later, &mut out), Step::Read));
    assert_eq!(session.deadline(), later + Duration::from_secs(600));
    let later = later + Duration::from_secs(599);
    session.feed(b"NOOP\r\n");
    assert!(matches!(session.step(later, &mut out), Step::Read));
    assert_eq!(session.deadline(), later + Duration::from_secs(600));
}

#[test]
fn commands_may_be_sent_together() {
    after_log_in(
        &[ONE, TWO],
        "C: STAT\\r\\nRETR 1\\r\\nDELE 1\\r\\nLIST\\r\\nQUIT\\r\\nNOOP
        S: +OK 2 68
        S: +OK 22 octets
        S: Subject: one
        S:
        S: body
        S: .
        S: +OK message deleted
        S: +OK scan listing follows
        S: 2 46
        S: .
        S: +OK signing off (1 message left)
        S: (closed)",
    );
}

#[test]
fn utf8_and_languages() {
    before_log_in(
        Tls::Active(None),
        "C: UTF8
        S~ +OK
        S: +OK UTF-8 it is
        C: LANG
        S: +OK language listing follows
        S: en English
        S: .
        C: LANG *
        S: +OK en English it is
        C: LANG EN-gb
        S: +OK en English it is
        C: LANG de
        S: -ERR only English (en) is spoken here
        C: USER bob@example.org
        S: +OK now the password
        C: PASS hümmer und sichel
        S: +OK maildrop has 0 messages (0 octets)
        C: LANG en
        S: +OK en English it is
        C: UTF8
        S: -ERR you have logged in already",
    );
}

#[test]
fn a_driver_that_cannot_say_is_no_wrong_password() {
    let mut world = World::new();
    world.unavailable = true;
    let try_it =
        "C: USER ann@example.org\n S: +OK now the password\n C: PASS secret\n S~ -ERR [SYS/TEMP]\n";
    world.play(&format!("S~ +OK\n {}", try_it.repeat(5)));
}

/// A SCRAM log-in by our own client; the server's last line.
fn scram(
    mechanism: Mechanism,
    user: &str,
    password: &str,
    binding_seen: Option<ChannelBinding>,
) -> String {
    let mut world = World::new();
    world.tls = Tls::Active(Some(Box::new(binding())));
    let mut client = Client::new(
        mechanism,
        user,
        Secret::from(password),
        binding_seen.as_ref(),
        [3; 18],
    );
    let initial = sasl::encode(client.initial().unwrap().as_bytes());
    let mut line = format!("AUTH {mechanism} {initial}");
    world.go_on("S~ +OK");
    loop {
        world.go_on(&format!("C: {line}"));
        let said = world.take_line();
        let Some(challenge) = said.strip_prefix("+ ") else {
            return said;
        };
        match client.step(sasl::decode(challenge.as_bytes()).unwrap().as_bytes()) {
            ClientStep::Respond(response) => line = sasl::encode(response.as_bytes()),
            ClientStep::Failed(error) => panic!("{error}"),
        }
    }
}

#[test]
fn scram_logs_in() {
    let (plain, plus) = (Mechanism::ScramSha256, Mechanism::ScramSha256Plus);
    assert_eq!(
        scram(plain, "ann@example.org", "secret", None),
        "+OK maildrop has 0 messages (0 octets)"
    );
    assert_eq!(
        scram(plus, "ann@example.org", "secret", Some(binding())),
        "+OK maildrop has 0 messages (0 octets)"
    );
    assert_eq!(
        scram(plain, "ann@example.org", "wrong", None),
        "-ERR [AUTH] the name or the password is wrong"
    );
    assert_eq!(
        scram(plain, "nobody@example.org", "secret", None),
        "-ERR [AUTH] the name or the password is wrong"
    );
    let other = ChannelBinding {
        tls_exporter: Some([6; 32]),
        tls_server_end_point: None,
    };
    let mismatch = "-ERR [AUTH] the channel binding does not match this TLS connection";
    assert_eq!(
        scram(plus, "ann@example.org", "secret", Some(other)),
        mismatch
    );
    // The client could bind and was told that the server cannot: a downgrade.
    assert_eq!(
        scram(plain, "ann@example.org", "secret", Some(binding())),
        mismatch
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
fn a_maildrop_is_small() {
    assert!(size_of::<crate::maildrop::Message>() <= 8);
    assert!(size_of::<Session>() <= 512, "{}", size_of::<Session>());
    let mut world = World::with_mail(&[ONE, TWO, THREE]);
    world.limits.messages = 2;
    let validity = world.uid_validity();
    world.play(&format!("{LOG_IN}\n C: UIDL\n S~ +OK\n S: 1 {validity}.2\n S: 2 {validity}.3\n S: .\n C: STAT\n S: +OK 2 62"));
}
