//! A message's header as it came, kept to be judged: raw fields, bounded.

use crate::dkim::{Canonicalization, FieldCanonicalizer, Piece, Splitter};

/// Most octets of a header that is judged. Real ones have up to 30,000; those with a thousand recipients 100,000.
///
/// A message beyond it is judged to have no author and no signature that holds: what is not looked at could say anything.
pub const HEAD_MAX: usize = 256 * 1024;
/// Most fields of a header that is judged.
pub const FIELDS_MAX: usize = 2000;

/// Octets within which a field's colon must stand; the longest registered name has 44. A line without one is not searched whole, again and again.
const NAME_MAX: usize = 256;

/// The fields.
#[derive(Default)]
pub(crate) struct Head {
    octets: Vec<u8>,
    /// Where each field ends in `octets`; it begins where the one before ends.
    ends: Vec<usize>,
    too_large: bool,
}

/// One field with its line ends, as it came.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) raw: &'a [u8],
}

impl Head {
    pub(crate) fn hear(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Field(octets) => {
                if self.octets.len() + octets.len() > HEAD_MAX {
                    self.too_large = true;
                }
                if !self.too_large {
                    self.octets.extend_from_slice(octets);
                }
            }
            Piece::FieldEnd if self.ends.len() >= FIELDS_MAX => self.too_large = true,
            Piece::FieldEnd => self.ends.push(self.octets.len()),
            Piece::Body(_) => {}
        }
    }

    /// A whole header at once.
    pub(crate) fn hear_all(&mut self, octets: &[u8]) {
        let mut splitter = Splitter::new();
        splitter.feed(octets, &mut |piece| self.hear(piece));
        splitter.finish(&mut |piece| self.hear(piece));
    }

    /// Whether it is longer than what is judged.
    pub(crate) fn too_large(&self) -> bool {
        self.too_large
    }

    /// Octets of memory.
    pub(crate) fn held(&self) -> usize {
        self.octets.capacity() + self.ends.capacity() * size_of::<usize>()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn field(&self, index: usize) -> Option<Field<'_>> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        let raw = self.octets.get(start..*self.ends.get(index)?)?;
        Some(Field { raw })
    }

    /// Places of the fields of that name, from the top.
    pub(crate) fn places<'a>(
        &'a self,
        name: &'a str,
    ) -> impl DoubleEndedIterator<Item = usize> + 'a {
        (0..self.len()).filter(move |index| self.field(*index).is_some_and(|field| field.is(name)))
    }

    /// Appends the canonical fields that `names` mean (RFC 6376 §5.4.2): each takes the last of its name that none before it took.
    pub(crate) fn select<'n>(
        &self,
        form: Canonicalization,
        names: impl Iterator<Item = &'n str>,
        out: &mut Vec<u8>,
    ) {
        let mut taken = vec![false; self.len()];
        for name in names {
            let last = self
                .places(name)
                .rev()
                .find(|index| taken.get(*index) == Some(&false));
            if let Some(index) = last {
                if let Some(taken) = taken.get_mut(index) {
                    *taken = true;
                }
                if let Some(field) = self.field(index) {
                    field.canonical(form, out);
                }
            }
        }
    }
}

impl<'a> Field<'a> {
    /// What stands before the colon, without white space behind it; empty if there is no colon within [`NAME_MAX`] octets. Only blanks before one that stands
    /// further off count as if it were there, because a program that allows for blanks (RFC 5322 §4.5) reads the name.
    pub(crate) fn name(&self) -> &'a [u8] {
        let start = self.raw.get(..NAME_MAX).unwrap_or(self.raw);
        let name = match start.iter().position(|octet| *octet == b':') {
            Some(at) => start.get(..at).unwrap_or_default(),
            None if self.raw.len() > NAME_MAX => start,
            None => return b"",
        };
        let name = name.trim_ascii_end();
        // A line of text, and no name before blanks.
        match start.len() == name.len() {
            true => b"",
            false => name,
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// What stands behind the colon, folded as it came, without the last line end.
    pub(crate) fn value(&self) -> &'a [u8] {
        let colon = self.raw.iter().position(|octet| *octet == b':');
        let value = colon.and_then(|at| self.raw.get(at + 1..));
        let value = value.unwrap_or_default();
        value.strip_suffix(b"\r\n").unwrap_or(value)
    }

    /// Appends the canonical form, line end included.
    pub(crate) fn canonical(&self, form: Canonicalization, out: &mut Vec<u8>) {
        canonical(self.raw, form, out);
    }

    /// Appends the canonical form with the value of `b=` taken out and without the line end: how a signature sees its own field (RFC 6376 §3.7).
    pub(crate) fn canonical_unsigned(&self, form: Canonicalization, out: &mut Vec<u8>) {
        let colon = self.raw.iter().position(|octet| *octet == b':');
        let (name, _) = self
            .raw
            .split_at_checked(colon.map_or(0, |at| at + 1))
            .unwrap_or_default();
        let mut field = name.to_vec();
        for (number, spec) in self.value().split(|octet| *octet == b';').enumerate() {
            if number > 0 {
                field.push(b';');
            }
            let equals = spec.iter().position(|octet| *octet == b'=');
            let (tag, _) = spec
                .split_at_checked(equals.unwrap_or(0))
                .unwrap_or_default();
            match equals {
                Some(at) if tag.trim_ascii() == b"b" => {
                    field.extend_from_slice(spec.get(..=at).unwrap_or_default());
                }
                _ => field.extend_from_slice(spec),
            }
        }
        canonical(&field, form, out);
        out.truncate(out.len().saturating_sub(2));
    }
}

fn canonical(raw: &[u8], form: Canonicalization, out: &mut Vec<u8>) {
    let mut machine = FieldCanonicalizer::new(form);
    machine.feed(raw, out);
    machine.finish(out);
}
