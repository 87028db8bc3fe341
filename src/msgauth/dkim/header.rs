//! Header fields in their canonical form (RFC 6376 §3.4.1, §3.4.2), streaming, and which fields the names in `h=` mean (§5.4.2).

use super::Canonicalization;

/// Turns one header field into its canonical form, its line end included.
#[derive(Clone)]
pub struct FieldCanonicalizer {
    relaxed: bool,
    /// Still before the colon.
    naming: bool,
    /// White space that counts only if something follows.
    space: bool,
    /// Something stands behind the colon.
    begun: bool,
    /// A CR that may be half a line end.
    cr: bool,
    /// The last octets were a line end (simple form).
    ended: bool,
}

impl FieldCanonicalizer {
    /// One field's.
    pub fn new(canonicalization: Canonicalization) -> FieldCanonicalizer {
        FieldCanonicalizer {
            relaxed: canonicalization == Canonicalization::Relaxed,
            naming: true,
            space: false,
            begun: false,
            cr: false,
            ended: false,
        }
    }

    /// The next octets of the field, from its name to its last CRLF, folded as it came.
    pub fn feed(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        for &octet in octets {
            if self.cr {
                self.cr = false;
                if octet == b'\n' {
                    self.line_end(out);
                    continue;
                }
                self.put(b'\r', out);
            }
            match octet {
                b'\r' => self.cr = true,
                octet => self.put(octet, out),
            }
        }
    }

    /// The field has ended, with its CRLF or without.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        if self.cr {
            self.put(b'\r', out);
        }
        if self.relaxed || !self.ended {
            out.extend_from_slice(b"\r\n");
        }
    }

    fn line_end(&mut self, out: &mut Vec<u8>) {
        self.ended = true;
        if !self.relaxed {
            out.extend_from_slice(b"\r\n");
        }
    }

    fn put(&mut self, octet: u8, out: &mut Vec<u8>) {
        self.ended = false;
        if !self.relaxed {
            out.push(octet);
            return;
        }
        match octet {
            b' ' | b'\t' => self.space = true,
            b':' if self.naming => {
                self.naming = false;
                self.space = false;
                out.push(b':');
            }
            _ => {
                let space = std::mem::take(&mut self.space);
                if space && (self.naming || self.begun) {
                    out.push(b' ');
                }
                self.begun |= !self.naming;
                out.push(if self.naming {
                    octet.to_ascii_lowercase()
                } else {
                    octet
                });
            }
        }
    }
}

/// Appends the fields that `names` mean to `out`: each name takes the last field of that name that no name before it took, and nothing if there is none left,
/// so that a name which stands once more than there are fields keeps others from being added (RFC 6376 §5.4.2, §8.15).
///
/// `fields`: name and canonical form, in the order of the message. Costs names times fields; both are to be bounded by the caller.
pub fn select<'n>(
    fields: &[(&str, &[u8])],
    names: impl Iterator<Item = &'n str>,
    out: &mut Vec<u8>,
) {
    let mut taken = vec![false; fields.len()];
    for wanted in names {
        let last = fields
            .iter()
            .zip(taken.iter_mut())
            .rev()
            .find(|((name, _), taken)| !**taken && name.eq_ignore_ascii_case(wanted));
        if let Some(((_, octets), taken)) = last {
            *taken = true;
            out.extend_from_slice(octets);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(form: Canonicalization, field: &[u8], step: usize) -> String {
        let mut out = Vec::new();
        let mut machine = FieldCanonicalizer::new(form);
        for piece in field.chunks(step) {
            machine.feed(piece, &mut out);
        }
        machine.finish(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_in_both_forms_whole_and_octet_by_octet() {
        // The first two are the example of RFC 6376 §3.4.5.
        let table: &[(&str, &str)] = &[
            ("A: X\r\n", "a:X\r\n"),
            ("B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n"),
            ("SUBJect:AbC\r\n", "subject:AbC\r\n"),
            ("To:\r\n a@b,\r\n  c@d\r\n", "to:a@b, c@d\r\n"),
            ("Date \t :  x : y\r\n", "date:x : y\r\n"),
            ("Cc:\r\n", "cc:\r\n"),
            ("Cc: \r\n \r\n", "cc:\r\n"),
            ("X: a\rb\nc\r\n", "x:a\rb\nc\r\n"),
            ("Gr\u{fc}\u{df}e: \u{dc}\r\n", "gr\u{fc}\u{df}e:\u{dc}\r\n"),
        ];
        for (field, relaxed) in table {
            for step in [1, 2, 1000] {
                let octets = field.as_bytes();
                assert_eq!(canonical(Canonicalization::Relaxed, octets, step), *relaxed);
                assert_eq!(canonical(Canonicalization::Simple, octets, step), *field);
                let bare = &octets[..octets.len() - 2];
                assert_eq!(canonical(Canonicalization::Relaxed, bare, step), *relaxed);
                assert_eq!(canonical(Canonicalization::Simple, bare, step), *field);
            }
        }
    }

    #[test]
    fn names_take_fields_from_the_bottom_up_and_none_twice() {
        let fields: [(&str, &[u8]); 4] = [
            ("to", b"to:1\r\n"),
            ("From", b"from:1\r\n"),
            ("To", b"to:2\r\n"),
            ("x", b"x:1\r\n"),
        ];
        let mut out = Vec::new();
        select(
            &fields,
            ["from", "to", "TO", "to", "subject"].into_iter(),
            &mut out,
        );
        assert_eq!(out, b"from:1\r\nto:2\r\nto:1\r\n");
    }
}
