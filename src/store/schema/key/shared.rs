//! Keys of what people share: access control lists, viewers' flags, metadata, and the keys that sign URLs.

use super::in_mailbox;
use crate::ids::{AccountId, MailboxId};

pub(crate) const ACLS: [u8; 2] = [0x00, 0x25];
pub(crate) const SHARED: [u8; 2] = [0x00, 0x26];
pub(crate) const METADATA: [u8; 2] = [0x00, 0x27];
pub(crate) const MAILBOX_KEYS: [u8; 2] = [0x00, 0x28];
/// Octets of [`METADATA`] that count for a person.
pub(crate) const METADATA_USED: [u8; 2] = [0x00, 0x2A];
/// Where an entry's name begins in a key of [`METADATA`].
pub(crate) const METADATA_NAME: usize = 14;
pub(crate) const OVERLAYS: u8 = 0x04;
pub(crate) const VIEWERS: u8 = 0x05;

/// A row of `00` that belongs to a mailbox, and what begins those of which it has several. Number 0 is the account; with account 0, the server.
pub(crate) fn of_mailbox(table: [u8; 2], mailbox: MailboxId) -> [u8; 10] {
    let [t, u] = table;
    let [_, a, b, c, d, e, f, g, h] = in_mailbox(0, mailbox);
    [t, u, a, b, c, d, e, f, g, h]
}

/// A row of `00` that somebody has in a mailbox.
pub(crate) fn of_mailbox_and(table: [u8; 2], mailbox: MailboxId, who: AccountId) -> [u8; 14] {
    let [t, u, a, b, c, d, e, f, g, h] = of_mailbox(table, mailbox);
    let [i, j, k, l] = who.0.to_be_bytes();
    [t, u, a, b, c, d, e, f, g, h, i, j, k, l]
}

/// Who, in a key of [`of_mailbox_and`].
pub(crate) fn somebody_of(key: &[u8]) -> Option<AccountId> {
    let (who, _) = key.get(10..)?.split_first_chunk()?;
    Some(AccountId(u32::from_be_bytes(*who)))
}

/// That a mailbox's list names somebody; account 0 is anyone.
pub(crate) fn shared(who: AccountId, mailbox: MailboxId) -> [u8; 14] {
    let [t, u] = SHARED;
    let [a, b, c, d] = who.0.to_be_bytes();
    let [_, e, f, g, h, i, j, k, l] = in_mailbox(0, mailbox);
    [t, u, a, b, c, d, e, f, g, h, i, j, k, l]
}

/// A piece of metadata.
pub(crate) fn metadata(mailbox: MailboxId, whose: AccountId, entry: &str) -> Vec<u8> {
    let before = of_mailbox_and(METADATA, mailbox, whose);
    [&before[..], entry.as_bytes()].concat()
}

/// A viewer's row, and what begins their slots ([`OVERLAYS`]).
pub(crate) fn viewer(table: u8, mailbox: MailboxId, viewer: AccountId) -> [u8; 13] {
    let [t, a, b, c, d, e, f, g, h] = in_mailbox(table, mailbox);
    let [i, j, k, l] = viewer.0.to_be_bytes();
    [t, a, b, c, d, e, f, g, h, i, j, k, l]
}

pub(crate) fn slots(mailbox: MailboxId, who: AccountId, block: u32) -> [u8; 17] {
    let [t, a, b, c, d, e, f, g, h, i, j, k, l] = viewer(OVERLAYS, mailbox, who);
    let [m, n, o, p] = block.to_be_bytes();
    [t, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// The person named behind the mailbox: octets 9..13 of a key of `04` or `05`.
pub(crate) fn viewer_of(key: &[u8]) -> Option<AccountId> {
    let (who, _) = key.get(9..)?.split_first_chunk()?;
    Some(AccountId(u32::from_be_bytes(*who)))
}
