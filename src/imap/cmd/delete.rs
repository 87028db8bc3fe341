//! DELETE (RFC 9051 §6.3.5): a mailbox with mailboxes under it stays as a name that cannot be selected.

use ::store::Read;

use crate::code::Code;
use crate::command::MailboxName;
use crate::deed::{Deed, Done, Known, No, Turn, Verb};

/// DELETE.
pub(super) fn verb(name: MailboxName) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, _| {
        let account = known.account;
        if name == "INBOX" {
            return Err(No::with(Code::Cannot, "INBOX cannot be deleted"));
        }
        let missing = || No::with(Code::NonExistent, "There is no mailbox of this name");
        let mailbox = world
            .tx
            .mailbox_by_name(account, &name)?
            .ok_or_else(missing)?;
        if !mailbox.selectable {
            return Err(No::with(
                Code::HasChildren,
                "Only the mailboxes under this name can be deleted",
            ));
        }
        let name = name.clone();
        Ok(Turn::Write(Deed::new(
            move |tx| tx.delete_mailbox(account, &name),
            |(), _, _, _| Ok(Done::ok("DELETE completed")),
        )))
    })
}
