//! Reading mailboxes' names, subscriptions and keywords.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::ids::{AccountId, MailboxId};
use crate::look::Look;
use crate::mailbox_name;
use crate::records::{Mailbox, SpecialUse};
use crate::schema::{MailboxRecord, key};

impl<'a> Look<'a> {
    /// The account's mailboxes by name.
    pub(crate) fn names(
        self,
        account: AccountId,
    ) -> Result<impl Iterator<Item = Result<(String, MailboxRecord)>> + use<'a>> {
        self.name_rows(account, &key::of(key::MAILBOXES, account))
    }

    /// Those below a name.
    pub(crate) fn names_below(
        self,
        account: AccountId,
        name: &str,
    ) -> Result<impl Iterator<Item = Result<(String, MailboxRecord)>> + use<'a>> {
        self.name_rows(
            account,
            &key::named_of(key::MAILBOXES, account, &format!("{name}/")),
        )
    }

    fn name_rows(
        self,
        account: AccountId,
        prefix: &[u8],
    ) -> Result<impl Iterator<Item = Result<(String, MailboxRecord)>> + use<'a>> {
        let skip = key::of(key::MAILBOXES, account).len();
        Ok(self.prefixed(prefix)?.map(move |row| {
            let (at, octets) = row?;
            Ok((text(at, skip)?, postcard::from_bytes(octets)?))
        }))
    }

    pub(crate) fn mailboxes(self, account: AccountId) -> Result<Vec<Mailbox>> {
        self.account_head(account)?;
        let subscribed: BTreeSet<String> = self.subscriptions(account)?.into_iter().collect();
        self.names(account)?
            .map(|row| {
                row.map(|(name, record)| {
                    mailbox(account, subscribed.contains(&name), name, &record)
                })
            })
            .collect()
    }

    pub(crate) fn subscriptions(self, account: AccountId) -> Result<Vec<String>> {
        let prefix = key::of(key::SUBSCRIPTIONS, account);
        self.prefixed(&prefix)?
            .map(|row| text(row?.0, prefix.len()))
            .collect()
    }

    pub(crate) fn mailbox_by_name(self, account: AccountId, name: &str) -> Result<Option<Mailbox>> {
        let Ok(name) = mailbox_name::canonical(name) else {
            return Ok(None);
        };
        let Some(octets) = self.get(&key::named_of(key::MAILBOXES, account, &name))? else {
            return Ok(None);
        };
        let subscribed = self
            .get(&key::named_of(key::SUBSCRIPTIONS, account, &name))?
            .is_some();
        Ok(Some(mailbox(
            account,
            subscribed,
            name,
            &postcard::from_bytes(octets)?,
        )))
    }

    pub(crate) fn special(self, account: AccountId, usage: SpecialUse) -> Result<Option<Mailbox>> {
        for row in self.names(account)? {
            let (name, record) = row?;
            if record.special_use == Some(usage) {
                return self.mailbox_by_name(account, &name);
            }
        }
        Ok(None)
    }

    pub(crate) fn keywords(self, account: AccountId) -> Result<Vec<String>> {
        Ok(self
            .get(&key::of(key::KEYWORDS, account))?
            .map(postcard::from_bytes)
            .transpose()?
            .unwrap_or_default())
    }
}

fn mailbox(account: AccountId, subscribed: bool, name: String, record: &MailboxRecord) -> Mailbox {
    let id = MailboxId {
        account,
        number: record.number,
    };
    Mailbox {
        id,
        name,
        special_use: record.special_use,
        subscribed,
        selectable: record.selectable,
    }
}

fn text(at: &[u8], skip: usize) -> Result<String> {
    let name = at
        .get(skip..)
        .and_then(|name| std::str::from_utf8(name).ok());
    Ok(name
        .ok_or_else(|| Error::Damaged("a mailbox name is not UTF-8".into()))?
        .to_owned())
}
