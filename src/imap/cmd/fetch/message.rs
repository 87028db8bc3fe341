//! One message's FETCH response, whole or in several pieces.

use std::ops::Range;

use ::store::{Head, Read, ReadTx, Uid};

use crate::cmd::date;
use crate::cmd::fetch::name;
use crate::cmd::fetch::octets::{Count, Literal, Octets, Through, part};
use crate::cmd::flags::Names;
use crate::cmd::response;
use crate::cmd::walk::Met;
use crate::code::Code;
use crate::command::{FetchItem, Partial, Rfc822, Section, SectionText};
use crate::deed::{Dialect, No};
use crate::noted;
use crate::objectid::{self, ThreadId};
use crate::print;
use crate::record::{FieldFilter, Record, Threading};
use crate::view::View;

/// Octets of the store that are looked at in one step without being printed (counting what a filter or decoder makes): half a MiB, about
/// a millisecond, as in SEARCH. Everyone else waits that long.
pub(super) const WORK: u64 = 512 * 1024;

/// What a preview costs of that which was not made on arrival.
const MADE: u64 = 64 * 1024;

/// Prints messages during one step.
pub(super) struct Printer<'p, 's> {
    pub(super) tx: &'p ReadTx<'s>,
    pub(super) view: &'p View,
    pub(super) items: &'p [FetchItem],
    /// UID FETCH
    pub(super) uid: bool,
    pub(super) dialect: Dialect,
    /// messages whose flags this FETCH has changed, ascending
    pub(super) marked: &'p [Uid],
    pub(super) names: &'p mut Names,
    /// `out` is full at this length
    pub(super) piece: usize,
    /// octets that may still be looked at
    pub(super) work: u64,
    /// why something could not be printed
    pub(super) missed: &'p mut Option<No>,
}

/// A message that has been printed in part.
pub(super) struct Printing {
    met: Met,
    /// the item that is being printed
    item: usize,
    /// where in that item
    stage: Stage,
}

/// Where in an item.
enum Stage {
    /// before it
    Name,
    /// its length is being found out
    Counting(Count),
    /// in its literal
    Literal(Literal),
}

/// Where the octets of an item lie.
struct Source {
    range: Range<u64>,
    through: Through,
}

impl Source {
    fn octets(self, met: &Met) -> Octets {
        Octets::new(met.entry.gid, self.range, self.through)
    }
}

impl<'p, 's> Printer<'p, 's> {
    /// Begins with a message; gives what could not be printed yet.
    pub(super) fn start(
        &mut self,
        met: &Met,
        out: &mut Vec<u8>,
    ) -> ::store::Result<Option<Printing>> {
        let stored = match self.stored(met) {
            Err(::store::Error::NoSuchMessage) => {
                *self.missed = Some(No::with(
                    Code::ExpungeIssued,
                    "Some of these messages are no more",
                ));
                return Ok(None);
            }
            stored => stored?,
        };
        if let Some((_, record)) = &stored {
            let Some(record) = record else {
                *self.missed = Some(No::with(
                    Code::Unavailable,
                    "A message's record is damaged: run `pillarbox check`",
                ));
                return Ok(None);
            };
            if self.items.iter().any(|item| unknown_encoding(item, record)) {
                *self.missed = Some(No::with(
                    Code::UnknownCte,
                    "A part is in an unknown encoding: fetch it with BODY",
                ));
                return Ok(None);
            }
        }
        let start = response::begin(self.dialect, met.number, met.uid, out);
        // What this FETCH has changed is told as any change is (RFC 7162 §3.2.4).
        let marked = self.marked.binary_search(&met.uid).is_ok();
        let change = marked && self.dialect.condstore;
        if (self.uid || change) && !self.items.contains(&FetchItem::Uid) {
            response::uid(self.dialect, met.uid, start, out);
        }
        if marked && !self.items.contains(&FetchItem::Flags) {
            response::space(start, out);
            self.flags(met, out)?;
        }
        if change && !self.items.contains(&FetchItem::ModSeq) {
            response::space(start, out);
            response::modseq(met.entry.modseq, out);
        }
        let mut printing = Printing {
            met: *met,
            item: 0,
            stage: Stage::Name,
        };
        let whole = self.items(&mut printing, &stored, start, out)?;
        Ok((!whole).then_some(printing))
    }

    /// Goes on with a message; whether it is whole now.
    pub(super) fn resume(
        &mut self,
        printing: &mut Printing,
        out: &mut Vec<u8>,
    ) -> ::store::Result<bool> {
        match self.stored(&printing.met) {
            Ok(stored) => self.items(printing, &stored, usize::MAX, out),
            Err(error) => {
                // Gone under way. What has been promised is kept to, so that the client can read on.
                *self.missed = Some(error.into());
                match &mut printing.stage {
                    Stage::Name => {}
                    Stage::Counting(_) => out.extend_from_slice(b"NIL"),
                    Stage::Literal(literal) => {
                        if !literal.run(self.tx, self.piece, out) {
                            return Ok(false);
                        }
                    }
                }
                out.extend_from_slice(b")\r\n");
                Ok(true)
            }
        }
    }

    /// Prints items until the last one (`true`) or until `out` is full. `start` is where the first one stands in `out`.
    fn items(
        &mut self,
        printing: &mut Printing,
        stored: &Option<(Head, Option<Record<'_>>)>,
        start: usize,
        out: &mut Vec<u8>,
    ) -> ::store::Result<bool> {
        while let Some(item) = self.items.get(printing.item) {
            match &mut printing.stage {
                Stage::Name => {
                    response::space(start, out);
                    printing.stage = match self.item(&printing.met, item, stored, out)? {
                        Some(stage) => stage,
                        None => {
                            printing.item = printing.item.saturating_add(1);
                            continue;
                        }
                    };
                }
                Stage::Counting(count) => {
                    if !count.run(self.tx, &mut self.work)? {
                        return Ok(false);
                    }
                    let (length, nul) = (count.length, count.nul);
                    let source = stored
                        .as_ref()
                        .and_then(|(_, record)| source(item, record.as_ref(), &printing.met));
                    printing.stage = self.counted(&printing.met, item, source, length, nul, out);
                }
                Stage::Literal(literal) => {
                    if !literal.run(self.tx, self.piece, out) {
                        return Ok(false);
                    }
                    printing.item = printing.item.saturating_add(1);
                    printing.stage = Stage::Name;
                }
            }
        }
        out.extend_from_slice(b")\r\n");
        Ok(true)
    }

    /// Prints one item; gives what is to be done where that is not all.
    fn item(
        &mut self,
        met: &Met,
        item: &FetchItem,
        stored: &Option<(Head, Option<Record<'_>>)>,
        out: &mut Vec<u8>,
    ) -> ::store::Result<Option<Stage>> {
        let utf8 = self.dialect.utf8();
        let head = stored.as_ref().map(|(head, _)| head);
        let record = stored.as_ref().and_then(|(_, record)| record.as_ref());
        match (item, head, record) {
            (FetchItem::Flags, ..) => self.flags(met, out)?,
            (FetchItem::Uid, ..) => {
                out.extend_from_slice(b"UID ");
                print::number(met.uid.into(), out);
            }
            (FetchItem::ModSeq, ..) => response::modseq(met.entry.modseq, out),
            (FetchItem::Rfc822Size, ..) => {
                out.extend_from_slice(b"RFC822.SIZE ");
                print::number(met.entry.size.into(), out);
            }
            (FetchItem::InternalDate, Some(head), _) => {
                out.extend_from_slice(b"INTERNALDATE ");
                date::print(head.received, head.zone, out);
            }
            (FetchItem::EmailId, ..) => {
                out.extend_from_slice(b"EMAILID (");
                objectid::email(met.entry.gid, out);
                out.push(b')');
            }
            (FetchItem::SaveDate, ..) => {
                out.extend_from_slice(b"SAVEDATE ");
                date::print(met.entry.saved.into(), 0, out);
            }
            (FetchItem::ThreadId, _, Some(record)) => {
                let threading = noted::threading_of(self.tx, met.entry.gid, record)?;
                match Threading::new(&threading) {
                    Some(threading) => {
                        out.extend_from_slice(b"THREADID (");
                        ThreadId::of(met.entry.gid, &threading).print(out);
                        out.push(b')');
                    }
                    None => out.extend_from_slice(b"THREADID NIL"),
                }
            }
            (FetchItem::Preview { lazy }, _, Some(record)) => {
                out.extend_from_slice(b"PREVIEW ");
                if record.preview().is_none() {
                    self.work = self.work.saturating_sub(MADE);
                }
                let preview = noted::preview(self.tx, met.entry.gid, record, *lazy)?;
                print::nstring(preview.as_deref().map(str::as_bytes), utf8, out);
            }
            (FetchItem::Envelope, _, Some(record)) => {
                out.extend_from_slice(b"ENVELOPE ");
                out.extend_from_slice(record.envelope(utf8));
            }
            (FetchItem::Body, _, Some(record)) => {
                out.extend_from_slice(b"BODY ");
                record.body(utf8, out);
            }
            (FetchItem::BodyStructure, _, Some(record)) => {
                out.extend_from_slice(b"BODYSTRUCTURE ");
                record.body_structure(utf8, out);
            }
            _ => return Ok(self.octets(met, item, record, out)),
        }
        Ok(None)
    }

    /// Begins an item that consists of octets of the message.
    fn octets(
        &mut self,
        met: &Met,
        item: &FetchItem,
        record: Option<&Record<'_>>,
        out: &mut Vec<u8>,
    ) -> Option<Stage> {
        name::print(item, partial(item), out);
        let Some(source) = source(item, record, met) else {
            out.extend_from_slice(if matches!(item, FetchItem::BinarySize(_)) {
                b"0"
            } else {
                b"NIL"
            });
            return None;
        };
        if !matches!(source.through, Through::Plain) {
            return Some(Stage::Counting(Count::new(source.octets(met))));
        }
        let length = source.range.end.saturating_sub(source.range.start);
        // Where a literal8 may be due, the octets must be looked at for NUL.
        if matches!(item, FetchItem::Binary { .. }) {
            return Some(Stage::Counting(Count::new(source.octets(met))));
        }
        if matches!(item, FetchItem::BinarySize(_)) {
            print::number(length, out);
            return None;
        }
        let wanted = part(length, partial(item));
        if wanted.is_empty() {
            out.extend_from_slice(b"\"\"");
            return None;
        }
        print::literal_head(wanted.end - wanted.start, out);
        let start = source.range.start;
        let range = start.saturating_add(wanted.start)..start.saturating_add(wanted.end);
        let octets = Octets::new(met.entry.gid, range, Through::Text);
        Some(Stage::Literal(Literal::new(
            octets,
            &(0..wanted.end - wanted.start),
        )))
    }

    /// The length is known: promises the literal.
    fn counted(
        &self,
        met: &Met,
        item: &FetchItem,
        source: Option<Source>,
        length: u64,
        nul: bool,
        out: &mut Vec<u8>,
    ) -> Stage {
        let nothing = Octets::new(met.entry.gid, 0..0, Through::Plain);
        let octets = source.map_or(nothing, |source| source.octets(met));
        if matches!(item, FetchItem::BinarySize(_)) {
            print::number(length, out);
            return Stage::Literal(Literal::new(octets, &(0..0)));
        }
        let wanted = part(length, partial(item));
        if wanted.is_empty() {
            out.extend_from_slice(b"\"\"");
        } else {
            if nul && matches!(item, FetchItem::Binary { .. }) {
                out.push(b'~');
            }
            print::literal_head(wanted.end - wanted.start, out);
        }
        Stage::Literal(Literal::new(octets, &wanted))
    }

    fn flags(&mut self, met: &Met, out: &mut Vec<u8>) -> ::store::Result<()> {
        let recent = !self.dialect.rev2 && self.view.is_recent(met.uid);
        self.names
            .print_fetch(self.tx, self.view.viewer, met.entry.flags, recent, out)
    }

    /// The head, and the record, as far as the items need them; `Some((_, None))`: damaged.
    fn stored(&self, met: &Met) -> ::store::Result<Option<(Head, Option<Record<'p>>)>> {
        let tx: &'p ReadTx<'s> = self.tx;
        let (mut head, mut record) = (false, false);
        for item in self.items {
            match item {
                FetchItem::Flags
                | FetchItem::Uid
                | FetchItem::Rfc822Size
                | FetchItem::EmailId
                | FetchItem::ModSeq
                | FetchItem::SaveDate => {}
                FetchItem::InternalDate => head = true,
                _ => record = true,
            }
        }
        if !head && !record {
            return Ok(None);
        }
        let (head, stored) = tx.record(met.entry.gid)?;
        Ok(Some((head, Record::new(stored))))
    }
}

/// Where the octets of an item lie; `None`: there is no such part.
fn source(item: &FetchItem, record: Option<&Record<'_>>, met: &Met) -> Option<Source> {
    let plain = |range| {
        Some(Source {
            range,
            through: Through::Plain,
        })
    };
    let all = 0..u64::from(met.entry.size);
    let top = |text| Section {
        part: Vec::new(),
        text,
    };
    match item {
        FetchItem::Rfc822(Rfc822::Whole) => plain(all),
        FetchItem::Rfc822(Rfc822::Header) => plain(record?.section(&top(SectionText::Header))?),
        FetchItem::Rfc822(Rfc822::Text) => plain(record?.section(&top(SectionText::Text))?),
        FetchItem::Section {
            section:
                Section {
                    part,
                    text: SectionText::Whole,
                },
            ..
        } if part.is_empty() => plain(all),
        FetchItem::Section { section, .. } => {
            let range = record?.section(section)?;
            match &section.text {
                SectionText::HeaderFields { not, names } => Some(Source {
                    range,
                    through: Through::Fields(FieldFilter::new(names, *not)),
                }),
                _ => plain(range),
            }
        }
        FetchItem::Binary { part, .. } | FetchItem::BinarySize(part) if part.is_empty() => {
            plain(all)
        }
        FetchItem::Binary { part, .. } | FetchItem::BinarySize(part) => {
            let part = record?.part(part)?;
            Some(Source {
                range: part.body,
                through: Through::decoded(part.encoding)?,
            })
        }
        _ => None,
    }
}

/// Whether an item asks to decode a part that nobody can (RFC 3516 §4.3).
fn unknown_encoding(item: &FetchItem, record: &Record<'_>) -> bool {
    let (FetchItem::Binary { part, .. } | FetchItem::BinarySize(part)) = item else {
        return false;
    };
    !part.is_empty()
        && record
            .part(part)
            .is_some_and(|part| Through::decoded(part.encoding).is_none())
}

fn partial(item: &FetchItem) -> Option<Partial> {
    match item {
        FetchItem::Section { partial, .. } | FetchItem::Binary { partial, .. } => *partial,
        _ => None,
    }
}
