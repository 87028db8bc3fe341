//! The MIME parser: octets in, in any pieces; the structure of the message out (RFC 5322, RFC 2045, RFC 2046).
//!
//! It promises one pass, no recursion, linear time, and bounded memory: see [`crate::limits`]. The result does not
//! depend on how the octets were cut into pieces. LF alone ends a line as CRLF does; a bare CR ends nothing.
//! Over a limit the rest is opaque text, which still counts in every range.
//! It decodes no body: an embedded message in a transfer encoding (which RFC 2046 §5.2.1 forbids) is read as it is.

mod budget;
mod head;
mod mark;
mod sample;
mod tree;

use memchr::{memchr, memmem};

use crate::limits::FIELD_MAX;
use crate::message::{Message, Part};
use budget::Budget;
use head::{Head, Known};
use mark::Mark;
use sample::Sampling;
use tree::Open;

/// A message being parsed. [`Parser::feed`] it, then [`Parser::finish`].
pub struct Parser {
    mode: Mode,
    here: Mark,
    /// Where the line in hand began.
    line_start: Mark,
    /// The line in hand, as far as it came with earlier pieces; at most [`FIELD_MAX`] octets are kept.
    line: Vec<u8>,
    in_line: bool,
    /// The field in hand, unfolded, if it is one to keep.
    field: Vec<u8>,
    known: Option<Known>,
    head: Head,
    budget: Budget,
    parts: Vec<Part>,
    /// The entities that are not ended yet, outermost first.
    open: Vec<Open>,
    /// How many of `open` have a boundary to look for.
    boundaries: usize,
    capped: bool,
    sampling: Sampling,
    next_candidate: memmem::Finder<'static>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Lines of a header.
    Header,
    /// A body in which no boundary can come.
    Body,
    /// At the start of a line which may be a boundary.
    LineStart,
    /// In a line that is none.
    MidLine,
    /// In a line that begins with `--`.
    Candidate,
}

impl Default for Parser {
    fn default() -> Parser {
        Parser::new()
    }
}

impl Parser {
    /// A parser that has seen nothing.
    pub fn new() -> Parser {
        let mut parser = Parser {
            mode: Mode::Header,
            here: Mark::default(),
            line_start: Mark::default(),
            line: Vec::new(),
            in_line: false,
            field: Vec::new(),
            known: None,
            head: Head::default(),
            budget: Budget::new(),
            parts: Vec::new(),
            open: Vec::new(),
            boundaries: 0,
            capped: false,
            sampling: Sampling::default(),
            next_candidate: memmem::Finder::new(b"\n--"),
        };
        parser.begin(Head::of_message());
        parser
    }

    /// Takes the next piece of the message, of any length.
    pub fn feed(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            let (from, sampling) = (self.here.offset, self.sampling.is_open());
            let rest = match self.mode {
                Mode::Header | Mode::Candidate => self.feed_line(octets),
                Mode::LineStart => self.feed_line_start(octets),
                Mode::MidLine => self.feed_mid_line(octets),
                Mode::Body => {
                    self.here.pass(octets);
                    &[]
                }
            };
            if sampling {
                self.sampling.passed(from, octets, rest.len());
            }
            octets = rest;
        }
    }

    /// The end of the message: what is known of it.
    pub fn finish(mut self) -> Message {
        if self.in_line {
            let line = std::mem::take(&mut self.line);
            self.whole_line(&line);
        }
        self.end_headers(self.here);
        while let Some(open) = self.open.pop() {
            self.close(&open, self.here);
        }
        Message {
            size: self.here.offset,
            lines: Mark::default().lines_to(&self.here),
            complete: !self.capped && !self.budget.cut,
            sample: self.sampling.finish(),
            parts: self.parts,
        }
    }

    /// Gathers a line and hands it on once it is whole.
    fn feed_line<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        if !self.in_line {
            self.in_line = true;
            self.line_start = self.here;
        }
        let Some(end) = memchr(b'\n', octets) else {
            self.here.pass_line(octets, 0);
            self.hold(octets);
            return &[];
        };
        let (text, rest) = octets.split_at_checked(end).unwrap_or((octets, &[]));
        let (newline, rest) = rest.split_at_checked(1).unwrap_or((rest, &[]));
        self.here.pass_line(text, 0);
        self.here.pass_line(newline, 1);
        self.in_line = false;
        if self.line.is_empty() {
            self.whole_line(text.get(..FIELD_MAX).unwrap_or(text));
        } else {
            self.hold(text);
            let mut line = std::mem::take(&mut self.line);
            self.whole_line(&line);
            line.clear();
            self.line = line;
        }
        rest
    }

    fn hold(&mut self, octets: &[u8]) {
        let room = FIELD_MAX.saturating_sub(self.line.len());
        self.line
            .extend_from_slice(octets.get(..room).unwrap_or(octets));
    }

    fn feed_line_start<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        match (self.in_line, octets) {
            // One hyphen came with an earlier piece.
            (true, [b'-', ..]) | (false, [b'-', b'-', ..]) => self.mode = Mode::Candidate,
            (true, _) => {
                self.in_line = false;
                self.line.clear();
                self.mode = Mode::MidLine;
            }
            (false, [b'-']) => return self.feed_line(octets),
            (false, _) => self.mode = Mode::MidLine,
        }
        octets
    }

    /// Passes over lines to the next that begins with `--`.
    fn feed_mid_line<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        let count = match self.next_candidate.find(octets) {
            Some(newline) => newline + 1,
            None if octets.ends_with(b"\n-") => octets.len() - 1,
            None => octets.len(),
        };
        let (passed, rest) = octets.split_at_checked(count).unwrap_or((octets, &[]));
        self.here.pass(passed);
        if passed.ends_with(b"\n") {
            self.mode = Mode::LineStart;
        }
        rest
    }

    /// `line_start..here` is a line; `line` is its text, cut at [`FIELD_MAX`].
    fn whole_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"--")
            && self.boundaries > 0
            && let Some((level, last)) = self.boundary(line)
        {
            self.at_boundary(level, last);
        } else if self.mode == Mode::Header {
            self.header_line(line);
        } else {
            self.mode = Mode::LineStart;
        }
    }

    fn header_line(&mut self, line: &[u8]) {
        match line {
            [] => {
                self.end_field();
                self.end_header(self.here);
            }
            [b' ' | b'\t', ..] if self.head.begun => self.continue_field(line),
            _ => match field_name(line) {
                Some((name, body)) => {
                    self.end_field();
                    self.head.begun = true;
                    self.known = Known::of(name, self.head.envelope.is_some());
                    self.continue_field(body);
                }
                // Junk between fields, and the "From " line of an mbox, are passed over; ...
                None if self.head.begun => self.end_field(),
                None if line.starts_with(b"From ") || line.starts_with(b">From ") => {
                    self.head.begun = true
                }
                // ... but an entity that begins with something else has no header.
                None => self.end_headers(self.line_start),
            },
        }
    }

    fn continue_field(&mut self, text: &[u8]) {
        if self.known.is_some() {
            let room = FIELD_MAX.saturating_sub(self.field.len());
            self.budget.cut |= text.len() > room || self.line_is_cut();
            self.field
                .extend_from_slice(text.get(..room).unwrap_or(text));
        }
    }

    /// Whether the line that has just ended was longer than what is kept of it.
    fn line_is_cut(&self) -> bool {
        self.here.offset - self.line_start.offset > FIELD_MAX as u64 + 1
    }

    fn end_field(&mut self) {
        if let Some(known) = self.known.take() {
            self.head.field(known, &self.field, &mut self.budget);
            self.field.clear();
        }
    }
}

/// `field-name ":"`, white space before the colon included (RFC 5322 §3.6.8, §4.5.8): the name and what follows.
pub(crate) fn field_name(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', line)?;
    let (name, body) = line.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(|b| b.is_ascii_graphic());
    is_name.then(|| (name, body.get(1..).unwrap_or(&[])))
}

#[cfg(test)]
mod broken_tests;
#[cfg(test)]
mod promises;
#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
