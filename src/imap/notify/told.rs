//! How news are printed: FETCH of new messages, STATUS, LIST and METADATA.

use store::{MailboxId, Read, Uid};

use crate::cmd;
use crate::cmd::list::{Attributes, Row, Rows, below};
use crate::command::{
    Fetch, FetchItem, OpenCommand, SequenceNumber, SequenceRange, SequenceSet, StatusItem,
};
use crate::context::peeked;
use crate::deed::{Known, Open, Verb, World};
use crate::mailbox_name;
use crate::notify::seen::Mailbox;
use crate::view::Ranges;

/// FETCH of new messages. It sets no \Seen, whatever it shows.
pub(super) fn fetch(uids: Ranges, items: &[FetchItem]) -> Box<dyn Verb<Open>> {
    let number = |uid: Uid| {
        std::num::NonZeroU32::new(uid).map_or(SequenceNumber::Largest, SequenceNumber::Number)
    };
    let ranges = uids.iter().map(|(low, high)| SequenceRange {
        first: number(*low),
        last: number(*high),
    });
    cmd::open(OpenCommand::Fetch(Fetch {
        set: SequenceSet::Ranges(ranges.collect()),
        uid: true,
        items: items.iter().map(peeked).collect(),
        changed_since: None,
        vanished: false,
        partial: None,
    }))
}

impl Mailbox {
    /// A STATUS response. That it has HIGHESTMODSEQ is not the client's doing, so it enables nothing.
    pub(super) fn status(
        &self,
        world: &World<'_>,
        known: &mut Known,
        items: &[StatusItem],
        out: &mut Vec<u8>,
    ) -> store::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let dialect = known.dialect;
        let printed = cmd::status::print(world, known, self.id, &self.name, items, out);
        known.dialect = dialect;
        printed
    }

    /// The mailbox can be seen and not looked into (RFC 5465 §3.1).
    pub(super) fn print_no_access(&self, utf8: bool, out: &mut Vec<u8>) {
        let mut attributes = Attributes::new(out, b"LIST");
        attributes.add(b"\\NoAccess");
        attributes.name(&self.name, utf8);
        out.extend_from_slice(b"\r\n");
    }
}

/// A LIST response with everything that is so of this name now (RFC 5465 §5.4, §5.5). `old`: the name it had.
pub(super) fn list(
    rows: &Rows<'_>,
    name: &str,
    row: Option<&Row<'_>>,
    old: Option<&str>,
    utf8: bool,
    out: &mut Vec<u8>,
) {
    let row = row.copied().unwrap_or_default();
    let mut attributes = Attributes::new(out, b"LIST");
    match row.mailbox {
        None => attributes.add(b"\\NonExistent"),
        Some(mailbox) => {
            if !mailbox.selectable {
                attributes.add(b"\\Noselect");
            }
        }
    }
    if row.subscribed {
        attributes.add(b"\\Subscribed");
    }
    let children = below(rows, name).any(|(_, row)| row.mailbox.is_some());
    if children {
        attributes.add(b"\\HasChildren");
    } else if row.mailbox.is_some() {
        attributes.add(b"\\HasNoChildren");
    }
    attributes.special(row.special_use());
    attributes.name(name, utf8);
    if let Some(old) = old {
        out.extend_from_slice(b" (\"OLDNAME\" (");
        mailbox_name::print(old, utf8, out);
        out.extend_from_slice(b"))");
    }
    out.extend_from_slice(b"\r\n");
}

/// An unsolicited METADATA response: names without values (RFC 5464 §4.4.2). The server's have the name `""`.
pub(super) fn metadata(name: &str, entries: &[&str], utf8: bool, out: &mut Vec<u8>) {
    if entries.is_empty() {
        return;
    }
    out.extend_from_slice(b"* METADATA ");
    mailbox_name::print(name, utf8, out);
    for entry in entries {
        out.push(b' ');
        out.extend_from_slice(entry.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// Annotations of a mailbox or (`None`) of the server as names and what their values come to.
pub(super) fn annotations(
    world: &World<'_>,
    me: store::AccountId,
    mailbox: Option<MailboxId>,
) -> store::Result<Vec<(Box<str>, u64)>> {
    let about = mailbox.map_or(store::About::Server, store::About::Mailbox);
    let mut entries = Vec::new();
    for whose in [None, Some(me)] {
        for (name, value) in world.tx.metadata_all(about, whose)? {
            entries.push((name.into_boxed_str(), digest(&value)));
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

fn digest(value: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
