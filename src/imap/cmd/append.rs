//! APPEND (RFC 9051 §6.3.12): a message that the session has received and brought into the store gets its place in a mailbox.
//!
//! Two halves: [`admit`] refuses before the literal is read, so that a client learns of a missing mailbox without sending 50 MB;
//! [`deed`] delivers. MULTIAPPEND's several messages are one transaction.

use ::store::{Delivery, Read};

use crate::cmd::{access, flags};
use crate::code::Code;
use crate::command::{Append, MailboxName};
use crate::deed::{Appended, Deed, Done, Known, No, World};

/// Whether a message of `size` octets may come: NO `TRYCREATE`, `TOOBIG` (RFC 7889 §4), `OVERQUOTA` or `LIMIT`.
pub fn admit(world: &World<'_>, known: &Known, append: &Append, size: u64) -> Result<(), No> {
    let place = access::destination(world, known, &append.mailbox)?;
    if size > world.limits.message {
        return Err(No::with(
            Code::TooBig,
            "The message is larger than APPENDLIMIT",
        ));
    }
    // It counts on the quota of the mailbox's owner.
    let owner = world.tx.account(place.mailbox.id.account)?;
    let usage = world.tx.usage(owner.id)?;
    if let Some(quota) = owner.quota.or(world.store.default_quota())
        && usage.octets.saturating_add(size) > quota
    {
        return Err(::store::Error::OverQuota { quota }.into());
    }
    if let Some(quota) = owner.quota_messages
        && usage.messages >= quota
    {
        return Err(::store::Error::TooManyMessages { quota }.into());
    }
    Ok(())
}

/// Delivers. The answer has APPENDUID (RFC 4315 §3, A29).
pub fn deed(known: &Known, mailbox: MailboxName, messages: Vec<Appended>) -> Deed<Known> {
    let account = known.account;
    let run = move |tx: &mut ::store::WriteTx<'_>| {
        let found = access::destination_in(tx, account, &mailbox)?;
        // Whatever the reason is now: when the literal was asked for it was none.
        let into = found.map_err(|_| ::store::Error::NoSuchMailbox)?.mailbox.id;
        let mut uids = Vec::with_capacity(messages.len());
        for message in messages {
            let flags = flags::intern_what_fits(tx, account, &message.flags)?;
            let Appended {
                body, head, record, ..
            } = message;
            uids.extend(
                tx.deliver_for(
                    account,
                    &Delivery {
                        body,
                        head,
                        record,
                        into: vec![(into, flags)],
                        letters: Vec::new(),
                    },
                )?
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
