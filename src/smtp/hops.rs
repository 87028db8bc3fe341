//! Counts the Received fields of a message that passes by: many mean that it travels in a circle (RFC 5321 §6.3).
//!
//! It keeps one state and a number. It is no header parser: folded lines and obsolete spaces before the colon are
//! understood, anything else that is not `Received:` at a line's start is passed over.

use memchr::memchr;

const NAME: &[u8] = b"received";

/// The count so far.
#[derive(Clone, Debug)]
pub(crate) struct Hops {
    state: State,
    count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many octets of the name have matched since the line's start.
    Name(usize),
    /// The whole name, and perhaps spaces.
    Colon,
    /// The rest of a line.
    Rest,
    /// A CR at a line's start.
    EmptyLine,
    /// The header is over.
    Body,
}

impl Hops {
    pub(crate) fn new() -> Hops {
        Hops {
            state: State::Name(0),
            count: 0,
        }
    }

    /// Received fields seen.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Looks at the next octets and says how many of them belong to the header with its empty line.
    pub(crate) fn feed(&mut self, octets: &[u8]) -> usize {
        let mut at = 0;
        while let Some(octet) = octets.get(at) {
            self.state = match (self.state, octet) {
                (State::Body, _) => return at,
                (State::Rest, _) => match memchr(b'\n', octets.get(at..).unwrap_or_default()) {
                    Some(found) => {
                        at += found;
                        State::Name(0)
                    }
                    None => return octets.len(),
                },
                (State::EmptyLine | State::Name(0), b'\n') => State::Body,
                (State::Name(0), b'\r') => State::EmptyLine,
                (State::Name(matched), octet)
                    if NAME.get(matched) == Some(&octet.to_ascii_lowercase()) =>
                {
                    if matched + 1 == NAME.len() {
                        State::Colon
                    } else {
                        State::Name(matched + 1)
                    }
                }
                (State::Colon, b' ' | b'\t') => State::Colon,
                (State::Colon, b':') => {
                    self.count = self.count.saturating_add(1);
                    State::Rest
                }
                (State::Name(_) | State::Colon, b'\n') => State::Name(0),
                (State::Name(_) | State::Colon | State::EmptyLine, _) => State::Rest,
            };
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(message: &[u8]) -> (u32, usize) {
        let mut whole = Hops::new();
        let header = whole.feed(message);
        let mut single = Hops::new();
        let by_octets: usize = message.chunks(1).map(|octet| single.feed(octet)).sum();
        assert_eq!(
            (whole.count(), header),
            (single.count(), by_octets),
            "cut differently"
        );
        (whole.count(), header)
    }

    #[test]
    fn fields_count_and_nothing_else_does() {
        assert_eq!(counted(b""), (0, 0));
        assert_eq!(
            counted(b"Received: a\r\nRECEIVED : b\r\n c\r\nreceived\t:\r\n\r\n"),
            (3, 45)
        );
        assert_eq!(
            counted(b"Received-SPF: a\r\nX-Received: b\r\nReceive: c\r\n Received: d\r\n\r\n").0,
            0
        );
        assert_eq!(counted(b"To: a\r\n\r\nReceived: b\r\n"), (0, 9));
        assert_eq!(counted(b"\r\nReceived: b\r\n"), (0, 2));
        assert_eq!(counted(b"Rec\r\nReceived\r\nReceived: b\r\n").0, 1);
    }

    #[test]
    fn many_fields() {
        assert_eq!(counted(&b"Received: x\r\n".repeat(1000)).0, 1000);
    }
}
