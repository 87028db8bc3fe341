//! Encoded words: the tables of RFC 2047 §8 and RFC 2231 §5, broken ones, and there and back.

use super::*;
use crate::header::{encode_parameter, encode_words, parse_parameterized};

#[test]
fn words_of_the_rfcs_decode() {
    let rows = [
        (
            "=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>",
            "Keith Moore <moore@cs.utk.edu>",
        ),
        (
            "=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>",
            "Keld Jørn Simonsen <keld@dkuug.dk>",
        ),
        (
            "=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>",
            "André Pirard <PIRARD@vm1.ulg.ac.be>",
        ),
        (
            "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
            "If you can read this you understand the example.",
        ),
        ("(=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=)", "(םולש ןב ילטפנ)"),
        ("(=?ISO-8859-1?Q?a?=)", "(a)"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        (
            "=?iso-8859-1?q?this=20is=20some=20text?=",
            "this is some text",
        ),
        ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
        ("=?utf-8?q?a?= and =?utf-8?q?b?= ", "a and b"),
    ];
    for (text, decoded) in rows {
        assert_eq!(decode_words(text.as_bytes()), decoded, "{text}");
    }
}

#[test]
fn broken_words_stay_readable() {
    let rows: [(&[u8], &str); 16] = [
        (b"plain", "plain"),
        (b"", ""),
        ("grün".as_bytes(), "grün"),
        (b"gr\xFCn", "grün"),
        (b"=?utf-8?Q?two words?=", "two words"),
        (b"\"=?utf-8?q?quoted?=\"", "\"quoted\""),
        (b"=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        // a character cut apart between two words
        (b"=?utf-8?b?w7w=?= =?UTF-8?Q?=C3?= =?utf-8?q?=A4?=", "üä"),
        (b"=?utf-8?b?YW?=", "a"),
        (b"=?utf-8?x?a?= b", "=?utf-8?x?a?= b"),
        (b"=?utf-8?q?open", "=?utf-8?q?open"),
        (b"=??q?a?=", "=??q?a?="),
        (b"a =? b", "a =? b"),
        (b"=?utf-8?q?=4?=", "=4"),
        (b"=?x-unknown?q?=FC?=", "ü"),
        // no line end gets out (header injection)
        (b"=?utf-8?q?a=0D=0AX-Pwned:_1=00?=", "a  X-Pwned: 1 "),
    ];
    for (text, decoded) in rows {
        assert_eq!(
            decode_words(text),
            decoded,
            "{}",
            String::from_utf8_lossy(text)
        );
    }
}

#[test]
fn text_comes_back_from_encoded_words() {
    let long = "Übergrößenträger, ".repeat(40);
    let japanese = "日本語のとても長い件名".repeat(10);
    let rows = [
        "",
        "plain ASCII text",
        "ein Gruß",
        "Gruß",
        " leading and trailing ä ",
        "two  blanks ü  here and  ö",
        "looks =?like?= one",
        "=?utf-8?q?a?=",
        "under_score ? = ä",
        "x\u{1F600}\u{1F600}",
        "\u{a0}nbsp\u{a0}",
        &long,
        &japanese,
    ];
    for text in rows {
        let encoded = encode_words(text);
        assert!(
            encoded.bytes().all(|b| matches!(b, b' '..=b'~')),
            "{encoded}"
        );
        for word in encoded.split(' ') {
            assert!(!word.starts_with("=?") || word.len() <= 75, "{word}");
        }
        // The ends are unfolded away, as in any field.
        assert_eq!(
            decode_words(encoded.as_bytes()),
            text.trim_matches(' '),
            "{encoded}"
        );
    }
    assert_eq!(
        encode_words("ein Gruß an alle"),
        "ein =?utf-8?b?R3J1w58=?= an alle"
    );
    assert_eq!(encode_words("a\r\nb"), "=?utf-8?q?a=0D=0Ab?=");
}

#[test]
fn parameters_come_back_from_their_encoding() {
    for value in [
        "plain.pdf",
        "grün & \"blau\".pdf",
        "100%'é.txt",
        "日本語.txt",
        "a b;c=ü",
    ] {
        let (name, encoded) = encode_parameter("filename", value);
        assert!(encoded.is_ascii());
        let quoted = encoded.replace('\\', "\\\\").replace('"', "\\\"");
        let field = format!("attachment; {name}=\"{quoted}\"");
        assert_eq!(
            parse_parameterized(field.as_bytes()).params,
            [("filename".to_owned(), value.to_owned())]
        );
    }
    assert_eq!(
        encode_parameter("n", "ü%"),
        ("n*".to_owned(), "utf-8''%C3%BC%25".to_owned())
    );
}

#[test]
fn rows_of_half_words_cost_linear_time() {
    // Each of these once made a decoder search the rest of the text for every "=?". A quadratic one would
    // compare 10^10 octets here and never end.
    for piece in ["=?", "=?a?q?x", "=?a", "=?a?q?", "?=", "=?a?z?x?= "] {
        let text = piece.repeat(200_000 / piece.len());
        assert!(decode_words(text.as_bytes()).len() <= text.len());
    }
}
