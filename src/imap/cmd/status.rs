//! STATUS (RFC 9051 §6.3.11, RFC 8438 SIZE, RFC 7889 APPENDLIMIT): the counters of a mailbox, which the store keeps.

use ::store::{MailboxId, Read, Uid};

use crate::command::{MailboxName, StatusItem};
use crate::deed::{Done, Known, Turn, Verb, World};
use crate::{mailbox_name, print};

/// STATUS.
pub(super) fn verb(name: MailboxName, items: Vec<StatusItem>) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, out| {
        let mailbox = super::existing(world, known.account, &name)?;
        print(world, mailbox.id, &name, &items, known.dialect.utf8(), out)?;
        Ok(Turn::Done(Done::ok("STATUS completed")))
    })
}

/// Prints one STATUS response; LIST ... RETURN (STATUS) does, too (RFC 5819).
pub(super) fn print(
    world: &World<'_>,
    mailbox: MailboxId,
    name: &str,
    items: &[StatusItem],
    utf8: bool,
    out: &mut Vec<u8>,
) -> ::store::Result<()> {
    let counters = world.tx.counters(mailbox)?;
    out.extend_from_slice(b"* STATUS ");
    mailbox_name::print(name, utf8, out);
    out.extend_from_slice(b" (");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        let (word, value): (&[u8], u64) = match item {
            StatusItem::Messages => (b"MESSAGES ", counters.messages.into()),
            StatusItem::Recent => (b"RECENT ", recent(world, mailbox)?),
            StatusItem::UidNext => (b"UIDNEXT ", counters.uid_next.into()),
            StatusItem::UidValidity => (b"UIDVALIDITY ", counters.uid_validity.into()),
            StatusItem::Unseen => (b"UNSEEN ", counters.unseen.into()),
            StatusItem::Deleted => (b"DELETED ", counters.deleted.into()),
            StatusItem::Size => (b"SIZE ", counters.size),
            StatusItem::AppendLimit => (b"APPENDLIMIT ", world.limits.message),
        };
        out.extend_from_slice(word);
        print::number(value, out);
    }
    out.extend_from_slice(b")\r\n");
    Ok(())
}

/// Messages that would be \Recent to who selects the mailbox now.
fn recent(world: &World<'_>, mailbox: MailboxId) -> ::store::Result<u64> {
    let mut count = 0;
    let first = world.store.recent_from(mailbox, false);
    world.tx.entries(mailbox, first..=Uid::MAX, &mut |_, _| {
        count += 1;
        true
    })?;
    Ok(count)
}
