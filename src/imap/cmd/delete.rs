//! DELETE (RFC 9051 §6.3.5): a mailbox with mailboxes under it stays as a name that cannot be selected. Right `x`.

use ::store::{Read, Rights};

use crate::cmd::access;
use crate::code::Code;
use crate::command::MailboxName;
use crate::deed::{Deed, Done, Known, No, Turn, Verb};

/// DELETE.
pub(super) fn verb(name: MailboxName) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, _| {
        let place = access::find(world, known, &name)?.ok_or_else(access::missing)?;
        place.allows(Rights::DELETE_MAILBOX)?;
        let mailbox = place.mailbox;
        if mailbox.name == "INBOX" {
            return Err(No::with(Code::Cannot, "INBOX cannot be deleted"));
        }
        if !mailbox.selectable {
            return Err(No::with(
                Code::HasChildren,
                "Only the mailboxes under this name can be deleted",
            ));
        }
        let me = known.account;
        Ok(Turn::Write(Deed::new(
            move |tx| {
                tx.require(me, mailbox.id, Rights::DELETE_MAILBOX)?;
                // By now another mailbox may have the name.
                let named = tx.mailbox_by_name(mailbox.id.account, &mailbox.name)?;
                if named.is_none_or(|named| named.id != mailbox.id) {
                    return Err(::store::Error::NoSuchMailbox);
                }
                tx.delete_mailbox(mailbox.id.account, &mailbox.name)
            },
            |(), _, _, _| Ok(Done::ok("DELETE completed")),
        )))
    })
}
