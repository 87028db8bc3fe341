//! A message in pieces, split into the octets of its header fields and those of its body.
//!
//! Lines end with CRLF. A line that begins with a space or tab goes on with the field before it; the first empty line ends the header and belongs to neither.

/// What the next octets of a message are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Octets of the field under way, its line ends included.
    Field(&'a [u8]),
    /// The field under way has ended.
    FieldEnd,
    /// Octets of the body.
    Body(&'a [u8]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a header line.
    Line,
    /// Behind a CR at the start of a header line: the end of the header, if an LF follows.
    LineCr,
    /// In a line.
    Field,
    /// In a line, behind a CR.
    FieldCr,
    Body,
}

/// Splits one message.
pub struct Splitter {
    state: State,
    /// A field is under way: its end has not been told.
    open: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        Splitter::new()
    }
}

impl Splitter {
    /// At the start of a message.
    pub fn new() -> Splitter {
        Splitter {
            state: State::Line,
            open: false,
        }
    }

    /// Whether the empty line behind the header has been passed.
    pub fn in_body(&self) -> bool {
        self.state == State::Body
    }

    /// The next octets of the message.
    pub fn feed(&mut self, octets: &[u8], sink: &mut dyn FnMut(Piece<'_>)) {
        let mut rest = octets;
        while let Some((&octet, behind)) = rest.split_first() {
            match self.state {
                State::Body => return sink(Piece::Body(rest)),
                State::Line if octet == b'\r' => {
                    self.state = State::LineCr;
                    rest = behind;
                }
                State::Line => {
                    if !matches!(octet, b' ' | b'\t') {
                        self.end_field(sink);
                    }
                    self.open = true;
                    self.state = State::Field;
                }
                State::LineCr if octet == b'\n' => {
                    self.end_field(sink);
                    self.state = State::Body;
                    rest = behind;
                }
                State::LineCr => {
                    // A line that begins with a CR alone is a line like others, and begins no field that anyone knows.
                    self.end_field(sink);
                    self.open = true;
                    sink(Piece::Field(b"\r"));
                    self.state = State::Field;
                }
                State::FieldCr if octet == b'\n' => {
                    sink(Piece::Field(b"\n"));
                    self.state = State::Line;
                    rest = behind;
                }
                State::Field | State::FieldCr => {
                    let cr = rest.iter().position(|&o| o == b'\r');
                    let length = cr.map_or(rest.len(), |at| at + 1);
                    let (run, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                    sink(Piece::Field(run));
                    self.state = if cr.is_some() {
                        State::FieldCr
                    } else {
                        State::Field
                    };
                    rest = after;
                }
            }
        }
    }

    /// The message has ended.
    pub fn finish(mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        if self.state == State::LineCr {
            self.end_field(sink);
            self.open = true;
            sink(Piece::Field(b"\r"));
        }
        self.end_field(sink);
    }

    fn end_field(&mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        if std::mem::take(&mut self.open) {
            sink(Piece::FieldEnd);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields and body, the fields with a bar behind each.
    fn split(message: &str, step: usize) -> (String, String) {
        let (mut header, mut body) = (Vec::new(), Vec::new());
        let mut splitter = Splitter::new();
        let mut sink = |piece: Piece<'_>| match piece {
            Piece::Field(octets) => header.extend_from_slice(octets),
            Piece::FieldEnd => header.push(b'|'),
            Piece::Body(octets) => {
                assert!(header.is_empty() || header.ends_with(b"|"));
                body.extend_from_slice(octets);
            }
        };
        for piece in message.as_bytes().chunks(step) {
            splitter.feed(piece, &mut sink);
        }
        splitter.finish(&mut sink);
        (
            String::from_utf8(header).unwrap(),
            String::from_utf8(body).unwrap(),
        )
    }

    #[test]
    fn messages_split_whole_and_octet_by_octet() {
        let table = [
            ("", "", ""),
            ("\r\nbody", "", "body"),
            ("A: b\r\n\r\n", "A: b\r\n|", ""),
            ("A: b\r\n", "A: b\r\n|", ""),
            ("A: b", "A: b|", ""),
            (
                "A: b\r\n c\r\n\td\r\nE: f\r\n\r\nx\r\n\r\ny: z\r\n",
                "A: b\r\n c\r\n\td\r\n|E: f\r\n|",
                "x\r\n\r\ny: z\r\n",
            ),
            ("A: b\rc\r\n\r\n\r\n", "A: b\rc\r\n|", "\r\n"),
            ("A: b\r\r\nC: d\r\n\r\nx", "A: b\r\r\n|C: d\r\n|", "x"),
            ("A: b\r\n\rC: d\r\n\r\nx", "A: b\r\n|\rC: d\r\n|", "x"),
            ("A: b\nC: d\r\n\r\n", "A: b\nC: d\r\n|", ""),
            ("A: b\r\n\r", "A: b\r\n|\r|", ""),
        ];
        for (message, header, body) in table {
            for step in [1, 2, 3, 1000] {
                let got = split(message, step);
                assert_eq!(got, (header.into(), body.into()), "{message:?} by {step}");
            }
        }
    }
}
