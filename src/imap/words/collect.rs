//! The terms of a message, for the index.

use mail::header;
use store::index::IndexBatch;
use store::{Gid, Read, ReadTx};

use super::cut::{Cut, Cutter, pairs};
use super::reading::{self, Next, Pieces};
use super::{ALWAYS, END, LINE, OVERLAP, WINDOW, class};
use crate::record::{Kind, Record};

/// A word of letters alone that is longer is in no dictionary, octets.
const WORD_MAX: usize = 24;
/// The same in other scripts, whose characters take up to nine octets when their marks are taken apart.
const WORD_MAX_OTHER: usize = 96;
/// A number that is longer is a serial number.
const NUMBER_MAX: usize = 10;
/// A word with letters and digits that is longer is one as well.
const MIXED_MAX: usize = 6;
/// A line with as many digits is of a kind that is different in each message.
const DIGITS_MAX: usize = 6;

/// Puts the terms of message `gid` into a batch, as its next message. A message that is no more, or whose record cannot be read, has none; `false`:
/// it cannot be in this batch.
pub fn collect(tx: &ReadTx<'_>, gid: Gid, batch: &mut IndexBatch) -> store::Result<bool> {
    let stored = match tx.record(gid) {
        Ok((_, stored)) => stored,
        Err(store::Error::NoSuchMessage) => return Ok(true),
        Err(error) => return Err(error),
    };
    if !batch.message(gid) {
        return Ok(false);
    }
    let mut collecting = Collecting {
        batch,
        whole: true,
        line: Vec::new(),
        folded: Vec::new(),
    };
    match Record::new(stored) {
        Some(record) => collecting.message(tx, gid, &record)?,
        None => collecting.whole = false,
    }
    if !collecting.whole {
        batch.add_always(class::ALWAYS, ALWAYS);
    }
    Ok(true)
}

struct Collecting<'b> {
    batch: &'b mut IndexBatch,
    /// everything is in the batch
    whole: bool,
    line: Vec<u8>,
    folded: Vec<u8>,
}

impl Collecting<'_> {
    fn message(&mut self, tx: &ReadTx<'_>, gid: Gid, record: &Record<'_>) -> store::Result<()> {
        let mut work = u64::MAX;
        let mut embedded = false;
        for part in record.parts() {
            let root = part.index == 0 || embedded;
            embedded = part.kind == Kind::Message;
            let block = reading::block(tx, gid, part.header.clone(), &mut work)?;
            for field in header::fields(&block) {
                self.field(&field, part.index == 0, root);
            }
            if matches!(part.kind, Kind::Text | Kind::Html) {
                let (mut pieces, mut cutter) = (Pieces::new(&part), Cutter::default());
                let mut folded = std::mem::take(&mut self.folded);
                loop {
                    folded.clear();
                    let next = pieces.next(tx, gid, &part, &mut folded, &mut work)?;
                    if next != Next::Piece || !self.whole {
                        break;
                    }
                    cutter.feed(&folded, &mut |cut| self.unit(cut));
                }
                cutter.end(&mut |cut| self.unit(cut));
                self.folded = folded;
            }
            if !self.whole {
                return Ok(());
            }
        }
        Ok(())
    }

    fn add(&mut self, class: u8, term: &[u8]) {
        self.whole &= self.batch.add(class, term);
    }

    fn field(&mut self, field: &header::Field<'_>, top: bool, root: bool) {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let value = reading::line(field, &mut line);
        self.line(field, &line, value, top, root);
        self.line = line;
    }

    fn line(
        &mut self,
        field: &header::Field<'_>,
        line: &[u8],
        value: usize,
        top: bool,
        root: bool,
    ) {
        if line.iter().any(|octet| matches!(octet, 0 | 1)) {
            self.whole = false;
            return;
        }
        let colon = field.name.len();
        let named = field.name.is_ascii() && !field.name.is_empty();
        let class = match (top, root) {
            (true, _) if named => class::of(line.get(..colon).unwrap_or_default()),
            (true, _) => class::PART,
            (false, true) => class::EMBEDDED,
            (false, false) => class::PART,
        };
        let threes = match class {
            class::EMBEDDED => class::BODY_THREES,
            class::OTHER | class::PART => class::HEADER_THREES,
            _ => return self.windows(class, line),
        };
        if line.len() <= LINE && !is_odd(field, line.get(value..).unwrap_or_default()) {
            return self.add(class, line);
        }
        self.threes(threes, line, true);
        if class == class::OTHER {
            self.add(class, line.get(..=colon).unwrap_or_default());
        }
    }

    fn windows(&mut self, class: u8, line: &[u8]) {
        if line.len() <= LINE {
            return self.add(class, line);
        }
        self.add(class, line.get(..LINE).unwrap_or_default());
        let mut at = LINE - OVERLAP;
        let mut window = Vec::with_capacity(LINE.saturating_add(1));
        while let Some(rest) = line.get(at..) {
            window.clear();
            window.push(WINDOW);
            window.extend_from_slice(rest.get(..LINE).unwrap_or(rest));
            self.add(class, &window);
            if rest.len() <= LINE {
                break;
            }
            at = at.saturating_add(LINE - OVERLAP);
        }
    }

    fn threes(&mut self, class: u8, text: &[u8], ends: bool) {
        for three in text.array_windows::<3>() {
            self.add(class, three);
        }
        if !ends {
            return;
        }
        match text {
            [] => {}
            [one] => self.add(class, &[*one, END, END]),
            [.., one, other] => {
                self.add(class, &[*one, *other, END]);
                self.add(class, &[*other, END, END]);
            }
        }
    }

    fn unit(&mut self, cut: &Cut<'_>) {
        if cut.ideographs {
            for pair in pairs(cut.text) {
                self.add(class::BODY, pair);
            }
        } else if cut.part || is_odd_word(cut.text) {
            self.threes(class::BODY_THREES, cut.text, cut.ends);
        } else {
            self.add(class::BODY, cut.text);
        }
    }
}

/// Fields whose values nobody reads.
const ODD: [&str; 12] = [
    "Received",
    "X-Received",
    "Message-ID",
    "References",
    "In-Reply-To",
    "Date",
    "DKIM-Signature",
    "ARC-Seal",
    "ARC-Message-Signature",
    "ARC-Authentication-Results",
    "Authentication-Results",
    "DomainKey-Signature",
];

/// Whether a line is better found by threes than kept.
fn is_odd(field: &header::Field<'_>, value: &[u8]) -> bool {
    !field.name.is_ascii()
        || ODD.iter().any(|name| field.is(name))
        || value.iter().filter(|octet| octet.is_ascii_digit()).count() > DIGITS_MAX
}

/// Whether a word is better found by threes than kept.
fn is_odd_word(word: &[u8]) -> bool {
    if !word.is_ascii() {
        return word.len() > WORD_MAX_OTHER;
    }
    let digits = word.iter().filter(|octet| octet.is_ascii_digit()).count();
    let most = match digits {
        0 => WORD_MAX,
        _ if digits == word.len() => NUMBER_MAX,
        _ => MIXED_MAX,
    };
    word.len() > most
}
