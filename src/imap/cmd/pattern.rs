//! LIST's patterns (RFC 9051 §6.3.9): `*` stands for anything, `%` for anything within a level.
//!
//! A match goes through the name once, with a bit for each octet of the pattern up to which it may have come: hostile patterns cost a sixty-fourth
//! of name times pattern, whatever their wildcards are.

use crate::Limits;

/// A reference and pattern drawn together.
#[derive(Debug)]
pub(super) struct Pattern {
    /// octets of the pattern, wildcards beside each other being one; none: it is longer than any name
    length: Option<usize>,
    /// places of `*` and of `%`
    any: Vec<u64>,
    within_level: Vec<u64>,
    /// octets that stand for themselves, and their places
    places: Vec<(u8, Vec<u64>)>,
}

impl Pattern {
    pub(super) fn new(reference: &str, pattern: &str) -> Pattern {
        let mut text: Vec<u8> = Vec::with_capacity(reference.len().saturating_add(pattern.len()));
        let mut literal: usize = 0;
        for octet in reference.bytes().chain(pattern.bytes()) {
            match (text.last_mut(), octet) {
                (Some(last @ (b'*' | b'%')), b'*') => *last = b'*',
                (Some(b'*' | b'%'), b'%') => {}
                _ => {
                    text.push(octet);
                    literal = literal.saturating_add(usize::from(!matches!(octet, b'*' | b'%')));
                }
            }
        }
        // Wildcards stand for nothing at least, so a pattern with more of other octets cannot match; this also bounds what follows.
        if literal > Limits::SHOWN_NAME {
            return Pattern {
                length: None,
                any: Vec::new(),
                within_level: Vec::new(),
                places: Vec::new(),
            };
        }
        let words = text.len() / 64 + 1;
        let mut made = Pattern {
            length: Some(text.len()),
            any: vec![0; words],
            within_level: vec![0; words],
            places: Vec::new(),
        };
        for (at, octet) in text.iter().enumerate() {
            let places = match octet {
                b'*' => Some(&mut made.any),
                b'%' => Some(&mut made.within_level),
                octet => {
                    let known = made.places.iter().position(|(known, _)| known == octet);
                    let known = known.unwrap_or_else(|| {
                        made.places.push((*octet, vec![0; words]));
                        made.places.len().saturating_sub(1)
                    });
                    made.places.get_mut(known).map(|(_, places)| places)
                }
            };
            if let Some(word) = places.and_then(|places| places.get_mut(at / 64)) {
                *word |= 1 << (at % 64);
            }
        }
        made
    }

    /// What a match with this name costs, in words looked at.
    pub(super) fn cost(&self, name: &str) -> usize {
        self.any.len().saturating_mul(name.len()).saturating_add(1)
    }

    /// Whether the whole name matches. INBOX matches in any case (A32).
    pub(super) fn matches(&self, name: &str) -> bool {
        let Some(length) = self.length else {
            return false;
        };
        let name = name.as_bytes();
        let inbox = if name == b"INBOX" || name.starts_with(b"INBOX/") {
            5
        } else {
            0
        };
        // Bit n: the first n octets of the pattern match the name so far.
        let mut reached = vec![0_u64; self.any.len()];
        if let Some(start) = reached.first_mut() {
            *start = 1;
        }
        self.go(&mut reached, None, &[], &[]);
        for (at, octet) in name.iter().enumerate() {
            let small = octet.to_ascii_lowercase();
            let small = (at < inbox && small != *octet).then_some(small);
            let small = small.map_or(&[][..], |octet| self.places(octet));
            if !self.go(&mut reached, Some(*octet), self.places(*octet), small) {
                return false;
            }
        }
        let last = reached.get(length / 64).copied().unwrap_or_default();
        last >> (length % 64) & 1 == 1
    }

    fn places(&self, octet: u8) -> &[u64] {
        let found = self.places.iter().find(|(known, _)| *known == octet);
        found.map_or(&[], |(_, places)| places)
    }

    /// Goes on by an octet of the name, whose places in the pattern are given; none: only over wildcards that stand for nothing. Whether
    /// anything still matches.
    fn go(&self, reached: &mut [u64], octet: Option<u8>, places: &[u64], small: &[u64]) -> bool {
        let of = |places: &[u64], word: usize| places.get(word).copied().unwrap_or_default();
        let (mut stepped, mut skipped, mut all) = (0, 0, 0);
        for (word, here) in reached.iter_mut().enumerate() {
            let (any, level) = (of(&self.any, word), of(&self.within_level, word));
            let mut next = *here;
            if let Some(octet) = octet {
                let step = *here & (of(places, word) | of(small, word));
                let stays = if octet == b'/' { any } else { any | level };
                next = step << 1 | stepped | *here & stays;
                stepped = step >> 63;
            }
            // No wildcard stands beside another.
            let skip = next & (any | level);
            *here = next | skip << 1 | skipped;
            skipped = skip >> 63;
            all |= *here;
        }
        all != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        let cases: [(&str, &str, &str, bool); 19] = [
            ("", "*", "a/b/c", true),
            ("", "%", "a", true),
            ("", "%", "a/b", false),
            ("", "%/%", "a/b", true),
            ("", "%/%", "a/b/c", false),
            ("", "a/%", "a/", true),
            ("", "*b", "a/b", true),
            ("", "a*b*c", "a/xbxbx/c", true),
            ("", "a*b*c", "a/xcxbx/d", false),
            ("", "%*", "a/b", true),
            ("", "*%", "a/b", true),
            ("", "inbox", "INBOX", true),
            ("", "iNb*", "INBOX/x", true),
            ("", "inbox", "INBOXX", false),
            ("", "Sent", "sent", false),
            ("a/", "%", "a/b", true),
            ("a", "/%", "a/b", true),
            ("", "", "a", false),
            ("", "*2", "foo2/bar2", true),
        ];
        for (reference, pattern, name, expected) in cases {
            assert_eq!(
                Pattern::new(reference, pattern).matches(name),
                expected,
                "{reference:?} {pattern:?} {name:?}"
            );
        }
    }

    /// The same the long way.
    fn slowly(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, _) => name.is_empty(),
            (Some((b'*' | b'%', rest)), None) => slowly(rest, name),
            (Some((wild @ (b'*' | b'%'), rest)), Some((octet, behind))) => {
                slowly(rest, name) || ((*wild == b'*' || *octet != b'/') && slowly(pattern, behind))
            }
            (Some((wanted, rest)), Some((octet, behind))) => {
                wanted == octet && slowly(rest, behind)
            }
            (Some(_), None) => false,
        }
    }

    #[test]
    fn every_short_pattern_and_name() {
        let words = |letters: &[u8], most: u32| {
            let mut all = vec![Vec::new()];
            let mut from = 0;
            for _ in 0..most {
                let to = all.len();
                for at in from..to {
                    for letter in letters {
                        let mut longer = all[at].clone();
                        longer.push(*letter);
                        all.push(longer);
                    }
                }
                from = to;
            }
            all
        };
        // In front of it so much that the places lie across two words.
        for front in ["", &"x".repeat(62)] {
            for pattern in words(b"a/*%", 4) {
                let pattern = format!("{front}{}", String::from_utf8(pattern).unwrap());
                let made = Pattern::new("", &pattern);
                for name in words(b"ab/", 4) {
                    let name = format!("{front}{}", String::from_utf8(name).unwrap());
                    assert_eq!(
                        made.matches(&name),
                        slowly(pattern.as_bytes(), name.as_bytes()),
                        "{pattern} {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn many_wildcards_cost_little() {
        let pattern = Pattern::new("", &"*a%".repeat(20_000));
        let started = std::time::Instant::now();
        for _ in 0..1_000 {
            assert!(!pattern.matches(&"a/".repeat(500)));
        }
        assert!(Pattern::new("", &"%*".repeat(30_000)).matches("x/y"));
        assert!(started.elapsed().as_secs() < 5);
    }
}
