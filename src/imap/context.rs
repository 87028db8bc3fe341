//! Contexts (RFC 5267 §4): searches with UPDATE whose results are kept up to date while the mailbox stays selected.
//!
//! Promises: REMOVEFROM of what has been expunged stands before EXPUNGE, ADDTO of what is new behind EXISTS and FETCH, so that message
//! numbers mean to the client what they mean here (§4.3.3, §4.3.4); a message that others have expunged is removed at once, also where EXPUNGE may not
//! be said yet (appendix A.3). Changes are found by mod-sequence, so that a session without news or without contexts pays nothing. A text key
//! that takes long is cut into steps. A session keeps at most [`CONTEXTS`] of them and [`OCTETS`] of results; more is refused by NOUPDATE.
//! Cannot: OLDER and YOUNGER are looked at when a message changes, not when time passes (RFC 5032 §2 allows it); a message whose place in a
//! sorted result could change does not exist, because no sort key of a message ever changes.
//!
//! [`crate::sync::news`] calls `before` and `after`; SEARCH and SORT begin a `Pending` and open it when they have answered.

mod one;

use std::cmp::Ordering;

use store::{ModSeq, Read, Uid};

use crate::cmd;
use crate::cmd::results::Kept;
use crate::cmd::search::matches::Judge;
use crate::code::Code;
use crate::command::{FetchItem, OpenCommand, Program, SearchReturn};
use crate::deed::{No, Open, Turn, Verb, World};
use crate::view::{Uids, View};
use one::{Context, Update, octets};

/// Contexts of one session. RFC 5267 §4.3.1 wants one at least; a client shows a few lists at a time.
pub const CONTEXTS: usize = 8;
/// Octets of all results of a session's contexts: 60,000 sorted ones.
pub const OCTETS: usize = 256 * 1024;

/// How SORT's order is known.
pub(crate) trait Order: Send {
    /// Which of two messages of the view stands first.
    fn compare(
        &mut self,
        world: &World<'_>,
        view: &View,
        one: Uid,
        other: Uid,
    ) -> store::Result<Ordering>;
}

/// A search with UPDATE that has begun.
pub(crate) struct Pending {
    uid: bool,
    judge: Judge,
    since: ModSeq,
    uid_next: Uid,
    fetch: Vec<FetchItem>,
}

impl Pending {
    /// Before the first message is looked at; `None`: UPDATE was not asked for. Errors: the tag is taken (BAD, RFC 5267 §4.3), and those of the key.
    pub(crate) fn new(
        give: Option<&SearchReturn>,
        uid: bool,
        program: &Program,
        world: &World<'_>,
        view: &View,
    ) -> Result<Option<Pending>, No> {
        let Some(fetch) = give.and_then(|give| give.update.as_ref()) else {
            return Ok(None);
        };
        if view.contexts.has(world.tag) {
            return Err(No::bad(
                "A search with UPDATE has this tag already: use another, or CANCELUPDATE",
            ));
        }
        Ok(Some(Pending {
            uid,
            judge: Judge::lasting(program, world, view)?,
            since: world.tx.counters(view.mailbox)?.highest_modseq,
            uid_next: view.uid_next,
            fetch: fetch.iter().map(peeked).collect(),
        }))
    }

    /// The client is told that its result is not kept up to date (RFC 5267 §4.3.1).
    pub(crate) fn refuse(world: &World<'_>, why: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"* NO [");
        Code::NoUpdate(world.tag.to_string()).print(out);
        out.extend_from_slice(b"] ");
        out.extend_from_slice(why.as_bytes());
        out.extend_from_slice(b"\r\n");
    }

    /// The search has been answered: its result is kept up to date from here on, or the client is told that it is not.
    pub(crate) fn open(
        self,
        members: Kept,
        order: Option<Box<dyn Order>>,
        world: &World<'_>,
        view: &mut View,
        out: &mut Vec<u8>,
    ) {
        let contexts = &mut view.contexts.live;
        let held: usize = contexts
            .iter()
            .map(|context| octets(&context.members))
            .sum();
        if contexts.len() >= CONTEXTS || held.saturating_add(octets(&members)) > OCTETS {
            let why = "Too many results are kept up to date: CANCELUPDATE one";
            return Pending::refuse(world, why, out);
        }
        contexts.push(Context {
            tag: world.tag.into(),
            uid: self.uid,
            judge: self.judge,
            order,
            fetch: self.fetch,
            members,
            since: self.since,
            expunges: self.since,
            uid_next: self.uid_next,
            unfinished: None,
            keywords: usize::MAX,
        });
    }
}

/// News set no \Seen, whatever they show.
pub(crate) fn peeked(item: &FetchItem) -> FetchItem {
    let mut item = item.clone();
    match &mut item {
        FetchItem::Section { peek, .. } | FetchItem::Binary { peek, .. } => *peek = true,
        _ => {}
    }
    item
}

/// The contexts of a selected mailbox.
#[derive(Default)]
pub struct Contexts {
    live: Vec<Context>,
    /// FETCH of new messages under way, and the ESEARCH line that comes behind it
    fetching: Option<(Box<dyn Verb<Open>>, Vec<u8>)>,
}

impl Contexts {
    /// Whether a context of this tag is alive: then no other may have it (RFC 5267 §4.3).
    pub fn has(&self, tag: &str) -> bool {
        self.live.iter().any(|context| &*context.tag == tag)
    }

    /// Ends contexts (CANCELUPDATE, RFC 5267 §4.3.5); a tag that none has means nothing.
    pub fn cancel(&mut self, tags: &[String]) {
        self.live
            .retain(|context| !tags.iter().any(|tag| **tag == *context.tag));
    }

    /// Whether an answer is in the middle of a line.
    pub(crate) fn is_fetching(&self) -> bool {
        self.fetching.is_some()
    }
}

impl std::fmt::Debug for Contexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contexts")
            .field("live", &self.live.len())
            .finish_non_exhaustive()
    }
}

/// Tells what has been expunged, before anybody says EXPUNGE.
pub(crate) fn before(world: &World<'_>, view: &mut View, out: &mut Vec<u8>) -> store::Result<()> {
    if view.contexts.live.is_empty() {
        return Ok(());
    }
    let highest = match world.tx.counters(view.mailbox) {
        Ok(counters) => Some(counters.highest_modseq),
        Err(store::Error::NoSuchMailbox) => None,
        Err(error) => return Err(error),
    };
    let View {
        contexts,
        uids,
        mailbox,
        ..
    } = view;
    for context in &mut contexts.live {
        let gone = match highest {
            None => None,
            Some(highest) if highest <= context.expunges => continue,
            Some(_) => world.tx.expunged_since(*mailbox, context.expunges)?,
        };
        let mut gone = match gone {
            Some(gone) => gone,
            // The mailbox is no more, or its log does not reach back.
            None => absent(world, *mailbox, &context.members, uids)?,
        };
        gone.sort_unstable();
        gone.dedup();
        context.expunges = highest.unwrap_or(ModSeq::MAX);
        let mut update = Update::default();
        for uid in gone {
            context.remove(uid, uids, &mut update);
        }
        context.print(update, uids, out);
    }
    Ok(())
}

/// Members that are not in the mailbox any more.
fn absent(
    world: &World<'_>,
    mailbox: store::MailboxId,
    members: &Kept,
    uids: &Uids,
) -> store::Result<Vec<Uid>> {
    let mut gone = Vec::new();
    let mut look = |uid: Uid| {
        match world.tx.entry(mailbox, uid) {
            Ok(Some(_)) => {}
            Ok(None) | Err(store::Error::NoSuchMailbox) => gone.push(uid),
            Err(error) => return Err(error),
        }
        Ok(())
    };
    match members {
        Kept::Sorted(order) => order.iter().try_for_each(|uid| look(*uid))?,
        Kept::Mailbox(ranges) => {
            for (low, high) in ranges {
                let mut next = uids.next(*low);
                while let Some(uid) = next.filter(|uid| uid <= high) {
                    look(uid)?;
                    next = uid.checked_add(1).and_then(|next| uids.next(next));
                }
            }
        }
    }
    Ok(gone)
}

/// Tells what matches now and did not, and the other way round. The view knows of every message that `world` has. `true`: there is
/// more to say, call again.
pub(crate) fn after(world: &World<'_>, open: &mut Open, out: &mut Vec<u8>) -> store::Result<bool> {
    if let Some((mut fetching, line)) = open.view.contexts.fetching.take() {
        if let Ok(Turn::More) = fetching.step(world, open, out) {
            open.view.contexts.fetching = Some((fetching, line));
            return Ok(true);
        }
        out.extend_from_slice(&line);
    }
    if open.view.contexts.live.is_empty() {
        return Ok(false);
    }
    let highest = match world.tx.counters(open.view.mailbox) {
        Ok(counters) => counters.highest_modseq,
        Err(store::Error::NoSuchMailbox) => return Ok(false),
        Err(error) => return Err(error),
    };
    // The contexts are lent out while the view is looked at.
    let mut contexts = std::mem::take(&mut open.view.contexts);
    let told = tell(world, open, &mut contexts, highest, out);
    open.view.contexts = contexts;
    told
}

fn tell(
    world: &World<'_>,
    open: &mut Open,
    contexts: &mut Contexts,
    highest: ModSeq,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    let mut names: Option<Vec<String>> = None;
    for context in &mut contexts.live {
        if context.since >= highest && context.unfinished.is_none() {
            continue;
        }
        if out.len() >= world.limits.piece {
            return Ok(true);
        }
        let names = match &mut names {
            Some(names) => names,
            none => none.insert(world.tx.keywords(open.view.viewer)?),
        };
        if context.keywords != names.len() {
            context.judge.learn(names);
            context.keywords = names.len();
        }
        let (update, more) = context.look(world, &open.view, highest)?;
        if let Some(fetch) = context.news(&update) {
            let mut fetching = cmd::open(OpenCommand::Fetch(fetch));
            if let Ok(Turn::More) = fetching.step(world, open, out) {
                let mut line = Vec::new();
                context.print(update, &open.view.uids, &mut line);
                contexts.fetching = Some((fetching, line));
                return Ok(true);
            }
        }
        context.print(update, &open.view.uids, out);
        if more {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
