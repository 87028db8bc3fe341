//! Freeing what nobody refers to any more, in bounded steps that ride along in the writer's commits.
//!
//! An expunged message keeps its reference in the expunge log until every [`crate::Watch`] has passed it (users.md A39: what another session
//! expunged stays readable until this one was told). Each step leaves a state that the next one, or the next process, goes on from.

use crate::error::Result;
use crate::ids::{Gid, MailboxId, Uid};
use crate::schema::{
    CHUNK_MAX, ENTRY, GID_MAX, IndexHead, RunKind, block_of, is_hole, key, read_block, read_run,
    slot_of, unpack,
};
use crate::write::{Layers, Open, WriteTx};

/// Something that may have become free. Looking in vain does no harm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Task {
    /// Expunged messages of a mailbox.
    Log(MailboxId),
    /// A deleted mailbox.
    Doomed(MailboxId),
    /// A body without index record.
    Orphan(Gid),
    /// Messages that were staged together and never appended.
    Batch(Gid),
}

/// Bodies and chunks that one commit frees at most: a few hundred changed pages.
const BUDGET: u32 = 512;
/// Bodies with more chunks are freed apart from their last reference.
const CHUNKS_AT_ONCE: u32 = 64;
/// Messages that the expunge log of a mailbox remembers (28 octets each); who was away for longer is told to look at all UIDs.
pub(crate) const LOG_KEEP: u32 = 10_000;

/// What is left to free in this commit.
pub(crate) struct Budget(u32);

impl Default for Budget {
    fn default() -> Budget {
        Budget(BUDGET)
    }
}

impl Budget {
    pub(crate) fn is_spent(&self) -> bool {
        self.0 == 0
    }

    fn spend(&mut self, cost: u32) {
        self.0 = self.0.saturating_sub(cost.max(1));
    }
}

/// Goes on with a task. True when there is nothing left of it to do now.
pub(crate) fn step(tx: &mut WriteTx<'_>, task: Task, budget: &mut Budget) -> Result<bool> {
    match task {
        Task::Log(mailbox) => log(tx, mailbox, budget),
        Task::Doomed(mailbox) => doomed(tx, mailbox, budget),
        Task::Orphan(gid) => orphan(tx, gid, budget),
        Task::Batch(id) => batch(tx, id, budget),
    }
}

/// Releases runs of the log that everyone was told of, oldest first, then forgets the oldest beyond [`LOG_KEEP`].
fn log(tx: &mut WriteTx<'_>, mailbox: MailboxId, budget: &mut Budget) -> Result<bool> {
    let Some(mut open) = tx.open_if_there(mailbox)? else {
        return Ok(true);
    };
    let before = open.head;
    let mut layers = tx.layers(mailbox)?;
    let mut finished = true;
    while let Some((modseq, run)) = tx.run_after(mailbox, open.head.released)? {
        if tx.is_held(mailbox, modseq) {
            break;
        }
        if budget.is_spent() {
            finished = false;
            break;
        }
        release_run(tx, &run, budget)?;
        clear_slots(tx, &run, &mut layers)?;
        clear_graves(tx, &mut open, &run)?;
        open.head.released = modseq;
    }
    tx.save_layers(&mut layers)?;
    while open.head.log_entries > LOG_KEEP {
        let Some((modseq, run)) = tx
            .run_after(mailbox, open.head.log_floor)?
            .filter(|(modseq, _)| *modseq <= open.head.released)
        else {
            break;
        };
        tx.delete(&key::log(mailbox, modseq))?;
        open.head.log_floor = modseq;
        let gone = u32::try_from(read_run(&run)?.1.count()).unwrap_or(u32::MAX);
        open.head.log_entries = open.head.log_entries.saturating_sub(gone);
        budget.spend(1);
    }
    if open.head != before {
        tx.save_quietly(&mut open)?;
    }
    Ok(finished)
}

/// Releases a deleted mailbox's blocks, then its log; its row goes last.
fn doomed(tx: &mut WriteTx<'_>, mailbox: MailboxId, budget: &mut Budget) -> Result<bool> {
    let row = key::doomed(mailbox);
    let Some(released) = tx
        .get(&row)?
        .map(|octets| octets.first_chunk().map_or(0, |n| u64::from_be_bytes(*n)))
    else {
        return Ok(true);
    };
    // Whoever still has it open reads on until told; then the watch goes, and this is called again.
    if tx.is_held(mailbox, u64::MAX) {
        return Ok(true);
    }
    while let Some((at, octets)) = tx.first_in(&key::in_mailbox(key::BLOCKS, mailbox))? {
        if budget.is_spent() {
            return Ok(false);
        }
        for entry in read_block(&octets).iter().filter_map(unpack) {
            release(tx, entry.gid, budget)?;
        }
        tx.delete(&at)?;
    }
    while let Some((at, run)) = tx.first_in(&key::in_mailbox(key::LOG, mailbox))? {
        if budget.is_spent() {
            return Ok(false);
        }
        if key::modseq_of(&at).is_some_and(|modseq| modseq > released) {
            release_run(tx, &run, budget)?;
        }
        tx.delete(&at)?;
        budget.spend(1);
    }
    for table in [key::OVERLAYS, key::VIEWERS, key::NEWEST] {
        while let Some((at, _)) = tx.first_in(&key::in_mailbox(table, mailbox))? {
            if budget.is_spent() {
                return Ok(false);
            }
            tx.delete(&at)?;
            budget.spend(1);
        }
    }
    tx.delete(&row)?;
    tx.forget_recent(mailbox);
    Ok(true)
}

/// Deletes the chunks of a body that has no index record.
fn orphan(tx: &mut WriteTx<'_>, gid: Gid, budget: &mut Budget) -> Result<bool> {
    if tx.get(&key::orphan(gid))?.is_none() {
        return Ok(true);
    }
    while let Some((at, _)) = tx.first_in(&key::chunk(gid, 0)[..6])? {
        if budget.is_spent() {
            return Ok(false);
        }
        tx.delete(&at)?;
        budget.spend(1);
    }
    tx.delete(&key::orphan(gid))?;
    tx.forget_column(gid)?;
    tx.keep_gids_unique(gid)?;
    Ok(true)
}

/// Frees the messages of a batch, its row with the last of them.
fn batch(tx: &mut WriteTx<'_>, id: Gid, budget: &mut Budget) -> Result<bool> {
    while let Some((at, row)) = tx.first_in(&key::batch(id))? {
        let mut left = row.as_slice();
        while let Some((before, packed)) = left.split_last_chunk::<ENTRY>() {
            if budget.is_spent() {
                // A row without entries is none: it goes with its last one below.
                if left.len() < row.len() {
                    tx.put(&at, left)?;
                }
                return Ok(false);
            }
            if let Some(entry) = unpack(packed) {
                release(tx, entry.gid, budget)?;
            }
            left = before;
        }
        tx.delete(&at)?;
    }
    Ok(true)
}

fn release_run(tx: &mut WriteTx<'_>, run: &[u8], budget: &mut Budget) -> Result<()> {
    let (kind, each) = read_run(run)?;
    if kind == RunKind::Holds {
        for (_, entry) in each {
            if let Some(entry) = entry {
                release(tx, entry.gid, budget)?;
            }
        }
    }
    budget.spend(1);
    Ok(())
}

/// Empties viewers' slots of a run's messages: nobody reads those any more.
fn clear_slots(tx: &mut WriteTx<'_>, run: &[u8], layers: &mut Layers) -> Result<()> {
    if layers.is_empty() {
        return Ok(());
    }
    for (uid, _) in read_run(run)?.1 {
        tx.turn_layers(layers, block_of(uid))?;
        layers.clear(slot_of(uid));
    }
    Ok(())
}

/// Leaves plain holes where a run's messages were.
fn clear_graves(tx: &mut WriteTx<'_>, open: &mut Open, run: &[u8]) -> Result<()> {
    let uids: Vec<Uid> = read_run(run)?.1.map(|(uid, _)| uid).collect();
    for group in uids.chunk_by(|a, b| block_of(*a) == block_of(*b)) {
        let Some(number) = group.first().map(|uid| block_of(*uid)) else {
            continue;
        };
        tx.change_block(open, number, &mut |block, _| {
            let mut any = false;
            for uid in group {
                if let Some(packed) = block.get_mut(slot_of(*uid))
                    && is_hole(packed)
                    && *packed != [0; ENTRY]
                {
                    *packed = [0; ENTRY];
                    any = true;
                }
            }
            any
        })?;
    }
    Ok(())
}

/// One reference less; the body goes with the last one.
pub(crate) fn release(tx: &mut WriteTx<'_>, gid: Gid, budget: &mut Budget) -> Result<()> {
    let Some(index) = tx
        .get(&key::index(gid))?
        .map(IndexHead::read)
        .transpose()?
        .map(|(index, _)| index)
    else {
        return Ok(());
    };
    budget.spend(1);
    let references = tx.references(gid, &index)?;
    if references > 1 {
        let more = tx.look().more_shares(gid)?;
        return tx.set_shares(gid, more.saturating_sub(1));
    }
    tx.set_shares(gid, 0)?;
    tx.delete(&key::index(gid))?;
    tx.run.changed = true;
    let chunks = index.chunks();
    if chunks > CHUNKS_AT_ONCE {
        tx.put(&key::orphan(gid), &[])?;
        tx.found(Task::Orphan(gid));
        return Ok(());
    }
    for number in 1..=chunks {
        tx.delete(&key::chunk(gid, number))?;
    }
    budget.spend(chunks);
    tx.forget_column(gid)?;
    tx.keep_gids_unique(gid)
}

impl WriteTx<'_> {
    /// Has the next gid outlive the newest body: called when `gid`'s last octets went.
    pub(crate) fn keep_gids_unique(&mut self, gid: Gid) -> Result<()> {
        let newest = self
            .last_before(&key::chunk(Gid(GID_MAX), CHUNK_MAX))?
            .filter(|at| at.first() == Some(&key::BODIES));
        if newest
            .and_then(|at| key::gid_of(&at))
            .is_none_or(|newest| newest < gid)
        {
            let next = self.run.next_gid;
            self.put(&key::NEXT_GID, &next.to_be_bytes())?;
        }
        Ok(())
    }
}
