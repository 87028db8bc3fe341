//! FETCH: items, sections, parts, partials, \Seen, pieces.

use ::store::Flags;

use crate::cmd::house::{Client, House};

const LETTER: &str = "From: Fred <fred@far.test>\nReceived: one\nSubject: tea\n in the garden\nreceived: two\n\nHello\nJoe\n";
const NESTED: &str = "Subject: outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\npreamble\n--a\n\
Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\ncaf=C3=A9\n--a\n\
Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b\n\
Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAAECAw==\n--b--\n--a\n\
Content-Transfer-Encoding: x-uuencode\n\nbegin\n--a--\n";

fn fetch(client: &mut Client, items: &str) -> String {
    let said = client.say(&format!("f FETCH 1 {items}"));
    let item = said
        .strip_prefix("* 1 FETCH (")
        .and_then(|rest| rest.strip_suffix(")\nf OK FETCH completed\n"));
    item.unwrap_or_else(|| panic!("{items}: {said}"))
        .to_string()
}

#[test]
fn items() {
    let house = House::new();
    house.deliver("INBOX", LETTER);
    let mut client = house.selected("INBOX");
    for (items, expected) in [
        ("UID", "UID 1"),
        ("FLAGS", "FLAGS (\\Recent)"),
        (
            "INTERNALDATE",
            "INTERNALDATE \"22-Nov-2026 03:23:54 +0100\"",
        ),
        ("RFC822.SIZE", "RFC822.SIZE 102"),
        ("(UID RFC822.SIZE)", "UID 1 RFC822.SIZE 102"),
        (
            "FAST",
            "FLAGS (\\Recent) INTERNALDATE \"22-Nov-2026 03:23:54 +0100\" RFC822.SIZE 102",
        ),
        (
            "ENVELOPE",
            "ENVELOPE (NIL \"tea in the garden\" ((\"Fred\" NIL \"fred\" \"far.test\")) ((\"Fred\" NIL \"fred\" \"far.test\")) ((\"Fred\" NIL \"fred\" \"far.test\")) NIL NIL NIL NIL NIL)",
        ),
        (
            "BODY",
            "BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 12 2)",
        ),
        (
            "BODYSTRUCTURE",
            "BODYSTRUCTURE (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 12 2 NIL NIL NIL NIL)",
        ),
        ("BODY.PEEK[TEXT]", "BODY[TEXT] {12}\nHello\nJoe\n"),
        ("BODY.PEEK[1]", "BODY[1] {12}\nHello\nJoe\n"),
        ("BODY.PEEK[2]", "BODY[2] NIL"),
        ("BODY.PEEK[TEXT]<0.3>", "BODY[TEXT]<0> {3}\nHel"),
        ("BODY.PEEK[TEXT]<7.100>", "BODY[TEXT]<7> {5}\nJoe\n"),
        ("BODY.PEEK[]<12345.10>", "BODY[]<12345> \"\""),
        ("BODY.PEEK[TEXT]<12.1>", "BODY[TEXT]<12> \"\""),
        (
            "RFC822.HEADER",
            &format!(
                "RFC822.HEADER {{90}}\n{}\n",
                LETTER.split_once("\n\n").unwrap().0.to_string() + "\n"
            ),
        ),
        (
            "BODY.PEEK[HEADER.FIELDS (RECEIVED Nope)]",
            "BODY[HEADER.FIELDS (RECEIVED Nope)] {32}\nReceived: one\nreceived: two\n\n",
        ),
        (
            "BODY.PEEK[HEADER.FIELDS.NOT (received from)]",
            "BODY[HEADER.FIELDS.NOT (received from)] {32}\nSubject: tea\n in the garden\n\n",
        ),
        (
            "BODY.PEEK[HEADER.FIELDS (received)]<2.4>",
            "BODY[HEADER.FIELDS (received)]<2> {4}\nceiv",
        ),
        ("BINARY.SIZE[1]", "BINARY.SIZE[1] 12"),
        ("BINARY.PEEK[1]<1.2>", "BINARY[1]<1> {2}\nel"),
    ] {
        assert_eq!(fetch(&mut client, items), expected, "{items}");
    }
    assert_eq!(client.writes, 0);
    assert_eq!(
        client.say("f FETCH 2 UID"),
        "f BAD There are fewer messages than that number\n"
    );
    assert_eq!(
        client.say("f UID FETCH 2:4 FLAGS"),
        "f OK FETCH completed\n"
    );
    assert_eq!(
        client.say("f UID FETCH 7:* FLAGS"),
        "* 1 FETCH (UID 1 FLAGS (\\Recent))\nf OK FETCH completed\n"
    );
    assert_eq!(
        client.say("u UID FETCH 1 (FLAGS UID)"),
        "* 1 FETCH (FLAGS (\\Recent) UID 1)\nu OK FETCH completed\n"
    );
}

#[test]
fn sections_of_nested_parts() {
    let house = House::new();
    house.deliver("INBOX", NESTED);
    let mut client = house.selected("INBOX");
    for (items, expected) in [
        ("BODY.PEEK[1]", "BODY[1] {9}\ncaf=C3=A9"),
        (
            "BODY.PEEK[1.MIME]",
            "BODY[1.MIME] {88}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n",
        ),
        (
            "BODY.PEEK[2.MIME]",
            "BODY[2.MIME] {32}\nContent-Type: message/rfc822\n\n",
        ),
        (
            "BODY.PEEK[2.HEADER]",
            "BODY[2.HEADER] {67}\nSubject: inner\nContent-Type: multipart/alternative; boundary=b\n\n",
        ),
        (
            "BODY.PEEK[2.HEADER.FIELDS (Subject)]",
            "BODY[2.HEADER.FIELDS (Subject)] {18}\nSubject: inner\n\n",
        ),
        ("BODY.PEEK[2.1]", "BODY[2.1] {3}\none"),
        ("BODY.PEEK[2.2]", "BODY[2.2] {8}\nAAECAw=="),
        ("BODY.PEEK[2.3]", "BODY[2.3] NIL"),
        ("BODY.PEEK[1.HEADER]", "BODY[1.HEADER] NIL"),
        ("BINARY.PEEK[1]", "BINARY[1] {5}\ncaf\u{e9}"),
        ("BINARY.PEEK[2.2]", "BINARY[2.2] ~{4}\n\0\u{1}\u{2}\u{3}"),
        ("BINARY.PEEK[2.2]<1.2>", "BINARY[2.2]<1> ~{2}\n\u{1}\u{2}"),
        ("BINARY.SIZE[2.2]", "BINARY.SIZE[2.2] 4"),
    ] {
        assert_eq!(fetch(&mut client, items), expected, "{items}");
    }
    let unknown = "f NO [UNKNOWN-CTE] A part is in an unknown encoding: fetch it with BODY\n";
    assert_eq!(client.say("f FETCH 1 (UID BINARY.PEEK[3])"), unknown);
    assert_eq!(client.say("f FETCH 1 BINARY.SIZE[3]"), unknown);
}

#[test]
fn a_nul_is_shown_only_where_a_literal8_may_stand() {
    let house = House::new();
    let octets = b"Content-Transfer-Encoding: binary\r\n\r\na\0b\r\n";
    house.deliver_octets("INBOX", octets, Flags::default());
    let mut client = house.selected("INBOX");
    assert_eq!(
        fetch(&mut client, "BINARY.PEEK[1]"),
        "BINARY[1] ~{5}\na\0b\n"
    );
    // 0x80 alone is no UTF-8: the player shows it so.
    assert_eq!(
        fetch(&mut client, "BODY.PEEK[TEXT]"),
        "BODY[TEXT] {5}\na\u{fffd}b\n"
    );
}

#[test]
fn reading_sets_seen() {
    let house = House::new();
    house.fill("INBOX", 3);
    house.deliver_octets("INBOX", b"Subject: read\r\n\r\n", Flags::SEEN);
    let (mut client, mut other) = (house.selected("INBOX"), house.selected("INBOX"));
    assert_eq!(
        client.say("f FETCH 2 BODY[TEXT]"),
        "* 2 FETCH (FLAGS (\\Seen \\Recent) BODY[TEXT] {12}\nThis is 2.\n)\nf OK FETCH completed\n"
    );
    assert_eq!(
        client.say("f FETCH 2 RFC822.TEXT"),
        "* 2 FETCH (RFC822.TEXT {12}\nThis is 2.\n)\nf OK FETCH completed\n"
    );
    assert_eq!(client.writes, 0, "it is \\Seen already");
    assert_eq!(
        other.say("n NOOP"),
        "* 2 FETCH (UID 2 FLAGS (\\Seen))\nn OK NOOP completed\n"
    );
    let said = client.say("f UID FETCH 1:* (FLAGS BINARY[1])");
    assert_eq!(client.writes, 1, "one commit for all");
    assert_eq!(said.matches("FLAGS (\\Seen \\Recent)").count(), 4, "{said}");
    assert_eq!(client.say("n NOOP"), "n OK NOOP completed\n");
    other.say("s STORE 1:* -FLAGS.SILENT (\\Seen)");
    other.say("e EXAMINE INBOX");
    assert_eq!(
        other.say("f FETCH 1 BODY[TEXT]"),
        "* 1 FETCH (BODY[TEXT] {12}\nThis is 1.\n)\nf OK FETCH completed\n"
    );
    assert_eq!(other.writes, 0, "EXAMINE changes nothing");
    assert_eq!(
        other.say("s STORE 1 +FLAGS (\\Seen)").split(']').next(),
        Some("s NO [READ-ONLY")
    );
}

/// A body larger than a piece, several to a message, among others: what arrives is what was stored, and no piece is large.
#[test]
fn long_answers_come_in_pieces() {
    let mut house = House::new();
    house.limits.piece = 20_000;
    let mut octets =
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
    for n in 0..6_000_u32 {
        octets.extend_from_slice(
            format!("{}\r\n", ["QUJD", "REVG", "MDEy"][n as usize % 3].repeat(5)).as_bytes(),
        );
    }
    house.deliver_octets("INBOX", b"Subject: before\r\n\r\n", Flags::default());
    house.deliver_octets("INBOX", &octets, Flags::default());
    house.deliver_octets("INBOX", b"Subject: behind\r\n\r\n", Flags::default());
    let mut client = house.selected("INBOX");
    let said = client.say_octets(b"f FETCH 1:3 (BODY.PEEK[] UID BINARY.PEEK[1] BINARY.SIZE[1] BODY.PEEK[TEXT]<1000.50000>)\r\n");
    assert!(
        client.pieces.iter().all(|piece| *piece < 20_000 + 4_200),
        "{:?}",
        client.pieces
    );
    assert!(client.pieces.len() > 10);
    let text = octets.split_at(octets.len() - 22 * 6_000).1;
    let decoded: Vec<u8> = (0..6_000)
        .flat_map(|n| [&b"ABC"[..], b"DEF", b"012"][n % 3].repeat(5))
        .collect();
    let mut expected = format!("* 2 FETCH (BODY[] {{{}}}\r\n", octets.len()).into_bytes();
    expected.extend_from_slice(&octets);
    expected.extend_from_slice(format!(" UID 2 BINARY[1] {{{}}}\r\n", decoded.len()).as_bytes());
    expected.extend_from_slice(&decoded);
    expected.extend_from_slice(
        format!(
            " BINARY.SIZE[1] {} BODY[TEXT]<1000> {{50000}}\r\n",
            decoded.len()
        )
        .as_bytes(),
    );
    expected.extend_from_slice(&text[1_000..51_000]);
    expected.extend_from_slice(b")\r\n* 3 FETCH");
    assert!(memchr::memmem::find(&said, &expected).is_some());
}

#[test]
fn flags_change_in_every_way() {
    let house = House::new();
    house.fill("INBOX", 4);
    let mut client = house.selected("INBOX");
    let recent =
        |flags: &str| format!("* 1 FETCH (FLAGS ({flags}\\Recent))\ns OK STORE completed\n");
    assert_eq!(
        client.say("s STORE 1 FLAGS (\\Seen \\Draft)"),
        recent("\\Seen \\Draft ")
    );
    assert_eq!(
        client.say("s STORE 1 -FLAGS (\\Seen $Never)"),
        recent("\\Draft ")
    );
    assert_eq!(
        client.say("s STORE 1 +FLAGS \\Flagged"),
        recent("\\Flagged \\Draft ")
    );
    assert_eq!(client.say("s STORE 1 FLAGS ()"), recent(""));
    assert_eq!(
        client.say("s STORE 1 +FLAGS.SILENT ($a $B)"),
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $a $B)\n* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $a $B \\*)] Flags that are kept\ns OK STORE completed\n"
    );
    assert_eq!(
        client.say("s STORE 1 -FLAGS ($A)"),
        recent("$B "),
        "a keyword in any case"
    );
    assert_eq!(
        client.say("u UID STORE 3,77 +FLAGS (\\Seen)"),
        "* 3 FETCH (UID 3 FLAGS (\\Seen \\Recent))\nu OK STORE completed\n"
    );
    assert_eq!(
        client.say("u STORE 2:5 +FLAGS (\\Seen)"),
        "u BAD There are fewer messages than that number\n"
    );
}

/// Any part of any section, however small the pieces, is the slice that it says.
#[test]
fn partials_are_slices() {
    let mut house = House::new();
    house.limits.piece = 700;
    let mut octets =
        b"X-Long: a\r\nSubject: s\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
    let header = octets.len();
    octets.extend_from_slice("QUJDREVGR0hJSktM\r\n".repeat(1_500).as_bytes());
    house.deliver_octets("INBOX", &octets, Flags::SEEN);
    let decoded = b"ABCDEFGHIJKL".repeat(1_500);
    let fields = b"Subject: s\r\n\r\n";
    let mut client = house.selected("INBOX");
    let mut state = 7_usize;
    for _ in 0..60 {
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let (name, answer, whole): (&str, &str, &[u8]) = match random(4) {
            0 => ("BODY[]", "BODY[]", &octets),
            1 => ("BODY[TEXT]", "BODY[TEXT]", &octets[header..]),
            2 => ("BINARY[1]", "BINARY[1]", &decoded),
            _ => (
                "BODY[HEADER.FIELDS (SUBJECT)]",
                "BODY[HEADER.FIELDS (SUBJECT)]",
                fields,
            ),
        };
        let offset = random(whole.len() + whole.len() / 8);
        let length = 1 + random(9_000);
        let part = &whole[offset.min(whole.len())..(offset + length).min(whole.len())];
        let mut expected = format!("* 1 FETCH ({answer}<{offset}> ").into_bytes();
        if part.is_empty() {
            expected.extend_from_slice(b"\"\"");
        } else {
            expected.extend_from_slice(format!("{{{}}}\r\n", part.len()).as_bytes());
            expected.extend_from_slice(part);
        }
        expected.extend_from_slice(b" UID 1)\r\nf OK FETCH completed\r\n");
        let said =
            client.say_octets(format!("f FETCH 1 ({name}<{offset}.{length}> UID)\r\n").as_bytes());
        assert!(said == expected, "{name}<{offset}.{length}>");
        assert!(
            client.pieces.iter().all(|piece| *piece < 700 + 4_200),
            "{:?}",
            client.pieces
        );
    }
}
