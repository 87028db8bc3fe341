//! Messages and their structure: examples of RFC 2045, 2046, 2049 and 5322, as tables of their parts.
#![allow(clippy::string_slice, reason = "a test cuts its own text")]

use super::promises::{assert_outline, parse, parse_whole};
use crate::envelope::EnvelopeAddress;

/// The text with CRLF line ends.
fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

#[test]
fn the_simple_multipart_of_rfc_2046() {
    let text = crlf(
        "From: Nathaniel Borenstein <nsb@bellcore.com>\nMIME-Version: 1.0\n\
         Content-type: multipart/mixed; boundary=\"simple boundary\"\n\n\
         This is the preamble.  It is to be ignored.\n\n--simple boundary\n\n\
         This is implicitly typed plain US-ASCII text.\nIt does NOT end with a linebreak.\n\
         --simple boundary\nContent-type: text/plain; charset=us-ascii\n\n\
         This is explicitly typed plain US-ASCII text.\nIt DOES end with a linebreak.\n\n\
         --simple boundary--\n\nThis is the epilogue.  It is also to be ignored.\n",
    );
    let message = parse(&text);
    let header = text.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(message.parts[0].header, 0..header as u64);
    let bodies: Vec<&[u8]> = message.parts[1..]
        .iter()
        .map(|p| &text[p.body.start as usize..p.body.end as usize])
        .collect();
    assert_eq!(
        bodies,
        [
            b"This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak."
                .as_slice(),
            b"This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n",
        ]
    );
    assert_eq!(
        message.parts[1].header.end - message.parts[1].header.start,
        2
    );
    assert_eq!(message.parts[1].body_lines, 2);
    assert_eq!(message.parts[0].children, [1, 2]);
    assert_eq!(message.parts[0].param("boundary"), Some("simple boundary"));
}

#[test]
fn the_complex_multipart_of_rfc_2049() {
    let text = crlf(
        "MIME-Version: 1.0\nFrom: Nathaniel Borenstein <nsb@nsb.fv.com>\nTo: Ned Freed <ned@innosoft.com>\n\
         Date: Fri, 07 Oct 1994 16:15:05 -0700 (PDT)\nSubject: A multipart example\n\
         Content-Type: multipart/mixed;\n              boundary=unique-boundary-1\n\npreamble\n\n\
         --unique-boundary-1\n\n  ... Some text appears here ...\n\n--unique-boundary-1\n\
         Content-type: text/plain; charset=US-ASCII\n\nThis could\n\n--unique-boundary-1\n\
         Content-Type: multipart/parallel; boundary=unique-boundary-2\n\n--unique-boundary-2\n\
         Content-Type: audio/basic\nContent-Transfer-Encoding: base64\n\n  audio\n\n--unique-boundary-2\n\
         Content-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n  image\n\n--unique-boundary-2--\n\n\
         --unique-boundary-1\nContent-type: text/enriched\n\n<bold>enriched.</bold>\n\n--unique-boundary-1\n\
         Content-Type: message/rfc822\n\nFrom: (mailbox in US-ASCII)\nTo: (address in US-ASCII)\n\
         Subject: (subject in US-ASCII)\nContent-Type: Text/plain; charset=ISO-8859-1\n\
         Content-Transfer-Encoding: Quoted-printable\n\n  ISO\n\n--unique-boundary-1--\n",
    );
    let message = parse(&text);
    let types: Vec<String> = message
        .parts
        .iter()
        .map(|p| {
            format!(
                "{:?} {}/{} {}",
                p.parent, p.media_type, p.subtype, p.encoding
            )
        })
        .collect();
    assert_eq!(
        types,
        [
            "None multipart/mixed 7bit",
            "Some(0) text/plain 7bit",
            "Some(0) text/plain 7bit",
            "Some(0) multipart/parallel 7bit",
            "Some(3) audio/basic base64",
            "Some(3) image/jpeg base64",
            "Some(0) text/enriched 7bit",
            "Some(0) message/rfc822 7bit",
            "Some(7) text/plain quoted-printable",
        ]
    );
    let embedded = message.parts[8].envelope.as_deref().unwrap();
    assert_eq!(
        embedded.subject.as_deref(),
        Some(b"(subject in US-ASCII)".as_slice())
    );
    assert_eq!(message.parts[8].param("charset"), Some("ISO-8859-1"));
    // IMAP part numbers
    for (numbers, index) in [
        (&[] as &[u32], Some(0)),
        (&[1], Some(1)),
        (&[3], Some(3)),
        (&[3, 2], Some(5)),
        (&[5], Some(7)),
        (&[5, 1], Some(8)),
        (&[6], None),
        (&[0], None),
        (&[1, 1], None),
        (&[5, 2], None),
        (&[5, 1, 1], None),
    ] {
        assert_eq!(message.section(numbers), index, "{numbers:?}");
    }
    let plain = parse(b"Subject: x\r\n\r\nbody");
    assert_eq!(
        (
            plain.section(&[1]),
            plain.section(&[2]),
            plain.section(&[1, 1])
        ),
        (Some(0), None, None)
    );
}

#[test]
fn an_envelope_is_taken() {
    let text = crlf(
        "Date: Fri, 21 Nov 1997 09:55:06 -0600\nFROM: John Doe <jdoe@machine.example>\nsender : (x) s@x.y\n\
         Reply-To: r@x.y\nTo: Mary Smith\n <mary@example.net>\nto: second@x.y\nCc: g:;\nBcc: b@x.y\n\
         Subject: Saying\n  Hello\nSubject: second\nMessage-ID: <1@x>\nIn-Reply-To: <0@x>\nReferences: <a@x>\n <b@x>\n\n",
    );
    let message = parse(&text);
    let envelope = message.parts[0].envelope.as_deref().unwrap();
    let mailbox = |name: Option<&str>, local: &str, host: &str| EnvelopeAddress::Mailbox {
        name: name.map(|n| n.as_bytes().to_vec()),
        route: None,
        local: local.into(),
        host: host.into(),
    };
    assert_eq!(
        envelope.date.as_deref(),
        Some(b"Fri, 21 Nov 1997 09:55:06 -0600".as_slice())
    );
    assert_eq!(
        envelope.subject.as_deref(),
        Some(b"Saying  Hello".as_slice())
    );
    assert_eq!(
        envelope.from,
        [mailbox(Some("John Doe"), "jdoe", "machine.example")]
    );
    assert_eq!(envelope.sender, [mailbox(Some("x"), "s", "x.y")]);
    assert_eq!(envelope.reply_to, [mailbox(None, "r", "x.y")]);
    assert_eq!(
        envelope.to,
        [
            mailbox(Some("Mary Smith"), "mary", "example.net"),
            mailbox(None, "second", "x.y")
        ]
    );
    assert_eq!(
        envelope.cc,
        [
            EnvelopeAddress::GroupStart(b"g".to_vec()),
            EnvelopeAddress::GroupEnd
        ]
    );
    assert_eq!(envelope.bcc, [mailbox(None, "b", "x.y")]);
    assert_eq!(envelope.message_id.as_deref(), Some(b"<1@x>".as_slice()));
    assert_eq!(envelope.in_reply_to.as_deref(), Some(b"<0@x>".as_slice()));
    assert_eq!(
        envelope.references.as_deref(),
        Some(b"<a@x> <b@x>".as_slice())
    );
    let bare = parse(b"From: a@b\r\n\r\n");
    let envelope = bare.parts[0].envelope.as_deref().unwrap();
    assert_eq!(
        (envelope.sender_or_from(), envelope.reply_to_or_from()),
        (&envelope.from[..], &envelope.from[..])
    );
    assert_eq!(
        (envelope.subject.as_ref(), envelope.date.as_ref()),
        (None, None)
    );
    let dirty = parse(b"Subject: a\rb\0c\r\nMessage-ID:\r\n\r\n");
    let envelope = dirty.parts[0].envelope.as_deref().unwrap();
    assert_eq!(envelope.subject.as_deref(), Some(b"a b c".as_slice()));
    assert_eq!(envelope.message_id.as_deref(), Some(b"".as_slice()));
}

#[test]
fn all_body_structure_fields_are_taken() {
    let text = crlf(
        "Content-Type: image/PNG; name*0=\"a\"; name*1=\"b.png\"\nContent-ID: <id@x>\n\
         Content-Description: =?utf-8?q?=C3=BC?=\nContent-Transfer-Encoding: BASE64 (really)\n\
         Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\nContent-Disposition: INLINE; filename*=utf-8''%C3%BC.png; size=7\n\
         Content-Language: de, en-GB (x), \"bad\"\nContent-Location: http://x.y/\n z.png\n\nAAAA\n",
    );
    let message = parse(&text);
    let part = &message.parts[0];
    assert_eq!(
        (part.media_type.as_str(), part.subtype.as_str()),
        ("image", "png")
    );
    assert_eq!(part.params, [("name".to_owned(), "ab.png".to_owned())]);
    assert_eq!(part.id.as_deref(), Some(b"<id@x>".as_slice()));
    assert_eq!(
        part.description.as_deref(),
        Some(b"=?utf-8?q?=C3=BC?=".as_slice())
    );
    assert_eq!(part.encoding, "base64");
    assert_eq!(
        part.md5.as_deref(),
        Some(b"Q2hlY2sgSW50ZWdyaXR5IQ==".as_slice())
    );
    let params = vec![
        ("filename".to_owned(), "ü.png".to_owned()),
        ("size".to_owned(), "7".to_owned()),
    ];
    assert_eq!(part.disposition, Some(("inline".to_owned(), params)));
    assert_eq!(part.filename(), Some("ü.png"));
    assert_eq!(part.language, ["de", "en-GB"]);
    assert_eq!(
        part.location.as_deref(),
        Some(b"http://x.y/z.png".as_slice())
    );
}

#[test]
fn types_that_are_missing_or_broken_are_plain_text() {
    for header in [
        "",
        "Content-Type:\r\n",
        "Content-Type: text\r\n",
        "Content-Type: /\r\n",
        "Content-Type: ;x=y\r\n",
    ] {
        let message = parse(format!("{header}\r\nbody").as_bytes());
        assert_eq!(
            (
                message.parts[0].media_type.as_str(),
                message.parts[0].subtype.as_str()
            ),
            ("text", "plain"),
            "{header}"
        );
        assert_eq!(
            message.parts[0].param("charset"),
            Some("us-ascii"),
            "{header}"
        );
    }
    let message = parse(b"Content-Type: text/html\r\n\r\nbody");
    assert_eq!(message.parts[0].params, []);
}

#[test]
fn boundaries_cut_exactly() {
    // A digest, LF alone, an epilogue, white space behind boundaries, a boundary that begins another.
    assert_outline(
        b"Content-Type: multipart/digest; boundary=b\n\npre\n--b \t\n\nSubject: x\n\ny\n--b\nContent-Type: text/plain\n\n--bb\nz\n--b-- \n--b\nepilogue",
        "- multipart/digest \"Content-Type: multipart/digest; boundary=b\\n\\n\" \"...\"\n\
         0 message/rfc822 \"\\n\" \"...\"\n\
         1 text/plain \"Subject: x\\n\\n\" \"y\"\n\
         0 text/plain \"Content-Type: text/plain\\n\\n\" \"--bb\\nz\"\n",
    );
    // An outer boundary ends all inside, unclosed inner ones too; it is found in headers.
    assert_outline(
        b"Content-Type: multipart/a; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/b; boundary=i\r\n\r\n--i\r\nContent-Type: message/rfc822\r\n\r\nSubject: s\r\n--o\r\n\r\nlast\r\n--o--\r\n",
        "- multipart/a \"Content-Type: multipart/a; boundary=o\\r\\n\\r\\n\" \"...\"\n\
         0 multipart/b \"Content-Type: multipart/b; boundary=i\\r\\n\\r\\n\" \"...\"\n\
         1 message/rfc822 \"Content-Type: message/rfc822\\r\\n\\r\\n\" \"...\"\n\
         2 text/plain \"Subject: s\" \"\"\n\
         0 text/plain \"\\r\\n\" \"last\"\n",
    );
    // Parts without text or without anything: the line end before the boundary is the boundary's.
    assert_outline(
        b"Content-Type: multipart/a; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n--b\r\nContent-Type: text/x\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n--b\r\n\r\n\r\n--b--",
        "- multipart/a \"Content-Type: multipart/a; boundary=b\\r\\n\\r\\n\" \"...\"\n\
         0 text/plain \"\" \"\"\n\
         0 text/plain \"\" \"\"\n\
         0 text/x \"Content-Type: text/x\\r\\n\" \"\"\n\
         0 message/rfc822 \"Content-Type: message/rfc822\\r\\n\" \"...\"\n\
         4 text/plain \"\" \"\"\n\
         0 text/plain \"\\r\\n\" \"\"\n",
    );
    // The same boundary twice: the inner multipart takes it until it is closed.
    assert_outline(
        b"Content-Type: multipart/a; boundary=b\n\n--b\nContent-Type: multipart/b; boundary=b\n\n--b\n\n1\n--b--\n--b\n\n2\n--b--\n",
        "- multipart/a \"Content-Type: multipart/a; boundary=b\\n\\n\" \"...\"\n\
         0 multipart/b \"Content-Type: multipart/b; boundary=b\\n\\n\" \"...\"\n\
         1 text/plain \"\\n\" \"1\"\n\
         0 text/plain \"\\n\" \"2\"\n",
    );
}

#[test]
fn the_beginning_of_the_first_text_is_kept() {
    let sample = |text: &str| {
        let message = parse(text.as_bytes());
        message
            .sample
            .map(|sample| (sample.part, String::from_utf8(sample.octets).unwrap()))
    };
    let some = |part, text: &str| Some((part, text.to_owned()));
    assert_eq!(sample("A: b\r\n\r\nhello\r\n"), some(0, "hello\r\n"));
    assert_eq!(sample("A: b\r\n\r\n"), some(0, ""));
    assert_eq!(sample("Content-Type: image/png\r\n\r\nx"), None);
    let multipart = |parts: &[&str]| {
        let mut text = "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n".to_owned();
        for part in parts {
            text += &format!("--b\r\n{part}\r\n");
        }
        text + "--b--\r\nepilogue\r\n"
    };
    assert_eq!(
        sample(&multipart(&["\r\none\r\n--x", "\r\ntwo"])),
        some(1, "one\r\n--x")
    );
    assert_eq!(
        sample(&multipart(&[
            "Content-Type: image/png\r\n\r\nx",
            "Content-Disposition: attachment\r\n\r\nx",
            "\r\n \r\n",
            "Content-Type: text/html\r\n\r\n<p>hello",
            "\r\nx",
        ])),
        some(4, "<p>hello")
    );
    // RFC 8970 says nothing of it, but a forwarded letter is better than nothing.
    assert_eq!(
        sample("Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nhello"),
        some(1, "hello")
    );
    let long = "x".repeat(100_000);
    assert_eq!(
        parse_whole(format!("A: b\r\n\r\n{long}").as_bytes())
            .sample
            .unwrap()
            .octets
            .len(),
        crate::limits::SAMPLE_MAX
    );
}
