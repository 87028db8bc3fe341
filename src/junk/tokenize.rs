//! A message's tokens: what the statistics of [`crate::score`] are kept of.
//!
//! It promises one pass over at most [`limits::HEADER_MAX`] octets of header and [`limits::TEXT_MAX`] of decoded text, whatever the message holds; the
//! same message gives the same tokens, so that what was learned can be unlearned. What is read: words and pairs of neighbouring words of the subject and
//! the text, HTML as the text that a person sees, hosts of links, addresses and the domains of every sender field, hosts and networks of the newest `Received`
//! fields, how the header is made ([`form`]), types and names of parts. Pictures, markup and what scripts would do are not read: names of
//! tags, colours, the share of capitals and the words of rare fields were tried and told nothing that the rest does not.

mod form;
mod header;
mod hosts;
mod text;

pub(crate) use form::FORM;
pub(crate) use text::{BODY, decoded, decoded_end};

use mail::Message;
use mail::source::ReadAt;

use crate::limits;
use crate::pen::{Label, Pen, Sink};

/// The version of the rules in this module. Another version gives other tokens: what one has learned the other cannot unlearn.
pub const VERSION: u32 = 2;

/// The cells of a message's tokens: sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens(Vec<u32>);

impl Tokens {
    /// The cells, ascending, each below [`crate::CELLS`].
    pub fn cells(&self) -> &[u32] {
        &self.0
    }

    /// From cells in any order; those outside of the table are dropped.
    pub fn from_cells(mut cells: Vec<u32>) -> Tokens {
        cells.retain(|&cell| cell < crate::table::CELLS);
        cells.sort_unstable();
        cells.dedup();
        cells.shrink_to_fit();
        Tokens(cells)
    }
}

/// The tokens of a parsed message, under the person's `seed`. `read` reads the octets that were parsed.
///
/// # Errors
/// Those of `read`.
pub fn tokenize<E>(message: &Message, read: &mut ReadAt<'_, E>, seed: u64) -> Result<Tokens, E> {
    // As many as an ordinary message of this size gives, so that the list need not grow, which takes half as much again.
    let expected = usize::try_from(message.size / 2).map_or(MOST, |n| n.clamp(LEAST, MOST));
    let mut cells = Cells(Vec::with_capacity(expected));
    walk(message, read, &mut Pen::new(seed, &mut cells))?;
    Ok(Tokens::from_cells(cells.0))
}

/// What the tokens in `wanted` (sorted) are called in this message, for people: the first token that falls into each cell.
///
/// # Errors
/// Those of `read`.
pub fn spell<E>(
    message: &Message,
    read: &mut ReadAt<'_, E>,
    seed: u64,
    wanted: &[u32],
) -> Result<Vec<(u32, String)>, E> {
    let mut names = Names {
        wanted,
        found: Vec::new(),
    };
    walk(message, read, &mut Pen::new(seed, &mut names))?;
    Ok(names.found)
}

fn walk<E>(message: &Message, read: &mut ReadAt<'_, E>, pen: &mut Pen<'_>) -> Result<(), E> {
    pen.section(limits::HEADER_TOKENS_MAX);
    let from = header::header(message, read, pen)?;
    text::parts(message, pen);
    pen.section(limits::TEXT_TOKENS_MAX);
    text::texts(message, read, from.as_deref(), pen)
}

/// Tokens that room is made for at first.
const LEAST: usize = 512;
const MOST: usize = 8192;

impl Label<'_> {
    fn cell(&self, hash: u64) -> u32 {
        crate::section::cell_of(self.what, self.before.is_some(), hash)
    }
}

struct Cells(Vec<u32>);

impl Sink for Cells {
    fn token(&mut self, hash: u64, label: Label<'_>) {
        self.0.push(label.cell(hash));
    }
}

struct Names<'a> {
    wanted: &'a [u32],
    found: Vec<(u32, String)>,
}

impl Sink for Names<'_> {
    fn token(&mut self, hash: u64, label: Label<'_>) {
        let cell = label.cell(hash);
        if self.wanted.binary_search(&cell).is_err() || self.found.iter().any(|(c, _)| *c == cell) {
            return;
        }
        let Label { what, text, .. } = label;
        let text = match label.before {
            Some(before) => format!("{before} {text}"),
            None if label.capitals => text.to_uppercase(),
            None => text.to_owned(),
        };
        let name = if what == FORM {
            text
        } else if what == text::BODY {
            format!("\"{text}\"")
        } else {
            format!("{what}: \"{text}\"")
        };
        self.found.push((cell, name));
    }
}

/// Octets of `range`, at most `most`, read in one buffer.
fn slurp<E>(
    read: &mut ReadAt<'_, E>,
    range: std::ops::Range<u64>,
    most: usize,
) -> Result<Vec<u8>, E> {
    let len =
        usize::try_from(range.end.saturating_sub(range.start)).map_or(most, |len| len.min(most));
    let mut octets = vec![0; len];
    let mut filled = 0;
    while let Some(room) = octets.get_mut(filled..).filter(|room| !room.is_empty()) {
        let got = read(range.start + filled as u64, room)?;
        if got == 0 {
            break;
        }
        filled += got;
    }
    octets.truncate(filled);
    Ok(octets)
}

#[cfg(test)]
#[path = "tokenize_tests.rs"]
mod tests;
