//! Nobody gets a second message out of one (users.md B1), nor commands out of another protocol (B5).

use super::super::*;
use super::player::*;

const START: &str = "
    S: 220 ...
    C: HELO attacker.example
    S: 250 ...
    C: MAIL FROM:<a@attacker.example>
    S: 250 ...
    C: RCPT TO:<alice@example.org>
    S: 250 ...
    C: DATA
    S: 354 ...
";

/// Each false end is read over, the real one is answered with the reason, and then it is over: the smuggled commands are content and the
/// ones behind the real end are not carried out.
#[test]
fn false_ends() {
    for (end, reason) in [
        (r"\n.\n", "LF without CR"),
        (r"\n.\r\n", "LF without CR"),
        (r"\r\n.\n", "LF without CR"),
        (r"\r.\r", "CR without LF"),
        (r"\r.\r\n", "CR without LF"),
        (r"\r\n.\r", "CR without LF"),
        (r"\r\n.\r\r\n", "CR without LF"),
        (r"\n.\r", "LF without CR"),
        (r"\r.\n", "CR without LF"),
        (r"\n\n.\r\n", "LF without CR"),
        (r"\r\n\0.\r\n", "holds a NUL"),
        (r"\r\n.\0\r\n", "holds a NUL"),
    ] {
        let script = format!(
            r"{START}
            R: Subject: one\r\n\r\nlorem{end}MAIL FROM:<admin@example.org>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n
            R: Subject: two\r\n\r\nipsum\r\n.\r\n
            S: 550 5.6.0 The message ...
            CLOSED
            C: NOOP"
        );
        let world = world(&script);
        assert!(world.kept.is_empty(), "{end}");

        let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
        stage.feed(b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n");
        let octets = end
            .replace("\\r", "\r")
            .replace("\\n", "\n")
            .replace("\\0", "\0");
        stage.said();
        stage.feed(format!("a{octets}").as_bytes());
        assert_eq!(
            (stage.said().as_str(), stage.closed),
            ("", false),
            "{end} ends nothing"
        );
        stage.feed(b"\r\n.\r\n");
        assert!(stage.said().contains(reason), "{end}");
        assert!(stage.closed && stage.world.kept.is_empty());
    }
}

/// What was handed on before the fault is taken back.
#[test]
fn content_is_taken_back() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    stage.feed(b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n");
    stage.feed(b"first\r\n");
    assert_eq!(stage.world.discards, 0);
    stage.feed(b"second\n");
    assert_eq!(stage.world.discards, 1);
    stage.feed(b"third\r\n.\r\n");
    assert_eq!(
        (stage.world.discards, stage.world.kept.len(), stage.closed),
        (1, 0, true)
    );
}

/// A message that holds what looks like commands is a message.
#[test]
fn commands_in_content() {
    let world = world(&format!(
        "{START}
         C: MAIL FROM:<b@attacker.example>
         C: ..
         C: DATA
         C: .
         S: 250 ...
         C: QUIT
         S: 221 ...
         CLOSED"
    ));
    assert_eq!(
        world.kept[0].1,
        b"MAIL FROM:<b@attacker.example>\r\n.\r\nDATA\r\n"
    );
}

/// A line that ends with LF alone is no line, and nothing behind it is read.
#[test]
fn bare_lf_in_commands() {
    let world = world(
        r"S: 220 ...
          R: HELO attacker.example\nMAIL FROM:<a@attacker.example>\r\n
          S: 500 5.5.2 A line ends with CRLF, not with LF alone
          CLOSED",
    );
    assert!(world.kept.is_empty());
}

#[test]
fn control_characters_in_commands() {
    world(
        r"S: 220 ...
          C: HELO a
          S: 250 ...
          R: MAIL FROM:<a\rX-Pwned: 1@example.org>\r\n
          S: 501 5.5.2 Control characters ...
          R: MAIL FROM:<a\0@example.org>\r\n
          S: 501 5.5.2 Control characters ...",
    );
}

#[test]
fn http_ends_it() {
    world(
        "S: 220 ...
         C: POST /mail HTTP/1.1
         S: 554 5.5.1 This is a mail server; it does not speak HTTP
         CLOSED
         C: Host: box.example
         C:
         C: HELO a",
    );
}

/// TLS on a port for plain text: not one octet of it is answered.
#[test]
fn tls_hello_ends_it() {
    let mut stage = Stage::new(profile(Kind::World, Tls::Available), Limits::default());
    stage.said();
    stage.feed(b"\x16");
    assert_eq!((stage.said().as_str(), stage.closed), ("", true));
}

/// Three tries for who speaks something else.
#[test]
fn few_bad_commands() {
    world(
        "S: 220 ...
         C: * OK IMAP4rev2
         S: 500 5.5.1 ...
         C: USER alice
         S: 500 5.5.1 ...
         C: \u{1f600}
         S: 500 5.5.1 ...
         S: 421 4.7.0 Too many errors
         CLOSED",
    );
}
