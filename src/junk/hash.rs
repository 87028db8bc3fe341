//! The hash behind every token: 64 bits, keyed with the person's seed.
//!
//! It promises to be fast and even, and that whoever does not know the seed cannot aim a word of theirs at the cell of another word.
//! It is no cryptographic hash: whoever could watch a table's cells could learn the seed.

/// Digits of pi: no pattern that a text could share.
const STIR: u64 = 0x2437_F6A8_885A_308D;
const STEP: u64 = 0x1319_8A2E_0370_7345;

/// One token's hash under `seed`. `kind` keeps a word of the subject apart from the same word of the body.
pub(crate) fn hash(seed: u64, kind: u64, text: &[u8]) -> u64 {
    let mut state = mix(seed ^ STIR, kind.wrapping_mul(STEP) ^ text.len() as u64);
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        state = mix(state ^ STIR, u64::from_le_bytes(*word) ^ seed);
    }
    let last = rest
        .iter()
        .rev()
        .fold(0, |last, &octet| last << 8 | u64::from(octet));
    mix(state ^ STEP, last ^ seed)
}

/// The hash of two tokens of which the second stands `gap` words behind the first.
pub(crate) fn pair(first: u64, gap: u64, second: u64) -> u64 {
    mix(
        first.rotate_left(21) ^ STIR,
        second.wrapping_add(gap.wrapping_mul(STEP)),
    )
}

/// A product of 128 bits folded to 64: each bit of both factors reaches each bit of the result.
fn mix(left: u64, right: u64) -> u64 {
    let product = u128::from(left | 1) * u128::from(right ^ STEP);
    #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
    let folded = (product >> 64) as u64 ^ product as u64;
    folded ^ left.rotate_left(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_fall_evenly_and_differently_under_each_seed() {
        let mut cells = vec![0_u32; 1024];
        let mut same = 0;
        for number in 0..102_400_u32 {
            let text = format!("word{number}");
            let one = hash(1, 0, text.as_bytes());
            cells[usize::try_from(one >> 54).unwrap()] += 1;
            same += u32::from(one >> 54 == hash(2, 0, text.as_bytes()) >> 54);
        }
        // 100 a cell with a standard deviation of 10; a second seed agrees on one in 1024.
        assert!(
            cells.iter().all(|&n| (50..150).contains(&n)),
            "{:?} {:?}",
            cells.iter().min(),
            cells.iter().max()
        );
        assert!(same < 200, "{same}");
    }

    #[test]
    fn kind_order_gap_and_length_count() {
        let hashes = [
            hash(1, 0, b"a"),
            hash(1, 1, b"a"),
            hash(1, 0, b"a\0"),
            hash(1, 0, b""),
            hash(1, 0, b"\0"),
            hash(1, 0, b"12345678"),
            hash(1, 0, b"12345678\0"),
            pair(1, 1, 2),
            pair(2, 1, 1),
            pair(1, 2, 2),
        ];
        for (at, one) in hashes.iter().enumerate() {
            assert!(hashes.iter().skip(at + 1).all(|other| one != other), "{at}");
        }
    }
}
