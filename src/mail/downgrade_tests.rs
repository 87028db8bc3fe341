use super::*;
use crate::content::LineEnds;
use crate::source::slice;
use crate::splits::Random;

const SEVEN: Target = Target {
    eight_bit: false,
    binary: false,
    utf8_headers: false,
};
const EIGHT: Target = Target {
    eight_bit: true,
    binary: false,
    utf8_headers: false,
};
const EIGHT_UTF8: Target = Target {
    eight_bit: true,
    binary: false,
    utf8_headers: true,
};

fn parse(text: &[u8]) -> Message {
    let mut parser = Parser::new();
    parser.feed(text);
    parser.finish()
}

fn planned(text: &[u8], target: Target) -> Result<Downgrade, Obstacle> {
    match Downgrade::new(&parse(text), target, &mut slice(text)) {
        Ok(downgrade) => Ok(downgrade),
        Err(DowngradeError::Obstacle(obstacle)) => Err(obstacle),
        Err(DowngradeError::Read(never)) => match never {},
    }
}

fn run(mut downgrade: Downgrade, read: &mut ReadAt<'_, std::convert::Infallible>) -> Vec<u8> {
    let mut out = Vec::new();
    let size = downgrade.measure(read).unwrap();
    while downgrade.next(read, &mut out).unwrap() {}
    assert_eq!(size, out.len() as u64);
    out
}

/// Rewrites in whole pieces and octet by octet, and insists on the promises.
fn rewritten(text: &[u8], target: Target) -> Result<Vec<u8>, Obstacle> {
    let downgrade = planned(text, target)?;
    let out = run(downgrade.clone(), &mut slice(text));
    let one_by_one =
        &mut |offset: u64, room: &mut [u8]| slice(text)(offset, room.get_mut(..1).unwrap());
    assert_eq!(run(downgrade.clone(), one_by_one), out);
    if !downgrade.changes() {
        assert_eq!(out, text);
    }
    assert!(
        target.eight_bit || out.is_ascii(),
        "{}",
        String::from_utf8_lossy(&out)
    );
    assert!(target.binary || !out.contains(&0));
    assert_same(text, &out);
    // What fits stays as it is.
    let again = planned(&out, target)?;
    let differing: Vec<_> = again
        .segments
        .iter()
        .filter(|segment| segment.action != Action::Copy)
        .collect();
    assert!(
        differing.is_empty(),
        "{differing:?} {:?} {:?}\n{}",
        differing.first().map(|d| String::from_utf8_lossy(
            &out[d.range.start as usize..d.range.end as usize]
        )
        .into_owned()),
        downgrade.segments,
        String::from_utf8_lossy(&out)
    );
    Ok(out)
}

fn assert_same(before: &[u8], after: &[u8]) {
    let shown = || {
        format!(
            "{}\n=====\n{}",
            String::from_utf8_lossy(before),
            String::from_utf8_lossy(after)
        )
    };
    let (old, new) = (parse(before), parse(after));
    assert_eq!(old.parts.len(), new.parts.len(), "{}", shown());
    for (a, b) in old.parts.iter().zip(&new.parts) {
        assert_eq!(
            (a.parent, &a.children),
            (b.parent, &b.children),
            "{}",
            shown()
        );
        assert_eq!(
            (&a.media_type, &a.subtype),
            (&b.media_type, &b.subtype),
            "{}",
            shown()
        );
        assert_eq!(a.params, b.params, "{}", shown());
        assert_eq!((&a.id, a.filename()), (&b.id, b.filename()), "{}", shown());
        if let (Some(a), Some(b)) = (&a.envelope, &b.envelope) {
            let text = |o: &Option<Vec<u8>>| o.as_deref().map(crate::header::decode_words);
            assert_eq!(text(&a.subject), text(&b.subject), "{}", shown());
            assert_eq!(a.message_id, b.message_id, "{}", shown());
        }
        if a.children.is_empty() {
            assert_eq!(content(a, before), content(b, after), "{}", shown());
        }
    }
}

/// The decoded body; of text with CRLF line ends, and without those at the end, which the end of a message may add.
fn content(part: &Part, text: &[u8]) -> Vec<u8> {
    let body =
        &text[usize::try_from(part.body.start).unwrap()..usize::try_from(part.body.end).unwrap()];
    let mut decoded = Vec::new();
    match decode_transfer(&part.encoding) {
        Some(mut decoder) => {
            let _ = decoder.feed(body, &mut decoded);
            let _ = decoder.finish(&mut decoded);
        }
        None => decoded.extend_from_slice(body),
    }
    if matches!(part.media_type.as_str(), "text" | "message") {
        let mut canonical = Vec::new();
        LineEnds::default().feed(&decoded, &mut canonical);
        return canonical;
    }
    decoded
}

#[track_caller]
fn assert_rows(target: Target, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let out = rewritten(text.as_bytes(), target).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), *expected);
    }
}

#[test]
fn bodies_are_encoded_and_labelled() {
    assert_rows(
        SEVEN,
        &[
            // Fits.
            ("Subject: s\r\n\r\nplain\r\n", "Subject: s\r\n\r\nplain\r\n"),
            // Text.
            (
                "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\nSubject: s\r\n\r\nGrüße\r\n",
                "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\nSubject: s\r\n\r\nGr=C3=BC=C3=9Fe\r\n",
            ),
            // No label, no version; a wrong label.
            (
                "Subject: s\r\n\r\nü\r\n",
                "Subject: s\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n",
            ),
            (
                "Content-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\n\r\nü\r\n",
                "Content-Transfer-Encoding: quoted-printable\r\nMIME-Version: 1.0\r\n\r\n=C3=BC\r\n",
            ),
            // Nothing but a body.
            (
                "ü\r\n",
                "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n",
            ),
            // Only the label is too big.
            (
                "MIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n\r\nx\r\n",
                "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n\r\nx\r\n",
            ),
            // Not text.
            (
                "MIME-Version: 1.0\r\nContent-Type: image/x\r\n\r\nü\n",
                "MIME-Version: 1.0\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: base64\r\n\r\nw7wK\r\n",
            ),
            // An encoding that does not keep its promise.
            (
                "MIME-Version: 1.0\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\nü=\r\n=C3=BC\r\n",
                "MIME-Version: 1.0\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n=C3=BC=C3=BC\r\n",
            ),
            (
                "MIME-Version: 1.0\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: base64\r\n\r\nw7wKü\r\n",
                "MIME-Version: 1.0\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: base64\r\n\r\nw7wK\r\n",
            ),
        ],
    );
    // A text of 16-bit characters has no lines to keep.
    let utf16 =
        b"Content-Type: text/plain; charset=utf-16\r\nMIME-Version: 1.0\r\n\r\n\xFF\xFEa\0\n\0";
    let out = rewritten(utf16, SEVEN).unwrap();
    assert!(
        String::from_utf8(out)
            .unwrap()
            .ends_with("Content-Transfer-Encoding: base64\r\n\r\n//5hAAoA\r\n")
    );
}

#[test]
fn parts_of_parts_and_embedded_messages_are_reached() {
    let text = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
        Vorwort ü\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\nü\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>\r\n--i--\r\n\
        Nachwort ü\r\n--o\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: ü\r\n\r\nä\r\n--o--\r\nEnde ü\r\n";
    let expected = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
        --o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n\
        --i\r\nContent-Type: text/html\r\n\r\n<p>\r\n--i--\r\n\
        \r\n--o\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: =?utf-8?b?w7w=?=\r\nMIME-Version: 1.0\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A4\r\n--o--\r\n";
    assert_rows(SEVEN, &[(text, expected)]);
    // With 8BITMIME nothing has to change: the UTF-8 header is inside.
    assert!(!planned(text.as_bytes(), EIGHT).unwrap().changes());
    // A digest's message without any header, inside a part without one.
    let digest = "MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=b\r\n\r\n--b\r\nnur Text ü\r\n--b--\r\n";
    let out = String::from_utf8(rewritten(digest.as_bytes(), SEVEN).unwrap()).unwrap();
    assert!(
        out.contains("--b\r\nContent-Transfer-Encoding: 7bit\r\n\r\nMIME-Version: 1.0\r\n"),
        "{out}"
    );
}

#[test]
fn binary_becomes_what_eight_bit_servers_take() {
    let head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: binary\r\n\r\nü\r\n--b\r\n\
        Content-Type: application/x\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    let text = format!("{head}\n\0\r\r\n--b--\r\n");
    let out = String::from_utf8(rewritten(text.as_bytes(), EIGHT).unwrap()).unwrap();
    assert!(
        out.contains("--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\nü\r\n--b\r\n"),
        "{out}"
    );
    assert!(
        out.contains("Content-Transfer-Encoding: base64\r\n\r\nCgAN\r\n--b--"),
        "{out}"
    );
    let binary = Target {
        binary: true,
        ..EIGHT
    };
    assert!(!planned(text.as_bytes(), binary).unwrap().changes());
    // Long lines of text.
    let long = format!("Subject: s\r\n\r\n{}\r\n", "x".repeat(999));
    let out = String::from_utf8(rewritten(long.as_bytes(), EIGHT).unwrap()).unwrap();
    assert!(out.lines().all(|line| line.len() <= 76), "{out}");
    let fits = format!("Subject: s\r\n\r\n{}\r\n", "x".repeat(998));
    assert!(!planned(fits.as_bytes(), SEVEN).unwrap().changes());
}

#[test]
fn obstacles_are_told_before_anything_is_written() {
    let rows: [(&str, Target, Obstacle); 6] = [
        (
            "From: jörg@example.org\r\n\r\n",
            EIGHT,
            Obstacle::NeedsSmtputf8,
        ),
        (
            "From: jörg@example.org\r\n\r\n",
            SEVEN,
            Obstacle::NeedsSmtputf8,
        ),
        (
            "Message-ID: <ü@example.org>\r\n\r\n",
            EIGHT,
            Obstacle::NeedsSmtputf8,
        ),
        (
            "Content-Type: multipart/mixed; boundary=ü\r\n\r\n--ü\r\n\r\nx\r\n--ü--\r\n",
            SEVEN,
            Obstacle::TooComplex,
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\nno part ü\r\n",
            SEVEN,
            Obstacle::TooComplex,
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nTo: ü@x\r\n\r\n--b--",
            SEVEN,
            Obstacle::NeedsSmtputf8,
        ),
    ];
    for (text, target, expected) in rows {
        assert_eq!(
            planned(text.as_bytes(), target).err(),
            Some(expected),
            "{text}"
        );
    }
    assert!(
        !planned("From: jörg@example.org\r\n\r\nü".as_bytes(), EIGHT_UTF8)
            .unwrap()
            .changes()
    );
    let deep = "Content-Type: message/rfc822\r\n\r\n".repeat(100);
    assert!(!planned(deep.as_bytes(), SEVEN).unwrap().changes());
    assert_eq!(
        planned(format!("{deep}ü").as_bytes(), SEVEN).err(),
        Some(Obstacle::TooComplex)
    );
    let wide = format!("X: {}\r\n\r\n", "ü ".repeat(100_000));
    assert_eq!(
        planned(wide.as_bytes(), SEVEN).err(),
        Some(Obstacle::TooComplex)
    );
}

#[test]
fn signed_parts_are_left_alone_unless_they_must_change() {
    let signed = |inner: &str, after: &str| {
        format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\
             Content-Type: multipart/signed; boundary=s; protocol=x; micalg=y\r\n\r\n--s\r\n\r\n{inner}\r\n--s\r\n\
             Content-Type: application/pgp-signature\r\n\r\nsig\r\n--s--\r\n--o\r\n\r\n{after}\r\n--o--\r\n"
        )
    };
    let proper = signed("fits", "ü");
    let downgrade = planned(proper.as_bytes(), SEVEN).unwrap();
    assert!(downgrade.changes() && !downgrade.breaks_signature());
    let careless = signed("ü", "fits");
    assert!(
        planned(careless.as_bytes(), SEVEN)
            .unwrap()
            .breaks_signature()
    );
    rewritten(careless.as_bytes(), SEVEN).unwrap();
}

#[test]
fn a_source_that_fails_can_be_asked_again() {
    let text = format!("Subject: s\r\n\r\n{}", "üxyz".repeat(20_000));
    let text = text.as_bytes();
    let mut downgrade = planned(text, SEVEN).unwrap();
    let whole = run(downgrade.clone(), &mut slice(text));
    let (mut out, mut calls) = (Vec::new(), 0);
    let mut flaky = |offset: u64, room: &mut [u8]| {
        calls += 1;
        if calls == 2 || calls == 5 {
            Err(())
        } else {
            slice(text)(offset, room).map_err(|never| match never {})
        }
    };
    while let Ok(true) | Err(()) = downgrade.next(&mut flaky, &mut out) {}
    assert_eq!(out, whole);
}

/// Messages of every shape: random trees, labels and octets.
#[test]
fn any_message_keeps_its_tree_and_its_content() {
    let mut random = Random(3);
    let (mut changed, mut refused) = (0, 0);
    for _ in 0..250 {
        let mut text = Vec::new();
        entity(&mut random, 0, &mut text);
        for target in [SEVEN, EIGHT, EIGHT_UTF8] {
            match rewritten(&text, target) {
                Ok(out) => changed += usize::from(out != text),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(changed > 150 && refused < 400, "{changed} {refused}");
}

fn entity(random: &mut Random, depth: u64, out: &mut Vec<u8>) {
    let mut pick = |of: &[&'static str]| of[usize::try_from(random.next()).unwrap_or(0) % of.len()];
    out.extend_from_slice(
        pick(&[
            "",
            "",
            "Subject: ü\r\n",
            "X: a b\r\n",
            "MIME-Version: 1.0\r\n",
            "junk ü\r\n",
            "To: \"ü\" <a@ü.org>, g: b@c;\r\n",
        ])
        .as_bytes(),
    );
    out.extend_from_slice(
        pick(&[
            "",
            "",
            "Content-Transfer-Encoding: 8bit\r\n",
            "Content-Transfer-Encoding: binary\r\n",
            "Content-Transfer-Encoding: base64\r\n",
            "content-transfer-encoding: QUOTED-PRINTABLE\r\n",
            "Content-Transfer-Encoding: odd\r\n",
        ])
        .as_bytes(),
    );
    let kind = if depth > 3 {
        pick(&["text", "image"])
    } else {
        pick(&[
            "none", "text", "image", "multi", "message", "digest", "multi",
        ])
    };
    match kind {
        "multi" | "digest" => {
            let name = if kind == "multi" { "mixed" } else { "digest" };
            out.extend_from_slice(
                format!("Content-Type: multipart/{name}; boundary=b{depth}\r\n\r\n").as_bytes(),
            );
            out.extend_from_slice(pick(&["", "", "before\r\n", "vor ü\r\n", "\0\r\n"]).as_bytes());
            for _ in 0..pick(&["", "1", "22", "333"]).len() {
                out.extend_from_slice(format!("--b{depth}\r\n").as_bytes());
                entity(random, depth + 1, out);
                out.extend_from_slice(b"\r\n");
            }
            let mut pick =
                |of: &[&'static str]| of[usize::try_from(random.next()).unwrap_or(0) % of.len()];
            if pick(&["open", "closed", "closed"]) == "closed" {
                out.extend_from_slice(
                    format!(
                        "--b{depth}--{}",
                        pick(&["", "\r\n", "\r\nafter", "\r\nü", " \r\n\r\n"])
                    )
                    .as_bytes(),
                );
            }
        }
        "message" => {
            out.extend_from_slice(b"Content-Type: message/rfc822\r\n\r\n");
            entity(random, depth + 1, out);
        }
        "text" => out.extend_from_slice(
            "Content-Type: text/plain; charset=utf-8; name=\"ü.txt\"\r\n\r\n".as_bytes(),
        ),
        "image" => out.extend_from_slice(b"Content-Type: image/png; name=x\r\n\r\n"),
        _ => out.extend_from_slice(if !random.next().is_multiple_of(4) {
            b"\r\n"
        } else {
            b""
        }),
    }
    if !matches!(kind, "multi" | "digest" | "message") {
        for _ in 0..random.next() % 8 {
            let bits = [
                "ü",
                "plain",
                "\r\n",
                "\n",
                "\r",
                "\0",
                " ",
                "=",
                "--b0",
                "--b1--",
                "=C3",
                "w7wK",
                ".",
                "\r\n",
                &"x".repeat(300),
            ];
            out.extend_from_slice(bits[usize::try_from(random.next() % 15).unwrap()].as_bytes());
        }
    }
}

/// Multiparts that share a boundary, found by fuzzing: without its 8-bit line one of their parts would be read as another's.
#[test]
fn what_would_read_as_another_tree_is_not_rewritten() {
    let text = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed+ boundary=b\r\nContent-Tra\xeesfer-Encoding: 8bit\r\ror\n\nv --\r\n--j\r\x02\r\n\xc3\xbc\r\n--b\r\nCofer-Encoding: \r\n--b\r\nContent-Type: multipart/mi\x01\x00\x030 boundary=b\r\nCont \r\n--b\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-TK\xc3\r\n--b--\xf5\n";
    assert_eq!(planned(text, SEVEN).unwrap_err(), Obstacle::TooComplex);
    assert_eq!(planned(b"\r", EIGHT).unwrap_err(), Obstacle::TooComplex);
}
