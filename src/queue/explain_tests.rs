use super::*;
use crate::samples::said;

fn kind(stage: Stage, words: &str) -> Kind {
    classify(&said(stage, words))
}

/// What hosts really say.
#[test]
fn replies_as_hosts_write_them() {
    for (stage, words, expected) in [
        (
            Stage::Rcpt,
            "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address",
            Kind::NoSuchPerson,
        ),
        (
            Stage::Rcpt,
            "550 5.1.1 <x@y>: Recipient address rejected: User unknown in virtual mailbox table",
            Kind::NoSuchPerson,
        ),
        (
            Stage::Rcpt,
            "550 Requested action not taken: mailbox unavailable",
            Kind::NoSuchPerson,
        ),
        (
            Stage::Rcpt,
            "550 5.2.1 The email account that you tried to reach is inactive.",
            Kind::MailboxClosed,
        ),
        (
            Stage::Rcpt,
            "452 4.2.2 The recipient's inbox is out of storage space.",
            Kind::MailboxFull,
        ),
        (Stage::Rcpt, "552 5.2.2 Over quota", Kind::MailboxFull),
        (Stage::Rcpt, "550 Mailbox is full", Kind::MailboxFull),
        (
            Stage::Mail,
            "552 5.3.4 Message size exceeds fixed limit",
            Kind::TooLarge,
        ),
        (
            Stage::End,
            "552 message exceeds maximum size",
            Kind::TooLarge,
        ),
        (
            Stage::End,
            "550 5.7.1 Our system has detected that this message is likely unsolicited mail.",
            Kind::Spam,
        ),
        (
            Stage::Rcpt,
            "550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.1 (AS3130).",
            Kind::Reputation,
        ),
        (
            Stage::Greeting,
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1 PBL",
            Kind::Residential,
        ),
        (
            Stage::Mail,
            "550 5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to send email directly to our servers. Please use the SMTP relay at your service provider instead. dynamic IP",
            Kind::Residential,
        ),
        (
            Stage::Rcpt,
            "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]",
            Kind::Reputation,
        ),
        (
            Stage::End,
            "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
            Kind::Unauthenticated,
        ),
        (
            Stage::End,
            "550 5.7.25 The IP address sending this message does not have a PTR record setup",
            Kind::Reputation,
        ),
        (
            Stage::Rcpt,
            "450 4.2.0 <x@y>: Recipient address rejected: Greylisted, see http://postgrey",
            Kind::Greylisted,
        ),
        (
            Stage::Rcpt,
            "451 4.7.1 Greylisting in action, please come back later",
            Kind::Greylisted,
        ),
        (Stage::Rcpt, "450 try again later", Kind::Greylisted),
        (
            Stage::End,
            "421 4.7.28 Our system has detected an unusual rate of mail",
            Kind::TooMuch,
        ),
        (
            Stage::Greeting,
            "421 4.7.0 Too many connections from your IP",
            Kind::TooMuch,
        ),
        (
            Stage::Rcpt,
            "554 5.7.1 <x@y>: Relay access denied",
            Kind::NotTheirs,
        ),
        (
            Stage::Rcpt,
            "550 5.7.2 only members may post",
            Kind::NotAllowed,
        ),
        (Stage::Mail, "530 5.7.10 TLS required", Kind::NoTls),
        (Stage::Mail, "550 5.6.7 SMTPUTF8 required", Kind::NoUtf8),
        (Stage::Greeting, "554 no SMTP service here", Kind::Policy),
        (Stage::End, "451 4.3.0 queue file write error", Kind::Busy),
        (Stage::Rcpt, "556 5.1.10 null MX", Kind::NullMx),
        (Stage::End, "554 5.0.0 because", Kind::Other),
        (Stage::Data, "the connection was closed", Kind::TimedOut),
        // Short names of lists stand alone, and a person's name is no list.
        (
            Stage::Rcpt,
            "550 5.1.1 marbles@pblack.example no such user",
            Kind::NoSuchPerson,
        ),
        (Stage::End, "554 5.0.0 garbled content", Kind::Other),
    ] {
        let words = words.replacen("550-5", "550 5", 1);
        assert_eq!(kind(stage, &words), expected, "{words}");
    }
}

#[test]
fn what_never_got_to_words_has_its_own() {
    for (cause, expected) in [
        (Cause::NoSuchDomain, Kind::NoSuchDomain),
        (Cause::NullMx, Kind::NullMx),
        (Cause::Dns, Kind::Dns),
        (Cause::Refused, Kind::Refused),
        (Cause::TimedOut, Kind::TimedOut),
        (Cause::NoNetwork, Kind::NoNetwork),
        (Cause::Unreadable, Kind::Unreadable),
        (Cause::Tls, Kind::NoTls),
        (Cause::RelayLogin, Kind::RelayLogin),
        (Cause::Lacks(crate::Extension::RequireTls), Kind::NoTls),
        (Cause::Loop, Kind::Loop),
    ] {
        assert_eq!(classify(&Finding::of(cause, "pbl spam")), expected);
    }
    assert_eq!(
        kind(Stage::Login, "535 5.7.8 bad credentials"),
        Kind::RelayLogin
    );
}

#[test]
fn sentences_name_who_and_where_and_never_the_remotes_words() {
    let bob = Address::parse("bob@far.example").unwrap();
    let told = explain(
        &said(Stage::Rcpt, "550 5.1.1 evil <script>"),
        &bob,
        "mx.far.example",
    );
    assert_eq!(told.what, "There is no mailbox bob@far.example.");
    assert!(told.advice.contains("typing error"));
    let home = explain(
        &said(Stage::Rcpt, "550 5.7.1 residential"),
        &bob,
        "mx.far.example",
    );
    assert!(home.what.contains("home connections") && home.advice.contains("pillarbox relay set"));
    let nowhere = explain(&Finding::of(Cause::TimedOut, "x"), &bob, "");
    assert!(nowhere.what.starts_with("the other side") || nowhere.what.starts_with("The other"));
    let days = explain_expired(
        &Finding::of(Cause::TimedOut, "x"),
        &bob,
        "mx.far.example",
        5,
    );
    assert!(days.what.contains("for 5 days") && days.what.contains("mx.far.example did not"));
}

#[test]
fn kept_words_are_understood_again() {
    let bob = Address::parse("bob@far.example").unwrap();
    let kind = |words| explain_words(words, &bob, "mx").kind;
    assert_eq!(kind("452 4.2.2 full"), Kind::MailboxFull);
    assert_eq!(kind("550 no such user"), Kind::NoSuchPerson);
    assert_eq!(kind("nothing came"), Kind::TimedOut);
    assert_eq!(kind(""), Kind::TimedOut);
    assert_eq!(kind("4\u{e9}"), Kind::TimedOut);
}

#[test]
fn words_become_one_bounded_line() {
    use crate::finding::{WORDS_MAX, one_line};
    assert_eq!(one_line(" a\r\nb\t\0c\u{1b}[31m  d "), "a b c [31m d");
    let long = one_line(&"\u{e9} ".repeat(2000));
    assert!(long.len() <= WORDS_MAX && long.ends_with('\u{e9}'));
}
