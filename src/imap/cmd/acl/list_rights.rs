//! LISTRIGHTS (RFC 4314 §3.4, §3.7): right `a`. No right is tied to another, so `c` and `d` stand by themselves (§2.1.1).

use ::store::{Rights, Who};

use crate::command::{Identifier, MailboxName};
use crate::deed::{Done, Known, Turn, Verb};
use crate::{mailbox_name, print};

/// LISTRIGHTS.
pub(crate) fn verb(mailbox: MailboxName, identifier: Identifier) -> Box<dyn Verb<Known>> {
    crate::cmd::verb(move |world, known: &mut Known, out| {
        let place = super::administered(world, known, &mailbox)?;
        let owner = place.mailbox.id.account;
        let who = super::who(world.tx, &identifier)?;
        out.extend_from_slice(b"* LISTRIGHTS ");
        mailbox_name::print(&place.shown, known.dialect.utf8(), out);
        out.push(b' ');
        // The same form as sent (§3.4).
        print::astring(identifier.given.as_bytes(), known.dialect.utf8(), out);
        out.push(b' ');
        if super::is_owner(owner, who, &identifier) {
            super::print_rights(Rights::ALL, out);
        } else {
            out.extend_from_slice(b"\"\"");
            if who != Who::Account(owner) {
                for letter in super::letters(Rights::ALL) {
                    out.extend_from_slice(&[b' ', letter]);
                }
            }
        }
        out.extend_from_slice(b"\r\n");
        Ok(Turn::Done(Done::ok("LISTRIGHTS completed")))
    })
}
