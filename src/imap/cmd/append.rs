//! APPEND (RFC 9051 §6.3.12): a message that the session has received and brought into the store gets its place in a mailbox.
//!
//! Two halves: [`admit`] refuses before the literal is read, so that a client learns of a missing mailbox without sending 50 MB;
//! [`deed`] delivers. MULTIAPPEND's several messages are one transaction.

use ::store::{Delivery, Read};

use crate::cmd::flags;
use crate::code::Code;
use crate::command::{Append, MailboxName};
use crate::deed::{Appended, Deed, Done, Known, No, World};

/// Whether a message of `size` octets may come: NO `TRYCREATE`, `TOOBIG` (RFC 7889 §4), `OVERQUOTA` or `LIMIT`.
pub fn admit(world: &World<'_>, known: &Known, append: &Append, size: u64) -> Result<(), No> {
    super::destination(world, known.account, &append.mailbox)?;
    if size > world.limits.message {
        return Err(No::with(
            Code::TooBig,
            "The message is larger than APPENDLIMIT",
        ));
    }
    let own = world.tx.account(known.account)?.quota;
    if let Some(quota) = own.or(world.store.default_quota())
        && world.tx.usage(known.account)?.octets.saturating_add(size) > quota
    {
        return Err(::store::Error::OverQuota { quota }.into());
    }
    Ok(())
}

/// Delivers. The answer has APPENDUID (RFC 4315 §3, A29).
pub fn deed(known: &Known, mailbox: MailboxName, messages: Vec<Appended>) -> Deed<Known> {
    let account = known.account;
    let run = move |tx: &mut ::store::WriteTx<'_>| {
        let found = tx
            .mailbox_by_name(account, &mailbox)?
            .filter(|mailbox| mailbox.selectable);
        let into = found.ok_or(::store::Error::NoSuchMailbox)?.id;
        let mut uids = Vec::with_capacity(messages.len());
        for message in messages {
            let flags = flags::intern_what_fits(tx, account, &message.flags)?;
            let Appended {
                body, head, record, ..
            } = message;
            uids.extend(
                tx.deliver(&Delivery {
                    body,
                    head,
                    record,
                    into: vec![(into, flags)],
                    letters: Vec::new(),
                })?
                .uids,
            );
        }
        Ok((tx.counters(into)?.uid_validity, uids))
    };
    Deed::new(run, |(validity, uids), _, _, _| {
        Ok(Done::with(
            Code::AppendUid(validity, uids),
            "APPEND completed",
        ))
    })
    .refused(refused)
}

fn refused(error: ::store::Error) -> No {
    match error {
        ::store::Error::NoSuchMailbox => No::with(
            Code::TryCreate,
            "There is no mailbox of this name: CREATE it first",
        ),
        other => other.into(),
    }
}
