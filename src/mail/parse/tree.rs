//! The entities of the message: where each begins and ends, and what is inside what.
//!
//! It promises the tree of [`Message`](crate::Message): children inside their parent's body, in order, none missing.

use super::head::{Head, plain_text};
use super::mark::Mark;
use super::{Mode, Parser};
use crate::limits::{BOUNDARY_LINE_MAX, DEPTH_MAX, PARTS_MAX};
use crate::message::Part;

/// An entity that is not ended.
pub(super) struct Open {
    pub(super) part: u32,
    pub(super) body: Mark,
    /// Set while delimiters of this multipart may come.
    pub(super) boundary: Option<Vec<u8>>,
    pub(super) digest: bool,
}

impl Parser {
    /// Whose boundary the line is, innermost first, and whether it is the closing one.
    ///
    /// Deviation from RFC 2046 §5.1.1: nothing but white space may follow, so that a boundary which is the
    /// beginning of another cannot end it.
    pub(super) fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        if line.len() > BOUNDARY_LINE_MAX {
            return None;
        }
        let text = line.strip_prefix(b"--")?.trim_ascii_end();
        let closing = text.strip_suffix(b"--");
        self.open
            .iter()
            .enumerate()
            .rev()
            .find_map(|(level, open)| match open.boundary.as_deref()? {
                own if own == text => Some((level, false)),
                own if Some(own) == closing => Some((level, true)),
                _ => None,
            })
    }

    pub(super) fn at_boundary(&mut self, level: usize, last: bool) {
        let at = self.line_start;
        self.end_headers(at);
        // Everything inside ends before the line end that belongs to the boundary, but never before it began.
        let inner = self
            .open
            .get(level + 1)
            .and_then(|open| self.parts.get(open.part as usize));
        let end = at.before_line_end(inner.map_or(at.offset, |part| part.header.start));
        while self.open.len() > level + 1 {
            let Some(open) = self.open.pop() else { break };
            self.close(&open, end);
        }
        if !last {
            let digest = self.open.last().is_some_and(|open| open.digest);
            self.begin(Head::of_body_part(digest));
        } else if let Some(open) = self.open.last_mut() {
            open.boundary = None;
            self.boundaries = self.boundaries.saturating_sub(1);
            self.mode = self.body_mode();
        }
    }

    /// Begins an entity at `here`, inside the innermost open one.
    pub(super) fn begin(&mut self, head: Head) {
        self.head = head;
        self.mode = Mode::Header;
        let index = self.add_part(self.here.offset);
        self.open.push(Open {
            part: index,
            body: self.here,
            boundary: None,
            digest: false,
        });
        if self.parts.len() >= PARTS_MAX {
            self.end_header(self.here);
            self.capped = true;
            self.boundaries = 0;
            for open in &mut self.open {
                open.boundary = None;
            }
            self.mode = Mode::Body;
        }
    }

    fn add_part(&mut self, start: u64) -> u32 {
        let index = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        let parent = self.open.last().map(|open| open.part);
        if let Some(parent) = parent.and_then(|parent| self.parts.get_mut(parent as usize)) {
            parent.children.push(index);
        }
        self.parts.push(Part {
            parent,
            header: start..start,
            body: start..start,
            ..Part::default()
        });
        index
    }

    /// Ends the header in hand at `at`, and that of the embedded message which may begin there.
    pub(super) fn end_headers(&mut self, at: Mark) {
        while self.mode == Mode::Header {
            self.end_field();
            self.end_header(at);
        }
    }

    pub(super) fn end_header(&mut self, at: Mark) {
        let depth = self.open.len();
        let head = std::mem::take(&mut self.head);
        let Some(open) = self.open.last_mut() else {
            return;
        };
        let Some(part) = self.parts.get_mut(open.part as usize) else {
            return;
        };
        part.header.end = at.offset;
        part.body = at.offset..at.offset;
        open.body = at;
        let boundary = head.apply(part);
        let full = depth >= DEPTH_MAX || self.parts.len() >= PARTS_MAX - 1;
        let Some(part) = self.parts.get_mut(open.part as usize) else {
            return;
        };
        if (part.is_message() && full) || (part.is_multipart() && depth >= DEPTH_MAX) {
            plain_text(part);
            self.capped = true;
        } else if part.is_message() {
            return self.begin_at(at);
        } else if part.is_multipart() {
            open.digest = part.subtype == "digest";
            self.boundaries += usize::from(boundary.is_some());
            open.boundary = boundary;
        }
        let (index, here) = (open.part, self.here.offset.max(at.offset));
        if let Some(part) = self.parts.get(index as usize) {
            self.sampling.part(index, part, here);
        }
        self.mode = self.body_mode();
    }

    fn begin_at(&mut self, at: Mark) {
        let here = std::mem::replace(&mut self.here, at);
        self.begin(Head::of_message());
        self.here = here;
    }

    fn body_mode(&self) -> Mode {
        if self.boundaries > 0 {
            Mode::LineStart
        } else {
            Mode::Body
        }
    }

    /// Writes the ranges of an entity that ends at `end`.
    pub(super) fn close(&mut self, open: &Open, end: Mark) {
        self.boundaries = self
            .boundaries
            .saturating_sub(usize::from(open.boundary.is_some()));
        // The last slot stays free for the opaque rest.
        let full = self.parts.len() >= PARTS_MAX - 1;
        let Some(part) = self.parts.get_mut(open.part as usize) else {
            return;
        };
        part.header = part.header.start.min(end.offset)..part.header.end.min(end.offset);
        part.body = part.body.start.min(end.offset)..end.offset;
        part.body_lines = open.body.lines_to(&end);
        self.sampling.close(open.part, end.offset);
        if !part.is_multipart() || !part.children.is_empty() {
            return;
        }
        // No client survives a multipart without parts.
        if full {
            plain_text(part);
            self.capped = true;
            return;
        }
        let index = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        let mut child = Part {
            parent: Some(open.part),
            header: end.offset..end.offset,
            body: end.offset..end.offset,
            encoding: "7bit".to_owned(),
            ..Part::default()
        };
        plain_text(&mut child);
        self.parts.push(child);
        if let Some(part) = self.parts.get_mut(open.part as usize) {
            part.children.push(index);
        }
    }
}
