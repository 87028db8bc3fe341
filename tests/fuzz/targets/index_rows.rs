//! The rows and lists of the search index: any octets, no panic and no number out of range; what was written is read as it was.
#![no_main]
#![allow(dead_code, reason = "the store uses all of it")]

mod error {
    pub(crate) use store::{Error, Result};
}
mod ids {
    pub(crate) use store::Gid;
}
#[path = "index_rows/index.rs"]
mod index;

use std::collections::BTreeSet;

use index::set::Set;
use libfuzzer_sys::fuzz_target;

/// Messages of a segment, at most.
const RANGE: u32 = 3_000;

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let range = rest
        .first_chunk()
        .map_or(1, |two| u32::from(u16::from_le_bytes(*two)) % RANGE + 1);
    match kind % 3 {
        0 => index::read(rest, range),
        1 => {
            let mut set = Set::new(0, range);
            index::list(rest, &mut set);
            assert!(set.docs().all(|doc| doc < range));
        }
        _ => {
            // Gaps, so that long runs and single numbers both come.
            let mut next = 0_u32;
            let gaps = rest.iter().map(|gap| u32::from(*gap));
            let docs: BTreeSet<u32> = gaps
                .filter_map(|gap| {
                    next += if gap < 128 { 1 } else { gap - 127 };
                    (next <= range).then(|| next - 1)
                })
                .collect();
            index::there_and_back(&docs.into_iter().collect::<Vec<u32>>(), range);
        }
    }
});
