use super::*;

const STRICT: Dialect = Dialect {
    lax_paths: false,
    auth: false,
    require_tls: false,
    submission: false,
};
const LAX: Dialect = Dialect {
    lax_paths: true,
    auth: true,
    require_tls: true,
    submission: true,
};

fn strict(line: &str) -> Result<Command<'_>, CommandError> {
    Command::parse(line.as_bytes(), STRICT)
}

fn lax(line: &str) -> Result<Command<'_>, CommandError> {
    Command::parse(line.as_bytes(), LAX)
}

fn address(text: &str) -> Option<Address> {
    Some(Address::parse(text).unwrap())
}

fn mail_from(text: &str) -> Result<Command<'static>, CommandError> {
    Ok(Command::Mail(address(text), MailParameters::default()))
}

fn rcpt_to(text: &str) -> Result<Command<'static>, CommandError> {
    Ok(Command::Rcpt(
        ForwardPath::Mailbox(Address::parse(text).unwrap()),
        RcptParameters::default(),
    ))
}

#[test]
fn verbs_in_any_case_and_with_trailing_spaces() {
    for (line, command) in [
        ("DATA", Command::Data),
        ("data  ", Command::Data),
        ("rSeT", Command::Rset),
        ("NOOP", Command::Noop),
        ("NOOP whatever you say", Command::Noop),
        ("quit", Command::Quit),
        ("VRFY Crispin", Command::Vrfy),
        ("EXPN Example-People", Command::Expn),
        ("HELP", Command::Help),
        ("HELP MAIL", Command::Help),
        ("StartTLS", Command::StartTls),
        ("HELO box", Command::Helo("box")),
        ("EHLO [192.0.2.1]", Command::Ehlo("[192.0.2.1]")),
        (
            "EHLO [IPv6:2001:db8::1]",
            Command::Ehlo("[IPv6:2001:db8::1]"),
        ),
        ("EHLO my_pc", Command::Ehlo("my_pc")),
        ("EHLO bücher.example", Command::Ehlo("bücher.example")),
    ] {
        assert_eq!(strict(line), Ok(command), "{line}");
    }
}

#[test]
fn what_is_no_command() {
    use CommandError as E;
    for (line, error) in [
        ("", E::Unknown),
        (" ", E::Unknown),
        (" NOOP", E::Unknown),
        ("NOOPER", E::Unknown),
        ("DATA now", E::Arguments),
        ("QUIT now", E::Arguments),
        ("RSET all", E::Arguments),
        ("STARTTLS now", E::Arguments),
        ("VRFY", E::Arguments),
        ("EXPN", E::Arguments),
        ("HELO", E::Arguments),
        ("EHLO  ", E::Arguments),
        ("EHLO a b", E::Name),
        ("EHLO <script>", E::Name),
        ("EHLO a(comment)", E::Name),
        ("EHLO \u{2003}", E::Name),
        ("NOOP a\tb", E::Characters),
        ("MAIL FROM:<a\rX-Pwned: 1@example.org>", E::Characters),
        ("MAIL FROM:<a\0@example.org>", E::Characters),
        ("NOOP \u{85}", E::Characters),
        ("NOOP \x7f", E::Characters),
    ] {
        assert_eq!(strict(line), Err(error), "{line:?}");
    }
    assert_eq!(Command::parse(b"NOOP \xff", STRICT), Err(E::Characters));
    assert_eq!(
        Command::parse(b"RCPT TO:<\xc3@example.org>", STRICT),
        Err(E::Characters)
    );
    let long = format!("EHLO {}", "a".repeat(256));
    assert_eq!(strict(&long), Err(E::Name));
}

#[test]
fn paths() {
    for (line, path) in [
        ("RCPT TO:<a@example.org>", "a@example.org"),
        ("rcpt to:<a@EXAMPLE.org> ", "a@EXAMPLE.org"),
        ("RCPT TO:<\"a b\"@example.org>", "\"a b\"@example.org"),
        ("RCPT TO:<\"a>b\"@example.org>", "\"a>b\"@example.org"),
        (
            "RCPT TO:<\"a\\\"> b\"@example.org>",
            "\"a\\\"> b\"@example.org",
        ),
        ("RCPT TO:<\"\"@example.org>", "\"\"@example.org"),
        ("RCPT TO:<a@[192.0.2.1]>", "a@[192.0.2.1]"),
        ("RCPT TO:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"),
        ("RCPT TO:<@one.example:a@example.org>", "a@example.org"),
        (
            "RCPT TO:<@one.example,@two.example:a@example.org>",
            "a@example.org",
        ),
        ("RCPT TO:<Postmaster@example.org>", "Postmaster@example.org"),
        (
            "RCPT TO:<δοκιμή@παράδειγμα.example>",
            "δοκιμή@παράδειγμα.example",
        ),
    ] {
        assert_eq!(strict(line), rcpt_to(path), "{line}");
    }
    for line in ["RCPT TO:<Postmaster>", "RCPT TO:<POSTMASTER>"] {
        assert_eq!(
            strict(line),
            Ok(Command::Rcpt(
                ForwardPath::Postmaster,
                RcptParameters::default()
            ))
        );
    }
    assert_eq!(
        strict("MAIL FROM:<>"),
        Ok(Command::Mail(None, MailParameters::default()))
    );
    assert_eq!(
        strict("mail from:<a@example.org>"),
        mail_from("a@example.org")
    );
    assert_eq!(
        strict("MAIL FROM:<@one.example:a@example.org>"),
        mail_from("a@example.org")
    );
}

#[test]
fn broken_paths() {
    use CommandError as E;
    for (line, error) in [
        ("RCPT TO:<>", E::ForwardPath),
        ("RCPT TO:<a>", E::ForwardPath),
        ("RCPT TO:<a@>", E::ForwardPath),
        ("RCPT TO:<@example.org>", E::ForwardPath),
        ("RCPT TO:<@example.org:>", E::ForwardPath),
        ("RCPT TO:<@:a@example.org>", E::ForwardPath),
        ("RCPT TO:<@a,b:c@example.org>", E::ForwardPath),
        ("RCPT TO:<a@b@example.org>", E::ForwardPath),
        ("RCPT TO:<a b@example.org>", E::ForwardPath),
        ("RCPT TO:<group: a@example.org;>", E::ForwardPath),
        ("RCPT TO:<A <a@example.org>>", E::RcptSyntax),
        ("RCPT TO:a@example.org", E::RcptSyntax),
        ("RCPT TO:<a@example.org", E::RcptSyntax),
        ("RCPT TO:<\"a@example.org>", E::RcptSyntax),
        ("RCPT TO:<a@example.org>x", E::RcptSyntax),
        ("RCPT TO: <a@example.org>", E::RcptSyntax),
        ("RCPT TO :<a@example.org>", E::RcptSyntax),
        ("RCPT  TO:<a@example.org>", E::RcptSyntax),
        ("RCPT <a@example.org>", E::RcptSyntax),
        ("RCPT", E::RcptSyntax),
        ("RCPT TÖ:<a@example.org>", E::RcptSyntax),
        ("MAIL", E::MailSyntax),
        ("MAIL FROM: <a@example.org>", E::MailSyntax),
        ("MAIL FROM:", E::MailSyntax),
        ("MAIL FROM:<a@example..org>", E::ReversePath),
        ("MAIL FROM:<postmaster>", E::ReversePath),
    ] {
        assert_eq!(strict(line), Err(error), "{line}");
    }
}

/// Outlook's space (A3) is passed over on submission only.
#[test]
fn spaces_behind_the_colon() {
    assert_eq!(
        lax("MAIL FROM: <a@example.org>"),
        mail_from("a@example.org")
    );
    assert_eq!(lax("RCPT TO:  <a@example.org>"), rcpt_to("a@example.org"));
    assert_eq!(lax("RCPT TO: a@example.org"), Err(CommandError::RcptSyntax));
}

#[test]
fn parameters() {
    let all = "MAIL FROM:<a@example.org> size=1000  BODY=8bitmime SMTPUTF8 REQUIRETLS AUTH=e+3Dmc2@example.com";
    let read = MailParameters {
        size: Some(1000),
        body: BodyType::EightBitMime,
        smtputf8: true,
        require_tls: true,
        ..MailParameters::default()
    };
    assert_eq!(lax(all), Ok(Command::Mail(address("a@example.org"), read)));
    assert!(lax("MAIL FROM:<a@example.org> AUTH=<>").is_ok());
    let huge = MailParameters {
        size: Some(u64::MAX),
        ..MailParameters::default()
    };
    let line = "MAIL FROM:<> SIZE=99999999999999999999";
    assert_eq!(strict(line), Ok(Command::Mail(None, huge)));
    let binary = MailParameters {
        body: BodyType::BinaryMime,
        ..MailParameters::default()
    };
    assert_eq!(
        strict("MAIL FROM:<> BODY=BINARYMIME"),
        Ok(Command::Mail(None, binary))
    );
    let body = MailParameters {
        body: BodyType::SevenBit,
        ..MailParameters::default()
    };
    assert_eq!(
        strict("MAIL FROM:<> BODY=7BIT"),
        Ok(Command::Mail(None, body))
    );
}

#[test]
fn broken_parameters() {
    use CommandError as E;
    for (parameters, error) in [
        ("SIZE", E::BadParameter),
        ("SIZE=", E::BadParameter),
        ("SIZE=-1", E::BadParameter),
        ("SIZE=1 SIZE=1", E::BadParameter),
        ("SIZE=100000000000000000000", E::BadParameter),
        ("BODY=9BIT", E::BadParameter),
        ("BODY=7BIT BODY=7BIT", E::BadParameter),
        ("SMTPUTF8=yes", E::BadParameter),
        ("SMTPUTF8 SMTPUTF8", E::BadParameter),
        ("-X=1", E::BadParameter),
        ("=1", E::BadParameter),
        ("A=b=c", E::BadParameter),
        ("HOLDFOR=1", E::UnknownParameter),
        ("HOLDUNTIL=2026-11-22T06:30:00Z", E::UnknownParameter),
        ("MT-PRIORITY=0", E::UnknownParameter),
        ("X", E::UnknownParameter),
        ("AUTH=<>", E::UnknownParameter),
        ("REQUIRETLS", E::UnknownParameter),
    ] {
        assert_eq!(
            strict(&format!("MAIL FROM:<> {parameters}")),
            Err(error),
            "{parameters}"
        );
    }
    for bad in ["AUTH", "AUTH=a+b", "AUTH=a+3", "AUTH=a+3d", "REQUIRETLS=1"] {
        assert_eq!(
            lax(&format!("MAIL FROM:<> {bad}")),
            Err(E::BadParameter),
            "{bad}"
        );
    }
    assert_eq!(
        strict("RCPT TO:<a@example.org> SIZE=1"),
        Err(E::UnknownParameter)
    );
    assert_eq!(strict("RCPT TO:<a@example.org> =x"), Err(E::BadParameter));
}

/// RFC 6531 §3.5. For RCPT the session decides, which knows what MAIL said.
#[test]
fn non_ascii_needs_its_parameter() {
    assert_eq!(
        strict("MAIL FROM:<ä@example.org>"),
        Err(CommandError::NeedsSmtpUtf8)
    );
    assert_eq!(
        strict("MAIL FROM:<a@exämple.org> BODY=8BITMIME"),
        Err(CommandError::NeedsSmtpUtf8)
    );
    assert!(strict("MAIL FROM:<ä@example.org> SMTPUTF8").is_ok());
}

#[test]
fn chunks() {
    assert_eq!(
        strict("BDAT 1000"),
        Ok(Command::Bdat {
            size: 1000,
            last: false
        })
    );
    assert_eq!(
        strict("bdat 0 last"),
        Ok(Command::Bdat {
            size: 0,
            last: true
        })
    );
    assert_eq!(
        strict("BDAT 18446744073709551615"),
        Ok(Command::Bdat {
            size: u64::MAX,
            last: false
        })
    );
    for bad in [
        "BDAT",
        "BDAT ",
        "BDAT x",
        "BDAT -1",
        "BDAT +1",
        "BDAT 1 FIRST",
        "BDAT 1 LAST LAST",
        "BDAT  1",
        "BDAT 18446744073709551616",
        "BDAT LAST",
        "BDAT 1.0",
    ] {
        assert_eq!(strict(bad), Err(CommandError::Chunk), "{bad}");
    }
}

#[test]
fn log_ins() {
    assert_eq!(
        lax("AUTH plain"),
        Ok(Command::Auth {
            mechanism: "plain",
            initial: None
        })
    );
    assert_eq!(
        lax("AUTH PLAIN ="),
        Ok(Command::Auth {
            mechanism: "PLAIN",
            initial: Some("=")
        })
    );
    assert_eq!(
        lax("AUTH LOGIN dXNlcg=="),
        Ok(Command::Auth {
            mechanism: "LOGIN",
            initial: Some("dXNlcg==")
        })
    );
    assert_eq!(lax("AUTH"), Err(CommandError::Arguments));
    assert_eq!(lax("AUTH PLAIN a b"), Err(CommandError::Arguments));
}

#[test]
fn other_protocols() {
    for http in [
        &b"GET / HTTP/1.1"[..],
        b"post /",
        b"CONNECT mail:25 HTTP/1.1",
        b"PRI * HTTP/2.0",
    ] {
        assert!(is_http(http), "{http:?}");
    }
    for smtp in [&b"HELO get"[..], b"GET", b"RCPT TO:<a@b>", b""] {
        assert!(!is_http(smtp), "{smtp:?}");
    }
    assert!(is_tls(b"\x16\x03\x01"));
    assert!(!is_tls(b"EHLO"));
}

/// Every prefix, and every line with one octet replaced, is read without a panic.
#[test]
fn mutilated_lines() {
    let lines = [
        "MAIL FROM:<@a.example,@b.example:\"x\\\" y\"@[IPv6:2001:db8::1]> SIZE=1 AUTH=a+2B BODY=BINARYMIME SMTPUTF8",
        "RCPT TO:<δοκιμή@παράδειγμα.example> X=1",
        "BDAT 184467440737095516 LAST",
        "AUTH SCRAM-SHA-256 biwsbj11c2Vy",
    ];
    for line in lines {
        for end in 0..line.len() {
            let _ = Command::parse(&line.as_bytes()[..end], LAX);
            for octet in [
                0, b' ', b'"', b'<', b'>', b':', b'@', b'\\', b'=', 0x80, 0xff,
            ] {
                let mut line = line.as_bytes().to_vec();
                line[end] = octet;
                let _ = Command::parse(&line, LAX);
            }
        }
    }
}
