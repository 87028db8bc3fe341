//! CREATE (RFC 9051 §6.3.4), with the use that the mailbox is for (RFC 6154 §3). Under another's mailbox it needs the right `k`, and the
//! new mailbox is the other's, with the list of the one above (RFC 4314 §4).

use ::store::Read;

use crate::cmd::{access, status};
use crate::code::Code;
use crate::command::Create;
use crate::deed::{Deed, Done, Known, No, Turn, Verb};

/// CREATE. A name that is there already is NO [ALREADYEXISTS] (A31); a use that another mailbox has is NO [USEATTR], and so is any in
/// another's tree, because uses are each person's own. The OK has the MAILBOXID (RFC 8474 §4.1).
pub(super) fn verb(create: Create) -> Box<dyn Verb<Known>> {
    let Create {
        mailbox,
        special_use,
    } = create;
    super::verb(move |world, known: &mut Known, _| {
        let spot = access::vacant(world, known, &mailbox)?;
        let owner = spot.owner;
        if world
            .tx
            .mailbox_by_name(owner, &spot.name)?
            .is_some_and(|mailbox| mailbox.selectable)
        {
            return Err(No::with(
                Code::AlreadyExists,
                "There is a mailbox of this name",
            ));
        }
        if let Some(special_use) = special_use {
            if owner != known.account {
                return Err(No::with(
                    Code::UseAttr,
                    "A special use is given to own mailboxes only",
                ));
            }
            if world.tx.special(owner, special_use)?.is_some() {
                return Err(No::with(Code::UseAttr, "Another mailbox has this use"));
            }
        }
        Ok(Turn::Write(Deed::new(
            move |tx| tx.create_mailbox(owner, &spot.name, special_use),
            |id, _, _, _| {
                Ok(Done::with(
                    Code::MailboxId(status::mailbox_id(id)),
                    "CREATE completed",
                ))
            },
        )))
    })
}
