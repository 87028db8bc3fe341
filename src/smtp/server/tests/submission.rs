//! RFC 6409: the household sends, after STARTTLS and a log-in, as itself.

use super::super::*;
use super::player::*;

/// `AGFsaWNl...`: alice's PLAIN message.
const LOGIN: &str = "
    S: 220 ...
    C: EHLO phone
    S: 250-box.example
    S: 250-PIPELINING
    S: 250-SIZE ...
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-BINARYMIME
    S: 250-ENHANCEDSTATUSCODES
    S: 250-LIMITS RCPTMAX=100
    S: 250-DSN
    S: 250-DELIVERBY 60
    S: 250-FUTURERELEASE 31622400 2027-11-23T06:30:00Z
    S: 250-MT-PRIORITY
    S: 250-REQUIRETLS
    S: 250 AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS
    C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
    S: 235 2.7.0 Welcome
";

#[test]
fn strangers_may_do_nothing() {
    let world = play(
        &profile(Kind::Submission, Tls::Available),
        &Limits::default(),
        "S: 220 ...
         C: HELO phone
         S: 250 ...
         C: MAIL FROM:<alice@example.org>
         S: 530 5.7.0 Must issue a STARTTLS command first
         C: RCPT TO:<bob@example.org>
         S: 530 5.7.0 Must issue a STARTTLS command first
         C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 538 5.7.11 ...
         C: STARTTLS
         S: 220 ...
         TLS
         C: HELO phone
         S: 250 ...
         C: MAIL FROM:<alice@example.org>
         S: 530 5.7.0 Authentication required
         C: BDAT 3 LAST
         S: 530 5.7.0 Authentication required
         CLOSED",
    );
    assert!(world.queries.is_empty());
}

#[test]
fn the_household_sends() {
    let world = submission(&format!(
        "{LOGIN}
         C: MAIL FROM: <alice@example.org> AUTH=<>
         S: 250 2.1.0 ...
         C: RCPT TO: <bob@example.org>
         S: 250 2.1.5 ...
         C: RCPT TO:<someone@elsewhere.example>
         S: 550 5.7.1 Sending is not built yet
         C: DATA
         S: 354 ...
         C: Return-Path: <alice@example.org>
         C: Subject: hello
         C: .
         S: 250 ...
         C: QUIT
         S: 221 ...
         CLOSED"
    ));
    let envelope = &world.kept[0].0;
    assert_eq!(
        (envelope.account, envelope.protocol().keyword()),
        (Some(1), "ESMTPSA")
    );
    assert_eq!(world.queries[1].account, Some(1));
}

#[test]
fn only_as_oneself() {
    submission(&format!(
        "{LOGIN}
         C: MAIL FROM:<bob@example.org>
         S: 550 5.7.1 This is not one of your own addresses
         C: MAIL FROM:<Alice@Example.org>
         S: 250 ...
         C: RSET
         S: 250 ...
         C: MAIL FROM:<>
         S: 250 ..."
    ));
}

/// Guessing recipients behind a log-in is bounded too, and refusals of relaying are no guesses.
#[test]
fn refusals_are_not_unknown() {
    let limits = Limits {
        unknown_recipients: 1,
        ..Limits::default()
    };
    play(
        &profile(Kind::Submission, active()),
        &limits,
        &format!(
            "{LOGIN}
             C: MAIL FROM:<alice@example.org>
             S: 250 ...
             C: RCPT TO:<a@elsewhere.example>
             S: 550 5.7.1 ...
             C: RCPT TO:<b@elsewhere.example>
             S: 550 5.7.1 ..."
        ),
    );
}
