//! Keys of what a person teaches: everything of one person lies together, so that it is forgotten in one go.

use crate::ids::{AccountId, Gid};

pub(crate) const TAUGHT: u8 = 0x07;
pub(crate) const SEED: u8 = 0;
pub(crate) const TABLE_HEAD: u8 = 1;
pub(crate) const COUNTS: u8 = 2;
pub(crate) const DUE: u8 = 3;
pub(crate) const LEARNED: u8 = 4;
pub(crate) const REPUTATION: u8 = 5;
pub(crate) const TABLE_NOTES: u8 = 6;
pub(crate) const TABLE_CHUNKS: u8 = 7;

/// What begins all rows of a person.
pub(crate) fn taught_by(account: AccountId) -> [u8; 5] {
    let [a, b, c, d] = account.0.to_be_bytes();
    [TAUGHT, a, b, c, d]
}

/// The one row of a kind, and what begins those of which there are several.
pub(crate) fn taught(account: AccountId, kind: u8) -> [u8; 6] {
    let [t, a, b, c, d] = taught_by(account);
    [t, a, b, c, d, kind]
}

/// A row about a message.
pub(crate) fn taught_of(account: AccountId, kind: u8, gid: Gid) -> [u8; 11] {
    let [t, a, b, c, d, k] = taught(account, kind);
    let [_, _, _, e, f, g, h, i] = gid.0.to_be_bytes();
    [t, a, b, c, d, k, e, f, g, h, i]
}

/// A note or a chunk of the table.
pub(crate) fn taught_piece(account: AccountId, kind: u8, number: u16) -> [u8; 8] {
    let [t, a, b, c, d, k] = taught(account, kind);
    let [e, f] = number.to_be_bytes();
    [t, a, b, c, d, k, e, f]
}

/// A reputation row.
pub(crate) fn reputation(account: AccountId, name: &[u8; 9]) -> Vec<u8> {
    [&taught(account, REPUTATION)[..], name].concat()
}

/// The message of a row about one.
pub(crate) fn taught_gid(key: &[u8]) -> Option<Gid> {
    let &[_, _, _, _, _, _, e, f, g, h, i] = key else {
        return None;
    };
    Some(Gid(u64::from_be_bytes([0, 0, 0, e, f, g, h, i])))
}

/// Whose a row is, and of which kind.
pub(crate) fn taught_whose(key: &[u8]) -> Option<(AccountId, u8)> {
    let (&[_, a, b, c, d, kind], _) = key.split_first_chunk()?;
    Some((AccountId(u32::from_be_bytes([a, b, c, d])), kind))
}
