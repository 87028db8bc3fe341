use super::*;
use crate::source::slice;
use crate::{Message, Parser};

const LETTER: &[u8] = b"From: Ann <ann@house.example>\r\nTo: bob@far.example\r\nSubject: =?utf-8?q?Mittag=3F?=\r\n\
    Date: Sun, 22 Nov 2026 02:00:00 +0100\r\nMessage-ID: <a1@house.example>\r\n\r\nShall we?\r\n--x\r\n";

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn failed(to: &str) -> RecipientReport {
    RecipientReport {
        action: Kind::Failed,
        original: Some(format!("rfc822;{to}")),
        recipient: address(to),
        status: EnhancedStatus::new(5, 1, 1),
        remote: Some("mx.far.example".to_owned()),
        words: Some(Words::Remote("550 5.1.1 No such user here".to_owned())),
        last_attempt: Some(DateTime::utc(1_795_314_234)),
        retry_until: None,
        reason: "There is no mailbox of that name at far.example.".to_owned(),
        advice: "Look for a typing mistake in the address, and send the letter again.".to_owned(),
    }
}

fn report() -> Report {
    Report {
        kind: Kind::Failed,
        host: "box.example".to_owned(),
        from: address("postmaster@box.example"),
        to: address("ann@house.example"),
        date: DateTime::utc(1_795_314_300),
        unique: [7; 16],
        arrival: Some(DateTime::utc(1_795_314_000)),
        envid: Some("QQ 314=159".to_owned()),
        content: Content::Headers,
        smtputf8: false,
        recipients: vec![failed("bob@far.example")],
    }
}

fn written(report: &Report, letter: &[u8]) -> (String, Written) {
    let mut out = Vec::new();
    let mut read = slice(letter);
    let original = Original {
        size: letter.len() as u64,
        read: &mut read,
    };
    let written = write(report, original, &mut |octets| {
        out.extend_from_slice(octets);
        Ok(())
    })
    .unwrap();
    assert_eq!(written.size, out.len() as u64);
    (String::from_utf8_lossy(&out).into_owned(), written)
}

fn parse(text: &str) -> Message {
    let mut parser = Parser::new();
    parser.feed(text.as_bytes());
    parser.finish()
}

fn types(message: &Message) -> Vec<String> {
    message
        .parts
        .iter()
        .map(|p| format!("{}/{} {}", p.media_type, p.subtype, p.encoding))
        .collect()
}

fn slice_of(text: &str, range: std::ops::Range<u64>) -> &str {
    text.get(range.start as usize..range.end as usize).unwrap()
}

#[test]
fn a_failure_is_plain_to_a_person_who_never_saw_one() {
    let (text, needs) = written(&report(), LETTER);
    let expected = "From: \"Mail delivery at box.example\" <postmaster@box.example>\r\n\
        To: <ann@house.example>\r\n\
        Subject: Not delivered: Mittag?\r\n\
        Date: Sun, 22 Nov 2026 02:25:00 +0000\r\n\
        Message-ID: <a4dqobyha4dqobyha4dqobyha4@box.example>\r\n\
        In-Reply-To: <a1@house.example>\r\n\
        References: <a1@house.example>\r\n\
        Auto-Submitted: auto-replied\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status;\r\n\
        \x20boundary=\"a4dqobyha4dqobyha4dqobyha4\"\r\n\
        \r\n\
        This is a report about a letter, for mail programs that know MIME.\r\n\
        \r\n\
        --a4dqobyha4dqobyha4dqobyha4\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: 7bit\r\n\
        \r\n\
        Your letter was not delivered.\r\n\
        \r\n\
        \x20   Subject: Mittag?\r\n\
        \x20   Sent: Sun, 22 Nov 2026 02:00:00 +0100\r\n\
        \r\n\
        It could not be delivered to:\r\n\
        \r\n\
        \x20   bob@far.example\r\n\
        \r\n\
        What happened: There is no mailbox of that name at far.example.\r\n\
        \r\n\
        What you can do: Look for a typing mistake in the address, and send the\r\n\
        letter again.\r\n\
        \r\n\
        The mail server mx.far.example said:\r\n\
        \r\n\
        \x20   > 550 5.1.1 No such user here\r\n\
        \r\n\
        The first lines of your letter (its header) are attached, so that you\r\n\
        can tell which one it was.\r\n\
        The attachment before it is for mail programs, and for people who look\r\n\
        after them.\r\n\
        \r\n\
        This was written by the mail server box.example, not by a person.\r\n\
        \r\n\
        --a4dqobyha4dqobyha4dqobyha4\r\n\
        Content-Type: message/delivery-status\r\n\
        Content-Transfer-Encoding: 7bit\r\n\
        \r\n\
        Original-Envelope-Id: QQ 314=159\r\n\
        Reporting-MTA: dns; box.example\r\n\
        Arrival-Date: Sun, 22 Nov 2026 02:20:00 +0000\r\n\
        \r\n\
        Original-Recipient: rfc822; bob@far.example\r\n\
        Final-Recipient: rfc822; bob@far.example\r\n\
        Action: failed\r\n\
        Status: 5.1.1\r\n\
        Remote-MTA: dns; mx.far.example\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n\
        Last-Attempt-Date: Sun, 22 Nov 2026 02:23:54 +0000\r\n\
        \r\n\
        --a4dqobyha4dqobyha4dqobyha4\r\n\
        Content-Type: text/rfc822-headers\r\n\
        Content-Transfer-Encoding: 7bit\r\n\
        \r\n\
        From: Ann <ann@house.example>\r\n\
        To: bob@far.example\r\n\
        Subject: =?utf-8?q?Mittag=3F?=\r\n\
        Date: Sun, 22 Nov 2026 02:00:00 +0100\r\n\
        Message-ID: <a1@house.example>\r\n\
        \r\n\
        --a4dqobyha4dqobyha4dqobyha4--\r\n";
    assert_eq!(text, expected);
    assert_eq!(
        needs,
        Written {
            size: text.len() as u64,
            ..Written::default()
        }
    );
}

#[test]
fn every_kind_says_what_became_of_the_letter() {
    let rows = [
        (
            Kind::Failed,
            "Not delivered: ",
            "Your letter was not delivered.",
            "Action: failed",
        ),
        (
            Kind::Delayed,
            "Not delivered yet: ",
            "You need not send it again.",
            "Action: delayed",
        ),
        (
            Kind::Delivered,
            "Delivered: ",
            "It was put into the mailbox of:",
            "Action: delivered",
        ),
        (
            Kind::Relayed,
            "Passed on: ",
            "which does not tell us more, for:",
            "Action: relayed",
        ),
        (
            Kind::Expanded,
            "Passed on to a list: ",
            "everyone who gets mail for:",
            "Action: expanded",
        ),
    ];
    for (kind, subject, words, action) in rows {
        let recipient = RecipientReport {
            action: kind,
            retry_until: Some(DateTime::utc(1_795_700_000)),
            ..failed("bob@far.example")
        };
        let (text, _) = written(
            &Report {
                kind,
                recipients: vec![recipient],
                ..report()
            },
            LETTER,
        );
        assert!(
            text.contains(&format!("\r\nSubject: {subject}Mittag?\r\n")),
            "{text}"
        );
        let words = words.to_owned();
        assert!(text.replace("\r\n", " ").contains(&words), "{text}");
        assert!(text.contains(action), "{text}");
        let delayed = kind == Kind::Delayed;
        assert_eq!(
            text.contains("Will-Retry-Until: Thu, 26 Nov 2026 13:33:20 +0000"),
            delayed
        );
        assert_eq!(
            text.replace("\r\n", " ")
                .contains("We keep trying until Thu, 26 Nov 2026 13:33:20 +0000."),
            delayed
        );
    }
}

#[test]
fn recipients_with_one_explanation_share_it_and_lists_are_bounded() {
    let mut recipients: Vec<_> = (0..1000)
        .map(|n| failed(&format!("u{n}@far.example")))
        .collect();
    let (text, _) = written(
        &Report {
            recipients: recipients.clone(),
            ..report()
        },
        LETTER,
    );
    assert_eq!(text.matches("What happened:").count(), 1);
    assert!(text.contains("    u19@far.example\r\n    and 980 more\r\n"));
    assert_eq!(text.matches("Final-Recipient:").count(), 1000);
    for (n, recipient) in recipients.iter_mut().enumerate() {
        recipient.reason = format!("Reason {n}.");
    }
    let (text, _) = written(
        &Report {
            recipients,
            ..report()
        },
        LETTER,
    );
    assert_eq!(text.matches("What happened:").count(), 20);
    assert!(text.contains("980 more recipients are listed"));
}

#[test]
fn the_whole_letter_comes_back_with_a_failure_only() {
    let full = Report {
        content: Content::Full,
        ..report()
    };
    let (text, needs) = written(&full, LETTER);
    let message = parse(&text);
    assert_eq!(
        types(&message),
        [
            "multipart/report 7bit",
            "text/plain 7bit",
            "message/delivery-status 7bit",
            "message/rfc822 7bit",
            "text/plain 7bit"
        ]
    );
    let range = message.parts[3].body.clone();
    assert_eq!(
        text.as_bytes()[range.start as usize..range.end as usize],
        *LETTER
    );
    assert_eq!(
        (needs.eight_bit, needs.binary, needs.smtputf8),
        (false, false, false)
    );
    let delayed = RecipientReport {
        action: Kind::Delayed,
        ..failed("bob@far.example")
    };
    let (text, _) = written(
        &Report {
            kind: Kind::Delayed,
            recipients: vec![delayed],
            ..full.clone()
        },
        LETTER,
    );
    assert!(text.contains("text/rfc822-headers") && !text.contains("Shall we?"));
    // What the letter needs, the report needs.
    let (_, needs) = written(&full, b"Subject: s\r\n\r\n\xE9\r\n");
    assert_eq!(
        (needs.eight_bit, needs.binary, needs.smtputf8),
        (true, false, false)
    );
    let (text, needs) = written(&full, b"Subject: s\r\n\r\n\0\r\n");
    assert!(text.contains("Content-Transfer-Encoding: binary"));
    assert_eq!(
        (needs.eight_bit, needs.binary, needs.smtputf8),
        (false, true, false)
    );
}

#[test]
fn international_letters_are_reported_in_utf8_or_seven_bits() {
    let letter = "From: jörg@exämple.org\r\nSubject: Grüße\r\n\r\nHallo\r\n".as_bytes();
    let mut recipient = failed("zoë@exämple.org");
    recipient.original = Some("utf-8;zoë@exämple.org".to_owned());
    recipient.words = Some(Words::Remote("550 gibt es nicht: zoë".to_owned()));
    let global = Report {
        smtputf8: true,
        to: address("jörg@exämple.org"),
        recipients: vec![recipient],
        ..report()
    };
    let (text, needs) = written(&global, letter);
    assert!(needs.smtputf8 && needs.eight_bit);
    assert_eq!(
        types(&parse(&text)),
        [
            "multipart/report 8bit",
            "text/plain 8bit",
            "message/global-delivery-status 8bit",
            "message/global-headers 8bit"
        ]
    );
    for part in [
        "\r\nTo: <jörg@exämple.org>\r\n",
        "\r\nSubject: Not delivered: Grüße\r\n",
        "\r\nOriginal-Recipient: utf-8; zoë@exämple.org\r\nFinal-Recipient: utf-8; zoë@exämple.org\r\n",
        "\r\nDiagnostic-Code: smtp; 550 gibt es nicht: zoë\r\n",
        "\r\nFrom: jörg@exämple.org\r\n",
    ] {
        assert!(text.contains(part), "{part}");
    }
    // To someone whose server knows nothing of it: the same in ASCII.
    let ascii = Report {
        smtputf8: false,
        to: address("ann@exämple.org"),
        ..global.clone()
    };
    let (text, needs) = written(&ascii, letter);
    assert!(text.is_ascii() && !needs.smtputf8 && !needs.eight_bit);
    assert_eq!(
        types(&parse(&text)),
        [
            "multipart/report 7bit",
            "text/plain quoted-printable",
            "message/delivery-status 7bit",
            "message/global-headers quoted-printable"
        ]
    );
    for part in [
        "\r\nTo: <ann@xn--exmple-cua.org>\r\n",
        "\r\nSubject: Not delivered: =?utf-8?b?R3LDvMOfZQ==?=\r\n",
        "\r\nOriginal-Recipient: utf-8; zo\\x{EB}@ex\\x{E4}mple.org\r\n",
        "\r\nDiagnostic-Code: smtp; 550 gibt es nicht: =?utf-8?q?zo=C3=AB?=\r\n",
        "\r\n    zo=C3=AB@ex=C3=A4mple.org\r\n",
        "\r\nFrom: j=C3=B6rg@ex=C3=A4mple.org\r\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (text, needs) = written(
        &Report {
            content: Content::Full,
            ..ascii
        },
        letter,
    );
    assert!(text.is_ascii() && !needs.eight_bit);
    assert!(text.contains("Content-Type: message/global\r\nContent-Transfer-Encoding: base64"));
    let (text, needs) = written(
        &Report {
            content: Content::Full,
            ..global
        },
        letter,
    );
    assert!(
        needs.smtputf8
            && text.contains("Content-Type: message/global\r\nContent-Transfer-Encoding: 8bit")
    );
    // A letter that merely might have used it is reported in ASCII.
    let (_, needs) = written(
        &Report {
            smtputf8: true,
            ..report()
        },
        LETTER,
    );
    assert!(!needs.smtputf8);
}

#[test]
fn returned_headers_are_bounded_and_of_short_lines() {
    let long = format!("A: b\r\nX-Long: {}\r\n\r\nbody", "x".repeat(2 * HEADER_MAX));
    let (text, needs) = written(&report(), long.as_bytes());
    assert!(
        text.ends_with("\r\n\r\nA: b\r\n\r\n--a4dqobyha4dqobyha4dqobyha4--\r\n") && !needs.binary
    );
    let line = format!("X-Long: {}\r\nB: \0\rc\n\nbody", "x".repeat(2000));
    let (text, needs) = written(&report(), line.as_bytes());
    assert!(
        !needs.binary
            && text.contains("text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable")
    );
    assert!(text.contains("\r\nB:   c\r\n"));
    let (text, _) = written(&report(), b"Subject: \xE9\xE8\r\n\r\n");
    assert!(text.is_ascii() && text.contains("\r\nSubject: =E9=E8\r\n"));
    let (text, _) = written(&report(), b"");
    assert!(text.contains("Subject: Your letter was not delivered\r\n"));
}

#[test]
fn a_source_that_fails_fails_the_report() {
    let mut read = |offset: u64, _: &mut [u8]| if offset == 0 { Err("gone") } else { Ok(0) };
    let original = Original {
        size: 10,
        read: &mut read,
    };
    assert_eq!(write(&report(), original, &mut |_| Ok(())), Err("gone"));
}

#[path = "dsn/hostile_tests.rs"]
mod hostile;
