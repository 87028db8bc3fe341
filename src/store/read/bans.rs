//! Reading who is kept out, and where people are known.

use crate::error::Result;
use crate::ids::AccountId;
use crate::look::Look;
use crate::records::{BanRow, KnownRow};
use crate::schema::key;

impl Look<'_> {
    pub(crate) fn bans(self) -> Result<Vec<BanRow>> {
        self.prefixed(&key::BANS)?
            .map(|row| Ok(postcard::from_bytes(row?.1)?))
            .collect()
    }

    pub(crate) fn count_bans(self) -> Result<usize> {
        let mut count = 0;
        for row in self.prefixed(&key::BANS)? {
            row?;
            count += 1;
        }
        Ok(count)
    }

    pub(crate) fn known(self, account: AccountId) -> Result<KnownRow> {
        let octets = self.get(&key::of(key::KNOWN, account))?;
        Ok(match octets {
            Some(octets) => postcard::from_bytes(octets)?,
            None => KnownRow::default(),
        })
    }
}
