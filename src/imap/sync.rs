//! The only source of untagged news: what others have done to the selected mailbox.
//!
//! Promises:
//! * it looks at the mailbox's counters first; where nothing happened it costs one look-up;
//! * EXPUNGE (VANISHED) comes only where the command allows it (RFC 9051 §7.5.1, RFC 7162 §3.2.10.2), then EXISTS (and RECENT for rev1),
//!   then FLAGS when a keyword is new, then FETCH of changed flags, so that EXISTS stands before anything about a new message; HIGHESTMODSEQ
//!   comes last, when it is true;
//! * what this session has changed and reported itself is not said again;
//! * a delivery is told from the entries behind the last known UID; only when there was more than that one change is the mailbox's
//!   membership (24 octets a message) searched for later modseqs;
//! * rights that have changed are told by FLAGS and PERMANENTFLAGS (RFC 4314 §5.1.1), and who may not read the mailbox any more reads no more;
//! * it never touches a body or an index record, and prints in pieces.
//!
//! A mailbox that another session deleted shows as one from which everything has been expunged (RFC 2180 §3.3).

mod gone;
pub(crate) mod modseq;

use store::{Entry, Flags, ModSeq, Read, Uid};

use crate::cmd::flags::{self, Names};
use crate::cmd::response::{self, Parts};
use crate::context;
use crate::deed::{Open, World};
use crate::print;
use crate::view::View;

pub(crate) use gone::{LINE, ranges, vanished};

/// Prints what the client has not been told. `expunges`: EXPUNGE responses are allowed now. `Ok(true)`: `out` is full, call again.
pub fn news(
    world: &World<'_>,
    open: &mut Open,
    expunges: bool,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    open.view.look_at_rights(world.tx)?;
    if open.view.told.rights != open.view.rights {
        open.view.told.rights = open.view.rights;
        let mut names = Names::default();
        let viewer = open.view.viewer;
        keywords(&mut open.view, names.read(world.tx, viewer)?, out);
    }
    // A context's FETCH that did not fit goes on first; what is gone leaves the contexts before EXPUNGE (RFC 5267 §4.3.4).
    if open.view.contexts.is_fetching() && context::after(world, open, out)? {
        return Ok(true);
    }
    context::before(world, &mut open.view, out)?;
    let expunges = expunges && !open.view.hold.expunges;
    if tell(world, open, expunges, out)? || context::after(world, open, out)? {
        return Ok(true);
    }
    modseq::finish(world, open, !expunges, out)?;
    open.view.hold.finish();
    Ok(false)
}

/// What has happened in the mailbox, but for HIGHESTMODSEQ, which comes when all has been told.
fn tell(
    world: &World<'_>,
    open: &mut Open,
    expunges: bool,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    let dialect = open.known.dialect;
    let view = &mut open.view;
    let counters = match world.tx.counters(view.mailbox) {
        Ok(counters) => counters,
        Err(store::Error::NoSuchMailbox) => return Ok(expunges && gone::all(view, dialect, out)),
        Err(error) => return Err(error),
    };
    let highest = counters.highest_modseq;
    if expunges && view.told.expunges < highest && gone::tell(world, view, dialect, highest, out)? {
        return Ok(true);
    }
    let come = view.uid_next < counters.uid_next && !view.hold.arrivals;
    let late = view.told.late;
    view.told.late = view.uid_next < counters.uid_next && !come;
    if view.told.flags >= highest && !come && view.told.unfinished.is_none() {
        return Ok(false);
    }
    let known = view.uid_next;
    let mut new = Arrivals::default();
    if come {
        new = arrivals(world, view)?;
        view.uid_next = view.uid_next.max(counters.uid_next);
    }
    if new.count > 0 {
        exists(view, dialect.rev2, out);
    }
    announce_keywords(world, view, new.flags, out)?;
    // The one change there was brought these messages, so it changed no flags.
    let once = !late && highest == view.told.flags.saturating_add(1);
    if once && new.latest == highest && view.told.unfinished.is_none() {
        view.told.flags = highest;
        view.told.own.clear();
        return Ok(false);
    }
    if view.silent_flags {
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
    let mut come = Vec::new();
    view.entries(world.tx, first..=Uid::MAX, &mut |uid, entry: &Entry| {
        come.push(uid);
        new.count = new.count.saturating_add(1);
        new.flags = new.flags.union(entry.flags);
        new.latest = new.latest.max(entry.modseq);
        true
    })?;
    for uid in come {
        view.push(uid);
    }
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
    flags::print_permanent(names, view.permanent(), out);
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
    let dialect = open.known.dialect;
    let mut names = Names::default();
    // FLAGS comes before the FETCH that uses a new keyword.
    let table = names.read(world.tx, view.viewer)?;
    if table.len() > view.told.keywords {
        keywords(view, table, out);
    }
    let begun = view.told.unfinished.take();
    let (target, from, known) = begun.unwrap_or((highest, 1, known));
    let mut printed = Ok(());
    let mut stopped = None;
    let view = &open.view;
    view.changed_since(
        world.tx,
        view.told.flags,
        from..=known.saturating_sub(1),
        &mut |uid, entry| {
            if view.told.is_own(entry.modseq) {
                return true;
            }
            let Some(number) = view.uids.sequence(uid) else {
                return true;
            };
            if out.len() >= world.limits.piece {
                stopped = Some(uid);
                return false;
            }
            let message = (number, uid);
            printed = response::change(
                world.tx,
                view,
                dialect,
                &mut names,
                message,
                entry,
                Parts::NEWS,
                out,
            );
            printed.is_ok()
        },
    )?;
    printed?;
    let view = &mut open.view;
    if let Some(uid) = stopped {
        view.told.unfinished = Some((target, uid, known));
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

#[cfg(test)]
#[path = "sync_model_tests.rs"]
mod model_tests;
