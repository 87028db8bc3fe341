//! Looking for the messages that a program matches: SEARCH, SORT, THREAD and ESEARCH walk a view by this.
//!
//! Promises: every message of the view is held against the key once, in the mailbox's order or backward; a step lasts about a millisecond,
//! however long a message is; what a message's membership can answer is asked first. Memory is the key, and a thousand messages when walking
//! backward. Messages that others have expunged are met as long as they can be read (A39).
//!
//! ```text
//! let mut matches = Matches::new(&program, world, &view)?;     // or .backward()
//! loop { match matches.step(world, &view, &mut |met, score| .. Ok(Go::On))? {
//!     true  => all have been met, or `Go::Stop` was said
//!     false => `Go::Back` was said, or it is time to pause: Turn::More, then step again
//! } }
//! ```

use std::cell::Cell;

use ::store::{Columns, Uid};

use crate::cmd::search::filters;
use crate::cmd::search::key::{Asked, Key};
use crate::cmd::search::text::Looking;
use crate::cmd::walk::{Go, Met, Walk};
use crate::code::Code;
use crate::command::{Charset, Program};
use crate::deed::{No, World};
use crate::print;
use crate::view::{Ranges, View};

/// Octets that may be looked at in one step: half a MiB, about a millisecond. Everyone else waits that long.
const WORK: u64 = 512 * 1024;
/// What a message costs of that at least.
const MESSAGE: u64 = 64;
/// The same where its membership says all, or that and the index.
const PLAIN: u64 = 8;
/// Messages that are walked forward at a time when the way is backward.
const CHUNK: u32 = 1_024;
/// Seconds between two INPROGRESS (RFC 9585 §4: 10 to 15).
const PROGRESS: i64 = 10;

/// A way through a view that stops at what matches.
pub(crate) struct Matches {
    judge: Judge,
    way: Way,
    met: u32,
    progress: Option<i64>,
}

enum Way {
    Forward(Walk),
    Backward {
        /// not walked yet
        left: Ranges,
        walk: Option<Walk>,
        /// of the chunk that has been walked: given out from its end
        found: Vec<(Met, u8)>,
    },
}

impl Matches {
    /// Makes the key ready for this view. Errors: a charset that the box does not know, a filter that there is not.
    pub(crate) fn new(program: &Program, world: &World<'_>, view: &View) -> Result<Matches, No> {
        if program.charset == Charset::Unknown {
            let text = "The box does not know this charset";
            return Err(No::with(Code::BadCharset, text));
        }
        let key = filters::resolved(program, world, view.viewer)?;
        let mut key = Key::new(&key, world, view, false)?;
        let ranges = key.take_ranges().unwrap_or_else(|| vec![(1, Uid::MAX)]);
        Ok(Matches {
            judge: Judge::new(key),
            way: Way::Forward(Walk::new(ranges)),
            met: 0,
            progress: None,
        })
    }

    /// The same from the last message to the first; before the first step.
    pub(crate) fn backward(mut self) -> Matches {
        if let Way::Forward(walk) = self.way {
            self.way = Way::Backward {
                left: walk.into_ranges(),
                walk: None,
                found: Vec::new(),
            };
        }
        self
    }

    /// Whether MODSEQ stands among the keys: the answer then has the highest (RFC 7162 §3.1.5).
    pub(crate) fn has_modseq(&self) -> bool {
        self.judge.key.has_modseq()
    }

    /// Whether FUZZY stands among the keys, so that scores mean something (RFC 6203 §4).
    pub(crate) fn is_fuzzy(&self) -> bool {
        self.judge.key.is_fuzzy()
    }

    /// Hands out what matches until the end, `Go::Stop` (`true`), `Go::Back` or until it is time to pause.
    pub(crate) fn step(
        &mut self,
        world: &World<'_>,
        view: &View,
        each: &mut dyn FnMut(&Met, u8) -> ::store::Result<Go>,
    ) -> ::store::Result<bool> {
        let Matches {
            judge, way, met, ..
        } = self;
        let mut holding = Holding {
            world,
            view,
            judge,
            met,
            columns: Cell::default(),
            work: WORK,
            stopped: false,
        };
        let (left, walk, found) = match way {
            Way::Forward(walk) => return holding.walk(walk, each),
            Way::Backward { left, walk, found } => (left, walk, found),
        };
        loop {
            if let Some(chunk) = walk {
                let ended = holding.walk(chunk, &mut |met, score| {
                    found.push((*met, score));
                    Ok(Go::On)
                })?;
                if !ended {
                    return Ok(false);
                }
                *walk = None;
            }
            while let Some((met, score)) = found.pop() {
                match each(&met, score)? {
                    Go::On => {}
                    Go::Stop => return Ok(true),
                    Go::Back => {
                        found.push((met, score));
                        return Ok(false);
                    }
                }
            }
            match last_chunk(left, view) {
                Some(chunk) => *walk = Some(Walk::new(vec![chunk])),
                None => return Ok(true),
            }
        }
    }

    /// Tells a client that waits how far the search is (RFC 9585 §4), at most once in [`PROGRESS`] seconds. The caller makes sure that no line has been
    /// begun.
    pub(crate) fn tell_progress(&mut self, world: &World<'_>, view: &View, out: &mut Vec<u8>) {
        let due = *self
            .progress
            .get_or_insert(world.unix.saturating_add(PROGRESS));
        if world.unix < due {
            return;
        }
        self.progress = Some(world.unix.saturating_add(PROGRESS));
        out.extend_from_slice(b"* OK [INPROGRESS (");
        if world.tag.is_empty() || world.tag.contains(']') {
            out.extend_from_slice(b"NIL");
        } else {
            out.push(b'"');
            out.extend_from_slice(world.tag.as_bytes());
            out.push(b'"');
        }
        out.push(b' ');
        print::number(self.met.into(), out);
        out.push(b' ');
        // The goal is always greater than how far it is.
        if view.exists() > self.met {
            print::number(view.exists().into(), out);
        } else {
            out.extend_from_slice(b"NIL");
        }
        out.extend_from_slice(b")] Still searching\r\n");
    }
}

/// Takes the last [`CHUNK`] messages off the ranges; `None`: there are no more.
fn last_chunk(left: &mut Ranges, view: &View) -> Option<(Uid, Uid)> {
    while let Some((low, high)) = left.last_mut() {
        let last = view.uids.count(0, *high);
        let first = view.uids.count(0, low.saturating_sub(1)).saturating_add(1);
        if last >= first {
            let from = first.max(last.saturating_sub(CHUNK - 1));
            if let Some(start) = view.uids.uid(from) {
                let chunk = (start, *high);
                *high = start.saturating_sub(1);
                if from == first {
                    left.pop();
                }
                return Some(chunk);
            }
        }
        left.pop();
    }
    None
}

/// A key, and how far the message is looked at that is being held against it.
pub(crate) struct Judge {
    key: Key,
    message: Option<(Uid, Looking)>,
}

impl Judge {
    /// The key of a context (RFC 5267): it holds for messages to come as well.
    pub(crate) fn lasting(program: &Program, world: &World<'_>, view: &View) -> Result<Judge, No> {
        let key = filters::resolved(program, world, view.viewer)?;
        Ok(Judge::new(Key::new(&key, world, view, true)?))
    }

    fn new(key: Key) -> Judge {
        Judge { key, message: None }
    }

    /// Names of keywords have been added: those that the key asks for may be among them.
    pub(crate) fn learn(&mut self, names: &[String]) {
        self.key.learn(names);
    }

    /// Holds one message against the key: the score if it matches. `None`: `work` is used up; ask again with the same message.
    pub(crate) fn judge<'w>(
        &mut self,
        world: &World<'w>,
        view: &View,
        met: &Met,
        columns: &Cell<Columns<'w>>,
        work: &mut u64,
    ) -> ::store::Result<Option<Option<u8>>> {
        if self.key.is_plain() {
            let matches = self.key.matches_plainly(view, met.uid, &met.entry);
            return Ok(Some(matches.then_some(100)));
        }
        if self.key.is_indexed()
            && let Some(matches) = self.key.matches_by_index(world.tx, view, met)?
        {
            return Ok(Some(matches.then_some(100)));
        }
        let mut looking = match self.message.take() {
            Some((uid, looking)) if uid == met.uid => looking,
            _ => Looking::default(),
        };
        loop {
            match self.key.matches(world, view, met, &looking, columns)? {
                Asked::Answer(false) => return Ok(Some(None)),
                Asked::Answer(true) => {
                    let score = self.key.score(world, view, met, &looking)?;
                    return Ok(Some(Some(score)));
                }
                Asked::Text(index) => {
                    let text = self.key.text(index);
                    if !looking.run(world.tx, met, index, text, work)? {
                        self.message = Some((met.uid, looking));
                        return Ok(None);
                    }
                }
            }
        }
    }
}

/// One step's way.
struct Holding<'h, 'w> {
    world: &'h World<'w>,
    view: &'h View,
    judge: &'h mut Judge,
    met: &'h mut u32,
    columns: Cell<Columns<'w>>,
    work: u64,
    stopped: bool,
}

impl Holding<'_, '_> {
    fn walk(
        &mut self,
        walk: &mut Walk,
        each: &mut dyn FnMut(&Met, u8) -> ::store::Result<Go>,
    ) -> ::store::Result<bool> {
        let ended = walk.step(self.world.tx, self.view, &mut |met| self.hold(met, each))?;
        Ok(ended || self.stopped)
    }

    /// Holds one message against the key.
    fn hold(
        &mut self,
        met: &Met,
        each: &mut dyn FnMut(&Met, u8) -> ::store::Result<Go>,
    ) -> ::store::Result<Go> {
        if self.work == 0 {
            return Ok(Go::Back);
        }
        // Octets that are looked at for a text count by themselves.
        let key = &self.judge.key;
        let light = key.is_plain() || key.is_indexed();
        self.work = self
            .work
            .saturating_sub(if light { PLAIN } else { MESSAGE });
        let verdict =
            self.judge
                .judge(self.world, self.view, met, &self.columns, &mut self.work)?;
        let go = match verdict {
            None => Go::Back,
            Some(None) => Go::On,
            Some(Some(score)) => each(met, score)?,
        };
        if go != Go::Back {
            *self.met = self.met.saturating_add(1);
        }
        self.stopped = go == Go::Stop;
        Ok(go)
    }
}
