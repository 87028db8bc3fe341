//! SETACL (RFC 4314 §3.1): right `a`.

use ::store::{Read, Rights, Who};

use crate::command::{Identifier, MailboxName, RightsChange};
use crate::deed::{Deed, Done, Known, Turn, Verb};

/// SETACL. `+` and `-` change what the list says when the write is done, not what the client believed.
pub(crate) fn verb(
    mailbox: MailboxName,
    identifier: Identifier,
    change: RightsChange,
) -> Box<dyn Verb<Known>> {
    crate::cmd::verb(move |world, known: &mut Known, _| {
        let done = || Done::ok("SETACL completed");
        let place = super::administered(world, known, &mailbox)?;
        let id = place.mailbox.id;
        let who = super::who(world.tx, &identifier)?;
        if who == Who::Account(id.account) {
            // All rights are what the owner has: a client that writes back what it has read is right.
            let kept = super::is_owner(id.account, who, &identifier)
                && change.apply(Rights::ALL) == Rights::ALL;
            return kept
                .then(|| Turn::Done(done()))
                .ok_or_else(super::owner_has_all);
        }
        let (me, negative) = (known.account, identifier.negative);
        Ok(Turn::Write(Deed::new(
            move |tx| {
                tx.require(me, id, Rights::ADMIN)?;
                let acl = tx.acl(id)?;
                let line = acl
                    .iter()
                    .find(|line| line.who == who && line.negative == negative);
                let rights = change.apply(line.map_or(Rights::NONE, |line| line.rights));
                tx.set_acl(id, who, negative, rights)
            },
            move |_, _, _, _| Ok(done()),
        )))
    })
}
