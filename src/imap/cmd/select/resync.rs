//! SELECT's QRESYNC parameter: what has changed since the client was here (RFC 7162 §3.2.5).
//!
//! It is what a `UID FETCH known (FLAGS) (CHANGEDSINCE modseq VANISHED)` would say: VANISHED (EARLIER) first, then the flags of what has changed,
//! in pieces. What changes while it is said is told as news behind it.

use ::store::{ModSeq, Uid};

use crate::cmd::flags::Names;
use crate::cmd::response::{self, Parts};
use crate::cmd::vanished;
use crate::command::{Resync, SequenceSet};
use crate::deed::{Dialect, World};
use crate::view::{Ranges, View};

/// A mailbox that is open but for what the client is still to be told of it.
pub(super) struct Resyncing {
    pub(super) view: Box<View>,
    /// UIDs that are no more
    gone: Ranges,
    /// UIDs whose flags are told where they have changed, ascending, the last range first
    changed: Ranges,
    /// after this
    since: ModSeq,
}

impl Resyncing {
    /// Nothing is to be told without the parameter, nor where UIDVALIDITY is another (§3.2.5: as if nothing had changed).
    pub(super) fn new(
        world: &World<'_>,
        view: View,
        resync: Option<&Resync>,
    ) -> ::store::Result<Resyncing> {
        let mut doing = Resyncing {
            view: Box::new(view),
            gone: Ranges::new(),
            changed: Ranges::new(),
            since: 0,
        };
        let view = &doing.view;
        let Some(resync) = resync.filter(|resync| resync.uid_validity == view.uid_validity) else {
            return Ok(doing);
        };
        let all = || vec![(1, view.uid_next.saturating_sub(1))];
        let known = resync.known.as_ref().and_then(|known| known.resolve(0));
        let known = known.unwrap_or_else(all);
        let matched = resync
            .matches
            .as_ref()
            .map_or(0, |(numbers, uids): &(SequenceSet, SequenceSet)| {
                vanished::matched(view, numbers, uids)
            });
        doing.gone = vanished::earlier(world, view, known.clone(), resync.modseq, matched)?;
        if resync.modseq < view.told.flags {
            doing.changed = known;
            doing.changed.reverse();
            doing.since = resync.modseq;
        }
        Ok(doing)
    }

    /// Goes on telling; whether that was all.
    pub(super) fn step(
        &mut self,
        world: &World<'_>,
        dialect: Dialect,
        out: &mut Vec<u8>,
    ) -> ::store::Result<bool> {
        if !vanished::print(&mut self.gone, world.limits.piece, out) {
            return Ok(false);
        }
        let mut names = Names::default();
        let view = &self.view;
        while let Some((first, last)) = self.changed.last().copied() {
            let (mut stopped, mut printed) = (None, Ok(()));
            let looked =
                view.changed_since(world.tx, self.since, first..=last, &mut |uid, entry| {
                    // What came later is news.
                    let number = view.uids.sequence(uid);
                    let Some(number) = number.filter(|_| entry.modseq <= view.told.flags) else {
                        return true;
                    };
                    if out.len() >= world.limits.piece {
                        stopped = Some(uid);
                        return false;
                    }
                    let message: (u32, Uid) = (number, uid);
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
                });
            match looked {
                Ok(()) | Err(::store::Error::NoSuchMailbox) => printed?,
                Err(error) => return Err(error),
            }
            if let (Some(uid), Some(range)) = (stopped, self.changed.last_mut()) {
                range.0 = uid;
                return Ok(false);
            }
            self.changed.pop();
        }
        Ok(true)
    }
}
