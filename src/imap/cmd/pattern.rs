//! LIST's patterns (RFC 9051 §6.3.9): `*` stands for anything, `%` for anything within a level.

/// A reference and pattern drawn together.
#[derive(Debug, PartialEq)]
pub(super) struct Pattern {
    /// wildcards beside each other are one
    text: Vec<u8>,
    /// octets that are no wildcards
    literal: usize,
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
        Pattern { text, literal }
    }

    /// Whether the whole name matches. INBOX matches in any case (A32). Time and memory are at most the name's length times itself.
    pub(super) fn matches(&self, name: &str) -> bool {
        let name = name.as_bytes();
        // Wildcards stand for nothing at least, so a longer pattern cannot match; this also bounds what follows.
        if self.literal > name.len() {
            return false;
        }
        let inbox = if name == b"INBOX" || name.starts_with(b"INBOX/") {
            5
        } else {
            0
        };
        // reached[n]: the pattern so far matches the first n octets of the name.
        let mut reached = vec![false; name.len().saturating_add(1)];
        if let Some(start) = reached.first_mut() {
            *start = true;
        }
        for wanted in &self.text {
            match wanted {
                b'*' => {
                    let mut any = false;
                    for here in &mut reached {
                        any |= *here;
                        *here = any;
                    }
                }
                b'%' => {
                    let mut any = false;
                    let levels =
                        std::iter::once(false).chain(name.iter().map(|octet| *octet == b'/'));
                    for (here, level_ends) in reached.iter_mut().zip(levels) {
                        any = (any && !level_ends) || *here;
                        *here = any;
                    }
                }
                wanted => {
                    let mut before = false;
                    let octets = std::iter::once(None).chain(name.iter().enumerate().map(Some));
                    for (here, octet) in reached.iter_mut().zip(octets) {
                        let fits = octet.is_some_and(|(at, octet)| {
                            octet == wanted || (at < inbox && octet.eq_ignore_ascii_case(wanted))
                        });
                        let next = *here;
                        *here = before && fits;
                        before = next;
                    }
                }
            }
        }
        reached.last().copied().unwrap_or(false)
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
