//! Mailboxes come and go; subscriptions are kept by name.

use super::WriteTx;
use super::open::Open;
use crate::Read;
use crate::error::{Error, Result};
use crate::ids::{AccountId, MailboxId};
use crate::mailbox_name;
use crate::reap::Task;
use crate::records::{Mailbox, SpecialUse};
use crate::schema::{MailboxRecord, key};

/// Mailboxes and subscriptions of one person, each. (A real archive moved in with 1,045 folders.)
const MAILBOXES_MAX: usize = 10_000;

impl WriteTx<'_> {
    /// Makes the mailbox and the levels above it that are missing (RFC 9051 §6.3.4). A `/` at the end is the client's hint and ignored.
    /// A level that only held children becomes a mailbox.
    ///
    /// Errors: `Exists`; `NotAllowed` for a name that cannot be, or a use that another mailbox has.
    pub fn create_mailbox(
        &mut self,
        account: AccountId,
        name: &str,
        special_use: Option<SpecialUse>,
    ) -> Result<MailboxId> {
        let name = mailbox_name::canonical(name.strip_suffix('/').unwrap_or(name))?;
        self.look().account_head(account)?;
        if self.look().names(account)?.count() >= MAILBOXES_MAX {
            return Err(Error::NotAllowed("a person has at most 10,000 mailboxes"));
        }
        if let Some(usage) = special_use
            && self.special(account, usage)?.is_some()
        {
            return Err(Error::NotAllowed("another mailbox has this special use"));
        }
        if self
            .mailbox_by_name(account, &name)?
            .is_some_and(|mailbox| mailbox.selectable)
        {
            return Err(Error::Exists);
        }
        self.create_levels_above(account, &name)?;
        self.create_one(account, &name, special_use)
    }

    /// Says what a mailbox is for (RFC 6154 §3, SETMETADATA of `/private/specialuse`); `None`: nothing in particular.
    ///
    /// Errors: `NoSuchMailbox`; `NotAllowed` for INBOX, and for a use that another mailbox has.
    pub fn set_special_use(
        &mut self,
        account: AccountId,
        name: &str,
        special_use: Option<SpecialUse>,
    ) -> Result<()> {
        let mailbox = self
            .mailbox_by_name(account, name)?
            .filter(|mailbox| mailbox.selectable)
            .ok_or(Error::NoSuchMailbox)?;
        if mailbox.special_use == special_use {
            return Ok(());
        }
        if mailbox.name == mailbox_name::INBOX {
            return Err(Error::NotAllowed("INBOX has a use of its own"));
        }
        if let Some(usage) = special_use
            && self.special(account, usage)?.is_some()
        {
            return Err(Error::NotAllowed("another mailbox has this special use"));
        }
        let record = MailboxRecord {
            number: mailbox.id.number,
            special_use,
            selectable: true,
        };
        self.touch(account);
        self.put_name(account, &mailbox.name, &record)
    }

    pub(crate) fn create_levels_above(&mut self, account: AccountId, name: &str) -> Result<()> {
        for level in mailbox_name::levels_above(name) {
            if self.mailbox_by_name(account, level)?.is_none() {
                self.create_one(account, level, None)?;
            }
        }
        Ok(())
    }

    fn create_one(
        &mut self,
        account: AccountId,
        name: &str,
        special_use: Option<SpecialUse>,
    ) -> Result<MailboxId> {
        let mut head = self.look().account_head(account)?;
        let number = head.next_mailbox;
        head.next_mailbox = number
            .checked_add(1)
            .ok_or(Error::NotAllowed("no mailbox numbers are left"))?;
        // With the clock, so that a mailbox made anew after a restored backup is told from the one it replaces.
        let uid_validity = head
            .last_uid_validity
            .saturating_add(1)
            .max(self.run.time.now());
        if uid_validity == head.last_uid_validity {
            return Err(Error::NotAllowed("no UIDVALIDITY is left"));
        }
        head.last_uid_validity = uid_validity;
        self.put(&key::account_head(account), &head.write())?;
        let id = MailboxId { account, number };
        self.put_name(
            account,
            name,
            &MailboxRecord {
                number,
                special_use,
                selectable: true,
            },
        )?;
        self.save(&mut Open::new(id, uid_validity))?;
        self.inherit_acl(account, name, id)?;
        Ok(id)
    }

    pub(crate) fn put_name(
        &mut self,
        account: AccountId,
        name: &str,
        record: &MailboxRecord,
    ) -> Result<()> {
        self.put(
            &key::named_of(key::MAILBOXES, account, name),
            &postcard::to_stdvec(record)?,
        )
    }

    /// Deletes the mailbox and its messages. One with children stays as a level that cannot be selected; such a level goes with its last child.
    ///
    /// Errors: `NoSuchMailbox`; `NotAllowed` for INBOX, and for a level that only holds children.
    pub fn delete_mailbox(&mut self, account: AccountId, name: &str) -> Result<()> {
        let mailbox = self
            .mailbox_by_name(account, name)?
            .ok_or(Error::NoSuchMailbox)?;
        if mailbox.name == mailbox_name::INBOX {
            return Err(Error::NotAllowed("INBOX cannot be deleted"));
        }
        let has_children = self
            .look()
            .names_below(account, &mailbox.name)?
            .next()
            .transpose()?
            .is_some();
        if has_children && !mailbox.selectable {
            return Err(Error::NotAllowed(
                "this level has children: delete them first",
            ));
        }
        self.forget_mailbox(&mailbox)?;
        if has_children {
            let record = MailboxRecord {
                number: mailbox.id.number,
                special_use: None,
                selectable: false,
            };
            return self.put_name(account, &mailbox.name, &record);
        }
        self.drop_empty_levels(account, &mailbox.name)
    }

    /// Deletes levels above `name` that hold nothing any more.
    pub(crate) fn drop_empty_levels(&mut self, account: AccountId, name: &str) -> Result<()> {
        for level in mailbox_name::levels_above(name)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            let Some(above) = self.mailbox_by_name(account, level)? else {
                continue;
            };
            if above.selectable
                || self
                    .look()
                    .names_below(account, level)?
                    .next()
                    .transpose()?
                    .is_some()
            {
                break;
            }
            self.delete(&key::named_of(key::MAILBOXES, account, level))?;
        }
        Ok(())
    }

    /// The name and the record go at once; entries and bodies are the reaper's.
    pub(crate) fn forget_mailbox(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.delete(&key::named_of(
            key::MAILBOXES,
            mailbox.id.account,
            &mailbox.name,
        ))?;
        self.forget_shared(mailbox)?;
        if let Some(open) = self.open_if_there(mailbox.id)? {
            self.put_newest_away(&open)?;
            self.uncount(&open)?;
            self.delete(&key::mailbox_head(mailbox.id))?;
            self.put(&key::doomed(mailbox.id), &open.head.released.to_be_bytes())?;
            self.found(Task::Doomed(mailbox.id));
        }
        self.touch(mailbox.id.account);
        Ok(())
    }

    /// Subscriptions are kept by name, also of names that do not exist (RFC 9051 §6.3.7).
    pub fn subscribe(&mut self, account: AccountId, name: &str, yes: bool) -> Result<()> {
        self.look().account_head(account)?;
        let name = mailbox_name::canonical(name)?;
        let row = key::named_of(key::SUBSCRIPTIONS, account, &name);
        self.touch(account);
        if !yes {
            return self.delete(&row).map(|_| ());
        }
        if self.subscriptions(account)?.len() >= MAILBOXES_MAX {
            return Err(Error::NotAllowed(
                "a person has at most 10,000 subscriptions",
            ));
        }
        self.put(&row, &[])
    }
}
