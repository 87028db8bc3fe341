//! FETCH and UID FETCH (RFC 9051 §6.4.5, RFC 3501 §6.4.5; BINARY: RFC 3516).
//!
//! Promises: what is printed of envelope and structure is copied from the stored record, never made from the body; bodies are
//! copied in the pieces in which they lie in the store, so that neither a message nor a mailbox is ever held in memory; a reader that is slow
//! holds no transaction. What sets \Seen is committed before the message is printed, a batch of messages in one commit, and
//! its FETCH then has FLAGS. With CHANGEDSINCE only what has changed is looked at twice (RFC 7162 §3.1.4.1). Messages that are no more are left out of a UID FETCH (A30) and make a FETCH end with EXPUNGEISSUED.

mod message;
mod name;
pub(crate) mod octets;

use ::store::{FlagChange, Flags, Read, Uid};

use crate::cmd::flags::Names;
use crate::cmd::vanished;
use crate::cmd::walk::{Go, Walk};
use crate::code::Code;
use crate::command::{Fetch, FetchItem, Rfc822};
use crate::deed::{Deed, Done, Next, No, Open, Turn, Verb, World};
use crate::sync::modseq;
use crate::view::Ranges;
use message::{Printer, Printing};

/// Messages that get \Seen in one commit: enough that a sync a batch does not count, few enough that a client that goes away
/// leaves few marked without having read them.
const SEEN_BATCH: usize = 1_024;

/// FETCH.
pub(super) fn verb(fetch: Fetch) -> Box<dyn Verb<Open>> {
    let sets_seen = fetch.items.iter().any(sets_seen);
    Box::new(Fetching {
        fetch,
        sets_seen,
        walk: None,
        mark: None,
        ended: false,
        marked: Vec::new(),
        printing: None,
        vanished: Ranges::new(),
        missed: None,
    })
}

struct Fetching {
    fetch: Fetch,
    sets_seen: bool,
    /// how far messages have been printed
    walk: Option<Walk>,
    /// how far they have been given \Seen; `None`: nothing sets it
    mark: Option<Walk>,
    /// `mark` is at the end
    ended: bool,
    /// those of the batch that this FETCH has changed: their FLAGS are printed, too
    marked: Vec<Uid>,
    /// the message that did not fit in the last piece
    printing: Option<Printing>,
    /// UIDs that are no more, which are still to be told (RFC 7162 §3.2.6: before all FETCH responses)
    vanished: Ranges,
    /// why not everything could be printed
    missed: Option<No>,
}

impl Verb<Open> for Fetching {
    fn step(
        &mut self,
        world: &World<'_>,
        open: &mut Open,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Open>, No> {
        if self.walk.is_none() {
            open.view.hold.fetch();
            let mut ranges = open.view.ranges(&self.fetch.set, self.fetch.uid)?;
            if let Some(page) = self.fetch.partial {
                ranges = open.view.page(&ranges, page);
            }
            if self.fetch.items.contains(&FetchItem::ModSeq) {
                modseq::enable(open, out);
            }
            if let Some(since) = self.fetch.changed_since.filter(|_| self.fetch.vanished) {
                let uids = vanished::asked(&open.view, &self.fetch.set);
                self.vanished = vanished::earlier(world, &open.view, uids, since, 0)?;
            }
            let walk = Walk::new(ranges).since(self.fetch.changed_since);
            // Who may not set \\Seen reads without it (RFC 4314 §4).
            let seen = self.sets_seen && open.view.permanent().contains(Flags::SEEN);
            self.mark = seen.then(|| walk.clone());
            self.walk = Some(walk);
        }
        if !vanished::print(&mut self.vanished, world.limits.piece, out) {
            return Ok(Turn::More);
        }
        loop {
            if !self.print(world, open, out)? {
                return Ok(Turn::More);
            }
            let Some(mark) = self.mark.as_mut().filter(|_| !self.ended) else {
                break;
            };
            let mut met = 0_usize;
            self.marked.clear();
            self.ended = mark.step(world.tx, &open.view, &mut |message| {
                if !message.entry.flags.contains(Flags::SEEN) && !message.expunged {
                    self.marked.push(message.uid);
                }
                met = met.saturating_add(1);
                Ok(if met < SEEN_BATCH { Go::On } else { Go::Stop })
            })?;
            if !self.marked.is_empty() {
                return Ok(Turn::Write(seen(open, self.marked.clone())));
            }
        }
        let lost = self.walk.as_ref().is_some_and(|walk| walk.lost > 0);
        match self.missed.take() {
            Some(missed) => Err(missed),
            None if lost && !self.fetch.uid => Err(No::with(
                Code::ExpungeIssued,
                "Some of these messages are no more",
            )),
            None => Ok(Turn::Done(Done::ok("FETCH completed"))),
        }
    }
}

impl Fetching {
    /// Prints what may be printed now; `false`: `out` is full.
    fn print(&mut self, world: &World<'_>, open: &Open, out: &mut Vec<u8>) -> Result<bool, No> {
        let Some(walk) = &mut self.walk else {
            return Ok(true);
        };
        let until = self
            .mark
            .as_ref()
            .map_or((usize::MAX, Uid::MAX), Walk::position);
        let mut names = Names::default();
        let printer = &mut Printer {
            tx: world.tx,
            view: &open.view,
            items: &self.fetch.items,
            uid: self.fetch.uid,
            dialect: open.known.dialect,
            marked: &self.marked,
            names: &mut names,
            piece: world.limits.piece,
            work: message::WORK,
            missed: &mut self.missed,
        };
        if let Some(printing) = &mut self.printing {
            if !printer.resume(printing, out)? {
                return Ok(false);
            }
            self.printing = None;
        }
        let mut printing = None;
        let ended = walk.step_until(until, world.tx, &open.view, &mut |met| {
            if out.len() >= printer.piece || printer.work == 0 {
                return Ok(Go::Back);
            }
            printing = printer.start(met, out)?;
            Ok(if printing.is_none() { Go::On } else { Go::Stop })
        })?;
        self.printing = printing;
        Ok(ended && self.printing.is_none())
    }
}

/// Whether fetching this sets \Seen (RFC 9051 §6.4.5).
fn sets_seen(item: &FetchItem) -> bool {
    match item {
        FetchItem::Section { peek, .. } | FetchItem::Binary { peek, .. } => !peek,
        FetchItem::Rfc822(name) => *name != Rfc822::Header,
        _ => false,
    }
}

/// Sets \Seen on a batch.
fn seen(open: &Open, uids: Vec<Uid>) -> Deed<Open> {
    let (viewer, mailbox) = (open.view.viewer, open.view.mailbox);
    Deed::new(
        move |tx| {
            let before = tx.counters(mailbox)?.highest_modseq;
            tx.mark(viewer, mailbox, &uids, FlagChange::Add(Flags::SEEN), None)?;
            Ok((before, tx.counters(mailbox)?.highest_modseq))
        },
        |(before, after), _, open: &mut Open, _| {
            open.view.changed(before, after);
            Ok(Done::ok("FETCH completed").then(Next::Step))
        },
    )
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
