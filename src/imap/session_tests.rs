//! The conversation: a client logs in, selects, fetches, appends and idles; and what attackers try instead.

#[path = "session/tests/hostile.rs"]
mod hostile;
#[path = "session/tests/player.rs"]
mod player;

use std::time::Duration;

use sasl::{Client as SaslClient, ClientStep, Mechanism, Secret};

use self::player::{ADDRESS, Client, House, PASSWORD, binding};
use super::*;

/// What a day with mail is made of. Played whole and octet by octet.
const DAY: &str = r#"
S: * OK [CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ ID ENABLE LANGUAGE SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=SCRAM-SHA-256] mail.house.test …
C: a CAPABILITY
S: * CAPABILITY IMAP4rev2 IMAP4rev1 …
S: a OK CAPABILITY completed
C: b ID ("name" "test")
S: * ID ("name" "pillarbox")
S: b OK ID completed
C: c LOGIN ann@house.test {8}
S: + …
C: ann pass
S: c OK [CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ ID ENABLE LANGUAGE IDLE …APPENDLIMIT=52494336] Welcome
C: d SELECT inbox
S~: * 0 EXISTS
S~: d OK [READ-WRITE] …
C: e APPEND INBOX (\Seen) " 1-Feb-2003 04:05:06 +0200" {26}
S: + …
C: Subject: one
C:
C: hello body
S~: * 1 EXISTS
S~: e OK [APPENDUID … 1] …
C: f FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY.PEEK[TEXT])
S: * 1 FETCH (UID 1 FLAGS (\Seen…) INTERNALDATE " 1-Feb-2003 04:05:06 +0200" RFC822.SIZE 26 ENVELOPE (NIL "one" ((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN")) …) BODY[TEXT] {10}
S: hello body)
S: f OK …
C: g FETCH 1 BODYSTRUCTURE
S: * 1 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 1 NIL NIL NIL NIL))
S: g OK …
C: h STORE 1 +FLAGS (\Flagged $Mine)
S~: * 1 FETCH (…$Mine…)
S: h OK …
C: i UID SEARCH FLAGGED
S: * SEARCH 1
S: i OK …
C: j IDLE
S: + idling
C: DONE
S: j OK IDLE completed
C: k NOOP
S: k OK NOOP completed
C:
C: l EXAMINE INBOX
S: * OK [CLOSED] …
S~: * 1 EXISTS
S~: l OK [READ-ONLY] …
C: m UNSELECT
S: m OK …
C: n CHECK
S: n BAD …
C: o ENABLE IMAP4rev2 FOO
S: * ENABLED IMAP4rev2
S: o OK …
C: p LOGOUT
S: * BYE …
S: p OK LOGOUT completed
S: <close>
"#;

/// RFC 8437 §7.
#[test]
fn unauthenticate_switched_off_is_no_command_and_not_announced() {
    for switched_on in [true, false] {
        let house = House::new();
        let limits = Limits {
            unauthenticate: switched_on,
            ..Limits::default()
        };
        let mut client = Client::limited(&house, Tls::Active(None), limits);
        client.play(&format!(
            "S: * OK …\nC: l LOGIN {ADDRESS} \"{PASSWORD}\"\nS: l OK [CAPABILITY …"
        ));
        assert_eq!(
            client.session.capabilities().contains("UNAUTHENTICATE"),
            switched_on
        );
        client.play(if switched_on {
            "C: a UNAUTHENTICATE\nS: a OK [CAPABILITY …\nC: b NAMESPACE\nS: b BAD …"
        } else {
            "C: a UNAUTHENTICATE\nS: a BAD There is no such command…\nC: b NAMESPACE\nS: * NAMESPACE …\nS: b OK …"
        });
    }
}

#[test]
fn a_day_whole_and_octet_by_octet() {
    for piece in [usize::MAX, 1, 7] {
        let house = House::new();
        let mut client = Client::new(&house, Tls::Active(None));
        client.piece = piece;
        client.play(DAY);
    }
}

#[test]
fn nobody_logs_in_without_tls() {
    let house = House::new();
    let mut client = Client::new(&house, Tls::Available);
    client.play(
        "S: * OK [CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ ID ENABLE LANGUAGE SASL-IR STARTTLS LOGINDISABLED] …
        C: a LOGIN ann@house.test {8}
        S: a NO [PRIVACYREQUIRED] …
        C: b AUTHENTICATE PLAIN
        S: b NO [PRIVACYREQUIRED] …
        C: c SELECT INBOX
        S: c BAD …
        C: d STARTTLS
        S: d OK …",
    );
    assert!(client.wants_tls);
    // What comes in the clear until TLS is active is nobody's.
    client.session.feed(b"x NOOP\r\n");
    client.session.tls_started(None);
    client.play(
        "S: <nothing>
        C: e STARTTLS
        S: e BAD …
        C: f LOGIN ann@house.test \"ann pass\"
        S: f OK …
        C: g STARTTLS
        S: g BAD …",
    );
    let mut never = Client::new(&house, Tls::None);
    never.play("S: * OK [CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ ID ENABLE LANGUAGE SASL-IR LOGINDISABLED] …\nC: a STARTTLS\nS: a BAD …");
}

#[test]
fn octets_behind_starttls_end_it() {
    let house = House::new();
    let mut client = Client::new(&house, Tls::Available);
    client.play("S: * OK …\nC~: a STARTTLS\\r\\nb LOGIN ann@house.test \"ann pass\"\\r\\n\nS: a BAD …\nS: <close>");
    assert!(client.session.account().is_none());
}

#[test]
fn authenticating() {
    let house = House::new();
    let plain = sasl::encode(format!("\0{ADDRESS}\0{PASSWORD}").as_bytes());
    for script in [
        format!("C: a AUTHENTICATE PLAIN {plain}\nS: a OK [CAPABILITY …"),
        format!("C: a authenticate plain\nS: + …\nC: {plain}\nS: a OK …"),
        format!(
            "C: a AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: {}\nS: + UGFzc3dvcmQ6\nC: {}\nS: a OK …",
            sasl::encode(ADDRESS.as_bytes()),
            sasl::encode(PASSWORD.as_bytes())
        ),
    ] {
        for piece in [1, usize::MAX] {
            let mut client = Client::new(&house, Tls::Active(None));
            client.piece = piece;
            client.play("S: * OK …");
            client.play(&script);
            assert_eq!(client.session.account(), Some(house.ann));
            client.play("C: z NOOP\nS: z OK …");
        }
    }
    let mut client = Client::new(&house, Tls::Active(None));
    client.play(
        "S: * OK …
        C: a AUTHENTICATE PLAIN
        S: + …
        C: *
        S: a BAD …
        C: b AUTHENTICATE PLAIN !!!
        S: b BAD …
        C: c AUTHENTICATE SCRAM-SHA-256-PLUS
        S: c NO [CANNOT] …
        C: d AUTHENTICATE PLAIN AGFubkBob3VzZS50ZXN0AG5v
        S: d NO [AUTHENTICATIONFAILED] …
        C: e AUTHENTICATE PLAIN
        S: + …
        C: f LOGOUT
        S: e BAD …
        S: * BYE …",
    );
    assert!(client.closed, "the third BAD ends it, and so would LOGOUT");
    let mut client = Client::new(&house, Tls::Active(None));
    client.play("S: * OK …\nC: a AUTHENTICATE PLAIN\nS: + …\nC: b LOGOUT\nS: a BAD …\nS: * BYE …\nS: b OK …\nS: <close>");
}

#[test]
fn scram_at_both_ends() {
    let house = House::new();
    let bound = binding();
    for (mechanism, user, tls, password, right) in [
        (
            Mechanism::ScramSha256,
            "nobody@house.test",
            None,
            PASSWORD,
            false,
        ),
        (Mechanism::ScramSha256, ADDRESS, None, PASSWORD, true),
        (
            Mechanism::ScramSha256Plus,
            ADDRESS,
            Some(&bound),
            PASSWORD,
            true,
        ),
        (Mechanism::ScramSha256, ADDRESS, None, "ann pas", false),
    ] {
        let mut client = Client::new(&house, Tls::Active(tls.cloned()));
        client.say("");
        let mut ours = SaslClient::new(
            mechanism,
            user,
            Secret::from(password),
            tls,
            [3; sasl::NONCE_LEN],
        );
        let mut said = client.say(&format!("a AUTHENTICATE {}\r\n", mechanism.name()));
        for _ in 0..4 {
            let Some(challenge) = said.strip_prefix("+ ") else {
                break;
            };
            let challenge = sasl::decode(challenge.trim_end().as_bytes()).unwrap();
            let ClientStep::Respond(answer) = ours.step(challenge.as_bytes()) else {
                panic!("the server proved nothing")
            };
            said = client.say(&format!("{}\r\n", sasl::encode(answer.as_bytes())));
        }
        assert_eq!(client.session.account().is_some(), right, "{said}");
        assert_eq!(said.starts_with("a OK ["), right, "{said}");
    }
}

#[test]
fn wrong_passwords_and_busy_accounts() {
    let house = House::new();
    let mut client = Client::new(&house, Tls::Active(None));
    client.play("S: * OK …");
    client.busy = true;
    client.play("C: a LOGIN ann@house.test \"ann pass\"\nS: a NO [UNAVAILABLE] …");
    client.busy = false;
    client.play(
        "C: b LOGIN ann@house.test no
        S: b NO [AUTHENTICATIONFAILED] …
        C: c LOGIN nobody@house.test \"ann pass\"
        S: c NO [AUTHENTICATIONFAILED] …
        C: d LOGIN ann@house.test \"\"
        S: d NO [AUTHENTICATIONFAILED] …
        C: e LOGIN ann@house.test no
        S: e NO [AUTHENTICATIONFAILED] …
        S: * BYE …
        S: <close>",
    );
}

#[test]
fn idle_and_what_comes_with_it() {
    let house = House::new();
    let mut client = Client::open(&house);
    // A12: everything in one segment, in order.
    client.play("C~: A5 IDLE\\r\\nDONE\\r\\nA6 NOOP\\r\\n\nS: + idling\nS: A5 OK …\nS: A6 OK …");
    client.play("C: b IDLE\nS: + idling\nS: <nothing>");
    assert_eq!(client.session.wants_wakes(), [house.ann]);
    let mut other = Client::known(&house);
    other.play("C~: a APPEND INBOX {5+}\\r\\n\\r\\nabc\\r\\n\nS: a OK [APPENDUID …");
    client.play("S: <nothing>");
    client.session.woken();
    client.play("S: * 1 EXISTS\nS: * 1 RECENT\nS: <nothing>");
    client.play("C: done\nS: b OK IDLE completed");
    assert_eq!(client.session.wants_wakes(), []);
    client.play("C: c IDLE\nS: + idling\nC: d NOOP\nS: c BAD …\nC: e NOOP\nS: e OK …");
    let long = "x".repeat(100_000);
    client.play("C: f IDLE\nS: + idling");
    assert!(client.say(&long).starts_with("* BYE"));
    let mut known = Client::known(&house);
    known.play("C: a IDLE\nS: + idling\nS: <nothing>");
    assert_eq!(
        known.session.wants_wakes(),
        [],
        "without a mailbox there is no news"
    );
    known.play("C: DONE\nS: a OK …");
}

#[test]
fn pipelined_commands_keep_their_order() {
    let house = House::new();
    let mut client = Client::open(&house);
    // A14, A37.
    client.play(
        "C~: a APPEND INBOX {5+}\\r\\n\\r\\nabc\\r\\nb STORE 1 +FLAGS.SILENT (\\Deleted)\\r\\nc EXPUNGE\\r\\nd UID FETCH 1 FLAGS\\r\\ne NOOP\\r\\n
        S: * 1 EXISTS
        S: * 1 RECENT
        S: a OK [APPENDUID …
        S: b OK …
        S: * 1 EXPUNGE
        S: c OK …
        S: d OK …
        S: e OK …
        S: <nothing>",
    );
}

#[test]
fn appends_that_fail_and_that_are_mended() {
    let house = House::new();
    let mut client = Client::known(&house);
    client.play(
        "C: a APPEND nowhere {5}
        S: a NO [TRYCREATE] …
        C~: b APPEND nowhere {20+}\\r\\nx LOGOUT\\r\\ny LOGOUT\\r\\n
        C: z
        S: b NO [TRYCREATE] …
        C: c APPEND INBOX {52494337}
        S: c NO [TOOBIG] …
        C: d APPEND INBOX {0}
        S: d NO …
        C: e APPEND INBOX (\\Nonsense) {5}
        S: e BAD …
        C: f APPEND INBOX
        S: f BAD …
        C~: g APPEND INBOX {3+}\\r\\nabc {4+}\\r\\nmore\\r\\n
        S: g OK [APPENDUID … 1:2] …
        C~: h APPEND INBOX {3+}\\r\\nabc x\\r\\n
        S: h BAD …
        C~: i APPEND INBOX {11+}\\r\\nA: b\\n\\nc\\r\\nd\\n\\r\\n
        S: i OK [APPENDUID … 3] …
        S: <nothing>",
    );
    assert_eq!(house.body(1), b"abc");
    assert_eq!(house.body(2), b"more");
    assert_eq!(house.body(3), b"A: b\r\n\r\nc\r\nd\r\n");
    // NUL in a text literal, and CR and LF in two pieces.
    client.piece = 1;
    let said = client.send(b"j APPEND INBOX {12+}\r\nA: b\r\n\r\nc\0d\n\r\n");
    assert!(
        said.starts_with(b"j OK"),
        "{}",
        String::from_utf8_lossy(&said)
    );
    assert_eq!(house.body(4), b"A: b\r\n\r\nc\x80d\r\n");
    // NUL in a header cannot be encoded; in a body it is kept in base64.
    let said = client.send(b"k APPEND INBOX ~{9+}\r\nA: \0\r\n\r\nb\r\n");
    assert!(
        said.starts_with(b"k NO [UNKNOWN-CTE]"),
        "{}",
        String::from_utf8_lossy(&said)
    );
    let said = client.send(b"l APPEND INBOX ~{4+}\r\na\nb\n\r\n");
    assert!(
        said.starts_with(b"l OK"),
        "{}",
        String::from_utf8_lossy(&said)
    );
    assert_eq!(house.body(5), b"a\nb\n");
    client.play(
        "C: m STATUS INBOX (MESSAGES SIZE)\nS: * STATUS INBOX (MESSAGES 5 SIZE 38)\nS: m OK …",
    );
}

/// RFC 3502: more messages than are kept in memory, small and large by turns; staged as they come, there all at once.
#[test]
fn many_messages_in_one_command() {
    let house = House::new();
    let mut client = Client::known(&house);
    let text = |n: usize| {
        let size = if n % 50 == 49 { 150_000 } else { 3_000 };
        format!("Subject: {n}\r\n\r\n{}\r\n", "x".repeat(size))
    };
    let command = |last: &str| {
        let mut command = "a APPEND INBOX".to_owned();
        for n in 0..400 {
            let text = text(n);
            command.push_str(&format!(
                " (\\Flagged $k{}) {{{}+}}\r\n{text}",
                n % 3,
                text.len()
            ));
        }
        command + last
    };
    client.piece = 7_001;
    // Refused at the end, after much of it was staged: by an empty message, by the grammar, by a URL, and by a cut connection.
    for (last, reply) in [
        (" {0+}\r\n\r\n", "a NO "),
        (" x\r\n", "a BAD "),
        (" CATENATE (URL \"/INBOX/;UID=1\")\r\n", "a NO [BADURL "),
        (" {99999999}\r\n", "a NO [TOOBIG]"),
    ] {
        let said = client.say(&command(last));
        assert!(said.starts_with(reply), "{said}");
        client.play("C: b STATUS INBOX (MESSAGES UIDNEXT)\nS: * STATUS INBOX (MESSAGES 0 UIDNEXT 1)\nS: b OK …");
    }
    let mut cut = Client::known(&house);
    cut.piece = 7_001;
    assert_eq!(cut.say(&command("")), "");
    drop(cut);
    let said = client.say(&command("\r\n"));
    assert!(
        said.starts_with("a OK [APPENDUID ") && said.contains(" 1:400] "),
        "{said}"
    );
    for n in [0, 49, 398, 399] {
        assert_eq!(house.body(n as u32 + 1), text(n).as_bytes(), "{n}");
    }
    client.play("C: c SELECT INBOX\nS~: * 400 EXISTS\nS~: c OK …\nC: d FETCH 2,399 FLAGS\nS: * 2 FETCH (FLAGS (\\Flagged $k1 \\Recent))\nS: * 399 FETCH (FLAGS (\\Flagged $k2 \\Recent))\nS: d OK …");
}

#[test]
fn a_large_message_goes_through_in_pieces() {
    let house = House::new();
    let mut client = Client::open(&house);
    let line = [&b"x".repeat(70)[..], b"\r\n"].concat();
    let message = [b"Subject: large\r\n\r\n", &line.repeat(50_000)[..]].concat();
    assert!(
        client
            .say(&format!("a APPEND INBOX {{{}}}\r\n", message.len()))
            .starts_with("+ ")
    );
    let mut most = 0;
    for piece in message.chunks(16 * 1024) {
        assert_eq!(client.send(piece), b"");
        most = most.max(client.session.input.memory());
    }
    assert!(most <= 64 * 1024, "{most}");
    assert!(client.say("\r\n").contains("a OK [APPENDUID "));
    client.largest = 0;
    let fetched = client.send(b"b FETCH 1 BODY.PEEK[]\r\n");
    let start = fetched.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2;
    assert_eq!(&fetched[start..start + message.len()], &message[..]);
    assert!(
        fetched.ends_with(b")\r\nb OK FETCH completed\r\n"),
        "{:?}",
        String::from_utf8_lossy(&fetched[fetched.len() - 60..])
    );
    assert!(client.largest <= 2 * 64 * 1024, "{}", client.largest);
}

#[test]
fn time_runs_out() {
    let house = House::new();
    let mut stranger = Client::new(&house, Tls::Active(None));
    stranger.play("S: * OK …");
    stranger.elapsed = Duration::from_secs(59);
    stranger.play("C: a NOOP\nS: a OK …\nS: <nothing>");
    stranger.elapsed = Duration::from_secs(60);
    stranger.play("S: * BYE …\nS: <close>");
    let mut client = Client::open(&house);
    client.elapsed = Duration::from_secs(29 * 60);
    client.play("C: a NOOP\nS: a OK …");
    client.elapsed = Duration::from_secs(58 * 60);
    client.play("S: <nothing>\nC: b IDLE\nS: + idling");
    client.elapsed = Duration::from_secs(88 * 60);
    client.play("S: * BYE …\nS: <close>");
}

#[test]
fn shutting_down_says_bye() {
    let house = House::new();
    for script in [
        "S: <nothing>",
        "C: a IDLE\nS: + idling",
        "C: a APPEND INBOX {10}\nS: + …",
    ] {
        let mut client = Client::open(&house);
        client.play(script);
        client.session.shutdown();
        client.play("S: * BYE …\nS: <close>");
    }
}

#[test]
fn an_idle_session_is_small() {
    let house = House::new();
    let mut client = Client::open(&house);
    client.play("C: a IDLE\nS: + idling\nS: <nothing>");
    assert_eq!(client.session.input.memory(), 0);
    assert!(size_of::<Session>() <= 192, "{}", size_of::<Session>());
    assert!(size_of::<Open>() <= 512, "{}", size_of::<Open>());
}
