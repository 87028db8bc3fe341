//! MYRIGHTS (RFC 4314 §3.5, §3.8): any of the rights `l`, `r`, `i`, `k`, `x`, `a`.

use ::store::Rights;

use crate::cmd::access;
use crate::command::MailboxName;
use crate::deed::{Done, Known, Turn, Verb};
use crate::mailbox_name;

/// MYRIGHTS.
pub(crate) fn verb(mailbox: MailboxName) -> Box<dyn Verb<Known>> {
    crate::cmd::verb(move |world, known: &mut Known, out| {
        let place = access::find(world, known, &mailbox)?.ok_or_else(access::missing)?;
        print(&place.shown, place.rights, known.dialect.utf8(), out);
        Ok(Turn::Done(Done::ok("MYRIGHTS completed")))
    })
}

/// Prints one MYRIGHTS response; LIST ... RETURN (MYRIGHTS) does, too (RFC 8440).
pub(crate) fn print(name: &str, rights: Rights, utf8: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* MYRIGHTS ");
    mailbox_name::print(name, utf8, out);
    out.push(b' ');
    super::print_rights(rights, out);
    out.extend_from_slice(b"\r\n");
}
