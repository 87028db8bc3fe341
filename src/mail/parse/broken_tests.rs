//! Broken, hostile and random messages: little is lost, limits hold, promises are kept.

use super::promises::{assert_outline, parse, parse_whole};
use crate::limits::{BOUNDARY_LINE_MAX, DEPTH_MAX, FIELD_MAX, PARTS_MAX};
use crate::splits::Random;

#[test]
fn a_multipart_without_parts_has_an_empty_one() {
    for text in [
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\nno boundary at all\r\n",
        "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nx\r\n----\r\n",
        "Content-Type: multipart/mixed; boundary=b",
    ] {
        let message = parse(text.as_bytes());
        assert!(message.complete);
        assert_eq!(message.parts.len(), 2, "{text}");
        assert_eq!(message.parts[0].children, [1]);
        assert_eq!(
            (
                message.parts[1].media_type.as_str(),
                message.parts[1].subtype.as_str()
            ),
            ("text", "plain")
        );
        assert_eq!(
            message.parts[1].range(),
            text.len() as u64..text.len() as u64
        );
    }
}

#[test]
fn broken_headers_lose_as_little_as_possible() {
    let subject = |text: &[u8]| {
        parse(text).parts[0]
            .envelope
            .as_deref()
            .unwrap()
            .subject
            .clone()
    };
    assert_eq!(
        subject(b"From someone Sun Nov 22 02:23:54 2026\nSubject: s\n\n"),
        Some(b"s".to_vec())
    );
    assert_eq!(
        subject(b"A: b\r\njunk without colon\r\n and its fold\r\nSubject: s\r\n\r\n"),
        Some(b"s".to_vec())
    );
    assert_eq!(subject(b"Subject: s"), Some(b"s".to_vec()));
    assert_eq!(
        subject(b"Subject\t: s\r\n \r\n t\r\n\r\n"),
        Some(b"s  t".to_vec())
    );
    assert_eq!(subject(b"Subj\xFCct: s\r\n\r\n"), None);
    // What does not begin like a header is all body.
    for text in [
        "just text\r\nSubject: s\r\n",
        " Subject: s\r\n\r\n",
        "\r\nSubject: s",
        "",
    ] {
        let message = parse(text.as_bytes());
        let header = if text.starts_with('\r') { 2 } else { 0 };
        assert_eq!(message.parts[0].body, header..text.len() as u64, "{text}");
        assert_eq!(
            message.parts[0].envelope.as_deref(),
            Some(&crate::Envelope::default())
        );
    }
    // So is a body part, and a digest's embedded message.
    assert_outline(
        b"Content-Type: multipart/digest; boundary=b\n\n--b\njust text\n--b--\n",
        "- multipart/digest \"Content-Type: multipart/digest; boundary=b\\n\\n\" \"...\"\n\
         0 message/rfc822 \"\" \"...\"\n\
         1 text/plain \"\" \"just text\"\n",
    );
    // A bare CR is no line end.
    assert_outline(
        b"A: b\r\rB: c\n\nx\r\r--b",
        "- text/plain \"A: b\\r\\rB: c\\n\\n\" \"x\\r\\r--b\"\n",
    );
}

#[test]
fn depth_is_capped() {
    let mut text = String::new();
    for _ in 0..2 * DEPTH_MAX {
        text += "Content-Type: message/rfc822\r\n\r\n";
    }
    let message = parse(text.as_bytes());
    assert!(!message.complete);
    assert_eq!(message.parts.len(), DEPTH_MAX);
    let last = message.parts.last().unwrap();
    assert_eq!(
        (last.media_type.as_str(), last.body.end),
        ("text", text.len() as u64)
    );
    // Multiparts too; and around the cap the outer boundaries still hold.
    let mut text = "Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n".to_owned();
    for level in 0..2 * DEPTH_MAX {
        text += &format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    }
    text += "\r\n--outer\r\n\r\nafter\r\n--outer--\r\n";
    let message = parse(text.as_bytes());
    assert!(!message.complete);
    assert_eq!(message.parts.len(), DEPTH_MAX + 1);
    assert_eq!(message.parts[0].children.len(), 2);
    let after = message.parts.last().unwrap();
    assert_eq!(
        &text.as_bytes()[after.body.start as usize..after.body.end as usize],
        b"after"
    );
}

#[test]
fn parts_are_capped() {
    let header = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let text = |parts: usize| format!("{header}{}--b--\r\n", "--b\r\n\r\nx\r\n".repeat(parts));
    let fits = parse(text(PARTS_MAX - 2).as_bytes());
    assert!(fits.complete);
    assert_eq!(fits.parts.len(), PARTS_MAX - 1);
    let over = text(PARTS_MAX + 100);
    let message = parse(over.as_bytes());
    assert!(!message.complete);
    assert_eq!(message.parts.len(), PARTS_MAX);
    let rest = message.parts.last().unwrap();
    assert_eq!(
        (rest.subtype.as_str(), rest.body.end),
        ("plain", over.len() as u64)
    );
    assert_eq!(rest.body_lines, 102 * 3 + 1 - 1);
    // Children that stand in for missing ones, and embedded messages, count as well, however they fall on the cap.
    for before in 0..3 {
        for piece in [
            "--b\r\nContent-Type: multipart/x\r\n\r\n",
            "--b\r\nContent-Type: message/rfc822\r\n\r\n\r\n",
            "--b\r\nContent-Type: multipart/digest; boundary=c\r\n\r\n--c\r\n\r\n--c\r\n",
        ] {
            let some = "--b\r\n\r\nx\r\n".repeat(before);
            let message =
                parse_whole(format!("{header}{some}{}", piece.repeat(PARTS_MAX)).as_bytes());
            assert!(!message.complete);
            assert!(message.parts.len() > PARTS_MAX - 3);
        }
    }
}

#[test]
fn only_a_line_of_bounded_length_is_a_boundary() {
    let text = |blanks: usize| {
        format!(
            "Content-Type: a/b\r\n\r\n--b{}\r\n\r\nx",
            " ".repeat(blanks)
        )
    };
    let parts = |blanks| {
        parse(
            text(blanks)
                .replace("a/b", "multipart/m; boundary=b")
                .as_bytes(),
        )
        .parts[1]
            .body
            .clone()
    };
    assert_eq!(
        parts(BOUNDARY_LINE_MAX - 3).end - parts(BOUNDARY_LINE_MAX - 3).start,
        1
    );
    assert!(parts(BOUNDARY_LINE_MAX - 2).is_empty());
    assert!(parts(100_000).is_empty());
}

#[test]
fn fields_are_cut_at_their_limit() {
    let long = "x".repeat(FIELD_MAX + 10);
    let message = parse(format!("Subject: {long}\r\nFrom: a@b\r\n\r\n").as_bytes());
    let envelope = message.parts[0].envelope.as_deref().unwrap();
    assert!(!message.complete);
    assert!(envelope.subject.as_ref().unwrap().len() <= FIELD_MAX && envelope.from.len() == 1);
    let folded = format!("Subject: {}\r\n\r\n", "x\r\n ".repeat(FIELD_MAX));
    let message = parse(folded.as_bytes());
    assert!(!message.complete);
    assert!(
        message.parts[0]
            .envelope
            .as_deref()
            .unwrap()
            .subject
            .as_ref()
            .unwrap()
            .len()
            <= FIELD_MAX
    );
}

#[test]
fn random_mail_keeps_every_promise() {
    const PIECES: [&str; 30] = [
        "--a",
        "--a--",
        "--b",
        "--b--",
        "--",
        "-",
        "\r\n",
        "\r\n",
        "\r\n",
        "\n",
        "\n",
        "\r",
        " ",
        "x",
        "Content-Type: multipart/mixed; boundary=a\r\n",
        "Content-Type: multipart/digest; boundary=b\r\n",
        "Content-Type: message/rfc822\r\n",
        "Content-Type: message/global\n",
        "Content-Type: text/html\r\n",
        "Content-Type: multipart/x\r\n\r\n",
        "To: a@b, g:c@d;\r\n",
        "Subject: s\r\n t\r\n",
        "junk\r\n",
        "\r\n\r\n",
        "\r\n--a\r\n",
        "\r\n--b\r\n",
        "\r\n--a--\r\n",
        "\n--b--\n",
        "From x\n",
        ":",
    ];
    let mut random = Random(0x005E_ED0F_FA57_u64);
    for _ in 0..3000 {
        let count = random.next() % 40;
        let mut text = String::new();
        for _ in 0..count {
            text += PIECES[usize::try_from(random.next() % 30).unwrap()];
        }
        parse(text.as_bytes());
    }
}
