//! The result side of every searching command: SEARCH, SORT and ESEARCH hand over what they find, one by one in the order of the answer,
//! and this prints it in the form that was asked for and says what `$` and a context are to hold.
//!
//! Promises: the forms are `* SEARCH 2 3 (MODSEQ 5)`, `* SORT ...` and `* ESEARCH (TAG "x") UID MIN 1 MAX 9 COUNT 4 ALL 1:3,9`; nothing is printed
//! before the end or before [`HELD`] runs have come together, so that INPROGRESS can be said between (RFC 9585 §4); from then on the list goes out
//! as it is found. A list never grows past that in memory, but for `$`, contexts, scores and pages counted from the end, which are kept
//! as runs (8 octets) or a score (1 octet).
//! Cannot: it does not sort; SORT pushes in its own order.
//!
//! ```text
//! let mut results = Results::new(Asked { .. });
//! results.push(&Found { .. }, &view.uids, out);   // from the last result to the first where results.backward()
//! if results.is_enough() { stop looking }
//! while !results.finish(out, limits.piece) { pause }
//! let settled = results.settle();                  // `$` and the members of an UPDATE
//! ```

mod kept;

use std::collections::VecDeque;

use ::store::{ModSeq, Uid};

use crate::command::SearchReturn;
use crate::print::{self, Runs};
use crate::view::{Ranges, Uids};
pub(crate) use kept::{Kept, merged};

/// Runs of numbers that are held back before an answer begins: 32 KiB here, 50 KiB as text.
const HELD: usize = 4_096;
/// The same for the plain answer, which has no runs: 50 KiB as text.
const HELD_NUMBERS: u32 = 8_192;

/// How an answer is to look.
pub(crate) struct Asked {
    /// `None`: the plain answer of RFC 3501
    pub(crate) give: Option<SearchReturn>,
    /// the plain answer's name
    pub(crate) name: &'static str,
    /// UIDs, not message numbers
    pub(crate) uid: bool,
    /// the order is not the mailbox's (SORT)
    pub(crate) sorted: bool,
    /// MODSEQ stood among the keys (RFC 7162 §3.1.6)
    pub(crate) modseq: bool,
    /// the command's tag
    pub(crate) tag: String,
    /// printed behind the tag: ` MAILBOX x UIDVALIDITY 1`; then a mailbox without a match has no answer (RFC 7377 §2.1)
    pub(crate) mailbox: Option<Vec<u8>>,
}

/// One result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// sequence number
    pub(crate) number: u32,
    /// UID
    pub(crate) uid: Uid,
    /// when it last changed
    pub(crate) modseq: ModSeq,
    /// 1 to 100; of use only where FUZZY stood among the keys
    pub(crate) score: u8,
}

/// The answer that comes together.
pub(crate) struct Results {
    asked: Asked,
    /// what there is to give, also for the plain answer
    give: SearchReturn,
    count: u32,
    /// of all, and of a page
    highest: (ModSeq, ModSeq),
    /// the first and the last pushed
    first: Option<Found>,
    last: Option<Found>,
    /// listed, not printed yet; in the order pushed
    held: VecDeque<(u32, u32)>,
    numbers_held: u32,
    scores: VecDeque<u8>,
    stage: Stage,
    all: Option<Kept>,
    listed: Option<Kept>,
}

/// How far the printing is.
enum Stage {
    /// nothing has been printed
    Held,
    /// the list goes out as it is found
    Streaming(Runs),
    /// the held list goes out: whether something of it has
    List(bool),
    /// behind the list
    Scores(bool),
    Done,
}

/// What is left when the answer has been printed.
pub(crate) struct Settled {
    /// the new `$`; `None`: it stays what it is
    pub(crate) saved: Option<Ranges>,
    /// all results, where UPDATE was asked for
    pub(crate) members: Option<Kept>,
}

impl Results {
    pub(crate) fn new(asked: Asked) -> Results {
        let give = asked.give.clone().unwrap_or(SearchReturn {
            all: true,
            ..SearchReturn::default()
        });
        let kept = |wanted: bool| {
            wanted.then(|| {
                if asked.sorted {
                    Kept::Sorted(Vec::new())
                } else {
                    Kept::Mailbox(Vec::new())
                }
            })
        };
        Results {
            all: kept(give.update.is_some() || give.save && saves_all(&give)),
            listed: kept(give.save && !saves_all(&give) && give.partial.is_some()),
            give,
            asked,
            count: 0,
            highest: (0, 0),
            first: None,
            last: None,
            held: VecDeque::new(),
            numbers_held: 0,
            scores: VecDeque::new(),
            stage: Stage::Held,
        }
    }

    /// Whether the results are to be pushed from the last to the first: a page counted from the end, or MAX alone.
    pub(crate) fn backward(&self) -> bool {
        let give = &self.give;
        match give.partial {
            Some(page) => page.from_end,
            None => {
                give.max
                    && !(give.min || give.all || give.count || give.relevancy)
                    && self.all.is_none()
            }
        }
    }

    /// Takes the next result.
    pub(crate) fn push(&mut self, found: &Found, uids: &Uids, out: &mut Vec<u8>) {
        let backward = self.backward();
        self.count = self.count.saturating_add(1);
        self.first.get_or_insert(*found);
        self.last = Some(*found);
        self.highest.0 = self.highest.0.max(found.modseq);
        if let Some(kept) = &mut self.all {
            kept.push(found.uid, uids, backward);
        }
        let lists = match self.give.partial {
            Some(page) => page.contains(self.count),
            None => self.give.all || self.give.relevancy,
        };
        if !lists {
            return;
        }
        if self.give.partial.is_some() {
            self.highest.1 = self.highest.1.max(found.modseq);
        }
        if let Some(kept) = &mut self.listed {
            kept.push(found.uid, uids, backward);
        }
        if self.give.relevancy {
            self.scores.push_back(found.score);
        }
        if self.give.all || self.give.partial.is_some() {
            let number = if self.asked.uid {
                found.uid
            } else {
                found.number
            };
            self.list(number, backward, out);
        }
    }

    /// Whether more results would change nothing.
    pub(crate) fn is_enough(&self) -> bool {
        let give = &self.give;
        if give.all || give.count || self.all.is_some() {
            return false;
        }
        let (near, far) = if self.backward() {
            (give.max, give.min)
        } else {
            (give.min, give.max)
        };
        match give.partial {
            _ if far => false,
            Some(page) => self.count >= page.high(),
            None => near && self.count > 0 && !give.relevancy,
        }
    }

    /// Whether nothing of the answer has been printed, so that another untagged response may be.
    pub(crate) fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Held)
    }

    /// Prints what is left; `false`: `out` is full, call again.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>, piece: usize) -> bool {
        loop {
            if out.len() >= piece {
                return false;
            }
            self.stage = match std::mem::replace(&mut self.stage, Stage::Done) {
                Stage::Done => return true,
                Stage::Held if !self.prints() => Stage::Done,
                Stage::Held => {
                    if self.backward() {
                        self.held.make_contiguous().reverse();
                        self.scores.make_contiguous().reverse();
                    }
                    self.head(out);
                    self.numbers(out);
                    if self.held.is_empty() && self.give.partial.is_none() {
                        Stage::Scores(false)
                    } else {
                        self.open_list(out);
                        Stage::List(false)
                    }
                }
                Stage::Streaming(runs) => {
                    runs.finish(out);
                    self.close_list(out);
                    self.numbers(out);
                    Stage::Scores(false)
                }
                Stage::List(any) => match self.held.pop_front() {
                    Some(run) => {
                        self.run(run, any, out, piece);
                        Stage::List(true)
                    }
                    None => {
                        if !any {
                            out.extend_from_slice(b"NIL");
                        }
                        self.close_list(out);
                        Stage::Scores(false)
                    }
                },
                Stage::Scores(any) => match self.scores.pop_front() {
                    Some(score) => {
                        out.extend_from_slice(if any { b" " } else { b" RELEVANCY (" });
                        print::number(score.into(), out);
                        Stage::Scores(true)
                    }
                    None => {
                        if any {
                            out.push(b')');
                        }
                        self.tail(out);
                        Stage::Done
                    }
                },
            };
        }
    }

    /// The search ends with NO: a line that has been begun ends here.
    pub(crate) fn abandon(&mut self, out: &mut Vec<u8>) {
        if let Stage::Streaming(runs) = std::mem::replace(&mut self.stage, Stage::Done) {
            runs.finish(out);
            self.close_list(out);
            out.extend_from_slice(b"\r\n");
        }
    }

    /// What `$` and a context are to hold.
    pub(crate) fn settle(&mut self) -> Settled {
        let backward = self.backward();
        let (ends, give) = (self.ends(), self.give.clone());
        let (all, listed) = (self.all.take(), self.listed.take());
        let saved = give.save.then(|| {
            if saves_all(&give) {
                return all
                    .clone()
                    .map(|all| all.ranges(backward))
                    .unwrap_or_default();
            }
            // MIN, MAX and PARTIAL save what they give (RFC 5182 §2.4, RFC 9394 §3.2).
            let mut uids: Ranges = listed.map(|kept| kept.ranges(backward)).unwrap_or_default();
            let ends = [(give.min, ends.0), (give.max, ends.1)];
            for (_, found) in ends.into_iter().filter(|(given, _)| *given) {
                uids.extend(found.map(|found| (found.uid, found.uid)));
            }
            merged(uids)
        });
        let members = give.update.is_some().then_some(all).flatten();
        Settled {
            saved,
            members: members.map(|kept| kept.in_order(backward)),
        }
    }

    fn list(&mut self, number: u32, backward: bool, out: &mut Vec<u8>) {
        if let Stage::Streaming(runs) = &mut self.stage {
            return match self.asked.give {
                Some(_) => runs.push(number, out),
                None => plain(number, out),
            };
        }
        match self.held.back_mut() {
            Some((first, _)) if backward && number.checked_add(1) == Some(*first) => {
                *first = number
            }
            Some((_, last)) if !backward && last.checked_add(1) == Some(number) => *last = number,
            _ => self.held.push_back((number, number)),
        }
        self.numbers_held = self.numbers_held.saturating_add(1);
        let full = match self.asked.give {
            Some(_) => self.held.len() >= HELD,
            None => self.numbers_held >= HELD_NUMBERS,
        };
        if full && !backward {
            self.head(out);
            self.open_list(out);
            let mut runs = Runs::default();
            for (first, last) in std::mem::take(&mut self.held) {
                match self.asked.give {
                    Some(_) => runs.push_run(first, last, out),
                    None => (first..=last).for_each(|number| plain(number, out)),
                }
            }
            self.stage = Stage::Streaming(runs);
        }
    }

    /// One run of the held list; what does not fit goes back.
    fn run(&mut self, (first, last): (u32, u32), any: bool, out: &mut Vec<u8>, piece: usize) {
        if self.asked.give.is_none() {
            for number in first..=last {
                if out.len() >= piece {
                    return self.held.push_front((number, last));
                }
                plain(number, out);
            }
            return;
        }
        if any {
            out.push(b',');
        }
        print::run(first, last, out);
    }

    fn prints(&self) -> bool {
        if self.asked.mailbox.is_some() && self.count == 0 {
            return false;
        }
        !self.give.is_silent()
    }

    fn head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"* ");
        if self.asked.give.is_none() {
            return out.extend_from_slice(self.asked.name.as_bytes());
        }
        // The tag as a quoted string: the new Outlook takes no other (A4).
        out.extend_from_slice(b"ESEARCH (TAG \"");
        out.extend_from_slice(self.asked.tag.as_bytes());
        out.push(b'"');
        out.extend_from_slice(self.asked.mailbox.as_deref().unwrap_or_default());
        out.push(b')');
        if self.asked.uid {
            out.extend_from_slice(b" UID");
        }
    }

    /// MIN, MAX and COUNT; MIN and MAX only where there is something (RFC 4731 §3.1).
    fn numbers(&self, out: &mut Vec<u8>) {
        if self.asked.give.is_none() {
            return;
        }
        let mut item = |word: &[u8], value: u32| {
            out.extend_from_slice(word);
            print::number(value.into(), out);
        };
        let (min, max) = self.ends();
        for (given, word, found) in [
            (self.give.min, b" MIN ", min),
            (self.give.max, b" MAX ", max),
        ] {
            if let Some(found) = found.filter(|_| given) {
                item(
                    word,
                    if self.asked.uid {
                        found.uid
                    } else {
                        found.number
                    },
                );
            }
        }
        if self.give.count {
            item(b" COUNT ", self.count);
        }
    }

    /// What MIN and MAX mean: in SORT the first and the last of its order (RFC 5267 §3.1).
    fn ends(&self) -> (Option<Found>, Option<Found>) {
        if self.backward() {
            (self.last, self.first)
        } else {
            (self.first, self.last)
        }
    }

    fn open_list(&self, out: &mut Vec<u8>) {
        match self.give.partial {
            _ if self.asked.give.is_none() => {}
            None => out.extend_from_slice(b" ALL "),
            Some(page) => {
                out.extend_from_slice(b" PARTIAL (");
                page.print(out);
                out.push(b' ');
            }
        }
    }

    fn close_list(&self, out: &mut Vec<u8>) {
        if self.give.partial.is_some() {
            out.push(b')');
        }
    }

    /// The highest mod-sequence of what is given (RFC 4731 §3.2, RFC 7162 §3.1.6), and the line's end.
    fn tail(&self, out: &mut Vec<u8>) {
        let give = &self.give;
        let (min, max) = self.ends();
        let of = |given: bool, found: Option<Found>| {
            found.filter(|_| given).map_or(0, |found| found.modseq)
        };
        let some = of(give.min, min).max(of(give.max, max));
        let highest = if give.all || give.count || !(give.min || give.max || give.partial.is_some())
        {
            self.highest.0
        } else {
            some.max(self.highest.1)
        };
        if self.asked.modseq && highest > 0 {
            let plain = self.asked.give.is_none();
            out.extend_from_slice(if plain { b" (MODSEQ " } else { b" MODSEQ " });
            print::number(highest, out);
            if plain {
                out.push(b')');
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// Whether `$` gets all that was found (RFC 5182 §2.4, RFC 9394 §3.2).
fn saves_all(give: &SearchReturn) -> bool {
    give.all || give.count || !(give.min || give.max || give.partial.is_some())
}

fn plain(number: u32, out: &mut Vec<u8>) {
    out.push(b' ');
    print::number(number.into(), out);
}

#[cfg(test)]
#[path = "results_tests.rs"]
mod tests;
