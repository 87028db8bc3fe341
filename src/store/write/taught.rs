//! What the learner writes: a person's table and reputation rows, and as what each message was learned. All of one mark in one deed.
//!
//! The octets of heads, notes, chunks and reputation rows are the caller's; the store bounds them, counts rows, and forgets.

use super::WriteTx;
use super::mailbox_key::random;
use crate::error::{Error, Result};
use crate::ids::{AccountId, Gid};
use crate::records::{Due, Learned, REPUTATION_KEY, TaughtCounts};
use crate::schema::{CHUNK, key};

/// Octets of a table's head.
const HEAD_MAX: usize = 64;
/// Octets of one note: what 24,000 tokens come to, packed.
const NOTE_MAX: usize = 128 * 1024;
/// Notes that wait to be folded, and chunks: above any table of today.
const PIECES_MAX: u16 = 1024;
/// Octets of a reputation row.
const REPUTATION_MAX: usize = 32;
/// Messages of which it is kept as what they were learned: the oldest beyond can no longer be taken back. About 1 MB.
const LEARNED_MAX: u32 = 20_000;
/// Reputation rows: those of the longest silence go first. About 0.5 MB.
const REPUTATIONS_MAX: u32 = 20_000;
/// Of so many above a bound everything down to that share goes at once, so that it is not walked for each one.
const KEEPS: u32 = 3;
const OF: u32 = 4;

impl WriteTx<'_> {
    /// The seed of what the person teaches, made when it is first asked for. Error: `NoSuchAccount`.
    pub fn make_taught_seed(&mut self, account: AccountId) -> Result<u64> {
        if let Some(known) = self.look().taught_seed(account)? {
            return Ok(known);
        }
        self.look().account_head(account)?;
        let made = random()?;
        let seed: [u8; 8] = *made.first_chunk().ok_or(Error::Busy)?;
        self.put(&key::taught(account, key::SEED), &seed)?;
        Ok(u64::from_be_bytes(seed))
    }

    /// Replaces the head of the person's table, at most 64 octets.
    pub fn put_junk_head(&mut self, account: AccountId, octets: &[u8]) -> Result<()> {
        self.look().account_head(account)?;
        fits(octets.len() <= HEAD_MAX)?;
        self.put(&key::taught(account, key::TABLE_HEAD), octets)
    }

    /// Keeps a note of the person's table.
    pub fn put_junk_note(&mut self, account: AccountId, number: u32, octets: &[u8]) -> Result<()> {
        fits(octets.len() <= NOTE_MAX)?;
        self.put(
            &key::taught_piece(account, key::TABLE_NOTES, piece(number)?),
            octets,
        )
    }

    /// Deletes all notes of the person's table.
    pub fn clear_junk_notes(&mut self, account: AccountId) -> Result<()> {
        self.delete_all(&key::taught(account, key::TABLE_NOTES))
    }

    /// Replaces a chunk of the person's table, 4080 octets; an empty slice deletes it.
    pub fn put_junk_chunk(&mut self, account: AccountId, number: u32, octets: &[u8]) -> Result<()> {
        let at = key::taught_piece(account, key::TABLE_CHUNKS, piece(number)?);
        if octets.is_empty() {
            return self.delete(&at).map(|_| ());
        }
        fits(octets.len() == CHUNK)?;
        self.put(&at, octets)
    }

    /// Throws the person's table away: head, notes and chunks. What messages were learned as stays.
    pub fn clear_junk_table(&mut self, account: AccountId) -> Result<()> {
        for kind in [key::TABLE_HEAD, key::TABLE_NOTES, key::TABLE_CHUNKS] {
            self.delete_all(&key::taught(account, kind))?;
        }
        Ok(())
    }

    /// Replaces a reputation row; an empty slice deletes it. Beyond 20,000 those that `age` (of a row's octets) calls the oldest go.
    pub fn put_reputation(
        &mut self,
        account: AccountId,
        name: &[u8; REPUTATION_KEY],
        octets: &[u8],
        age: fn(&[u8]) -> u32,
    ) -> Result<()> {
        fits(octets.len() <= REPUTATION_MAX)?;
        let at = key::reputation(account, name);
        let was = self.get(&at)?.is_some();
        if octets.is_empty() {
            self.delete(&at)?;
        } else {
            self.put(&at, octets)?;
        }
        let is = !octets.is_empty();
        if was == is {
            return Ok(());
        }
        let mut counts = self.look().taught_counts(account)?;
        counts.reputations = changed(counts.reputations, is);
        if counts.reputations > REPUTATIONS_MAX {
            let mut rows = Vec::new();
            for row in self
                .look()
                .prefixed(&key::taught(account, key::REPUTATION))?
            {
                let (at, octets) = row?;
                rows.push((age(octets), at.to_vec()));
            }
            rows.sort_unstable();
            let gone = rows.len().saturating_sub(kept(REPUTATIONS_MAX));
            for (_, at) in rows.drain(..gone) {
                self.delete(&at)?;
            }
            counts.reputations = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        }
        self.put_taught_counts(account, counts)
    }

    /// Says as what a message is counted; `None`: it is not any more. Beyond 20,000 the oldest are forgotten, and stay counted.
    pub fn put_learned(
        &mut self,
        account: AccountId,
        gid: Gid,
        learned: Option<&Learned>,
    ) -> Result<()> {
        let at = key::taught_of(account, key::LEARNED, gid);
        let was = self.get(&at)?.is_some();
        match learned {
            Some(learned) => self.put(&at, &learned.write())?,
            None => {
                self.delete(&at)?;
            }
        }
        if was == learned.is_some() {
            return Ok(());
        }
        let mut counts = self.look().taught_counts(account)?;
        counts.learned = changed(counts.learned, learned.is_some());
        if counts.learned > LEARNED_MAX {
            counts.learned = self.sweep_learned(account, kept(LEARNED_MAX))?;
        }
        self.put_taught_counts(account, counts)
    }

    /// Forgets as what messages were learned that are nowhere any more, then the oldest beyond `keep`; how many are left.
    fn sweep_learned(&mut self, account: AccountId, keep: usize) -> Result<u32> {
        let (mut here, mut gone) = (Vec::new(), Vec::new());
        for row in self.look().prefixed(&key::taught(account, key::LEARNED))? {
            let at = row?.0.to_vec();
            let gid = key::taught_gid(&at).ok_or_else(crate::look::odd_key)?;
            let there = self.get(&key::index(gid))?.is_some();
            if there { &mut here } else { &mut gone }.push(at);
        }
        let old = here.len().saturating_sub(keep);
        gone.extend(here.drain(..old));
        for at in gone {
            self.delete(&at)?;
        }
        Ok(u32::try_from(here.len()).unwrap_or(u32::MAX))
    }

    /// Takes a mark off the list of those that are to be learned, if it is still what the caller saw; whether it was.
    pub fn take_due(&mut self, account: AccountId, gid: Gid, seen: &Due) -> Result<bool> {
        if self.look().due(account, gid)? != Some(*seen) {
            return Ok(false);
        }
        self.delete(&key::taught_of(account, key::DUE, gid))
    }

    /// Forgets everything that the person has taught, and what waits to be learned.
    pub fn forget_taught(&mut self, account: AccountId) -> Result<()> {
        self.delete_all(&key::taught_by(account))
    }

    fn put_taught_counts(&mut self, account: AccountId, counts: TaughtCounts) -> Result<()> {
        let at = key::taught(account, key::COUNTS);
        if counts == TaughtCounts::default() {
            return self.delete(&at).map(|_| ());
        }
        self.put(&at, &counts.write())
    }

    fn delete_all(&mut self, prefix: &[u8]) -> Result<()> {
        while let Some(at) = self.first_key_in(prefix)? {
            self.delete(&at)?;
        }
        Ok(())
    }

    fn first_key_in(&self, prefix: &[u8]) -> Result<Option<Vec<u8>>> {
        let first = self.look().prefixed(prefix)?.next().transpose()?;
        Ok(first.map(|(at, _)| at.to_vec()))
    }
}

fn changed(count: u32, more: bool) -> u32 {
    if more {
        count.saturating_add(1)
    } else {
        count.saturating_sub(1)
    }
}

fn kept(bound: u32) -> usize {
    (bound / OF).saturating_mul(KEEPS) as usize
}

fn piece(number: u32) -> Result<u16> {
    u16::try_from(number)
        .ok()
        .filter(|number| *number < PIECES_MAX)
        .ok_or(Error::NotAllowed("a junk table has at most 1,024 pieces"))
}

fn fits(does: bool) -> Result<()> {
    if does {
        return Ok(());
    }
    Err(Error::NotAllowed("a piece of what was learned is too long"))
}
