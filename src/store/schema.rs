//! Every key and every record of the store, and what a crash can leave of them.
//!
//! One LMDB tree (the unnamed database), keys compared as octets, numbers in keys big-endian. `aaaa` is an account,
//! `mmmm` a mailbox's number in it, `ggggg` a global arrival number, `llllllll` a letter of the queue, `nnnn` a row's number in it.
//!
//! ```text
//! key                           value                                                                 written by
//! 00 01                         Schema: magic, version                                                open, migration
//! 00 03                         next account, u32                                                     create_account
//! 00 04                         Owner: whose the box is; absent: whoever was added first of those who are left  set_owner
//! 00 10 aaaa                    AccountRecord                                                         accounts
//! 00 11 aaaa                    Credentials                                                           accounts
//! 00 12 address                 account, u32                                                          accounts
//! 00 13 address                 targets of an alias                                                   aliases
//! 00 14 domain                  targets of a catch-all                                                aliases
//! 00 15 aaaa                    what the person is called, text; absent: nothing but their address    set_name
//! 00 16 aaaa                    form, Safeguards: second step, what app passwords open; absent: neither  set_safeguards
//! 00 17 aaaa                    form, LastUse each: how their passwords were last used                set_last_uses
//! 00 20 aaaa name               MailboxRecord                                                         mailboxes
//! 00 21 aaaa name               nothing: a subscription                                               subscribe
//! 00 22 aaaa                    the account's keyword table                                           intern_keyword
//! 00 23 aaaa mmmm               its `released`, u64: a deleted mailbox whose entries wait for the reaper
//! 00 24 ggggg                   nothing: a body without index record: staged, or waiting for the reaper
//! 00 25 aaaa mmmm               AclRecord: who else may do what with the mailbox                      set_acl, create_mailbox
//! 00 26 vvvv aaaa mmmm          nothing: the mailbox's list names person `vvvv`; 0: anyone              with 00 25
//! 00 27 aaaa mmmm vvvv entry    metadata, octets: of the mailbox, or of the server (0, 0); vvvv: whose, 0: everybody's  set_metadata
//! 00 28 aaaa mmmm vvvv          32 random octets: `vvvv`'s key that signs URLs into the mailbox         mailbox_key
//! 00 29 ggggg ggggg             entries, ENTRY each: messages that were staged together; the first of all, the first of these  stage_batch
//! 00 2A aaaa                    octets of `00 27` that count for the person, u64; absent: none          set_metadata, delete_mailbox
//! 00 30 domain                  DestinationNotes: what is remembered of a destination                 set_destination_notes
//! 00 31 kind domain             Relay: kind 0 everything, 1 to a domain, 2 the fall-back              relays
//! 00 32 domain                  DkimKeys                                                              set_dkim_keys
//! 00 33 name                    32 random octets: a secret of the box                                 box_secret
//! 00 34 aaaa address            day, u32: a correspondent, and the last day they were written to      count_sending
//! 00 38 aaaa                    KnownRow: whence they have logged in, and when they were told of guessing       set_known
//! 00 39 address[16] prefix doors  BanRow: a network that some doors are closed to                      put_bans
//! 00 3A kind day[4] name        what a report is made of, or said of this house, octets: kinds of ReportKind; day: since 1970    put_report
//! 01 aaaa mmmm modseq[6]        a run of the expunge log: kind, then (uid, entry) up to LOG_RUN times  expunge, move
//! 02 aaaa mmmm uid/16 [4]       Block: entries of 16 UIDs, slot = uid % 16, gid 0 = hole; with a modseq: expunged in that run of `01`
//! 03 gid/64 [5]                 Shares: how many references more each of 64 bodies has than it was born with; absent: none
//! 04 aaaa mmmm vvvv uid/16 [4]  Slots: viewer `vvvv`'s own flags of 16 UIDs and when they changed      mark, copy
//! 05 aaaa mmmm vvvv             how many messages viewer `vvvv` has seen, u32                           mark, copy, expunge
//! 06 aaaa mmmm uid/1024 [4]     Newest: the newest modseq in each of 64 full blocks, or more; absent: nothing is known   append, mark
//! 07 aaaa 00                    8 random octets: the seed of what the person teaches                    learn
//! 07 aaaa 01                    head of their junk table; it, notes, chunks and reputations are the learner's octets   learn
//! 07 aaaa 02                    TaughtCounts: rows of 04 and of 05; absent: none                        learn
//! 07 aaaa 03 ggggg              Due: what they said of a message, yet to be learned; 4,096 at most      move, copy, mark, append
//! 07 aaaa 04 ggggg              Learned: as what a message is counted; 20,000 at most                   learn
//! 07 aaaa 05 name[9]            a reputation; 20,000 at most                                            learn
//! 07 aaaa 06 nn                 a note of their junk table                                              learn
//! 07 aaaa 07 nn                 a chunk of it, CHUNK octets; 1,024 at most                              learn
//! F0 ggggg 000000               index record: IndexHead, then the opaque record. Never changes
//! F0 ggggg chunk[3]             body octets, CHUNK each, the last one the rest; chunks count from 1. Never change
//! F1 00                         QueueHead: letters, rows, held rows, next letter                      the queue's verbs
//! F1 01                         SavedClock                                                            save_queue_clock
//! F1 02                         next gid, u64: only there if the newest body was ever deleted         reaping
//! F1 03 aaaa                    SendingCount: what they sent on one day                               count_sending
//! F2 llllllll                   LetterRecord: the letter, its body's gid, rows left                   deliver, settle, drop
//! F2 llllllll nnnn              RowRecord: a recipient that waits                                     the queue's verbs
//! F3 destination 00 lane due[8] llllllll nnnn  nothing: the same row by where it goes; a held one has none
//! F4 lane due[8] destination    nothing: the destination's first row of this lane in F3
//! F5 gid/64 [5]                 columns: dates and notes of 64 messages, as far as they were filled       put_columns, reaping
//! F6 00000000                   Directory of the search index: its segments, and the gid up to which it reaches    the index's writer
//! F6 ssssssss class row[3]      terms of a segment, sorted, and where each is found. Never change               the index's writer
//! F6 ssssssss class+80 row[3]   lists of messages too long to lie with their term, one behind the other         the index's writer
//! F7 aaaa nnnnnnnn                      what was decided on a message that came for the person, opaque; the newest JUDGEMENTS_MAX   note_judgement
//! FF 00000000 aaaa              AccountHead: usage and allocators
//! FF mmmm aaaa                  MailboxHead: counters; then the Block of uid_next/16 as far as it is used
//! ```
//!
//! A delivery touches the right-most leaf of F0 (index record and the last chunk), one overflow page for each full chunk, and the leaf of FF
//! beside it, where the mailbox's number comes first so that everyone's INBOX lies together; every sixteenth of a mailbox a leaf of 02 as well.
//! The queue stands between the two: while it is short, all of it shares a leaf with them, so that mail on its way out touches no others.
//! A pick walks F4 (`lane` sorts first attempts before retries and high priority before low; 38 of them): as many rows as there are
//! destinations with something due, never one a recipient.
//!
//! # What a crash leaves
//!
//! Every deed is one LMDB transaction, so that after a crash it is there whole or not at all, and an answered one is there. What spans
//! several transactions says so in a row of its own, written in the first of them and deleted in the last:
//! * a large body being staged, or a large deleted one being freed, has its row in `00 24`: swept at open;
//! * messages that come in together are staged with their index records, and named by rows in `00 29` until the deed that appends
//!   them all: swept at open;
//! * the entries of a deleted mailbox have their row in `00 23`: reaped from open on;
//! * an expunged message's reference stays with its run in `01` until the mailbox's `released` passes that run's modseq: resumed at open;
//! * a viewer's slot of an expunged message stays as long as its reference does, and goes in the step that releases that; those of a
//!   deleted mailbox go before its row in `00 23`;
//! * an attempt to deliver is a claim, then a settling. The claim has counted the attempt and written the next one's time before anyone
//!   dials, so that a crash between the two leaves an ordinary row that waits: nothing is lost, no remote is hammered, and only a
//!   message whose acceptance was not settled is sent again. The settling deletes the row, and with the last row the letter and its reference.
//!
//! The search index is behind the mail and may be lost: a segment's rows are written in several transactions, and the one that lists it in
//! `F6 00000000` is the last. Rows of segments that are not listed are nobody's and are swept by the next who writes the index.
//!
//! The columns are behind the mail, too: a block is written in one deed, a row that is missing is read from its index record, and a block goes in the step
//! that frees the last of its messages.
//!
//! `00 38` and `00 39` came to schema 3 in the same way: a program that does not know them lets everybody in, and leaves the known networks of
//! a person whom it removes, which `check` tells of and nothing reads.
//!
//! `00 04` and `00 15` came to schema 3 without a number of their own: a program that does not know them serves the store well, and leaves behind, when
//! it removes a person, a name that `check` tells of and an owner's row that [`crate::Read::owner`] reads as nobody's. Forgetting the owner voids the secrets and
//! writes the row in one deed; claiming makes the person, or gives them new secrets, and writes the row in one deed: there is no moment with two owners, and
//! none in which a forgotten one's password still opens anything. Another address is one deed, too: address row, record and the alias of the old one.
//!
//! `F7` came to schema 3 in the same way: whoever does not know it leaves it as it is, calls its keys unknown when it checks, and leaves it behind when it removes a
//! person.
//!
//! `07` came without a number of its own, too. A deed that says something of a message notes it in `07 aaaa 03` and in the same commit; the learner takes the note away in
//! the deed that counts it and writes `07 aaaa 04`. So a crash leaves a mark noted or counted, never both and never neither. A message that is gone before it was
//! learned teaches nothing, and rows of `04` about messages that are gone are swept by and by. A program that does not know `07` notes nothing in it, and leaves it
//! behind when it removes a person: numbers of people are never reused, and the learner throws away what is nobody's.
//!
//! `00 16` and `00 17` came to schema 3 in the same way. A program that does not know them asks nobody for a second step, lets every app password open everything, and
//! leaves the rows of somebody it removes behind; a scope names the time at which its app password was made, so that a number given away anew inherits none. The last
//! uses are behind: they are written some time after, and a crash loses those of the last hour.
//!
//! Numbers are never reused: the next gid is one past the newest body (kept in `F1 02` when that body goes), mailbox numbers and UIDVALIDITY are
//! counted in `FF 00000000 aaaa`, letters in `F1 00`, UIDs in the mailbox's counters, accounts in `00 03`, each in the transaction that hands the number out.

mod body;
mod entry;
mod heads;
pub(crate) mod key;
mod newest;
mod overlay;
mod queue;
mod shares;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::ids::{AccountId, ModSeq};
use crate::records::SpecialUse;
use crate::rights::AclEntry;

pub(crate) use body::{IndexHead, RunKind, read_run};
pub(crate) use entry::{
    Block, EMPTY, block_of, grave, is_hole, modseq_of, pack, read_block, slot_of, uid_of, unpack,
};
pub(crate) use heads::{AccountHead, MailboxHead};
pub(crate) use newest::{GROUP, Newest, group_of_block, read_newest, write_newest};
pub(crate) use overlay::{SLOT, Slot, Slots, read_seen, read_slots, write_slots};
pub(crate) use queue::{LetterRecord, QueueHead, RowRecord, SendingCount, lane_of};
pub(crate) use shares::{AS_BORN, SHARES, Shares, group_of, place_of, read_shares, write_shares};

/// The newest schema this program knows; `migrate` has a step to each one from the one before.
pub(crate) const SCHEMA: u32 = 3;
/// First octets of the schema record: tells our file from any other LMDB file.
pub(crate) const MAGIC: [u8; 12] = *b"pillarbox 01";

/// Octets of a body chunk: an LMDB overflow page without its header, so that no page is part empty and no run of pages is needed.
pub(crate) const CHUNK: usize = 4080;
/// Octets of a packed [`Entry`].
pub(crate) const ENTRY: usize = 24;
/// Entries of a [`Block`].
pub(crate) const BLOCK: usize = 16;
/// Messages in one run of the expunge log: 1 + 64 * 28 octets still lie inside a leaf.
pub(crate) const LOG_RUN: usize = 64;
/// Octets of one message in a run of the expunge log.
pub(crate) const LOG_ENTRY: usize = 4 + ENTRY;

/// Flags an entry can hold: 40 bits.
pub(crate) const FLAG_BITS: u64 = (1 << 40) - 1;
/// Largest modseq an entry can hold (RFC 7162 allows 63 bits; 2^48 changes outlast any mailbox).
pub(crate) const MODSEQ_MAX: ModSeq = (1 << 48) - 1;
/// Largest gid a key can hold.
pub(crate) const GID_MAX: u64 = (1 << 40) - 1;
/// Largest chunk number a key can hold.
pub(crate) const CHUNK_MAX: u32 = (1 << 24) - 1;

#[derive(Serialize, Deserialize)]
pub(crate) struct Schema {
    pub(crate) magic: [u8; 12],
    pub(crate) version: u32,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    pub(crate) address: String,
    pub(crate) quota: Option<u64>,
    pub(crate) created: i64,
    pub(crate) quota_messages: Option<u64>,
}

/// Who else may do what with a mailbox; sorted by whom, granting before taking away; never empty.
pub(crate) type AclRecord = Vec<AclEntry>;

#[derive(Serialize, Deserialize)]
pub(crate) struct MailboxRecord {
    pub(crate) number: u32,
    pub(crate) special_use: Option<SpecialUse>,
    pub(crate) selectable: bool,
}

/// An alias's target: a person, or an address elsewhere.
#[derive(Serialize, Deserialize)]
pub(crate) enum TargetRecord {
    Account(AccountId),
    Remote(String),
}

/// Fixed fields read one after the other; a short record is damage.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (first, rest) = self
            .0
            .split_first_chunk()
            .ok_or_else(|| Error::Damaged("a record is shorter than its fixed fields".into()))?;
        self.0 = rest;
        Ok(*first)
    }

    fn u16(&mut self) -> Result<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64> {
        self.take().map(u64::from_be_bytes)
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
