//! CREATE (RFC 9051 §6.3.4), with the use that the mailbox is for (RFC 6154 §3).

use ::store::Read;

use crate::code::Code;
use crate::command::Create;
use crate::deed::{Deed, Done, Known, No, Turn, Verb};

/// CREATE. A name that is there already is NO [ALREADYEXISTS] (A31); a use that another mailbox has is NO [USEATTR].
pub(super) fn verb(create: Create) -> Box<dyn Verb<Known>> {
    let Create {
        mailbox,
        special_use,
    } = create;
    super::verb(move |world, known: &mut Known, _| {
        let account = known.account;
        if world
            .tx
            .mailbox_by_name(account, &mailbox)?
            .is_some_and(|mailbox| mailbox.selectable)
        {
            return Err(No::with(
                Code::AlreadyExists,
                "There is a mailbox of this name",
            ));
        }
        if let Some(special_use) = special_use
            && world.tx.special(account, special_use)?.is_some()
        {
            return Err(No::with(Code::UseAttr, "Another mailbox has this use"));
        }
        let name = mailbox.clone();
        Ok(Turn::Write(Deed::new(
            move |tx| tx.create_mailbox(account, &name, special_use),
            |_, _, _, _| Ok(Done::ok("CREATE completed")),
        )))
    })
}
