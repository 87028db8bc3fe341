//! HEADER.FIELDS and HEADER.FIELDS.NOT over a header that comes in pieces.

/// Passes the fields that are asked for, whole and as they stand, and the empty line at the end (RFC 9051 §6.4.5.1). Holds no
/// more of the header than a field's name, whatever the header is.
#[derive(Clone, Debug)]
pub struct FieldFilter {
    names: Vec<Vec<u8>>,
    not: bool,
    longest: usize,
    /// of the line that is being read, before it is known what field it belongs to
    name: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// at the start of a line; whether the field before was passed
    Line { passing: bool },
    /// in a field's name
    Name,
    /// in a line whose fate is known
    Rest { passing: bool },
}

impl FieldFilter {
    /// A filter for these names (any case); `not` turns it round.
    pub fn new<S: AsRef<str>>(names: &[S], not: bool) -> FieldFilter {
        let names: Vec<Vec<u8>> = names
            .iter()
            .map(|name| name.as_ref().as_bytes().to_ascii_lowercase())
            .collect();
        let longest = names.iter().map(Vec::len).max().unwrap_or(0);
        FieldFilter {
            names,
            not,
            longest,
            name: Vec::new(),
            state: State::Line { passing: false },
        }
    }

    /// Takes the next octets of the header and hands on what passes.
    pub fn feed(&mut self, mut octets: &[u8], pass: &mut dyn FnMut(&[u8])) {
        while let Some(&first) = octets.first() {
            match self.state {
                State::Line { passing } if matches!(first, b' ' | b'\t') => {
                    self.state = State::Rest { passing }
                }
                // The line that ends the header: it has no name.
                State::Line { .. } if matches!(first, b'\r' | b'\n') => {
                    self.state = State::Rest { passing: true }
                }
                State::Line { .. } => {
                    self.name.clear();
                    self.state = State::Name;
                }
                State::Name => {
                    // One octet more than the longest name tells that this is none of them.
                    let room = self
                        .longest
                        .saturating_add(1)
                        .saturating_sub(self.name.len());
                    let end = octets
                        .iter()
                        .take(room)
                        .position(|octet| matches!(octet, b':' | b'\n'));
                    let taken = end.unwrap_or(room.min(octets.len()));
                    let (name, rest) = octets.split_at_checked(taken).unwrap_or((octets, &[]));
                    self.name.extend_from_slice(name);
                    octets = rest;
                    if end.is_some() || self.name.len() > self.longest {
                        let passing = self.is_named() != self.not;
                        self.state = State::Rest { passing };
                        if passing {
                            pass(&self.name);
                        }
                    }
                }
                State::Rest { passing } => {
                    let end = memchr::memchr(b'\n', octets);
                    let (line, rest) = octets
                        .split_at_checked(end.map_or(octets.len(), |end| end.saturating_add(1)))
                        .unwrap_or((octets, &[]));
                    octets = rest;
                    if passing {
                        pass(line);
                    }
                    if end.is_some() {
                        self.state = State::Line { passing };
                    }
                }
            }
        }
    }

    /// The header is at its end: hands on a name that no line end followed, where that passes.
    pub fn finish(&mut self, pass: &mut dyn FnMut(&[u8])) {
        if self.state == State::Name && self.is_named() != self.not {
            pass(&self.name);
        }
        self.state = State::Line { passing: false };
    }

    /// Whether the collected name is one of those asked for; white space before the colon is tolerated (RFC 5322 §4.5).
    fn is_named(&self) -> bool {
        let name = self.name.trim_ascii_end();
        self.names
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(name))
    }
}
