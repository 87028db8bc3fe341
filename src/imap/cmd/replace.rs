//! REPLACE and UID REPLACE (RFC 8508): a message takes the place of another, in one transaction.
//!
//! Promises: both happen or neither; what goes away counts against the quota no more when the new one is judged (§3.4); APPENDUID is told in an
//! untagged OK before the EXPUNGE (§4.3). The replaced message goes whatever its flags are, and nothing of it is inherited.

use ::store::{Read, Rights, Uid};

use crate::cmd::access;
use crate::cmd::append::{self, Messages};
use crate::code::Code;
use crate::command::Append;
use crate::deed::{Deed, Done, No, Open, World};
use crate::view::View;

/// What it takes to make the old message go (RFC 4314 §4, EXPUNGE and STORE).
const TAKING: Rights = Rights::DELETE_MESSAGES.union(Rights::EXPUNGE);

/// Finds the message that is to go, and remembers it by its UID; the octets that it frees.
pub(super) fn admit(world: &World<'_>, view: &View, append: &mut Append) -> Result<u64, No> {
    let Some(replace) = &mut append.replace else {
        return Ok(0);
    };
    view.writable()?;
    // The view has the rights of the command before.
    if !world.tx.rights(view.viewer, view.mailbox)?.contains(TAKING) {
        return Err(access::not_permitted());
    }
    let uid = match replace.uid {
        true => replace.number,
        false => view
            .uids
            .uid(replace.number)
            .ok_or_else(|| No::bad("There is no message of this number"))?,
    };
    (replace.number, replace.uid) = (uid, true);
    match world.tx.entry(view.mailbox, uid)? {
        Some(entry) => Ok(entry.size.into()),
        None => Err(gone()),
    }
}

/// Replaces.
pub(crate) fn deed(open: &Open, append: Append, messages: Messages) -> Deed<Open> {
    let (account, from) = (open.known.account, open.view.mailbox);
    let uid: Uid = append.replace.as_ref().map_or(0, |replace| replace.number);
    let run = move |tx: &mut ::store::WriteTx<'_>| {
        let into = append::into(tx, account, &append.mailbox)?;
        // The message may have taken half an hour to come.
        tx.require(account, from, TAKING)?;
        let before = tx.counters(from)?.highest_modseq;
        if tx.expunge(from, &[uid])?.is_empty() {
            return Err(::store::Error::NoSuchMessage);
        }
        let after = tx.counters(from)?.highest_modseq;
        Ok((before, after, messages.append(tx, account, into)?))
    };
    Deed::new(
        run,
        |(before, after, (validity, uids)), _, open: &mut Open, out| {
            open.view.expunged(before, after);
            out.extend_from_slice(b"* OK [");
            Code::AppendUid(validity, uids).print(out);
            out.extend_from_slice(b"] The message has replaced the other\r\n");
            Ok(open.highest_modseq(Done::ok("REPLACE completed"), before, after))
        },
    )
    .refused(|error| match error {
        ::store::Error::NoSuchMessage => gone(),
        other => append::refused(other),
    })
}

fn gone() -> No {
    No::with(
        Code::ExpungeIssued,
        "The message that was to be replaced is no more: nothing is appended",
    )
}
