//! STORE and UID STORE (RFC 9051 §6.4.6).
//!
//! Large sets go in batches, each one commit; the FETCHes of a batch follow its commit in pieces. With .SILENT they are left out, but
//! for messages whose flags another session had changed before without this client having been told. UNCHANGEDSINCE will hand its
//! modseq to `mark` and print what came back (RFC 7162 §3.1.3).

use ::store::{FlagChange, ModSeq, Read, Uid};

use crate::cmd::flags::{self, Names};
use crate::cmd::walk::{Go, Met, Walk};
use crate::code::Code;
use crate::command::{Store, StoreChange};
use crate::deed::{Deed, Done, Next, No, Open, Turn, Verb, World};
use crate::view::View;
use crate::{print, sync};

/// Messages in one commit: 256 KiB of UIDs, and a writer that is busy for 50 ms.
const BATCH: usize = 65_536;

/// STORE.
pub(super) fn verb(store: Store) -> Box<dyn Verb<Open>> {
    Box::new(Storing {
        store,
        walks: None,
        ended: false,
        expunged: false,
    })
}

struct Storing {
    store: Store,
    /// how far messages have been marked, and how far they have been told
    walks: Option<(Walk, Walk)>,
    /// all have been marked
    ended: bool,
    /// a message could not be marked because it is no more
    expunged: bool,
}

impl Verb<Open> for Storing {
    fn step(
        &mut self,
        world: &World<'_>,
        open: &mut Open,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Open>, No> {
        if self.walks.is_none() {
            open.view.writable()?;
            let walk = Walk::new(open.view.ranges(&self.store.set, self.store.uid)?);
            self.walks = Some((walk.clone(), walk));
        }
        let Some((mark, tell)) = &mut self.walks else {
            return Ok(Turn::More);
        };
        if !self.store.silent && tell.position() != mark.position() {
            let until = mark.position();
            if !tell_flags(world, open, tell, until, self.store.uid, out)? {
                return Ok(Turn::More);
            }
        }
        if !self.ended {
            let mut uids = Vec::new();
            self.ended = mark.step(world.tx, &open.view, &mut |met: &Met| {
                if met.expunged {
                    self.expunged = true;
                } else {
                    uids.push(met.uid);
                }
                Ok(if uids.len() < BATCH { Go::On } else { Go::Stop })
            })?;
            self.expunged |= mark.lost > 0;
            if !uids.is_empty() {
                return Ok(Turn::Write(marking(&self.store, &open.view, uids)));
            }
        }
        if !self.ended {
            return Ok(Turn::More);
        }
        if self.expunged && !self.store.uid {
            return Err(No::with(
                Code::ExpungeIssued,
                "Some of these messages are no more",
            ));
        }
        Ok(Turn::Done(Done::ok("STORE completed")))
    }
}

/// Prints the flags of messages up to a place; whether it got there.
fn tell_flags(
    world: &World<'_>,
    open: &Open,
    tell: &mut Walk,
    until: (usize, Uid),
    uid: bool,
    out: &mut Vec<u8>,
) -> ::store::Result<bool> {
    let mut names = Names::default();
    let ended = tell.step_until(until, world.tx, &open.view, &mut |met| {
        if out.len() >= world.limits.piece {
            return Ok(Go::Back);
        }
        print_fetch(world, open, &mut names, met, uid, out)?;
        Ok(Go::On)
    })?;
    Ok(ended)
}

fn print_fetch(
    world: &World<'_>,
    open: &Open,
    names: &mut Names,
    met: &Met,
    uid: bool,
    out: &mut Vec<u8>,
) -> ::store::Result<()> {
    out.extend_from_slice(b"* ");
    print::number(met.number.into(), out);
    out.extend_from_slice(b" FETCH (");
    if uid {
        out.extend_from_slice(b"UID ");
        print::number(met.uid.into(), out);
        out.push(b' ');
    }
    let recent = !open.known.dialect.rev2 && open.view.is_recent(met.uid);
    names.print_fetch(world.tx, open.view.viewer, met.entry.flags, recent, out)?;
    out.extend_from_slice(b")\r\n");
    Ok(())
}

/// One batch.
fn marking(store: &Store, view: &View, uids: Vec<Uid>) -> Deed<Open> {
    let (mailbox, viewer) = (view.mailbox, view.viewer);
    let (told, own) = (view.told.flags, view.told.own.clone());
    let (change, list, silent, with_uid) =
        (store.change, store.flags.clone(), store.silent, store.uid);
    Deed::new(
        move |tx| {
            let before = tx.counters(mailbox)?.highest_modseq;
            let mut untold = Vec::new();
            if silent && before > told {
                untold = others(tx, mailbox, &uids, told, &own)?;
            }
            let flags = match change {
                StoreChange::Replace | StoreChange::Add => flags::intern(tx, viewer, &list)?,
                StoreChange::Remove => flags::known(tx, viewer, &list)?,
            };
            let change = match change {
                StoreChange::Replace => FlagChange::Replace(flags),
                StoreChange::Add => FlagChange::Add(flags),
                StoreChange::Remove => FlagChange::Remove(flags),
            };
            tx.mark(mailbox.account, mailbox, &uids, change, None)?;
            Ok((before, tx.counters(mailbox)?.highest_modseq, flags, untold))
        },
        move |(before, after, flags, untold): (ModSeq, ModSeq, _, Vec<Uid>),
              world,
              open: &mut Open,
              out| {
            open.view.changed(before, after);
            sync::announce_keywords(world, &mut open.view, flags, out)?;
            let mut names = Names::default();
            for uid in untold {
                let number = open.view.uids.sequence(uid);
                let (Some(number), Some(entry)) = (number, world.tx.entry(open.view.mailbox, uid)?)
                else {
                    continue;
                };
                let met = Met {
                    number,
                    uid,
                    entry,
                    expunged: false,
                };
                print_fetch(world, open, &mut names, &met, with_uid, out)?;
            }
            Ok(Done::ok("STORE completed").then(Next::Step))
        },
    )
}

/// Those of `uids` that others have changed since `told`.
fn others(
    tx: &::store::WriteTx<'_>,
    mailbox: ::store::MailboxId,
    uids: &[Uid],
    told: ModSeq,
    own: &[ModSeq],
) -> ::store::Result<Vec<Uid>> {
    let (Some(first), Some(last)) = (uids.first(), uids.last()) else {
        return Ok(Vec::new());
    };
    let mut untold = Vec::new();
    tx.entries(mailbox, *first..=*last, &mut |uid, entry| {
        if entry.modseq > told && !own.contains(&entry.modseq) && uids.binary_search(&uid).is_ok() {
            untold.push(uid);
        }
        true
    })?;
    Ok(untold)
}
