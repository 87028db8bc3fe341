//! Values to octets: strings in the shortest form that holds them, numbers, sets, dates.
//!
//! Promises: what is printed parses as one value, whatever is in it: no CR, LF, NUL or quote gets out of a quoted string. In
//! IMAP4rev1 no octet above 127 gets out of one either. Cannot: a literal holding NUL (a `literal8` is the caller's choice).

/// A decimal number.
pub fn number(mut value: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
        length += 1;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(20 - length..).unwrap_or_default());
}

/// NIL, or the string.
pub fn nstring(value: Option<&[u8]>, utf8: bool, out: &mut Vec<u8>) {
    match value {
        None => out.extend_from_slice(b"NIL"),
        Some(value) => string(value, utf8, out),
    }
}

/// A string (RFC 9051 §4.3): quoted where that can hold it, else a literal. With `utf8` a quoted string may hold valid UTF-8.
pub fn string(value: &[u8], utf8: bool, out: &mut Vec<u8>) {
    /// Longer ones are literals: some clients read quoted strings into a fixed line buffer.
    const QUOTED: usize = 1_000;
    if value.len() <= QUOTED && fits_quoted(value, utf8) {
        quoted(value, out);
    } else {
        literal(value, out);
    }
}

/// An astring: an atom where that can hold it, else a string.
pub fn astring(value: &[u8], utf8: bool, out: &mut Vec<u8>) {
    let atom = !value.is_empty()
        && value.iter().all(|octet| is_astring_char(*octet))
        && !value.eq_ignore_ascii_case(b"NIL");
    if atom {
        out.extend_from_slice(value)
    } else {
        string(value, utf8, out)
    }
}

/// `{n}` CRLF and the octets.
pub fn literal(value: &[u8], out: &mut Vec<u8>) {
    literal_head(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// `{n}` CRLF: exactly `length` octets must follow.
pub fn literal_head(length: u64, out: &mut Vec<u8>) {
    out.push(b'{');
    number(length, out);
    out.extend_from_slice(b"}\r\n");
}

/// `1:3,7,9:10` of numbers in this order; only runs that ascend by one are drawn together. Empty in, empty out.
pub fn uid_set(uids: &[u32], out: &mut Vec<u8>) {
    let mut runs = Runs::default();
    for uid in uids {
        runs.push(*uid, out);
    }
    runs.finish(out);
}

/// `1:3,7,9:10` of ranges in this order, both ends included.
pub fn ranges(ranges: &[(u32, u32)], out: &mut Vec<u8>) {
    for (index, (first, last)) in ranges.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        number(u64::from(*first), out);
        if last != first {
            out.push(b':');
            number(u64::from(*last), out);
        }
    }
}

/// The same for numbers that come one by one.
#[derive(Debug, Default)]
pub struct Runs {
    run: Option<(u32, u32)>,
    any: bool,
}

impl Runs {
    /// Takes the next number; prints the run before if this one does not continue it.
    pub fn push(&mut self, number: u32, out: &mut Vec<u8>) {
        match &mut self.run {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => {
                self.flush(out);
                self.run = Some((number, number));
            }
        }
    }

    /// The same for a whole run.
    pub fn push_run(&mut self, first: u32, last: u32, out: &mut Vec<u8>) {
        self.push(first, out);
        if let Some((_, end)) = &mut self.run {
            *end = last.max(*end);
        }
    }

    /// Prints what is left. Whether anything was printed at all.
    pub fn finish(mut self, out: &mut Vec<u8>) -> bool {
        self.flush(out);
        self.any
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        let Some((first, last)) = self.run.take() else {
            return;
        };
        if self.any {
            out.push(b',');
        }
        self.any = true;
        run(first, last, out);
    }
}

/// `7`, or `1:3`.
pub fn run(first: u32, last: u32, out: &mut Vec<u8>) {
    number(u64::from(first), out);
    if last != first {
        out.push(b':');
        number(u64::from(last), out);
    }
}

/// Whether the octets may stand in a quoted string.
fn fits_quoted(value: &[u8], utf8: bool) -> bool {
    let plain = |octet: &u8| !matches!(octet, 0 | b'\r' | b'\n');
    if value.is_ascii() {
        value.iter().all(plain)
    } else {
        utf8 && value.iter().all(plain) && std::str::from_utf8(value).is_ok()
    }
}

fn quoted(value: &[u8], out: &mut Vec<u8>) {
    out.reserve(value.len().saturating_add(2));
    out.push(b'"');
    for octet in value {
        if matches!(octet, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*octet);
    }
    out.push(b'"');
}

/// ATOM-CHAR (RFC 9051 §9): any ASCII but `( ) { SP CTL % * " \ ]`.
pub(crate) fn is_atom_char(octet: u8) -> bool {
    octet.is_ascii_graphic()
        && !matches!(
            octet,
            b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']'
        )
}

/// ASTRING-CHAR: ATOM-CHAR or `]`.
pub(crate) fn is_astring_char(octet: u8) -> bool {
    is_atom_char(octet) || octet == b']'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(print: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        print(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_and_sets() {
        for value in [0, 7, 10, 4_294_967_295, u64::MAX] {
            assert_eq!(printed(|out| number(value, out)), value.to_string());
        }
        assert_eq!(
            printed(|out| uid_set(&[1, 2, 3, 7, 9, 10], out)),
            "1:3,7,9:10"
        );
        assert_eq!(
            printed(|out| uid_set(&[3, 2, 1, u32::MAX], out)),
            "3,2,1,4294967295"
        );
        assert_eq!(printed(|out| uid_set(&[], out)), "");
    }

    #[test]
    fn strings_take_the_form_that_holds_them() {
        assert_eq!(printed(|out| astring(b"INBOX", false, out)), "INBOX");
        assert_eq!(printed(|out| astring(b"a]b", false, out)), "a]b");
        assert_eq!(printed(|out| astring(b"", false, out)), "\"\"");
        assert_eq!(printed(|out| astring(b"nil", false, out)), "\"nil\"");
        assert_eq!(
            printed(|out| astring(b"two words", false, out)),
            "\"two words\""
        );
        assert_eq!(
            printed(|out| string(br#"say "a\b""#, false, out)),
            r#""say \"a\\b\"""#
        );
        assert_eq!(
            printed(|out| string(b"a\r\nb", false, out)),
            "{4}\r\na\r\nb"
        );
        assert_eq!(
            printed(|out| string("ü".as_bytes(), false, out)),
            "{2}\r\nü"
        );
        assert_eq!(printed(|out| string("ü".as_bytes(), true, out)), "\"ü\"");
        assert_eq!(printed(|out| nstring(None, true, out)), "NIL");
        let mut out = Vec::new();
        string(&[0xff], true, &mut out);
        assert_eq!(out, b"{1}\r\n\xff");
    }
}
