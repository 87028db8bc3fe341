//! Metadata of mailboxes and of the server: SETMETADATA (RFC 5464 §4.3), and what each person has used of the room for it (§7).

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::{AccountId, MailboxId};
use crate::look::{KEY_MAX, odd_key};
use crate::read::shared::owner;
use crate::records::About;
use crate::schema::key;

/// Entries of one mailbox (or the server) and person, or shared by everybody: programs in use keep a handful.
pub const METADATA_MAX: usize = 64;
/// Octets of a value: a note, a colour, a certificate.
pub const METADATA_VALUE_MAX: usize = 64 * 1024;
/// Octets of all metadata that counts for one person, each entry's name and [`METADATA_ROW`] with it: their private entries wherever they lie, and what
/// all see of their mailboxes, whoever wrote it. No quota counts these, so that a person must not fill the disk with them (RFC 5464 §7): 1 MiB holds
/// thousands of notes, and of a hundred people it is what two large messages are.
pub const METADATA_TOTAL_MAX: u64 = 1 << 20;
/// What an entry counts besides its name and value: about what the tree needs for a row.
pub const METADATA_ROW: usize = 32;

impl WriteTx<'_> {
    /// Sets an entry, whose name is compared without ASCII case; `None` removes it. `whose`: of `/private`; `None`: of `/shared`. It goes with its
    /// mailbox, and with the person.
    ///
    /// Errors: `NoSuchMailbox`, `NoSuchAccount`, `MetadataTooLarge`, `TooMuchMetadata`, `MetadataFull`; `NotAllowed` for a name that is empty or longer than 400 octets.
    pub fn set_metadata(
        &mut self,
        about: About,
        whose: Option<AccountId>,
        entry: &str,
        value: Option<&[u8]>,
    ) -> Result<()> {
        if let About::Mailbox(mailbox) = about {
            self.look().mailbox_head(mailbox)?;
        }
        if let Some(whose) = whose {
            self.look().account_head(whose)?;
        }
        let at = key::metadata(about.mailbox(), owner(whose), &entry.to_ascii_lowercase());
        if entry.is_empty() || at.len() > KEY_MAX {
            return Err(Error::NotAllowed(
                "the name of a metadata entry has 1 to 497 octets",
            ));
        }
        let payer = payer(about.mailbox(), owner(whose));
        let before = self.get(&at)?.map(|octets| weight(&at, octets));
        let Some(value) = value else {
            if let Some(before) = before {
                self.delete(&at)?;
                self.count_metadata(payer, before, 0)?;
                self.touch_about(about, whose)?;
            }
            return Ok(());
        };
        if value.len() > METADATA_VALUE_MAX {
            return Err(Error::MetadataTooLarge {
                max: METADATA_VALUE_MAX,
            });
        }
        self.room()?;
        if before.is_none() {
            let kind = key::of_mailbox_and(key::METADATA, about.mailbox(), owner(whose));
            if self.look().prefixed(&kind)?.count() >= METADATA_MAX {
                return Err(Error::TooMuchMetadata { max: METADATA_MAX });
            }
        }
        self.count_metadata(payer, before.unwrap_or(0), weight(&at, value))?;
        self.put(&at, value)?;
        self.touch_about(about, whose)
    }

    /// Counts that a person's entry has another weight, 0 if it was not or is no more. Who has too much may still have less of it.
    fn count_metadata(&mut self, payer: Option<AccountId>, before: u64, after: u64) -> Result<()> {
        let Some(payer) = payer else {
            return Ok(());
        };
        let used = self.look().metadata_used(payer)?;
        let now = used.saturating_sub(before).saturating_add(after);
        if after > before && now > METADATA_TOTAL_MAX {
            return Err(Error::MetadataFull {
                max: METADATA_TOTAL_MAX,
            });
        }
        let at = key::of(key::METADATA_USED, payer);
        if now == 0 {
            return self.delete(&at).map(|_| ());
        }
        self.put(&at, &now.to_be_bytes())
    }

    /// The metadata of a mailbox that goes.
    pub(crate) fn forget_metadata(&mut self, mailbox: MailboxId) -> Result<()> {
        while let Some((at, octets)) = self.first_in(&key::of_mailbox(key::METADATA, mailbox))? {
            self.delete(&at)?;
            let who = key::somebody_of(&at).ok_or_else(odd_key)?;
            self.count_metadata(payer(mailbox, who), weight(&at, &octets), 0)?;
        }
        Ok(())
    }

    /// A change of a mailbox's metadata is one of the mailbox (RFC 7162 §3.2: SETMETADATA raises its mod-sequence).
    fn touch_about(&mut self, about: About, whose: Option<AccountId>) -> Result<()> {
        if let About::Mailbox(mailbox) = about {
            let mut open = self.open(mailbox)?;
            let modseq = open.next_modseq()?;
            open.changed(modseq);
            self.save(&mut open)?;
            self.touch(mailbox.account);
        }
        if let Some(whose) = whose {
            self.touch(whose);
        } else if about == About::Server {
            // Everybody sees it.
            for account in self.look().accounts()? {
                self.touch(account.id);
            }
        }
        Ok(())
    }

    /// Forgets the private metadata and the keys of a person who goes, and what was counted of them.
    pub(crate) fn forget_private(&mut self, whose: AccountId) -> Result<()> {
        for table in [key::METADATA, key::MAILBOX_KEYS] {
            let mut rows = Vec::new();
            for row in self.look().prefixed(&table)? {
                let at = row?.0;
                if key::somebody_of(at).ok_or_else(odd_key)? == whose {
                    rows.push(at.to_vec());
                }
            }
            for at in rows {
                self.delete(&at)?;
            }
        }
        self.delete(&key::of(key::METADATA_USED, whose)).map(|_| ())
    }
}

/// For whom an entry counts. What all see of the server is nobody's: only the first person writes it, [`METADATA_MAX`] entries.
pub(crate) fn payer(mailbox: MailboxId, whose: AccountId) -> Option<AccountId> {
    let payer = if whose.0 == 0 { mailbox.account } else { whose };
    (payer.0 != 0).then_some(payer)
}

/// What an entry counts, by its key and its value.
pub(crate) fn weight(at: &[u8], value: &[u8]) -> u64 {
    let name = at.len().saturating_sub(key::METADATA_NAME);
    (name
        .saturating_add(value.len())
        .saturating_add(METADATA_ROW)) as u64
}
