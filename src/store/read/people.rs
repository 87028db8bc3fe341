//! Reading people, credentials and aliases.

use mail::Address;

use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::look::{KEY_MAX, Look, fold_domain};
use crate::records::{Account, AliasTarget, Credentials, Owner};
use crate::schema::{AccountRecord, TargetRecord, key};

/// An alias's or catch-all's key and targets.
type AliasRow = (Vec<u8>, Vec<AliasTarget>);

impl Look<'_> {
    pub(crate) fn account_record(self, id: AccountId) -> Result<AccountRecord> {
        Ok(postcard::from_bytes(
            self.get(&key::of(key::ACCOUNTS, id))?
                .ok_or(Error::NoSuchAccount)?,
        )?)
    }

    pub(crate) fn account(self, id: AccountId) -> Result<Account> {
        let record = self.account_record(id)?;
        Ok(Account {
            id,
            address: address(&record.address)?,
            quota: record.quota,
            quota_messages: record.quota_messages,
            created: record.created,
        })
    }

    pub(crate) fn accounts(self) -> Result<Vec<Account>> {
        let mut accounts = Vec::new();
        for row in self.prefixed(&key::ACCOUNTS)? {
            let id = key::last_u32(row?.0).ok_or_else(crate::look::odd_key)?;
            accounts.push(self.account(AccountId(id))?);
        }
        Ok(accounts)
    }

    pub(crate) fn name(self, id: AccountId) -> Result<String> {
        let octets = self.get(&key::of(key::NAMES, id))?.unwrap_or_default();
        Ok(String::from_utf8_lossy(octets).into_owned())
    }

    /// A row that names somebody who is gone was left by a program that did not know it: nobody's.
    pub(crate) fn owner(self) -> Result<Owner> {
        let Some(octets) = self.get(&key::OWNER)? else {
            return Ok(Owner::Unsaid);
        };
        let gone = |account| Ok::<_, Error>(self.get(&key::of(key::ACCOUNTS, account))?.is_none());
        Ok(match postcard::from_bytes(octets)? {
            Owner::Person { account, .. } | Owner::Forgotten(Some(account)) if gone(account)? => {
                Owner::Forgotten(None)
            }
            owner => owner,
        })
    }

    pub(crate) fn account_by_address(self, address: &Address) -> Result<Option<AccountId>> {
        let octets = self.get(&key::named(key::ADDRESSES, &address.fold().to_string()))?;
        Ok(octets
            .and_then(|octets| octets.first_chunk())
            .map(|n| AccountId(u32::from_be_bytes(*n))))
    }

    pub(crate) fn credentials(self, id: AccountId) -> Result<Credentials> {
        Ok(postcard::from_bytes(
            self.get(&key::of(key::CREDENTIALS, id))?
                .ok_or(Error::NoSuchAccount)?,
        )?)
    }

    pub(crate) fn alias(self, address: &Address) -> Result<Option<Vec<AliasTarget>>> {
        self.get(&key::named(key::ALIASES, &address.fold().to_string()))?
            .map(targets)
            .transpose()
    }

    pub(crate) fn catch_all(self, domain: &str) -> Result<Option<Vec<AliasTarget>>> {
        let row = key::named(key::CATCH_ALLS, &fold_domain(domain));
        if row.len() > KEY_MAX {
            return Ok(None);
        }
        self.get(&row)?.map(targets).transpose()
    }

    pub(crate) fn alias_rows(self, table: [u8; 2]) -> Result<Vec<AliasRow>> {
        let rows = self
            .prefixed(&table)?
            .map(|row| row.and_then(|(at, octets)| Ok((at.to_vec(), targets(octets)?))));
        rows.collect()
    }

    pub(crate) fn aliases(self) -> Result<Vec<(String, Vec<AliasTarget>)>> {
        let mut aliases = Vec::new();
        for (table, before) in [(key::ALIASES, ""), (key::CATCH_ALLS, "@")] {
            for (at, targets) in self.alias_rows(table)? {
                let name = String::from_utf8_lossy(at.get(table.len()..).unwrap_or_default());
                aliases.push((format!("{before}{name}"), targets));
            }
        }
        Ok(aliases)
    }

    pub(crate) fn addresses_of(self, id: AccountId) -> Result<Vec<Address>> {
        let mut addresses = vec![self.account(id)?.address];
        for (at, targets) in self.alias_rows(key::ALIASES)? {
            if targets.contains(&AliasTarget::Account(id)) {
                let name = at
                    .get(key::ALIASES.len()..)
                    .and_then(|name| std::str::from_utf8(name).ok());
                addresses.push(address(name.unwrap_or_default())?);
            }
        }
        Ok(addresses)
    }
}

fn targets(octets: &[u8]) -> Result<Vec<AliasTarget>> {
    let records: Vec<TargetRecord> = postcard::from_bytes(octets)?;
    let target = |record| match record {
        TargetRecord::Account(id) => Ok(AliasTarget::Account(id)),
        TargetRecord::Remote(text) => address(&text).map(AliasTarget::Remote),
    };
    records.into_iter().map(target).collect()
}

fn address(text: &str) -> Result<Address> {
    Address::parse(text).map_err(|_| Error::Damaged("an address in the store is none".into()))
}
