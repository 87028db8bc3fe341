//! STORE and UID STORE (RFC 9051 §6.4.6, RFC 7162 §3.1.3).
//!
//! Large sets go in batches, each one commit; the FETCHes of a batch follow its commit in pieces. With .SILENT they are left out, but for
//! messages whose flags another session had changed before without this client having been told, and for the MODSEQ that a client of
//! CONDSTORE needs to know. What fails UNCHANGEDSINCE stands in MODIFIED, and its flags are told, here or as news, so that the client can
//! decide anew.
//!
//! Cannot: one modseq a message is kept, not one a flag, so a change of another flag fails UNCHANGEDSINCE, too (RFC 7162 §3.1.3 allows
//! it and would rather have it otherwise).

mod batch;

use ::store::{Flags, Uid};

use crate::cmd::access;
use crate::cmd::flags::Names;
use crate::cmd::response::{self, Parts};
use crate::cmd::walk::{Go, Met, Walk};
use crate::code::Code;
use crate::command::{Store, StoreChange};
use crate::deed::{Done, No, Open, Turn, Verb, World};
use crate::sync;
use batch::{Batch, Marked};

/// Messages in one commit: 256 KiB of UIDs, and a writer that is busy for 50 ms.
const BATCH: usize = 65_536;

/// STORE.
pub(super) fn verb(store: Store) -> Box<dyn Verb<Open>> {
    Box::new(Storing {
        store,
        walks: None,
        marked: Marked::default(),
        batch: Batch::default(),
        ended: false,
        expunged: false,
        modified: Vec::new(),
    })
}

struct Storing {
    store: Store,
    /// how far messages have been marked, and how far they have been told
    walks: Option<(Walk, Walk)>,
    /// where the last commit leaves what came of it
    marked: Marked,
    /// what came of the last commit
    batch: Batch,
    /// all have been marked
    ended: bool,
    /// a message could not be marked because it is no more
    expunged: bool,
    /// what failed UNCHANGEDSINCE, ascending
    modified: Vec<Uid>,
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
            self.allowed(open)?;
            let walk = Walk::new(open.view.ranges(&self.store.set, self.store.uid)?);
            if self.store.unchanged_since.is_some() {
                sync::modseq::enable(open, out);
            }
            self.walks = Some((walk.clone(), walk));
        }
        if let Some(batch) = self.marked.take() {
            self.modified.extend(&batch.refused);
            self.batch = batch;
        }
        if !self.tell(world, open, out)? {
            return Ok(Turn::More);
        }
        let Some((mark, _)) = self.walks.as_mut().filter(|_| !self.ended) else {
            return self.done(open);
        };
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
        if uids.is_empty() {
            return Ok(Turn::More);
        }
        Ok(Turn::Write(batch::deed(
            &self.store,
            &open.view,
            uids,
            &self.marked,
        )))
    }
}

impl Storing {
    /// One flag that may be changed is enough; the others are passed over (RFC 4314 §4: clients take a NO badly). FLAGS changes all there are.
    fn allowed(&self, open: &Open) -> Result<(), No> {
        let view = &open.view;
        let list = &self.store.flags;
        let mut wanted = list.system;
        if !list.keywords.is_empty() {
            // The right to one keyword is the right to all.
            wanted = wanted.union(Flags::keyword(0).unwrap_or_default());
        }
        let all = self.store.change == StoreChange::Replace || wanted == Flags::default();
        let wanted = if all { Flags::ALL } else { wanted };
        if view.permanent().0 & wanted.0 == 0 {
            return Err(access::not_permitted());
        }
        Ok(())
    }

    /// Tells what the last batch came to; whether that was all.
    fn tell(&mut self, world: &World<'_>, open: &Open, out: &mut Vec<u8>) -> Result<bool, No> {
        let Some((mark, tell)) = &mut self.walks else {
            return Ok(true);
        };
        let until = mark.position();
        if tell.position() == until {
            return Ok(true);
        }
        let dialect = open.known.dialect;
        let quiet = self.store.silent && !dialect.condstore;
        if quiet && self.batch.untold.is_empty() && self.batch.refused.is_empty() {
            *tell = mark.clone();
            return Ok(true);
        }
        let mut names = Names::default();
        let (batch, store) = (&self.batch, &self.store);
        let ended = tell.step_until(until, world.tx, &open.view, &mut |met| {
            if out.len() >= world.limits.piece {
                return Ok(Go::Back);
            }
            let told = &open.view.told;
            let modseq = met.entry.modseq;
            // What the client has not heard of yet is news, which come by themselves.
            let news = modseq > told.flags && !told.is_own(modseq);
            let refused = || batch.refused.binary_search(&met.uid).is_ok();
            let untold = || batch.untold.binary_search(&met.uid).is_ok();
            let changed = || store.unchanged_since.is_some() || modseq >= batch.after;
            // FLAGS, only the MODSEQ, or nothing.
            let flags = if met.expunged || news {
                None
            } else if !store.silent || refused() || untold() {
                Some(true)
            } else {
                (dialect.condstore && changed()).then_some(false)
            };
            if let Some(flags) = flags {
                let parts = Parts {
                    uid: store.uid,
                    flags,
                    modseq: false,
                };
                response::change(
                    world.tx,
                    &open.view,
                    dialect,
                    &mut names,
                    (met.number, met.uid),
                    &met.entry,
                    parts,
                    out,
                )?;
            }
            Ok(Go::On)
        })?;
        Ok(ended)
    }

    /// All have been marked and told.
    fn done(&mut self, open: &Open) -> Result<Turn<Open>, No> {
        let expunged = self.expunged && !self.store.uid;
        let modified = sync::ranges(self.modified.drain(..).filter_map(|uid| {
            if self.store.uid {
                Some(uid)
            } else {
                open.view.uids.sequence(uid)
            }
        }));
        match (expunged, modified.is_empty()) {
            (true, true) => Err(No::with(
                Code::ExpungeIssued,
                "Some of these messages are no more",
            )),
            (true, false) => Err(No::with(
                Code::Modified(modified),
                "Some of these messages have changed, and others are no more",
            )),
            (false, true) => Ok(Turn::Done(Done::ok("STORE completed"))),
            (false, false) => Ok(Turn::Done(Done::with(
                Code::Modified(modified),
                "Some of these messages have changed",
            ))),
        }
    }
}
