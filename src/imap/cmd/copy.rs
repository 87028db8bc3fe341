//! COPY (RFC 9051 §6.4.7) and MOVE (§6.4.8, RFC 6851), with COPYUID (RFC 4315 §3).
//!
//! One transaction: all of the messages or none. What another session has expunged meanwhile cannot be copied: a set of UIDs goes on
//! without it, a set of sequence numbers is refused with EXPUNGEISSUED. UIDs that never were are no mistake (A36). Memory is
//! 12 octets a message while the deed runs.
//!
//! Both need the right `i` on the other mailbox, MOVE `t` and `e` on this one as well (RFC 4314 §4, RFC 6851 §4.2). Of the flags those go
//! along that the person may set there; a flag that may not be set is no reason to refuse. A MOVE from one mailbox to another of the same owner
//! keeps what everybody has marked, but `\Deleted` without the right `t` there.

use ::store::{MailboxId, Read, Rights, Uid};

use crate::cmd::walk::{Go, Walk};
use crate::cmd::{access, select};
use crate::code::Code;
use crate::command::Transfer;
use crate::deed::{Deed, Done, No, Open, Turn, Verb, World};

/// What MOVE asks of the mailbox out of which it takes messages (RFC 6851 §4.2).
const TAKING: Rights = Rights::DELETE_MESSAGES.union(Rights::EXPUNGE);

/// COPY.
pub(super) fn copy(transfer: Transfer) -> Box<dyn Verb<Open>> {
    super::verb(move |world, open: &mut Open, _| {
        let Some((from, uids, to)) = messages(world, open, &transfer)? else {
            return Ok(Turn::Done(Done::ok(
                "COPY completed: there was nothing to copy",
            )));
        };
        let (me, saved) = (open.known.account, saved(world));
        Ok(Turn::Write(Deed::new(
            move |tx| {
                tx.require(me, from, Rights::READ)?;
                tx.require(me, to, Rights::INSERT)?;
                Ok((
                    tx.counters(to)?.uid_validity,
                    tx.copy(me, from, &uids, to, saved)?,
                ))
            },
            |(validity, pairs), _, _, _| {
                Ok(
                    copied(validity, pairs).map_or(Done::ok("COPY completed"), |code| {
                        Done::with(code, "COPY completed")
                    }),
                )
            },
        )))
    })
}

/// MOVE: COPYUID comes untagged before the EXPUNGEs (RFC 6851 §4.3), which [`crate::sync`] prints. Within one mailbox it gives new UIDs (§3.3).
pub(super) fn move_messages(transfer: Transfer) -> Box<dyn Verb<Open>> {
    super::verb(move |world, open: &mut Open, _| {
        open.view.writable()?;
        open.view.may(TAKING)?;
        let Some((from, uids, to)) = messages(world, open, &transfer)? else {
            return Ok(Turn::Done(Done::ok(
                "MOVE completed: there was nothing to move",
            )));
        };
        let (me, saved) = (open.known.account, saved(world));
        Ok(Turn::Write(Deed::new(
            move |tx| {
                tx.require(me, from, TAKING.union(Rights::READ))?;
                tx.require(me, to, Rights::INSERT)?;
                let before = tx.counters(from)?.highest_modseq;
                let pairs = tx.move_messages(me, from, &uids, to, saved)?;
                Ok((
                    before,
                    tx.counters(from)?.highest_modseq,
                    tx.counters(to)?.uid_validity,
                    pairs,
                ))
            },
            |(before, after, validity, pairs), _, open: &mut Open, out| {
                open.view.expunged(before, after);
                if let Some(code) = copied(validity, pairs) {
                    select::code(&code, b"Moved", out);
                }
                Ok(open.highest_modseq(Done::ok("MOVE completed"), before, after))
            },
        )))
    })
}

/// Where from, which, and where to; `None`: no message at all.
fn messages(
    world: &World<'_>,
    open: &Open,
    transfer: &Transfer,
) -> Result<Option<(MailboxId, Vec<Uid>, MailboxId)>, No> {
    let view = &open.view;
    let ranges = view.ranges(&transfer.set, transfer.uid)?;
    let to = access::destination(world, &open.known, &transfer.mailbox)?
        .mailbox
        .id;
    let (mut uids, mut gone) = (Vec::new(), false);
    let mut walk = Walk::new(ranges);
    walk.step(world.tx, view, &mut |met| {
        if met.expunged {
            gone = true;
        } else {
            uids.push(met.uid);
        }
        Ok(Go::On)
    })?;
    if !transfer.uid && (gone || walk.lost > 0) {
        return Err(No::with(
            Code::ExpungeIssued,
            "Some of these messages are no more: look at the mailbox again",
        ));
    }
    Ok((!uids.is_empty()).then_some((view.mailbox, uids, to)))
}

/// SAVEDATE of the copies.
fn saved(world: &World<'_>) -> u32 {
    u32::try_from(world.unix).unwrap_or_default()
}

fn copied(validity: u32, pairs: Vec<(Uid, Uid)>) -> Option<Code> {
    let (from, to): (Vec<Uid>, Vec<Uid>) = pairs.into_iter().unzip();
    (!from.is_empty()).then_some(Code::CopyUid(validity, from, to))
}

#[cfg(test)]
#[path = "copy_tests.rs"]
mod tests;
