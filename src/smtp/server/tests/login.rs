//! AUTH (RFC 4954): its dialogues, and what clients make of them (users.md A1, A2, A17, B12).

use super::super::*;
use super::player::*;
use sasl::{Client, ClientStep, Mechanism};

const START: &str = "
    S: 220 ...
    C: HELO phone
    S: 250 ...
";

fn started(script: &str) -> World {
    submission(&format!("{START}{script}"))
}

#[test]
fn plain() {
    started(
        "C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 235 2.7.0 Welcome
         C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 503 5.5.1 Already logged in",
    );
    started(
        "C: auth plain
         S: 334 
         C: AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 235 2.7.0 Welcome",
    );
}

/// Outlook: the challenges to the letter. .NET: the name with the command, the mechanism in lower case.
#[test]
fn login() {
    started(
        "C: AUTH LOGIN
         S: 334 VXNlcm5hbWU6
         C: YWxpY2VAZXhhbXBsZS5vcmc=
         S: 334 UGFzc3dvcmQ6
         C: d29uZGVy
         S: 235 2.7.0 Welcome",
    );
    started(
        "C: AUTH login YWxpY2VAZXhhbXBsZS5vcmc=
         S: 334 UGFzc3dvcmQ6
         C: d29uZGVy
         S: 235 2.7.0 Welcome",
    );
}

#[test]
fn failures() {
    // Wrong password, unknown name, another's authzid; the third ends it.
    started(
        "C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdyb25n
         S: 535 5.7.8 Wrong name or password
         C: AUTH PLAIN AG5vYm9keQB3b25kZXI=
         S: 535 5.7.8 Wrong name or password
         C: AUTH PLAIN Ym9iQGV4YW1wbGUub3JnAGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 535 5.7.8 Wrong name or password
         S: 421 4.7.0 Too many log-ins failed
         CLOSED",
    );
    started(
        "C: AUTH CRAM-MD5
         S: 504 5.5.4 Mechanism not offered
         C: AUTH PLAIN not*base64
         S: 501 5.5.2 Expected base64
         C: AUTH PLAIN =
         S: 501 5.5.2 Not in the form ...",
    );
    started(
        "C: AUTH LOGIN
         S: 334 VXNlcm5hbWU6
         C: *
         S: 501 5.7.0 Authentication cancelled
         C: AUTH PLAIN
         S: 334 
         C: LOGOUT
         S: 501 5.5.2 Expected base64
         C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 235 ...",
    );
}

#[test]
fn out_of_turn() {
    submission(
        "S: 220 ...
         C: AUTH PLAIN
         S: 503 5.5.1 Say EHLO first
         C: AUTH
         S: 501 5.5.4 ...",
    );
    started(
        "C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 235 ...
         C: MAIL FROM:<alice@example.org>
         S: 250 ...
         C: AUTH PLAIN
         S: 503 5.5.1 Already logged in",
    );
    play(
        &profile(Kind::World, active()),
        &Limits::default(),
        "S: 220 ...
         C: HELO a
         S: 250 ...
         C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 502 5.5.1 Log in on the submission port
         C: MAIL FROM:<> AUTH=<>
         S: 555 5.5.4 ...",
    );
}

/// RFC 4954 §4: 12288 octets with the CRLF. What is longer is no log-in, and no command either.
#[test]
fn line_length() {
    let fits = "A".repeat(12_286);
    let longer = "A".repeat(12_287);
    started(&format!(
        "C: AUTH PLAIN
         S: 334 
         C: {fits}
         S: 501 5.5.2 Expected base64
         C: AUTH PLAIN
         S: 334 
         C: {longer}
         S: 500 5.5.6 Authentication exchange line is too long
         C: NOOP
         S: 250 ..."
    ));
    // Nobody gets that much room where log-ins are not on offer.
    world(&format!(
        "S: 220 ...
         C: AUTH PLAIN {longer}
         S: 500 5.5.2 Line too long
         C: NOOP
         S: 250 ..."
    ));
}

/// Commands behind AUTH in the same segment are answers to its challenges, never commands; and the count of commands starts anew.
#[test]
fn commands_before_and_after() {
    let limits = Limits {
        commands_before_login: 2,
        commands: 2,
        ..Limits::default()
    };
    play(
        &profile(Kind::Submission, active()),
        &limits,
        "S: 220 ...
         C: HELO phone
         S: 250 ...
         C: AUTH PLAIN
         S: 334 
         C: AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 235 ...
         C: NOOP
         S: 250 ...
         C: NOOP
         S: 250 ...
         C: NOOP
         S: 421 ...
         CLOSED",
    );
}

fn scram(mechanism: Mechanism, user: &str, password: &str) -> (String, Option<u32>) {
    let mut stage = Stage::new(profile(Kind::Submission, active()), Limits::default());
    stage.feed(b"EHLO phone\r\n");
    stage.said();
    let binding = channel_binding();
    let binding = (mechanism == Mechanism::ScramSha256Plus).then_some(&binding);
    let mut client = Client::new(
        mechanism,
        user,
        password.into(),
        binding,
        [9; sasl::NONCE_LEN],
    );
    let first = client.initial().unwrap();
    stage.feed(
        format!(
            "AUTH {} {}\r\n",
            mechanism.name(),
            sasl::encode(first.as_bytes())
        )
        .as_bytes(),
    );
    loop {
        let said = stage.said();
        let Some(challenge) = said.strip_prefix("334 ") else {
            return (said, stage.session.account());
        };
        let challenge = sasl::decode(challenge.trim_end().as_bytes()).unwrap();
        match client.step(challenge.as_bytes()) {
            ClientStep::Respond(response) => {
                stage.feed(format!("{}\r\n", sasl::encode(response.as_bytes())).as_bytes());
            }
            ClientStep::Failed(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn scram_proves_the_password() {
    for mechanism in [Mechanism::ScramSha256, Mechanism::ScramSha256Plus] {
        assert_eq!(
            scram(mechanism, "bob@example.org", "builder"),
            ("235 2.7.0 Welcome\r\n".to_owned(), Some(2))
        );
        let wrong = ("535 5.7.8 Wrong name or password\r\n".to_owned(), None);
        assert_eq!(scram(mechanism, "bob@example.org", "wrong"), wrong);
        assert_eq!(scram(mechanism, "nobody@example.org", "builder"), wrong);
    }
}

/// -PLUS is not offered and not taken without something to bind to.
#[test]
fn plus_needs_a_binding() {
    for channel_binding in [None, Some(ChannelBinding::default())] {
        let bare = Tls::Active {
            channel_binding,
            description: String::new(),
        };
        let mut stage = Stage::new(profile(Kind::Submission, bare), Limits::default());
        stage.feed(b"EHLO phone\r\n");
        assert!(stage.said().contains("AUTH PLAIN LOGIN SCRAM-SHA-256\r\n"));
        stage.feed(b"AUTH SCRAM-SHA-256-PLUS\r\n");
        assert_eq!(stage.said(), "504 5.5.4 Mechanism not offered\r\n");
    }
    let mut stage = Stage::new(profile(Kind::Submission, active()), Limits::default());
    stage.feed(b"EHLO phone\r\n");
    assert!(
        stage
            .said()
            .contains("AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS\r\n")
    );
}

#[test]
fn not_now() {
    let now = Instant::now();
    let mut session = Session::new(profile(Kind::Submission, active()), Limits::default(), now);
    let mut out = Vec::new();
    session.feed(b"HELO a\r\nAUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==\r\n");
    assert!(matches!(session.step(now, &mut out), Step::Verify(_)));
    session.verified(Verdict::Unavailable);
    assert!(matches!(session.step(now, &mut out), Step::Read));
    assert!(out.ends_with(b"454 4.7.0 Cannot log in at the moment; try again later\r\n"));
}
