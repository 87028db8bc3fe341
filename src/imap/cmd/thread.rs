//! THREAD and UID THREAD (RFC 5256 §3, draft-ietf-morg-inthread §4 for REFS).
//!
//! Promises: the trees are those of the RFC's steps; identifiers and base subjects are compared by hashes of 48 bits ([`crate::record::Threading`]). All is
//! done in passes over the store's columns, each of which keeps a few octets a message: 100,000 messages take some 3 MB, and so many more
//! dummies as [`links::DUMMIES`] allows. No recursion, however deep a thread is; the answer goes out in pieces.
//! Cannot: more than [`Limits::SORTED`] messages; what is expunged under way is threaded as if it had no header.

mod links;
mod print;
mod subjects;
mod tree;

use ::store::{Columns, MailboxId, Read, ReadTx, Uid};

use crate::Limits;
use crate::cmd::search::matches::Matches;
use crate::cmd::tight;
use crate::cmd::walk::Go;
use crate::code::Code;
use crate::columns::Facts;
use crate::command::{Algorithm, Thread};
use crate::deed::{Done, No, Open, Turn, Verb, World};
use crate::record::Hash;
use crate::sync::modseq;
use crate::view::View;
use links::Links;
use print::Printer;
use subjects::Subjects;
use tree::{Forest, NONE};

/// Messages of a pass that are looked at in one step: a few milliseconds where the columns are not filled, else less than one.
const AT_ONCE: usize = 4_096;

/// THREAD.
pub(super) fn verb(thread: Thread) -> Box<dyn Verb<Open>> {
    Box::new(Threading {
        thread,
        matches: None,
        uids: Vec::new(),
        stage: Stage::Matching(Links::default()),
    })
}

struct Threading {
    thread: Thread,
    matches: Option<Matches>,
    /// ascending; the index names the message from here on
    uids: Vec<Uid>,
    stage: Stage,
}

/// One pass over the messages each, or one piece of reckoning.
enum Stage {
    /// messages are held against the key, their identifiers noted
    Matching(Links),
    /// references are followed
    Linking(Links, usize),
    /// dates are read, and what the algorithm compares beside them
    Dating(Vec<u32>, Compared),
    /// trees are put together by base subjects or dates of arrival
    Growing(Forest, Compared),
    Printing(Printer),
    Over,
}

/// What is read of each message at the same time.
#[derive(Default)]
struct Compared {
    sent: Vec<i64>,
    /// see [`subjects::packed`]; not for REFS
    subjects: Vec<u64>,
    /// for REFS
    arrivals: Vec<i64>,
}

impl Verb<Open> for Threading {
    fn step(
        &mut self,
        world: &World<'_>,
        open: &mut Open,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Open>, No> {
        if self.matches.is_none() {
            open.view.hold.expunges = self.thread.uid && self.thread.program.key.names_numbers();
            let matches = Matches::new(&self.thread.program, world, &open.view)?;
            if matches.has_modseq() {
                modseq::enable(open, out);
            }
            self.matches = Some(matches);
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        self.stage = match stage {
            Stage::Printing(mut printer) => {
                let view = &open.view;
                let number = |uid: Uid| {
                    if self.thread.uid {
                        Some(uid)
                    } else {
                        view.uids.sequence(uid)
                    }
                };
                if printer.print(&self.uids, number, out, world.limits.piece) {
                    return Ok(Turn::Done(Done::ok("THREAD completed")));
                }
                Stage::Printing(printer)
            }
            Stage::Over => return Ok(Turn::Done(Done::ok("THREAD completed"))),
            stage => self.go_on(stage, world, &open.view)?,
        };
        if !matches!(self.stage, Stage::Printing(_))
            && let Some(matches) = &mut self.matches
        {
            matches.tell_progress(world, &open.view, out);
        }
        Ok(Turn::More)
    }
}

impl Threading {
    fn go_on(&mut self, stage: Stage, world: &World<'_>, view: &View) -> Result<Stage, No> {
        let algorithm = self.thread.algorithm;
        let pass = Pass {
            tx: world.tx,
            mailbox: view.mailbox,
            uids: &self.uids,
        };
        Ok(match stage {
            Stage::Matching(mut links) => {
                if !self.match_on(&mut links, world, view)? {
                    return Ok(Stage::Matching(links));
                }
                self.uids.shrink_to_fit();
                match algorithm {
                    Algorithm::OrderedSubject => {
                        Stage::Dating(vec![NONE; self.uids.len()], Compared::default())
                    }
                    _ => Stage::Linking(links, 0),
                }
            }
            Stage::Linking(mut links, from) => {
                let next = pass.go(from, &mut |index, facts| {
                    let threading = facts.and_then(Facts::threading);
                    let references: &[Hash] = threading
                        .as_ref()
                        .map_or(&[], |threading| threading.references);
                    links.refer(index, references);
                })?;
                match next {
                    Some(next) => Stage::Linking(links, next),
                    None => Stage::Dating(links.into_parents(), Compared::default()),
                }
            }
            Stage::Dating(parents, mut compared) => {
                let Compared {
                    sent,
                    subjects,
                    arrivals,
                } = &mut compared;
                let next = pass.go(sent.len(), &mut |_, facts| {
                    tight::push(sent, facts.map_or(i64::MIN, |facts| facts.sent));
                    if algorithm == Algorithm::Refs {
                        tight::push(arrivals, facts.map_or(i64::MIN, |facts| facts.received));
                    } else {
                        let threading = facts.and_then(Facts::threading);
                        tight::push(subjects, threading.map_or(0, |t| subjects::packed(&t)));
                    }
                })?;
                if next.is_some() {
                    return Ok(Stage::Dating(parents, compared));
                }
                let sent = std::mem::take(&mut compared.sent);
                Stage::Growing(Forest::new(parents, &sent), compared)
            }
            Stage::Growing(mut forest, mut compared) => {
                if algorithm == Algorithm::Refs {
                    forest.plant();
                    forest.sort_by_latest(&mut compared.arrivals);
                    return Ok(Stage::Printing(Printer::new(forest)));
                }
                let mut table = Subjects::new(compared.subjects);
                if algorithm == Algorithm::OrderedSubject {
                    table.gather(&mut forest);
                } else {
                    table.merge(&mut forest);
                }
                drop(table);
                forest.plant();
                Stage::Printing(Printer::new(forest))
            }
            stage => stage,
        })
    }

    /// Holds messages against the key; whether all have been.
    fn match_on(&mut self, links: &mut Links, world: &World<'_>, view: &View) -> Result<bool, No> {
        let (Some(matches), uids) = (&mut self.matches, &mut self.uids) else {
            return Ok(true);
        };
        let linked = self.thread.algorithm != Algorithm::OrderedSubject;
        let mut columns = Columns::default();
        let mut left = AT_ONCE;
        let ended = matches.step(world, view, &mut |met, _| {
            if left == 0 {
                return Ok(Go::Back);
            }
            left = left.saturating_sub(1);
            if linked {
                let facts = Facts::read(world.tx, &mut columns, met.entry.gid)?;
                let threading = facts.as_ref().and_then(Facts::threading);
                links.add(threading.map(|threading| threading.id).unwrap_or_default());
            }
            tight::push(uids, met.uid);
            Ok(if uids.len() > Limits::SORTED {
                Go::Stop
            } else {
                Go::On
            })
        })?;
        if uids.len() > Limits::SORTED {
            return Err(No::with(
                Code::Limit,
                "These are more messages than the box threads at once: search for fewer",
            ));
        }
        Ok(ended)
    }
}

/// A way over the messages that have been found.
struct Pass<'p, 't> {
    tx: &'p ReadTx<'t>,
    mailbox: MailboxId,
    uids: &'p [Uid],
}

impl<'p> Pass<'p, '_> {
    /// Hands out the facts of the messages from `from` on, [`AT_ONCE`] of them; `None`: that was all, else where to go on.
    fn go(
        &self,
        from: usize,
        each: &mut dyn FnMut(usize, Option<&Facts<'p>>),
    ) -> ::store::Result<Option<usize>> {
        let rest = self.uids.get(from..).unwrap_or_default();
        let some = rest.get(..AT_ONCE).unwrap_or(rest);
        let (Some(first), Some(last)) = (some.first(), some.last()) else {
            return Ok(None);
        };
        let tx: &'p ReadTx<'_> = self.tx;
        let mut columns = Columns::default();
        let mut at = 0;
        let mut outcome = Ok(());
        let mut give = |at: usize, entry: Option<&::store::Entry>| -> ::store::Result<()> {
            let facts = match entry {
                Some(entry) => Facts::read(tx, &mut columns, entry.gid)?,
                None => None,
            };
            each(from.saturating_add(at), facts.as_ref());
            Ok(())
        };
        let entries = tx.entries(self.mailbox, *first..=*last, &mut |uid, entry| {
            while let Some(wanted) = some.get(at).filter(|wanted| **wanted <= uid) {
                outcome = if *wanted == uid {
                    give(at, Some(entry))
                } else {
                    self.expunged(*wanted)
                        .and_then(|entry| give(at, entry.as_ref()))
                };
                at = at.saturating_add(1);
                if outcome.is_err() {
                    return false;
                }
            }
            at < some.len()
        });
        match entries {
            Ok(()) | Err(::store::Error::NoSuchMailbox) => {}
            Err(error) => return Err(error),
        }
        outcome?;
        for (at, uid) in some.iter().enumerate().skip(at) {
            let entry = self.expunged(*uid)?;
            give(at, entry.as_ref())?;
        }
        let next = from.saturating_add(some.len());
        Ok((next < self.uids.len()).then_some(next))
    }

    /// A message that another session has expunged, while it can be read.
    fn expunged(&self, uid: Uid) -> ::store::Result<Option<::store::Entry>> {
        match self.tx.expunged_entry(self.mailbox, uid) {
            Err(::store::Error::NoSuchMailbox) => Ok(None),
            entry => entry,
        }
    }
}

#[cfg(test)]
#[path = "thread_tests.rs"]
pub(super) mod tests;
