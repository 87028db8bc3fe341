//! Fields that claim to be ours taken out (RFC 8601 §5): what stands in our name is believed by everybody behind us.

use std::mem::take;

use crate::cfws;
use crate::dkim::{Piece, Splitter};

/// Longest Authentication-Results field that is judged, in octets; a longer one is taken out, whoever it names.
pub const FIELD_MAX: usize = 64 * 1024;

const NAME: &[u8] = b"authentication-results";

/// Whether the value of an Authentication-Results field names us (`authserv-id`), or nobody, so that somebody could think that it means us.
pub fn claims(value: &[u8], authserv_id: &str) -> bool {
    let (word, _) = cfws::word(cfws::skip(value));
    let word = String::from_utf8_lossy(&word);
    // No one else's id begins with ours and a blank, but a sloppy reader may stop there.
    let first = word.split_ascii_whitespace().next().unwrap_or_default();
    first.is_empty() || mail::domains_equal(first, authserv_id)
}

/// A message in pieces, without the fields that claim our name. Everything else passes octet by octet.
pub struct Stripper {
    authserv_id: String,
    splitter: Splitter,
    field: Vec<u8>,
    /// What becomes of the rest of a field that was too long to be kept.
    long: Option<bool>,
    separated: bool,
    removed: u32,
}

impl Stripper {
    /// For one message; `authserv_id` is our name.
    pub fn new(authserv_id: &str) -> Stripper {
        Stripper {
            authserv_id: authserv_id.to_owned(),
            splitter: Splitter::new(),
            field: Vec::new(),
            long: None,
            separated: false,
            removed: 0,
        }
    }

    /// The next octets; `sink` gets what passes.
    pub fn feed(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut splitter = take(&mut self.splitter);
        splitter.feed(octets, &mut |piece| self.hear(piece, sink));
        if splitter.in_body() {
            self.separate(sink);
        }
        self.splitter = splitter;
    }

    /// The message has ended; the number of fields that were taken out.
    pub fn finish(mut self, sink: &mut dyn FnMut(&[u8])) -> u32 {
        take(&mut self.splitter).finish(&mut |piece| self.hear(piece, sink));
        self.removed
    }

    fn hear(&mut self, piece: Piece<'_>, sink: &mut dyn FnMut(&[u8])) {
        match piece {
            Piece::Body(octets) => {
                self.separate(sink);
                sink(octets);
            }
            Piece::Field(octets) => match self.long {
                Some(true) => sink(octets),
                Some(false) => {}
                None => {
                    self.field.extend_from_slice(octets);
                    if self.field.len() > FIELD_MAX {
                        let passes = !is_results(&self.field);
                        if passes {
                            sink(&self.field);
                        }
                        self.field.clear();
                        self.long = Some(passes);
                    }
                }
            },
            Piece::FieldEnd => {
                let field = take(&mut self.field);
                match self.long.take() {
                    Some(true) => {}
                    Some(false) => self.removed = self.removed.saturating_add(1),
                    None if is_results(&field) && claims(value(&field), &self.authserv_id) => {
                        self.removed = self.removed.saturating_add(1);
                    }
                    None => sink(&field),
                }
            }
        }
    }

    /// The empty line behind the header, once.
    fn separate(&mut self, sink: &mut dyn FnMut(&[u8])) {
        if !std::mem::replace(&mut self.separated, true) {
            sink(b"\r\n");
        }
    }
}

fn is_results(field: &[u8]) -> bool {
    let colon = field.iter().position(|octet| *octet == b':');
    colon
        .and_then(|at| field.get(..at))
        .is_some_and(|name| name.trim_ascii_end().eq_ignore_ascii_case(NAME))
}

fn value(field: &[u8]) -> &[u8] {
    let colon = field.iter().position(|octet| *octet == b':');
    colon.and_then(|at| field.get(at + 1..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_claims_our_name() {
        for ours in [
            "mail.house.test; spf=pass",
            " Mail.House.Test. ; none",
            "\r\n (a (comment)) mail.house.test 1; dkim=pass",
            "\"mail.house.test\"; x",
            "\"mail.hou\\se.test x\"; x",
            "mail.house.test(1); x",
            "; spf=pass",
            "",
            "(",
        ] {
            assert!(claims(ours.as_bytes(), "mail.house.test"), "{ours}");
        }
        for other in [
            "mail.other.test; spf=pass",
            "house.test; x",
            "mail.house.test.evil.test; x",
            "(mail.house.test) a",
        ] {
            assert!(!claims(other.as_bytes(), "mail.house.test"), "{other}");
        }
    }

    /// What is left of a message that comes in pieces of so many octets, and how many fields were taken out.
    fn stripped(message: &str, step: usize) -> (String, u32) {
        let mut out = Vec::new();
        let mut stripper = Stripper::new("mail.house.test");
        for piece in message.as_bytes().chunks(step) {
            stripper.feed(piece, &mut |octets| out.extend_from_slice(octets));
        }
        let taken = stripper.finish(&mut |octets| out.extend_from_slice(octets));
        (String::from_utf8(out).unwrap(), taken)
    }

    #[test]
    fn they_are_taken_out_whole_and_octet_by_octet() {
        let message = "Received: x\r\nAuthentication-Results: mail.house.test;\r\n\tspf=pass\r\nAUTHENTICATION-RESULTS : other.test; none\r\n\
            authentication-results: (x) \"mail.house.test\"; dmarc=pass\r\nSubject: y\r\n z\r\n\r\nAuthentication-Results: mail.house.test; x\r\n";
        let left = "Received: x\r\nAUTHENTICATION-RESULTS : other.test; none\r\nSubject: y\r\n z\r\n\r\nAuthentication-Results: mail.house.test; x\r\n";
        for step in [1, 2, 7, 10_000] {
            assert_eq!(stripped(message, step), (left.into(), 2));
        }
    }

    #[test]
    fn everything_else_passes_as_it_is() {
        let long = format!("X: {}\r\nSubject: x\r\n\r\nbody", "y".repeat(3 * FIELD_MAX));
        for message in [
            "",
            "\r\n",
            "\r\nbody",
            "A: b\r\n",
            "A: b\r\n\r\n",
            "A: b\r\n\r",
            "A",
            "x\ny\r\n\r\nz\r",
            &long,
        ] {
            for step in [1, 5, 100_000] {
                assert!(
                    stripped(message, step) == (message.into(), 0),
                    "{message:.20}"
                );
            }
        }
        let huge = format!(
            "Authentication-Results: other.test; {}\r\nA: b\r\n",
            "y".repeat(FIELD_MAX)
        );
        let mut out = Vec::new();
        let mut stripper = Stripper::new("mail.house.test");
        stripper.feed(huge.as_bytes(), &mut |octets| out.extend_from_slice(octets));
        assert_eq!(
            stripper.finish(&mut |octets| out.extend_from_slice(octets)),
            1
        );
        assert_eq!(out, b"A: b\r\n");
    }
}
