//! Keys that sign URLs into mailboxes (RFC 4467 §2): one for each person and mailbox, so that people who share a mailbox cannot forge each other's.

use zeroize::Zeroizing;

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::{AccountId, MailboxId};
use crate::look::odd_key;
use crate::schema::key;

impl WriteTx<'_> {
    /// The key of `whose` URLs into the mailbox, made when it is first asked for.
    ///
    /// Errors: `NoSuchMailbox`, `NoSuchAccount`.
    pub fn mailbox_key(
        &mut self,
        whose: AccountId,
        mailbox: MailboxId,
    ) -> Result<Zeroizing<[u8; 32]>> {
        match self.look().mailbox_key(whose, mailbox)? {
            Some(known) => Ok(known),
            None => self.make_mailbox_key(whose, mailbox),
        }
    }

    /// Another key: what was signed with the one before no longer holds (RFC 4467 §6, RESETKEY).
    ///
    /// Errors: `NoSuchMailbox`, `NoSuchAccount`.
    pub fn reset_mailbox_key(&mut self, whose: AccountId, mailbox: MailboxId) -> Result<()> {
        self.make_mailbox_key(whose, mailbox).map(|_| ())
    }

    /// Takes back all keys of a person: RESETKEY without a mailbox.
    pub fn reset_mailbox_keys(&mut self, whose: AccountId) -> Result<()> {
        let mut rows = Vec::new();
        for row in self.look().prefixed(&key::MAILBOX_KEYS)? {
            let at = row?.0;
            let (_, who) = at.split_last_chunk().ok_or_else(odd_key)?;
            if *who == whose.0.to_be_bytes() {
                rows.push(at.to_vec());
            }
        }
        for at in rows {
            self.delete(&at)?;
        }
        Ok(())
    }

    fn make_mailbox_key(
        &mut self,
        whose: AccountId,
        mailbox: MailboxId,
    ) -> Result<Zeroizing<[u8; 32]>> {
        self.look().mailbox_head(mailbox)?;
        self.look().account_head(whose)?;
        let made = random()?;
        self.put(
            &key::of_mailbox_and(key::MAILBOX_KEYS, mailbox, whose),
            &made[..],
        )?;
        Ok(made)
    }
}

/// 32 octets that nobody can guess.
pub(crate) fn random() -> Result<Zeroizing<[u8; 32]>> {
    let mut secret = Zeroizing::new([0; 32]);
    let filled = rustix::rand::getrandom(&mut secret[..], rustix::rand::GetRandomFlags::empty())?;
    if filled != secret.len() {
        return Err(Error::Busy);
    }
    Ok(secret)
}
