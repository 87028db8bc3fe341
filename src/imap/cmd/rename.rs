//! RENAME (RFC 9051 §6.3.6): with all mailboxes under it; of INBOX the messages move and INBOX stays. Right `x` on the mailbox and `k` on
//! what the new name is under (RFC 4314 §4); access lists go along.

use ::store::{About, AccountId, Read, Rights, WriteTx};

use crate::cmd::access;
use crate::code::Code;
use crate::command::MailboxName;
use crate::deed::{Deed, Done, Known, No, Turn, Verb};

/// RENAME. From one person's tree to another's nothing is renamed: such a mailbox would change its owner, and quota.
pub(super) fn verb(from: MailboxName, to: MailboxName) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, _| {
        let place = access::find(world, known, &from)?.ok_or_else(access::missing)?;
        place.allows(Rights::DELETE_MAILBOX)?;
        let spot = access::vacant(world, known, &to)?;
        let owner = place.mailbox.id.account;
        if spot.owner != owner {
            return Err(No::with(
                Code::Cannot,
                "A mailbox stays with its owner: COPY or MOVE its messages",
            ));
        }
        let (me, id) = (known.account, place.mailbox.id);
        let (from, to) = (place.mailbox.name, spot.name);
        if world.tx.mailbox_by_name(owner, &to)?.is_some() {
            return Err(No::with(
                Code::AlreadyExists,
                "There is a mailbox of the new name",
            ));
        }
        let below = to
            .strip_prefix(from.as_str())
            .is_some_and(|rest| rest.starts_with('/'));
        if below && from != "INBOX" {
            return Err(No::with(Code::Cannot, "A mailbox cannot go under itself"));
        }
        if from == "INBOX" && owner != known.account {
            return Err(No::with(
                Code::Cannot,
                "The INBOX of another cannot be renamed: MOVE its messages",
            ));
        }
        Ok(Turn::Write(Deed::new(
            move |tx| {
                // By now another mailbox may have the name; a level that only holds others has no list to look at.
                let named = tx.mailbox_by_name(owner, &from)?;
                if named.is_none_or(|named| named.id != id) {
                    return Err(::store::Error::NoSuchMailbox);
                }
                if me != owner {
                    tx.require(me, id, Rights::DELETE_MAILBOX)?;
                }
                tx.rename_mailbox(owner, &from, &to)?;
                if from == "INBOX" {
                    copy_annotations(tx, owner, &to)?;
                }
                Ok(())
            },
            |(), _, _, _| Ok(Done::ok("RENAME completed")),
        )))
    })
}

/// What was an annotation of INBOX is one of both (RFC 5464 §4.1); all others go along with their mailbox.
fn copy_annotations(tx: &mut WriteTx<'_>, owner: AccountId, to: &str) -> ::store::Result<()> {
    let (Some(inbox), Some(renamed)) = (
        tx.mailbox_by_name(owner, "INBOX")?,
        tx.mailbox_by_name(owner, to)?,
    ) else {
        return Ok(());
    };
    let people = tx.accounts()?.into_iter().map(|person| Some(person.id));
    for whose in std::iter::once(None).chain(people) {
        for (entry, value) in tx.metadata_all(About::Mailbox(inbox.id), whose)? {
            tx.set_metadata(About::Mailbox(renamed.id), whose, &entry, Some(&value))?;
        }
    }
    Ok(())
}
