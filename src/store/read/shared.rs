//! Reading who may do what, metadata, and the keys that sign URLs.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::ids::{AccountId, MailboxId};
use crate::look::{Look, odd_key};
use crate::records::{About, Mailbox};
use crate::rights::{AclEntry, Rights, granted};
use crate::schema::{AclRecord, key};

impl Look<'_> {
    pub(crate) fn acl(self, mailbox: MailboxId) -> Result<Vec<AclEntry>> {
        let record: Option<AclRecord> = self
            .get(&key::of_mailbox(key::ACLS, mailbox))?
            .map(postcard::from_bytes)
            .transpose()?;
        Ok(record.unwrap_or_default())
    }

    pub(crate) fn rights(self, viewer: AccountId, mailbox: MailboxId) -> Result<Rights> {
        if viewer == mailbox.account {
            return Ok(Rights::ALL);
        }
        Ok(granted(&self.acl(mailbox)?, viewer))
    }

    pub(crate) fn shared_with(self, viewer: AccountId) -> Result<Vec<(Mailbox, Rights)>> {
        let mut found: BTreeMap<AccountId, BTreeMap<u32, Rights>> = BTreeMap::new();
        for who in [AccountId(0), viewer] {
            for row in self.prefixed(&key::of(key::SHARED, who))? {
                let mailbox = shared_mailbox(row?.0)?;
                if mailbox.account == viewer {
                    continue;
                }
                let rights = self.rights(viewer, mailbox)?;
                if !rights.is_empty() {
                    let of = found.entry(mailbox.account).or_default();
                    of.insert(mailbox.number, rights);
                }
            }
        }
        let mut all = Vec::new();
        for (owner, numbers) in found {
            let mailboxes = self.mailboxes(owner)?.into_iter();
            all.extend(mailboxes.filter_map(|mailbox| {
                let rights = numbers.get(&mailbox.id.number)?;
                Some((mailbox, *rights))
            }));
        }
        Ok(all)
    }

    pub(crate) fn mailbox_by_id(self, id: MailboxId) -> Result<Option<Mailbox>> {
        for row in self.names(id.account)? {
            let (name, record) = row?;
            if record.number == id.number {
                return self.mailbox_by_name(id.account, &name);
            }
        }
        Ok(None)
    }

    pub(crate) fn metadata(
        self,
        about: About,
        whose: Option<AccountId>,
        entry: &str,
    ) -> Result<Option<Vec<u8>>> {
        let row = key::metadata(about.mailbox(), owner(whose), &entry.to_ascii_lowercase());
        if row.len() > crate::look::KEY_MAX {
            return Ok(None);
        }
        Ok(self.get(&row)?.map(<[u8]>::to_vec))
    }

    /// What counts of metadata for a person.
    pub(crate) fn metadata_used(self, who: AccountId) -> Result<u64> {
        let Some(octets) = self.get(&key::of(key::METADATA_USED, who))? else {
            return Ok(0);
        };
        let octets = <[u8; 8]>::try_from(octets)
            .map_err(|_| Error::Damaged("a count of metadata is not 8 octets".into()))?;
        Ok(u64::from_be_bytes(octets))
    }

    pub(crate) fn metadata_all(
        self,
        about: About,
        whose: Option<AccountId>,
    ) -> Result<Vec<(String, Vec<u8>)>> {
        let prefix = key::of_mailbox_and(key::METADATA, about.mailbox(), owner(whose));
        self.prefixed(&prefix)?
            .map(|row| {
                let (at, octets) = row?;
                Ok((entry_name(at, prefix.len())?, octets.to_vec()))
            })
            .collect()
    }

    pub(crate) fn metadata_names(
        self,
        about: About,
        whose: Option<AccountId>,
    ) -> Result<Vec<String>> {
        let prefix = key::of_mailbox_and(key::METADATA, about.mailbox(), owner(whose));
        self.prefixed(&prefix)?
            .map(|row| entry_name(row?.0, prefix.len()))
            .collect()
    }

    pub(crate) fn mailbox_key(
        self,
        whose: AccountId,
        mailbox: MailboxId,
    ) -> Result<Option<Zeroizing<[u8; 32]>>> {
        let octets = self.get(&key::of_mailbox_and(key::MAILBOX_KEYS, mailbox, whose))?;
        octets
            .map(|octets| {
                let octets = <[u8; 32]>::try_from(octets)
                    .map_err(|_| Error::Damaged("a mailbox key is not 32 octets".into()))?;
                Ok(Zeroizing::new(octets))
            })
            .transpose()
    }
}

/// The entry's name behind its prefix.
fn entry_name(at: &[u8], prefix: usize) -> Result<String> {
    let name = std::str::from_utf8(at.get(prefix..).unwrap_or_default())
        .map_err(|_| Error::Damaged("a metadata entry's name is not UTF-8".into()))?;
    Ok(name.to_owned())
}

/// Account 0 is nobody: what belongs to everybody.
pub(crate) fn owner(whose: Option<AccountId>) -> AccountId {
    whose.unwrap_or(AccountId(0))
}

/// The mailbox of a key of `00 26`.
pub(crate) fn shared_mailbox(at: &[u8]) -> Result<MailboxId> {
    at.get(5..)
        .filter(|_| at.len() == 14)
        .and_then(key::mailbox_of)
        .ok_or_else(odd_key)
}
