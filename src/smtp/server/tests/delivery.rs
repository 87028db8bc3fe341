//! DSN (RFC 3461), DELIVERBY (RFC 2852), FUTURERELEASE (RFC 4865), MT-PRIORITY (RFC 6710): what the envelope then says.

use super::super::*;
use super::player::*;

const LOGGED_IN: &str = "S: 220 ...
    C: HELO client.example
    S: 250 ...
    C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
    S: 235 ...
";

const SENT: &str = "
    S: 250 2.1.0 ...
    C: RCPT TO:<bob@example.org> ORCPT=rfc822;Bob+2Bx@Example.ORG NOTIFY=SUCCESS,DELAY
    S: 250 2.1.5 ...
    C: RCPT TO:<alice@example.org> NOTIFY=NEVER
    S: 250 2.1.5 ...
    C: RCPT TO:<alice@example.org>
    S: 250 2.1.5 ...
    C: DATA
    S: 354 ...
    C: .
    S: 250 2.0.0 ...";

/// Each recipient keeps what was asked for it, and the message what was asked for all.
#[test]
fn the_envelope_holds_what_was_asked() {
    let script = format!(
        "{LOGGED_IN}C: MAIL FROM:<alice@example.org> RET=HDRS ENVID=QQ+20314 BY=600;NT HOLDFOR=300 MT-PRIORITY=-3{SENT}"
    );
    let world = submission(&script);
    let envelope = &world.kept[0].0;
    assert_eq!(
        envelope.parameters,
        MailParameters {
            ret: Some(Ret::Headers),
            envid: Some("QQ 314".to_owned()),
            hold: Some(Hold::For(300)),
            by: Some(By {
                seconds: 600,
                mode: ByMode::Notify,
                trace: true
            }),
            priority: Some(-3),
            ..MailParameters::default()
        }
    );
    let asked: Vec<_> = envelope
        .recipients
        .iter()
        .map(|recipient| (recipient.orcpt.as_deref(), recipient.notify))
        .collect();
    let notify = Notify {
        success: true,
        failure: false,
        delay: true,
    };
    assert_eq!(
        asked,
        [
            (Some("rfc822;Bob+x@Example.ORG"), Some(notify)),
            (None, Some(Notify::NEVER)),
            (None, None)
        ]
    );
}

/// On port 25 reports and deadlines may be asked for, not holds and priorities.
#[test]
fn the_world_may_ask_less() {
    let world = world(
        "S: 220 ...
         C: HELO client.example
         S: 250 ...
         C: MAIL FROM:<> HOLDFOR=300
         S: 555 5.5.4 ...
         C: MAIL FROM:<> MT-PRIORITY=3
         S: 555 5.5.4 ...
         C: MAIL FROM:<a@b.test> RET=FULL ENVID=1 BY=60;R
         S: 250 2.1.0 ...
         C: RCPT TO:<bob@example.org> NOTIFY=FAILURE ORCPT=utf-8;\\x{FC}@b.test
         S: 250 2.1.5 ...
         C: DATA
         S: 354 ...
         C: .
         S: 250 2.0.0 ...",
    );
    let envelope = &world.kept[0].0;
    assert_eq!(envelope.parameters.ret, Some(Ret::Full));
    assert_eq!(
        envelope.recipients[0].orcpt.as_deref(),
        Some("utf-8;ü@b.test")
    );
}

/// RFC 2852 §2 (min-by-time), RFC 4865 §4.2 (7, 8) and §5.2.2.
#[test]
fn what_cannot_be_promised_is_refused() {
    for (parameters, reply) in [
        ("BY=59;R", "555 5.5.4"),
        ("BY=60;R", "250 2.1.0"),
        ("BY=59;N", "250 2.1.0"),
        ("BY=-5;N", "250 2.1.0"),
        ("BY=0;R", "501 5.5.4"),
        ("HOLDFOR=31622400", "250 2.1.0"),
        ("HOLDFOR=31622401", "501 5.5.4"),
        ("HOLDUNTIL=2027-11-23T06:30:00Z", "250 2.1.0"),
        ("HOLDUNTIL=2027-11-23T06:30:01Z", "501 5.5.4"),
        ("HOLDUNTIL=2020-01-01T00:00:00Z", "250 2.1.0"),
        ("HOLDFOR=300 BY=300;R", "250 2.1.0"),
        ("HOLDFOR=301 BY=300;R", "501 5.5.4"),
        ("HOLDUNTIL=2026-11-22T07:30:00Z BY=3599;N", "501 5.5.4"),
    ] {
        let script = format!(
            "{LOGGED_IN}C: MAIL FROM:<alice@example.org> {parameters}
             S: {reply} ..."
        );
        submission(&script);
    }
}

/// A box that does not know the time cannot say until when it holds (RFC 4865 §4.2, 3: both values are a must).
#[test]
fn without_a_clock_nothing_is_held() {
    let profile = Profile {
        clock: None,
        ..profile(Kind::Submission, active())
    };
    let script = format!(
        "{LOGGED_IN}C: MAIL FROM:<alice@example.org> HOLDFOR=1
         S: 501 5.5.4 FUTURERELEASE..."
    );
    play(&profile, &Limits::default(), &script);
    let mut stage = Stage::new(profile, Limits::default());
    stage.feed(b"EHLO client.example\r\n");
    let said = stage.said();
    assert!(
        said.contains("MT-PRIORITY") && !said.contains("FUTURERELEASE"),
        "{said}"
    );
}

/// The clock moves with the session.
#[test]
fn the_latest_moment_moves() {
    let mut stage = Stage::new(profile(Kind::Submission, active()), Limits::default());
    stage.now += std::time::Duration::from_secs(30);
    stage.feed(b"EHLO client.example\r\n");
    let said = stage.said();
    assert!(
        said.contains("250-FUTURERELEASE 31622400 2027-11-23T06:30:30Z"),
        "{said}"
    );
}
