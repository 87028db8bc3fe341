//! A name as octets: labels with their lengths, without the final zero (RFC 1035 §3.1).
//!
//! Promises: at most 255 octets on the wire, labels of 1 to 63 octets; equality and hash ignore the case of ASCII letters (RFC 4343), as
//! names are kept in lower case here. The case that a question used is the question's own affair (`query`).

use std::fmt;

/// The longest name on the wire, its final zero included (RFC 1035 §2.3.4).
pub(crate) const NAME_MAX: usize = 255;
/// The longest label.
const LABEL_MAX: usize = 63;

/// A name in lower case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    wire: Vec<u8>,
}

impl Name {
    /// Reads `mail.example` or `mail.example.`: printable ASCII without backslashes. Not the root: nothing in this house is asked of it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Name> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let mut name = Name {
            wire: Vec::with_capacity(text.len() + 1),
        };
        for label in text.split('.') {
            let plain = label
                .bytes()
                .all(|octet| octet.is_ascii_graphic() && octet != b'\\');
            if !plain || !name.push(label.as_bytes()) {
                return None;
            }
        }
        Some(name)
    }

    /// The root, to which labels are added.
    pub(crate) fn root() -> Name {
        Name { wire: Vec::new() }
    }

    /// Adds a label behind the others; false if it or the whole would be too long.
    pub(crate) fn push(&mut self, label: &[u8]) -> bool {
        let Ok(length) = u8::try_from(label.len()) else {
            return false;
        };
        if label.is_empty()
            || label.len() > LABEL_MAX
            || self.wire.len() + label.len() + 2 > NAME_MAX
        {
            return false;
        }
        self.wire.push(length);
        self.wire.extend(label.iter().map(u8::to_ascii_lowercase));
        true
    }

    /// The labels, the top-level one last.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.wire.as_slice();
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first()?;
            let (label, after) = after.split_at_checked(usize::from(*length))?;
            rest = after;
            Some(label)
        })
    }

    /// Octets that it takes in memory, about.
    pub(crate) fn len(&self) -> usize {
        self.wire.len()
    }

    /// Whether it is `zone` or lies below it.
    pub(crate) fn is_within(&self, zone: &Name) -> bool {
        let (mine, zones) = (self.labels().count(), zone.labels().count());
        mine >= zones && self.labels().skip(mine - zones).eq(zone.labels())
    }
}

/// As text: no final dot, the root as `.`, everything that is not plain as `\DDD`.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wire.is_empty() {
            return f.write_str(".");
        }
        for (at, label) in self.labels().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            for octet in label {
                if octet.is_ascii_graphic() && !matches!(octet, b'.' | b'\\') {
                    write!(f, "{}", char::from(*octet))?;
                } else {
                    write!(f, "\\{octet:03}")?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_printed() {
        let long = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
        for good in ["mail.example", "_25._tcp.mx", "x", long.as_str()] {
            assert_eq!(Name::parse(good).unwrap().to_string(), good);
        }
        assert_eq!(
            Name::parse("Mail.EXAMPLE.").unwrap().to_string(),
            "mail.example"
        );
        let too_long = format!("{long}b");
        let label = "a".repeat(64);
        for bad in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a b",
            "ä.example",
            "a\\.b",
            "a\0",
            &too_long,
            &label,
        ] {
            assert_eq!(Name::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn odd_octets_are_escaped() {
        let mut name = Name::root();
        assert_eq!(name.to_string(), ".");
        assert!(name.push(b"a.b\\\n\xff") && name.push(b"X"));
        assert_eq!(name.to_string(), "a\\046b\\092\\010\\255.x");
    }

    #[test]
    fn below_a_zone() {
        let of = |text| Name::parse(text).unwrap();
        assert!(of("a.b.c").is_within(&of("B.c")) && of("b.c").is_within(&of("b.c")));
        assert!(of("a").is_within(&Name::root()));
        assert!(!of("ab.c").is_within(&of("b.c")) && !of("c").is_within(&of("b.c")));
    }
}
