//! Bans come and go; people are known by where they log in from.

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::records::{BanRow, KnownRow, NetworkRow};
use crate::schema::key;

/// Bans that are kept, spent ones that are remembered included: about 60 octets each.
pub const BANS_MAX: usize = 8192;
/// Networks from which one person is known: a home, a work place, a telephone company with many, and a holiday or two.
pub const KNOWN_MAX: usize = 32;

impl WriteTx<'_> {
    /// Writes bans, each over that of the same network and doors. Error: `NotAllowed` when there would be more than [`BANS_MAX`].
    pub fn put_bans(&mut self, bans: &[BanRow]) -> Result<()> {
        let mut count = self.look().count_bans()?;
        for ban in bans {
            let row = key::ban(&ban.network, ban.doors);
            if self.get(&row)?.is_none() {
                count += 1;
            }
            if count > BANS_MAX {
                return Err(Error::NotAllowed("the box keeps at most 8192 bans"));
            }
            self.put(&row, &postcard::to_stdvec(ban)?)?;
        }
        Ok(())
    }

    /// Forgets a ban; false if there is none.
    pub fn delete_ban(&mut self, network: &NetworkRow, doors: u8) -> Result<bool> {
        self.delete(&key::ban(network, doors))
    }

    /// Replaces where the person is known. Errors: `NoSuchAccount`; `NotAllowed` for more than [`KNOWN_MAX`] networks.
    pub fn set_known(&mut self, account: AccountId, known: &KnownRow) -> Result<()> {
        self.look().account_head(account)?;
        if known.networks.len() > KNOWN_MAX {
            return Err(Error::NotAllowed("a person is known from 32 networks"));
        }
        if *known == KnownRow::default() {
            return self.delete(&key::of(key::KNOWN, account)).map(drop);
        }
        self.put(&key::of(key::KNOWN, account), &postcard::to_stdvec(known)?)
    }
}
