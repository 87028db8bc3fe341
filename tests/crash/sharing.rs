//! Deeds between people: what the life of a house does with mailboxes that one shows to another, and with messages that come in together.

use store::{
    About, AccountId, Batch, FlagChange, Flags, Incoming, MailboxId, Result, Rights, Store, Who,
    WriteTx,
};

use crate::life::{self, named};
use crate::sight;

/// The owner's INBOX is the friend's to use.
pub(crate) fn share(w: &mut WriteTx<'_>, owner: AccountId, name: &str, who: Who) -> Result<()> {
    let mailbox = named(w, owner, name)?;
    w.set_acl(mailbox, who, false, Rights::ALL)
}

/// The friend marks messages for themselves.
pub(crate) fn mark(
    w: &mut WriteTx<'_>,
    viewer: AccountId,
    mailbox: MailboxId,
    uids: &[u32],
    change: FlagChange,
) -> Result<()> {
    w.mark(viewer, mailbox, uids, change, None).map(drop)
}

/// Notes of both, and a key.
pub(crate) fn leave_notes(w: &mut WriteTx<'_>, owner: AccountId, friend: AccountId) -> Result<()> {
    let inbox = named(w, owner, "INBOX")?;
    let about = About::Mailbox(inbox);
    w.set_metadata(about, Some(friend), "/comment", Some(b"not mine"))?;
    w.set_metadata(about, None, "/comment", Some(b"ours"))?;
    w.set_metadata(About::Server, Some(friend), "/vendor/x", Some(&[7; 900]))?;
    w.mailbox_key(friend, inbox).map(drop)
}

/// They change, and one goes.
pub(crate) fn change_notes(w: &mut WriteTx<'_>, owner: AccountId, friend: AccountId) -> Result<()> {
    let inbox = named(w, owner, "INBOX")?;
    let about = About::Mailbox(inbox);
    w.set_metadata(about, Some(friend), "/comment", None)?;
    w.set_metadata(about, None, "/comment", Some(b"still ours"))?;
    w.reset_mailbox_key(friend, inbox)
}

/// Brings `count` messages from number `first` on into the store, for later.
pub(crate) fn stage(store: &Store, batch: &Batch, first: u32, count: u32) {
    let messages: Vec<Incoming> = (first..first + count)
        .map(|number| incoming(store, number))
        .collect();
    let batch = batch.clone();
    store
        .write(move |w| w.stage_batch(&batch, &messages))
        .wait()
        .unwrap();
}

/// Everything that was staged, and one more.
pub(crate) fn append(
    w: &mut WriteTx<'_>,
    viewer: AccountId,
    batch: &Batch,
    last: Incoming,
    into: MailboxId,
) -> Result<()> {
    let mut flags = |flags: Flags| flags.union(Flags::DRAFT);
    w.append_batch(viewer, batch, &[last], into, &mut flags)
        .map(drop)
}

/// A message that comes in with others.
pub(crate) fn incoming(store: &Store, number: u32) -> Incoming {
    let size = if number.is_multiple_of(9) {
        600_000
    } else {
        500
    };
    Incoming {
        body: life::stage(store, number, size),
        head: life::head(size),
        record: sight::record(number),
        flags: Flags(u64::from(number) & 1),
    }
}
