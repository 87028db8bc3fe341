//! CLOSE (RFC 9051 §6.4.1) and UNSELECT (§6.4.2): both leave the mailbox; CLOSE first removes what is \Deleted, without a word of it,
//! and without HIGHESTMODSEQ (RFC 7162 §3.2.8).

use ::store::{Read, Rights};

use crate::deed::{Deed, Done, Next, Open, Turn, Verb};

/// CLOSE. In a mailbox that was opened by EXAMINE, or without the right to expunge (RFC 4314 §4), it removes nothing; it succeeds also where the mailbox is no more.
pub(super) fn close() -> Box<dyn Verb<Open>> {
    super::verb(|world, open: &mut Open, _| {
        let (me, mailbox) = (open.view.viewer, open.view.mailbox);
        let closed = || Done::ok("CLOSE completed").then(Next::Known);
        let nothing = match world.tx.counters(mailbox) {
            Ok(counters) => counters.deleted == 0,
            Err(::store::Error::NoSuchMailbox) => true,
            Err(error) => return Err(error.into()),
        };
        let may = open.view.may(Rights::EXPUNGE).is_ok();
        if open.view.read_only || nothing || !may {
            return Ok(Turn::Done(closed()));
        }
        Ok(Turn::Write(Deed::new(
            move |tx| match tx.require(me, mailbox, Rights::EXPUNGE) {
                Ok(()) => tx.expunge_deleted(mailbox, None),
                Err(::store::Error::NotPermitted | ::store::Error::NoSuchMailbox) => Ok(Vec::new()),
                Err(error) => Err(error),
            },
            move |_, _, _, _| Ok(closed()),
        )))
    })
}

/// UNSELECT.
pub(super) fn unselect() -> Box<dyn Verb<Open>> {
    super::verb(|_, _, _| Ok(Turn::Done(Done::ok("UNSELECT completed").then(Next::Known))))
}
