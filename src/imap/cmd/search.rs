//! SEARCH and UID SEARCH (RFC 9051 §6.4.4, RFC 3501 §6.4.4), with ESEARCH (RFC 4731), `$` (RFC 5182), PARTIAL (RFC 9394) and
//! contexts (RFC 5267).
//!
//! Promises: what a message's membership can answer (flags, size, UID) is asked first, then its record, then its header, and its text
//! last; texts are decoded (transfer encoding, charset, encoded words) and compared without regard to case, in pieces, so that memory
//! does not grow with a message. Long searches are cut into steps. Numbers beyond EXISTS match nothing.
//! Cannot: a header is searched in its first 256 KiB.

mod filters;
mod fuzzy;
mod key;
pub(crate) mod matches;
mod text;

use crate::cmd::results::{Asked, Found, Results};
use crate::cmd::walk::{Go, Met};
use crate::command::{Charset, Program, Search, SearchReturn};
use crate::context::Pending;
use crate::deed::{Dialect, Done, No, Open, Turn, Verb, World};
use crate::sync::modseq;
use crate::view::View;
use matches::Matches;

/// SEARCH.
pub(super) fn verb(search: Search) -> Box<dyn Verb<Open>> {
    Box::new(Searching {
        search,
        under_way: None,
    })
}

struct Searching {
    search: Search,
    under_way: Option<UnderWay>,
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
                under_way.abandon(out);
            }
            // A SEARCH with SAVE that ends with NO leaves `$` empty; one without does not touch it (RFC 9051 §6.4.4.1).
            if self.search.give.as_ref().is_some_and(|give| give.save) {
                open.view.saved.clear();
            }
        }
        Ok(if result? {
            Turn::Done(Done::ok("SEARCH completed"))
        } else {
            Turn::More
        })
    }
}

impl Searching {
    fn go_on(&mut self, world: &World<'_>, open: &mut Open, out: &mut Vec<u8>) -> Result<bool, No> {
        let under_way = match &mut self.under_way {
            Some(under_way) => under_way,
            none => {
                let all = || SearchReturn {
                    all: true,
                    ..SearchReturn::default()
                };
                let give = self.search.give.clone();
                let give = give.or_else(|| open.known.dialect.rev2.then(all));
                let Search { uid, program, .. } = &self.search;
                charset_may_be_named(program, open.known.dialect)?;
                open.view.hold.expunges = *uid && program.key.names_numbers();
                let under_way = UnderWay::new(give, *uid, program, None, world, &open.view)?;
                if under_way.has_modseq() {
                    modseq::enable(open, out);
                }
                none.insert(under_way)
            }
        };
        under_way.go_on(world, &mut open.view, out)
    }
}

/// A search of one mailbox that has begun.
pub(super) struct UnderWay {
    matches: Matches,
    results: Results,
    /// UPDATE
    context: Option<Pending>,
    /// all have been met; what is left is to print
    matched: bool,
}

impl UnderWay {
    /// Begins. `mailbox`: ESEARCH's correlators.
    pub(super) fn new(
        give: Option<SearchReturn>,
        uid: bool,
        program: &Program,
        mailbox: Option<Vec<u8>>,
        world: &World<'_>,
        view: &View,
    ) -> Result<UnderWay, No> {
        let matches = Matches::new(program, world, view)?;
        if give.as_ref().is_some_and(|give| give.relevancy) && !matches.is_fuzzy() {
            // RFC 6203 §4.
            return Err(No::bad("RELEVANCY is known of what FUZZY finds"));
        }
        let context = Pending::new(give.as_ref(), uid, program, world, view)?;
        let results = Results::new(Asked {
            give,
            name: "SEARCH",
            uid,
            sorted: false,
            modseq: matches.has_modseq(),
            tag: world.tag.to_string(),
            mailbox,
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
            matched: false,
        })
    }

    /// Whether MODSEQ stands among the keys, which switches CONDSTORE on (RFC 7162 §3.1).
    pub(super) fn has_modseq(&self) -> bool {
        self.matches.has_modseq()
    }

    /// Goes on; `true`: the answer is whole, and `$` and contexts are as they are to be.
    pub(super) fn go_on(
        &mut self,
        world: &World<'_>,
        view: &mut View,
        out: &mut Vec<u8>,
    ) -> Result<bool, No> {
        let UnderWay {
            matches,
            results,
            context,
            matched,
        } = self;
        if !*matched {
            let uids = &view.uids;
            *matched = matches.step(world, view, &mut |met, score| {
                if out.len() >= world.limits.piece {
                    return Ok(Go::Back);
                }
                results.push(&found(met, score), uids, out);
                Ok(if results.is_enough() {
                    Go::Stop
                } else {
                    Go::On
                })
            })?;
        }
        if !*matched {
            if results.is_held() {
                matches.tell_progress(world, view, out);
            }
            return Ok(false);
        }
        if !results.finish(out, world.limits.piece) {
            return Ok(false);
        }
        let settled = results.settle();
        if let Some(saved) = settled.saved {
            view.saved = saved;
        }
        if let (Some(context), Some(members)) = (context.take(), settled.members) {
            context.open(members, None, world, view, out);
        }
        Ok(true)
    }

    /// The command ends with NO: a line that has been begun ends.
    pub(super) fn abandon(&mut self, out: &mut Vec<u8>) {
        self.results.abandon(out);
    }
}

/// BAD for a charset beside ENABLE UTF8=ACCEPT (RFC 6855 §3).
pub(super) fn charset_may_be_named(program: &Program, dialect: Dialect) -> Result<(), No> {
    if dialect.utf8_accept && program.charset != Charset::Utf8 {
        return Err(No::bad(
            "UTF8=ACCEPT is enabled: a search is in UTF-8 and names no charset",
        ));
    }
    Ok(())
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
