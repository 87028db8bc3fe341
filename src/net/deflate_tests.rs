//! DEFLATE against what zlib packs, cut anywhere, and against hostile streams.

use super::*;

/// What zlib's compressor makes of two commands, with each of its flushes behind each: `zlib.compressobj(6, DEFLATED, -15)`.
const FLUSHES: [(&str, &[u8]); 3] = [
    ("partial", include_bytes!("deflate_tests/partial")),
    ("sync", include_bytes!("deflate_tests/sync")),
    ("full", include_bytes!("deflate_tests/full")),
];

fn said() -> Vec<u8> {
    include_bytes!("deflate_tests/plain").to_vec()
}

/// Everything that comes out, and whether all of it did before the next octets went in.
fn unpack(packed: &[u8], pieces: usize, most: usize) -> io::Result<Vec<u8>> {
    let mut inflate = Inflate::new(Vec::new());
    let mut out = Vec::new();
    for piece in packed.chunks(pieces) {
        inflate.hold(piece);
        while inflate.holds() {
            let before = out.len();
            inflate.some(most, &mut |octets| out.extend_from_slice(octets))?;
            assert!(out.len() - before <= most);
        }
    }
    Ok(out)
}

#[test]
fn what_a_client_packs_comes_out_however_it_is_flushed_and_cut() {
    for (how, packed) in FLUSHES {
        for pieces in [1, 2, 3, 7, usize::MAX] {
            for most in [1, 5, STEP] {
                assert_eq!(
                    unpack(packed, pieces, most).unwrap(),
                    said(),
                    "{how} {pieces} {most}"
                );
            }
        }
    }
}

#[test]
fn a_client_that_idles_after_any_flush_costs_what_it_has_said() {
    for (how, packed) in FLUSHES {
        let mut inflate = Inflate::new(packed.to_vec());
        let mut out = 0;
        while inflate.holds() {
            inflate
                .some(STEP, &mut |octets| out += octets.len())
                .unwrap();
        }
        assert_eq!(out, said().len(), "{how}");
        assert!(
            inflate.memory() <= out + GROWTH + 128,
            "{how}: {}",
            inflate.memory()
        );
    }
}

#[test]
fn what_is_packed_here_unpacks_there() {
    let mut seed = 1u32;
    let mut random = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    let noise: Vec<u8> = (0..100_000).map(|_| random()).collect();
    let pieces = [
        b"* 5 EXISTS\r\n".to_vec(),
        b"* 1 FETCH (FLAGS (\\Seen) UID 17)\r\n".repeat(3_000),
        noise.clone(),
        b"a OK\r\n".to_vec(),
    ];
    let mut stream = Vec::new();
    for piece in &pieces {
        stream.extend_from_slice(&pack(piece));
    }
    let (mails, packed) = (&pieces[1], pack(&pieces[1]));
    assert!(packed.len() * 50 < mails.len(), "{}", packed.len());
    assert!(pack(&noise).len() < noise.len() + 16, "stored as it is");
    assert_eq!(unpack(&stream, 1_000, 4_096).unwrap(), pieces.concat());
    stream.extend_from_slice(&pack_last(b"b OK\r\n"));
    assert_eq!(
        unpack(&stream, usize::MAX, STEP).unwrap(),
        [pieces.concat(), b"b OK\r\n".to_vec()].concat()
    );
    stream.push(0);
    assert!(
        unpack(&stream, usize::MAX, STEP).is_err(),
        "it was the last"
    );
}

#[test]
fn a_bomb_comes_out_in_steps_and_keeps_a_window() {
    let bomb = pack(&vec![b'x'; 16 << 20]);
    assert!(bomb.len() < 64 << 10, "{}", bomb.len());
    let mut inflate = Inflate::new(bomb);
    let (mut out, mut steps) = (0, 0);
    while inflate.holds() {
        let mut step = 0;
        inflate
            .some(4_096, &mut |octets| step += octets.len())
            .unwrap();
        assert!(step <= 4_096);
        assert!(inflate.memory() < (64 << 10) + WINDOW + 20_000);
        out += step;
        steps += 1;
    }
    assert_eq!(out, 16 << 20);
    assert!(steps >= 4_096);
}

#[test]
fn damage_and_distances_beyond_the_beginning_are_errors() {
    // A block of a type that there is not; a stored block whose length is wrong; a static block that begins by referring back.
    for damaged in [&[0x07][..], &[0, 1, 0, 1, 0], &[0x03, 0x02, 0, 0, 0]] {
        assert!(unpack(damaged, usize::MAX, STEP).is_err(), "{damaged:?}");
    }
}

#[test]
fn after_the_end_the_rest_of_a_flush_is_dropped_and_commands_are_not() {
    for rest in [
        &b"\0\0\xff\xffa NOOP\r\n"[..],
        b"a NOOP\r\n",
        b"\x01\0a NOOP\r\n",
        b"\x03\0a NOOP\r\n",
    ] {
        for pieces in [1, usize::MAX] {
            let mut inflate = Inflate::new(Vec::new());
            inflate.end();
            let mut out = Vec::new();
            for piece in rest.chunks(pieces) {
                inflate.hold(piece);
                while inflate.holds() {
                    inflate
                        .some(STEP, &mut |octets| out.extend_from_slice(octets))
                        .unwrap();
                }
            }
            assert_eq!(out, b"a NOOP\r\n");
            assert!(inflate.is_over());
        }
    }
}

/// `UNAUTHENTICATE` ends the stream in its own block: what came behind is not unpacked with it.
#[test]
fn it_stops_where_a_block_ends_a_line() {
    let mut packed = pack(&b"a NOOP\r\n".repeat(20));
    let first = b"a NOOP\r\n".repeat(20);
    packed.extend_from_slice(b"b LOGIN ann pass\r\n");
    let mut inflate = Inflate::new(packed);
    let mut out = Vec::new();
    inflate
        .some(STEP, &mut |octets| out.extend_from_slice(octets))
        .unwrap();
    assert_eq!(out, first);
    inflate.end();
    out.clear();
    inflate
        .some(STEP, &mut |octets| out.extend_from_slice(octets))
        .unwrap();
    assert_eq!(out, b"b LOGIN ann pass\r\n");
}
