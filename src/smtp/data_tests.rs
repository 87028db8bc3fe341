use super::*;

/// Content, fault and octets taken, or `None` for the fault's content (which is to be forgotten) and for a message without end.
type Read = (Option<Vec<u8>>, Option<Fault>, Option<usize>);

fn read(input: &[u8], piece: usize) -> Read {
    let mut reader = DataReader::new();
    let (mut out, mut taken) = (Vec::new(), 0);
    for octets in input.chunks(piece) {
        let step = reader.read(octets, &mut out);
        taken += step.octets;
        if step.ended {
            return (
                reader.fault().is_none().then_some(out),
                reader.fault(),
                Some(taken),
            );
        }
        assert_eq!(step.octets, octets.len());
    }
    (
        reader.fault().is_none().then_some(out),
        reader.fault(),
        None,
    )
}

/// The same in every size of piece.
fn read_alike(input: &[u8]) -> Read {
    let whole = read(input, input.len().max(1));
    for piece in 1..input.len().min(9) {
        assert_eq!(
            read(input, piece),
            whole,
            "{:?} by {piece}",
            String::from_utf8_lossy(input)
        );
    }
    whole
}

#[test]
fn messages_end_and_dots_are_undone() {
    let cases: [(&[u8], &[u8]); 10] = [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"a\r\n..\r\n.\r\n", b"a\r\n.\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..a\r\n...b\r\n.\r\n", b".a\r\n..b\r\n"),
        // RFC 5321 §4.5.2: a dot with something behind it loses the dot, stuffed or not.
        (b".a\r\n.\r\n", b"a\r\n"),
        (b"a.\r\nb.c\r\n.\r\n", b"a.\r\nb.c\r\n"),
        (b"a\r\n\r\n\r\n.\r\n", b"a\r\n\r\n\r\n"),
        (b"\xff\xfe\x01\r\n.\r\n", b"\xff\xfe\x01\r\n"),
    ];
    for (input, content) in cases {
        assert_eq!(
            read_alike(input),
            (Some(content.to_vec()), None, Some(input.len())),
            "{input:?}"
        );
    }
}

#[test]
fn what_follows_the_end_is_left() {
    let mut out = Vec::new();
    let taken = DataReader::new().read(b"a\r\n.\r\nQUIT\r\n", &mut out);
    assert_eq!(
        (taken, out.as_slice()),
        (
            Taken {
                octets: 6,
                ended: true
            },
            &b"a\r\n"[..]
        )
    );
}

/// Each variant that some server took for the end (users.md B1): it is none, and it is a fault.
#[test]
fn nothing_else_ends_a_message() {
    let ends: [(&[u8], Fault); 18] = [
        (b"\n.\n", Fault::BareLf),
        (b"\n.\r\n", Fault::BareLf),
        (b"\r\n.\n", Fault::BareLf),
        (b"\r.\r", Fault::BareCr),
        (b"\r.\r\n", Fault::BareCr),
        (b"\r\n.\r", Fault::BareCr),
        (b"\r\n.\r\r\n", Fault::BareCr),
        (b"\r\r\n.\r\r\n", Fault::BareCr),
        (b"\n\n.\r\n", Fault::BareLf),
        (b"\r\n.\n\r\n", Fault::BareLf),
        (b"\r\n\r.\r\n", Fault::BareCr),
        (b"\n.\r", Fault::BareLf),
        (b"\r.\n", Fault::BareCr),
        (b"\r\n\0.\r\n", Fault::Nul),
        (b"\r\n.\0\r\n", Fault::Nul),
        (b"\0\r\n.\0\r\n", Fault::Nul),
        (b"\r\0\n.\r\n", Fault::BareCr),
        (b"\r\n.\r\0\n", Fault::BareCr),
    ];
    for (end, fault) in ends {
        let smuggled = b"MAIL FROM:<admin@example.org>\r\n";
        let input = [b"Subject: a\r\n\r\nb", end, smuggled].concat();
        assert_eq!(read_alike(&input), (None, Some(fault), None), "{end:?}");
        // It is read on to the real end, which is found whatever came before.
        let input = [&input[..], b"\r\n.\r\n"].concat();
        assert_eq!(
            read_alike(&input),
            (None, Some(fault), Some(input.len())),
            "{end:?}"
        );
    }
}

/// A dot line in front of which a bare CR or LF stands is not at a line's start.
#[test]
fn a_fault_never_starts_a_line() {
    for start in [&b"\n"[..], b"\r", b"\0", b"\r\0", b"a\n"] {
        let input = [start, b".\r\n"].concat();
        assert_eq!(read_alike(&input).2, None, "{start:?}");
    }
}

/// Stuffing and reading are inverse, for every short message over the octets that matter.
#[test]
fn stuffed_content_comes_back() {
    let lines: [&[u8]; 5] = [b"", b".", b"..", b"a", b".a"];
    for first in lines {
        for second in lines {
            for third in lines {
                let (mut content, mut stuffed) = (Vec::new(), Vec::new());
                for line in [first, second, third] {
                    content.extend_from_slice(line);
                    content.extend_from_slice(b"\r\n");
                    stuffed.extend_from_slice(if line.starts_with(b".") { b"." } else { b"" });
                    stuffed.extend_from_slice(line);
                    stuffed.extend_from_slice(b"\r\n");
                }
                stuffed.extend_from_slice(b".\r\n");
                assert_eq!(read_alike(&stuffed).0, Some(content));
            }
        }
    }
}

/// How fast it is: `cargo test -p smtp --release -- --ignored --nocapture fast`.
#[test]
#[ignore = "a measurement, meant for a release build"]
fn fast() {
    let line = [&[b'x'; 76][..], b"\r\n"].concat();
    for (name, line) in [
        ("76-octet lines", line),
        ("dot lines", b"..\r\n".to_vec()),
        ("empty lines", b"\r\n".to_vec()),
    ] {
        let piece = line.repeat(16_384 / line.len());
        let mut reader = DataReader::new();
        let mut out = Vec::with_capacity(piece.len());
        let start = std::time::Instant::now();
        let mut octets = 0;
        while octets < 200_000_000 {
            out.clear();
            octets += reader.read(&piece, &mut out).octets;
        }
        println!(
            "{name}: {:.0} MB/s",
            octets as f64 / 1e6 / start.elapsed().as_secs_f64()
        );
    }
}
