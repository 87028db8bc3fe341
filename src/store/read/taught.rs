//! Reading what people have taught.

use std::ops::Bound;

use crate::error::Result;
use crate::ids::{AccountId, Gid};
use crate::look::{Look, Source, odd_key};
use crate::records::{Due, Learned, REPUTATION_KEY, TaughtCounts};
use crate::schema::{GID_MAX, key};

/// What both kinds of transaction can answer of what people have taught. Slices are of the map, valid until the transaction ends.
pub trait Taught: Source {
    /// The seed of what the person teaches; `None`: they have taught nothing.
    fn taught_seed(&self, account: AccountId) -> Result<Option<u64>> {
        self.look().taught_seed(account)
    }

    /// How much is kept of what the person has taught.
    fn taught_counts(&self, account: AccountId) -> Result<TaughtCounts> {
        self.look().taught_counts(account)
    }

    /// The head of the person's junk table, as it was put.
    fn junk_head(&self, account: AccountId) -> Result<Option<&[u8]>> {
        self.look().junk_head(account)
    }

    /// A chunk of the person's junk table, as it lies in the map.
    fn junk_chunk(&self, account: AccountId, number: u32) -> Result<Option<&[u8]>> {
        match u16::try_from(number) {
            Ok(number) => self.look().junk_chunk(account, number),
            Err(_) => Ok(None),
        }
    }

    /// Lends every note of the person's junk table, by number.
    fn junk_notes(&self, account: AccountId, each: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.look().junk_notes(account, each)
    }

    /// A reputation row.
    fn reputation(&self, account: AccountId, name: &[u8; REPUTATION_KEY]) -> Result<Option<&[u8]>> {
        self.look().reputation(account, name)
    }

    /// As what a message is counted.
    fn learned(&self, account: AccountId, gid: Gid) -> Result<Option<Learned>> {
        self.look().learned(account, gid)
    }

    /// Messages from `from` on that are counted, by gid, `max` of them at most.
    fn learned_from(
        &self,
        account: AccountId,
        from: Gid,
        max: usize,
    ) -> Result<Vec<(Gid, Learned)>> {
        self.look().learned_from(account, from, max)
    }

    /// What was said of a message and waits to be learned.
    fn due(&self, account: AccountId, gid: Gid) -> Result<Option<Due>> {
        self.look().due(account, gid)
    }

    /// Messages from `from` on of which something waits to be learned, by gid, `max` of them at most.
    fn due_from(&self, account: AccountId, from: Gid, max: usize) -> Result<Vec<(Gid, Due)>> {
        self.look().due_from(account, from, max)
    }

    /// The next number behind `after` of which anything is kept that was taught, whether the person is still there or not.
    fn next_teacher(&self, after: AccountId) -> Result<Option<AccountId>> {
        self.look().next_teacher(after)
    }
}

impl<S: Source> Taught for S {}

impl<'a> Look<'a> {
    pub(crate) fn taught_seed(self, account: AccountId) -> Result<Option<u64>> {
        let octets = self.get(&key::taught(account, key::SEED))?;
        Ok(octets
            .and_then(|octets| octets.first_chunk())
            .map(|seed| u64::from_be_bytes(*seed)))
    }

    pub(crate) fn taught_counts(self, account: AccountId) -> Result<TaughtCounts> {
        let octets = self.get(&key::taught(account, key::COUNTS))?;
        Ok(octets
            .map(TaughtCounts::read)
            .transpose()?
            .unwrap_or_default())
    }

    pub(crate) fn junk_head(self, account: AccountId) -> Result<Option<&'a [u8]>> {
        self.get(&key::taught(account, key::TABLE_HEAD))
    }

    pub(crate) fn junk_chunk(self, account: AccountId, number: u16) -> Result<Option<&'a [u8]>> {
        self.get(&key::taught_piece(account, key::TABLE_CHUNKS, number))
    }

    pub(crate) fn junk_notes(self, account: AccountId, each: &mut dyn FnMut(&[u8])) -> Result<()> {
        for row in self.prefixed(&key::taught(account, key::TABLE_NOTES))? {
            each(row?.1);
        }
        Ok(())
    }

    pub(crate) fn reputation(
        self,
        account: AccountId,
        name: &[u8; REPUTATION_KEY],
    ) -> Result<Option<&'a [u8]>> {
        self.get(&key::reputation(account, name))
    }

    pub(crate) fn learned(self, account: AccountId, gid: Gid) -> Result<Option<Learned>> {
        self.get(&key::taught_of(account, key::LEARNED, gid))?
            .map(Learned::read)
            .transpose()
    }

    pub(crate) fn learned_from(
        self,
        account: AccountId,
        from: Gid,
        max: usize,
    ) -> Result<Vec<(Gid, Learned)>> {
        self.about(account, key::LEARNED, from)?
            .take(max)
            .map(|row| {
                let (gid, octets) = row?;
                Ok((gid, Learned::read(octets)?))
            })
            .collect()
    }

    pub(crate) fn due(self, account: AccountId, gid: Gid) -> Result<Option<Due>> {
        self.get(&key::taught_of(account, key::DUE, gid))?
            .map(Due::read)
            .transpose()
    }

    pub(crate) fn due_from(
        self,
        account: AccountId,
        from: Gid,
        max: usize,
    ) -> Result<Vec<(Gid, Due)>> {
        self.about(account, key::DUE, from)?
            .take(max)
            .map(|row| {
                let (gid, octets) = row?;
                Ok((gid, Due::read(octets)?))
            })
            .collect()
    }

    /// The next person behind `after` of whom anything is kept, whether they are still there or not.
    pub(crate) fn next_teacher(self, after: AccountId) -> Result<Option<AccountId>> {
        let Some(next) = after.0.checked_add(1) else {
            return Ok(None);
        };
        let first = key::taught_by(AccountId(next));
        let rows = self.range(
            Bound::Included(&first[..]),
            Bound::Excluded(&[key::TAUGHT + 1][..]),
        )?;
        let mut rows = rows;
        rows.next()
            .transpose()?
            .map(|(at, _)| key::taught_whose(at).map(|(whose, _)| whose))
            .map(|whose| whose.ok_or_else(odd_key))
            .transpose()
    }

    /// Rows of a kind about messages from `from` on, by gid.
    fn about(
        self,
        account: AccountId,
        kind: u8,
        from: Gid,
    ) -> Result<impl Iterator<Item = Result<(Gid, &'a [u8])>> + use<'a>> {
        let first = key::taught_of(account, kind, Gid(from.0.min(GID_MAX)));
        let last = key::taught_of(account, kind, Gid(GID_MAX));
        Ok(self.between(&first, &last)?.map(|row| {
            let (at, octets) = row?;
            Ok((key::taught_gid(at).ok_or_else(odd_key)?, octets))
        }))
    }
}
