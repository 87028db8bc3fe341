//! Whose the box is, what its people are called, and where they are reached.

use mail::Address;

use super::WriteTx;
use crate::Read;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::records::{AliasTarget, Owner};
use crate::schema::{AccountRecord, key};

/// The longest name of a person, in octets: what fits into a From field beside an address without folding.
pub const NAME_MAX: usize = 200;

impl WriteTx<'_> {
    /// Says whose the box is. Error: `NoSuchAccount`.
    pub fn set_owner(&mut self, owner: Owner) -> Result<()> {
        match owner {
            Owner::Unsaid => {
                self.delete(&key::OWNER)?;
                return Ok(());
            }
            Owner::Person { account, .. } | Owner::Forgotten(Some(account)) => {
                self.look().account_head(account)?;
            }
            Owner::Forgotten(None) => {}
        }
        self.put(&key::OWNER, &postcard::to_stdvec(&owner)?)
    }

    /// What the person is called; empty: nothing but their address. Errors: `NoSuchAccount`; `NotAllowed` for one that no header field takes.
    pub fn set_name(&mut self, id: AccountId, name: &str) -> Result<()> {
        self.look().account_head(id)?;
        if name.len() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(Error::NotAllowed(
                "a name is plain text of at most 200 octets",
            ));
        }
        if name.is_empty() {
            self.delete(&key::of(key::NAMES, id))?;
            return Ok(());
        }
        self.put(&key::of(key::NAMES, id), name.as_bytes())
    }

    /// Gives the person another address; the old one goes on as an alias that leads to them. Everything of theirs goes by their number and stays where it is.
    ///
    /// Errors: `Exists` when the new one is somebody else's, or an alias that leads to anybody else.
    pub fn set_address(&mut self, id: AccountId, address: &Address) -> Result<()> {
        let record = self.look().account_record(id)?;
        let old = self.account(id)?.address;
        let record = AccountRecord {
            address: address.to_string(),
            ..record
        };
        if old.fold() != address.fold() {
            if self.account_by_address(address)?.is_some() {
                return Err(Error::Exists);
            }
            match self.alias(address)? {
                None => {}
                Some(targets) if targets == [AliasTarget::Account(id)] => {
                    self.delete(&key::named(key::ALIASES, &address.fold().to_string()))?;
                }
                Some(_) => return Err(Error::Exists),
            }
            self.delete(&super::people::address_row(&old))?;
            self.put(&super::people::address_row(address), &id.0.to_be_bytes())?;
            self.put_account(id, &record)?;
            return self.set_alias(&old, &[AliasTarget::Account(id)]);
        }
        self.put_account(id, &record)
    }

    /// The person goes, and with them what the box knew of them as its owner.
    pub(super) fn leave_owner(&mut self, id: AccountId) -> Result<()> {
        match self.owner()? {
            // Whoever was added first of those who are left.
            Owner::Person { account, .. } if account == id => self.set_owner(Owner::Unsaid),
            // Still nobody's: it must not become anybody's without somebody who stands there.
            Owner::Forgotten(Some(account)) if account == id => {
                self.set_owner(Owner::Forgotten(None))
            }
            _ => Ok(()),
        }
    }
}
