//! A name as octets: labels with their lengths, without the final zero. UTF-8 in all but what others send (RFC 6762 §16).
//!
//! Promises: at most 255 octets on the wire, labels of 1 to 63 octets; compared without regard to the case of ASCII letters, kept as it was given.

use std::fmt;

/// The longest name, its final zero included. RFC 6762 §C allows one octet more; RFC 1035 does not.
pub(crate) const NAME_MAX: usize = 255;
/// The longest label.
pub(crate) const LABEL_MAX: usize = 63;

/// A name with its case.
#[derive(Clone, Default)]
pub(crate) struct Name {
    wire: Vec<u8>,
}

impl Name {
    /// The labels in order, the top-level one last; labels that do not fit are left out.
    pub(crate) fn of<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Name {
        let mut name = Name::default();
        for label in labels {
            name.push(label);
        }
        name
    }

    /// Adds a label behind the others; false if it or the whole would be too long.
    pub(crate) fn push(&mut self, label: &[u8]) -> bool {
        let Ok(length) = u8::try_from(label.len()) else {
            return false;
        };
        let fits =
            (1..=LABEL_MAX).contains(&label.len()) && self.wire.len() + label.len() + 2 <= NAME_MAX;
        if fits {
            self.wire.push(length);
            self.wire.extend_from_slice(label);
        }
        fits
    }

    /// Its octets without the final zero.
    pub(crate) fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// The name and what is left of it label by label, the longest first; never empty.
    pub(crate) fn tails(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.wire.as_slice();
        std::iter::from_fn(move || {
            let tail = rest;
            let (length, _) = tail.split_first()?;
            rest = tail.get(1 + usize::from(*length)..).unwrap_or_default();
            Some(tail)
        })
    }

    /// The labels, the top-level one last.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &[u8]> {
        self.tails().filter_map(|tail| {
            let (length, rest) = tail.split_first()?;
            rest.get(..usize::from(*length))
        })
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        // Lengths are below 64 and so no letters.
        self.wire.eq_ignore_ascii_case(&other.wire)
    }
}

impl Eq for Name {}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for label in self.labels() {
            write!(f, "{}.", String::from_utf8_lossy(label).escape_debug())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_kept_with_it() {
        let one = Name::of(["Pillarbox".as_bytes(), b"local"]);
        let other = Name::of(["pillarBOX".as_bytes(), b"LOCAL"]);
        assert_eq!(one, other);
        assert_eq!(format!("{one:?}"), "Pillarbox.local.");
        assert_ne!(one, Name::of([b"pillarbox".as_slice()]));
        assert_eq!(one.tails().count(), 2);
        // Letters outside ASCII differ by case (RFC 6762 §16).
        assert_ne!(Name::of(["Ä".as_bytes()]), Name::of(["ä".as_bytes()]));
    }

    #[test]
    fn lengths_are_kept_to() {
        let mut name = Name::default();
        assert!(!name.push(b"") && !name.push(&[b'a'; 64]));
        assert!((0..3).all(|_| name.push(&[b'a'; 63])));
        assert!(!name.push(&[b'a'; 62]) && name.push(&[b'a'; 61]));
        assert_eq!(name.wire().len() + 1, NAME_MAX);
        assert!(!name.push(b"a"));
    }
}
