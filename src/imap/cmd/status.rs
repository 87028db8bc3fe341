//! STATUS (RFC 9051 §6.3.11, RFC 8438 SIZE, RFC 7889 APPENDLIMIT, RFC 8474 MAILBOXID, RFC 7162 HIGHESTMODSEQ, RFC 9208 DELETED-STORAGE):
//! the counters of a mailbox, which the store keeps. Right `r`; UNSEEN and RECENT are this person's own.

use ::store::{Flags, MailboxId, Read, Rights, Uid};

use crate::cmd::access;
use crate::command::{MailboxName, StatusItem};
use crate::deed::{Done, Known, Turn, Verb, World};
use crate::{mailbox_name, print};

/// STATUS.
pub(super) fn verb(name: MailboxName, items: Vec<StatusItem>) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, out| {
        let place = access::existing(world, known, &name, Rights::READ)?;
        print(world, known, place.mailbox.id, &place.shown, &items, out)?;
        Ok(Turn::Done(Done::ok("STATUS completed")))
    })
}

/// Prints one STATUS response; LIST ... RETURN (STATUS) does, too (RFC 5819). HIGHESTMODSEQ switches CONDSTORE on (RFC 7162 §3.1).
pub(crate) fn print(
    world: &World<'_>,
    known: &mut Known,
    mailbox: MailboxId,
    name: &str,
    items: &[StatusItem],
    out: &mut Vec<u8>,
) -> ::store::Result<()> {
    let counters = world.tx.counters_for(known.account, mailbox)?;
    out.extend_from_slice(b"* STATUS ");
    mailbox_name::print(name, known.dialect.utf8(), out);
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
            StatusItem::DeletedStorage => (b"DELETED-STORAGE ", deleted(world, mailbox)?),
            StatusItem::Size => (b"SIZE ", counters.size),
            StatusItem::AppendLimit => (b"APPENDLIMIT ", world.limits.message),
            StatusItem::HighestModSeq => {
                known.dialect.enable_condstore();
                (b"HIGHESTMODSEQ ", counters.highest_modseq)
            }
            StatusItem::MailboxId => {
                out.extend_from_slice(b"MAILBOXID (");
                out.extend_from_slice(mailbox_id(mailbox).as_bytes());
                out.push(b')');
                continue;
            }
        };
        out.extend_from_slice(word);
        print::number(value, out);
    }
    out.extend_from_slice(b")\r\n");
    Ok(())
}

/// The OBJECTID of a mailbox (RFC 8474 §4): never used again, and the same after a rename.
pub(crate) fn mailbox_id(mailbox: MailboxId) -> String {
    let mut id = Vec::new();
    crate::objectid::mailbox(mailbox, &mut id);
    String::from_utf8_lossy(&id).into_owned()
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

/// Octets that EXPUNGE would remove: RFC 9208 §4.1.4 allows the sum of their RFC822.SIZE.
fn deleted(world: &World<'_>, mailbox: MailboxId) -> ::store::Result<u64> {
    let mut octets: u64 = 0;
    if world.tx.counters(mailbox)?.deleted > 0 {
        world.tx.entries(mailbox, 1..=Uid::MAX, &mut |_, entry| {
            if entry.flags.contains(Flags::DELETED) {
                octets = octets.saturating_add(entry.size.into());
            }
            true
        })?;
    }
    Ok(octets)
}
