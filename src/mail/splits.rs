//! For tests: feeds a text whole, octet by octet and in random pieces, and insists on one result.

use std::fmt::Debug;

/// The result of `run` over `text`, which must not depend on how the text is cut.
pub(crate) fn three_ways<T: PartialEq + Debug>(text: &[u8], run: impl Fn(&[&[u8]]) -> T) -> T {
    let whole = run(&[text]);
    let octets: Vec<&[u8]> = text.chunks(1).collect();
    assert_eq!(run(&octets), whole, "octet by octet");
    for seed in 1..=8u64 {
        let pieces = random_pieces(text, seed);
        assert_eq!(run(&pieces), whole, "seed {seed}");
    }
    whole
}

/// Pieces of 0 to 2^k octets, so that both small and large ones come.
fn random_pieces(mut text: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let bits = random.next() % 10;
        let len = usize::try_from(random.next() % (1 << bits))
            .unwrap()
            .min(text.len());
        let (piece, rest) = text.split_at(len);
        pieces.push(piece);
        text = rest;
    }
    pieces
}

/// Marsaglia's xorshift: the same on every machine, so that a failure can be repeated.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
