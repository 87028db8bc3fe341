//! SEARCH and UID SEARCH (RFC 9051 §6.4.4, RFC 3501 §6.4.4), with ESEARCH (RFC 4731) and `$` (RFC 5182).
//!
//! Promises: what a message's membership can answer (flags, size, UID) is asked first, then its record, then its header, and its text
//! last; texts are decoded (transfer encoding, charset, encoded words) and compared without regard to case, in pieces, so that memory
//! does not grow with a message. Long searches are cut into steps. Numbers beyond EXISTS match nothing.
//! Cannot: a header is searched in its first 256 KiB.

mod key;
pub(crate) mod matches;
mod text;

use crate::cmd::results::{Asked, Found, Results};
use crate::cmd::walk::{Go, Met};
use crate::command::{Search, SearchReturn};
use crate::context::Pending;
use crate::deed::{Done, No, Open, Turn, Verb, World};
use crate::sync::modseq;
use matches::Matches;

/// SEARCH.
pub(super) fn verb(search: Search) -> Box<dyn Verb<Open>> {
    Box::new(Searching {
        search,
        under_way: None,
        matched: false,
    })
}

struct Searching {
    search: Search,
    under_way: Option<UnderWay>,
    /// all have been met; what is left is to print
    matched: bool,
}

/// A search that has begun.
struct UnderWay {
    matches: Matches,
    results: Results,
    /// UPDATE
    context: Option<Pending>,
}

impl Verb<Open> for Searching {
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
            // A SEARCH with SAVE that ends with NO leaves `$` empty; one without does not touch it (RFC 9051 §6.4.4.1).
            if self.search.give.as_ref().is_some_and(|give| give.save) {
                open.view.saved.clear();
            }
        }
        result
    }
}

impl Searching {
    fn go_on(
        &mut self,
        world: &World<'_>,
        open: &mut Open,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Open>, No> {
        let UnderWay {
            matches, results, ..
        } = match &mut self.under_way {
            Some(under_way) => under_way,
            none => {
                open.view.hold.expunges =
                    self.search.uid && self.search.program.key.names_numbers();
                let under_way = begin(&self.search, world, open)?;
                if under_way.matches.has_modseq() {
                    modseq::enable(open, out);
                }
                none.insert(under_way)
            }
        };
        let view = &open.view;
        if !self.matched {
            self.matched = matches.step(world, view, &mut |met, score| {
                if out.len() >= world.limits.piece {
                    return Ok(Go::Back);
                }
                results.push(&found(met, score), &view.uids, out);
                Ok(if results.is_enough() {
                    Go::Stop
                } else {
                    Go::On
                })
            })?;
        }
        if !self.matched {
            if results.is_held() {
                matches.tell_progress(world, view, out);
            }
            return Ok(Turn::More);
        }
        if !results.finish(out, world.limits.piece) {
            return Ok(Turn::More);
        }
        if let Some(under_way) = self.under_way.take() {
            let settled = under_way.results.settle();
            if let Some(saved) = settled.saved {
                open.view.saved = saved;
            }
            if let (Some(context), Some(members)) = (under_way.context, settled.members) {
                context.open(members, None, world, &mut open.view, out);
            }
        }
        Ok(Turn::Done(Done::ok("SEARCH completed")))
    }
}

fn begin(search: &Search, world: &World<'_>, open: &Open) -> Result<UnderWay, No> {
    let give = search.give.as_ref();
    let context = Pending::new(give, search.uid, &search.program, world, &open.view)?;
    let matches = Matches::new(&search.program, world, &open.view)?;
    let all = || SearchReturn {
        all: true,
        ..SearchReturn::default()
    };
    let rev2 = open.known.dialect.rev2;
    let results = Results::new(Asked {
        give: search.give.clone().or_else(|| rev2.then(all)),
        name: "SEARCH",
        uid: search.uid,
        sorted: false,
        modseq: matches.has_modseq(),
        tag: world.tag.to_string(),
        mailbox: None,
    });
    let matches = if results.backward() {
        matches.backward()
    } else {
        matches
    };
    Ok(UnderWay {
        matches,
        results,
        context,
    })
}

/// A message met as a result.
pub(crate) fn found(met: &Met, score: u8) -> Found {
    Found {
        number: met.number,
        uid: met.uid,
        modseq: met.entry.modseq,
        score,
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
