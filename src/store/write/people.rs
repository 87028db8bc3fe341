//! People come, change, and go.

use mail::Address;

use super::WriteTx;
use crate::Read;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::records::{Credentials, SpecialUse};
use crate::schema::{AccountHead, AccountRecord, key};

/// What each person has from the start.
const FIRST_MAILBOXES: [(&str, Option<SpecialUse>); 6] = [
    ("INBOX", None),
    ("Sent", Some(SpecialUse::Sent)),
    ("Drafts", Some(SpecialUse::Drafts)),
    ("Trash", Some(SpecialUse::Trash)),
    ("Junk", Some(SpecialUse::Junk)),
    ("Archive", Some(SpecialUse::Archive)),
];

/// Programs of one person that have a password of their own.
const APP_PASSWORDS_MAX: usize = 100;

impl WriteTx<'_> {
    /// Makes the person with INBOX, Sent, Drafts, Trash, Junk and Archive, all subscribed. `now`: unix seconds.
    ///
    /// Errors: `Exists` when the address (compared folded) is a person's or an alias.
    pub fn create_account(
        &mut self,
        address: &Address,
        credentials: &Credentials,
        now: i64,
    ) -> Result<AccountId> {
        if self.account_by_address(address)?.is_some() || self.alias(address)?.is_some() {
            return Err(Error::Exists);
        }
        let next = self
            .get(&key::NEXT_ACCOUNT)?
            .and_then(|octets| octets.first_chunk().map(|n| u32::from_be_bytes(*n)));
        let id = AccountId(next.unwrap_or(1));
        let after =
            id.0.checked_add(1)
                .ok_or(Error::NotAllowed("no account numbers are left"))?;
        self.put(&key::NEXT_ACCOUNT, &after.to_be_bytes())?;
        self.put_account(
            id,
            &AccountRecord {
                address: address.to_string(),
                quota: None,
                created: now,
                quota_messages: None,
            },
        )?;
        self.put(&address_row(address), &id.0.to_be_bytes())?;
        // UIDVALIDITY grows with the clock, so that a person made anew after a loss does not get the old ones again.
        let head = AccountHead {
            next_mailbox: 1,
            last_uid_validity: self.run.time.now(),
            ..AccountHead::default()
        };
        self.put(&key::account_head(id), &head.write())?;
        self.put_credentials(id, credentials)?;
        for (name, usage) in FIRST_MAILBOXES {
            self.create_mailbox(id, name, usage)?;
            self.subscribe(id, name, true)?;
        }
        Ok(id)
    }

    /// Replaces how the person proves who they are.
    pub fn set_credentials(&mut self, id: AccountId, credentials: &Credentials) -> Result<()> {
        self.look().account_head(id)?;
        self.put_credentials(id, credentials)
    }

    fn put_credentials(&mut self, id: AccountId, credentials: &Credentials) -> Result<()> {
        if credentials.app_passwords.len() > APP_PASSWORDS_MAX {
            return Err(Error::NotAllowed(
                "a person has at most 100 app passwords: remove one that is no longer used",
            ));
        }
        self.put(
            &key::of(key::CREDENTIALS, id),
            &postcard::to_stdvec(credentials)?,
        )
    }

    /// Octets (`None`: the box's default) and messages (`None`: as many as fit) that the person may keep.
    pub fn set_quota(
        &mut self,
        id: AccountId,
        quota: Option<u64>,
        quota_messages: Option<u64>,
    ) -> Result<()> {
        let record = AccountRecord {
            quota,
            quota_messages,
            ..self.look().account_record(id)?
        };
        self.put_account(id, &record)
    }

    pub(super) fn put_account(&mut self, id: AccountId, record: &AccountRecord) -> Result<()> {
        self.put(&key::of(key::ACCOUNTS, id), &postcard::to_stdvec(record)?)
    }

    /// Removes the person, their aliases, mailboxes and mail; what they sent goes its way. The mail's room comes back in the commits after this one.
    pub fn remove_account(&mut self, id: AccountId) -> Result<()> {
        let account = self.account(id)?;
        for mailbox in self.mailboxes(id)? {
            self.forget_mailbox(&mailbox)?;
        }
        self.leave_aliases(id)?;
        self.leave_owner(id)?;
        self.leave_acls(id)?;
        self.forget_viewer(id)?;
        self.forget_private(id)?;
        for name in self.subscriptions(id)? {
            self.delete(&key::named_of(key::SUBSCRIPTIONS, id, &name))?;
        }
        while let Some((row, _)) = self.first_in(&key::of(key::CORRESPONDENTS, id))? {
            self.delete(&row)?;
        }
        self.forget_judgements(id)?;
        self.forget_taught(id)?;
        for table in [
            key::ACCOUNTS,
            key::CREDENTIALS,
            key::NAMES,
            key::SAFEGUARDS,
            key::LAST_USES,
            key::KEYWORDS,
            key::SENDING,
            key::KNOWN,
        ] {
            self.delete(&key::of(table, id))?;
        }
        self.delete(&address_row(&account.address))?;
        self.delete(&key::account_head(id))?;
        self.touch(id);
        Ok(())
    }
}

pub(super) fn address_row(address: &Address) -> Vec<u8> {
    key::named(key::ADDRESSES, &address.fold().to_string())
}
