//! The table of parts in a stored record: a few octets a part, in the order of the message, each part before its children.
//!
//! ```text
//! depth | kind and encoding | gap (from the end of the part before's header to this header) | header length | body length |
//! for text: charset length, charset           all numbers LEB128
//! ```

use std::ops::Range;

use mail::Message;

/// What stands in a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// text/plain and every other text but HTML
    Text,
    /// text/html
    Html,
    /// multipart: its children follow
    Multipart,
    /// message/rfc822 and message/global: the embedded message follows
    Message,
    /// anything else
    Other,
}

/// How a part's body is encoded (RFC 2045 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 7bit, 8bit, binary
    Identity,
    /// base64
    Base64,
    /// quoted-printable
    QuotedPrintable,
    /// something else: `NO [UNKNOWN-CTE]` (RFC 3516 §4.3)
    Unknown,
}

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// its place in the table
    pub index: u32,
    /// parts around it
    pub depth: u32,
    /// what it is
    pub kind: Kind,
    /// how its body is encoded
    pub encoding: Encoding,
    /// octets of its header with the empty line
    pub header: Range<u64>,
    /// octets of its body
    pub body: Range<u64>,
    /// of a text; empty: none named
    pub charset: &'a str,
}

/// Longest charset name that is kept.
const CHARSET: usize = 40;

/// Writes the table of a message.
pub(super) fn write(message: &Message, out: &mut Vec<u8>) {
    let mut order: Vec<(u32, u32)> = vec![(0, 0)];
    let mut end = 0;
    // Each part is pushed once: by its one parent, earlier in the message. The count guards against a tree that is none.
    for _ in 0..message.parts.len() {
        let Some((index, depth)) = order.pop() else {
            break;
        };
        let Some(part) = message.part(index) else {
            continue;
        };
        order.extend(
            part.children
                .iter()
                .rev()
                .map(|child| (*child, depth.saturating_add(1))),
        );
        let kind = match (part.media_type.as_str(), part.subtype.as_str()) {
            ("text", "html") => 1,
            ("text", _) => 0,
            _ if part.is_multipart() => 2,
            _ if part.is_message() && part.children.len() == 1 => 3,
            _ => 4,
        };
        let encoding = match part.encoding.as_str() {
            "7bit" | "8bit" | "binary" | "" => 0,
            "base64" => 1,
            "quoted-printable" => 2,
            _ => 3,
        };
        put(u64::from(depth), out);
        put(kind | encoding << 3, out);
        // An empty child that stands in for a missing one may lie before the part listed before it: zigzag.
        let gap = i64::try_from(part.header.start)
            .unwrap_or(i64::MAX)
            .saturating_sub(end);
        put((gap << 1 ^ gap >> 63) as u64, out);
        put(part.header.end.saturating_sub(part.header.start), out);
        put(part.body.end.saturating_sub(part.body.start), out);
        if kind <= 1 {
            let charset = part
                .param("charset")
                .filter(|name| name.len() <= CHARSET)
                .unwrap_or_default();
            put(charset.len() as u64, out);
            out.extend_from_slice(charset.as_bytes());
        }
        end = i64::try_from(part.header.end).unwrap_or(i64::MAX);
    }
}

/// The parts of a record, in order; ends early when the table is damaged.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    rest: &'a [u8],
    index: u32,
    end: i64,
}

impl<'a> Parts<'a> {
    pub(super) fn new(table: &'a [u8]) -> Parts<'a> {
        Parts {
            rest: table,
            index: 0,
            end: 0,
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let depth = u32::try_from(take(&mut self.rest)?).ok()?;
        let kind = take(&mut self.rest)?;
        let gap = take(&mut self.rest)?;
        let gap = (gap >> 1) as i64 ^ -((gap & 1) as i64);
        let start = u64::try_from(self.end.checked_add(gap)?).ok()?;
        let middle = start.checked_add(take(&mut self.rest)?)?;
        let end = middle.checked_add(take(&mut self.rest)?)?;
        let mut charset = "";
        if kind & 7 <= 1 {
            let length = usize::try_from(take(&mut self.rest)?).ok()?;
            let (name, rest) = self.rest.split_at_checked(length)?;
            charset = std::str::from_utf8(name).ok()?;
            self.rest = rest;
        }
        let index = self.index;
        self.index = index.checked_add(1)?;
        self.end = i64::try_from(middle).ok()?;
        Some(Part {
            index,
            depth,
            kind: match kind & 7 {
                0 => Kind::Text,
                1 => Kind::Html,
                2 => Kind::Multipart,
                3 => Kind::Message,
                _ => Kind::Other,
            },
            encoding: match kind >> 3 {
                0 => Encoding::Identity,
                1 => Encoding::Base64,
                2 => Encoding::QuotedPrintable,
                _ => Encoding::Unknown,
            },
            header: start..middle,
            body: middle..end,
            charset,
        })
    }
}

/// Walks down to a part number (RFC 9051 §6.4.5.1): a message that is no multipart has its own body as part 1.
pub(super) fn find<'a>(mut parts: Parts<'a>, number: &[u32]) -> Option<Part<'a>> {
    let mut at = parts.next()?;
    // Whether `at` stands for a whole message (the top, or an embedded one) and not for a body part.
    let mut message = true;
    for &wanted in number {
        if at.kind == Kind::Message && !message {
            at = parts.next()?;
            message = true;
        }
        if at.kind == Kind::Multipart {
            let depth = at.depth.checked_add(1)?;
            let index = usize::try_from(wanted.checked_sub(1)?).ok()?;
            at = parts
                .by_ref()
                .take_while(|part| part.depth >= depth)
                .filter(|part| part.depth == depth)
                .nth(index)?;
        } else if !message || wanted != 1 {
            return None;
        }
        message = false;
    }
    Some(at)
}

/// A number in LEB128.
pub(super) fn put(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a number off the front.
pub(super) fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&octet, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
