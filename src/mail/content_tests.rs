//! Transfer encodings: the rules of RFC 2045 §6.7 and §6.8 and their breaches, fed in three ways.

use super::*;
use crate::splits::three_ways;

fn decoded(encoding: &str, body: &[u8]) -> (Vec<u8>, bool) {
    three_ways(body, |pieces| {
        let mut decoder = decode_transfer(encoding).unwrap();
        let mut out = Vec::new();
        let mut good = true;
        for piece in pieces {
            good &= decoder.feed(piece, &mut out).is_ok();
        }
        good &= decoder.finish(&mut out).is_ok();
        (out, good)
    })
}

#[test]
fn base64_is_read() {
    let rows: [(&[u8], &[u8], bool); 14] = [
        (b"", b"", true),
        (b"Zg==", b"f", true),
        (b"Zm8=", b"fo", true),
        (b"Zm9v", b"foo", true),
        (b"Zm9vYmFy", b"foobar", true),
        (b"Zm9v\r\nYmFy\r\n", b"foobar", true),
        (b" Z m\t9\nv ", b"foo", true),
        (b"/+8=", b"\xFF\xEF", true),
        // padding missing, bodies joined
        (b"Zm8", b"fo", true),
        (b"Zg", b"f", true),
        (b"Zg==Zm8=", b"ffo", true),
        // breaches
        (b"Zm9vY", b"foo", false),
        (b"Z!m9v", b"foo", false),
        (b"Zm9v=", b"foo", false),
    ];
    for (body, text, good) in rows {
        assert_eq!(
            decoded("base64", body),
            (text.to_vec(), good),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

#[test]
fn base64_comes_back() {
    let octets: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for len in [0, 1, 2, 3, 4, 57, 999, 1000] {
        let text = base64::encode(&octets[..len]);
        assert_eq!(
            decoded("BASE64", text.as_bytes()),
            (octets[..len].to_vec(), true)
        );
    }
}

#[test]
fn quoted_printable_is_read() {
    let long_blanks = " ".repeat(3000);
    let rows: [(&[u8], &[u8], bool); 22] = [
        (b"", b"", true),
        (
            b"Now's the time =\r\nfor all folk to come=\r\n to the aid",
            b"Now's the time for all folk to come to the aid",
            true,
        ),
        (b"gr=C3=BCn", "grün".as_bytes(), true),
        (b"=c3=bc", "ü".as_bytes(), true),
        (b"a=3Db\r\n", b"a=b\r\n", true),
        (b"a  \r\nb\t \nc", b"a\r\nb\nc", true),
        (b"a  b", b"a  b", true),
        (b"soft=  \r\nbreak", b"softbreak", true),
        (b"soft=\nbreak", b"softbreak", true),
        (b"=\r\n", b"", true),
        (b"end=", b"end", true),
        (b"end=\r", b"end", true),
        (b"end  ", b"end", true),
        (b"a\rb", b"a\rb", true),
        (b"a \r", b"a \r", true),
        (b"a=20 \r\n", b"a \r\n", true),
        // breaches stay as they are
        (b"a=zz", b"a=zz", false),
        (b"=4", b"=4", false),
        (b"1=2=33", b"1=23", false),
        (b"= x", b"= x", false),
        (b"=\rx", b"=\rx", false),
        (b"==41", b"=A", false),
    ];
    for (body, text, good) in rows {
        assert_eq!(
            decoded("Quoted-Printable", body),
            (text.to_vec(), good),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    // Held octets are bounded; blanks beyond the bound count as text, whatever follows.
    let mut decoder = decode_transfer("quoted-printable").unwrap();
    let mut out = Vec::new();
    for piece in long_blanks.as_bytes().chunks(7) {
        decoder.feed(piece, &mut out).unwrap();
    }
    decoder.finish(&mut out).unwrap();
    assert!(out.len() >= 1900);
}

#[test]
fn other_encodings() {
    for name in ["7bit", "8BIT", "binary", "", " 7bit "] {
        assert_eq!(
            decoded(name, b"a=20\r\n\0\xFF"),
            (b"a=20\r\n\0\xFF".to_vec(), true)
        );
    }
    assert!(decode_transfer("x-uuencode").is_none());
}
