//! How much mail fits, told where that is little: a program of 32 bits sees the store through a window of about 1 GiB, however large the card is.

use crate::control::size;

/// Below this a household may notice one day; octets.
const LITTLE: u64 = 4 << 30;

/// A sentence about a store that cannot grow far; nothing where there is room.
pub(crate) fn sentence(map_size: u64) -> Option<String> {
    told(map_size, cfg!(target_pointer_width = "32"))
}

fn told(map_size: u64, narrow: bool) -> Option<String> {
    let room = size(map_size);
    if narrow {
        Some(format!(
            "everyone's mail together may grow to {room}: this is a 32-bit system, which sees no more at once, however large the card; on a 64-bit board it is 64 GiB"
        ))
    } else if map_size < LITTLE {
        Some(format!(
            "everyone's mail together may grow to {room}: that is what the partition or `map_size` in [limits.store] leaves"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_told_with_its_reason() {
        assert_eq!(told(64 << 30, false), None);
        let partition = told(57 << 20, false).unwrap();
        assert!(partition.contains("57.0 MiB") && partition.contains("partition"));
        for map_size in [1 << 30, 512 << 20] {
            let narrow = told(map_size, true).unwrap();
            assert!(
                narrow.contains("32-bit") && narrow.contains(&size(map_size)),
                "{narrow}"
            );
        }
    }
}
