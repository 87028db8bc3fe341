//! Conversations before log-in: TLS, passwords, SASL, languages.

use super::*;
use crate::player::{LOG_IN, World, before_log_in, binding};
use sasl::{Client, ClientStep};

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
fn utf8_is_forgotten_too() {
    let mut world = World::with_mail(&["Subject: ö\r\n\r\n".as_bytes()]);
    world.tls = Tls::Available;
    world.play(
        "C: UTF8
        S~ +OK
        S: +OK UTF-8 it is
        C: STLS
        S: +OK begin TLS negotiation
        S: (tls)
        C: USER ann@example.org
        S: +OK now the password
        C: PASS secret
        S~ +OK maildrop
        C: RETR 1
        S~ +OK
        S: Subject: =?utf-8?B?w7Y=?=
        S:
        S: .",
    );
}

#[test]
fn pass_comes_right_behind_user() {
    before_log_in(
        Tls::Active(None),
        "C: USER ann@example.org
        S~ +OK
        S: +OK now the password
        C: LANG en
        S: +OK en English it is
        C: PASS secret
        S: -ERR give USER first
        C: USER ann@example.org
        S: +OK now the password
        C: PASS wrong
        S~ -ERR [AUTH]
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
