//! The octets of a section, from the store to the client in pieces.
//!
//! Promises: at most one chunk of the store (4 KB) is looked at a time, and none of it kept; what a header filter or a
//! decoder makes of the octets is counted in a first run, so that the literal's length is known, and sent in a second.

use std::ops::Range;

use ::store::{Gid, Read, ReadTx};
use mail::content::{self, Decoder};

use crate::command::Partial;
use crate::record::{Encoding, FieldFilter};

/// What is made of the octets.
#[derive(Debug)]
pub(crate) enum Through {
    /// They stay as they are.
    Plain,
    /// The same for a `literal`, which has no NUL (RFC 9051 §9, CHAR8): one that came by BINARYMIME is shown as 0x80, as POP3 does (A8).
    Text,
    /// Only some header fields.
    Fields(FieldFilter),
    /// The transfer encoding undone.
    Decoded(Option<Decoder>),
}

impl Through {
    /// For BINARY; `None` where the encoding is not known.
    pub(crate) fn decoded(encoding: Encoding) -> Option<Through> {
        let name = match encoding {
            Encoding::Identity => return Some(Through::Plain),
            Encoding::Base64 => "base64",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Unknown => return None,
        };
        Some(Through::Decoded(content::decode_transfer(name)))
    }
}

/// A run over a range of the stored message.
#[derive(Debug)]
pub(crate) struct Octets {
    gid: Gid,
    at: u64,
    end: u64,
    through: Through,
    ended: bool,
    made: Vec<u8>,
}

impl Octets {
    pub(crate) fn new(gid: Gid, range: Range<u64>, through: Through) -> Octets {
        Octets {
            gid,
            at: range.start,
            end: range.end,
            through,
            ended: false,
            made: Vec::new(),
        }
    }

    /// Hands the next octets to `sink`, from one chunk. `Ok(None)`: at the end; else how many octets of the store were looked at.
    pub(crate) fn next(
        &mut self,
        tx: &ReadTx<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> ::store::Result<Option<u64>> {
        if self.ended {
            return Ok(None);
        }
        let left = self.end.saturating_sub(self.at);
        let chunk = if left == 0 {
            &[]
        } else {
            tx.body(self.gid, self.at)?
        };
        let chunk = chunk
            .get(..usize::try_from(left).unwrap_or(usize::MAX))
            .unwrap_or(chunk);
        self.at = self.at.saturating_add(chunk.len() as u64);
        self.ended = chunk.is_empty();
        match &mut self.through {
            Through::Plain => sink(chunk),
            Through::Text if memchr::memchr(0, chunk).is_none() => sink(chunk),
            Through::Text => {
                self.made.clear();
                let shown = chunk
                    .iter()
                    .map(|octet| if *octet == 0 { 0x80 } else { *octet });
                self.made.extend(shown);
                sink(&self.made);
            }
            Through::Fields(filter) if self.ended => filter.finish(sink),
            Through::Fields(filter) => filter.feed(chunk, sink),
            Through::Decoded(decoder) => {
                // A body that breaks the rules of its encoding is given as far as it can be read.
                self.made.clear();
                if self.ended {
                    let _ = decoder.take().map(|decoder| decoder.finish(&mut self.made));
                } else if let Some(decoder) = decoder {
                    let _ = decoder.feed(chunk, &mut self.made);
                }
                sink(&self.made);
            }
        }
        Ok(Some(chunk.len() as u64))
    }
}

/// How many octets there are, and whether one of them is NUL.
#[derive(Debug)]
pub(crate) struct Count {
    octets: Octets,
    pub(crate) length: u64,
    pub(crate) nul: bool,
}

impl Count {
    pub(crate) fn new(octets: Octets) -> Count {
        Count {
            octets,
            length: 0,
            nul: false,
        }
    }

    /// Counts on; `work` is what may be looked at now, `true`: all has been counted.
    pub(crate) fn run(&mut self, tx: &ReadTx<'_>, work: &mut u64) -> ::store::Result<bool> {
        let Count {
            octets,
            length,
            nul,
        } = self;
        while *work > 0 {
            let looked = octets.next(tx, &mut |made| {
                *length = length.saturating_add(made.len() as u64);
                *nul |= memchr::memchr(0, made).is_some();
            })?;
            let Some(looked) = looked else {
                return Ok(true);
            };
            *work = work.saturating_sub(looked.max(1));
        }
        Ok(false)
    }
}

/// The octets that a literal has promised.
#[derive(Debug)]
pub(crate) struct Literal {
    octets: Octets,
    skip: u64,
    left: u64,
}

impl Literal {
    /// `part` of the octets that a run gives.
    pub(crate) fn new(octets: Octets, part: &Range<u64>) -> Literal {
        Literal {
            octets,
            skip: part.start,
            left: part.end.saturating_sub(part.start),
        }
    }

    /// Prints until the end (`true`) or until `out` holds `piece`. Where the store cannot give what was promised, spaces stand in
    /// for it: a client that counts on n octets must get n, or it takes the next responses for the message.
    pub(crate) fn run(&mut self, tx: &ReadTx<'_>, piece: usize, out: &mut Vec<u8>) -> bool {
        let Literal { octets, skip, left } = self;
        while *left > 0 {
            if out.len() >= piece {
                return false;
            }
            let looked = octets.next(tx, &mut |made| {
                let skipped = usize::try_from(*skip).unwrap_or(usize::MAX).min(made.len());
                *skip = skip.saturating_sub(skipped as u64);
                let rest = made.get(skipped..).unwrap_or_default();
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                out.extend_from_slice(rest.get(..taken).unwrap_or_default());
                *left = left.saturating_sub(taken as u64);
            });
            if !matches!(looked, Ok(Some(_))) {
                let room = piece.saturating_sub(out.len()).max(1);
                let spaces = usize::try_from(*left).unwrap_or(usize::MAX).min(room);
                out.resize(out.len().saturating_add(spaces), b' ');
                *left = left.saturating_sub(spaces as u64);
            }
        }
        true
    }
}

/// The octets that `<offset.length>` means of `length` octets; beyond the end it means none (A21).
pub(crate) fn part(length: u64, partial: Option<Partial>) -> Range<u64> {
    match partial {
        None => 0..length,
        Some(partial) => {
            let start = partial.offset.min(length);
            start..start.saturating_add(partial.length).min(length)
        }
    }
}
