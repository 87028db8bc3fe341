//! Keys, each as the table in `schema` shows it: built on the stack, and read back.

mod queue;
mod shared;
mod taught;

pub(crate) use queue::{
    DESTINATIONS, LETTERS, TURNS, Turn, destination, destination_of, letter, letter_of, relay, row,
    row_of, turn, turn_of, turns_of,
};

pub(crate) use shared::{
    ACLS, MAILBOX_KEYS, METADATA, METADATA_NAME, METADATA_USED, OVERLAYS, SHARED, VIEWERS,
    metadata, of_mailbox, of_mailbox_and, shared, slots, somebody_of, viewer, viewer_of,
};

pub(crate) use taught::{
    COUNTS, DUE, LEARNED, REPUTATION, SEED, TABLE_CHUNKS, TABLE_HEAD, TABLE_NOTES, TAUGHT,
    reputation, taught, taught_by, taught_gid, taught_of, taught_piece, taught_whose,
};

use crate::ids::{AccountId, Gid, MailboxId, ModSeq};
use crate::records::NetworkRow;
use crate::records::ReportKind;

pub(crate) const SCHEMA: [u8; 2] = [0x00, 0x01];
/// Where schema 1 had [`NEXT_GID`].
pub(crate) const NEXT_GID_1: [u8; 2] = [0x00, 0x02];
pub(crate) const NEXT_ACCOUNT: [u8; 2] = [0x00, 0x03];
pub(crate) const OWNER: [u8; 2] = [0x00, 0x04];
pub(crate) const ACCOUNTS: [u8; 2] = [0x00, 0x10];
pub(crate) const CREDENTIALS: [u8; 2] = [0x00, 0x11];
pub(crate) const ADDRESSES: [u8; 2] = [0x00, 0x12];
pub(crate) const ALIASES: [u8; 2] = [0x00, 0x13];
pub(crate) const CATCH_ALLS: [u8; 2] = [0x00, 0x14];
pub(crate) const NAMES: [u8; 2] = [0x00, 0x15];
pub(crate) const SAFEGUARDS: [u8; 2] = [0x00, 0x16];
pub(crate) const LAST_USES: [u8; 2] = [0x00, 0x17];
pub(crate) const MAILBOXES: [u8; 2] = [0x00, 0x20];
pub(crate) const SUBSCRIPTIONS: [u8; 2] = [0x00, 0x21];
pub(crate) const KEYWORDS: [u8; 2] = [0x00, 0x22];
pub(crate) const DOOMED: [u8; 2] = [0x00, 0x23];
pub(crate) const ORPHANS: [u8; 2] = [0x00, 0x24];
pub(crate) const BATCHES: [u8; 2] = [0x00, 0x29];
pub(crate) const NOTES: [u8; 2] = [0x00, 0x30];
pub(crate) const RELAYS: [u8; 2] = [0x00, 0x31];
pub(crate) const DKIM: [u8; 2] = [0x00, 0x32];
pub(crate) const SECRETS: [u8; 2] = [0x00, 0x33];
pub(crate) const CORRESPONDENTS: [u8; 2] = [0x00, 0x34];
pub(crate) const KNOWN: [u8; 2] = [0x00, 0x38];
pub(crate) const BANS: [u8; 2] = [0x00, 0x39];
pub(crate) const REPORTS: [u8; 2] = [0x00, 0x3A];
pub(crate) const QUEUE: [u8; 2] = [0xF1, 0x00];
pub(crate) const CLOCK: [u8; 2] = [0xF1, 0x01];
pub(crate) const NEXT_GID: [u8; 2] = [0xF1, 0x02];
pub(crate) const SENDING: [u8; 2] = [0xF1, 0x03];
pub(crate) const LOG: u8 = 0x01;
pub(crate) const BLOCKS: u8 = 0x02;
pub(crate) const SHARES: u8 = 0x03;
pub(crate) const NEWEST: u8 = 0x06;
pub(crate) const BODIES: u8 = 0xF0;
pub(crate) const COLUMNS: u8 = 0xF5;
pub(crate) const JUDGEMENTS: u8 = 0xF7;
pub(crate) const HEADS: u8 = 0xFF;

/// A row of `00` that belongs to an account.
pub(crate) fn of(table: [u8; 2], account: AccountId) -> [u8; 6] {
    let ([t, u], [a, b, c, d]) = (table, account.0.to_be_bytes());
    [t, u, a, b, c, d]
}

/// A row of `00` that a text names.
pub(crate) fn named(table: [u8; 2], name: &str) -> Vec<u8> {
    [&table, name.as_bytes()].concat()
}

/// A row of `00` that a text names inside an account.
pub(crate) fn named_of(table: [u8; 2], account: AccountId, name: &str) -> Vec<u8> {
    [&of(table, account)[..], name.as_bytes()].concat()
}

/// A ban's row: a network is 17 octets.
pub(crate) fn ban(network: &NetworkRow, doors: u8) -> Vec<u8> {
    [&BANS[..], &network.address, &[network.prefix, doors]].concat()
}

/// What begins the rows of reports of a kind.
pub(crate) fn reports(kind: ReportKind) -> [u8; 3] {
    let [t, u] = REPORTS;
    [t, u, kind as u8]
}

/// Those of a day.
pub(crate) fn reports_of(kind: ReportKind, day: u32) -> [u8; 7] {
    let ([t, u, k], [a, b, c, d]) = (reports(kind), day.to_be_bytes());
    [t, u, k, a, b, c, d]
}

pub(crate) fn report(kind: ReportKind, day: u32, name: &str) -> Vec<u8> {
    [&reports_of(kind, day)[..], name.as_bytes()].concat()
}

/// The day of a row of reports.
pub(crate) fn report_day(row: &[u8]) -> Option<u32> {
    let day = row.get(3..)?.first_chunk()?;
    Some(u32::from_be_bytes(*day))
}

pub(crate) fn doomed(mailbox: MailboxId) -> [u8; 10] {
    let [t, u] = DOOMED;
    let [_, a, b, c, d, e, f, g, h] = in_mailbox(0, mailbox);
    [t, u, a, b, c, d, e, f, g, h]
}

pub(crate) fn orphan(gid: Gid) -> [u8; 7] {
    let ([t, u], [_, _, _, a, b, c, d, e]) = (ORPHANS, gid.0.to_be_bytes());
    [t, u, a, b, c, d, e]
}

/// What begins the rows of a batch, which its first message names.
pub(crate) fn batch(id: Gid) -> [u8; 7] {
    let ([t, u], [_, _, _, a, b, c, d, e]) = (BATCHES, id.0.to_be_bytes());
    [t, u, a, b, c, d, e]
}

/// A row of a batch, by its own first message.
pub(crate) fn batch_row(id: Gid, first: Gid) -> [u8; 12] {
    let ([t, u, a, b, c, d, e], [_, _, _, f, g, h, i, j]) = (batch(id), first.0.to_be_bytes());
    [t, u, a, b, c, d, e, f, g, h, i, j]
}

/// What begins all rows of a mailbox in `01` and `02`.
pub(crate) fn in_mailbox(table: u8, mailbox: MailboxId) -> [u8; 9] {
    let ([a, b, c, d], [e, f, g, h]) = (
        mailbox.account.0.to_be_bytes(),
        mailbox.number.to_be_bytes(),
    );
    [table, a, b, c, d, e, f, g, h]
}

pub(crate) fn log(mailbox: MailboxId, modseq: ModSeq) -> [u8; 15] {
    let [t, a, b, c, d, e, f, g, h] = in_mailbox(LOG, mailbox);
    let [_, _, i, j, k, l, m, n] = modseq.to_be_bytes();
    [t, a, b, c, d, e, f, g, h, i, j, k, l, m, n]
}

pub(crate) fn block(mailbox: MailboxId, block: u32) -> [u8; 13] {
    let [t, a, b, c, d, e, f, g, h] = in_mailbox(BLOCKS, mailbox);
    let [i, j, k, l] = block.to_be_bytes();
    [t, a, b, c, d, e, f, g, h, i, j, k, l]
}

pub(crate) fn shares(group: u64) -> [u8; 6] {
    let [_, _, _, a, b, c, d, e] = group.to_be_bytes();
    [SHARES, a, b, c, d, e]
}

pub(crate) fn newest(mailbox: MailboxId, group: u32) -> [u8; 13] {
    let [_, rest @ ..] = block(mailbox, group);
    let [a, b, c, d, e, f, g, h, i, j, k, l] = rest;
    [NEWEST, a, b, c, d, e, f, g, h, i, j, k, l]
}

/// A chunk of a body; chunk 0 is the index record.
pub(crate) fn chunk(gid: Gid, chunk: u32) -> [u8; 9] {
    let ([_, _, _, a, b, c, d, e], [_, f, g, h]) = (gid.0.to_be_bytes(), chunk.to_be_bytes());
    [BODIES, a, b, c, d, e, f, g, h]
}

pub(crate) fn index(gid: Gid) -> [u8; 9] {
    chunk(gid, 0)
}

pub(crate) fn mailbox_head(mailbox: MailboxId) -> [u8; 9] {
    let ([a, b, c, d], [e, f, g, h]) = (
        mailbox.number.to_be_bytes(),
        mailbox.account.0.to_be_bytes(),
    );
    [HEADS, a, b, c, d, e, f, g, h]
}

pub(crate) fn account_head(account: AccountId) -> [u8; 9] {
    mailbox_head(MailboxId { account, number: 0 })
}

/// The mailbox named by octets 1..9 of a key of `01`, `02` or `FF` (number 0: the account itself).
pub(crate) fn mailbox_of(key: &[u8]) -> Option<MailboxId> {
    let (&[table, a, b, c, d, e, f, g, h], _) = key.split_first_chunk()?;
    let (first, second) = (
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    );
    let (account, number) = if table == HEADS {
        (second, first)
    } else {
        (first, second)
    };
    Some(MailboxId {
        account: AccountId(account),
        number,
    })
}

/// The gid named by the octets of a key behind its first.
pub(crate) fn gid_of(key: &[u8]) -> Option<Gid> {
    let (&[_, a, b, c, d, e], _) = key.split_first_chunk()?;
    Some(Gid(u64::from_be_bytes([0, 0, 0, a, b, c, d, e])))
}

/// Gid and chunk number of a key of `F0`.
pub(crate) fn body_of(key: &[u8]) -> Option<(Gid, u32)> {
    let &[_, _, _, _, _, _, f, g, h] = key else {
        return None;
    };
    Some((gid_of(key)?, u32::from_be_bytes([0, f, g, h])))
}

/// A block of the columns.
pub(crate) fn columns(block: u64) -> [u8; 6] {
    let [_, _, _, a, b, c, d, e] = block.to_be_bytes();
    [COLUMNS, a, b, c, d, e]
}

/// The number of a block of the columns.
pub(crate) fn columns_of(key: &[u8]) -> Option<u64> {
    let &[COLUMNS, a, b, c, d, e] = key else {
        return None;
    };
    Some(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))
}

/// What begins the judgements of a person's mail.
pub(crate) fn judgements(account: AccountId) -> [u8; 5] {
    let [a, b, c, d] = account.0.to_be_bytes();
    [JUDGEMENTS, a, b, c, d]
}

/// A judgement by its number, which counts up.
pub(crate) fn judgement(account: AccountId, number: u64) -> [u8; 13] {
    let ([t, a, b, c, d], [e, f, g, h, i, j, k, l]) = (judgements(account), number.to_be_bytes());
    [t, a, b, c, d, e, f, g, h, i, j, k, l]
}

/// Its number.
pub(crate) fn judgement_of(key: &[u8]) -> Option<u64> {
    let (&[JUDGEMENTS, _, _, _, _], number) = key.split_first_chunk()? else {
        return None;
    };
    Some(u64::from_be_bytes(number.try_into().ok()?))
}

/// The last four octets of a key, as a number: `02`'s block, `00 23`'s mailbox.
pub(crate) fn last_u32(key: &[u8]) -> Option<u32> {
    key.last_chunk().map(|last| u32::from_be_bytes(*last))
}

/// The modseq of a key of `01`.
pub(crate) fn modseq_of(key: &[u8]) -> Option<ModSeq> {
    let (&[i, j, k, l, m, n], _) = key.get(9..)?.split_first_chunk()?;
    Some(u64::from_be_bytes([0, 0, i, j, k, l, m, n]))
}

/// The search index's directory.
pub(crate) const INDEX: [u8; 5] = [0xF6, 0, 0, 0, 0];
/// What marks lists among the rows of a class of a segment.
const LISTS: u8 = 0x80;

/// What begins all rows of a segment of the search index.
pub(crate) fn segment(segment: u32) -> [u8; 5] {
    let ([t, ..], [a, b, c, d]) = (INDEX, segment.to_be_bytes());
    [t, a, b, c, d]
}

/// A row of a segment's vocabulary.
pub(crate) fn index_row(of: u32, class: u8, row: u32) -> [u8; 9] {
    let ([t, a, b, c, d], [_, e, f, g]) = (segment(of), row.to_be_bytes());
    [t, a, b, c, d, class, e, f, g]
}

/// A row of a segment's lists.
pub(crate) fn index_lists(of: u32, class: u8, row: u32) -> [u8; 9] {
    index_row(of, class | LISTS, row)
}

/// The segment of a row of the search index.
pub(crate) fn segment_of(key: &[u8]) -> Option<u32> {
    let (&[_, a, b, c, d], _) = key.split_first_chunk()?;
    Some(u32::from_be_bytes([a, b, c, d]))
}
