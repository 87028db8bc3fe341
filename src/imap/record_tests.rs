//! Rendering and reading records back.
#![allow(clippy::string_slice, reason = "a test knows its text")]

use mail::{Message, Parser};

use super::*;
use crate::command::{Section, SectionText};

fn message(octets: &[u8]) -> Message {
    let mut parser = Parser::new();
    parser.feed(octets);
    parser.finish()
}

fn envelope(octets: &str, utf8: bool) -> String {
    let stored = render(&message(octets.as_bytes()));
    String::from_utf8(Record::new(&stored).unwrap().envelope(utf8).to_vec()).unwrap()
}

fn structures(octets: &[u8], utf8: bool) -> (String, String) {
    let stored = render(&message(octets));
    let record = Record::new(&stored).unwrap();
    let (mut long, mut short) = (Vec::new(), Vec::new());
    record.body_structure(utf8, &mut long);
    record.body(utf8, &mut short);
    (
        String::from_utf8(long).unwrap(),
        String::from_utf8(short).unwrap(),
    )
}

/// RFC 9051 §8.
const SAMPLE: &str = "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n\
From: Terry Gray <gray@cac.washington.edu>\r\n\
Subject: IMAP4rev2 WG mtg summary and minutes\r\n\
To: imap@cac.washington.edu\r\n\
Cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n\
Message-Id: <B27397-0100000@cac.washington.ed>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\
\r\n\
hello\r\n";

#[test]
fn the_envelope_of_rfc_9051() {
    assert_eq!(
        envelope(SAMPLE, false),
        "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" \
         ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
         ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
         ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
         ((NIL NIL \"imap\" \"cac.washington.edu\")) \
         ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \
         \"<B27397-0100000@cac.washington.ed>\")"
    );
}

#[test]
fn from_is_never_nil() {
    let nobody = "((NIL NIL \"MISSING_MAILBOX\" \"MISSING_DOMAIN\"))";
    assert_eq!(
        envelope("\r\n", false),
        format!("(NIL NIL {nobody} {nobody} {nobody} NIL NIL NIL NIL NIL)")
    );
    let sender = "((NIL NIL \"s\" \"d\"))";
    assert_eq!(
        envelope("Sender: s@d\r\n\r\n", false),
        format!("(NIL NIL {sender} {sender} {sender} NIL NIL NIL NIL NIL)")
    );
    // No host would be a group's start.
    assert!(envelope("From: root\r\n\r\n", false).contains("\"MISSING_DOMAIN\""));
}

#[test]
fn groups_are_opened_and_closed() {
    let printed = envelope(
        "To: team: a@b, c@d;, undisclosed-recipients:;\r\n\r\n",
        false,
    );
    assert!(
        printed.contains(
            "((NIL NIL \"team\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")(NIL NIL NIL NIL)\
             (NIL NIL \"undisclosed-recipients\" NIL)(NIL NIL NIL NIL))"
        ),
        "{printed}"
    );
}

#[test]
fn raw_utf8_is_for_those_who_asked() {
    let text = "From: J\u{fc}rgen <j@example.org>\r\nSubject: Gr\u{fc}\u{df}e\r\n\r\n";
    let utf8 = envelope(text, true);
    assert!(
        utf8.contains("\"Gr\u{fc}\u{df}e\" ((\"J\u{fc}rgen\" NIL \"j\" \"example.org\"))"),
        "{utf8}"
    );
    let plain = envelope(text, false);
    assert!(plain.is_ascii() && plain.contains("=?"), "{plain}");
    // Encoded words stay what they are in both.
    let words = "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\n";
    assert_eq!(envelope(words, true), envelope(words, false));
    assert!(envelope(words, true).contains("\"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=\""));
    // Octets that are no UTF-8 are windows-1252 to everybody.
    let stored = render(&message(b"Subject: caf\xe9\r\n\r\n"));
    let record = Record::new(&stored).unwrap();
    assert!(record.envelope(false).is_ascii());
    assert!(String::from_utf8_lossy(record.envelope(true)).contains("\"caf\u{e9}\""));
}

#[test]
fn one_part() {
    let (long, short) = structures(SAMPLE.as_bytes(), false);
    assert_eq!(
        short,
        "(\"text\" \"plain\" (\"charset\" \"US-ASCII\") NIL NIL \"7bit\" 7 1)"
    );
    assert_eq!(
        long,
        "(\"text\" \"plain\" (\"charset\" \"US-ASCII\") NIL NIL \"7bit\" 7 1 NIL NIL NIL NIL)"
    );
}

const MIXED: &str = "Subject: outer\r\n\
Content-Type: multipart/mixed; boundary=\"b\"\r\n\
Content-Language: de, en\r\n\
\r\n\
preamble\r\n\
--b\r\n\
Content-Type: text/html; charset=utf-8\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
Content-ID: <1@x>\r\n\
\r\n\
<p>=C3=BC</p>\r\n\
--b\r\n\
Content-Type: image/png; name=\"a b.png\"\r\n\
Content-Disposition: attachment; filename*=utf-8''%C3%BC.png\r\n\
Content-Transfer-Encoding: base64\r\n\
Content-Description: a picture\r\n\
Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n\
Content-Location: http://example.org/a.png\r\n\
\r\n\
iVBORw0KGgo=\r\n\
--b\r\n\
Content-Type: message/rfc822\r\n\
\r\n\
Subject: inner\r\n\
From: a@b\r\n\
Content-Type: multipart/alternative; boundary=i\r\n\
\r\n\
--i\r\n\
\r\n\
plain\r\n\
--i\r\n\
Content-Type: text/html\r\n\
\r\n\
<b>rich</b>\r\n\
--i--\r\n\
--b--\r\n";

#[test]
fn every_extension_field() {
    let (long, short) = structures(MIXED.as_bytes(), false);
    let inner = "(NIL \"inner\" ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL)";
    let size = |from: &str, to: &str| MIXED.find(to).unwrap() - MIXED.find(from).unwrap();
    let embedded = size("Subject: inner", "\r\n--b--");
    assert_eq!(
        short,
        format!(
            "((\"text\" \"html\" (\"charset\" \"utf-8\") \"<1@x>\" NIL \"quoted-printable\" 13 1)\
             (\"image\" \"png\" (\"name\" \"a b.png\") NIL \"a picture\" \"base64\" 12)\
             (\"message\" \"rfc822\" NIL NIL NIL \"7bit\" {embedded} {inner} \
             ((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 1)\
             (\"text\" \"html\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 11 1) \"alternative\") 12) \"mixed\")"
        )
    );
    for piece in [
        "\"base64\" 12 \"Q2hlY2sgSW50ZWdyaXR5IQ==\" (\"attachment\" (\"filename*\" \"utf-8''%C3%BC.png\")) NIL \"http://example.org/a.png\")",
        "\"alternative\" (\"boundary\" \"i\") NIL NIL NIL)",
        "\"mixed\" (\"boundary\" \"b\") NIL (\"de\" \"en\") NIL)",
    ] {
        assert!(long.contains(piece), "{piece} in {long}");
    }
    let (utf8, _) = structures(MIXED.as_bytes(), true);
    assert!(utf8.contains("(\"filename\" \"\u{fc}.png\")"), "{utf8}");
}

#[test]
fn a_global_message_is_a_plain_part_to_rev1() {
    let octets = "Content-Type: message/global\r\n\r\nSubject: \u{fc}\r\n\r\nbody".as_bytes();
    let size = octets.len()
        - octets
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap()
        - 4;
    let (_, rev1) = structures(octets, false);
    assert_eq!(
        rev1,
        format!("(\"message\" \"global\" NIL NIL NIL \"7bit\" {size})")
    );
    let (_, rev2) = structures(octets, true);
    assert!(
        rev2.starts_with(&format!(
            "(\"message\" \"global\" NIL NIL NIL \"7bit\" {size} (NIL \"\u{fc}\" "
        )),
        "{rev2}"
    );
}

#[test]
fn the_marks_of_a_structure_cannot_be_forged() {
    let octets =
        b"Content-Type: image/png; name=\"a\x02b\"\r\nContent-Description: x\x01y\x02z\r\n\r\n";
    let (long, short) = structures(octets, false);
    assert_eq!(
        short,
        "(\"image\" \"png\" (\"name\" \"a b\") NIL \"x y z\" \"7bit\" 0)"
    );
    assert_eq!(
        long,
        "(\"image\" \"png\" (\"name\" \"a b\") NIL \"x y z\" \"7bit\" 0 NIL NIL NIL NIL)"
    );
}

#[test]
fn sections_are_ranges() {
    let stored = render(&message(MIXED.as_bytes()));
    let record = Record::new(&stored).unwrap();
    let part = |part: &[u32], text| Section {
        part: part.to_vec(),
        text,
    };
    let octets = |section: &Section| {
        record.section(section).map(|range| {
            &MIXED[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
        })
    };
    use SectionText::{Header, Mime, Text, Whole};
    assert_eq!(octets(&part(&[], Whole)), Some(MIXED));
    assert!(
        octets(&part(&[], Header))
            .unwrap()
            .ends_with("de, en\r\n\r\n")
    );
    assert!(octets(&part(&[], Text)).unwrap().starts_with("preamble"));
    assert_eq!(octets(&part(&[1], Whole)), Some("<p>=C3=BC</p>"));
    assert!(
        octets(&part(&[1], Mime))
            .unwrap()
            .starts_with("Content-Type: text/html; charset")
    );
    assert_eq!(octets(&part(&[2], Whole)), Some("iVBORw0KGgo="));
    assert!(
        octets(&part(&[3], Whole))
            .unwrap()
            .starts_with("Subject: inner")
    );
    assert_eq!(
        octets(&part(&[3], Mime)),
        Some("Content-Type: message/rfc822\r\n\r\n")
    );
    assert!(
        octets(&part(&[3], Header))
            .unwrap()
            .starts_with("Subject: inner")
    );
    assert!(octets(&part(&[3], Text)).unwrap().starts_with("--i"));
    assert_eq!(octets(&part(&[3, 1], Whole)), Some("plain"));
    assert_eq!(octets(&part(&[3, 2], Whole)), Some("<b>rich</b>"));
    assert_eq!(
        octets(&part(&[3, 2], Mime)),
        Some("Content-Type: text/html\r\n\r\n")
    );
    let none = [
        part(&[4], Whole),
        part(&[1, 1], Whole),
        part(&[3, 3], Whole),
        part(&[1], Header),
        part(&[2], Text),
        part(&[0], Whole),
    ];
    for section in none {
        assert_eq!(octets(&section), None, "{section:?}");
    }
    let kinds: Vec<_> = record
        .parts()
        .map(|part| (part.kind, part.encoding, part.charset))
        .collect();
    assert_eq!(kinds[1], (Kind::Html, Encoding::QuotedPrintable, "utf-8"));
    assert_eq!(kinds[2], (Kind::Other, Encoding::Base64, ""));
    assert_eq!(kinds[3].0, Kind::Message);
    assert_eq!(record.part(&[2]).unwrap().encoding, Encoding::Base64);
}

#[test]
fn a_single_part_is_part_one() {
    let stored = render(&message(SAMPLE.as_bytes()));
    let record = Record::new(&stored).unwrap();
    let section = |part: &[u32], text| {
        record.section(&Section {
            part: part.to_vec(),
            text,
        })
    };
    assert_eq!(
        section(&[1], SectionText::Whole),
        section(&[], SectionText::Text)
    );
    assert_eq!(
        section(&[1], SectionText::Mime),
        section(&[], SectionText::Header)
    );
    assert_eq!(section(&[1, 1], SectionText::Whole), None);
    assert_eq!(section(&[2], SectionText::Whole), None);
}

#[test]
fn sections_agree_with_the_parser_of_mail() {
    let parsed = message(MIXED.as_bytes());
    let stored = render(&parsed);
    let record = Record::new(&stored).unwrap();
    for number in [
        &[][..],
        &[1],
        &[2],
        &[3],
        &[3, 1],
        &[3, 2],
        &[3, 1, 1],
        &[9],
        &[1, 1],
    ] {
        let theirs = parsed
            .section(number)
            .and_then(|index| parsed.part(index))
            .map(|part| part.body.clone());
        assert_eq!(
            record.part(number).map(|part| part.body),
            theirs,
            "{number:?}"
        );
    }
}

#[test]
fn days_are_those_of_the_field() {
    let day = |date: &str| {
        let stored = render(&message(format!("Date: {date}\r\n\r\n").as_bytes()));
        Record::new(&stored).unwrap().sent_day()
    };
    assert_eq!(day("Thu, 01 Jan 1970 00:30:00 +0200"), Some(0));
    assert_eq!(day("Thu, 01 Jan 1970 23:30:00 -0200"), Some(0));
    assert_eq!(day("nonsense"), None);
    let head = head(
        &message(b"Date: Thu, 01 Jan 1970 02:00:00 +0200\r\n\r\n"),
        77,
        60,
    );
    assert_eq!((head.sent, head.received, head.zone), (0, 77, 60));
}

#[test]
fn damage_is_no_panic() {
    let stored = render(&message(MIXED.as_bytes()));
    for cut in 0..stored.len() {
        if let Some(record) = Record::new(&stored[..cut]) {
            let _ = record.parts().count();
        }
    }
    let mut damaged = stored.clone();
    for at in 0..stored.len() {
        damaged[at] ^= 0xff;
        if let Some(record) = Record::new(&damaged) {
            let _ = (record.part(&[3, 1]), record.parts().count());
        }
        damaged[at] ^= 0xff;
    }
    assert!(
        Record::new(&[2, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_none(),
        "a version of the future"
    );
}

#[test]
fn whatever_comes_prints_well_formed() {
    let hostile: [&[u8]; 8] = [
        b"",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n--\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: message/global\r\n\r\nSubject: \xff\x01\x02\r\n\r\n",
        b"Subject: \x01\x02\"\\\x7f\x00\r\nContent-Type: \"a\\\"b\"/(c; x=\"\x01\"\r\n\r\n",
        b"Content-Type: text/plain; name=\"=?utf-8?Q?x=0D=0Ay?=\"; charset*0*=utf-8''%0d; charset*1=\"\"\r\n\r\n",
        b"From: \"(((\" <a\"@\">, ;;;:::<<>>,,\r\nTo: a:b:c:d;e;f\r\n\r\n",
    ];
    for octets in hostile {
        for utf8 in [false, true] {
            let stored = render(&message(octets));
            let record = Record::new(&stored).unwrap();
            let mut out = record.envelope(utf8).to_vec();
            out.push(b' ');
            record.body_structure(utf8, &mut out);
            out.push(b' ');
            record.body(utf8, &mut out);
            assert!(utf8 || out.is_ascii());
            assert!(balanced(&out), "{}", String::from_utf8_lossy(&out));
        }
    }
}

/// Whether parentheses and strings (quoted, literal) close, with no octet that may not stand where it is.
fn balanced(mut out: &[u8]) -> bool {
    let mut depth = 0;
    while let Some((&first, rest)) = out.split_first() {
        out = rest;
        match first {
            b'(' => depth += 1,
            b')' if depth == 0 => return false,
            b')' => depth -= 1,
            b'"' => loop {
                match out {
                    [b'"', rest @ ..] => {
                        out = rest;
                        break;
                    }
                    [b'\\', b'"' | b'\\', rest @ ..] => out = rest,
                    [b'\\' | b'\r' | b'\n' | 0, ..] | [] => return false,
                    [_, rest @ ..] => out = rest,
                }
            },
            b'{' => {
                let end = out.iter().position(|octet| *octet == b'}').unwrap();
                let length: usize = std::str::from_utf8(&out[..end]).unwrap().parse().unwrap();
                out = &out[end + 3 + length..];
            }
            0..=31 | 127 => return false,
            _ => {}
        }
    }
    depth == 0
}

#[test]
fn header_fields_whole_and_octet_by_octet() {
    const HEADER: &[u8] =
        b"From: a\r\nsubject: one\r\n two\r\nSubjects: no\r\nSUBJECT : three\r\nX: y\r\n\r\n";
    let table: [(&[&str], bool, &[u8]); 5] = [
        (
            &["Subject"],
            false,
            b"subject: one\r\n two\r\nSUBJECT : three\r\n\r\n",
        ),
        (&["SUBJECT", "x"], true, b"From: a\r\nSubjects: no\r\n\r\n"),
        (&["nothing"], false, b"\r\n"),
        (&["nothing"], true, HEADER),
        (&["from"], false, b"From: a\r\n\r\n"),
    ];
    for (names, not, expected) in table {
        for size in [1, 2, 7, HEADER.len()] {
            let mut filter = FieldFilter::new(names, not);
            let mut out = Vec::new();
            for piece in HEADER.chunks(size) {
                filter.feed(piece, &mut |octets| out.extend_from_slice(octets));
            }
            filter.finish(&mut |octets| out.extend_from_slice(octets));
            assert_eq!(
                String::from_utf8_lossy(&out),
                String::from_utf8_lossy(expected),
                "{names:?} {not} {size}"
            );
        }
    }
}
