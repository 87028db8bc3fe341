//! EXPUNGE (RFC 9051 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1): removes what is \Deleted for good. [`crate::sync`] prints what went; the tagged
//! OK has HIGHESTMODSEQ for who has enabled QRESYNC (RFC 7162 §3.2.7, §3.2.9).

use ::store::{Read, Rights, Uid};

use crate::cmd::walk::{Go, Walk};
use crate::command::SequenceSet;
use crate::deed::{Deed, Done, Open, Turn, Verb};

/// EXPUNGE; with a set UID EXPUNGE, which removes only what is in the set.
pub(super) fn verb(set: Option<SequenceSet>) -> Box<dyn Verb<Open>> {
    super::verb(move |world, open: &mut Open, _| {
        let view = &open.view;
        view.writable()?;
        view.may(Rights::EXPUNGE)?;
        let (me, mailbox) = (view.viewer, view.mailbox);
        let deleted = match world.tx.counters(mailbox) {
            Ok(counters) => counters.deleted,
            Err(::store::Error::NoSuchMailbox) => 0,
            Err(error) => return Err(error.into()),
        };
        let only = match &set {
            _ if deleted == 0 => return Ok(Turn::Done(Done::ok("EXPUNGE completed"))),
            None => None,
            Some(set) => {
                let mut uids: Vec<Uid> = Vec::new();
                Walk::new(view.ranges(set, true)?).step(world.tx, view, &mut |met| {
                    if met.entry.flags.contains(::store::Flags::DELETED) && !met.expunged {
                        uids.push(met.uid);
                    }
                    Ok(Go::On)
                })?;
                Some(uids)
            }
        };
        Ok(Turn::Write(Deed::new(
            move |tx| {
                tx.require(me, mailbox, Rights::EXPUNGE)?;
                let before = tx.counters(mailbox)?.highest_modseq;
                tx.expunge_deleted(mailbox, only.as_deref())?;
                Ok((before, tx.counters(mailbox)?.highest_modseq))
            },
            |(before, after), _, open: &mut Open, _| {
                open.view.expunged(before, after);
                let done = Done::ok("EXPUNGE completed");
                Ok(open.highest_modseq(done, before, after))
            },
        )))
    })
}
