//! References to bodies: counted as differences to what a body was born with.

use super::WriteTx;
use crate::error::Result;
use crate::ids::Gid;
use crate::schema::{
    AS_BORN, IndexHead, Shares, group_of, key, place_of, read_shares, write_shares,
};

/// The row at hand while many bodies get references.
pub(crate) struct Referring {
    group: Option<u64>,
    shares: Shares,
}

impl Default for Referring {
    fn default() -> Referring {
        Referring {
            group: None,
            shares: AS_BORN,
        }
    }
}

impl WriteTx<'_> {
    /// References to a body.
    pub(crate) fn references(&self, gid: Gid, index: &IndexHead) -> Result<i64> {
        Ok(i64::from(index.births).saturating_add(self.look().more_shares(gid)?.into()))
    }

    /// So many references more than the body was born with.
    pub(crate) fn set_shares(&mut self, gid: Gid, more: i32) -> Result<()> {
        let at = key::shares(group_of(gid));
        let mut shares = self.get(&at)?.map_or(AS_BORN, read_shares);
        match shares.get_mut(place_of(gid)) {
            Some(slot) if *slot != more => *slot = more,
            _ => return Ok(()),
        }
        self.put_shares(&at, &shares)
    }

    /// One reference more; [`WriteTx::end_referring`] writes the last of them.
    pub(crate) fn refer(&mut self, referring: &mut Referring, gid: Gid) -> Result<()> {
        let group = group_of(gid);
        if referring.group != Some(group) {
            self.end_referring(referring)?;
            referring.group = Some(group);
            referring.shares = self.get(&key::shares(group))?.map_or(AS_BORN, read_shares);
        }
        if let Some(more) = referring.shares.get_mut(place_of(gid)) {
            *more = more.saturating_add(1);
        }
        Ok(())
    }

    pub(crate) fn end_referring(&mut self, referring: &mut Referring) -> Result<()> {
        match referring.group.take() {
            Some(group) => self.put_shares(&key::shares(group), &referring.shares),
            None => Ok(()),
        }
    }

    fn put_shares(&mut self, at: &[u8], shares: &Shares) -> Result<()> {
        let octets = write_shares(shares);
        if octets.is_empty() {
            return self.delete(at).map(|_| ());
        }
        self.put(at, &octets)
    }
}
