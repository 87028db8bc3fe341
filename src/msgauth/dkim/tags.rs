//! Tag-value lists (RFC 6376 §3.2): `v=DKIM1; k=ed25519; p=…`.

/// Most tags of a list, and most octets of its text: more than any real record or signature has.
pub const TAGS_MAX: usize = 64;
/// Longest list that is read, in octets. A 4096-bit key's record has 750.
const TEXT_MAX: usize = 16 * 1024;

/// A list that was read: names and values in their order, without white space around them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tags<'a> {
    tags: Vec<(&'a str, &'a str)>,
}

impl<'a> Tags<'a> {
    /// Reads a list: `tag-list = tag-spec *( ";" tag-spec ) [ ";" ]`. `None` for anything else, and for a name that stands twice, as the RFC says.
    pub fn parse(text: &'a str) -> Option<Tags<'a>> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let mut tags: Vec<(&str, &str)> = Vec::new();
        let mut specs = text.split(';').peekable();
        while let Some(spec) = specs.next() {
            if specs.peek().is_none() && trim(spec).is_empty() && !tags.is_empty() {
                break;
            }
            let (name, value) = spec.split_once('=')?;
            let (name, value) = (trim(name), trim(value));
            let well_named = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|o| o.is_ascii_alphanumeric() || o == b'_');
            if !well_named || tags.len() >= TAGS_MAX || tags.iter().any(|(have, _)| *have == name) {
                return None;
            }
            tags.push((name, value));
        }
        Some(Tags { tags })
    }

    /// The value of a tag; names are case-sensitive.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let mut tags = self.tags.iter();
        tags.find(|(have, _)| *have == name)
            .map(|(_, value)| *value)
    }

    /// The first tag's name.
    pub fn first(&self) -> Option<&'a str> {
        self.tags.first().map(|(name, _)| *name)
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_bad_ones_are_not() {
        let tags = Tags::parse(" v = DKIM1 ;k=rsa;\r\n p=a b=\t; ").unwrap();
        assert_eq!(tags.first(), Some("v"));
        assert_eq!(tags.get("v"), Some("DKIM1"));
        assert_eq!(tags.get("k"), Some("rsa"));
        assert_eq!(tags.get("p"), Some("a b="));
        assert_eq!(tags.get("K"), None);
        for bad in ["", ";", "v", "v=1;;p=", "v=1; v=2", "=x", "1=x", "v=1; p"] {
            assert_eq!(Tags::parse(bad), None, "{bad:?}");
        }
        assert!(Tags::parse("v=1;").is_some());
        assert_eq!(Tags::parse(&format!("v={}", "x".repeat(TEXT_MAX))), None);
    }
}
