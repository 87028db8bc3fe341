use super::*;
use crate::data::DataReader;

fn normal(input: &[u8], pieces: usize, stuff: bool) -> Vec<u8> {
    let mut normaliser = Normaliser::new(stuff);
    let mut out = Vec::new();
    for piece in input.chunks(pieces) {
        normaliser.push(piece, &mut out);
        assert!(normaliser.line.len() <= LINE + 4);
    }
    normaliser.finish(&mut out);
    out
}

fn all_ways(input: &[u8], stuff: bool) -> Vec<u8> {
    let whole = normal(input, usize::MAX, stuff);
    for pieces in [1, 2, 3, 7] {
        assert_eq!(whole, normal(input, pieces, stuff), "in pieces of {pieces}");
    }
    whole
}

#[test]
fn lines_end_with_crlf_and_nothing_else() {
    for (input, output) in [
        (&b""[..], &b""[..]),
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a", b"a\r\n"),
        (b"a\nb", b"a\r\nb\r\n"),
        (b"a\rb\r\n", b"a b\r\n"),
        (b"a\r\r\nb", b"a \r\nb\r\n"),
        (b"a\r", b"a \r\n"),
        (b"a\0b\n", b"a b\r\n"),
        (b"\n\n", b"\r\n\r\n"),
        (b"\r\n\r\n", b"\r\n\r\n"),
        (b"\r\0\n", b"  \r\n"),
    ] {
        assert_eq!(all_ways(input, false), output, "{input:?}");
        assert_eq!(all_ways(input, true), output, "{input:?}");
    }
}

/// Every spelling of an end that some host has taken for one comes out as text.
#[test]
fn no_spelling_of_an_end_ends_it() {
    for end in [
        "\r\n.\r\n",
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\r",
        "\n.\r",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
        "\r\r\n.\r\r\n",
        "\r\n.\r\r\n",
    ] {
        let input = format!("a{end}MAIL FROM:<evil@b.test>\r\n");
        let stuffed = all_ways(input.as_bytes(), true);
        assert!(
            !stuffed.windows(5).any(|five| five == b"\r\n.\r\n"),
            "{end:?}"
        );
        let mut reader = DataReader::new();
        let mut text = Vec::new();
        let taken = reader.read(&[&stuffed[..], b".\r\n"].concat(), &mut text);
        assert_eq!(
            (taken.octets, taken.ended),
            (stuffed.len() + 3, true),
            "{end:?}"
        );
        assert_eq!(reader.fault(), None);
        assert_eq!(text, all_ways(input.as_bytes(), false));
    }
}

#[test]
fn long_lines_are_folded() {
    let words = "word ".repeat(500);
    let folded = all_ways(words.as_bytes(), false);
    let folded = String::from_utf8(folded).unwrap();
    assert!(folded.lines().count() > 2);
    assert!(folded.lines().all(|line| line.len() <= LINE));
    assert_eq!(
        folded.replace("\r\n", ""),
        words,
        "only line ends were added"
    );
    assert!(folded.lines().skip(1).all(|line| line.starts_with(' ')));

    let exact = format!("{}\r\n", "x".repeat(LINE));
    assert_eq!(all_ways(exact.as_bytes(), false), exact.as_bytes());
    let solid = all_ways("x".repeat(LINE + 1).as_bytes(), false);
    assert_eq!(solid, format!("{}\r\n x\r\n", "x".repeat(LINE)).as_bytes());

    for shift in 0..4 {
        let text = format!("{}{}", "x".repeat(shift), "😀ü€".repeat(400));
        let folded =
            String::from_utf8(all_ways(text.as_bytes(), false)).expect("no character is cut");
        assert!(folded.lines().all(|line| line.len() <= LINE));
        assert_eq!(folded.replace("\r\n ", "").trim_end(), text);
    }
    // Not even without end or sense.
    for octet in [b' ', 0x80, 0xff, b'.'] {
        let folded = all_ways(&vec![octet; 5000], true);
        assert!(
            folded
                .split(|octet| *octet == b'\n')
                .all(|line| line.len() <= LINE + 2)
        );
    }
}

/// The property that everything hangs on (B2), for many texts made of what is dangerous: our own strict reader takes exactly one message, without a fault,
/// and it is what BDAT would have carried.
#[test]
fn whatever_goes_in_one_message_comes_out() {
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    let pieces: [&[u8]; 12] = [
        b"\r",
        b"\n",
        b"\r\n",
        b".",
        b"..",
        b"\0",
        b"a",
        b" ",
        b"\t",
        "ü".as_bytes(),
        b"\xff",
        &[b'x'; 600],
    ];
    for _ in 0..4000 {
        let mut input = Vec::new();
        for _ in 0..random(24) {
            input.extend_from_slice(pieces[random(pieces.len())]);
        }
        let cut = 1 + random(40);
        let mut sent = normal(&input, cut, true);
        let plain = normal(&input, 1 + random(40), false);
        sent.extend_from_slice(b".\r\nNEXT");
        let (mut reader, mut text) = (DataReader::new(), Vec::new());
        let taken = reader.read(&sent, &mut text);
        assert!(taken.ended && taken.octets == sent.len() - 4, "{input:?}");
        assert_eq!((reader.fault(), &text), (None, &plain), "{input:?}");
        assert!(text.is_empty() || text.ends_with(b"\r\n"));
        assert!(
            text.split(|octet| *octet == b'\n')
                .all(|line| line.len() <= LINE + 1),
            "{input:?}"
        );
    }
}
