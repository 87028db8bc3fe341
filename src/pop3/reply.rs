//! Replies: `+OK` and `-ERR`, with the response codes of RFC 2449 §8, RFC 3206 and RFC 6856 §5.
//!
//! Texts are this program's own words: nothing that a client sent is repeated, so nothing can be injected. No line is longer than
//! the 512 octets of RFC 1939 §3.

/// A response code in square brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The credentials are at fault (RFC 3206 §5).
    Auth,
    /// The maildrop is locked by another session (RFC 2449 §8.1.2).
    InUse,
    /// This server is at fault, for a while (RFC 3206 §4).
    SysTemp,
    /// This server is at fault until somebody looks after it (RFC 3206 §4).
    SysPerm,
}

impl Code {
    fn text(self) -> &'static str {
        match self {
            Code::Auth => "[AUTH] ",
            Code::InUse => "[IN-USE] ",
            Code::SysTemp => "[SYS/TEMP] ",
            Code::SysPerm => "[SYS/PERM] ",
        }
    }
}

/// `+OK text`
pub(crate) fn ok(out: &mut Vec<u8>, text: &str) {
    line(out, &["+OK ", text]);
}

/// `-ERR text`
pub(crate) fn err(out: &mut Vec<u8>, text: &str) {
    line(out, &["-ERR ", text]);
}

/// `-ERR [code] text`
pub(crate) fn err_code(out: &mut Vec<u8>, code: Code, text: &str) {
    line(out, &["-ERR ", code.text(), text]);
}

/// A line of its pieces.
pub(crate) fn line(out: &mut Vec<u8>, pieces: &[&str]) {
    for piece in pieces {
        out.extend_from_slice(piece.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// A number in decimal.
pub(crate) fn number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        // number % 10 is a single digit, so the cast keeps it.
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        first = at;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(first..).unwrap_or_default());
}

/// What a failure of the store is to a client.
pub(crate) fn store_error(out: &mut Vec<u8>, error: &store::Error) {
    match error {
        store::Error::Damaged(_) => err_code(
            out,
            Code::SysPerm,
            "the mail store is damaged; its owner has to look after it",
        ),
        _ => err_code(
            out,
            Code::SysTemp,
            "the mail store cannot answer at the moment; try again later",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_the_library_prints_them() {
        for value in [0, 1, 9, 10, 99, 100, 4_294_967_295, u64::MAX] {
            let mut out = Vec::new();
            number(&mut out, value);
            assert_eq!(out, value.to_string().as_bytes());
        }
    }
}
