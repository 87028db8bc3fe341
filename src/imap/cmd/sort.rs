//! SORT and UID SORT (RFC 5256 §3), with DISPLAYFROM and DISPLAYTO (RFC 5957), RELEVANCY (RFC 6203), return options (RFC 5267 §3) and contexts (§4).
//!
//! Promises: order as RFC 5256 has it, texts compared by i;unicode-casemap, what is equal in the mailbox's order. A message costs 16 octets while it is
//! being sorted (1.6 MB for 100,000); dates and the beginnings of texts come from the store's columns, texts are read where they decide; the answer
//! goes out in pieces.
//! Cannot: a result in the order of RELEVANCY is not kept up to date (NOUPDATE); only the first 1,024 octets of a text are compared; at most
//! [`Limits::SORTED`] messages are sorted.

mod order;
mod value;

use ::store::Columns;

use crate::Limits;
use crate::cmd::results::{Asked, Found, Results};
use crate::cmd::search::matches::Matches;
use crate::cmd::walk::Go;
use crate::code::Code;
use crate::command::Sort;
use crate::context::Pending;
use crate::deed::{Done, No, Open, Turn, Verb, World};
use crate::sync::modseq;
use crate::view::View;
use order::Sorter;
use value::ByCriteria;

/// Rows of the columns that are read in one step, of records a sixteenth of it: a millisecond or two. Everyone else waits that long.
const AT_ONCE: u32 = 16_384;

/// SORT.
pub(super) fn verb(sort: Sort) -> Box<dyn Verb<Open>> {
    Box::new(Sorting {
        sort,
        under_way: None,
        stage: Stage::Matching,
    })
}

struct Sorting {
    sort: Sort,
    under_way: Option<UnderWay>,
    stage: Stage,
}

/// A sort that has begun.
struct UnderWay {
    matches: Matches,
    sorter: Sorter,
    results: Results,
    /// UPDATE
    context: Option<Pending>,
}

#[derive(Clone, Copy)]
enum Stage {
    /// messages are held against the key
    Matching,
    /// they are put in order
    Ordering,
    /// so many of them have been handed over
    Giving(usize),
    /// what is left is to print
    Printing,
}

impl Verb<Open> for Sorting {
    fn step(
        &mut self,
        world: &World<'_>,
        open: &mut Open,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Open>, No> {
        let result = self.go_on(world, open, out);
        if result.is_err() {
            if let Some(under_way) = &mut self.under_way {
                under_way.results.abandon(out);
            }
            // As with SEARCH (RFC 9051 §6.4.4.1).
            if self.sort.give.as_ref().is_some_and(|give| give.save) {
                open.view.saved.clear();
            }
        }
        result
    }
}

impl Sorting {
    fn go_on(
        &mut self,
        world: &World<'_>,
        open: &mut Open,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Open>, No> {
        let under_way = match &mut self.under_way {
            Some(under_way) => under_way,
            none => {
                open.view.hold.expunges = self.sort.uid && self.sort.program.key.names_numbers();
                let under_way = begin(&self.sort, world, open)?;
                if under_way.matches.has_modseq() {
                    modseq::enable(open, out);
                }
                none.insert(under_way)
            }
        };
        while let Some(next) = under_way.stage(self.stage, world, &open.view, out)? {
            match next {
                Next::Go(stage) => self.stage = stage,
                Next::Pause(stage) => {
                    self.stage = stage;
                    return Ok(Turn::More);
                }
            }
        }
        if let Some(mut under_way) = self.under_way.take() {
            let settled = under_way.results.settle();
            if let Some(saved) = settled.saved {
                open.view.saved = saved;
            }
            if let (Some(context), Some(members)) = (under_way.context, settled.members) {
                if self.sort.by_relevancy() {
                    Pending::refuse(world, "An order by RELEVANCY is not kept up to date", out);
                } else {
                    let order = Box::new(ByCriteria::new(self.sort.criteria.clone()));
                    context.open(members, Some(order), world, &mut open.view, out);
                }
            }
        }
        Ok(Turn::Done(Done::ok("SORT completed")))
    }
}

/// Where to go on, at once or in the next step.
enum Next {
    Go(Stage),
    Pause(Stage),
}

impl UnderWay {
    /// Goes on with a stage; `None`: all is done.
    fn stage(
        &mut self,
        stage: Stage,
        world: &World<'_>,
        view: &View,
        out: &mut Vec<u8>,
    ) -> Result<Option<Next>, No> {
        Ok(Some(match stage {
            Stage::Matching if self.match_on(world, view)? => Next::Go(Stage::Ordering),
            Stage::Ordering if self.sorter.order(world.tx, view.mailbox, AT_ONCE)? => {
                Next::Go(Stage::Giving(0))
            }
            Stage::Matching | Stage::Ordering => {
                self.matches.tell_progress(world, view, out);
                Next::Pause(stage)
            }
            Stage::Giving(given) => match self.give(given, world, view, out)? {
                Some(given) => Next::Pause(Stage::Giving(given)),
                None => Next::Go(Stage::Printing),
            },
            Stage::Printing if self.results.finish(out, world.limits.piece) => return Ok(None),
            Stage::Printing => Next::Pause(stage),
        }))
    }

    /// Holds messages against the key; whether all have been.
    fn match_on(&mut self, world: &World<'_>, view: &View) -> Result<bool, No> {
        let UnderWay {
            matches, sorter, ..
        } = self;
        let mut columns = Columns::default();
        let mut work = AT_ONCE;
        let mut full = false;
        let ended = matches.step(world, view, &mut |met, score| {
            if work == 0 {
                return Ok(Go::Back);
            }
            full = !sorter.push(world.tx, &mut columns, met, score, &mut work)?;
            Ok(if full { Go::Stop } else { Go::On })
        })?;
        if full {
            return Err(No::with(
                Code::Limit,
                "These are more messages than the box sorts at once: search for fewer",
            ));
        }
        Ok(ended)
    }

    /// Hands over results from the `given`th on; `Some`: how far it came before `out` was full.
    fn give(
        &mut self,
        given: usize,
        world: &World<'_>,
        view: &View,
        out: &mut Vec<u8>,
    ) -> ::store::Result<Option<usize>> {
        let backward = self.results.backward();
        let modseq = self.matches.has_modseq();
        let mut given = given;
        while let Some((uid, score)) = self.sorter.uid(given, backward) {
            if out.len() >= world.limits.piece {
                return Ok(Some(given));
            }
            given = given.saturating_add(1);
            let Some(number) = view.uids.sequence(uid) else {
                continue;
            };
            let entry = if modseq {
                view.entry(world.tx, uid)?
            } else {
                None
            };
            let found = Found {
                number,
                uid,
                modseq: entry.map_or(0, |entry| entry.modseq),
                score,
            };
            self.results.push(&found, &view.uids, out);
            if self.results.is_enough() {
                break;
            }
        }
        Ok(None)
    }
}

fn begin(sort: &Sort, world: &World<'_>, open: &Open) -> Result<UnderWay, No> {
    let give = sort.give.as_ref();
    let context = Pending::new(give, sort.uid, &sort.program, world, &open.view)?;
    let matches = Matches::new(&sort.program, world, &open.view)?;
    if !matches.is_fuzzy() && (sort.by_relevancy() || give.is_some_and(|give| give.relevancy)) {
        // RFC 6203 §4, §6.
        return Err(No::bad("RELEVANCY is known of what FUZZY finds"));
    }
    let results = Results::new(Asked {
        give: sort.give.clone(),
        name: "SORT",
        uid: sort.uid,
        sorted: true,
        modseq: matches.has_modseq(),
        tag: world.tag.to_string(),
        mailbox: None,
    });
    let expected = usize::try_from(open.view.exists()).unwrap_or(usize::MAX);
    Ok(UnderWay {
        matches,
        sorter: Sorter::new(sort.criteria.clone(), Limits::SORTED, expected),
        results,
        context,
    })
}

#[cfg(test)]
#[path = "sort_tests.rs"]
mod tests;
