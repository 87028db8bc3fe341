//! Who else may do what with a mailbox: SETACL and DELETEACL (RFC 4314 §3.1, §3.2).

use super::WriteTx;
use crate::Read;
use crate::error::{Error, Result};
use crate::ids::{AccountId, MailboxId};
use crate::records::Mailbox;
use crate::rights::{AclEntry, Rights, Who};
use crate::schema::{AclRecord, key};

/// Lines of one mailbox's list: twice as many as a large house has people.
pub const ACL_MAX: usize = 200;

impl WriteTx<'_> {
    /// Sets a line of the mailbox's list to exactly `rights`; none removes it. Whoever `who` is now sees or no longer sees is theirs to look up: their
    /// account is awakened.
    ///
    /// Errors: `NoSuchMailbox`, `NoSuchAccount`; `NotAllowed` beyond [`ACL_MAX`] lines, and for the owner, who may do everything.
    pub fn set_acl(
        &mut self,
        mailbox: MailboxId,
        who: Who,
        negative: bool,
        rights: Rights,
    ) -> Result<()> {
        self.look().mailbox_head(mailbox)?;
        if let Who::Account(id) = who {
            self.look().account_head(id)?;
            if id == mailbox.account {
                return Err(Error::NotAllowed(
                    "the owner of a mailbox has all rights to it, always",
                ));
            }
        }
        let rights = Rights(rights.0 & Rights::ALL.0);
        let mut acl = self.acl(mailbox)?;
        acl.retain(|line| (line.who, line.negative) != (who, negative));
        if !rights.is_empty() {
            if acl.len() >= ACL_MAX {
                return Err(Error::NotAllowed(
                    "the access control list of a mailbox has at most 200 lines",
                ));
            }
            acl.push(AclEntry {
                who,
                negative,
                rights,
            });
        }
        if !negative && rights.contains(Rights::READ) {
            self.lay_over(who, mailbox)?;
        }
        self.put_acl(mailbox, acl)?;
        self.touch(mailbox.account);
        if let Who::Account(id) = who {
            self.touch(id);
        }
        Ok(())
    }

    /// Asks in a deed what was asked before it: a change of the list may have come between the two.
    ///
    /// Errors: `NoSuchMailbox`, `NotPermitted`.
    pub fn require(&self, viewer: AccountId, mailbox: MailboxId, rights: Rights) -> Result<()> {
        self.look().mailbox_head(mailbox)?;
        if self.look().rights(viewer, mailbox)?.contains(rights) {
            Ok(())
        } else {
            Err(Error::NotPermitted)
        }
    }

    /// Writes the list and by whom it can be found.
    fn put_acl(&mut self, mailbox: MailboxId, mut acl: AclRecord) -> Result<()> {
        acl.sort_unstable_by_key(|line| (line.who, line.negative));
        for line in self.acl(mailbox)? {
            self.delete(&key::shared(number(line.who), mailbox))?;
        }
        let row = key::of_mailbox(key::ACLS, mailbox);
        if acl.is_empty() {
            return self.delete(&row).map(|_| ());
        }
        for line in &acl {
            self.put(&key::shared(number(line.who), mailbox), &[])?;
        }
        self.put(&row, &postcard::to_stdvec(&acl)?)
    }

    /// Whoever may read has flags of their own from the first moment, though there are none yet: what the owner marks from here on is no
    /// change for them (RFC 7162 §3.1.4.2, example 14).
    fn lay_over(&mut self, who: Who, mailbox: MailboxId) -> Result<()> {
        let people = match who {
            Who::Account(id) => vec![id],
            Who::Anyone => self.accounts()?.iter().map(|one| one.id).collect(),
        };
        for id in people {
            let at = key::viewer(key::VIEWERS, mailbox, id);
            if id != mailbox.account && self.get(&at)?.is_none() {
                self.put(&at, &0_u32.to_be_bytes())?;
            }
        }
        Ok(())
    }

    /// A new mailbox is shared as the one above it is (RFC 4314 §4, CREATE).
    pub(crate) fn inherit_acl(
        &mut self,
        account: AccountId,
        name: &str,
        id: MailboxId,
    ) -> Result<()> {
        let Some((above, _)) = name.rsplit_once('/') else {
            return Ok(());
        };
        let Some(above) = self.mailbox_by_name(account, above)? else {
            return Ok(());
        };
        let acl = self.acl(above.id)?;
        for line in &acl {
            if !line.negative && line.rights.contains(Rights::READ) {
                self.lay_over(line.who, id)?;
            }
        }
        self.put_acl(id, acl)
    }

    /// What others have in a mailbox that goes: its list, metadata, keys. Viewers' flags are the reaper's.
    pub(crate) fn forget_shared(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.put_acl(mailbox.id, Vec::new())?;
        self.forget_metadata(mailbox.id)?;
        let keys = key::of_mailbox(key::MAILBOX_KEYS, mailbox.id);
        while let Some((at, _)) = self.first_in(&keys)? {
            self.delete(&at)?;
        }
        Ok(())
    }

    /// A person goes: no list names them any more.
    pub(crate) fn leave_acls(&mut self, id: AccountId) -> Result<()> {
        while let Some((at, _)) = self.first_in(&key::of(key::SHARED, id))? {
            let mailbox = crate::read::shared::shared_mailbox(&at)?;
            let mut acl = self.acl(mailbox)?;
            acl.retain(|line| line.who != Who::Account(id));
            self.put_acl(mailbox, acl)?;
            // Also if the list did not say so.
            self.delete(&at)?;
            self.touch(mailbox.account);
        }
        Ok(())
    }
}

/// Account 0 is anyone.
fn number(who: Who) -> AccountId {
    match who {
        Who::Anyone => AccountId(0),
        Who::Account(id) => id,
    }
}
