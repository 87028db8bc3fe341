//! The content of a body part: transfer encodings (RFC 2045 §6), charsets, HTML.
//!
//! It promises to read what senders write, in pieces of any size, with bounded memory.

pub(crate) mod base64;
pub mod charset;
pub(crate) mod encode;
mod html;
mod line_ends;
mod quoted;

use std::fmt;

pub use html::html_to_text;
pub use line_ends::LineEnds;

/// A streaming decoder of one transfer encoding. Feed the body, then finish; the pieces may be cut anywhere.
#[derive(Clone, Debug)]
pub struct Decoder(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Identity,
    Base64(base64::Decoder),
    QuotedPrintable(quoted::Decoder),
}

/// The body breaks the rules of its transfer encoding. What could be decoded has been, and feeding may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEncoding;

impl fmt::Display for BadEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the content breaks the rules of its transfer encoding; some of it may be missing",
        )
    }
}

impl std::error::Error for BadEncoding {}

/// The decoder for a `Content-Transfer-Encoding` (any case; empty is `7bit`); `None` if the encoding is unknown.
pub fn decode_transfer(encoding: &str) -> Option<Decoder> {
    let is = |name: &str| encoding.trim().eq_ignore_ascii_case(name);
    Some(Decoder(
        if ["", "7bit", "8bit", "binary"].iter().any(|name| is(name)) {
            Kind::Identity
        } else if is("base64") {
            Kind::Base64(base64::Decoder::default())
        } else if is("quoted-printable") {
            Kind::QuotedPrintable(quoted::Decoder::default())
        } else {
            return None;
        },
    ))
}

impl Decoder {
    /// Decodes a piece of the body onto the end of `out`.
    ///
    /// # Errors
    /// [`BadEncoding`] is a remark: all that can be decoded is in `out` and the next piece may follow.
    pub fn feed(&mut self, octets: &[u8], out: &mut Vec<u8>) -> Result<(), BadEncoding> {
        let good = match &mut self.0 {
            Kind::Identity => {
                out.extend_from_slice(octets);
                true
            }
            Kind::Base64(decoder) => decoder.feed(octets, out),
            Kind::QuotedPrintable(decoder) => decoder.feed(octets, out),
        };
        if good { Ok(()) } else { Err(BadEncoding) }
    }

    /// The end of the body: writes what was still held back.
    ///
    /// # Errors
    /// [`BadEncoding`] if the body stops in the middle of something.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), BadEncoding> {
        let good = match self.0 {
            Kind::Identity => true,
            Kind::Base64(decoder) => decoder.finish(out),
            Kind::QuotedPrintable(decoder) => decoder.finish(out),
        };
        if good { Ok(()) } else { Err(BadEncoding) }
    }
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
