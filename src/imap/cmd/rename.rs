//! RENAME (RFC 9051 §6.3.6): with all mailboxes under it; of INBOX the messages move and INBOX stays.

use ::store::Read;

use crate::code::Code;
use crate::command::MailboxName;
use crate::deed::{Deed, Done, Known, No, Turn, Verb};

/// RENAME.
pub(super) fn verb(from: MailboxName, to: MailboxName) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, _| {
        let account = known.account;
        if world.tx.mailbox_by_name(account, &from)?.is_none() {
            return Err(No::with(
                Code::NonExistent,
                "There is no mailbox of this name",
            ));
        }
        if world.tx.mailbox_by_name(account, &to)?.is_some() {
            return Err(No::with(
                Code::AlreadyExists,
                "There is a mailbox of the new name",
            ));
        }
        if to
            .strip_prefix(from.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
            && from != "INBOX"
        {
            return Err(No::with(Code::Cannot, "A mailbox cannot go under itself"));
        }
        let (from, to) = (from.clone(), to.clone());
        Ok(Turn::Write(Deed::new(
            move |tx| tx.rename_mailbox(account, &from, &to),
            |(), _, _, _| Ok(Done::ok("RENAME completed")),
        )))
    })
}
