//! Quoted-printable (RFC 2045 §6.7), with the blanks that transports leave at line ends taken away.

use memchr::memchr2;

use crate::header::hex;

/// Most octets held back until it is known what they mean. Lines have at most 76; RFC 5322 allows 998.
const HELD_MAX: usize = 1000;

/// A streaming decoder. It holds back blanks and broken escapes at the end of a piece, at most [`HELD_MAX`] octets.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoder {
    held: Vec<u8>,
}

impl Decoder {
    /// Decodes a piece; false if it holds an escape that is none. That stays as it is.
    pub(super) fn feed(&mut self, octets: &[u8], out: &mut Vec<u8>) -> bool {
        if self.held.is_empty() {
            return self.decode(octets, out, false);
        }
        let mut joined = std::mem::take(&mut self.held);
        joined.extend_from_slice(octets);
        self.decode(&joined, out, false)
    }

    pub(super) fn finish(mut self, out: &mut Vec<u8>) -> bool {
        let held = std::mem::take(&mut self.held);
        self.decode(&held, out, true)
    }

    fn decode(&mut self, mut text: &[u8], out: &mut Vec<u8>, last: bool) -> bool {
        let mut good = true;
        out.reserve(text.len());
        loop {
            let stop = memchr2(b'=', b'\n', text);
            let (run, rest) = text
                .split_at_checked(stop.unwrap_or(text.len()))
                .unwrap_or((text, &[]));
            match rest {
                [b'\n', after @ ..] => {
                    let line = run.strip_suffix(b"\r");
                    out.extend_from_slice(without_blanks(line.unwrap_or(run)));
                    out.extend_from_slice(if line.is_some() { b"\r\n" } else { b"\n" });
                    text = after;
                }
                [_, after @ ..] => {
                    out.extend_from_slice(run);
                    match escape(after, last) {
                        Escape::Octet(octet, after) => {
                            out.push(octet);
                            text = after;
                        }
                        Escape::SoftBreak(after) => text = after,
                        Escape::Undecided if rest.len() <= HELD_MAX => {
                            self.held = rest.to_vec();
                            return good;
                        }
                        Escape::Undecided | Escape::Broken => {
                            good = false;
                            out.push(b'=');
                            text = after;
                        }
                    }
                }
                [] => {
                    let decided = without_blanks(run.strip_suffix(b"\r").unwrap_or(run));
                    let held = run.get(decided.len()..).unwrap_or(&[]);
                    out.extend_from_slice(decided);
                    if !last && held.len() <= HELD_MAX {
                        self.held = held.to_vec();
                    } else if !last || held.ends_with(b"\r") {
                        out.extend_from_slice(held);
                    }
                    return good;
                }
            }
        }
    }
}

enum Escape<'a> {
    Octet(u8, &'a [u8]),
    SoftBreak(&'a [u8]),
    /// The piece ends too early to tell.
    Undecided,
    Broken,
}

/// What follows a `=`: two digits, or blanks and a line end.
fn escape(after: &[u8], last: bool) -> Escape<'_> {
    if let [high, low, rest @ ..] = after
        && let (Some(high), Some(low)) = (hex(*high), hex(*low))
    {
        return Escape::Octet(high << 4 | low, rest);
    }
    let blanks = after
        .iter()
        .take(HELD_MAX)
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    match after.get(blanks..).unwrap_or(&[]) {
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => Escape::SoftBreak(rest),
        [] | [b'\r'] if last => Escape::SoftBreak(&[]),
        [] | [b'\r'] => Escape::Undecided,
        [digit] if blanks == 0 && !last && hex(*digit).is_some() => Escape::Undecided,
        _ => Escape::Broken,
    }
}

fn without_blanks(line: &[u8]) -> &[u8] {
    let end = line
        .iter()
        .rposition(|b| !matches!(b, b' ' | b'\t'))
        .map_or(0, |at| at + 1);
    line.get(..end).unwrap_or(line)
}
