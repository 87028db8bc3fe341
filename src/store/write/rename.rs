//! RENAME (RFC 9051 §6.3.6).

use super::WriteTx;
use crate::Read;
use crate::error::{Error, Result};
use crate::ids::{AccountId, Uid};
use crate::mailbox_name;
use crate::schema::{MailboxRecord, key};

impl WriteTx<'_> {
    /// Renames the mailbox with all below it, making the levels that are missing above. Identity, UIDs and messages stay; subscriptions,
    /// which are by name, stay as they are. INBOX: its messages move to a new mailbox of that name, and it stays, empty.
    ///
    /// Errors: `NoSuchMailbox`, `Exists`, `NotAllowed`.
    pub fn rename_mailbox(&mut self, account: AccountId, from: &str, to: &str) -> Result<()> {
        let to = mailbox_name::canonical(to.strip_suffix('/').unwrap_or(to))?;
        let mailbox = self
            .mailbox_by_name(account, from)?
            .ok_or(Error::NoSuchMailbox)?;
        if self.mailbox_by_name(account, &to)?.is_some() {
            return Err(Error::Exists);
        }
        if mailbox.name == mailbox_name::INBOX {
            let target = self.create_mailbox(account, &to, None)?;
            let mut uids: Vec<Uid> = Vec::new();
            self.entries(mailbox.id, 1..=Uid::MAX, &mut |uid, _| {
                uids.push(uid);
                true
            })?;
            self.move_messages(account, mailbox.id, &uids, target, self.run.time.now())?;
            return Ok(());
        }
        if mailbox_name::is_below(&to, &mailbox.name) {
            return Err(Error::NotAllowed("a mailbox cannot move into itself"));
        }
        let mut moving = vec![(mailbox.name.clone(), to.clone())];
        for row in self.look().names_below(account, &mailbox.name)? {
            let (name, _) = row?;
            let below = name.strip_prefix(mailbox.name.as_str()).unwrap_or_default();
            let new = mailbox_name::canonical(&format!("{to}{below}"))?;
            moving.push((name, new));
        }
        for (old, new) in moving {
            let row = key::named_of(key::MAILBOXES, account, &old);
            let record: MailboxRecord =
                postcard::from_bytes(self.get(&row)?.ok_or(Error::NoSuchMailbox)?)?;
            self.delete(&row)?;
            self.put_name(account, &new, &record)?;
        }
        self.create_levels_above(account, &to)?;
        self.drop_empty_levels(account, &mailbox.name)?;
        self.touch(account);
        Ok(())
    }
}
