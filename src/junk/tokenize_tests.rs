use super::*;
use mail::source::slice;

const SEED: u64 = 7;

fn parse(text: &[u8]) -> Message {
    let mut parser = mail::Parser::new();
    parser.feed(text);
    parser.finish()
}

fn of(text: &[u8]) -> Tokens {
    let Ok(tokens) = tokenize(&parse(text), &mut slice(text), SEED);
    tokens
}

/// The names of all tokens.
fn names(text: &[u8]) -> Vec<String> {
    let all = of(text);
    let Ok(names) = spell(&parse(text), &mut slice(text), SEED, all.cells());
    assert_eq!(names.len(), all.cells().len());
    names.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn a_message_gives_its_words_hosts_addresses_and_parts() {
    let text = b"Received: from bad.host.example (x [192.0.2.77]) by mx.example; Mon, 1 Jan 2024 00:00:00 +0000\r\n\
        From: \"Big Win\" <Prize@mail.win.example>\r\nTo: a@b.example\r\nSubject: =?utf-8?q?FREE_money?=\r\n\
        X-Spam-Status: forged\r\nX-Mailer: Blaster 2\r\nDate: Mon, 1 Jan 2024 00:00:00 +0900\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        <p>Cl<!-- x -->ick <a href=3D\"http://good.example@www.evil.example:81/x\">h=\r\nere</a></p>\r\n\
        --b\r\nContent-Type: application/octet-stream; name=\"Invoice.exe\"\r\n\r\nMZ\r\n--b--\r\n";
    let names = names(text);
    for expected in [
        "\"click\"",
        "\"here\"",
        "\"click here\"",
        "\"free\"",
        "subject: \"free\"",
        "subject: \"FREE\"",
        "subject: \"free money\"",
        "from: \"prize@mail.win.example\"",
        "from: \"win.example\"",
        "from: \"big win\"",
        "received: \"bad.host.example\"",
        "received: \"192.0.2.\"",
        "received: \"192.0.\"",
        "link: \"www.evil.example\"",
        "link: \"evil.example\"",
        "link: \"a port\"",
        "link: \"a name before the host\"",
        "mailer: \"blaster 2\"",
        "time zone +0900",
        "Message-ID without a host",
        "win.example not seen in Received",
        "subject of two words",
        "no link to its sender",
        "x-mailer before date",
        "attachment type: \"exe\"",
        "attachment: \"invoice.exe\"",
        "type: \"application/octet-stream\"",
    ] {
        assert!(
            names.iter().any(|name| name == expected),
            "{expected} is not in {names:#?}"
        );
    }
    assert!(!names.iter().any(|name| name.contains("forged")
        || name.contains("spam")
        || name.contains("mx.example")));
}

#[test]
fn another_seed_gives_other_cells() {
    let text = b"Subject: a b c d\r\n\r\nwords and more words\r\n";
    let Ok(other) = tokenize(&parse(text), &mut slice(text), SEED + 1);
    let mine = of(text);
    assert!(mine.cells().len() > 20);
    assert!(
        mine.cells()
            .iter()
            .filter(|c| other.cells().contains(c))
            .count()
            < 3
    );
}

#[test]
fn hostile_messages_cost_bounded_tokens() {
    let long = |head: &str, piece: &str| {
        let mut text = head.as_bytes().to_vec();
        while text.len() < 300_000 {
            text.extend_from_slice(piece.as_bytes());
        }
        text
    };
    let html = "Content-Type: text/html\r\n\r\n";
    for text in [
        long("Subject: ", "a b "),
        long("", "X: y\r\n"),
        long("", "Received: from a.b.c.d.e.f ([1.2.3.4])\r\n"),
        long("From: ", "a@b.c.d, "),
        long("References: ", "<a@b.c.d> "),
        long("\r\n", "http://"),
        long("\r\n", "http://a.b/ "),
        long("\r\n", "www."),
        long("\r\n", "\u{6f22}"),
        long(html, "<a"),
        long(html, "<a>"),
        long(html, "<"),
        long(html, "&#"),
        long("Content-Transfer-Encoding: base64\r\n\r\n", "===="),
        long(
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            "= \r\n",
        ),
        long(
            "Content-Type: multipart/mixed; boundary=b\r\n",
            "\r\n--b\r\n\r\na",
        ),
        long("", "a.b.c.d"),
        Vec::new(),
    ] {
        let tokens = of(&text);
        assert!(tokens.cells().len() <= limits::HEADER_TOKENS_MAX + limits::TEXT_TOKENS_MAX);
        assert!(tokens.cells().is_sorted() && tokens.cells().iter().all(|&c| c < crate::CELLS));
    }
}

#[test]
fn an_error_of_the_source_is_handed_on() {
    let text = b"Subject: a\r\n\r\nb\r\n";
    let mut read = |_: u64, _: &mut [u8]| Err::<usize, &str>("gone");
    assert_eq!(tokenize(&parse(text), &mut read, SEED), Err("gone"));
}
