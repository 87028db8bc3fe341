//! GETACL (RFC 4314 §3.3, §3.6): right `a`. The owner comes first.

use ::store::{Read, Rights, Who};

use crate::cmd::access::People;
use crate::command::MailboxName;
use crate::deed::{Done, Known, Turn, Verb};
use crate::{mailbox_name, print};

/// GETACL.
pub(crate) fn verb(mailbox: MailboxName) -> Box<dyn Verb<Known>> {
    crate::cmd::verb(move |world, known: &mut Known, out| {
        let place = super::administered(world, known, &mailbox)?;
        let id = place.mailbox.id;
        let people = People::read(world.tx)?;
        out.extend_from_slice(b"* ACL ");
        mailbox_name::print(&place.shown, known.dialect.utf8(), out);
        let mut line = |name: &str, negative: bool, rights: Rights| {
            out.push(b' ');
            let name = if negative {
                format!("-{name}")
            } else {
                name.to_owned()
            };
            // Identifiers are UTF-8 (RFC 4314 §2), which outside of a literal only some clients understand.
            print::astring(name.as_bytes(), known.dialect.utf8(), out);
            out.push(b' ');
            super::print_rights(rights, out);
        };
        line(people.address(id.account), false, Rights::ALL);
        for entry in world.tx.acl(id)? {
            let name = match entry.who {
                Who::Anyone => super::ANYONE,
                Who::Account(account) => people.address(account),
            };
            line(name, entry.negative, entry.rights);
        }
        out.extend_from_slice(b"\r\n");
        Ok(Turn::Done(Done::ok("GETACL completed")))
    })
}
