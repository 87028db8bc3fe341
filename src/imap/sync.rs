//! The only source of untagged news: what others have done to the selected mailbox.
//!
//! Promises:
//! * it looks at the mailbox's counters first; where nothing happened it costs one look-up;
//! * EXPUNGE comes only where the command allows it (RFC 9051 §7.5.1), then EXISTS (and RECENT for rev1), then FLAGS when a keyword
//!   is new, then FETCH of changed flags, so that EXISTS stands before anything about a new message;
//! * what this session has changed and reported itself is not said again;
//! * a delivery is told from the entries behind the last known UID; only when there was more than that one change is the mailbox's
//!   membership (24 octets a message) searched for later modseqs;
//! * it never touches a body or an index record, and prints in pieces.
//!
//! A mailbox that another session deleted shows as one from which everything has been expunged (RFC 2180 §3.3).

use store::{Entry, Flags, ModSeq, Read, Uid};

use crate::cmd::flags::{self, Names};
use crate::context;
use crate::deed::{Open, World};
use crate::print;
use crate::view::View;

/// EXPUNGE responses in one piece: 4,096 times 16 octets.
const EXPUNGES: usize = 4_096;

/// Prints what the client has not been told. `expunges`: EXPUNGE responses are allowed now. `Ok(true)`: `out` is full, call again.
pub fn news(
    world: &World<'_>,
    open: &mut Open,
    expunges: bool,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    // A context's FETCH that did not fit goes on first; what is gone leaves the contexts before EXPUNGE (RFC 5267 §4.3.4).
    if open.view.contexts.is_fetching() && context::after(world, open, out)? {
        return Ok(true);
    }
    context::before(world, &mut open.view, out)?;
    if mailbox_news(world, open, expunges, out)? {
        return Ok(true);
    }
    context::after(world, open, out)
}

/// The same for the mailbox itself.
fn mailbox_news(
    world: &World<'_>,
    open: &mut Open,
    expunges: bool,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    let view = &mut open.view;
    let counters = match world.tx.counters(view.mailbox) {
        Ok(counters) => counters,
        Err(store::Error::NoSuchMailbox) => return Ok(expunges && vanish(view, out)),
        Err(error) => return Err(error),
    };
    let highest = counters.highest_modseq;
    if expunges && view.told.expunges < highest && expunged(world, view, highest, out)? {
        return Ok(true);
    }
    if view.told.flags >= highest
        && view.uid_next >= counters.uid_next
        && view.told.unfinished.is_none()
    {
        return Ok(false);
    }
    let known = view.uid_next;
    let new = arrivals(world, view)?;
    view.uid_next = view.uid_next.max(counters.uid_next);
    if new.count > 0 {
        exists(view, open.known.dialect.rev2, out);
    }
    announce_keywords(world, view, new.flags, out)?;
    // The one change there was brought these messages, so it changed no flags.
    let once = highest == view.told.flags.saturating_add(1);
    if once && new.latest == highest && view.told.unfinished.is_none() {
        view.told.flags = highest;
        view.told.own.clear();
        return Ok(false);
    }
    changes(world, open, highest, known, out)
}

/// Prints FLAGS and PERMANENTFLAGS when `flags` hold a keyword that the client has not heard of. STORE calls it before its own FETCHes.
pub(crate) fn announce_keywords(
    world: &World<'_>,
    view: &mut View,
    flags: Flags,
    out: &mut Vec<u8>,
) -> store::Result<()> {
    if view.told.is_new_keyword(flags) {
        keywords(view, Names::default().read(world.tx, view.viewer)?, out);
    }
    Ok(())
}

/// Prints EXPUNGE for what is gone; whether there is more of it than fits.
fn expunged(
    world: &World<'_>,
    view: &mut View,
    highest: ModSeq,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    let mut gone = match world.tx.expunged_since(view.mailbox, view.told.expunges)? {
        Some(gone) => gone,
        None => missing(world, view)?,
    };
    gone.retain(|uid| view.uids.sequence(*uid).is_some());
    gone.sort_unstable();
    gone.dedup();
    let more = gone.len() > EXPUNGES;
    gone.truncate(EXPUNGES);
    expunge(view, &gone, out);
    if !more {
        view.told_expunges(highest);
    }
    Ok(more)
}

/// The log does not reach back: compares with what is there.
fn missing(world: &World<'_>, view: &View) -> store::Result<Vec<Uid>> {
    let mut gone = Vec::new();
    let mut expected = view.uids.next(1);
    world
        .tx
        .entries(view.mailbox, 1..=Uid::MAX, &mut |uid, _| {
            while let Some(missing) = expected.filter(|expected| *expected < uid) {
                gone.push(missing);
                expected = view.uids.next(missing.saturating_add(1));
            }
            if expected == Some(uid) {
                expected = uid.checked_add(1).and_then(|next| view.uids.next(next));
            }
            expected.is_some()
        })?;
    while let Some(missing) = expected {
        gone.push(missing);
        expected = missing.checked_add(1).and_then(|next| view.uids.next(next));
    }
    Ok(gone)
}

/// The mailbox is no more: all its messages are gone.
fn vanish(view: &mut View, out: &mut Vec<u8>) -> bool {
    let mut gone = Vec::new();
    let mut next = view.uids.next(1);
    while let Some(uid) = next.filter(|_| gone.len() < EXPUNGES) {
        gone.push(uid);
        next = uid.checked_add(1).and_then(|next| view.uids.next(next));
    }
    expunge(view, &gone, out);
    !view.uids.is_empty()
}

fn expunge(view: &mut View, gone: &[Uid], out: &mut Vec<u8>) {
    view.remove(gone, |number| {
        out.extend_from_slice(b"* ");
        print::number(u64::from(number), out);
        out.extend_from_slice(b" EXPUNGE\r\n");
    });
}

/// What has come.
#[derive(Default)]
struct Arrivals {
    count: u32,
    /// the last change that touched one of them
    latest: ModSeq,
    flags: Flags,
}

/// Takes new messages into the view.
fn arrivals(world: &World<'_>, view: &mut View) -> store::Result<Arrivals> {
    let first = view.uid_next;
    let mut new = Arrivals::default();
    world
        .tx
        .entries(view.mailbox, first..=Uid::MAX, &mut |uid, entry: &Entry| {
            view.push(uid);
            new.count = new.count.saturating_add(1);
            new.flags = new.flags.union(entry.flags);
            new.latest = new.latest.max(entry.modseq);
            true
        })?;
    if new.count > 0 {
        view.claim_recent(world.store, first);
    }
    Ok(new)
}

fn exists(view: &View, rev2: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* ");
    print::number(u64::from(view.exists()), out);
    out.extend_from_slice(b" EXISTS\r\n");
    if !rev2 {
        out.extend_from_slice(b"* ");
        print::number(u64::from(view.recent()), out);
        out.extend_from_slice(b" RECENT\r\n");
    }
}

fn keywords(view: &mut View, names: &[String], out: &mut Vec<u8>) {
    view.told.keywords = names.len();
    flags::print_all(names, out);
    flags::print_permanent(names, view.read_only, out);
}

/// Prints FETCH for flags that others have changed in messages below `known`; whether there is more to say. The client asks for the
/// flags of messages that it has just heard of.
fn changes(
    world: &World<'_>,
    open: &mut Open,
    highest: ModSeq,
    known: Uid,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    let view = &mut open.view;
    let mut names = Names::default();
    let account = view.viewer;
    // FLAGS comes before the FETCH that uses a new keyword.
    let table = names.read(world.tx, account)?;
    if table.len() > view.told.keywords {
        keywords(view, table, out);
    }
    let (target, from) = view.told.unfinished.take().unwrap_or((highest, 1));
    let mut printed = Ok(());
    let mut stopped = None;
    world.tx.entries(
        view.mailbox,
        from..=known.saturating_sub(1),
        &mut |uid, entry| {
            if entry.modseq <= view.told.flags || view.told.is_own(entry.modseq) {
                return true;
            }
            let Some(number) = view.uids.sequence(uid) else {
                return true;
            };
            if out.len() >= world.limits.piece {
                stopped = Some(uid);
                return false;
            }
            out.extend_from_slice(b"* ");
            print::number(u64::from(number), out);
            out.extend_from_slice(b" FETCH (UID ");
            print::number(u64::from(uid), out);
            out.push(b' ');
            let recent = !open.known.dialect.rev2 && view.is_recent(uid);
            printed = names.print_fetch(world.tx, account, entry.flags, recent, out);
            out.extend_from_slice(b")\r\n");
            printed.is_ok()
        },
    )?;
    printed?;
    if let Some(uid) = stopped {
        view.told.unfinished = Some((target, uid));
        return Ok(true);
    }
    view.told.flags = target;
    view.told.own.retain(|modseq| *modseq > target);
    Ok(target < highest)
}

#[cfg(test)]
#[path = "sync_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "sync_random_tests.rs"]
mod random_tests;
