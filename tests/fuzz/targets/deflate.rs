//! COMPRESS=DEFLATE: any octets, no panic, and never more out of a step than was asked for; what is packed unpacks.
#![no_main]
#![allow(dead_code, reason = "the connection uses all of it")]

#[path = "../../../src/net/deflate.rs"]
mod deflate;

use deflate::Inflate;
use libfuzzer_sys::fuzz_target;

/// Octets asked for at once.
const MOST: usize = 4_096;
/// A bomb of 16 KB makes 16 MB; no more of it is asked for than this.
const OUT: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let mut inflate = Inflate::new(Vec::new());
    let mut all = 0;
    'out: for piece in fuzz::pieces(input) {
        inflate.hold(piece);
        loop {
            let mut got = 0;
            let outcome = inflate.some(MOST, &mut |octets| got += octets.len());
            assert!(got <= MOST, "{got} octets");
            all += got;
            if outcome.is_err() || inflate.is_over() || all > OUT {
                break 'out;
            }
            if !inflate.holds() {
                break;
            }
        }
    }
    let mut packed = deflate::pack(input);
    packed.extend_from_slice(&deflate::pack(input));
    packed.extend_from_slice(&deflate::pack_last(b"end"));
    let mut inflate = Inflate::new(Vec::new());
    let mut back = Vec::new();
    for piece in fuzz::pieces(&packed) {
        inflate.hold(piece);
        loop {
            inflate
                .some(MOST, &mut |octets| back.extend_from_slice(octets))
                .unwrap();
            if !inflate.holds() {
                break;
            }
        }
    }
    assert!(back == [input, input, b"end"].concat());
});
