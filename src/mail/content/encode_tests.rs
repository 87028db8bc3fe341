use super::*;
use crate::content::{LineEnds, decode_transfer};
use crate::splits::{Random, three_ways};

fn encoded(encoder: &Encoder, octets: &[u8]) -> Vec<u8> {
    let out = three_ways(octets, |pieces| {
        let (mut encoder, mut out) = (encoder.clone(), Vec::new());
        pieces
            .iter()
            .for_each(|piece| encoder.feed(piece, &mut out));
        encoder.finish(&mut out);
        out
    });
    for line in out.split(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 76 && line.iter().all(|b| matches!(b, b' '..=b'~' | b'\t')));
        assert!(
            !line.starts_with(b"-")
                && !line.starts_with(b".")
                && !line.ends_with(b" ")
                && !line.ends_with(b"\t")
        );
    }
    out
}

fn decoded(encoding: &str, text: &[u8]) -> Vec<u8> {
    let (mut decoder, mut out) = (decode_transfer(encoding).unwrap(), Vec::new());
    decoder.feed(text, &mut out).unwrap();
    decoder.finish(&mut out).unwrap();
    out
}

#[test]
fn quoted_printable_follows_the_rules() {
    let x76 = "x".repeat(76);
    let rows: [(&str, String); 9] = [
        ("Grüße = gut\r\n", "Gr=C3=BC=C3=9Fe =3D gut\r\n".to_owned()),
        ("blank \r\ntab\t\r\n", "blank=20\r\ntab=09\r\n".to_owned()),
        ("a\nb\r\n", "a\r\nb\r\n".to_owned()),
        ("bare\rCR\r", "bare=0DCR=0D".to_owned()),
        ("\0\x7f", "=00=7F".to_owned()),
        ("--boundary\r\n.\r\n", "=2D-boundary\r\n=2E\r\n".to_owned()),
        (&x76, format!("{}=\r\nx", "x".repeat(75))),
        ("end ", "end=20".to_owned()),
        ("", String::new()),
    ];
    for (text, expected) in rows {
        assert_eq!(
            String::from_utf8(encoded(&Encoder::quoted(true), text.as_bytes())).unwrap(),
            expected
        );
    }
    assert_eq!(
        encoded(&Encoder::quoted(false), b"a\nb\r\nc"),
        b"a=0Ab\r\nc"
    );
    // A soft line break never makes a boundary.
    let tricky = format!("{}--b", "x".repeat(75));
    assert_eq!(
        encoded(&Encoder::quoted(true), tricky.as_bytes()),
        format!("{}=\r\n=2D-b", "x".repeat(75)).as_bytes()
    );
}

#[test]
fn base64_comes_in_lines() {
    assert_eq!(encoded(&Encoder::base64(), b"foob"), b"Zm9vYg==");
    let text = encoded(&Encoder::base64(), &[0; 58]);
    assert_eq!(text, format!("{}\r\nAA==", "A".repeat(76)).as_bytes());
    assert_eq!(encoded(&Encoder::base64(), &[0; 57]).len(), 76);
}

#[test]
fn what_is_encoded_decodes() {
    let mut random = Random(7);
    for _ in 0..300 {
        let octets: Vec<u8> = (0..random.next() % 300)
            .map(|_| b"\r\n\n \t=-.a\xE9\0xyz"[(random.next() % 14) as usize])
            .collect();
        assert_eq!(
            decoded("base64", &encoded(&Encoder::base64(), &octets)),
            octets
        );
        assert_eq!(
            decoded(
                "quoted-printable",
                &encoded(&Encoder::quoted(false), &octets)
            ),
            octets
        );
        let (mut canonical, mut line_ends) = (Vec::new(), LineEnds::default());
        line_ends.feed(&octets, &mut canonical);
        assert_eq!(
            decoded(
                "quoted-printable",
                &encoded(&Encoder::quoted(true), &octets)
            ),
            canonical
        );
    }
}
