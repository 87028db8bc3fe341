//! A message made fit for a server that takes less: no 8-bit octets, no binary, no UTF-8 in header fields (RFC 6152 §3, RFC 3030 §3).
//!
//! Bodies that need it are encoded, text as quoted-printable and the rest as base64, in parts of parts and embedded messages too, and
//! `Content-Transfer-Encoding` says so; a body whose label promised an encoding that it breaks is decoded and encoded anew. Header
//! fields get encoded words (RFC 2047), RFC 2231 parameters and A-labels. What no reader shows, the text before and behind the
//! parts of a multipart, goes if it is what does not fit. Everything else stays octet for octet.
//!
//! It promises the same tree of parts, whose bodies decode to the same octets (line ends of text become CRLF), lines that every
//! server takes, and a few KB of memory, whatever the length; a header is held while it is rewritten.
//!
//! A `multipart/signed` is converted like everything else. RFC 6152 §3 leaves only that or returning the letter, and RFC 1847 §2.1
//! asks signers to use nothing that a transport may change; one who did not gets a letter there whose signature does not verify
//! ([`Downgrade::breaks_signature`]), which says more than none. Parts that need no change are not touched, so that a proper
//! signature holds. Encrypted parts are ASCII and stay. A DKIM signature is made after this.

mod header;
mod plan;

use std::fmt;
use std::ops::Range;

use memchr::{memchr, memrchr};

use crate::content::encode::Encoder;
use crate::content::{Decoder, decode_transfer};
use crate::limits::BOUNDARY_LINE_MAX;
use crate::source::{PIECE, ReadAt};
use crate::{Message, Parser, Part};
use plan::{Action, Encoding, Segment};

/// What the next server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// It offers 8BITMIME: octets above 127 may stay in bodies.
    pub eight_bit: bool,
    /// It offers BINARYMIME: NUL, bare CR and LF, and lines of any length may stay in bodies.
    pub binary: bool,
    /// UTF-8 may stay in header fields: the server offers SMTPUTF8. Counts only together with `eight_bit`.
    pub utf8_headers: bool,
}

/// Why a message cannot be made fit. The letter has to be returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A header field holds UTF-8 for which ASCII has no form, such as a local part: the server must offer SMTPUTF8.
    NeedsSmtputf8,
    /// The structure is beyond the limits of the parser or would not come out the same, or a header is too long to rewrite.
    TooComplex,
}

/// What can go wrong while planning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DowngradeError<E> {
    /// The message cannot be made fit.
    Obstacle(Obstacle),
    /// The source could not be read.
    Read(E),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Obstacle::NeedsSmtputf8 => "the letter has international characters in its header that only a server with SMTPUTF8 can take",
            Obstacle::TooComplex => "the letter is built in too complicated a way to be rewritten for a server that takes only 7-bit text",
        })
    }
}

impl std::error::Error for Obstacle {}

/// Longest header that is rewritten, in octets. A header is held as a whole while it is.
const HEADER_MAX: u64 = 256 * 1024;

/// A message being rewritten: planned, then read in pieces.
#[derive(Clone, Debug)]
pub struct Downgrade {
    segments: Vec<Segment>,
    /// Octets of the message.
    size: u64,
    breaks_signature: bool,
    /// The segment in hand, and how far it has been read.
    at: usize,
    offset: u64,
    coder: Option<Coder>,
}

/// What a body goes through.
#[derive(Clone, Debug)]
struct Coder {
    decoder: Option<Decoder>,
    encoder: Encoder,
    decoded: Vec<u8>,
}

impl Downgrade {
    /// Looks through the message, once or, if something has to change, twice, and decides what has to change. `message` is its parsed form.
    ///
    /// # Errors
    /// [`DowngradeError::Obstacle`] if no rewriting helps, before anything was written; else those of `read`.
    pub fn new<E>(
        message: &Message,
        target: Target,
        read: &mut ReadAt<'_, E>,
    ) -> Result<Downgrade, DowngradeError<E>> {
        let target = Target {
            eight_bit: target.eight_bit || target.binary,
            ..target
        };
        let plan = plan::plan(message, target, read)?;
        let downgrade = Downgrade {
            segments: plan.segments,
            size: message.size,
            breaks_signature: plan.breaks_signature,
            at: 0,
            offset: 0,
            coder: None,
        };
        if downgrade.changes() && !downgrade.keeps_the_tree(message, read)? {
            return Err(DowngradeError::Obstacle(Obstacle::TooComplex));
        }
        Ok(downgrade)
    }

    /// Whether what comes out reads as the same tree of parts: multiparts that share a boundary, for one, can be written in ways that mean something else once a line
    /// between them is gone.
    fn keeps_the_tree<E>(
        &self,
        message: &Message,
        read: &mut ReadAt<'_, E>,
    ) -> Result<bool, DowngradeError<E>> {
        let (mut copy, mut parser, mut out) = (self.clone(), Parser::new(), Vec::new());
        while copy.next(read, &mut out).map_err(DowngradeError::Read)? {
            parser.feed(&out);
            out.clear();
        }
        let after = parser.finish();
        let same = |(one, other): (&Part, &Part)| {
            (one.parent, &one.children) == (other.parent, &other.children)
                && (&one.media_type, &one.subtype) == (&other.media_type, &other.subtype)
                // What was no body must not become one.
                && (other.body.is_empty() || !one.body.is_empty())
        };
        Ok(message.parts.len() == after.parts.len()
            && message.parts.iter().zip(&after.parts).all(same))
    }

    /// Whether anything changes; if not, the message can be sent as it is.
    pub fn changes(&self) -> bool {
        self.segments
            .iter()
            .any(|segment| segment.action != Action::Copy)
    }

    /// Whether something inside a `multipart/signed` changes, so that its signature will not verify.
    pub fn breaks_signature(&self) -> bool {
        self.breaks_signature
    }

    /// Appends the next piece of the rewritten message to `out`: some KB, or a whole header; false when nothing is left.
    ///
    /// # Errors
    /// Those of `read`; the piece may be asked for again.
    pub fn next<E>(&mut self, read: &mut ReadAt<'_, E>, out: &mut Vec<u8>) -> Result<bool, E> {
        let Some(Segment { range, action }) = self.segments.get(self.at).cloned() else {
            return Ok(false);
        };
        let rest = range.start + self.offset..range.end;
        match action {
            Action::Copy => {
                self.piece(rest, read, |_, piece| out.extend_from_slice(piece))?;
            }
            Action::Header(wish) => {
                let block = plan::gather(read, range)?;
                // It was rewritten before, so it can be again.
                out.extend_from_slice(&header::rewrite(&block, &wish).unwrap_or(block));
                self.end_segment();
            }
            Action::Encode { from, to } => {
                // A copy, so that the piece can be asked for again after an error.
                let coder = self.coder.clone();
                let mut coder = coder.unwrap_or_else(|| Coder::new(from, to));
                let last = self.piece(rest, read, |_, piece| coder.feed(piece, out))?;
                if last {
                    coder.finish(out);
                    if to == Encoding::Base64 && range.end == self.size {
                        out.extend_from_slice(b"\r\n");
                    }
                } else {
                    self.coder = Some(coder);
                }
            }
            Action::LastLine => {
                let near = range.end.saturating_sub(DELIMITER_MAX).max(range.start);
                out.extend_from_slice(&last_line(&plan::gather(read, near..range.end)?));
                self.end_segment();
            }
            Action::FirstLine => {
                let near = range.end.min(range.start.saturating_add(DELIMITER_MAX));
                out.extend_from_slice(&first_line(&plan::gather(read, range.start..near)?));
                self.end_segment();
            }
        }
        Ok(true)
    }

    /// Octets of the rewritten message, by a pass over all of it (for `SIZE=`).
    ///
    /// # Errors
    /// Those of `read`.
    pub fn measure<E>(&self, read: &mut ReadAt<'_, E>) -> Result<u64, E> {
        let mut copy = Downgrade {
            at: 0,
            offset: 0,
            coder: None,
            ..self.clone()
        };
        let (mut out, mut size) = (Vec::new(), 0);
        while copy.next(read, &mut out)? {
            size += out.len() as u64;
            out.clear();
        }
        Ok(size)
    }

    /// Reads a piece of the segment in hand; true if it was the last.
    fn piece<E>(
        &mut self,
        rest: Range<u64>,
        read: &mut ReadAt<'_, E>,
        take: impl FnOnce(&mut Self, &[u8]),
    ) -> Result<bool, E> {
        let mut buffer = [0; PIECE];
        let want = usize::try_from(rest.end.saturating_sub(rest.start))
            .unwrap_or(PIECE)
            .min(PIECE);
        let len = if want == 0 {
            0
        } else {
            read(rest.start, buffer.get_mut(..want).unwrap_or(&mut []))?.min(want)
        };
        take(self, buffer.get(..len).unwrap_or(&[]));
        self.offset += len as u64;
        let last = len == 0 || rest.start + len as u64 >= rest.end;
        if last {
            self.end_segment();
        }
        Ok(last)
    }

    fn end_segment(&mut self) {
        self.at += 1;
        self.offset = 0;
        self.coder = None;
    }
}

impl Coder {
    fn new(from: Option<&'static str>, to: Encoding) -> Coder {
        Coder {
            decoder: from.and_then(decode_transfer),
            encoder: match to {
                Encoding::Quoted { text } => Encoder::quoted(text),
                Encoding::Base64 => Encoder::base64(),
            },
            decoded: Vec::new(),
        }
    }

    fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        match &mut self.decoder {
            Some(decoder) => {
                // A broken encoding is read as every reader of the letter would.
                let _forgiven = decoder.feed(piece, &mut self.decoded);
                self.encoder.feed(&self.decoded, out);
                self.decoded.clear();
            }
            None => self.encoder.feed(piece, out),
        }
    }

    fn finish(mut self, out: &mut Vec<u8>) {
        if let Some(decoder) = self.decoder.take() {
            let _forgiven = decoder.finish(&mut self.decoded);
            self.encoder.feed(&self.decoded, out);
        }
        self.encoder.finish(out);
    }
}

/// Octets in which a delimiter line lies: its longest, and the line ends around it.
const DELIMITER_MAX: u64 = BOUNDARY_LINE_MAX as u64 + 8;

/// The last line, if it can be a delimiter.
fn last_line(octets: &[u8]) -> Vec<u8> {
    let text = octets.strip_suffix(b"\n").unwrap_or(octets);
    let start = memrchr(b'\n', text).map_or(0, |at| at + 1);
    delimiter(octets.get(start..).unwrap_or(&[]))
}

/// The line end before the first delimiter, and its line.
fn first_line(octets: &[u8]) -> Vec<u8> {
    let lead = octets
        .iter()
        .take_while(|b| matches!(b, b'\r' | b'\n'))
        .count();
    let line = octets.get(lead..).unwrap_or(&[]);
    let end = memchr(b'\n', line).map_or(line.len(), |at| at + 1);
    let mut out = if lead > 0 {
        b"\r\n".to_vec()
    } else {
        Vec::new()
    };
    out.extend_from_slice(&delimiter(line.get(..end).unwrap_or(&[])));
    out
}

/// The line without the blanks behind it, among which a bare CR may be; nothing if it cannot be a delimiter.
fn delimiter(line: &[u8]) -> Vec<u8> {
    if !line.starts_with(b"--") {
        return Vec::new();
    }
    let mut out = line.trim_ascii_end().to_vec();
    if line.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
#[path = "downgrade_tests.rs"]
mod tests;
