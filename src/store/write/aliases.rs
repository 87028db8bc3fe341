//! Aliases and catch-alls: addresses that lead to others.

use mail::Address;

use super::WriteTx;
use crate::Read;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::look::fold_domain;
use crate::records::AliasTarget;
use crate::schema::{TargetRecord, key};

/// Targets of one alias.
const TARGETS_MAX: usize = 100;

impl WriteTx<'_> {
    /// Makes the alias or replaces its targets (1 to 100 of them).
    ///
    /// Errors: `Exists` when the address is a person's; `NoSuchAccount` for a target that is not there.
    pub fn set_alias(&mut self, address: &Address, targets: &[AliasTarget]) -> Result<()> {
        if self.account_by_address(address)?.is_some() {
            return Err(Error::Exists);
        }
        self.put_targets(
            &key::named(key::ALIASES, &address.fold().to_string()),
            targets,
        )
    }

    /// Where mail for addresses of `domain` goes that are nobody's.
    pub fn set_catch_all(&mut self, domain: &str, targets: &[AliasTarget]) -> Result<()> {
        if !mail::valid_domain(domain) {
            return Err(Error::NotAllowed(
                "a catch-all is for a domain, such as example.org",
            ));
        }
        self.put_targets(&key::named(key::CATCH_ALLS, &fold_domain(domain)), targets)
    }

    /// Removes the alias of an address, or the catch-all of a domain (`example.org` or `@example.org`).
    pub fn remove_alias(&mut self, address_or_domain: &str) -> Result<()> {
        let name = address_or_domain.to_ascii_lowercase();
        let row = match Address::parse(&name) {
            Ok(address) => key::named(key::ALIASES, &address.fold().to_string()),
            Err(_) => {
                let domain = name.strip_prefix('@').unwrap_or(&name);
                key::named(key::CATCH_ALLS, &fold_domain(domain))
            }
        };
        if row.len() <= crate::look::KEY_MAX && self.delete(&row)? {
            Ok(())
        } else {
            Err(Error::NoSuchAlias)
        }
    }

    fn put_targets(&mut self, row: &[u8], targets: &[AliasTarget]) -> Result<()> {
        if targets.is_empty() || targets.len() > TARGETS_MAX {
            return Err(Error::NotAllowed("an alias leads to 1 to 100 addresses"));
        }
        let mut records = Vec::with_capacity(targets.len());
        for target in targets {
            records.push(match target {
                AliasTarget::Account(id) => {
                    self.look().account_head(*id)?;
                    TargetRecord::Account(*id)
                }
                AliasTarget::Remote(address) => TargetRecord::Remote(address.to_string()),
            });
        }
        self.put(row, &postcard::to_stdvec(&records)?)
    }

    /// Takes a person out of all targets; an alias that led only to them goes.
    pub(crate) fn leave_aliases(&mut self, id: AccountId) -> Result<()> {
        for table in [key::ALIASES, key::CATCH_ALLS] {
            for (row, targets) in self.look().alias_rows(table)? {
                let left: Vec<AliasTarget> = targets
                    .iter()
                    .filter(|target| **target != AliasTarget::Account(id))
                    .cloned()
                    .collect();
                if left.is_empty() {
                    self.delete(&row)?;
                } else if left.len() < targets.len() {
                    self.put_targets(&row, &left)?;
                }
            }
        }
        Ok(())
    }
}
