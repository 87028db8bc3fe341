//! DELETEACL (RFC 4314 §3.2): right `a`. A line that is not there is no mistake.

use ::store::{Rights, Who};

use crate::command::{Identifier, MailboxName};
use crate::deed::{Deed, Done, Known, Turn, Verb};

/// DELETEACL.
pub(crate) fn verb(mailbox: MailboxName, identifier: Identifier) -> Box<dyn Verb<Known>> {
    crate::cmd::verb(move |world, known: &mut Known, _| {
        let id = super::administered(world, known, &mailbox)?.mailbox.id;
        let who = super::who(world.tx, &identifier)?;
        if who == Who::Account(id.account) {
            return Err(super::owner_has_all());
        }
        let (me, negative) = (known.account, identifier.negative);
        Ok(Turn::Write(Deed::new(
            move |tx| {
                tx.require(me, id, Rights::ADMIN)?;
                tx.set_acl(id, who, negative, Rights::NONE)
            },
            |_, _, _, _| Ok(Done::ok("DELETEACL completed")),
        )))
    })
}
