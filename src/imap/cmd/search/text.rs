//! Looking for a text in a message: header fields decoded, bodies decoded from transfer encoding and charset, in pieces.

use std::ops::Range;

use ::store::{Read, ReadTx};
use mail::content::{Decoder, charset};
use mail::{content, header};
use memchr::memmem::Finder;

use crate::cmd::walk::Met;
use crate::fold::fold;
use crate::record::{Encoding, Kind, Part, Record};

/// Octets of one header that are looked at.
const HEADER: u64 = 256 * 1024;
/// A body is decoded and folded in pieces of this many octets.
const PIECE: usize = 16 * 1024;

/// A text to look for.
pub(super) struct Text {
    place: Place,
    folded: Finder<'static>,
}

/// Where to look.
enum Place {
    /// in fields of this name; an empty text: there is one
    Header(String),
    Body,
    /// header and body
    Text,
}

impl Text {
    pub(super) fn header(name: &str, text: &str) -> Text {
        Text::new(Place::Header(name.to_string()), text)
    }

    pub(super) fn body(text: &str) -> Text {
        Text::new(Place::Body, text)
    }

    pub(super) fn header_or_body(text: &str) -> Text {
        Text::new(Place::Text, text)
    }

    fn new(place: Place, text: &str) -> Text {
        let mut folded = Vec::new();
        fold(text, &mut folded);
        Text {
            place,
            folded: Finder::new(&folded).into_owned(),
        }
    }

    /// An empty text is in every message.
    pub(super) fn is_everywhere(&self) -> bool {
        self.folded.needle().is_empty() && !matches!(self.place, Place::Header(_))
    }

    fn is_in(&self, text: &str) -> bool {
        let mut folded = Vec::with_capacity(text.len());
        fold(text, &mut folded);
        self.folded.find(&folded).is_some()
    }
}

/// What is known of one message's texts.
#[derive(Default)]
pub(super) struct Looking {
    answers: Vec<(usize, bool)>,
    /// the part whose turn it is, of the text being looked for
    part: u32,
    /// in that part's body
    body: Option<Body>,
}

impl Looking {
    pub(super) fn answer(&self, index: usize) -> Option<bool> {
        self.answers
            .iter()
            .find(|(other, _)| *other == index)
            .map(|(_, answer)| *answer)
    }

    /// Looks for a text until that is answered (`true`) or until `work` is used up.
    pub(super) fn run(
        &mut self,
        tx: &ReadTx<'_>,
        met: &Met,
        index: usize,
        text: Option<&Text>,
        work: &mut u64,
    ) -> ::store::Result<bool> {
        let answer = match text {
            None => Some(false),
            Some(text) => match self.look(tx, met, text, work) {
                // Expunged and gone: it has no text any more.
                Err(::store::Error::NoSuchMessage) => Some(false),
                answer => answer?,
            },
        };
        if let Some(answer) = answer {
            self.answers.push((index, answer));
            (self.part, self.body) = (0, None);
        }
        Ok(answer.is_some())
    }

    /// `None`: not known yet.
    fn look(
        &mut self,
        tx: &ReadTx<'_>,
        met: &Met,
        text: &Text,
        work: &mut u64,
    ) -> ::store::Result<Option<bool>> {
        let (_, stored) = tx.record(met.entry.gid)?;
        let Some(record) = Record::new(stored) else {
            return Ok(Some(false));
        };
        let mut embedded = false;
        for part in record.parts() {
            let root = part.index == 0 || embedded;
            embedded = part.kind == Kind::Message;
            if part.index < self.part {
                continue;
            }
            if self.body.is_none() {
                let header = match &text.place {
                    Place::Header(_) => part.index == 0,
                    // The header of a message inside is body to the one around it.
                    Place::Body => root && part.index > 0,
                    Place::Text => true,
                };
                if header && in_header(tx, met, part.header.clone(), text, work)? {
                    return Ok(Some(true));
                }
                if matches!(text.place, Place::Header(_)) {
                    return Ok(Some(false));
                }
            }
            if matches!(part.kind, Kind::Text | Kind::Html) {
                let body = self.body.get_or_insert_with(|| Body::new(&part));
                match body.look(tx, met, &part, text, work)? {
                    Some(false) => {}
                    answer => return Ok(answer),
                }
            }
            self.body = None;
            self.part = part.index.saturating_add(1);
            if *work == 0 {
                return Ok(None);
            }
        }
        Ok(Some(false))
    }
}

/// Looks through a header block.
fn in_header(
    tx: &ReadTx<'_>,
    met: &Met,
    range: Range<u64>,
    text: &Text,
    work: &mut u64,
) -> ::store::Result<bool> {
    let length = range.end.saturating_sub(range.start).min(HEADER);
    *work = work.saturating_sub(length);
    let chunk = if length == 0 {
        &[]
    } else {
        tx.body(met.entry.gid, range.start)?
    };
    let wanted = usize::try_from(length).unwrap_or(usize::MAX);
    if let Some(block) = chunk.get(..wanted) {
        return Ok(in_fields(block, text));
    }
    let mut block = chunk.to_vec();
    while block.len() < wanted {
        let chunk = tx.body(
            met.entry.gid,
            range.start.saturating_add(block.len() as u64),
        )?;
        if chunk.is_empty() {
            break;
        }
        block.extend_from_slice(
            chunk
                .get(..wanted.saturating_sub(block.len()))
                .unwrap_or(chunk),
        );
    }
    Ok(in_fields(&block, text))
}

fn in_fields(block: &[u8], text: &Text) -> bool {
    match &text.place {
        Place::Header(name) if text.folded.needle().is_empty() => {
            header::fields(block).any(|field| field.is(name))
        }
        Place::Header(name) => header::fields(block)
            .filter(|field| field.is(name))
            .any(|field| text.is_in(header::decode_words(field.value).trim())),
        Place::Body | Place::Text => header::fields(block).any(|field| {
            let name = String::from_utf8_lossy(field.name);
            let value = header::decode_words(field.value);
            text.is_in(&format!("{name}:{value}"))
        }),
    }
}

/// A text part that is being read.
struct Body {
    at: u64,
    decoder: Option<Decoder>,
    /// decoded, not folded yet
    decoded: Vec<u8>,
    /// folded; its end may be the beginning of the text
    folded: Vec<u8>,
}

impl Body {
    fn new(part: &Part<'_>) -> Body {
        let encoding = match part.encoding {
            Encoding::Base64 => "base64",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Identity | Encoding::Unknown => "",
        };
        Body {
            at: part.body.start,
            decoder: content::decode_transfer(encoding),
            decoded: Vec::new(),
            folded: Vec::new(),
        }
    }

    /// Reads on; `None`: there is more to read.
    fn look(
        &mut self,
        tx: &ReadTx<'_>,
        met: &Met,
        part: &Part<'_>,
        text: &Text,
        work: &mut u64,
    ) -> ::store::Result<Option<bool>> {
        loop {
            let left = part.body.end.saturating_sub(self.at);
            let chunk = if left == 0 {
                &[]
            } else {
                tx.body(met.entry.gid, self.at)?
            };
            let chunk = chunk
                .get(..usize::try_from(left).unwrap_or(usize::MAX))
                .unwrap_or(chunk);
            self.at = self.at.saturating_add(chunk.len() as u64);
            // A body that breaks the rules of its encoding is searched as far as it can be read.
            if chunk.is_empty() {
                let _ = self
                    .decoder
                    .take()
                    .map(|decoder| decoder.finish(&mut self.decoded));
            } else if let Some(decoder) = &mut self.decoder {
                let _ = decoder.feed(chunk, &mut self.decoded);
            }
            if (chunk.is_empty() || self.decoded.len() >= PIECE)
                && self.piece(chunk.is_empty(), part.charset, text)
            {
                return Ok(Some(true));
            }
            if chunk.is_empty() {
                return Ok(Some(false));
            }
            *work = work.saturating_sub(chunk.len() as u64);
            if *work == 0 {
                return Ok(None);
            }
        }
    }

    /// Folds what has been decoded and looks for the text. Cut is at the end of a line, where every charset of mail is at rest;
    /// a line longer than a piece is cut between two octets of ASCII, or anywhere.
    fn piece(&mut self, last: bool, label: &str, text: &Text) -> bool {
        let cut = match memchr::memrchr(b'\n', &self.decoded) {
            _ if last => self.decoded.len(),
            Some(end) => end.saturating_add(1),
            None => self
                .decoded
                .iter()
                .rposition(u8::is_ascii)
                .filter(|at| *at > 0)
                .unwrap_or(self.decoded.len()),
        };
        let overlap = text.folded.needle().len().saturating_sub(1);
        let kept = self.folded.len().saturating_sub(overlap);
        self.folded.drain(..kept);
        let (piece, _) = self
            .decoded
            .split_at_checked(cut)
            .unwrap_or((&self.decoded, &[]));
        fold(&charset::to_utf8(label, piece), &mut self.folded);
        self.decoded.drain(..cut.min(self.decoded.len()));
        text.folded.find(&self.folded).is_some()
    }
}
