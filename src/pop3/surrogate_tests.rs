//! Headers with more than ASCII, and what a client that cannot take it gets.

use super::*;

/// The surrogate of a message, which must not depend on how the message comes.
#[track_caller]
fn surrogate(message: &[u8]) -> Vec<u8> {
    let with_pieces_of = |size| {
        let (mut surrogate, mut out) = (Surrogate::new(), Vec::new());
        message
            .chunks(size)
            .for_each(|piece| surrogate.push(piece, |octets| out.extend_from_slice(octets)));
        surrogate.finish(|octets| out.extend_from_slice(octets));
        out
    };
    let whole = with_pieces_of(message.len().max(1));
    let sizes = (1..message.len().min(100)).chain([LONGEST - 1, LONGEST, LONGEST + 1]);
    for size in sizes {
        assert!(with_pieces_of(size) == whole, "in pieces of {size}");
    }
    whole
}

/// The header line that becomes of one, with encoded-words in clear as `[charset:text]`.
#[track_caller]
fn line(line: &str) -> String {
    clear(&surrogate(
        &[line.as_bytes(), b"\r\n\r\nb\xc3\xb6dy\r\n"].concat(),
    ))
}

#[track_caller]
fn clear(message: &[u8]) -> String {
    let header = String::from_utf8_lossy(message).into_owned();
    let header = header.split("\r\n\r\n").next().unwrap().to_owned();
    assert!(header.is_ascii(), "{header}");
    let (mut shown, mut rest) = (String::new(), header.as_str());
    while let Some((before, word)) = rest.split_once("=?") {
        let Some((charset, word)) = word.split_once("?B?") else {
            break;
        };
        let (text, after) = word.split_once("?=").unwrap();
        assert!(
            charset.len() + text.len() + 7 <= 75,
            "too long an encoded-word: {text}"
        );
        let text = STANDARD.decode(text).unwrap();
        let latin = || text.iter().map(|octet| char::from(*octet)).collect();
        let text = if charset == "utf-8" {
            String::from_utf8(text.clone()).unwrap()
        } else {
            latin()
        };
        shown += &format!("{before}[{charset}:{text}]");
        rest = after;
    }
    shown + rest
}

#[test]
fn ascii_and_bodies_pass_as_they_are() {
    let message =
        "Subject: plain\r\nX: \0y\r\n z\r\n\r\nbödy \u{fffd}\r\n\r\nSubject: ö\r\n".as_bytes();
    assert_eq!(surrogate(message), message);
    for message in [
        &b""[..],
        b"\r\n",
        b"no header",
        b"A: b",
        b"\r",
        b"\xff\xff",
        b"\r\n\xff\r\n",
    ] {
        let expected = if message == b"\xff\xff" {
            b"=?windows-1252?B?//8=?="
        } else {
            message
        };
        assert_eq!(surrogate(message), expected);
    }
}

#[test]
fn texts_become_encoded_words() {
    assert_eq!(
        line("Subject: Grüße aus Köln heute"),
        "Subject: [utf-8:Grüße aus Köln] heute"
    );
    assert_eq!(line("Subject:ö"), "Subject:[utf-8:ö]");
    assert_eq!(line("X-Any: a\r\n b ü"), "X-Any: a\r\n b [utf-8:ü]");
    assert_eq!(line("Ünknown: x"), "??nknown: x");
    let latin = surrogate(b"Subject: caf\xe9 au lait\r\n\r\n");
    assert_eq!(clear(&latin), "Subject: [windows-1252:café] au lait");
}

#[test]
fn long_texts_become_several_words() {
    let shown = line(&format!("Subject: {}", "ж€".repeat(60)));
    let together: String = shown
        .split("\r\n ")
        .map(|word| {
            word.replace("Subject: ", "")
                .replace("[utf-8:", "")
                .replace(']', "")
        })
        .collect();
    assert_eq!(together, "ж€".repeat(60));
    assert!(shown.split("\r\n ").count() > 5);
}

#[test]
fn names_are_encoded_and_addresses_are_not() {
    let table = [
        (
            "From: Jürgen <j@example.org>",
            "From: [utf-8:Jürgen] <j@example.org>",
        ),
        (
            "From: Jürgen Müller <j@example.org>",
            "From: [utf-8:Jürgen] [utf-8: Müller] <j@example.org>",
        ),
        (
            "From: Ann Müller <j@example.org>",
            "From: Ann [utf-8:Müller] <j@example.org>",
        ),
        (
            "To: \"Müller, \\\"J\\\"\"<j@example.org>, b@c",
            "To: [utf-8:Müller, \"J\"] <j@example.org>, b@c",
        ),
        ("Cc: jürgen@example.org", "Cc: j??rgen@example.org"),
        (
            "Cc: <jürgen@exämple.org>, ö <b@c>",
            "Cc: <j??rgen@ex??mple.org>, [utf-8:ö] <b@c>",
        ),
        ("Bcc: a@b (Jürgen)", "Bcc: a@b ([utf-8:Jürgen])"),
        (
            "To: Gruppe Süd: a@b, c@d;",
            "To: Gruppe [utf-8:Süd]: a@b, c@d;",
        ),
        ("To: \"ö", "To: [utf-8:ö]"),
        ("To: <ö", "To: <??"),
        (
            "Message-ID: <ö@example.org>",
            "Message-ID: <??@example.org>",
        ),
        (
            "Content-Disposition: attachment; filename=\"föö.txt\"",
            "Content-Disposition: attachment; filename=\"[utf-8:föö.txt]\"",
        ),
        (
            "Content-Type: text/plain; name=ö.txt",
            "Content-Type: text/plain; name=??.txt",
        ),
    ];
    for (from, to) in table {
        assert_eq!(line(from), to, "{from}");
    }
}

#[test]
fn long_lines_cost_nothing() {
    let mut message = b"Subject: ".to_vec();
    message.extend_from_slice("ö".repeat(100_000).as_bytes());
    message.extend_from_slice("\r\nTo: ö <a@b>\r\n\r\nö".as_bytes());
    let out = surrogate(&message);
    assert!(out.starts_with(b"Subject: ????"));
    assert!(String::from_utf8_lossy(&out).ends_with("??\r\nTo: =?utf-8?B?w7Y=?= <a@b>\r\n\r\nö"));
}
