//! "Did you mean …?"

/// The candidate that is most like `word`, if any is near enough to be a slip of the keyboard.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    if word.len() > 64 {
        return None;
    }
    candidates
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Places that somebody may have meant by `word`, the nearest first, three at most: by the whole name of a time zone, or by its place alone (`Athens`,
/// `Asia/Athens`).
pub(super) fn nearest_places<'a>(
    word: &str,
    places: impl Iterator<Item = &'a str>,
) -> Vec<&'a str> {
    const MOST: usize = 3;
    let word = word.to_ascii_lowercase().replace(' ', "_");
    if word.len() > 64 {
        return Vec::new();
    }
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let near = |a: &str, b: &str| {
        let far = distance(a, b);
        (far <= b.len() / 3).then_some(far)
    };
    let mut found: Vec<(usize, &str)> = places
        .filter_map(|place| {
            let lower = place.to_ascii_lowercase();
            // Another region is one slip more.
            let there = near(&last(&word), &last(&lower)).map(|far| far + 1);
            let far = near(&word, &lower).into_iter().chain(there).min()?;
            Some((far, place))
        })
        .collect();
    found.sort_by_key(|(far, _)| *far);
    // Beside one that fits to the letter, those that merely look like it are noise.
    let least = found.first().map_or(0, |(far, _)| *far);
    found.retain(|(far, _)| *far <= least + 1);
    found
        .into_iter()
        .take(MOST)
        .map(|(_, place)| place)
        .collect()
}

/// Insertions, deletions and replacements between two short words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, to) in row.iter_mut().skip(1).zip(b.bytes()) {
            let replaced = diagonal + usize::from(from != to);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_by_name_and_by_slip() {
        for (word, first) in [
            ("Athens", Some("Europe/Athens")),
            ("Europe/Athen", Some("Europe/Athens")),
            ("Europe Athens", Some("Europe/Athens")),
            ("Asia/Athens", Some("Europe/Athens")),
            ("america/new york", Some("America/New_York")),
            ("Atlantis", None),
            ("", None),
        ] {
            let found = nearest_places(word, crate::clock::zones());
            assert_eq!(found.first().copied(), first, "{word}: {found:?}");
            assert!(found.len() <= 3, "{found:?}");
        }
        assert_eq!(
            nearest_places(&"a".repeat(9999), crate::clock::zones()),
            [""; 0]
        );
    }

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let keys = ["hostname", "domains", "listen", "smtp", "imaps"];
        let near = |word| nearest(word, keys.into_iter());
        assert_eq!(near("hostnam"), Some("hostname"));
        assert_eq!(near("Domain"), Some("domains"));
        assert_eq!(near("stmp"), Some("smtp"));
        assert_eq!(near("colour"), None);
        assert_eq!(near(""), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
