//! Looking for a text in a message: header fields decoded, bodies decoded from transfer encoding and charset, in pieces.

use std::cell::OnceCell;
use std::ops::Range;

use ::store::{Gid, Read, ReadTx};
use mail::header;
use memchr::memmem::Finder;

use crate::cmd::walk::Met;
use crate::fold::fold;
use crate::record::{Kind, Part, Record};
use crate::words::ask::{Candidates, Place};
use crate::words::reading::{self, Next, Pieces};

/// A text to look for.
pub(super) struct Text {
    place: Place,
    folded: Finder<'static>,
    /// what the index says of it, once it was asked
    index: OnceCell<Option<Candidates>>,
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
            index: OnceCell::new(),
        }
    }

    /// An empty text is in every message.
    pub(super) fn is_everywhere(&self) -> bool {
        self.folded.needle().is_empty() && !matches!(self.place, Place::Header(_))
    }

    /// What the index says, which is asked once; `None`: look into the message.
    pub(super) fn known(&self, tx: &ReadTx<'_>, gid: Gid) -> ::store::Result<Option<bool>> {
        let known = match self.index.get() {
            Some(known) => known,
            None => {
                let asked = Candidates::new(tx, &self.place, self.folded.needle())?;
                self.index.get_or_init(|| asked)
            }
        };
        Ok(known.as_ref().and_then(|known| known.answer(gid)))
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
    let block = reading::block(tx, met.entry.gid, range, work)?;
    let mut folded = Vec::new();
    Ok(match &text.place {
        Place::Header(name) if text.folded.needle().is_empty() => {
            header::fields(&block).any(|field| field.is(name))
        }
        Place::Header(name) => header::fields(&block)
            .filter(|field| field.is(name))
            .any(|field| {
                folded.clear();
                reading::value(&field, &mut folded);
                text.folded.find(&folded).is_some()
            }),
        Place::Body | Place::Text => header::fields(&block).any(|field| {
            folded.clear();
            reading::line(&field, &mut folded);
            text.folded.find(&folded).is_some()
        }),
    })
}

/// A text part that is being read.
struct Body {
    pieces: Pieces,
    /// folded; its end may be the beginning of the text
    folded: Vec<u8>,
}

impl Body {
    fn new(part: &Part<'_>) -> Body {
        Body {
            pieces: Pieces::new(part),
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
            let overlap = text.folded.needle().len().saturating_sub(1);
            let kept = self.folded.len().saturating_sub(overlap);
            self.folded.drain(..kept);
            match self
                .pieces
                .next(tx, met.entry.gid, part, &mut self.folded, work)?
            {
                Next::Piece if text.folded.find(&self.folded).is_some() => return Ok(Some(true)),
                Next::Piece => {}
                Next::End => return Ok(Some(false)),
                Next::Pause => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
