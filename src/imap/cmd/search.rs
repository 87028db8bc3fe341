//! SEARCH and UID SEARCH (RFC 9051 §6.4.4, RFC 3501 §6.4.4), with ESEARCH (RFC 4731) and `$` (RFC 5182).
//!
//! Promises: what a message's membership can answer (flags, size, UID) is asked first, then its record, then its header, and its text
//! last; texts are decoded (transfer encoding, charset, encoded words) and compared without regard to case, in pieces, so that memory
//! does not grow with a message. Long searches are cut into steps, results go out as they are found. Numbers beyond EXISTS match nothing.
//! Cannot: an index; a search for text looks into every message that the other keys leave. A header is searched in its first 256 KiB.

mod key;
mod text;

use ::store::Uid;

use crate::cmd::walk::{Go, Met, Walk};
use crate::code::Code;
use crate::command::{Search, SearchReturn};
use crate::deed::{Done, No, Open, Turn, Verb, World};
use crate::print::{self, Runs};
use crate::view::{Ranges, View};
use key::{Asked, Key};
use text::Looking;

/// Octets that may be looked at in one step: half a MiB, about a millisecond. Everyone else waits that long.
const WORK: u64 = 512 * 1024;
/// What a message costs of that at least.
const MESSAGE: u64 = 64;

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

/// A search that has begun.
struct UnderWay {
    key: Key,
    walk: Walk,
    /// the message whose texts are being looked at
    message: Option<(Uid, Looking)>,
    found: Found,
}

/// What has been found.
struct Found {
    /// `None`: the answer is `* SEARCH`
    give: Option<SearchReturn>,
    uid: bool,
    count: u32,
    min: u32,
    max: u32,
    first: Uid,
    last: Uid,
    runs: Runs,
    saved: Ranges,
}

impl Verb<Open> for Searching {
    fn step(
        &mut self,
        world: &World<'_>,
        open: &mut Open,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Open>, No> {
        let first = self.under_way.is_none();
        if first {
            if self.search.unknown_charset {
                self.save_nothing(open);
                let text = "The box does not know this charset";
                return Err(No::with(Code::BadCharset, text));
            }
            self.under_way = Some(self.begin(world, open)?);
        }
        let Some(under_way) = &mut self.under_way else {
            return Ok(Turn::More);
        };
        if first {
            under_way.found.begin(world.tag, out);
        }
        match under_way.go_on(world, &open.view, out) {
            Ok(true) => {}
            Ok(false) => return Ok(Turn::More),
            Err(error) => {
                // The line that has been begun ends here.
                if under_way.found.prints() {
                    out.extend_from_slice(b"\r\n");
                }
                self.save_nothing(open);
                return Err(error.into());
            }
        }
        if let Some(under_way) = self.under_way.take() {
            under_way.found.end(&mut open.view, out);
        }
        Ok(Turn::Done(Done::ok("SEARCH completed")))
    }
}

impl Searching {
    /// A SEARCH with SAVE that ends with NO leaves `$` empty; one without does not touch it (RFC 9051 §6.4.4.1).
    fn save_nothing(&self, open: &mut Open) {
        if self.search.give.is_some_and(|give| give.save) {
            open.view.saved.clear();
        }
    }

    fn begin(&self, world: &World<'_>, open: &Open) -> Result<UnderWay, No> {
        let mut key = Key::new(&self.search.key, world, &open.view)?;
        let walk = Walk::new(key.take_ranges().unwrap_or_else(|| vec![(1, Uid::MAX)]));
        let all = SearchReturn {
            all: true,
            ..SearchReturn::default()
        };
        let give = self.search.give.or(open.known.dialect.rev2.then_some(all));
        let found = Found {
            give,
            uid: self.search.uid,
            count: 0,
            min: 0,
            max: 0,
            first: 0,
            last: 0,
            runs: Runs::default(),
            saved: Vec::new(),
        };
        Ok(UnderWay {
            key,
            walk,
            message: None,
            found,
        })
    }
}

impl UnderWay {
    /// Looks at messages until the end (`true`) or until it is time to pause.
    fn go_on(
        &mut self,
        world: &World<'_>,
        view: &View,
        out: &mut Vec<u8>,
    ) -> ::store::Result<bool> {
        let UnderWay {
            key,
            walk,
            message,
            found,
        } = self;
        let mut work = WORK;
        let mut enough = false;
        let ended = walk.step(world.tx, view, &mut |met: &Met| {
            if out.len() >= world.limits.piece || work == 0 {
                return Ok(Go::Back);
            }
            work = work.saturating_sub(MESSAGE);
            let mut looking = match message.take() {
                Some((uid, looking)) if uid == met.uid => looking,
                _ => Looking::default(),
            };
            let matches = loop {
                match key.matches(world.tx, view, met, &looking)? {
                    Asked::Answer(answer) => break answer,
                    Asked::Text(index) => {
                        if !looking.run(world.tx, met, index, key.text(index), &mut work)? {
                            *message = Some((met.uid, looking));
                            return Ok(Go::Back);
                        }
                    }
                }
            };
            if matches {
                found.push(met, view, out);
                enough = found.is_enough();
            }
            Ok(if enough { Go::Stop } else { Go::On })
        })?;
        Ok(ended || enough)
    }
}

impl Found {
    /// Whether there is an untagged answer: `RETURN (SAVE)` alone has none (RFC 5182 §2.1).
    fn prints(&self) -> bool {
        self.give
            .is_none_or(|give| give.min || give.max || give.all || give.count)
    }

    fn begin(&self, tag: &str, out: &mut Vec<u8>) {
        if !self.prints() {
            return;
        }
        if self.give.is_none() {
            return out.extend_from_slice(b"* SEARCH");
        }
        // The tag as a quoted string: the new Outlook takes no other (A4).
        out.extend_from_slice(b"* ESEARCH (TAG \"");
        out.extend_from_slice(tag.as_bytes());
        out.extend_from_slice(b"\")");
        if self.uid {
            out.extend_from_slice(b" UID");
        }
    }

    fn push(&mut self, met: &Met, view: &View, out: &mut Vec<u8>) {
        let number = if self.uid { met.uid } else { met.number };
        self.count = self.count.saturating_add(1);
        if self.count == 1 {
            (self.min, self.first) = (number, met.uid);
        }
        (self.max, self.last) = (number, met.uid);
        match self.give {
            None => {
                out.push(b' ');
                print::number(number.into(), out);
            }
            Some(give) => {
                if give.all {
                    if self.count == 1 {
                        out.extend_from_slice(b" ALL ");
                    }
                    self.runs.push(number, out);
                }
                if give.save {
                    match self.saved.last_mut() {
                        // Nothing of the view lies between: one range.
                        Some((_, high))
                            if view.uids.next(high.saturating_add(1)) == Some(met.uid) =>
                        {
                            *high = met.uid
                        }
                        _ => self.saved.push((met.uid, met.uid)),
                    }
                }
            }
        }
    }

    /// MIN alone is answered by the first match.
    fn is_enough(&self) -> bool {
        self.give
            .is_some_and(|give| give.min && !give.max && !give.all && !give.count)
    }

    fn end(self, view: &mut View, out: &mut Vec<u8>) {
        let prints = self.prints();
        let Found {
            give,
            count,
            min,
            max,
            first,
            last,
            runs,
            saved,
            ..
        } = self;
        runs.finish(out);
        let Some(give) = give else {
            return out.extend_from_slice(b"\r\n");
        };
        let mut item = |word: &[u8], value: u32| {
            out.extend_from_slice(word);
            print::number(value.into(), out);
        };
        if give.min && count > 0 {
            item(b" MIN ", min);
        }
        if give.max && count > 0 {
            item(b" MAX ", max);
        }
        if give.count {
            item(b" COUNT ", count);
        }
        if prints {
            out.extend_from_slice(b"\r\n");
        }
        if give.save {
            // MIN and MAX save what they give, unless ALL or COUNT stands beside them (RFC 5182 §2.4).
            view.saved = match (give.min, give.max) {
                _ if give.all || give.count || count == 0 => saved,
                (true, true) if first != last => vec![(first, first), (last, last)],
                (true, _) => vec![(first, first)],
                (_, true) => vec![(last, last)],
                _ => saved,
            };
        }
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
