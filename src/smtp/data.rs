//! The reader behind DATA: undoes dot-stuffing and finds the end (RFC 5321 §4.1.1.4, §4.5.2).
//!
//! # Why only CRLF.CRLF ends a message
//!
//! SMTP smuggling (CVE-2023-51764 and its siblings) needs two hosts that disagree about where a message ends. One takes
//! `LF . LF`, `LF . CRLF`, `CR . CR`, `CRLF . LF` or `CRLF NUL . CRLF` for text and passes it on; the next takes it for the end,
//! and what the attacker wrote behind it for commands, which now come from a trusted host. Two rules close this from our side:
//!
//! 1. The end is CR LF `.` CR LF and nothing else; no state of this reader lets a lone CR, a lone LF or a NUL begin or
//!    end a line. So nobody's message is cut short here.
//! 2. A message that holds a lone CR, a lone LF or a NUL is not mail (RFC 5321 §2.3.8, §4.5.2; RFC 5322 §2.2) and is refused as a whole, so that
//!    we never pass on what another host might cut differently.
//!
//! The refusal waits for the real end: a sender in the middle of its message does not listen, and would
//! see a broken connection, try again and never learn why. Then the connection ends, because what follows from a
//! client that counts ends differently than we do cannot be trusted to be commands.
//!
//! It promises to keep no octet: its memory is one state, whatever comes.

use memchr::memchr3;

/// Why a message's octets are not lines of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A CR without LF behind it.
    BareCr,
    /// A LF without CR before it.
    BareLf,
    /// A NUL.
    Nul,
}

/// One message on its way in.
#[derive(Clone, Debug)]
pub struct DataReader {
    state: State,
    fault: Option<Fault>,
}

/// What the last octets were, named for what they mean for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A CRLF, or the DATA command's own.
    LineStart,
    /// CRLF `.`
    Dot,
    /// CRLF `.` CR
    DotCr,
    /// Anything else.
    Text,
    /// A CR.
    Cr,
}

/// What [`DataReader::read`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Octets of the input that belonged to the message; what is behind them belongs to the next command.
    pub octets: usize,
    /// Whether they held the message's end.
    pub ended: bool,
}

impl Default for DataReader {
    fn default() -> DataReader {
        DataReader::new()
    }
}

impl DataReader {
    /// A reader for what follows the reply 354.
    pub fn new() -> DataReader {
        DataReader {
            state: State::LineStart,
            fault: None,
        }
    }

    /// The first fault, if there was one. Content read before it is to be forgotten; none is written after it.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Reads up to the end of the message or of `input`, and appends the content to `out`: at most as many octets as were read.
    pub fn read(&mut self, input: &[u8], out: &mut Vec<u8>) -> Taken {
        // Content lies between `from` and `at`; it is copied in runs as long as possible.
        let (mut from, mut at) = (0, 0);
        while let Some(&octet) = input.get(at) {
            match (self.state, octet) {
                (State::LineStart, b'.') => {
                    self.copy(input, from, at, out);
                    at += 1;
                    from = at;
                    self.state = State::Dot;
                }
                (State::LineStart, _) => self.state = State::Text,
                (State::Dot, b'\r') => {
                    // If this is the end, the CR is not content; if not, it is a fault and nothing is.
                    at += 1;
                    from = at;
                    self.state = State::DotCr;
                }
                (State::Dot, _) => self.state = State::Text,
                (State::DotCr, b'\n') => {
                    return Taken {
                        octets: at + 1,
                        ended: true,
                    };
                }
                (State::DotCr, _) => self.blame(Fault::BareCr),
                (State::Text, _) => at = self.text(input, at),
                (State::Cr, b'\n') => {
                    at += 1;
                    self.state = State::LineStart;
                }
                (State::Cr, _) => self.blame(Fault::BareCr),
            }
        }
        self.copy(input, from, at, out);
        Taken {
            octets: at,
            ended: false,
        }
    }

    /// Runs over text to where something else may begin. Whole lines that do not begin with a dot stay in here.
    fn text(&mut self, input: &[u8], mut at: usize) -> usize {
        loop {
            let rest = input.get(at..).unwrap_or_default();
            let Some(found) = memchr3(b'\r', b'\n', 0, rest) else {
                return input.len();
            };
            at += found + 1;
            match (rest.get(found), rest.get(found + 1), rest.get(found + 2)) {
                (Some(b'\r'), Some(b'\n'), Some(next)) if *next != b'.' => at += 1,
                (Some(b'\r'), ..) => {
                    self.state = State::Cr;
                    return at;
                }
                (Some(b'\n'), ..) => self.blame(Fault::BareLf),
                _ => self.blame(Fault::Nul),
            }
        }
    }

    /// Notes the first fault. A faulty octet never ends a line: what follows is text until a real CRLF.
    fn blame(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
        self.state = State::Text;
    }

    fn copy(&self, input: &[u8], from: usize, to: usize, out: &mut Vec<u8>) {
        if self.fault.is_none() {
            out.extend_from_slice(input.get(from..to).unwrap_or_default());
        }
    }
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
