//! Reading a message's texts, folded, in pieces: for the scanner and for the index alike.

use std::borrow::Cow;
use std::ops::Range;

use mail::content::{Decoder, charset};
use mail::{content, header};
use store::{Gid, Read, ReadTx};

use crate::fold::fold;
use crate::record::{Encoding, Kind, Part};

/// Octets of one header that are looked at.
const HEADER: u64 = 256 * 1024;
/// A body is decoded and folded in pieces of this many octets.
const PIECE: usize = 16 * 1024;
/// The same of HTML: tags are not cut, and hidden elements seldom.
const HTML_PIECE: usize = 128 * 1024;

/// A header block.
pub(crate) fn block<'t>(
    tx: &'t ReadTx<'_>,
    gid: Gid,
    range: Range<u64>,
    work: &mut u64,
) -> store::Result<Cow<'t, [u8]>> {
    let length = range.end.saturating_sub(range.start).min(HEADER);
    *work = work.saturating_sub(length);
    if length == 0 {
        return Ok(Cow::Borrowed(&[]));
    }
    let chunk = tx.body(gid, range.start)?;
    let wanted = usize::try_from(length).unwrap_or(usize::MAX);
    if let Some(block) = chunk.get(..wanted) {
        return Ok(Cow::Borrowed(block));
    }
    let mut block = chunk.to_vec();
    while block.len() < wanted {
        let chunk = tx.body(gid, range.start.saturating_add(block.len() as u64))?;
        if chunk.is_empty() {
            break;
        }
        let left = wanted.saturating_sub(block.len());
        block.extend_from_slice(chunk.get(..left).unwrap_or(chunk));
    }
    Ok(Cow::Owned(block))
}

/// A header field as the line that is searched, folded: `NAME: value`, or without the blank if there is none; where the value begins.
pub(crate) fn line(field: &header::Field<'_>, out: &mut Vec<u8>) -> usize {
    fold(&String::from_utf8_lossy(field.name), out);
    out.push(b':');
    if field.value.first().is_some_and(u8::is_ascii_whitespace) {
        out.push(b' ');
    }
    let at = out.len();
    value(field, out);
    at
}

/// Its value alone.
pub(crate) fn value(field: &header::Field<'_>, out: &mut Vec<u8>) {
    fold(&header::decode_words(field.value), out);
}

/// A text part that is being read.
pub(crate) struct Pieces {
    at: u64,
    decoder: Option<Decoder>,
    /// decoded, not folded yet
    decoded: Vec<u8>,
    ended: bool,
}

/// What a call came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// there is a piece more
    Piece,
    /// there is none; that was all
    End,
    /// the work is used up
    Pause,
}

impl Pieces {
    pub(crate) fn new(part: &Part<'_>) -> Pieces {
        let encoding = match part.encoding {
            Encoding::Base64 => "base64",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Identity | Encoding::Unknown => "",
        };
        Pieces {
            at: part.body.start,
            decoder: content::decode_transfer(encoding),
            decoded: Vec::new(),
            ended: false,
        }
    }

    /// Puts the next piece, folded, behind `folded`.
    pub(crate) fn next(
        &mut self,
        tx: &ReadTx<'_>,
        gid: Gid,
        part: &Part<'_>,
        folded: &mut Vec<u8>,
        work: &mut u64,
    ) -> store::Result<Next> {
        let size = match part.kind {
            Kind::Html => HTML_PIECE,
            _ => PIECE,
        };
        while !self.ended {
            if self.decoded.len() >= size {
                self.piece(part, folded);
                return Ok(Next::Piece);
            }
            if *work == 0 {
                return Ok(Next::Pause);
            }
            let left = part.body.end.saturating_sub(self.at);
            let chunk = if left == 0 {
                &[]
            } else {
                tx.body(gid, self.at)?
            };
            let chunk = chunk
                .get(..usize::try_from(left).unwrap_or(usize::MAX))
                .unwrap_or(chunk);
            self.at = self.at.saturating_add(chunk.len() as u64);
            *work = work.saturating_sub(chunk.len() as u64);
            // A body that breaks the rules of its encoding is searched as far as it can be read.
            if chunk.is_empty() {
                let decoder = self.decoder.take();
                let _ = decoder.map(|decoder| decoder.finish(&mut self.decoded));
                self.ended = true;
                self.piece(part, folded);
                return Ok(Next::Piece);
            } else if let Some(decoder) = &mut self.decoder {
                let _ = decoder.feed(chunk, &mut self.decoded);
            }
        }
        Ok(Next::End)
    }

    /// Folds what has been decoded. Cut is at the end of a line, where every charset of mail is at rest; a line longer than a piece is cut
    /// between two octets of ASCII, or anywhere. HTML is cut before a tag.
    fn piece(&mut self, part: &Part<'_>, folded: &mut Vec<u8>) {
        let html = part.kind == Kind::Html;
        let mark = if html { b'<' } else { b'\n' };
        let cut = match memchr::memrchr(mark, &self.decoded) {
            _ if self.ended => self.decoded.len(),
            Some(at) if html && at > 0 => at,
            Some(end) if !html => end.saturating_add(1),
            _ => self
                .decoded
                .iter()
                .rposition(u8::is_ascii)
                .filter(|at| *at > 0)
                .unwrap_or(self.decoded.len()),
        };
        let (piece, _) = self
            .decoded
            .split_at_checked(cut)
            .unwrap_or((&self.decoded, &[]));
        let text = charset::to_utf8(part.charset, piece);
        if html {
            fold(&content::html_to_text(&text), folded);
            folded.push(b'\n');
        } else {
            fold(&text, folded);
        }
        self.decoded.drain(..cut.min(self.decoded.len()));
    }
}
