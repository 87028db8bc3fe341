//! Sizes as people read and type them.

const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// `1.5 GiB`: about so much.
pub(super) fn in_words(octets: u64) -> String {
    match UNITS.iter().find(|(_, worth)| octets >= *worth) {
        Some((unit, worth)) => format!("{}.{} {unit}", octets / worth, octets % worth * 10 / worth),
        None => format!("{octets} B"),
    }
}

/// `2 GiB`: exactly so much, as it can be typed again.
pub(super) fn exact(octets: u64) -> String {
    let fits = |(_, worth): &&(&str, u64)| octets > 0 && octets.is_multiple_of(*worth);
    match UNITS.iter().find(fits) {
        Some((unit, worth)) => format!("{} {unit}", octets / worth),
        None => octets.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well_and_can_be_typed_again() {
        assert_eq!(in_words(3 << 29), "1.5 GiB");
        assert_eq!(in_words(12), "12 B");
        for octets in [2 << 30, 500 << 20, 1024, 999] {
            assert_eq!(crate::settings::octets(&exact(octets)), Some(octets));
        }
    }
}
