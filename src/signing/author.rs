//! Which domain a letter is from: that of the first address of its one From field (RFC 5322 §3.6.2; RFC 7489 §3.1 goes by the same).

use std::io;

use mail::EnvelopeAddress;
use msgauth::dkim::{Canonicalization, FieldCanonicalizer, HEADER_MAX, Piece, Splitter};

use super::PIECE;

/// Octets of a header that are looked through. A header beyond it is nobody's.
const SEARCHED: u64 = 4 * HEADER_MAX as u64;
/// Octets of a From field that are kept; no author's list is as long.
const FROM_MAX: usize = 64 * 1024;
const NAME: &[u8] = b"from:";

/// The domain of the author as it is written there; `None` if there is no From field, more than one (nobody can say which counts), or no address in it.
///
/// `read` gives the letter from an offset on, and 0 at its end.
///
/// # Errors
/// What `read` fails with.
pub fn author_domain(
    mut read: impl FnMut(u64, &mut [u8]) -> io::Result<usize>,
) -> io::Result<Option<String>> {
    let mut search = Search::default();
    let mut splitter = Splitter::new();
    let mut piece = vec![0; PIECE];
    let mut offset = 0;
    while !search.over && offset < SEARCHED {
        let length = read(offset, &mut piece)?;
        let Some(octets) = piece.get(..length).filter(|octets| !octets.is_empty()) else {
            break;
        };
        splitter.feed(octets, &mut |piece| search.hear(piece));
        offset += octets.len() as u64;
    }
    splitter.finish(&mut |piece| search.hear(piece));
    Ok(search.domain())
}

#[derive(Default)]
struct Search {
    /// The field under way in its canonical form, as long as it may be a From.
    field: Vec<u8>,
    machine: Option<FieldCanonicalizer>,
    found: Vec<Vec<u8>>,
    over: bool,
}

impl Search {
    fn hear(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Field(octets) => self.field(octets),
            Piece::FieldEnd => {
                self.machine = None;
                let field = std::mem::take(&mut self.field);
                // Two are enough to know that there is more than one.
                if self.found.len() < 2
                    && let Some(value) = field.strip_prefix(NAME)
                {
                    self.found.push(value.to_vec());
                }
            }
            Piece::Body(_) => self.over = true,
        }
    }

    fn field(&mut self, octets: &[u8]) {
        let machine = self
            .machine
            .get_or_insert_with(|| FieldCanonicalizer::new(Canonicalization::Relaxed));
        for octet in octets {
            let other = match self.field.get(..NAME.len()) {
                Some(start) => start != NAME || self.field.len() >= FROM_MAX,
                None => !NAME.starts_with(&self.field),
            };
            if other {
                return;
            }
            machine.feed(std::slice::from_ref(octet), &mut self.field);
        }
    }

    fn domain(self) -> Option<String> {
        let [from] = self.found.as_slice() else {
            return None;
        };
        mail::parse_addresses(from)
            .into_iter()
            .find_map(|address| match address {
                EnvelopeAddress::Mailbox { host, .. } if !host.is_empty() => {
                    String::from_utf8(host).ok()
                }
                _ => None,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_author_is_found_wherever_it_stands() {
        let long = format!("X: {}\r\nFrom: a@deep.test\r\n\r\n", "y".repeat(100_000));
        let table = [
            ("From: Ann <ann@house.test>\r\n\r\nx", Some("house.test")),
            ("Subject: x\r\nFROM :\r\n a@House.Test", Some("House.Test")),
            (
                "From: \"b@wrong.test\" <a@house.test>, c@d.test\r\n",
                Some("house.test"),
            ),
            ("From: g: a@house.test;\r\n\r\n", Some("house.test")),
            (
                "From: \u{e4}@b\u{fc}cher.test\r\n\r\n",
                Some("b\u{fc}cher.test"),
            ),
            ("From: a@b.test\r\nFrom: c@d.test\r\n\r\n", None),
            ("Fromage: a@b.test\r\n\r\n", None),
            ("From: nobody\r\n\r\n", None),
            ("Subject: x\r\n\r\nFrom: a@b.test\r\n", None),
            ("", None),
            (&long, Some("deep.test")),
        ];
        for (message, domain) in table {
            for step in [1, 7, PIECE] {
                let octets = message.as_bytes();
                let read = |offset: u64, into: &mut [u8]| {
                    let rest = &octets[usize::try_from(offset).unwrap()..];
                    let length = rest.len().min(into.len()).min(step);
                    into[..length].copy_from_slice(&rest[..length]);
                    Ok(length)
                };
                assert_eq!(
                    author_domain(read).unwrap().as_deref(),
                    domain,
                    "{message:.60}"
                );
            }
        }
    }
}
